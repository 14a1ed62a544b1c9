// Fields for the schedule and the scope of a rule: each is a view of one word of its text.

import { h } from './dom.js';
import { SCHEDULE, isTimelineText, valueOf } from './faulttext.js';
import { field, select } from './parts.js';
import { PRODUCTS, clientChoices } from './vocabulary.js';

const PLAIN = { class: 'mono', autocomplete: 'off', spellcheck: 'false' };
const entry = (placeholder, title) => h('input', { ...PLAIN, placeholder, title });
const choice = (none, choices) => select({}, [['', none], ...choices], '');

/** Word, name and control. */
const makeControls = () => [
  ['times', 'Times', entry('no end', 'How many requests it hits, as 2')],
  ['after', 'After', entry('0', 'How many requests pass first, as 3')],
  ['p', 'Chance', entry('always', 'Between 0 and 1, as 0.25')],
  ['for', 'For', entry('no end', 'How long it holds, as 30s')],
  ['client', 'Client', choice('every client', clientChoices())],
  [
    'product',
    'Product',
    choice(
      'any product',
      PRODUCTS.map((name) => [name, name]),
    ),
  ],
  ['user', 'User', entry('any user', 'The external_user_id; * and ? match')],
];

/** @param {(key: string, value: string) => void} onInput  a field says another value */
export function ruleFields(onInput) {
  const controls = makeControls();
  for (const [key, , control] of controls) control.addEventListener('input', () => onInput(key, control.value.trim()));
  const element = h(
    'div',
    { class: 'fields' },
    controls.map(([, name, control]) => field(name, control)),
  );

  /** Shows the words of a text. What is being typed in stays as it is typed. */
  function show(text) {
    for (const [key, , control] of controls) {
      if (control !== document.activeElement) control.value = valueOf(text, key);
      control.disabled = SCHEDULE.includes(key) && isTimelineText(text);
    }
  }
  return { element, show };
}
