// A grid of many rows of which only those in sight are in the page. Rows have one height, which the style sheet
// says, and their elements are used again.

import { h, onFrame } from './dom.js';

const SPARE = 6; // rows drawn beyond the edges

/**
 * @template T
 * @param {Object} options
 * @param {string} options.label
 * @param {{name: string, class: string}[]} options.columns
 * @param {() => number} options.length
 * @param {(index: number) => T} options.at
 * @param {(item: T) => string} options.keyOf
 * @param {(cells: HTMLElement[], item: T, row: HTMLElement) => void} options.draw
 * @param {(item: T) => void} options.onOpen
 * @param {() => void} options.onEnd  when the last rows come into sight
 */
export function rowList({ label, columns, length, at, keyOf, draw, onOpen, onEnd }) {
  const head = h(
    'div',
    { class: 'row row-head', role: 'row', 'aria-rowindex': '1' },
    columns.map((column) => h('div', { class: `cell-${column.class}`, role: 'columnheader' }, column.name)),
  );
  const space = h('div', { class: 'rows', role: 'rowgroup' });
  const element = h(
    'div',
    {
      class: 'grid',
      role: 'grid',
      tabindex: '0',
      'aria-label': label,
      'aria-colcount': String(columns.length),
      onkeydown: onKey,
    },
    h('div', { role: 'rowgroup', class: 'rows-head' }, head),
    space,
  );

  /** The rows in the page, by the place in the list that each shows. @type {Map<number, Row>} */
  let shown = new Map();
  let rowHeight = 32;
  let room = 0; // for rows, below the head
  let selected = '';
  let active = ''; // the row that the keys are at

  const drawSoon = onFrame(drawRows);
  element.addEventListener('scroll', drawSoon, { passive: true });
  new ResizeObserver(measure).observe(element);

  function measure() {
    rowHeight = parseFloat(getComputedStyle(space).getPropertyValue('--row')) || 32;
    room = element.clientHeight - space.offsetTop;
    drawSoon();
  }

  function makeRow() {
    const cells = columns.map((column) => h('div', { class: `cell-${column.class}`, role: 'gridcell' }));
    const row = h('div', { class: 'row', role: 'row' }, cells);
    const made = { row, cells, key: '', item: null };
    row.addEventListener('click', () => open(made.key));
    return made;
  }

  function drawRows() {
    const n = length();
    space.style.setProperty('height', `${n * rowHeight}px`);
    element.setAttribute('aria-rowcount', String(n + 1));
    const first = Math.max(0, Math.floor(element.scrollTop / rowHeight) - SPARE);
    const last = Math.min(n, Math.ceil((element.scrollTop + room) / rowHeight) + SPARE);
    const free = [];
    for (const [index, row] of shown) {
      if (index < first || index >= last) free.push(row);
    }
    const next = new Map();
    for (let i = first; i < last; i++) next.set(i, shown.get(i) ?? free.pop() ?? append());
    free.forEach(({ row }) => row.remove());
    shown = next;
    for (const [index, row] of shown) drawRow(index, row);
    describeActive();
    if (n > 0 && last === n) onEnd();
  }

  function append() {
    const made = makeRow();
    space.append(made.row);
    return made;
  }

  function drawRow(index, made) {
    const item = at(index);
    made.key = keyOf(item);
    made.row.id = `row-${made.key}`;
    made.row.style.setProperty('transform', `translateY(${index * rowHeight}px)`);
    made.row.setAttribute('aria-rowindex', String(index + 2));
    made.row.setAttribute('aria-selected', String(made.key === selected));
    made.row.classList.toggle('active', made.key === active);
    if (made.item !== item) draw(made.cells, item, made.row);
    made.item = item;
  }

  function describeActive() {
    const isShown = active && document.getElementById(`row-${active}`);
    if (isShown) element.setAttribute('aria-activedescendant', `row-${active}`);
    else element.removeAttribute('aria-activedescendant');
  }

  function indexOf(key) {
    for (let i = 0, n = length(); key && i < n; i++) if (keyOf(at(i)) === key) return i;
    return -1;
  }

  function open(key) {
    const index = indexOf(key);
    active = key;
    if (index >= 0) onOpen(at(index));
  }

  function onKey(event) {
    const page = Math.max(1, Math.floor(room / rowHeight) - 1);
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity }[
      event.key
    ];
    if (step !== undefined && !event.altKey && !event.metaKey && !event.ctrlKey) {
      event.preventDefault();
      move(step);
    } else if (event.key === 'Enter' && active) {
      event.preventDefault();
      open(active);
    }
  }

  /** Moves the active row, and opens it if one is open already. */
  function move(step) {
    const now = indexOf(active || selected);
    const index = Math.min(length() - 1, Math.max(0, now + step));
    if (index < 0) return;
    active = keyOf(at(index));
    reveal(index);
    if (selected) onOpen(at(index));
    drawRows();
  }

  function reveal(index) {
    const top = index * rowHeight;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + rowHeight > element.scrollTop + room) element.scrollTop = top + rowHeight - room;
  }

  return {
    element,
    draw: drawSoon,
    /** Keeps what is in sight where it is although rows came in above. */
    grew(rows) {
      if (element.scrollTop > 0) element.scrollTop += rows * rowHeight;
    },
    toTop() {
      element.scrollTop = 0;
    },
    select(key) {
      selected = key;
      if (key) active = key;
      drawSoon();
    },
    focus() {
      element.focus({ preventScroll: true });
    },
  };
}
