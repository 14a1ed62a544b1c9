// Small parts that every view uses: icons, marks of outcomes, chips, buttons, boxes for problems, code and long texts.

import { announce, fill, h, s } from './dom.js';
import { KINDS, count, kindOf } from './format.js';
import { link } from './router.js';

// On a grid of 16, drawn with a line.
const ICONS = {
  check: 'M3 8.5l3.5 3.5L13 4.5',
  cross: 'M4 4l8 8M12 4l-8 8',
  dash: 'M4 8h8',
  copy: 'M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z',
  theme: 'M8 2.5a5.5 5.5 0 1 0 0 11zM8 2.5a5.5 5.5 0 0 1 0 11',
  help: 'M5.8 6a2.2 2.2 0 1 1 3.2 2c-.7.4-1 .8-1 1.6M8 12v.6',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  play: 'M5 3.5v9l7-4.5z',
  back: 'M10 3L5 8l5 5',
  hint: 'M8 7v4.5M8 4.4v.4M8 14.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13z',
  knot: 'M8 8C6 4.5 1.5 4 1.5 8S6 11.5 8 8s6.5-4 6.5 0S10 11.5 8 8z',
};

/** @param {keyof ICONS} name */
export function icon(name) {
  return s('svg', { class: 'icon', viewBox: '0 0 16 16', 'aria-hidden': 'true' }, s('path', { d: ICONS[name] }));
}

// One shape for each class of outcome, in the list, the timeline, the coverage and the conduct, round the origin.
const SHAPES = {
  created: 'M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z',
  refused: 'M0-4.6L4.8 3.8H-4.8z',
  failed: 'M-3.7-3.7H3.7V3.7H-3.7z',
  broken: 'M-4-2.6L-2.6-4L0-1.4L2.6-4L4-2.6L1.4 0L4 2.6L2.6 4L0 1.4L-2.6 4L-4 2.6L-1.4 0z',
  other: 'M0-4.8L4.8 0L0 4.8L-4.8 0z',
};

/** The shape of a class of outcomes as a path, for canvas and SVG. @param {keyof KINDS} kind */
export const shapeOf = (kind) => SHAPES[kind];

/** The mark of a class of outcomes. @param {keyof KINDS} kind */
export function mark(kind) {
  return s(
    'svg',
    { class: `mark ${kind}`, viewBox: '-6 -6 12 12', 'aria-hidden': 'true' },
    s('path', { d: SHAPES[kind] }),
  );
}

/** An outcome by shape, colour and name. */
export function chip(outcome, status) {
  const kind = kindOf(outcome, status);
  return h(
    'span',
    { class: `chip ${kind}`, title: KINDS[kind] },
    mark(kind),
    h('span', { class: 'chip-name' }, outcome),
  );
}

/** A link to a request. */
export const requestLink = (id) => h('a', { class: 'mono', href: link('requests', id) }, id);

/** A button that copies a text. */
export function copyButton(textOf, label, caption = '') {
  const button = h('button', {
    type: 'button',
    class: !caption && 'quiet icon-only',
    'aria-label': !caption && label,
    title: label,
  });
  const show = (name) => fill(button, icon(name), caption && h('span', {}, name === 'check' ? 'Copied' : caption));
  button.addEventListener('click', async () => {
    const isDone = await copy(textOf());
    show(isDone ? 'check' : 'cross');
    announce(isDone ? 'Copied' : 'The browser does not let the page copy');
    setTimeout(show, 1500, 'copy');
  });
  show('copy');
  return button;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text); // the page is not from a secure origin, as in a container network
  }
}

function copyBySelection(text) {
  const focused = document.activeElement;
  const area = h('textarea', { class: 'sr', value: text, 'aria-hidden': 'true' });
  document.body.append(area);
  area.select();
  const isDone = document.execCommand('copy');
  area.remove();
  focused?.focus?.();
  return isDone;
}

/** What went wrong, and what to do about it. @param {{message: string, next: string}|null} problem */
export function problemBox(problem) {
  return (
    problem &&
    h(
      'div',
      { class: 'problem', role: 'alert' },
      h('p', {}, problem.message),
      problem.next && h('p', { class: 'muted' }, problem.next),
    )
  );
}

/** A block of code with a button to copy it. */
export function codeBlock(text, label) {
  return h(
    'div',
    { class: 'code' },
    h('pre', { tabindex: '0', 'aria-label': label }, longText(text)),
    copyButton(() => text, `Copy ${label}`),
  );
}

/** A text of which only the beginning is shown until more is asked for. */
export function longText(text, limit = 4000) {
  if (text.length <= limit) return text;
  const rest = h(
    'button',
    { type: 'button', class: 'show-all', onclick: () => fill(box, text) },
    `Show all, ${count(text.length)} characters`,
  );
  const box = h('span', {}, text.slice(0, limit), '… ', rest);
  return box;
}

/** A name with its value, for lists of facts; nothing if there is no value. */
export function fact(name, ...value) {
  const isThere = value.some((part) => part != null && part !== '' && part !== false);
  return isThere && [h('dt', {}, name), h('dd', {}, ...value)];
}

/**
 * A row of choices of which one holds.
 * @param {string} label
 * @param {[string, string][]} choices  value and caption
 * @param {(value: string) => void} onChoose
 */
export function segmented(label, choices, chosen, onChoose) {
  const buttons = choices.map(([value, caption]) =>
    h('button', { type: 'button', onclick: () => choose(value) }, caption),
  );
  const show = (now) =>
    buttons.forEach((button, i) => button.setAttribute('aria-pressed', String(choices[i][0] === now)));
  const choose = (value) => {
    show(value);
    onChoose(value);
  };
  show(chosen);
  return h('div', { class: 'segmented', role: 'group', 'aria-label': label }, buttons);
}

/** A labelled field: any input under its name. */
export function field(label, input, note) {
  return h(
    'label',
    { class: 'field' },
    h('span', { class: 'field-name' }, label),
    input,
    note && h('span', { class: 'muted' }, note),
  );
}

/** A select of [value, caption] pairs. */
export function select(props, choices, chosen) {
  const element = h(
    'select',
    props,
    choices.map(([value, caption]) => h('option', { value }, caption)),
  );
  element.value = chosen;
  return element;
}

/** The head of a view: its title, a sentence, and what can be done. */
export function viewHead(title, sentence, ...actions) {
  return h(
    'div',
    { class: 'head' },
    h('div', {}, h('h1', { tabindex: '-1' }, title), sentence && h('p', { class: 'muted' }, sentence)),
    actions.length > 0 && h('div', { class: 'actions' }, actions),
  );
}
