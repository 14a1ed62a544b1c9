// Arming a fault: the text of a rule, fields that show its words, and what the next requests would meet.

import { Problem, call } from './api.js';
import { curlDisclosure, run } from './commands.js';
import { fill, h, oneAtATime, whenQuiet } from './dom.js';
import { hasEffect, splitAt, withEffect, withWord } from './faulttext.js';
import { problemBox, select } from './parts.js';
import { planView } from './plan.js';
import { ruleFields } from './rulefields.js';

const PAUSE = 200; // ms without a key before what is written is looked at

/** Between two requests of the preview. */
const SPACINGS = [
  ['', 'all at once'],
  ['500ms', 'every 500 ms'],
  ['2s', 'every 2 s'],
  ['5s', 'every 5 s'],
];

/** The command that arms a rule. */
export const armCommand = (text) => ({ title: `Arm ${text}`, method: 'POST', path: 'faults', body: text });

/** The text that arms a fault for the next request alone, of one client or, with '', of anyone. */
export const onceText = (fault, client) => withWord(`${fault} times=1`, 'client', client ?? '');

/** Two failures in a row: a program that gets over them has shown how it waits before each new attempt. */
export const TRIAL = 'Arm two 500s';
export const trialText = (client) => withWord('InternalServerError times=2', 'client', client ?? '');

/**
 * Returns the form, with functions that set its text and that arm a failure of the palette by way of it.
 * @param {string} initial  the text that the form begins with
 * @param {() => void} onArmed
 */
export function armingForm(initial, onArmed) {
  const input = textInput(initial, () => changed());
  const trouble = h('div', { id: 'fault-trouble', class: 'fault-trouble' });
  const fields = ruleFields((key, value) => setText(withWord(input.value, key, value)));
  const preview = planPreview(input, trouble);
  const curl = curlDisclosure(() => [hasEffect(input.value) ? armCommand(input.value.trim()) : null]);
  const button = h('button', { type: 'submit', class: 'primary' }, 'Arm');

  function setText(text) {
    input.value = text;
    changed();
  }

  function changed() {
    fields.show(input.value);
    button.disabled = !hasEffect(input.value);
    curl.update();
    preview.update();
  }

  async function arm() {
    const text = input.value.trim();
    if (!hasEffect(text)) return;
    button.disabled = true;
    try {
      await run(armCommand(text));
      fill(trouble);
      onArmed();
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      fill(trouble, troubleWith(text, problem));
    } finally {
      button.disabled = false;
    }
  }

  function submit(event) {
    event.preventDefault();
    arm();
  }

  const element = h(
    'form',
    { class: 'arming', 'aria-label': 'Arm', onsubmit: submit },
    h('label', { for: input.id, class: 'sr' }, 'Fault'),
    h('div', { class: 'free-line' }, input, button, curl.element),
    trouble,
    fields.element,
    preview.element,
  );
  changed();
  return {
    element,
    setText,
    armFailure({ text, isTimeline }) {
      setText(withEffect(input.value, text, isTimeline));
      arm();
    },
  };
}

const textInput = (value, oninput) =>
  h('input', {
    class: 'mono fault-text',
    id: 'fault-text',
    value,
    spellcheck: 'false',
    autocomplete: 'off',
    autocapitalize: 'off',
    placeholder: 'InternalServerError times=2',
    'aria-describedby': 'fault-trouble',
    oninput,
  });

/** What a rule does before it is armed. Trouble with its text goes to where it is shown. */
function planPreview(input, trouble) {
  const plan = h('div', { class: 'next-plan' });
  const every = select({ 'aria-label': 'Requests come', onchange: () => update() }, SPACINGS, '');
  const element = h('div', { class: 'next' }, h('h2', {}, 'The next 10 requests'), every, plan);
  const hint = () => h('p', { class: 'muted next-hint' }, 'Write a fault to see; a click on one of the list arms it at once.');

  const show = oneAtATime(async () => {
    const text = input.value.trim();
    try {
      fill(plan, hasEffect(text) ? planView(await planOf(text, every.value)) : hint());
      fill(trouble);
    } catch (problem) {
      fill(plan);
      fill(trouble, troubleWith(text, problem));
    }
  });
  const update = whenQuiet(show, PAUSE);
  return { element, update };
}

async function planOf(text, every) {
  const body = { fault: text, requests: 10, ...(every && { every }) };
  return (await call({ title: 'Plan', method: 'POST', path: 'faults/plan', body })).plan;
}

/** A problem, with the text marked at the word that it is about. */
function troubleWith(text, problem) {
  if (problem.offset === null) return problemBox(problem);
  const [before, word, behind] = splitAt(text, problem.offset);
  return [h('p', { class: 'mono fault-place' }, before, h('mark', {}, word || '…'), behind), problemBox(problem)];
}
