// The faults: arming, what is armed and what became of it, and what came with requests.

import { Problem, call } from './api.js';
import { armCommand, armingForm } from './arming.js';
import { curlDisclosure, run, runQuietly } from './commands.js';
import { confirmAndRun } from './dialog.js';
import { fill, h, keyed, setText } from './dom.js';
import { textOf, withWord } from './faulttext.js';
import { plural, shortTime } from './format.js';
import { fact, problemBox, viewHead } from './parts.js';
import { palette } from './palette.js';
import { planView } from './plan.js';
import { armedRules, pulse } from './pulse.js';
import { link } from './router.js';

const disarmCommand = (id, title = `Disarm ${id}`) => ({
  title,
  method: 'DELETE',
  path: `faults/${encodeURIComponent(id)}`,
});

/** Opens the view. @returns {import('./app.js').View} */
export function open({ params }) {
  const form = armingForm(params.arm ?? withWord('', 'client', params.client ?? ''), () => pulse.beat());
  const rules = h('ul', { class: 'rules' });
  const drawRules = keyed(rules, (report) => report.id, ruleItem);
  const noRules = h('p', { class: 'muted' }, 'None. Every request is answered as the API would.');
  const inline = h('ul', { class: 'rules' });
  const drawInline = keyed(inline, (report) => report.id, inlineItem);
  const inlinePart = h(
    'section',
    {},
    h('h2', {}, 'Came with requests'),
    h('p', { class: 'muted' }, 'By the header X-Sandbox-Fault, or as external_user_id "sandbox:…".'),
    inline,
  );
  const title = h('h2', {}, 'Armed');
  const disarmAll = disarmAllPart(params.client);
  let chosen = ''; // the rule that the route names
  const element = h(
    'div',
    { class: 'view faults' },
    viewHead('Faults', 'Make the next calls fail on purpose, until the rule is used up or disarmed.'),
    form.element,
    h(
      'div',
      { class: 'columns' },
      palette(form.armFailure),
      h(
        'div',
        { class: 'armed-part' },
        h('section', {}, h('div', { class: 'section-head' }, title, disarmAll.element), noRules, rules),
        inlinePart,
      ),
    ),
  );

  const listening = new AbortController();
  pulse.addEventListener('change', draw, { signal: listening.signal });

  function draw() {
    if (!pulse.faults) return;
    const armed = armedRules();
    const came = pulse.faults.filter((report) => report.inline);
    setText(title, armed.length ? `Armed, ${armed.length}` : 'Armed');
    drawRules(armed);
    for (const item of rules.children) item.classList.toggle('chosen', item.dataset.id === chosen);
    noRules.hidden = armed.length > 0;
    disarmAll.element.hidden = armed.length === 0;
    drawInline(came);
    inlinePart.hidden = came.length === 0;
  }

  draw();
  return {
    element,
    show({ id, params: now }) {
      if (now.arm) form.setText(now.arm);
      chosen = id;
      draw();
    },
    close: () => listening.abort(),
  };
}

function disarmAllPart(client) {
  const command = {
    title: client ? `Disarm every fault of ${client}` : 'Disarm every fault',
    method: 'DELETE',
    path: 'faults',
    query: { client },
  };
  const curl = curlDisclosure(() => [command]);
  const act = async () => {
    const answer = await confirmAndRun(command, 'Rules that no request met are told as never met.', 'Disarm');
    if (answer) pulse.beat();
  };
  return {
    element: h(
      'span',
      { class: 'actions' },
      curl.element,
      h('button', { type: 'button', class: 'danger', onclick: act }, 'Disarm all…'),
    ),
  };
}

/** Says in a word or two what a rule is up to. */
function stateOf(report) {
  if (report.expired) return report.hit ? ['over', 'over'] : ['warn', 'over, never met'];
  if (report.remaining === 0) return ['over', 'used up'];
  if (report.hit === 0) return ['', 'not met yet'];
  return ['live', 'hitting'];
}

