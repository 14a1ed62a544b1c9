// The clients: what each may do, and new ones.

import { Problem } from './api.js';
import { curlDisclosure, run } from './commands.js';
import { confirmAndRun } from './dialog.js';
import { fill, h, keyed } from './dom.js';
import { copyButton, fact, field, problemBox, select, viewHead } from './parts.js';
import { link } from './router.js';
import { PHONE_LEVELS, PRODUCTS, clients, loadClients } from './vocabulary.js';

const LARGEST_SEED = 2n ** 64n - 1n;

/** Opens the view. @returns {import('./app.js').View} */
export function open({ params }) {
  const list = h('ul', { class: 'clients-list' });
  const drawList = keyed(
    list,
    (client) => client.client_id,
    (client) => clientItem(client, refresh),
  );
  const trouble = h('div');
  const element = h(
    'div',
    { class: 'view clients' },
    viewHead(
      'Clients',
      'Credential pairs. Each has its own sessions, faults, clock and seed, so tests that run at once take one each.',
    ),
    h('div', { class: 'columns' }, h('section', { 'aria-label': 'Clients' }, trouble, list), mintForm(refresh)),
  );

  async function refresh() {
    try {
      await loadClients();
      fill(trouble);
    } catch (problem) {
      fill(trouble, problemBox(problem));
    }
    drawList(clients().filter(({ client_id: id }) => !params.client || id === params.client));
  }

  refresh();
  return { element, show() {}, changed: refresh, close() {} };
}

const pathOf = (id) => `clients/${encodeURIComponent(id)}`;

/** A client with its switches. */
function clientItem(first, refresh) {
  const id = first.client_id;
  const trouble = h('div');
  const switches = PRODUCTS.map((product) =>
    productSwitch(product, (isOn) => change({ [isOn ? 'enable' : 'disable']: [product] })),
  );
  const phone = select(
    { onchange: () => change({ phone: phone.value }) },
    PHONE_LEVELS.map((level) => [level, level]),
    first.phone,
  );
  const seed = h('input', {
    class: 'mono seed',
    inputmode: 'numeric',
    placeholder: 'random',
    onchange: () => changeSeed(),
  });
  const element = h(
    'li',
    { class: 'client' },
    h(
      'div',
      { class: 'client-head' },
      h('h2', { class: 'mono' }, id),
      h('span', { class: 'spring' }),
      h('a', { href: link('requests', '', { client: id }) }, 'Requests'),
      h(
        'button',
        { type: 'button', class: 'quiet danger', onclick: remove },
        'Remove…',
        h('span', { class: 'sr' }, id),
      ),
    ),
    h(
      'div',
      { class: 'client-settings' },
      h(
        'div',
        { class: 'switches', role: 'group', 'aria-label': `Products of ${id}` },
        switches.map((one) => one.element),
      ),
      field('Phone numbers', phone),
      field('Seed', seed),
    ),
    trouble,
  );

  async function change(body) {
    fill(trouble);
    try {
      const names = Object.entries(body)
        .map(([name, value]) => `${name} ${value}`)
        .join(', ');
      await run({ title: `Change ${id}: ${names}`, method: 'PATCH', path: pathOf(id), body });
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      fill(trouble, problemBox(problem));
    }
    refresh();
  }

  function changeSeed() {
    const value = parseSeed(seed);
    if (value !== undefined) change({ seed: value });
  }

  async function remove() {
    const command = { title: `Remove ${id}`, method: 'DELETE', path: pathOf(id) };
    if (
      await confirmAndRun(
        command,
        'Its sessions and faults go with it, and its calls are refused from then on.',
        'Remove',
      )
    )
      refresh();
  }

  function update(client) {
    switches.forEach((one, i) => one.update(client.products.includes(PRODUCTS[i])));
    phone.value = client.phone;
    if (seed !== document.activeElement) seed.value = client.seed === undefined ? '' : String(client.seed);
  }
  return { element, update };
}

function productSwitch(product, onToggle) {
  const input = h('input', { type: 'checkbox', role: 'switch', onchange: () => onToggle(input.checked) });
  return {
    element: h('label', { class: 'switch' }, input, h('span', { class: 'mono' }, product)),
    update: (isOn) => {
      input.checked = isOn;
    },
  };
}

/** Reads a seed; undefined if there is none, or if it is none and the field says so. @returns {bigint|undefined} */
function parseSeed(input) {
  const text = input.value.trim();
  const isSeed = /^\d{1,20}$/.test(text) && BigInt(text) <= LARGEST_SEED;
  input.setCustomValidity(text === '' || isSeed ? '' : 'A seed is a whole number of 64 bits.');
  input.reportValidity();
  return isSeed ? BigInt(text) : undefined;
}

/** The form that mints a client, and the pair that is shown once. */
function mintForm(refresh) {
  const id = h('input', {
    class: 'mono',
    placeholder: 'random',
    autocomplete: 'off',
    spellcheck: 'false',
    maxlength: '256',
  });
  const boxes = PRODUCTS.map((product) => h('input', { type: 'checkbox', value: product, checked: true }));
  const phone = select(
    {},
    PHONE_LEVELS.map((level) => [level, level]),
    PHONE_LEVELS[0],
  );
  const seed = h('input', { class: 'mono', inputmode: 'numeric', placeholder: 'random' });
  const result = h('div', { 'aria-live': 'polite' });
  const curl = curlDisclosure(() => [command()]);
  const form = h(
    'form',
    { class: 'mint', oninput: () => curl.update(), onsubmit: submit },
    h('h2', {}, 'Mint a client'),
    field('client_id', id),
    h(
      'fieldset',
      { class: 'checks' },
      h('legend', {}, 'Products'),
      boxes.map((box) => h('label', {}, box, h('span', { class: 'mono' }, box.value))),
    ),
    field('Phone numbers', phone, 'e164 is as the real API'),
    field('Seed', seed, 'the same ids and chances in every run'),
    h('div', { class: 'actions' }, h('button', { type: 'submit', class: 'primary' }, 'Mint'), curl.element),
    result,
  );

  function command() {
    const products = boxes.filter((box) => box.checked).map((box) => box.value);
    const body = {
      ...(id.value && { client_id: id.value }),
      ...(products.length < PRODUCTS.length && { products }),
      ...(phone.value !== PHONE_LEVELS[0] && { phone: phone.value }),
      ...(/^\d+$/.test(seed.value) && { seed: BigInt(seed.value) }),
    };
    return {
      title: `Mint ${id.value || 'a client'}`,
      method: 'POST',
      path: 'clients',
      body: Object.keys(body).length ? body : undefined,
    };
  }

  async function submit(event) {
    event.preventDefault();
    if (seed.value && parseSeed(seed) === undefined) return;
    try {
      fill(result, minted(await run(command())));
      id.value = '';
      refresh();
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      fill(result, problemBox(problem));
    }
  }
  return form;
}

function minted({ client_id: id, secret }) {
  const variables = `KNOT_CLIENT_ID=${id} KNOT_SECRET=${secret}`;
  return h(
    'div',
    { class: 'minted' },
    h('p', {}, 'This is the only time that the secret is shown.'),
    h(
      'dl',
      { class: 'facts' },
      fact(
        'client_id',
        h('span', { class: 'mono' }, id),
        copyButton(() => id, 'Copy the client_id'),
      ),
      fact(
        'secret',
        h('span', { class: 'mono' }, secret),
        copyButton(() => secret, 'Copy the secret'),
      ),
    ),
    copyButton(() => variables, 'Copy both as variables', 'Copy as variables'),
  );
}
