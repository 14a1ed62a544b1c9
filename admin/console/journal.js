// The exchanges that the page knows: those of one query, loaded from the newest back, then kept up to date.

import { call } from './api.js';
import { openStream } from './stream.js';

/** How many exchanges are kept in memory. */
const CAPACITY = 10_000;
const PAGE = 1000;
const SLACK = 500; // made free at once, so that making room is rare

/**
 * @typedef {Object} Exchange  as GET /requests?brief=yes has it
 * @property {string} id
 * @property {number} position
 * @property {string} began
 * @property {number} duration_ms
 * @property {string} outcome
 * @property {number} status
 */

/** Tells 'change' when the list is another, 'arrival' when an exchange came in, 'state' when the connection is. */
class Journal extends EventTarget {
  /** Oldest first, so that arrivals are cheap. @type {Exchange[]} */
  #kept = [];
  /** What came while the list was held still. @type {Exchange[]} */
  #waiting = [];
  #query = null;
  #stream = null;
  #next;
  #loading = null;
  #generation = 0; // one more whenever the list begins anew
  #started = ''; // of the sandbox, to notice that it is another one

  state = 'connecting';
  total = 0;
  dropped = 0;
  isPaused = false;
  isLoaded = false;
  problem = null;

  get length() {
    return this.#kept.length;
  }
  get waiting() {
    return this.#waiting.length;
  }
  get hasOlder() {
    return this.#next !== undefined && this.length + PAGE <= CAPACITY;
  }
  /** Whether there are older ones that the page has no room for. */
  get isCut() {
    return this.#next !== undefined && !this.hasOlder;
  }
  get isLoading() {
    return this.#loading !== null;
  }
  /** Whether any filter but the client holds. */
  get isFiltered() {
    return Object.keys(this.#query ?? {}).some((name) => name !== 'client');
  }

  /** Returns an exchange by its place, the newest first. */
  at(index) {
    return this.#kept[this.length - 1 - index];
  }

  indexOf(id) {
    const index = this.#kept.findLastIndex((exchange) => exchange.id === id);
    return index < 0 ? -1 : this.length - 1 - index;
  }

  /** Calls back with each exchange that began at or after a time, newest first. */
  since(time, callback) {
    const outlier = 60_000; // the list is in the order of ends; a slow one began earlier than its neighbours
    for (let i = this.length - 1; i >= 0; i--) {
      const began = Date.parse(this.#kept[i].began);
      if (began >= time) callback(this.#kept[i], began);
      else if (began < time - outlier) return;
    }
  }

  /** Turns to another query. @param {Object<string, string>} query */
  watch(query) {
    if (JSON.stringify(query) !== JSON.stringify(this.#query)) this.#begin(query);
  }

  #begin(query) {
    this.#query = query;
    this.#clear();
    this.#tell('change');
    this.#stream?.close();
    this.#stream = openStream(query, {
      onOpen: () => this.reload(),
      onExchange: (exchange) => this.#arrive(exchange),
      onGap: () => this.reload(),
      onState: (state) => this.#connection(state),
      onRefused: (problem) => this.#refused(problem),
    });
  }

  /** Loads the newest anew. */
  async reload() {
    this.#clear();
    await this.loadOlder();
  }

  /** Loads the next page of older ones. */
  loadOlder() {
    this.#loading ??= this.#load(this.#generation);
    return this.#loading;
  }

  async #load(generation) {
    const query = { ...this.#query, before: this.#next, limit: PAGE, brief: 'yes' };
    let page = null;
    let problem = null;
    try {
      page = await call({ title: 'List requests', path: 'requests', query });
    } catch (error) {
      problem = error;
    }
    if (generation !== this.#generation) return; // the list is another by now
    if (page) this.#take(page);
    this.problem = problem;
    this.isLoaded = true;
    this.#loading = null;
    this.#tell('change');
  }

  #take(page) {
    const oldest = this.#kept[0]?.position ?? Infinity;
    const older = page.requests.filter((exchange) => exchange.position < oldest).reverse();
    this.#kept = [...older, ...this.#kept];
    this.#next = page.next;
    this.total = page.total;
    this.dropped = page.dropped;
  }

  pause() {
    this.isPaused = true;
    this.#tell('change');
  }

  resume() {
    this.isPaused = false;
    const newest = this.#kept.at(-1)?.position ?? -1; // what was loaded anew meanwhile is there already
    this.#kept.push(...this.#waiting.filter((exchange) => exchange.position > newest));
    this.#waiting = [];
    this.#makeRoom();
    this.#tell('change');
  }

  #clear() {
    this.#generation++;
    this.#loading = null;
    this.isLoaded = false;
    this.#kept = [];
    this.#waiting = [];
    this.#next = undefined;
  }

  #arrive(exchange) {
    const list = this.isPaused ? this.#waiting : this.#kept;
    const newest = list.at(-1) ?? this.#kept.at(-1);
    if (newest && exchange.position <= newest.position) return; // the page had it already
    list.push(exchange);
    this.total++;
    this.#makeRoom();
    this.#tell('arrival');
  }

  #makeRoom() {
    if (this.#waiting.length > CAPACITY) this.#waiting.splice(0, SLACK);
    if (this.length <= CAPACITY) return;
    this.#kept.splice(0, this.length - CAPACITY + SLACK);
    this.#next = this.#kept[0].position;
  }

  #refused(problem) {
    this.problem = problem;
    this.isLoaded = true;
    this.#connection('refused');
    this.#tell('change');
  }

  #connection(state) {
    this.state = state;
    this.#tell('state');
    if (state === 'live') this.#checkStart();
  }

  /** Positions begin anew with the sandbox, so what is here of an earlier one has to go. */
  async #checkStart() {
    const health = await call({ title: 'Health', path: 'health' }).catch(() => null);
    if (!health) return;
    const isAnother = this.#started && this.#started !== health.started;
    this.#started = health.started;
    if (isAnother) this.#begin(this.#query);
  }

  #tell(type) {
    this.dispatchEvent(new Event(type));
  }
}

/** The one journal of the page. */
export const journal = new Journal();
