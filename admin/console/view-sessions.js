// The sessions that are alive, with what is left of each by the clock of its client.

import { call } from './api.js';
import { clip, fill, h, keyed, oneAtATime, setText, setVars } from './dom.js';
import { count, countdown, timeOfDay } from './format.js';
import { copyButton, problemBox, viewHead } from './parts.js';
import { pulse } from './pulse.js';
import { link } from './router.js';

const SHOWN = 300; // rows at most: the newest
const CLOCKS = 20; // clients at most whose clock is asked for
const REFRESH = 15_000; // ms; with every beat of the pulse, if there are no more sessions than rows

/** Opens the view. @returns {import('./app.js').View} */
export function open({ params }) {
  const body = h('tbody');
  const drawRows = keyed(body, (session) => session.session, sessionRow);
  const table = h(
    'table',
    { class: 'table sessions-table', 'aria-label': 'Sessions' },
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        ['Time left', 'Session', 'User', 'Product', 'Client', 'Created', 'Request'].map((name) =>
          h('th', { scope: 'col' }, name),
        ),
      ),
    ),
    body,
  );
  const note = h('p', { class: 'muted' });
  const nothing = h(
    'div',
    { class: 'nothing', hidden: true },
    h('p', {}, 'No session is alive.'),
    h(
      'p',
      { class: 'muted' },
      'A call that is answered with Created makes one. It lives for half an hour by the clock of its client.',
    ),
    h('a', { class: 'button', href: link('requests') }, 'Requests'),
  );
  const trouble = h('div');
  const element = h(
    'div',
    { class: 'view sessions' },
    viewHead(
      'Sessions',
      'Issued and not expired. Moving the clock expires them at once.',
      h('a', { class: 'button', href: link('clock') }, 'Move the clock'),
    ),
    trouble,
    h('div', { class: 'scroll-x', tabindex: '0', role: 'region', 'aria-label': 'Sessions' }, table),
    note,
    nothing,
  );

  let sessions = [];
  let clocks = new Map();
  let loadedAt = 0;

  const refresh = oneAtATime(async () => {
    try {
      const answer = await call({ title: 'List sessions', path: 'sessions', query: { client: params.client } });
      clocks = await clocksOf(answer.sessions);
      sessions = answer.sessions.sort((a, b) => (a.created_at < b.created_at ? 1 : -1));
      loadedAt = Date.now();
      fill(trouble);
    } catch (problem) {
      fill(trouble, problemBox(problem));
    }
    draw();
  });

  function draw() {
    const since = (Date.now() - loadedAt) / 1000;
    const living = sessions
      .map((session) => {
        const clock = clocks.get(session.client_id);
        const isFrozen = clock?.frozen ?? false;
        return { ...session, isFrozen, left: leftOf(session, clock) - (isFrozen ? 0 : since) };
      })
      .filter(({ left }) => left > 0);
    drawRows(living.slice(0, SHOWN));
    setText(note, living.length > SHOWN ? `The newest ${SHOWN} of ${count(living.length)}.` : '');
    table.hidden = living.length === 0;
    nothing.hidden = living.length > 0 || loadedAt === 0;
  }

  function onBeat() {
    if (sessions.length <= SHOWN) refresh();
  }

  refresh();
  pulse.addEventListener('change', onBeat);
  const timers = [setInterval(draw, 1000), setInterval(refresh, REFRESH)];
  return {
    element,
    show() {},
    changed: refresh,
    close() {
      pulse.removeEventListener('change', onBeat);
      timers.forEach(clearInterval);
    },
  };
}

/** Returns the seconds that a session had left when its client's clock was read. */
const leftOf = (session, clock) =>
  clock ? (Date.parse(session.expires_at) - Date.parse(clock.now)) / 1000 : session.seconds_left;

/** Returns the clocks of the sessions' clients. @returns {Promise<Map<string, Object>>} */
async function clocksOf(sessions) {
  const ids = [...new Set(sessions.map((session) => session.client_id))].slice(0, CLOCKS);
  const clocks = await Promise.all(
    ids.map((client) => call({ title: 'Read a clock', path: 'clock', query: { client } })),
  );
  return new Map(clocks.map((clock) => [clock.client, clock]));
}

function sessionRow(session) {
  const left = h('span', { class: 'num left-time' });
  const bar = h('span', { class: 'left-bar', 'aria-hidden': 'true' });
  const whole = (Date.parse(session.expires_at) - Date.parse(session.created_at)) / 1000;
  const element = h(
    'tr',
    {},
    h('td', {}, left, bar),
    h(
      'td',
      { class: 'mono session-id' },
      h('span', {}, session.session),
      copyButton(() => session.session, 'Copy the session'),
    ),
    h('td', { class: 'mono' }, clip(session.external_user_id, 60)),
    h('td', { class: 'mono' }, session.product),
    h('td', { class: 'mono' }, clip(session.client_id, 40)),
    h('td', { class: 'num' }, timeOfDay(session.created_at).slice(0, 8)),
    h('td', {}, h('a', { href: link('requests', '', { session: session.session }) }, 'Show')),
  );
  return {
    element,
    update(now) {
      setText(left, `${countdown(now.left)}${now.isFrozen ? ', frozen' : ''}`);
      setVars(bar, { share: Math.min(1, now.left / whole).toFixed(3) });
    },
  };
}
