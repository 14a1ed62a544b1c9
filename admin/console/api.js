// The control API. One function makes a request of a command, and both what is sent and the curl line come from it.

import { decode, encode } from './json.js';

/**
 * What can be asked of the control API.
 * @typedef {Object} Command
 * @property {string} title     what it does, for people
 * @property {string} [method]  GET if left out
 * @property {string} path      below /__sandbox/
 * @property {Object<string, string|number|undefined>} [query]  empty values are left out
 * @property {Object|string} [body]  JSON, or a text as it is
 */

/** Where the control API is: beside this page. */
const BASE = new URL('./', document.baseURI);

const TOKEN_KEY = 'knot-sandbox.token';
const TOKEN_VARIABLE = 'KNOT_SANDBOX_CONTROL_TOKEN';

/** An answer of the control API that is no success, or none at all. */
export class Problem extends Error {
  constructor({ status = 0, code = 'unreachable', field = '', offset = null, message, next = '' }) {
    super(message);
    Object.assign(this, { status, code, field, offset, next });
  }
}

let askForToken = null;
let asking = null;

/**
 * Says who asks the user for the token when the control API wants it.
 * @param {(wasRefused: boolean) => Promise<string>} ask
 */
export function onTokenNeeded(ask) {
  askForToken = ask;
}

const token = () => sessionStorage.getItem(TOKEN_KEY);

/** @param {Command} command */
function requestOf({ method = 'GET', path, query = {}, body }) {
  const url = new URL(path, BASE);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') url.searchParams.set(name, value);
  }
  if (body === undefined) return { method, url };
  return { method, url, body: typeof body === 'string' ? body : encode(body) };
}

/** Returns the curl command that does the same, to be pasted into a shell. @param {Command} command */
export function curlOf(command) {
  const { method, url, body } = requestOf(command);
  const words = ['curl', '-s'];
  if (method !== (body === undefined ? 'GET' : 'POST')) words.push('-X', method);
  if (token() !== null) words.push('-H', `"Authorization: Bearer $${TOKEN_VARIABLE}"`);
  if (body !== undefined) words.push(body.startsWith('@') ? '--data-raw' : '-d', shellQuote(body));
  return [...words, shellQuote(url.href)].join(' ');
}

/** Quotes a word for a POSIX shell, if it needs it. */
export function shellQuote(word) {
  return /^[\w/:.=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Sends a command and returns the response, asking for the token if one is wanted. */
export async function send(command, { signal, headers = {} } = {}) {
  const { url, ...init } = requestOf(command);
  for (let used = token(); ; used = token()) {
    const authorization = used === null ? {} : { Authorization: `Bearer ${used}` };
    const response = await reach(url, { ...init, signal, headers: { ...headers, ...authorization } });
    if (response.ok) return response;
    const problem = await problemOf(response);
    if (problem.code !== 'token_required' || !askForToken) throw problem;
    await renewToken(used);
  }
}

async function reach(url, init) {
  try {
    return await fetch(url, { ...init, cache: 'no-store' });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Problem({
      message: 'The sandbox does not answer.',
      next: 'Is it still running? The console goes on by itself when it is.',
    });
  }
}

async function problemOf(response) {
  const text = await response.text();
  try {
    return new Problem({ status: response.status, ...decode(text).error });
  } catch {
    return new Problem({
      status: response.status,
      code: 'unexpected',
      message: `The answer was ${response.status}.`,
      next: text.slice(0, 200),
    });
  }
}

/** Asks for a token, once for all calls that wait for it. */
async function renewToken(refused) {
  if (token() !== refused) return; // another call has got one meanwhile
  asking ??= askForToken(refused !== null).finally(() => {
    asking = null;
  });
  sessionStorage.setItem(TOKEN_KEY, await asking);
}

/** Sends a command and returns what the answer says. @param {Command} command */
export async function call(command, options) {
  const response = await send(command, options);
  const text = await response.text();
  return text ? decode(text) : null;
}
