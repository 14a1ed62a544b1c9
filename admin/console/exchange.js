// One exchange in full: what was asked, what was answered, why, and how to have it again.

import { call } from './api.js';
import { fill, h, oneAtATime } from './dom.js';
import { bytes, dateTime, millis } from './format.js';
import { indent } from './json.js';
import { chip, codeBlock, copyButton, fact, icon, longText, problemBox, segmented } from './parts.js';
import { link } from './router.js';

const SHORT = 300; // characters of a value

/**
 * The pane of one exchange.
 * @param {() => void} onClose
 */
export function exchangePane(onClose) {
  const content = h('div', { class: 'detail-content' });
  const element = h('aside', { class: 'detail', 'aria-label': 'Request', tabindex: '-1', hidden: true }, content);
  let wanted = '';

  const load = oneAtATime(async () => {
    const id = wanted;
    if (!id) return;
    try {
      const exchange = await call({ title: 'Show request', path: `requests/${encodeURIComponent(id)}` });
      if (id === wanted) fill(content, drawing(exchange, onClose));
    } catch (problem) {
      if (id === wanted) fill(content, head(h('h2', {}, id), onClose), problemBox(problem));
    }
    element.scrollTop = 0;
  });

  return {
    element,
    /** Shows the exchange of that id, or with '' none. */
    show(id) {
      if (id === wanted) return;
      wanted = id;
      element.hidden = !id;
      load();
    },
  };
}

const head = (title, onClose) =>
  h(
    'div',
    { class: 'detail-head' },
    title,
    h(
      'button',
      { type: 'button', class: 'quiet icon-only', 'aria-label': 'Close', title: 'Close (Escape)', onclick: onClose },
      icon('cross'),
    ),
  );

function drawing(exchange, onClose) {
  return [
    head(
      h(
        'h2',
        {},
        h('span', { class: 'mono' }, exchange.id),
        chip(exchange.outcome, exchange.status),
        h('span', { class: 'num muted' }, exchange.status || 'no status'),
      ),
      onClose,
    ),
    exchange.hint && h('div', { class: 'why' }, h('h3', {}, 'Why'), h('p', {}, exchange.hint)),
    facts(exchange),
    failing(exchange),
    request(exchange),
    answer(exchange),
    again(exchange.as),
  ];
}

function facts(exchange) {
  const isMoved = Math.abs(Date.parse(exchange.at) - Date.parse(exchange.began)) > 1000;
  return h(
    'dl',
    { class: 'facts' },
    fact('Began', dateTime(exchange.began)),
    fact('By the client’s clock', isMoved && dateTime(exchange.at)),
    fact('Took', millis(exchange.duration_ms)),
    fact(
      'Client',
      exchange.client &&
        h('a', { class: 'mono', href: link('requests', '', { client: exchange.client }) }, exchange.client),
    ),
    fact(
      'Unknown client',
      exchange.given_id && [
        h('span', { class: 'mono' }, longText(exchange.given_id, SHORT)),
        ' ',
        h('a', { href: link('requests', '', { client: '', strangers: 'yes' }) }, 'all of unknown clients'),
      ],
    ),
    fact('Product', exchange.product && h('span', { class: 'mono' }, longText(exchange.product, SHORT))),
    fact('User', exchange.external_user_id && h('span', { class: 'mono' }, longText(exchange.external_user_id, SHORT))),
    fact(
      'Session',
      exchange.session &&
        h('a', { class: 'mono', href: link('requests', '', { session: exchange.session }) }, exchange.session),
    ),
    fact(
      'Fault',
      exchange.rule && [
        h('a', { class: 'mono', href: link('faults', exchange.rule) }, exchange.rule),
        ' ',
        h('span', { class: 'mono' }, exchange.fault),
      ],
    ),
    fact('The real work', exchange.work && h('span', { class: 'mono' }, exchange.work)),
    fact('Retry-After', exchange.retry_after_seconds && `${exchange.retry_after_seconds} s`),
    fact('Evidence', exchange.evidence),
  );
}

function failing({ as, fault }) {
  const text = as?.fault;
  return (
    text &&
    h(
      'p',
      { class: 'row-of' },
      h(
        'a',
        { class: 'button', href: link('faults', '', { arm: text }) },
        fault ? 'Arm this fault again' : 'Make this call fail',
      ),
    )
  );
}

function request(exchange) {
  const headers = Object.entries(exchange.headers ?? {}).flatMap(([name, values]) =>
    values.map((value) => [name, value]),
  );
  return h(
    'section',
    {},
    h('h3', {}, 'Request'),
    h('p', { class: 'mono request-line' }, longText(`${exchange.method} ${exchange.path}`)),
    h(
      'dl',
      { class: 'headers mono' },
      headers.map(([name, value]) => [h('dt', {}, name), h('dd', {}, longText(value, SHORT))]),
    ),
    exchange.body_base64
      ? body(exchange.body_base64, `body, ${bytes(exchange.body_size)}, not UTF-8, in base64`)
      : body(exchange.body ?? '', bodyName(exchange)),
  );
}

function bodyName({ body: kept = '', body_size: size }) {
  const length = new TextEncoder().encode(kept).length;
  return length < size ? `body, the first ${bytes(length)} of ${bytes(size)}` : `body, ${bytes(size)}`;
}

function answer(exchange) {
  return h(
    'section',
    {},
    h('h3', {}, 'Answer'),
    h('p', { class: 'mono request-line' }, exchange.status ? String(exchange.status) : 'no status line went out'),
    body(exchange.answer ?? '', 'body'),
  );
}

/** A body, indented if it is JSON, and as it was. */
function body(text, name) {
  if (text === '') return h('p', { class: 'muted' }, 'no body');
  const pretty = indent(text);
  const pre = h('pre', { tabindex: '0', 'aria-label': name });
  const show = (way) => fill(pre, longText(way === 'pretty' ? pretty : text));
  show(pretty === null ? 'raw' : 'pretty');
  return h(
    'div',
    {},
    h(
      'div',
      { class: 'code-head' },
      h('span', { class: 'muted' }, name),
      pretty !== null &&
        segmented(
          'Show the body',
          [
            ['pretty', 'Pretty'],
            ['raw', 'Raw'],
          ],
          'pretty',
          show,
        ),
    ),
    h(
      'div',
      { class: 'code' },
      pre,
      copyButton(() => text, `Copy the ${name}`),
    ),
  );
}

/** The exchange as something to run. */
function again(as = {}) {
  const ways = [
    ['curl', 'curl'],
    ['go', 'Go test'],
    ['fault', 'Fault rule'],
  ].filter(([way]) => as[way]);
  if (ways.length === 0) return null;
  const box = h('div');
  const show = (way) => fill(box, codeBlock(as[way], `as ${way}`));
  show(ways[0][0]);
  return h(
    'section',
    {},
    h('div', { class: 'code-head' }, h('h3', {}, 'Reproduce'), segmented('Reproduce as', ways, ways[0][0], show)),
    box,
  );
}
