// What to do first, for somebody who has never seen a sandbox: four steps that tick themselves off. Large while nothing
// has been asked, a line above the list afterwards, gone when all is done or when it is dismissed.

import { shellQuote } from './api.js';
import { runQuietly } from './commands.js';
import { TRIAL, armCommand, trialText } from './arming.js';
import { fill, h } from './dom.js';
import { codeBlock, copyButton, icon } from './parts.js';
import { armedRules, pulse } from './pulse.js';
import { here, link } from './router.js';
import { clients } from './vocabulary.js';

const KEY = 'knot-sandbox.guide';
const EMBEDDED = ['sandbox', 'limited']; // clients whose secret is their name

/** A curl command that creates a session. */
export function exampleCall() {
  const scope = here().params.client;
  const client = clients().find(({ client_id: id }) => (scope ? id === scope : id === 'sandbox')) ?? clients()[0];
  const id = client?.client_id ?? 'sandbox';
  const type = client?.products.includes('link') ? 'link' : (client?.products[0] ?? 'link');
  const body = { type, external_user_id: '123abc', ...(type === 'card_switcher' && { card_id: '81n9al10a0ayn13' }) };
  const pair = EMBEDDED.includes(id) ? `${id}:${id}` : `${id}:$KNOT_SECRET`;
  const user = EMBEDDED.includes(id) ? pair : `"${pair}"`;
  return [
    `curl -i -u ${user} -H 'Content-Type: application/json' \\`,
    `  -d ${shellQuote(JSON.stringify(body))} \\`,
    `  ${baseURL()}/session/create`,
  ].join('\n');
}

/** Where the emulated API is, which may have an address of its own. */
const baseURL = () => pulse.health?.url ?? location.origin;

/** Which steps are done. */
function progress() {
  const calls = pulse.conduct?.calls ?? [];
  const hit = (pulse.faults ?? []).some((report) => report.hit > 0);
  return [
    (pulse.coverage?.outcomes ?? []).some((outcome) => outcome.count > 0),
    armedRules().length > 0 || hit,
    calls.some((one) => one.attempts.length > 1),
    localStorage.getItem(KEY) === 'verdict',
  ];
}

/** Notes that the verdict was read: the last step. */
export function verdictRead() {
  if (progress().slice(0, 3).every(Boolean) && !isDismissed()) localStorage.setItem(KEY, 'verdict');
}

const isDismissed = () => localStorage.getItem(KEY) === 'dismissed';

const arm = () => runQuietly(armCommand(trialText(here().params.client)));

/** The steps, each with what does it. */
const STEPS = [
  ['Send a call', () => copyButton(exampleCall, 'Copy a call', 'Copy a call')],
  ['Arm a failure', () => h('button', { type: 'button', onclick: arm }, TRIAL)],
  ['Call again, and again', () => copyButton(exampleCall, 'Copy the call again', 'Copy the call')],
  ['Read the verdict', () => h('a', { class: 'button', href: link('conduct') }, 'Conduct')],
];

/** The line above the list. */
export function guideLine() {
  const list = h('ol', { class: 'guide-steps' });
  const element = h(
    'div',
    { class: 'guide-line', role: 'region', 'aria-label': 'First steps' },
    list,
    h('button', { type: 'button', class: 'quiet', onclick: dismiss }, 'Dismiss'),
  );

  function dismiss() {
    localStorage.setItem(KEY, 'dismissed');
    draw();
  }

  let shown = '';
  function draw() {
    const done = progress();
    element.hidden = isDismissed() || done.every(Boolean);
    const now = done.join() + here().params.client;
    if (now === shown || element.hidden) return;
    shown = now;
    const next = done.indexOf(false);
    fill(
      list,
      STEPS.map(([title, action], i) =>
        h(
          'li',
          { class: done[i] ? 'done' : i === next ? 'next' : '', 'aria-current': i === next ? 'step' : null },
          number(i, done[i]),
          h('span', {}, title),
          i === next && action(),
        ),
      ),
    );
  }
  return { element, draw };
}

const number = (i, isDone) =>
  h('span', { class: 'guide-number' }, isDone ? [icon('check'), h('span', { class: 'sr' }, 'done: ')] : String(i + 1));

/** The whole page while nothing has been asked. */
export function guidePage() {
  const call = h('div');
  const base = h('pre');
  const element = h(
    'section',
    { class: 'guide', 'aria-label': 'First steps' },
    h('h2', {}, 'Nothing has been asked yet'),
    h(
      'p',
      { class: 'muted lead' },
      'This page shows every call that reaches the sandbox, why it was answered as it was, ' +
        'and how your program copes when you make it fail.',
    ),
    h(
      'ol',
      { class: 'guide-page' },
      step(0, 'Send a call', 'Paste this into a shell. It arrives here at once.', call),
      step(
        1,
        'Arm a failure',
        'The next two calls get an exact 500, then all is well again.',
        h('div', { class: 'row-of' }, STEPS[1][1](), h('a', { href: link('faults') }, 'or choose another')),
      ),
      step(
        2,
        'Run your program',
        'Point its base URL here and let it call.',
        h(
          'div',
          { class: 'code' },
          base,
          copyButton(baseURL, 'Copy the base URL'),
        ),
      ),
      step(
        3,
        'Read the verdict',
        'Did it retry, wait, and not create anything twice?',
        h('a', { href: link('conduct') }, 'Conduct'),
      ),
    ),
  );

  const armed = h('span', { class: 'good', hidden: true, role: 'status' });
  element.querySelector('.row-of').append(armed);

  function draw() {
    fill(call, codeBlock(exampleCall(), 'the call'));
    fill(base, baseURL());
    const rules = armedRules();
    armed.hidden = rules.length === 0;
    fill(armed, icon('check'), ` ${rules.length} armed`);
  }
  return { element, draw };
}

const step = (i, title, sentence, content) =>
  h('li', {}, number(i, false), h('div', {}, h('h3', {}, title), h('p', { class: 'muted' }, sentence), content));
