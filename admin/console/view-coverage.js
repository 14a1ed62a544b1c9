// The coverage: which outcomes the calls have met, and which nobody has seen yet.

import { armCommand, onceText } from './arming.js';
import { curlDisclosure, runQuietly } from './commands.js';
import { confirmAndRun } from './dialog.js';
import { fill, h, keyed, setText, setVars } from './dom.js';
import { count, kindOf } from './format.js';
import { exampleCall } from './guide.js';
import { copyButton, mark, requestLink, viewHead } from './parts.js';
import { armedRules, pulse } from './pulse.js';
import { effectWord } from './faulttext.js';
import { link } from './router.js';
import { canBeArmed, faultFor } from './vocabulary.js';

const GROUPS = [
  ['documented', 'Documented', 'What the vendor’s documentation says the API answers.'],
  ['undocumented', 'Undocumented', 'Answers that are observed or derived.'],
  ['failure', 'Failures', 'What stands in front of an API, and the line itself.'],
];

/** Opens the view. @returns {import('./app.js').View} */
export function open({ params }) {
  const client = params.client ?? '';
  const anew = { title: 'Start counting anew', method: 'DELETE', path: 'coverage', query: { client } };
  const curl = curlDisclosure(() => [anew, { title: 'Report', path: 'coverage', query: { client, as: 'text' } }]);
  const summary = h('p', { class: 'coverage-sum' });
  const bar = h('div', { class: 'meter', 'aria-hidden': 'true' });
  const more = h('p', { class: 'muted' });
  const groups = GROUPS.map(([id, title, sentence]) => groupPart(id, title, sentence, client));
  const element = h(
    'div',
    { class: 'view coverage' },
    viewHead(
      'Coverage',
      'Which of the API’s answers your calls have met. A client program that has never seen one may not survive it.',
      curl.element,
      h('button', { type: 'button', onclick: startAnew }, 'Start counting anew…'),
    ),
    h('div', { class: 'coverage-head' }, summary, bar, more),
    groups.map((group) => group.element),
  );

  async function startAnew() {
    if (await confirmAndRun(anew, 'The counts go back to nothing. The requests stay.', 'Start anew'))
      pulse.scope(client);
  }

  const listening = new AbortController();
  pulse.addEventListener('change', draw, { signal: listening.signal });

  function draw() {
    const { coverage } = pulse;
    if (!coverage) return;
    const { met, of } = coverage.documented;
    setText(summary, `${met} of ${of} documented outcomes met`);
    setVars(bar, { share: of ? met / of : 0 });
    setText(
      more,
      `${coverage.all.met} of ${coverage.all.of} with the undocumented ones; resets do not change the counts`,
    );
    for (const group of groups) group.draw(coverage.outcomes);
  }

  draw();
  return { element, show() {}, close: () => listening.abort() };
}

function groupPart(id, title, sentence, client) {
  const met = h('span', { class: 'muted num' });
  const list = h('ul', { class: 'tiles' });
  const drawTiles = keyed(
    list,
    (outcome) => outcome.name,
    (outcome) => tile(outcome, client),
  );
  const element = h(
    'section',
    {},
    h('div', { class: 'section-head' }, h('h2', {}, title, ' ', met), h('p', { class: 'muted' }, sentence)),
    list,
  );
  return {
    element,
    draw(outcomes) {
      const mine = outcomes.filter((outcome) => outcome.group === id);
      setText(met, `${mine.filter((outcome) => outcome.count > 0).length} of ${mine.length}`);
      drawTiles(mine);
    },
  };
}

/** An outcome: met, with how often and where last, or missed, with what to do. */
function tile({ name, status, evidence, group }, client) {
  const account = h('div', { class: 'tile-account' });
  const element = h(
    'li',
    { class: 'tile' },
    h('div', { class: 'tile-name' }, mark(kindOf(name, status)), h('span', {}, name)),
    h(
      'div',
      { class: 'muted num' },
      [status || 'no status', evidence !== group && evidence].filter(Boolean).join(' · '),
    ),
    account,
  );
  let shown = '';
  return {
    element,
    update(outcome) {
      const isArmed = armedRules().some(
        (rule) => effectWord(rule.fault) === name && rule.remaining !== 0 && !rule.expired,
      );
      const key = `${outcome.count} ${outcome.last_request} ${isArmed}`;
      if (key === shown) return;
      shown = key;
      element.classList.toggle('met', outcome.count > 0);
      fill(account, outcome.count > 0 ? metPart(outcome) : missedPart(name, client, isArmed));
    },
  };
}

const metPart = ({ name, count: n, last_request: last }) => [
  h('a', { href: link('requests', '', { outcome: name }) }, `met, ${count(n)}×`),
  last && h('span', { class: 'muted' }, 'last ', requestLink(last)),
];

function missedPart(name, client, isArmed) {
  const missed = h('span', { class: 'muted' }, 'not met');
  if (isArmed) return [missed, h('a', { href: link('faults') }, 'armed: send a call')];
  if (name === 'Created') return [missed, copyButton(exampleCall, 'Copy a call', 'Copy a call')];
  if (!canBeArmed(name)) return missed;
  const text = onceText(faultFor(name), client);
  const arm = () => runQuietly(armCommand(text)).then(() => pulse.beat());
  return [
    missed,
    h('button', { type: 'button', 'aria-label': `Arm once: ${name}`, title: text, onclick: arm }, 'Arm once'),
  ];
}
