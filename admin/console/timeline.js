// A picture of the last minutes: a mark for each exchange, when against how long, on a canvas, so that ten thousand
// are no burden. The list beside it says the same in words; a sentence sums it up.

import { announce, h, onFrame, setText, setVars } from './dom.js';
import { KINDS, kindOf, millis, plural, shortTime } from './format.js';
import { journal } from './journal.js';
import { mark, segmented } from './parts.js';
import { drawPlot } from './plot.js';

const MINUTE = 60_000; // ms
const REACH = 14; // px from the pointer to a mark
const SAY_EVERY = 15_000; // ms between two announcements
const TICK = 1000; // ms
const CALM_TICK = 5000; // ms, for those who want little to move
const SPANS = [
  ['1', '1 min'],
  ['5', '5 min'],
  ['15', '15 min'],
];
const IN_LEGEND = ['created', 'refused', 'failed', 'broken'];

/**
 * @param {(exchange: import('./journal.js').Exchange) => void} onOpen
 * @param {() => void} onSpan  it shows more or less time
 */
export function timeline(onOpen, onSpan) {
  const canvas = h('canvas', { class: 'plot-canvas' });
  const tip = h('div', { class: 'tip', hidden: true });
  const sentence = h('p', { class: 'sr', id: 'timeline-sentence' });
  const handlers = { onKey, onPointer, onLeave: () => choose(null), onOpen: openChosen };
  const plot = plotArea(handlers, sentence.id, canvas, tip);
  const head = h('div', { class: 'timeline-head' }, legend(), segmented('Span', SPANS, '5', setSpan));
  const element = h('section', { class: 'timeline', 'aria-label': 'Timeline' }, head, plot, sentence);

  let span = 5 * MINUTE;
  /** What is drawn, oldest first. @type {import('./plot.js').Point[]} */
  let points = [];
  /** @type {import('./plot.js').Point|null} */
  let chosen = null;
  let newestSaid = '';
  let saidAt = 0;
  let colours = null; // known when the plot is in the page

  const drawSoon = onFrame(draw);
  const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const ticker = setInterval(drawSoon, isCalm ? CALM_TICK : TICK);
  const observer = new ResizeObserver(drawSoon);
  observer.observe(plot);
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  scheme.addEventListener('change', recolour);
  addEventListener('themechange', recolour);

  function setSpan(minutes) {
    span = Number(minutes) * MINUTE;
    drawSoon();
    onSpan();
  }

  function recolour() {
    colours = null;
    drawSoon();
  }

  function draw() {
    if (plot.clientWidth === 0) return;
    const until = Date.now();
    colours ??= coloursOf(canvas);
    points = collect(until - span);
    chosen = chosen && (points.find(({ exchange }) => exchange.id === chosen.exchange.id) ?? null);
    drawPlot(canvas, { points, until, span, chosen, colours });
    drawTip();
    say();
  }

  function choose(point) {
    if (point?.exchange.id === chosen?.exchange.id) return;
    chosen = point;
    drawSoon();
  }

  function drawTip() {
    tip.hidden = !chosen;
    if (!chosen) return;
    setText(tip, describe(chosen.exchange));
    setVars(tip, { x: `${chosen.x}px`, y: `${chosen.y}px` });
    tip.classList.toggle('leftward', chosen.x > plot.clientWidth / 2);
  }

  function onPointer(event) {
    const box = plot.getBoundingClientRect();
    choose(nearest(points, event.clientX - box.left, event.clientY - box.top));
    plot.classList.toggle('over', Boolean(chosen));
  }

  function onKey(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity }[event.key];
    if (step !== undefined && points.length > 0) {
      event.preventDefault();
      const now = chosen ? points.indexOf(chosen) : points.length;
      choose(points[Math.min(points.length - 1, Math.max(0, now + step))]);
      announce(describe(chosen.exchange));
    } else if (event.key === 'Enter') openChosen();
  }

  function openChosen() {
    if (chosen) onOpen(chosen.exchange);
  }

  /** Sums up for those who cannot see the picture; what came in is announced, but only now and then. */
  function say() {
    if (!journal.isLoaded) return; // nothing is known yet
    setText(sentence, summary(points, span / MINUTE));
    const newest = points.at(-1)?.exchange.id ?? newestSaid;
    const isTooSoon = Date.now() - saidAt < SAY_EVERY || plot.matches(':focus');
    if (newest === newestSaid || isTooSoon) return;
    newestSaid = newest;
    saidAt = Date.now();
    announce(sentence.textContent);
  }

  function close() {
    clearInterval(ticker);
    observer.disconnect();
    scheme.removeEventListener('change', recolour);
    removeEventListener('themechange', recolour);
  }

  return { element, draw: drawSoon, close, from: () => Date.now() - span };
}

function plotArea({ onKey, onPointer, onLeave, onOpen }, sentenceID, ...content) {
  const props = {
    class: 'plot',
    tabindex: '0',
    role: 'application',
    'aria-roledescription': 'timeline',
    'aria-label': 'Requests by time and duration. Left and right walk through them, Enter opens one.',
    'aria-describedby': sentenceID,
    onkeydown: onKey,
    onpointermove: onPointer,
    onpointerleave: onLeave,
    onblur: onLeave,
    onclick: onOpen,
  };
  return h('div', props, content);
}

const legend = () =>
  h(
    'ul',
    { class: 'legend' },
    IN_LEGEND.map((kind) => h('li', {}, mark(kind), KINDS[kind])),
    h('li', {}, h('span', { class: 'ring', 'aria-hidden': 'true' }), 'hit by a fault'),
  );

/** Returns what the colours of the style sheet come to in the present theme. */
function coloursOf(canvas) {
  const names = [...Object.keys(KINDS), 'line', 'muted', 'text'];
  const colours = names.map((name) => {
    canvas.style.setProperty('color', `var(--${name})`);
    return [name, getComputedStyle(canvas).color];
  });
  return Object.fromEntries(colours);
}

/** Returns the exchanges since a time as points, oldest first. */
function collect(from) {
  const list = [];
  journal.since(from, (exchange, began) => {
    list.push({ exchange, began, kind: kindOf(exchange.outcome, exchange.status), x: 0, y: 0 });
  });
  return list.reverse();
}

function nearest(points, x, y) {
  let best = null;
  let least = REACH ** 2;
  for (const point of points) {
    const distance = (point.x - x) ** 2 + (point.y - y) ** 2;
    if (distance <= least) [best, least] = [point, distance];
  }
  return best;
}

function describe({ id, outcome, status, began, duration_ms: ms, fault }) {
  const parts = [id, outcome, status || 'no status', millis(ms), shortTime(began), fault && `fault ${fault}`];
  return parts.filter(Boolean).join(' · ');
}

function summary(points, minutes) {
  const counts = Object.fromEntries(Object.keys(KINDS).map((kind) => [kind, 0]));
  let hits = 0;
  for (const { kind, exchange } of points) {
    counts[kind]++;
    if (exchange.rule) hits++;
  }
  const kinds = Object.keys(KINDS).filter((kind) => counts[kind] > 0);
  const parts = kinds.map((kind) => `${counts[kind]} ${KINDS[kind]}`);
  const all = [plural(points.length, 'request'), ...parts].join(', ');
  return `In the last ${plural(minutes, 'minute')}: ${all}; ${hits} hit by a fault.`;
}
