// Numbers, times and outcomes as people read them.

const pad = (n, width = 2) => String(n).padStart(width, '0');

/** 14:03:22.123, local time. */
export function timeOfDay(iso) {
  const t = new Date(iso);
  return `${pad(t.getHours())}:${pad(t.getMinutes())}:${pad(t.getSeconds())}.${pad(t.getMilliseconds(), 3)}`;
}

/** 14:03:22 */
export const shortTime = (iso) => timeOfDay(iso).slice(0, 8);

/** 2026-11-25 14:03:22, local time. */
export function dateTime(iso) {
  const t = new Date(iso);
  return `${t.getFullYear()}-${pad(t.getMonth() + 1)}-${pad(t.getDate())} ${shortTime(iso)}`;
}

/** 61 µs, 1.4 ms, 12 ms, 3.1 s, 2 min 5 s */
export function millis(ms) {
  if (ms < 1) return `${Math.round(ms * 1000)} µs`;
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 100_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

/** 4:05, 1:00:00: what is left of a session. */
export function countdown(seconds) {
  const left = Math.max(0, Math.floor(seconds));
  const [hours, minutes] = [Math.floor(left / 3600), Math.floor(left / 60) % 60];
  return hours ? `${hours}:${pad(minutes)}:${pad(left % 60)}` : `${minutes}:${pad(left % 60)}`;
}

/** 12,345 */
export const count = (n) => n.toLocaleString('en');

/** 1 call, 2 calls */
export const plural = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;

/** 512 B, 1.0 MiB */
export function bytes(n) {
  if (n < 1024) return `${n} B`;
  return n < 1 << 20 ? `${(n / 1024).toFixed(1)} KiB` : `${(n / (1 << 20)).toFixed(1)} MiB`;
}

/** Outcomes whose trouble is below HTTP, or in bytes that are no answer. */
const BROKEN = new Set(['hang', 'reset', 'close', 'garbage', 'truncate', 'malformed', 'empty', 'Abandoned']);

/** The classes of outcomes, in the words of the legend. */
export const KINDS = {
  created: 'Created',
  refused: 'refused, 4xx',
  failed: 'failed, 5xx',
  broken: 'connection',
  other: 'other',
};

/** Returns the class of an outcome: it decides shape and colour wherever one is drawn. @returns {keyof KINDS} */
export function kindOf(outcome, status) {
  if (outcome === 'Created') return 'created';
  if (BROKEN.has(outcome)) return 'broken';
  if (status >= 500) return 'failed';
  return status >= 400 ? 'refused' : 'other';
}
