// Run with: KNOT_BASE_URL=http://127.0.0.1:5668 node --test

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { Client } from './knot.mjs';

const baseURL = process.env.KNOT_BASE_URL;

/** Calls the control API of the sandbox. */
async function control(path, body = '') {
  const answer = await fetch(`${baseURL}/__sandbox${path}`, { method: 'POST', body });
  assert.equal(answer.status, 201);
  return answer.json();
}

/** Mints a client for one test, and arms a fault for it. */
async function newClient({ fault, ...settings } = {}) {
  const { client_id: id, secret } = await control('/clients', JSON.stringify(settings));
  if (fault) await control('/faults', `client=${id} ${fault}`);
  return new Client({ baseURL, id, secret, wait: 5 });
}

describe('createSession', { skip: !baseURL && 'KNOT_BASE_URL names no sandbox', concurrency: true }, () => {
  test('good', async () => {
    assert.match(await (await newClient()).createSession('link', 'u'), /^[0-9a-f-]{36}$/);
  });

  test('invalid is not tried again', async () => {
    await assert.rejects((await newClient()).createSession('nonsense', 'u'), { status: 400, code: 'PRODUCT_NOT_VALID' });
  });

  test('two failures are overcome', async () => {
    assert.ok(await (await newClient({ fault: 'InternalServerError times=2' })).createSession('link', 'u'));
  });

  test('disabled product', async () => {
    const client = await newClient({ products: ['transaction_link'] });
    await assert.rejects(client.createSession('link', 'u'), { status: 403, code: 'NO_ACCESS' });
  });
});
