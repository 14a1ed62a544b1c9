// A picture of one call: its attempts on an axis of time, how long the program waited between them, and how long it
// had been asked to wait. Places are in percent, so that the picture takes any width.

import { h, s } from './dom.js';
import { kindOf, millis } from './format.js';
import { requestLink, shapeOf } from './parts.js';
import { go, link } from './router.js';

const HEIGHT = 56;
const AXIS = 34;
const MARGIN = 3; // percent on either side
const ROOM_FOR_LABEL = 9; // percent

/**
 * @typedef {Object} Attempt
 * @property {string} request
 * @property {number} offset_ms
 * @property {number} gap_ms
 * @property {number} duration_ms
 * @property {string} outcome
 * @property {number} status
 * @property {number} [retry_after_seconds]
 */

const endOf = (attempt) => attempt.offset_ms + attempt.duration_ms;
const asked = (attempt) => (attempt.retry_after_seconds ?? 0) * 1000;

/** @param {Attempt[]} attempts */
export function callFigure(attempts) {
  const whole = Math.max(1, ...attempts.map((attempt) => endOf(attempt) + asked(attempt)));
  const at = (ms) => MARGIN + (ms / whole) * (100 - 2 * MARGIN);
  const percent = (ms) => `${at(ms).toFixed(2)}%`;
  const width = (ms) => `${(at(ms) - at(0)).toFixed(2)}%`;
  return s(
    'svg',
    { class: 'call-figure', height: HEIGHT, width: '100%', role: 'img', 'aria-label': inWords(attempts) },
    s('line', { class: 'axis', x1: percent(0), x2: percent(whole), y1: AXIS, y2: AXIS }),
    attempts.map((attempt) => waitBar(attempt, percent, width)),
    attempts.map((attempt) =>
      s('rect', {
        class: `took ${kindOf(attempt.outcome, attempt.status)}`,
        x: percent(attempt.offset_ms),
        width: width(attempt.duration_ms),
        y: AXIS - 2,
        height: 4,
      }),
    ),
    attempts.slice(1).map((attempt, i) => gapLabel(attempts[i], attempt, at)),
    attempts.map((attempt) => attemptMark(attempt, percent)),
  );
}

/** How long the answer asked to wait: the next attempt belongs behind it. */
function waitBar(attempt, percent, width) {
  if (!asked(attempt)) return null;
  return s(
    'g',
    { class: 'asked' },
    s('rect', { x: percent(endOf(attempt)), width: width(asked(attempt)), y: AXIS - 16, height: 5 }),
    s('text', { x: percent(endOf(attempt)), y: AXIS - 21 }, `Retry-After ${attempt.retry_after_seconds} s`),
  );
}

function gapLabel(before, attempt, at) {
  const [from, to] = [at(endOf(before)), at(attempt.offset_ms)];
  if (to - from < ROOM_FOR_LABEL) return null;
  return s(
    'text',
    { class: 'gap', x: `${((from + to) / 2).toFixed(2)}%`, y: AXIS + 17, 'text-anchor': 'middle' },
    millis(attempt.gap_ms),
  );
}

function attemptMark(attempt, percent) {
  const kind = kindOf(attempt.outcome, attempt.status);
  return s(
    'svg',
    { x: percent(attempt.offset_ms), y: AXIS, overflow: 'visible', class: `mark ${kind}` },
    s(
      'g',
      { onclick: () => go(link('requests', attempt.request)) },
      s('title', {}, `${attempt.request} ${attempt.outcome} ${attempt.status || ''}`),
      s('circle', { class: 'reach', r: 9 }),
      s('path', { d: shapeOf(kind), transform: 'scale(1.25)' }),
    ),
  );
}

/** A call in words: InternalServerError, which asked to wait 2 seconds; after 1.0 s Created */
const inWords = (attempts) => attempts.map(attemptInWords).join('; ');

function attemptInWords(attempt, i) {
  const wait = i > 0 ? `after ${millis(attempt.gap_ms)} ` : '';
  const wish = asked(attempt) ? `, which asked to wait ${attempt.retry_after_seconds} seconds` : '';
  return wait + attempt.outcome + wish;
}

const COLUMNS = ['Request', 'After', 'Waited', 'Took', 'Outcome', 'Status', 'Retry-After', 'Fault', 'Session'];

/** The same as a table. @param {Attempt[]} attempts */
export function callTable(attempts) {
  return h(
    'table',
    { class: 'table' },
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        COLUMNS.map((name) => h('th', { scope: 'col' }, name)),
      ),
    ),
    h(
      'tbody',
      {},
      attempts.map((attempt, i) =>
        h(
          'tr',
          {},
          h('td', {}, requestLink(attempt.request)),
          h('td', { class: 'num' }, millis(attempt.offset_ms)),
          h('td', { class: 'num' }, i > 0 ? millis(attempt.gap_ms) : ''),
          h('td', { class: 'num' }, millis(attempt.duration_ms)),
          h('td', {}, attempt.outcome),
          h('td', { class: 'num' }, attempt.status || ''),
          h('td', { class: 'num' }, attempt.retry_after_seconds ? `${attempt.retry_after_seconds} s` : ''),
          h('td', { class: 'mono' }, [attempt.rule, attempt.fault].filter(Boolean).join(' ')),
          h('td', {}, attempt.session && (attempt.delivered === false ? 'made, not delivered' : 'delivered')),
        ),
      ),
    ),
  );
}
