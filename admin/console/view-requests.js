// The requests: filters, the picture of the last minutes, the list, and the pane of one of them.

import { confirmAndRun } from './dialog.js';
import { announce, clip, fill, h, onFrame, setText, whenQuiet } from './dom.js';
import { exchangePane } from './exchange.js';
import { count, dateTime, millis, plural, timeOfDay } from './format.js';
import { guideLine, guidePage } from './guide.js';
import { journal } from './journal.js';
import { rowList } from './list.js';
import { chip, icon, problemBox, select } from './parts.js';
import { armedRules, pulse } from './pulse.js';
import { format, go, here } from './router.js';
import { timeline } from './timeline.js';
import { PRODUCTS, effectWords, outcomes } from './vocabulary.js';

/** The params of the route that filter. */
const FILTERS = ['client', 'text', 'outcome', 'product', 'fault', 'user', 'session', 'strangers'];

const COLUMNS = [
  ['Time', 'time'],
  ['Outcome', 'outcome'],
  ['Status', 'status'],
  ['Took', 'took'],
  ['Client', 'client'],
  ['Product', 'product'],
  ['User', 'user'],
  ['Fault', 'fault'],
  ['Hint', 'hint'],
].map(([name, id]) => ({ name, class: id }));

/** Opens the view. @returns {import('./app.js').View} */
export function open() {
  const pane = exchangePane(closeDetail);
  const plot = timeline(({ id }) => openDetail(id), fillPlot);
  const list = rowList({
    label: 'Requests, newest first',
    columns: COLUMNS,
    length: () => journal.length,
    at: (i) => journal.at(i),
    keyOf: (exchange) => exchange.id,
    draw: drawCells,
    onOpen: ({ id }) => openDetail(id),
    onEnd: loadMore,
  });
  const filters = filterBar();
  const status = h('p', { class: 'muted list-status' });
  const nothing = h('div', { class: 'nothing' });
  const line = guideLine();
  const page = guidePage();
  const frame = h('div', { class: 'grid-frame' }, list.element);
  const table = h('div', { class: 'list-part' }, plot.element, frame, nothing, status);
  const element = h(
    'div',
    { class: 'requests' },
    h('h1', { class: 'sr', tabindex: '-1' }, 'Requests'),
    h('div', { class: 'requests-list' }, filters.element, line.element, table, page.element),
    pane.element,
  );

  let newest = '';
  const drawSoon = onFrame(draw);
  const drawPlotSoon = throttled(plot.draw, 250);
  const listening = new AbortController();
  for (const type of ['change', 'arrival']) journal.addEventListener(type, drawSoon, { signal: listening.signal });
  pulse.addEventListener('change', drawSoon, { signal: listening.signal });

  function draw() {
    if (!journal.isLoaded && !journal.problem) return; // what is shown stays until the answer is there
    const isEmpty = journal.length === 0 && !journal.isFiltered && !journal.problem && !here().id;
    table.hidden = isEmpty;
    filters.element.hidden = isEmpty;
    page.element.hidden = !isEmpty;
    if (isEmpty) page.draw();
    else line.draw();
    line.element.hidden ||= isEmpty;
    keepPlace();
    list.draw();
    drawPlotSoon();
    fillPlot();
    filters.draw();
    drawStatus();
  }

  /** What came in above must not move what is being read. */
  function keepPlace() {
    const above = journal.indexOf(newest);
    if (above < 0) list.toTop();
    else list.grew(above);
    newest = journal.at(0)?.id ?? '';
  }

  function drawStatus() {
    const n = journal.length;
    const parts = [
      plural(n, 'request'),
      journal.hasOlder && 'older ones load as you scroll',
      journal.isCut && 'the newest of them',
      journal.dropped > 0 && `${count(journal.dropped)} no longer kept by the sandbox`,
    ];
    setText(status, parts.filter(Boolean).join(' · '));
    frame.hidden = n === 0;
    nothing.hidden = n > 0;
    if (n === 0)
      fill(
        nothing,
        problemBox(journal.problem) ?? [
          h('p', {}, 'No request matches.'),
          h('button', { type: 'button', onclick: clearFilters }, 'Clear the filters'),
        ],
      );
  }

  function loadMore() {
    const isDown = journal.problem && journal.state !== 'live';
    if (journal.hasOlder && !journal.isLoading && !isDown) journal.loadOlder();
  }

  /** Loads what the picture has room for. */
  function fillPlot() {
    const oldest = journal.at(journal.length - 1);
    if (oldest && Date.parse(oldest.began) > plot.from()) loadMore();
  }

  function openDetail(id) {
    go(format({ ...here(), id }), { replace: Boolean(here().id) });
  }

  function closeDetail() {
    go(format({ ...here(), id: '' }));
    list.focus();
  }

  function onKey(event) {
    if (event.key === 'Escape' && here().id) closeDetail();
  }
  element.addEventListener('keydown', onKey);

  return {
    element,
    query: ({ params }) =>
      Object.fromEntries(FILTERS.filter((name) => params[name]).map((name) => [name, params[name]])),
    show({ id }) {
      element.classList.toggle('with-detail', Boolean(id));
      pane.show(id);
      list.select(id);
      filters.draw();
      drawSoon();
    },
    keys: { '/': () => filters.focus(), p: togglePause },
    close() {
      listening.abort();
      plot.close();
    },
  };
}

