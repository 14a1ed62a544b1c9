// The state of the sandbox that several places show: health, faults, coverage, conduct. Fetched when something has
// happened; what the clock alone can change, every few seconds.

import { call } from './api.js';
import { commands } from './commands.js';
import { oneAtATime } from './dom.js';
import { journal } from './journal.js';

const BEAT = 3000; // ms
const SOON = 250; // ms; not for each request of a burst

/** Tells 'change' when there is news. */
class Pulse extends EventTarget {
  #client = '';
  #isStale = true; // coverage and conduct are of before
  #timer = 0;

  health = null;
  /** @type {Object[]|null} */
  faults = null;
  coverage = null;
  conduct = null;
  /** Why there is no news. @type {import('./api.js').Problem|null} */
  problem = null;

  constructor() {
    super();
    for (const source of [journal, commands]) {
      for (const type of ['arrival', 'done', 'change']) source.addEventListener(type, () => this.#happened());
    }
    document.addEventListener('visibilitychange', () => this.beat());
  }

  /** Turns to a client, '' for all of them. */
  async scope(client) {
    if (client !== this.#client) Object.assign(this, { faults: null, coverage: null, conduct: null });
    this.#client = client;
    this.#isStale = true;
    await this.beat();
  }

  /** Something happened: look soon. */
  #happened() {
    if (this.#isStale) return;
    this.#isStale = true;
    this.#beatIn(SOON);
  }

  #beatIn(wait) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.beat(), wait);
  }

  beat = oneAtATime(async () => {
    clearTimeout(this.#timer);
    if (document.hidden) return;
    try {
      await this.#look();
      this.problem = null;
    } catch (problem) {
      this.problem = problem;
    }
    this.dispatchEvent(new Event('change'));
    this.#beatIn(this.#isStale && !this.problem ? SOON : BEAT);
  });

  async #look() {
    const client = this.#client;
    const query = { client };
    const read = (title, path) => call({ title, path, query: path === 'health' ? {} : query });
    const isStale = this.#isStale;
    this.#isStale = false;
    try {
      const [health, { faults }] = await Promise.all([read('Health', 'health'), read('List faults', 'faults')]);
      const reports = isStale
        ? await Promise.all([read('Coverage', 'coverage'), read('Conduct', 'conduct')])
        : [this.coverage, this.conduct];
      if (client !== this.#client) return;
      Object.assign(this, { health, faults, coverage: reports[0], conduct: reports[1] });
    } catch (problem) {
      this.#isStale = true;
      throw problem;
    }
  }
}

/** The one pulse of the page. */
export const pulse = new Pulse();

/** The rules among the faults, without those that came with requests. */
export const armedRules = () => (pulse.faults ?? []).filter((report) => !report.inline);
