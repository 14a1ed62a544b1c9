// The conduct: how the client program behaved when calls failed. A verdict for each rule, and the calls as pictures.

import { TRIAL, armCommand, trialText } from './arming.js';
import { callFigure, callTable } from './callfigure.js';
import { curlDisclosure, runQuietly } from './commands.js';
import { clip, fill, h, keyed, setText } from './dom.js';
import { withWord } from './faulttext.js';
import { dateTime, plural, shortTime } from './format.js';
import { verdictRead } from './guide.js';
import { icon, requestLink, segmented, viewHead } from './parts.js';
import { pulse } from './pulse.js';

const VERDICTS = { pass: ['check', 'pass'], fail: ['cross', 'fail'], not_met: ['dash', 'not met'] };
const STATES = { succeeded: 'succeeded', refused: 'refused', gave_up: 'gave up', open: 'open' };
const LINKS = 6; // to requests, of a rule

/** Opens the view. @returns {import('./app.js').View} */
export function open({ params }) {
  const client = params.client ?? '';
  const curl = curlDisclosure(() => [{ title: 'Report', path: 'conduct', query: { client, as: 'text' } }]);
  const rules = h('ul', { class: 'verdicts' });
  const drawRules = keyed(
    rules,
    (rule) => rule.rule,
    (rule) => ruleItem(rule, client),
  );
  const summary = h('p', { class: 'muted' });
  const calls = h('ul', { class: 'calls' });
  const drawCalls = keyed(calls, (one) => one.attempts[0].request, callItem);
  const nothing = nothingPart(client);
  const none = h('p', { class: 'muted', hidden: true }, 'No call was repeated.');
  let isWhole = false;
  const choice = segmented(
    'Calls',
    [
      ['some', 'Repeated'],
      ['all', 'All'],
    ],
    'some',
    (value) => {
      isWhole = value === 'all';
      draw();
    },
  );
  const callsPart = h(
    'section',
    {},
    h('div', { class: 'section-head' }, h('h2', {}, 'Calls'), summary, h('span', { class: 'spring' }), choice),
    calls,
    none,
  );
  const element = h(
    'div',
    { class: 'view conduct' },
    viewHead(
      'Conduct',
      'How your program behaves when calls fail: attempts with the same user, product and body are one call.',
      curl.element,
    ),
    h('section', { 'aria-label': 'Verdicts' }, rules),
    nothing,
    callsPart,
  );

  const listening = new AbortController();
  pulse.addEventListener('change', draw, { signal: listening.signal });

  function draw() {
    const { conduct } = pulse;
    if (!conduct) return;
    drawRules(conduct.rules);
    const shown = conduct.calls.filter((one) => isWhole || isTelling(one));
    drawCalls(shown);
    none.hidden = shown.length > 0;
    const { summary: sum } = conduct;
    setText(
      summary,
      [
        plural(sum.calls, 'call'),
        plural(sum.attempts, 'attempt'),
        `${sum.failed} met a failure`,
        `${sum.recovered} recovered`,
        `${sum.gave_up} given up`,
      ].join(' · '),
    );
    nothing.hidden = sum.failed > 0;
    callsPart.hidden = conduct.calls.length === 0;
    if (sum.failed > 0) verdictRead();
  }

  draw();
  return { element, show() {}, close: () => listening.abort() };
}

/** Whether a call tells how the program behaves: it was repeated, given up or against a rule. */
const isTelling = ({ attempts, state, broken = [] }) => attempts.length > 1 || state === 'gave_up' || broken.length > 0;

/** Whether there is anything to draw: one attempt alone has no times between. */
const isDrawn = ({ attempts }) => attempts.length > 1 || attempts[0].retry_after_seconds > 0;

function nothingPart(client) {
  const text = trialText(client);
  return h(
    'div',
    { class: 'nothing', hidden: true },
    h('p', {}, 'No call has met a failure yet, so there is nothing to judge.'),
    h('p', { class: 'muted' }, 'Arm two and run your program: what it does next is the verdict.'),
    h(
      'button',
      {
        type: 'button',
        class: 'primary',
        title: text,
        onclick: () => runQuietly(armCommand(text)).then(() => pulse.beat()),
      },
      TRIAL,
    ),
  );
}

/** Remembers what was drawn, so that a part is drawn anew only for another item. */
function drawnOnce(element, draw) {
  let shown = '';
  return {
    element,
    update(item) {
      const now = JSON.stringify(item);
      if (now === shown) return;
      shown = now;
      fill(element, draw(item));
    },
  };
}

/** The fault that a reason tells to arm, in quotes; '' if it tells none. */
const suggested = (reason) => /\barm "([^"]+)"/.exec(reason)?.[1] ?? '';

function armButton(text, client) {
  const rule = withWord(text, 'client', client);
  return h(
    'button',
    { type: 'button', title: rule, onclick: () => runQuietly(armCommand(rule)).then(() => pulse.beat()) },
    'Arm it',
  );
}

function ruleItem(first, client) {
  const element = h('li', { class: `verdict ${first.verdict}`, 'data-rule': first.rule });
  return drawnOnce(element, ({ verdict, title, reason, requests = [] }) => {
    const [sign, word] = VERDICTS[verdict] ?? VERDICTS.not_met;
    element.className = `verdict ${verdict}`;
    return [
      h('span', { class: 'verdict-word' }, icon(sign), word),
      h(
        'div',
        {},
        h('h2', {}, title),
        h('p', { class: 'muted' }, reason, suggested(reason) && armButton(suggested(reason), client)),
      ),
      h(
        'span',
        { class: 'verdict-links' },
        requests.slice(0, LINKS).map((id) => [requestLink(id), ' ']),
        requests.length > LINKS && h('span', { class: 'muted' }, `and ${requests.length - LINKS} more`),
      ),
    ];
  });
}

function callItem() {
  const content = h('div');
  const table = h('div', { class: 'scroll-x' });
  const details = h('details', {}, h('summary', {}, 'As a table'), table);
  const element = h('li', { class: 'call' }, content, details);
  const part = drawnOnce(content, (one) => {
    details.hidden = !isDrawn(one);
    fill(table, callTable(one.attempts));
    return [callHead(one), isDrawn(one) && callFigure(one.attempts)];
  });
  return { element, update: part.update };
}

function callHead({ client, product, external_user_id: user, began, state, broken = [], attempts }) {
  const names = new Map((pulse.conduct?.rules ?? []).map((rule) => [rule.rule, rule.title]));
  return h(
    'div',
    { class: 'call-head' },
    user ? h('span', { class: 'mono' }, clip(user, 60)) : h('span', { class: 'muted' }, 'no user'),
    h(
      'span',
      { class: 'mono muted' },
      [product, client]
        .filter(Boolean)
        .map((text) => clip(text, 40))
        .join(' · '),
    ),
    h('time', { class: 'muted num', datetime: began, title: dateTime(began) }, shortTime(began)),
    h('span', { class: 'spring' }),
    broken.map((rule) => h('span', { class: 'broken-rule' }, icon('cross'), names.get(rule) ?? rule)),
    attempts.length > 1
      ? h('span', { class: 'muted' }, plural(attempts.length, 'attempt'))
      : requestLink(attempts[0].request),
    h('span', { class: `call-state ${state}` }, STATES[state] ?? state),
  );
}
