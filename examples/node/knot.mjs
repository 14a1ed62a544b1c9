// A small client of the Knot API, with what Node has built in.

import { setTimeout as wait } from 'node:timers/promises';

const MAX_ATTEMPTS = 4;

/** An answer of the API other than success. */
export class KnotError extends Error {
  constructor(status, body) {
    super(`${status} ${body?.error_code ?? ''}`);
    this.status = status;
    this.code = body?.error_code;
  }
}

export class Client {
  /** @param {{baseURL: string, id: string, secret: string, wait?: number}} options  wait: milliseconds after the first failure */
  constructor({ baseURL, id, secret, wait = 200 }) {
    Object.assign(this, { baseURL, wait });
    this.headers = {
      authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
      'content-type': 'application/json',
    };
  }

  /** Creates a session and returns its id. */
  async createSession(product, userID) {
    const body = JSON.stringify({ type: product, external_user_id: userID });
    for (let attempt = 1; ; attempt++) {
      const { session, error, asked, isFinal } = await this.#attempt(body);
      if (session) return session;
      if (isFinal || attempt === MAX_ATTEMPTS) throw error;
      await wait(Math.max(asked, this.wait * 2 ** (attempt - 1) * (0.75 + Math.random() / 2)));
    }
  }

  async #attempt(body) {
    try {
      const answer = await fetch(`${this.baseURL}/session/create`, { method: 'POST', headers: this.headers, body });
      if (answer.ok) return { session: (await answer.json()).session };
      const error = new KnotError(answer.status, await answer.json().catch(() => null));
      const asked = 1000 * Number(answer.headers.get('retry-after') ?? 0);
      return { error, asked, isFinal: answer.status !== 429 && answer.status < 500 };
    } catch (error) { // the connection, or broken JSON
      return { error, asked: 0, isFinal: false };
    }
  }
}
