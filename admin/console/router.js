// Where the user is. The whole of it stands in location.hash, so that every view is a link:
// #/requests/r12?client=sandbox&outcome=Created

/**
 * @typedef {Object} Route
 * @property {string} view     requests, faults, …
 * @property {string} id       what of it, such as r12; may be empty
 * @property {Object<string, string>} params  filters; client scopes every view
 */

const START = 'requests';

/** Reads a hash. @returns {Route} */
function parse(hash) {
  const [path, query = ''] = hash.replace(/^#\/?/, '').split(/\?(.*)/s);
  const [view, id = ''] = path.split('/').map(decode);
  return { view: view || START, id, params: Object.fromEntries(new URLSearchParams(query)) };
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // not percent-encoded
  }
}

/** Writes a route as a hash. Empty params are left out. @param {Partial<Route>} route */
export function format({ view = START, id = '', params = {} }) {
  const query = new URLSearchParams(Object.entries(params).filter(([, value]) => value)).toString();
  return `#/${view}${id ? `/${encodeURIComponent(id)}` : ''}${query ? `?${query}` : ''}`;
}

/** Returns where the user is. */
export const here = () => parse(location.hash);

/** Returns the link to a view within the present client. */
export function link(view, id = '', params = {}) {
  return format({ view, id, params: { client: here().params.client, ...params } });
}

/** Goes to a hash; without a trace in the history if it only refines where the user is. */
export function go(hash, { replace = false } = {}) {
  if (hash === location.hash) return;
  if (replace) history.replaceState(null, '', hash);
  else history.pushState(null, '', hash);
  dispatchEvent(new HashChangeEvent('hashchange'));
}

/** Calls back with the route, now and whenever it changes. */
export function onRoute(callback) {
  addEventListener('hashchange', () => callback(here()));
  callback(here());
}