function throttled(work, wait) {
  let timer = 0;
  return () => {
    timer ||= setTimeout(() => {
      timer = 0;
      work();
    }, wait);
  };
}

function togglePause() {
  if (journal.isPaused) journal.resume();
  else journal.pause();
  announce(journal.isPaused ? 'The list is held still' : 'The list is live');
}

function setFilters(params) {
  const route = here();
  if (route.view === 'requests') go(format({ ...route, params: { ...route.params, ...params } }), { replace: true });
}

const clearFilters = () =>
  setFilters(Object.fromEntries(FILTERS.filter((name) => name !== 'client').map((name) => [name, ''])));

/** Draws the cells of a row. @param {HTMLElement[]} cells in the order of COLUMNS */
function drawCells(cells, exchange) {
  const [time, outcome, status, took, client, product, user, fault, hint] = cells;
  setText(time, timeOfDay(exchange.began));
  time.title = dateTime(exchange.began);
  fill(outcome, chip(exchange.outcome, exchange.status));
  setText(status, exchange.status || '–');
  setText(took, millis(exchange.duration_ms));
  setText(client, clip(exchange.client ?? (exchange.given_id ? `? ${exchange.given_id}` : '–')));
  setText(product, clip(exchange.product ?? ''));
  setText(user, clip(exchange.external_user_id ?? ''));
  fill(
    fault,
    exchange.rule && [
      h('span', { class: 'rule-id' }, exchange.rule),
      h('span', { class: 'fault-effect' }, ` ${clip(exchange.fault ?? '')}`),
    ],
  );
  fill(
    hint,
    exchange.hint &&
      h(
        'span',
        { class: 'hint-mark', title: clip(exchange.hint, 300) },
        icon('hint'),
        h('span', { class: 'sr' }, 'has a hint'),
      ),
  );
}

/** The filters above the list. They stand in the route. */
function filterBar() {
  const text = h('input', {
    type: 'search',
    placeholder: 'Search body, headers, hint, id',
    'aria-label': 'Search',
    autocomplete: 'off',
    spellcheck: 'false',
    oninput: whenQuiet(() => setFilters({ text: text.value }), 150),
    onkeydown: (event) => {
      if (event.key === 'Escape' && text.value) {
        event.stopPropagation();
        text.value = '';
        setFilters({ text: '' });
      }
    },
  });
  const chooser = (name, label) =>
    select({ 'aria-label': label, onchange: (event) => setFilters({ [name]: event.target.value }) }, [], '');
  const choosers = {
    outcome: chooser('outcome', 'Outcome'),
    product: chooser('product', 'Product'),
    fault: chooser('fault', 'Fault'),
  };
  const pinned = h('span', { class: 'pinned' });
  const pause = h('button', { type: 'button', onclick: togglePause });
  const forget = h('button', { type: 'button', onclick: forgetAll }, 'Clear…');
  const element = h(
    'div',
    { class: 'filters', role: 'search', 'aria-label': 'Requests' },
    h('span', { class: 'search' }, text, h('kbd', { 'aria-hidden': 'true' }, '/')),
    Object.values(choosers),
    pinned,
    h('span', { class: 'spring' }),
    pause,
    forget,
  );

  function draw() {
    const { params } = here();
    if (text !== document.activeElement) text.value = params.text ?? '';
    choices(choosers.outcome, 'any outcome', outcomes(), params.outcome);
    choices(choosers.product, 'any product', PRODUCTS, params.product);
    choices(
      choosers.fault,
      'faults or not',
      ['any', 'none', ...armedRules().map(({ id }) => id), ...effectWords()],
      params.fault,
      { any: 'hit by a fault', none: 'no fault' },
    );
    fill(
      pinned,
      ['user', 'session', 'strangers']
        .filter((name) => params[name])
        .map((name) =>
          h(
            'button',
            {
              type: 'button',
              class: 'pin',
              title: 'Remove this filter',
              onclick: () => setFilters({ [name]: '' }),
            },
            `${name} ${clip(params[name], 24)}`,
            icon('cross'),
          ),
        ),
    );
    fill(
      pause,
      icon(journal.isPaused ? 'play' : 'pause'),
      journal.isPaused ? `Resume${journal.waiting ? `, ${count(journal.waiting)} new` : ''}` : 'Pause',
    );
  }

  return { element, draw, focus: () => text.focus() };
}

/** Sets the choices of a select, if they are others. What is chosen is always among them. */
function choices(element, all, values, chosen = '', captions = {}) {
  const wanted = ['', ...values, ...(chosen && !values.includes(chosen) ? [chosen] : [])];
  if (wanted.join() !== [...element.options].map((option) => option.value).join()) {
    fill(
      element,
      wanted.map((value) => h('option', { value }, value === '' ? all : (captions[value] ?? value))),
    );
  }
  element.value = chosen;
  element.classList.toggle('chosen', chosen !== '');
}

async function forgetAll() {
  const { client } = here().params;
  const command = {
    title: client ? `Forget the requests of ${client}` : 'Forget all requests',
    method: 'DELETE',
    path: 'requests',
    query: { client },
  };
  const answer = await confirmAndRun(command, 'The list is emptied. Coverage keeps its counts.', 'Forget them');
  if (answer) journal.reload();
}
