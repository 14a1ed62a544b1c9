// Dialogs: a question with its command, the token, the shortcuts. All are <dialog>, which keeps the focus and takes
// Escape.

import { curlDisclosure, run } from './commands.js';
import { fill, h } from './dom.js';
import { field, problemBox } from './parts.js';

/** Shows a dialog and returns what it was closed with: '' for Escape. @returns {Promise<string>} */
function ask(title, ...content) {
  const heading = h('h2', { id: 'dialog-title' }, title);
  const dialog = h('dialog', { 'aria-labelledby': heading.id }, heading, content);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue);
    });
  });
}

const closeOf = (element, value) => element.closest('dialog').close(value);

/**
 * Asks before a command that cannot be taken back, then runs it. Returns the answer, or undefined if it was not done.
 * @param {import('./api.js').Command} command
 * @param {string} consequence
 * @param {string} verb  on the button
 */
export async function confirmAndRun(command, consequence, verb) {
  let answer;
  const curl = curlDisclosure(() => [command]);
  const trouble = h('div');
  const button = h('button', { type: 'button', class: 'danger primary', onclick: act }, verb);

  async function act() {
    button.disabled = true;
    try {
      answer = (await run(command)) ?? {};
      closeOf(button, 'done');
    } catch (problem) {
      fill(trouble, problemBox(problem));
      button.disabled = false;
    }
  }

  await ask(
    `${command.title}?`,
    h('p', {}, consequence),
    curl.element,
    trouble,
    h(
      'div',
      { class: 'dialog-actions' },
      h('button', { type: 'button', autofocus: true, onclick: (event) => closeOf(event.target, '') }, 'Cancel'),
      button,
    ),
  );
  return answer;
}

/** Asks for the token of the control API until there is one. @returns {Promise<string>} */
export async function askForToken(wasRefused) {
  let token = '';
  while (token === '') {
    const input = h('input', { type: 'password', autocomplete: 'off', required: true, autofocus: true, class: 'mono' });
    const submit = (event) => {
      event.preventDefault();
      closeOf(input, input.value.trim());
    };
    token = await ask(
      'The control API wants its token',
      h(
        'p',
        {},
        'It is the value of ',
        h('code', {}, '--control-token'),
        ' or ',
        h('code', {}, 'KNOT_SANDBOX_CONTROL_TOKEN'),
        '. It is kept until this tab is closed.',
      ),
      wasRefused && problemBox({ message: 'The sandbox does not take that one.' }),
      h(
        'form',
        { onsubmit: submit },
        field('Token', input),
        h('div', { class: 'dialog-actions' }, h('button', { type: 'submit', class: 'primary' }, 'Use it')),
      ),
    );
  }
  return token;
}

const SHORTCUTS = [
  ['/', 'search the requests'],
  ['↑ ↓', 'walk through the list'],
  ['Enter', 'open the request'],
  ['Escape', 'close it'],
  ['← →', 'walk through the timeline, when it has the focus'],
  ['p', 'pause or resume the list'],
  ['1 … 7', 'go to a view'],
  ['?', 'this help'],
];

/** Shows the shortcuts. */
export function showHelp() {
  return ask(
    'Keys',
    h(
      'dl',
      { class: 'keys' },
      SHORTCUTS.map(([key, does]) => [h('dt', {}, h('kbd', {}, key)), h('dd', {}, does)]),
    ),
    h(
      'p',
      { class: 'muted' },
      'All that this page does are routes of the control API; ',
      h('code', {}, 'GET /__sandbox/control.yaml'),
      ' describes them.',
    ),
    h(
      'div',
      { class: 'dialog-actions' },
      h('button', { type: 'button', autofocus: true, onclick: (event) => closeOf(event.target, '') }, 'Close'),
    ),
  );
}
