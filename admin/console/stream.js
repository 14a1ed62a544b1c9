// Server-sent events by fetch(), because EventSource cannot send a token.

import { Problem, send } from './api.js';

const FIRST_WAIT = 500;
const LONGEST_WAIT = 15_000;
const SILENCE = 40_000; // the server says something every 15 s

/**
 * Reads the exchanges that match a query until it is closed. After a break it goes on where it was; a hidden page
 * lets go of its connection, of which browsers have few.
 * @param {Object} query
 * @param {{onOpen: () => void, onExchange: (exchange: Object) => void, onGap: () => void,
 *   onRefused: (problem: Problem) => void, onState: (state: 'connecting'|'live'|'broken'|'hidden') => void}} on
 */
export function openStream(query, on) {
  let controller = null;
  let isClosed = false;
  let lastID;
  let wait = FIRST_WAIT;
  let timer = 0;

  const dispatch = ({ event, data, id }) => {
    if (id) lastID = id;
    if (event === 'exchange') on.onExchange(JSON.parse(data));
    if (event === 'gap' || event === 'cleared') on.onGap();
  };

  async function connect() {
    const mine = new AbortController();
    controller = mine;
    on.onState('connecting');
    try {
      const command = { title: 'Watch', path: 'events', query: { ...query, brief: 'yes', last_event_id: lastID } };
      const response = await send(command, { signal: mine.signal, headers: { Accept: 'text/event-stream' } });
      wait = FIRST_WAIT;
      on.onState('live');
      if (lastID === undefined) on.onOpen();
      await readEvents(response.body, dispatch, mine);
    } catch (problem) {
      if (isRefusal(problem)) {
        on.onRefused(problem);
        return;
      } // all else may be over the next time
    }
    if (!isClosed && !document.hidden && controller === mine) retry();
  }

  function retry() {
    on.onState('broken');
    timer = setTimeout(connect, wait * (0.75 + Math.random() / 2));
    wait = Math.min(wait * 2, LONGEST_WAIT);
  }

  function onVisibility() {
    clearTimeout(timer);
    controller.abort();
    if (document.hidden) on.onState('hidden');
    else connect();
  }

  document.addEventListener('visibilitychange', onVisibility);
  connect();
  return {
    close() {
      isClosed = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisibility);
      controller.abort();
    },
  };
}

/** Whether the same request would be refused again. */
const isRefusal = (problem) => problem instanceof Problem && problem.status >= 400 && problem.status < 500;

/** Reads events until the body ends, or until nothing has come for too long. */
async function readEvents(body, dispatch, controller) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const watchdog = setTimeout(() => controller.abort(), SILENCE);
    const { done, value } = await reader.read().finally(() => clearTimeout(watchdog));
    if (done) return;
    const blocks = (rest + value).split('\n\n');
    rest = blocks.pop();
    for (const block of blocks) dispatch(parseEvent(block));
  }
}

function parseEvent(block) {
  const fields = { event: '', data: '', id: '' };
  for (const line of block.split('\n')) {
    const [, name, value] = /^(\w+): ?(.*)$/.exec(line) ?? [];
    if (name in fields) fields[name] = value;
  }
  return fields;
}
