// The common failures, to be had with one click.

import { h } from './dom.js';
import { failureGroups } from './vocabulary.js';

/** @param {(failure: {text: string, isTimeline: boolean}) => void} onChoose */
export function palette(onChoose) {
  const button = (failure) =>
    h(
      'button',
      { type: 'button', class: 'effect', title: failure.does, onclick: () => onChoose(failure) },
      failure.text,
    );
  const row = ([name, failures]) =>
    h(
      'div',
      { class: 'palette-row', role: 'group', 'aria-label': name },
      h('span', { class: 'palette-name' }, name),
      h('div', { class: 'palette-items' }, failures.map(button)),
    );
  return h(
    'section',
    { class: 'palette' },
    h('div', { class: 'section-head' }, h('h2', {}, 'Arm with one click')),
    failureGroups().map(row),
  );
}
