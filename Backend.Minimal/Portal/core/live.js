// One stream of events a tab. It rests while nobody looks, and goes on where it was cut off.
// Read by fetch, not EventSource: that can neither bear a key nor say why it was refused.

import { address, headers } from './api.js';
import { refresh } from './store.js';

/** @typedef {'reading' | 'heartbeat' | 'device' | 'ota' | 'patch' | 'rollout' | 'alert' | 'notification' | 'coalesced'
 *   | 'telemetry' | 'state' | 'status' | 'deployment'} Kind */
/** @typedef {'off' | 'on' | 'connecting' | 'full'} State */

/** How long a hidden tab goes on listening, ms. */
const hiddenMs = 30_000;

/** Silence after which the line is taken for dead, ms: the server says something every 15 s. */
const silentMs = 40_000;

/** @type {Map<string, Set<(data: any) => void>>} */
const listeners = new Map();
/** @type {Set<(state: State) => void>} */
const watchers = new Set();
/** @type {State} */
let state = 'off';
let wanted = false;
/** @type {string | null} */
let position = null;
/** @type {AbortController | null} */
let line = null;
let hiddenTimer = 0;
let retryTimer = 0;
let tries = 0;

/**
 * Hears events of a kind.
 * @param {Kind} kind
 * @param {(data: any) => void} listener
 * @returns {() => void} Ends it.
 */
export function on(kind, listener) {
  let set = listeners.get(kind);
  if (!set) {
    set = new Set();
    listeners.set(kind, set);
  }
  set.add(listener);
  return () => set.delete(listener);
}

/**
 * Hears whether there are live updates: `full` = the server has no place for one more listener.
 * @param {(state: State) => void} watcher
 * @returns {() => void}
 */
export function onLiveState(watcher) {
  watchers.add(watcher);
  watcher(state);
  return () => watchers.delete(watcher);
}

/** Begins to listen. */
export function listen() {
  wanted = true;
  open();
}

/** Ends listening, for who signs out. */
export function hangUp() {
  wanted = false;
  position = null;
  close();
}

document.addEventListener('visibilitychange', () => {
  clearTimeout(hiddenTimer);
  if (document.hidden) {
    hiddenTimer = window.setTimeout(close, hiddenMs);
  } else {
    open();
  }
});

function close() {
  clearTimeout(retryTimer);
  line?.abort();
  line = null;
  change('off');
}

async function open() {
  if (!wanted || line || document.hidden) {
    return;
  }
  clearTimeout(retryTimer);
  const mine = new AbortController();
  line = mine;
  change('connecting');
  let wait = 0;
  try {
    wait = await read(mine);
  } catch {
    // Cut off: by the network, or because we hung up.
  }
  if (line === mine) {
    line = null;
    tries += 1;
    change(wait > 0 ? 'full' : 'off');
    if (wanted) {
      retryTimer = window.setTimeout(open, wait > 0 ? wait * 1000 : Math.min(30_000, 1000 * 2 ** Math.min(tries, 5)));
    }
  }
}

/**
 * @param {AbortController} mine
 * @returns {Promise<number>} Seconds to wait before the next try; 0 = as usual.
 */
async function read(mine) {
  let timer = window.setTimeout(() => mine.abort(), silentMs);
  try {
    const answer = await fetch(address('/api/events', { after: position }), {
      headers: { ...headers(), Accept: 'text/event-stream' },
      cache: 'no-store',
      signal: mine.signal,
    });
    if (!answer.ok || !answer.body) {
      if (answer.status === 400) {
        // A position that the server cannot make sense of: whatever was missed is asked for anew.
        position = null;
        refresh();
      }
      return answer.status === 503
        ? Number(answer.headers.get('Retry-After')) || 60
        : answer.status === 401 || answer.status === 403
          ? 300
          : 0;
    }
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    for (;;) {
      const { value, done } = await reader.read();
      if (done) {
        return 0;
      }
      clearTimeout(timer);
      timer = window.setTimeout(() => mine.abort(), silentMs);
      text += value;
      let end = text.indexOf('\n\n');
      while (end >= 0) {
        hear(text.slice(0, end));
        text = text.slice(end + 2);
        end = text.indexOf('\n\n');
      }
    }
  } finally {
    clearTimeout(timer);
  }
}

/** @param {string} block */
function hear(block) {
  let kind = 'message';
  let body = '';
  for (const one of block.split('\n')) {
    const [, name, value] = /^(\w+): ?(.*)$/.exec(one) ?? [];
    if (name === 'event') {
      kind = value;
    } else if (name === 'data') {
      body += value;
    } else if (name === 'id') {
      position = value;
    }
  }
  tries = 0;
  change('on');
  if (kind === 'coalesced' || kind === 'resync') {
    refresh();
  }
  for (const listener of listeners.get(kind) ?? []) {
    listener(body ? JSON.parse(body) : null);
  }
}

/** @param {State} next */
function change(next) {
  if (state !== next) {
    state = next;
    for (const watcher of watchers) {
      watcher(next);
    }
  }
}
