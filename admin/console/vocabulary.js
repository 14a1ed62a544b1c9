// The words of the sandbox that the page needs before it can draw: clients, and the names that a fault can have.

import { call } from './api.js';
import { effectWord } from './faulttext.js';

export const PRODUCTS = ['card_switcher', 'transaction_link', 'link'];
export const PHONE_LEVELS = ['e164', 'possible', 'valid'];

/** Outcomes that no fault can have. */
const OTHER_OUTCOMES = [
  'RouteNotFound',
  'MethodNotAllowed',
  'InvalidMethodOverride',
  'Preflight',
  'Unreadable',
  'InvalidFault',
  'Abandoned',
];
const GATEWAYS = ['BadGateway', 'ServiceUnavailable', 'GatewayTimeout'];
const CONNECTION = ['hang', 'reset', 'close', 'truncate', 'malformed', 'empty', 'garbage'];

const known = { clients: [], errors: [] };

/** Loads the clients and the catalogue. */
export async function loadVocabulary() {
  const [{ clients }, { errors }] = await Promise.all([
    call({ title: 'List clients', path: 'clients' }),
    call({ title: 'List errors', path: 'errors' }),
  ]);
  Object.assign(known, { clients, errors });
}

/** Loads the clients anew, as they come and go. */
export async function loadClients() {
  known.clients = (await call({ title: 'List clients', path: 'clients' })).clients;
  return known.clients;
}

export const clients = () => known.clients;
export const clientChoices = () => known.clients.map(({ client_id: id }) => [id, id]);

/** Every name that an outcome can have. */
export const outcomes = () => [
  'Created',
  ...known.errors.map(({ name }) => name),
  ...OTHER_OUTCOMES,
  ...GATEWAYS,
  ...CONNECTION,
];

/** Every word that a fault can be found by. */
export const effectWords = () => [...known.errors.map(({ name }) => name), ...GATEWAYS, ...CONNECTION, 'delay', 'drip'];

/** Whether a fault of that name can be armed. */
export const canBeArmed = (name) => effectWords().includes(name);

/** Returns what to arm for an outcome: truncate wants a size. */
export const faultFor = (outcome) => (outcome === 'truncate' ? 'truncate=20' : outcome);

const failure = (text, does, isTimeline = false) => ({ text, does, isTimeline });

/** The common failures, by where they come from. Names that the sandbox does not have are left out. */
export function failureGroups() {
  const names = new Set(effectWords());
  const isThere = ({ text, isTimeline }) => isTimeline || names.has(effectWord(text));
  return [
    [
      'The API fails',
      [
        failure('InternalServerError', 'an exact 500'),
        failure('InternalServerError phase=after', 'a 500 although the session was made: the ambiguous commit'),
        failure('RateLimited retry-after=3s', 'a 429 that says how long to wait'),
      ],
    ],
    [
      'The API refuses',
      [
        failure('NoAccess', 'the product is not enabled'),
        failure('AuthFailed', 'the credentials are wrong'),
        failure('InvalidPhoneNumber', 'the phone number is refused'),
      ],
    ],
    [
      'In front of it',
      [
        failure('ServiceUnavailable', 'the 503 page of a proxy'),
        failure('ServiceUnavailable retry-after=5s', 'the same, and how long to wait'),
        failure('BadGateway', 'the 502 page of a proxy'),
        failure('GatewayTimeout phase=after', 'a 504 although the session was made'),
      ],
    ],
    [
      'Slow',
      [
        failure('delay=100ms..2s', 'each request waits, then goes on as usual'),
        failure('delay=lognormal(p50=200ms,p99=3s)', 'a long tail'),
        failure('drip=5s', 'the answer, spread over five seconds'),
        failure('hang', 'nothing, until the caller gives up'),
      ],
    ],
    [
      'The line breaks',
      [
        failure('reset', 'a TCP reset'),
        failure('close', 'a clean close without a byte'),
        failure('truncate=20', 'the whole answer promised, 20 bytes sent'),
        failure('malformed', '200 with broken JSON'),
        failure('empty', '200 without a body'),
        failure('garbage', 'bytes that are no HTTP'),
      ],
    ],
    [
      'Incidents',
      [
        failure('brownout', 'slower and slower, then out of capacity, then well', true),
        failure('outage', 'the process dies, the proxy has nobody to ask, then it warms up', true),
        failure('flaky', 'a bad minute: one request in five is lost', true),
      ],
    ],
  ].map(([name, list]) => [name, list.filter(isThere)]);
}
