// The console: the frame of the page, and which view is in it.

import { onTokenNeeded } from './api.js';
import { commands, mountLog } from './commands.js';
import { askForToken, showHelp } from './dialog.js';
import { clip, fill, h, onFrame, setText } from './dom.js';
import { count } from './format.js';
import { journal } from './journal.js';
import { icon, problemBox, select } from './parts.js';
import { armedRules, pulse } from './pulse.js';
import { format, go, here, link, onRoute } from './router.js';
import { clients, loadVocabulary } from './vocabulary.js';
import * as requests from './view-requests.js';
import * as faults from './view-faults.js';
import * as coverage from './view-coverage.js';
import * as conduct from './view-conduct.js';
import * as sessions from './view-sessions.js';
import * as clientsView from './view-clients.js';
import * as clock from './view-clock.js';

/**
 * A view while it is open.
 * @typedef {Object} View
 * @property {HTMLElement} element
 * @property {(route: import('./router.js').Route) => void} show  the route within the view is another
 * @property {(route: import('./router.js').Route) => Object} [query]  which exchanges it wants
 * @property {() => void} [changed]  a command was done, or an exchange came in
 * @property {Object<string, () => void>} [keys]  its shortcuts
 * @property {() => void} close
 */

/** The views, in the order of the navigation. */
const VIEWS = {
  requests: { title: 'Requests', open: requests.open, note: () => (here().params.client ? '' : pulse.health && count(pulse.health.kept ?? 0)) },
  faults: { title: 'Faults', open: faults.open, note: () => armedRules().length || '' },
  coverage: {
    title: 'Coverage',
    open: coverage.open,
    note: () => pulse.coverage && `${pulse.coverage.documented.met}/${pulse.coverage.documented.of}`,
  },
  conduct: { title: 'Conduct', open: conduct.open, note: conductNote },
  sessions: {
    title: 'Sessions',
    open: sessions.open,
    note: () => (here().params.client ? '' : pulse.health?.sessions || ''),
  },
  clients: { title: 'Clients', open: clientsView.open, note: () => pulse.health?.clients },
  clock: { title: 'Time & reset', open: clock.open, note: () => '' },
};

const STATES = {
  connecting: 'connecting',
  live: 'live',
  broken: 'no connection, trying again',
  hidden: 'resting',
  refused: 'refused',
};

function conductNote() {
  const failed = (pulse.conduct?.rules ?? []).filter((rule) => rule.verdict === 'fail').length;
  return failed
    ? h('span', { class: 'bad' }, icon('cross'), String(failed), h('span', { class: 'sr' }, ' failed'))
    : '';
}

const main = document.getElementById('main');
const banner = h('div', { class: 'banner' });
const place = h('div', { class: 'place' });
let view = null;
let opened = ''; // view and client, which together decide when a view is opened anew

/** Shows a route. @param {import('./router.js').Route} route */
function show(route) {
  const { title, open } = Object.hasOwn(VIEWS, route.view) ? VIEWS[route.view] : VIEWS.requests;
  const client = route.params.client ?? '';
  const wanted = `${title} ${client}`;
  const isAnother = wanted !== opened;
  if (isAnother) {
    view?.close();
    view = open(route);
    opened = wanted;
    fill(place, view.element);
    main.scrollTop = 0;
    pulse.scope(client);
  }
  document.title = [route.id, title, client && clip(client, 40), 'knot-sandbox'].filter(Boolean).join(' · ');
  journal.watch(view.query?.(route) ?? (client ? { client } : {}));
  view.show(route);
  rail.draw(route);
  return isAnother;
}

