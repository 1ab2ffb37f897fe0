// What was asked of the server, shared by whatever shows it: asked once, kept while it is watched, asked again when it has changed.

import { ApiError } from './api.js';

/**
 * What is known of one question. `stale` = an older value is shown, because newer ones could not be had.
 * @template T
 * @typedef {{ value: T | undefined, error: ApiError | null, stale: boolean, at: number, retryAt: number | null }} Entry
 */
/**
 * @typedef {{ entry: Entry<any>, fetcher: (signal: AbortSignal) => Promise<any>, listeners: Set<(entry: Entry<any>) => void>,
 *   asking: AbortController | null, again: boolean, timer: number, dropAt: number }} Slot
 */

/** How long an answer is kept that nobody looks at, ms: going back shows it at once. */
const keptMs = 60_000;

/** @type {Map<string, Slot>} */
const slots = new Map();

/**
 * Watches a question: the listener is called with what is known now, and whenever that changes.
 * @template T
 * @param {string} key What is asked, so that two who ask the same ask once; it begins with what it hangs on: `figures 7 …`.
 * @param {(signal: AbortSignal) => Promise<T>} fetcher Asks.
 * @param {(entry: Entry<T>) => void} listener
 * @returns {() => void} Ends it.
 */
export function watch(key, fetcher, listener) {
  let slot = slots.get(key);
  if (!slot) {
    slot = {
      entry: { value: undefined, error: null, stale: false, at: 0, retryAt: null },
      fetcher,
      listeners: new Set(),
      asking: null,
      again: false,
      timer: 0,
      dropAt: 0,
    };
    slots.set(key, slot);
  }
  const watched = slot;
  watched.fetcher = fetcher;
  watched.listeners.add(listener);
  const isOld = watched.entry.at === 0 || watched.entry.stale || Date.now() - watched.entry.at > keptMs;
  listener(watched.entry);
  if (isOld) {
    ask(watched);
  }
  return () => {
    watched.listeners.delete(listener);
    if (watched.listeners.size === 0) {
      clearTimeout(watched.timer);
      watched.asking?.abort();
      watched.dropAt = Date.now() + keptMs;
      sweep();
    }
  };
}

/**
 * Makes what begins with a key be asked again: now if it is watched, else when it is.
 * @param {string} [prefix] Everything unless said.
 */
export function refresh(prefix = '') {
  for (const [key, slot] of slots) {
    if (key.startsWith(prefix)) {
      slot.entry = { ...slot.entry, stale: slot.entry.value !== undefined };
      if (slot.listeners.size > 0) {
        ask(slot);
      }
    }
  }
}

/** Asks again what is watched and could not be had: one button for whatever failed, and nothing more for a server that is busy. */
export function retry() {
  for (const slot of slots.values()) {
    if (slot.entry.error && slot.listeners.size > 0) {
      ask(slot);
    }
  }
}

/** Forgets everything: somebody else looks now. */
export function forget() {
  for (const slot of slots.values()) {
    slot.asking?.abort();
    clearTimeout(slot.timer);
  }
  slots.clear();
}

/** @param {Slot} slot */
async function ask(slot) {
  if (slot.asking) {
    // What changed meanwhile may have come too late for this answer.
    slot.again = true;
    return;
  }
  clearTimeout(slot.timer);
  const asking = new AbortController();
  slot.asking = asking;
  slot.again = false;
  try {
    const value = await slot.fetcher(asking.signal);
    tell(slot, { value, error: null, stale: false, at: Date.now(), retryAt: null });
  } catch (fault) {
    if (asking.signal.aborted) {
      return;
    }
    const error = fault instanceof ApiError ? fault : new ApiError(-1, String(fault));
    if (!(fault instanceof ApiError)) {
      console.error(fault);
    }
    const wait = error.retryAfter;
    tell(slot, { ...slot.entry, error, stale: slot.entry.value !== undefined, retryAt: wait === null ? null : Date.now() + wait * 1000 });
    if (wait !== null && slot.listeners.size > 0) {
      slot.timer = window.setTimeout(() => ask(slot), wait * 1000);
    }
  } finally {
    slot.asking = null;
    if (slot.again && slot.listeners.size > 0) {
      slot.again = false;
      ask(slot);
    }
  }
}

/**
 * @param {Slot} slot
 * @param {Entry<any>} entry
 */
function tell(slot, entry) {
  slot.entry = entry;
  for (const listener of [...slot.listeners]) {
    listener(entry);
  }
}

function sweep() {
  const now = Date.now();
  for (const [key, slot] of slots) {
    if (slot.listeners.size === 0 && slot.dropAt < now) {
      slots.delete(key);
    }
  }
}

window.addEventListener('online', () => refresh());
