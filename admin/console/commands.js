// Doing things to the sandbox: each action is a command of the control API, is told with the curl line that does the
// same, and can be looked up afterwards.

import { call, curlOf } from './api.js';
import { copyButton, icon } from './parts.js';
import { announce, fill, h } from './dom.js';
import { shortTime } from './format.js';

const REMEMBERED = 50;

/**
 * @typedef {Object} Entry
 * @property {string} title
 * @property {string} curl
 * @property {Date} at
 * @property {import('./api.js').Problem|null} problem
 */

/** Newest first. @type {Entry[]} */
const log = [];

/** Tells 'done' after every command. */
export const commands = new EventTarget();

/**
 * Runs a command and notes it, whatever comes of it. Throws its problem.
 * @param {import('./api.js').Command} command
 */
export async function run(command) {
  try {
    const answer = await call(command);
    note(command, null);
    return answer;
  } catch (problem) {
    note(command, problem);
    throw problem;
  }
}

/** Runs a command of a button that has no place of its own for a problem: the log tells it. */
export async function runQuietly(command) {
  try {
    return await run(command);
  } catch {
    return null;
  }
}

function note(command, problem) {
  log.unshift({ title: command.title, curl: curlOf(command), at: new Date(), problem });
  log.length = Math.min(log.length, REMEMBERED);
  announce(problem ? `${command.title}: ${problem.message}` : `${command.title}: done`);
  commands.dispatchEvent(new Event('done'));
}

/** Fills the foot of the page: the last command, and on demand those before it. @param {HTMLElement} foot */
export function mountLog(foot) {
  const line = h('div', { class: 'log-line' });
  const history = h('ol', {
    class: 'log-history',
    hidden: true,
    id: 'log-history',
    tabindex: '0',
    'aria-label': 'Earlier commands, newest first',
  });
  const toggle = h('button', {
    type: 'button',
    class: 'quiet',
    hidden: true,
    'aria-expanded': 'false',
    'aria-controls': history.id,
    onclick: () => show(history.hidden),
  });

  function show(isOpen) {
    history.hidden = !isOpen;
    toggle.setAttribute('aria-expanded', String(isOpen));
  }

  function draw() {
    toggle.hidden = log.length < 2;
    fill(toggle, `Earlier (${log.length - 1})`);
    fill(line, log.length === 0 ? hint() : entryLine(log[0]));
    fill(
      history,
      log.slice(1).map((entry) => h('li', {}, entryLine(entry))),
    );
  }

  commands.addEventListener('done', draw);
  foot.addEventListener('keydown', (event) => event.key === 'Escape' && show(false));
  fill(foot, history, h('div', { class: 'log-bar' }, line, toggle));
  draw();
}

const hint = () => h('span', { class: 'muted' }, 'What you do here is told as its curl command.');

/** @param {Entry} entry */
function entryLine({ title, curl, at, problem }) {
  return [
    h(
      'span',
      { class: problem ? 'log-mark bad' : 'log-mark good' },
      icon(problem ? 'cross' : 'check'),
      h('span', { class: 'sr' }, problem ? 'failed' : 'done'),
    ),
    h('time', { class: 'muted num', datetime: at.toISOString() }, shortTime(at)),
    h('span', { class: 'log-title' }, title),
    problem && h('span', { class: 'log-problem' }, `${problem.message} ${problem.next}`),
    h('code', { class: 'log-curl', tabindex: '0', 'aria-label': 'Command' }, curl),
    copyButton(() => curl, 'Copy the command'),
  ];
}

/**
 * A disclosure that shows the curl command of an action before it is done. Call its update() when the form changes.
 * @param {() => (import('./api.js').Command|null)[]} commandsOf  null leaves one out
 */
export function curlDisclosure(commandsOf) {
  const body = h('div', { class: 'curl-body' });
  const element = h('details', { class: 'curl', ontoggle: update }, h('summary', {}, 'curl'), body);

  function update() {
    if (!element.open) return;
    const lines = commandsOf().filter(Boolean).map(curlOf);
    fill(
      body,
      lines.map((line) =>
        h(
          'div',
          { class: 'code-line' },
          h('code', {}, line),
          copyButton(() => line, 'Copy the command'),
        ),
      ),
    );
  }
  return { element, update };
}
