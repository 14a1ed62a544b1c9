// Time and reset: what a clock shows and how to move it, and back to the beginning.

import { Problem, call } from './api.js';
import { curlDisclosure, run } from './commands.js';
import { confirmAndRun } from './dialog.js';
import { fill, h, oneAtATime, setText } from './dom.js';
import { textOf } from './faulttext.js';
import { journal } from './journal.js';
import { field, icon, problemBox, viewHead } from './parts.js';
import { pulse } from './pulse.js';

const STEPS = ['1m', '5m', '31m', '1h', '24h'];
const REFRESH = 10_000; // ms

/** Opens the view. @returns {import('./app.js').View} */
export function open({ params }) {
  const client = params.client ?? '';
  const clock = clockPart(client);
  const element = h(
    'div',
    { class: 'view clock' },
    viewHead('Time and reset', 'Time is the sandbox’s own: half an hour passes at once, and sessions with it.'),
    clock.element,
    resetPart(client, clock.refresh),
  );
  const timers = [setInterval(clock.draw, 250), setInterval(clock.refresh, REFRESH)];
  clock.refresh();
  return { element, show() {}, changed: clock.refresh, close: () => timers.forEach(clearInterval) };
}

function clockPart(client) {
  let shown = null;
  let loadedAt = 0;
  const date = h('span', { class: 'clock-date' });
  const time = h('span', { class: 'clock-time' });
  const state = h('p', { class: 'muted' });
  const trouble = h('div');
  const span = h('input', {
    class: 'mono short',
    value: '31m',
    'aria-label': 'By',
    spellcheck: 'false',
    oninput: () => curl.update(),
  });
  const moment = h('input', { type: 'datetime-local', step: '1', oninput: () => curl.update() });
  const freeze = h('button', { type: 'button', onclick: () => change(freezeCommand()) }, 'Freeze');
  const body = (what) => (client ? { client, ...what } : what);
  const command = (title, what) => ({ title, method: 'PUT', path: 'clock', body: body(what) });
  const advanceCommand = (by) => command(`Advance by ${by}`, { advance: by });
  const freezeCommand = () =>
    shown?.frozen ? command('Let the clock run', { freeze: false }) : command('Freeze the clock', { freeze: true });
  const setCommand = () =>
    moment.value ? command(`Set the clock to ${moment.value}`, { set: new Date(moment.value).toISOString() }) : null;
  const release = command('Release the clock', { release: true });
  const curl = curlDisclosure(() => [freezeCommand(), span.value && advanceCommand(span.value), setCommand(), release]);

  const refresh = oneAtATime(async () => {
    try {
      show(await call({ title: 'Read the clock', path: 'clock', query: { client } }));
    } catch (problem) {
      fill(trouble, problemBox(problem));
    }
  });

  function show(answer) {
    shown = answer;
    loadedAt = Date.now();
    fill(freeze, icon(shown.frozen ? 'play' : 'pause'), shown.frozen ? 'Let it run' : 'Freeze');
    curl.update();
    draw();
  }

  function draw() {
    if (!shown) return;
    const now = new Date(Date.parse(shown.now) + (shown.frozen ? 0 : Date.now() - loadedAt)).toISOString();
    setText(date, now.slice(0, 10));
    setText(time, now.slice(11, 19));
    const away =
      shown.offset === '0s'
        ? 'real time'
        : `${shown.offset.replace('-', '')} ${shown.offset.startsWith('-') ? 'behind' : 'ahead of'} real time`;
    setText(state, `UTC · ${shown.frozen ? 'frozen' : away}`);
  }

  async function change(what) {
    if (!what) return;
    fill(trouble);
    try {
      show(await run(what));
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      fill(trouble, problemBox(problem));
    }
  }

  const submit = (work) => (event) => {
    event.preventDefault();
    work();
  };

  const element = h(
    'section',
    { class: 'clock-part' },
    h('h2', {}, client ? ['The clock of ', h('span', { class: 'mono' }, client)] : 'The common clock'),
    h(
      'p',
      { class: 'muted' },
      client
        ? 'Its sessions expire by it, and its faults end by it.'
        : 'Every client that has no clock of its own goes by it.',
    ),
    h('div', { class: 'clock-face', role: 'timer' }, time, date),
    state,
    h(
      'div',
      { class: 'clock-acts' },
      h('div', { class: 'row-of' }, freeze, h('button', { type: 'button', onclick: () => change(release) }, 'Release')),
      h(
        'div',
        { class: 'row-of', role: 'group', 'aria-label': 'Advance' },
        h('span', { class: 'field-name' }, 'Advance by'),
        STEPS.map((by) =>
          h('button', { type: 'button', class: 'mono', onclick: () => change(advanceCommand(by)) }, by),
        ),
        h(
          'form',
          { class: 'row-of', onsubmit: submit(() => span.value && change(advanceCommand(span.value))) },
          span,
          h('button', { type: 'submit' }, 'Advance'),
        ),
      ),
      h(
        'form',
        { class: 'row-of', onsubmit: submit(() => change(setCommand())) },
        field('Set to', moment, 'your local time'),
        h('button', { type: 'submit' }, 'Set'),
      ),
    ),
    trouble,
    curl.element,
  );
  return { element, refresh, draw };
}

function resetPart(client, onReset) {
  const everything = { title: 'Reset everything', method: 'POST', path: 'reset' };
  const one = client && { title: `Reset ${client}`, method: 'POST', path: 'reset', body: { client } };
  const outcome = h('div', { 'aria-live': 'polite' });
  const curl = curlDisclosure(() => [one, everything]);

  async function reset(command, consequence) {
    const answer = await confirmAndRun(command, consequence, 'Reset');
    if (!answer) return;
    fill(outcome, neverMet(answer.never_met));
    outcome.scrollIntoView({ block: 'nearest' });
    onReset();
    journal.reload();
    pulse.beat();
  }

  return h(
    'section',
    { class: 'reset-part' },
    h('h2', {}, 'Back to the beginning'),
    h(
      'p',
      { class: 'muted' },
      'Settings, sessions, requests, faults and clocks as they were at the start. Faults that no request met are told.',
    ),
    h(
      'div',
      { class: 'row-of' },
      one &&
        h(
          'button',
          {
            type: 'button',
            class: 'danger',
            onclick: () => reset(one, 'It loses its sessions, requests, faults and clock, and gets its settings back.'),
          },
          `Reset ${client}…`,
        ),
      h(
        'button',
        {
          type: 'button',
          class: 'danger',
          onclick: () =>
            reset(
              everything,
              'Every client is reset, minted ones are removed, and the faults of the configuration are armed anew.',
            ),
        },
        'Reset everything…',
      ),
    ),
    curl.element,
    outcome,
  );
}

function neverMet(reports) {
  if (reports.length === 0) return h('p', { class: 'good' }, icon('check'), ' Done. Every fault had been met.');
  return h(
    'div',
    { class: 'problem' },
    h('p', {}, 'Done. These faults were never met:'),
    h(
      'ul',
      {},
      reports.map((report) => h('li', { class: 'mono' }, `${report.id} ${textOf(report)}`)),
    ),
  );
}