/** The rail: where one can go, for which client, and how the connection is. */
function makeRail(element) {
  const items = Object.entries(VIEWS).map(([name, { title, note }]) => {
    const number = h('span', { class: 'nav-note num' });
    const anchor = h('a', { class: 'nav-item' }, h('span', {}, title), number);
    return { name, anchor, draw: () => fill(number, note()) };
  });
  const scope = select(
    {
      id: 'scope',
      class: 'mono',
      onchange: () => go(format({ ...here(), id: '', params: { ...here().params, client: scope.value } })),
    },
    [],
    '',
  );
  const dot = h('span', { class: 'state-dot', 'aria-hidden': 'true' });
  const state = h('span', {});
  const version = h('span', { class: 'muted version' });
  fill(
    element,
    h(
      'a',
      { class: 'brand', href: '#/requests', 'aria-label': 'knot-sandbox' },
      icon('knot'),
      h('span', {}, 'knot-sandbox'),
    ),
    h('div', { class: 'scope' }, h('label', { for: scope.id }, 'Client'), scope),
    h(
      'nav',
      { 'aria-label': 'Views' },
      items.map((item) => item.anchor),
    ),
    h(
      'div',
      { class: 'rail-foot' },
      h('p', { class: 'connection', role: 'status' }, dot, state),
      version,
      h(
        'div',
        { class: 'rail-acts' },
        h(
          'button',
          {
            type: 'button',
            class: 'quiet icon-only',
            'aria-label': 'Light or dark',
            title: 'Light or dark',
            'data-toggle': 'theme',
          },
          icon('theme'),
        ),
        h(
          'button',
          { type: 'button', class: 'quiet icon-only', 'aria-label': 'Keys', title: 'Keys (?)', onclick: showHelp },
          icon('help'),
        ),
      ),
    ),
  );

  /** Scrolls to where the user is: on a narrow screen not all views are in sight. */
  const reveal = () =>
    element.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  const observer = new ResizeObserver(reveal);
  items.forEach(({ anchor }) => observer.observe(anchor));

  function draw(route) {
    for (const { name, anchor } of items) {
      anchor.href = link(name);
      if (name === route.view) anchor.setAttribute('aria-current', 'page');
      else anchor.removeAttribute('aria-current');
    }
    reveal();
    drawScope(route.params.client ?? '');
    drawNews();
  }

  function drawScope(client) {
    const ids = clients().map(({ client_id: id }) => id);
    const choices = ['', ...ids, ...(client && !ids.includes(client) ? [client] : [])];
    if (choices.join('\n') !== [...scope.options].map((option) => option.value).join('\n')) {
      fill(
        scope,
        choices.map((id) => h('option', { value: id }, id ? clip(id, 40) : 'all clients')),
      );
    }
    scope.value = client;
  }

  function drawNews() {
    items.forEach((item) => item.draw());
    setText(state, STATES[journal.state]);
    dot.className = `state-dot ${journal.state}`;
    setText(version, pulse.health?.version ?? '');
    fill(banner, problemBox(pulse.problem));
  }
  return { draw, drawNews };
}

const rail = makeRail(document.getElementById('rail'));

const PLAIN_KEYS = { '?': showHelp };
Object.keys(VIEWS).forEach((name, i) => {
  PLAIN_KEYS[String(i + 1)] = () => go(link(name));
});

function onKey(event) {
  const isTyping = event.target.closest('input, select, textarea, dialog');
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  const act = view?.keys?.[event.key] ?? PLAIN_KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

async function start() {
  onTokenNeeded(askForToken);
  mountLog(document.getElementById('log'));
  fill(main, banner, place);
  rail.draw(here());
  await loadVocabulary().catch((problem) => fill(banner, problemBox(problem)));
  let isFirst = true;
  onRoute((route) => {
    const isAnother = show(route);
    if (isAnother && !isFirst) main.querySelector('h1')?.focus({ preventScroll: true });
    isFirst = false;
  });
  const news = onFrame(() => rail.drawNews());
  pulse.addEventListener('change', news);
  journal.addEventListener('state', news);
  commands.addEventListener('done', () => view?.changed?.());
  document.addEventListener('keydown', onKey);
  document.querySelector('.skip').addEventListener('click', (event) => {
    event.preventDefault(); // the hash is the route
    main.focus();
  });
}

start();
