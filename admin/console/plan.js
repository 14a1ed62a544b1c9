// What the next requests meet: a row of cells, and the same in words.

import { h } from './dom.js';

/**
 * @typedef {{request: number, hit: boolean, effect?: string, reason?: string}} Step
 */

/** @param {Step[]} steps */
export function planView(steps) {
  const cells = steps.map((step) =>
    h('span', { class: step.hit ? 'cell hit' : 'cell', title: saying(step) }, String(step.request)),
  );
  return h(
    'div',
    { class: 'plan' },
    h('div', { class: 'cells', 'aria-hidden': 'true' }, cells),
    h(
      'ul',
      { class: 'plan-runs' },
      runs(steps).map(([first, last]) =>
        h(
          'li',
          {},
          h('span', { class: 'num' }, first === last ? `${first.request}` : `${first.request}–${last.request}`),
          ' ',
          h('span', { class: first.hit ? 'mono' : 'muted' }, saying(first)),
        ),
      ),
    ),
  );
}

const saying = (step) => (step.hit ? step.effect : `passes; ${step.reason}`);

/** Joins neighbours that meet the same. @param {Step[]} steps @returns {[Step, Step][]} */
function runs(steps) {
  const list = [];
  for (const step of steps) {
    const run = list.at(-1);
    if (run && saying(run[1]) === saying(step)) run[1] = step;
    else list.push([step, step]);
  }
  return list;
}