/** A rule with its account. */
function ruleItem(first) {
  let report = first;
  const text = h('div', { class: 'rule-text mono' });
  const state = h('span', { class: 'state' });
  const account = h('p', { class: 'rule-account muted' });
  const trouble = h('div');
  const more = h('div', { class: 'rule-more' });
  const button = (name, act, props) =>
    h('button', { type: 'button', class: 'quiet', 'aria-label': `${name} ${report.id}`, onclick: act, ...props }, name);
  const planButton = button('Plan', togglePlan, { 'aria-expanded': 'false' });
  const element = h(
    'li',
    { class: 'rule', 'data-id': report.id },
    h('div', { class: 'rule-line' }, h('span', { class: 'rule-id mono' }, report.id), text, state),
    h(
      'div',
      { class: 'rule-line' },
      account,
      h(
        'div',
        { class: 'rule-acts' },
        planButton,
        button('Edit', edit),
        button('Disarm', disarm, { class: 'quiet danger' }),
      ),
    ),
    trouble,
    more,
  );

  function update(now) {
    report = now;
    const [className, word] = stateOf(report);
    state.className = `state ${className}`;
    element.classList.toggle('spent', className === 'over');
    setText(state, word);
    setText(text, textOf(report));
    const parts = [
      `${plural(report.matched, 'request')} matched`,
      `${report.hit} hit`,
      report.remaining >= 0 && `${report.remaining} left`,
      report.stage && `now ${report.stage}`,
      report.last_hit && `last hit ${shortTime(report.last_hit)}`,
    ];
    setText(account, parts.filter(Boolean).join(' · '));
  }

  async function togglePlan() {
    const isOpen = planButton.getAttribute('aria-expanded') === 'true';
    planButton.setAttribute('aria-expanded', String(!isOpen));
    fill(more);
    if (!isOpen) await attempt(async () => fill(more, planView((await call(planCommand(report.id))).plan)));
  }

  async function attempt(work) {
    fill(trouble);
    try {
      await work();
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      fill(trouble, problemBox(problem));
    }
  }

  async function disarm() {
    await attempt(() => run(disarmCommand(report.id)));
    pulse.beat();
  }

  /** Arms the new text first, so that there is no moment without the rule. */
  function edit() {
    planButton.setAttribute('aria-expanded', 'false');
    const input = h('input', { class: 'mono', value: textOf(report), 'aria-label': 'Rule', spellcheck: 'false' });
    const commands = () => [armCommand(input.value.trim()), disarmCommand(report.id)];
    const curl = curlDisclosure(commands);
    input.addEventListener('input', curl.update);
    const submit = (event) => {
      event.preventDefault();
      attempt(async () => {
        for (const command of commands()) await run(command);
        pulse.beat();
      });
    };
    fill(
      more,
      h(
        'form',
        { class: 'rule-edit', onsubmit: submit },
        input,
        h(
          'div',
          { class: 'actions' },
          h('button', { type: 'submit', class: 'primary' }, 'Replace'),
          h('button', { type: 'button', onclick: () => fill(more) }, 'Cancel'),
          curl.element,
        ),
      ),
    );
    input.focus();
  }

  return { element, update };
}

const planCommand = (id) => ({ title: 'Plan', method: 'POST', path: 'faults/plan', body: { id, requests: 10 } });

/** A fault that came with requests. */
function inlineItem(first) {
  const facts = h('dl', { class: 'facts' });
  const forget = () => runQuietly(disarmCommand(first.id, `Forget ${first.id}`)).then(() => pulse.beat());
  const element = h(
    'li',
    { class: 'rule' },
    h(
      'div',
      { class: 'rule-line' },
      h('span', { class: 'rule-id mono' }, first.id),
      h('div', { class: 'rule-text mono' }, first.fault),
      h('button', { type: 'button', class: 'quiet', 'aria-label': `Forget ${first.id}`, onclick: forget }, 'Forget'),
    ),
    facts,
  );
  return {
    element,
    update: (report) =>
      fill(
        facts,
        fact('Client', report.match?.client),
        fact('Hit', `${report.hit} of ${report.matched}`),
        fact('Requests', requestsLink(report.id)),
      ),
  };
}

const requestsLink = (id) =>
  h(
    'a',
    { href: link('requests', '', { fault: id }) },
    'Show',
    h('span', { class: 'sr' }, ` the requests that ${id} hit`),
  );
