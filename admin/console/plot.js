// Drawing exchanges on a canvas: time from left to right, duration upwards on a logarithmic scale.

import { KINDS, shortTime } from './format.js';
import { shapeOf } from './parts.js';

const LEFT = 52; // px, for the scale
const RIGHT = 12;
const TOP = 10;
const BOTTOM = 20;
const FASTEST = 0.01; // ms, at the foot
const SCALE = [
  [0.01, '10 µs'],
  [0.1, '100 µs'],
  [1, '1 ms'],
  [10, '10 ms'],
  [100, '100 ms'],
  [1000, '1 s'],
  [10_000, '10 s'],
  [100_000, '100 s'],
  [1_000_000, '17 min'],
];
const LEAST_TOP = 4; // of SCALE: the plot reaches up to it at least
const ROOM_FOR_TIMES = 480; // px, for more than three of them
const ROOMY = 400; // marks that have room at their full size
const SMALLEST = 0.45; // of the full size, however many there are

const paths = Object.fromEntries(Object.keys(KINDS).map((kind) => [kind, new Path2D(shapeOf(kind))]));
const ring = new Path2D('M-7 0a7 7 0 1 0 14 0a7 7 0 1 0-14 0z');

/**
 * An exchange in the plot.
 * @typedef {{exchange: import('./journal.js').Exchange, began: number, kind: keyof KINDS, x: number, y: number}} Point
 */

/**
 * Draws points and says in them where they are.
 * @param {HTMLCanvasElement} canvas
 * @param {{points: Point[], until: number, span: number, chosen: Point|null, colours: Object<string, string>}} picture
 */
export function drawPlot(canvas, { points, until, span, chosen, colours }) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const context = prepare(canvas, width, height);
  const slowest = points.reduce((most, { exchange }) => Math.max(most, exchange.duration_ms), 0);
  const found = SCALE.findIndex(([ms]) => ms >= slowest);
  const top = Math.max(LEAST_TOP, found < 0 ? SCALE.length - 1 : found);
  const place = placing(width, height, until, span, SCALE[top][0]);
  drawDurations(context, width, place, SCALE.slice(0, top + 1), colours);
  drawTimes(context, width, height, place, until, span);
  for (const point of points) {
    point.x = place.x(Math.min(point.began, until));
    point.y = place.y(point.exchange.duration_ms);
  }
  drawPoints(context, points, colours);
  if (chosen) drawChosen(context, chosen, colours);
}

function prepare(canvas, width, height) {
  const ratio = devicePixelRatio || 1;
  const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== wide || canvas.height !== high) Object.assign(canvas, { width: wide, height: high });
  const context = canvas.getContext('2d');
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = `11px ${getComputedStyle(canvas).fontFamily}`;
  return context;
}

/** Returns where a time and a duration are in the plot. */
function placing(width, height, until, span, slowest) {
  return {
    x: (time) => LEFT + (1 - (until - time) / span) * (width - LEFT - RIGHT),
    y: (ms) => {
      const share = Math.log10(Math.min(slowest, Math.max(FASTEST, ms)) / FASTEST) / Math.log10(slowest / FASTEST);
      return height - BOTTOM - share * (height - TOP - BOTTOM);
    },
  };
}

function drawDurations(context, width, place, scale, colours) {
  context.lineWidth = 1;
  context.strokeStyle = colours.line;
  context.fillStyle = colours.muted;
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  for (const [ms, label] of scale) {
    const y = Math.round(place.y(ms)) + 0.5;
    context.beginPath();
    context.moveTo(LEFT, y);
    context.lineTo(width - RIGHT, y);
    context.stroke();
    context.fillText(label, LEFT - 8, y);
  }
}

function drawTimes(context, width, height, place, until, span) {
  const parts = width < ROOM_FOR_TIMES ? 2 : 5;
  context.textBaseline = 'alphabetic';
  for (let part = 0; part <= parts; part++) {
    const time = until - (span * (parts - part)) / parts;
    context.textAlign = part === 0 ? 'left' : part === parts ? 'right' : 'center';
    context.fillText(shortTime(time), place.x(time), height - 4);
  }
}

/** Draws the marks, the smaller and fainter the more there are. */
function drawPoints(context, points, colours) {
  const ratio = context.getTransform().a;
  const size = Math.max(SMALLEST, Math.min(1, Math.sqrt(ROOMY / points.length)));
  context.globalAlpha = size < 1 ? 0.6 : 1;
  context.lineWidth = 1;
  for (const { exchange, kind, x, y } of points) {
    context.setTransform(size * ratio, 0, 0, size * ratio, x * ratio, y * ratio);
    context.fillStyle = colours[kind];
    context.strokeStyle = colours[kind];
    context.fill(paths[kind]);
    if (exchange.rule) context.stroke(ring);
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.globalAlpha = 1;
}

function drawChosen(context, { x, y }, colours) {
  context.strokeStyle = colours.text;
  context.lineWidth = 1.5;
  context.strokeRect(x - 9.5, y - 9.5, 19, 19);
}
