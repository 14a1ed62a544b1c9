// The text of a rule, word by word. The text is the truth; the fields beside it are views of its words.

/** Words that say when, and words that say for whom. All others say what. */
export const SCHEDULE = ['times', 'after', 'p', 'for'];
const SCOPE = ['client', 'product', 'user', 'header', 'method', 'path'];

// A word, with a value that may be quoted: user="a b".
const WORD = /[^\s=]+="(?:\\.|[^"\\])*"?|\S+/g;

/** @returns {{key: string, value: string, start: number, end: number}[]} */
function words(text) {
  return [...text.matchAll(WORD)].map(({ 0: raw, index }) => {
    const cut = raw.indexOf('=');
    const key = cut < 0 ? raw : raw.slice(0, cut);
    return { key, value: cut < 0 ? '' : unquote(raw.slice(cut + 1)), start: index, end: index + raw.length };
  });
}

const unquote = (value) => (value.startsWith('"') ? value.replace(/^"|"$/g, '').replace(/\\(["\\])/g, '$1') : value);

const quote = (value) => (/[\s"\\]/.test(value) ? `"${value.replace(/["\\]/g, '\\$&')}"` : value);

/** Returns the value of a word of the text, '' if it is not there. */
export const valueOf = (text, key) => words(text).find((word) => word.key === key)?.value ?? '';

/** Returns the text with a word set, or with '' left out. */
export function withWord(text, key, value) {
  const word = words(text).find((w) => w.key === key);
  const written = value === '' ? '' : `${key}=${quote(value)}`;
  if (!word) return `${text} ${written}`.trim();
  const [before, behind] = [text.slice(0, word.start), text.slice(word.end)];
  return written ? before + written + behind : `${before.trimEnd()} ${behind.trimStart()}`.trim();
}

/** Returns the text with another effect, but its schedule and scope. A timeline brings a schedule of its own. */
export function withEffect(text, effect, isTimeline) {
  const kept = isTimelineText(text) || isTimeline ? SCOPE : [...SCHEDULE, ...SCOPE];
  const set = new Set(words(effect).map((word) => word.key));
  const rest = words(text).filter((word) => kept.includes(word.key) && !set.has(word.key));
  return [effect, ...rest.map((word) => text.slice(word.start, word.end))].join(' ');
}

/** Whether the text says what, not only when and for whom. */
export const hasEffect = (text) => words(text).some((word) => ![...SCHEDULE, ...SCOPE].includes(word.key));

/** Whether the text has stages, each with a schedule of its own. */
export const isTimelineText = (text) => words(text).some((word) => word.key === 'then');

/** Returns the text of an armed rule, as it could be armed again. @param {{match?: Object, fault: string}} report */
export function textOf({ match = {}, fault }) {
  const scope = SCOPE.filter((key) => match[key]).map((key) => `${key}=${quote(match[key])}`);
  return [fault, ...scope].join(' ');
}

/** Returns the start of an effect's word: InternalServerError of "delay=2s InternalServerError phase=after". */
export function effectWord(fault) {
  const settings = ['delay', 'retry-after', 'phase', ...SCHEDULE];
  const all = words(fault);
  return (all.find((word) => !settings.includes(word.key)) ?? all[0])?.key ?? '';
}

/** Splits a text at the word that an error is about. Offsets count bytes of UTF-8. */
export function splitAt(text, offset) {
  const start = new TextDecoder().decode(new TextEncoder().encode(text).slice(0, offset)).length;
  const word = words(text).find((w) => w.start === start);
  const end = word?.end ?? text.length;
  return [text.slice(0, start), text.slice(start, end), text.slice(end)];
}
