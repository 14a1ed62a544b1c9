// JSON without loss: seeds are numbers of 64 bits, and what is shown of a body are its own tokens.

/** Reads JSON; a whole number too large for a Number becomes a BigInt, where the browser can tell. */
export function decode(text) {
  return JSON.parse(text, (key, value, context) => {
    const isRounded = typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);
    return isRounded && /^-?\d+$/.test(context?.source ?? '') ? BigInt(context.source) : value;
  });
}

// Characters that would hide in a shell command are written as escapes.
const HIDDEN = /[\u007f\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Writes JSON, a BigInt as the number it is. */
export function encode(value) {
  const text = JSON.stringify(value, (key, v) => (typeof v === 'bigint' ? JSON.rawJSON(v.toString()) : v));
  return text.replace(HIDDEN, (c) => [...Array(c.length).keys()].map((i) => escape(c.charCodeAt(i))).join(''));
}

const escape = (unit) => `\\u${unit.toString(16).padStart(4, '0')}`;

/** Returns a JSON text indented, each token as it was, or null if it is no JSON. */
export function indent(text) {
  try {
    JSON.parse(text);
  } catch {
    return null;
  }
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[^\s"{}[\],:]+|[{}[\],:]/g);
  let depth = 0;
  let out = '';
  tokens.forEach((token, i) => {
    const isEmpty = '}]'.includes(token) && '{['.includes(tokens[i - 1]);
    if ('}]'.includes(token)) depth--;
    if ('}]'.includes(token) && !isEmpty) out += newline(depth);
    out += token === ':' ? ': ' : token;
    if ('{['.includes(token)) depth++;
    const closes = i + 1 < tokens.length && '}]'.includes(tokens[i + 1]);
    if (token === ',' || ('{['.includes(token) && !closes)) out += newline(depth);
  });
  return out;
}

const newline = (depth) => `\n${'  '.repeat(depth)}`;
