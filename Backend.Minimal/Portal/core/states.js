// Loading, empty, failed, old: states that every page has, in the same words and looks.

import { fill, h } from './dom.js';
import { duration, time } from './format.js';
import { retry, watch } from './store.js';
import { t } from './text.js';

/** @typedef {import('./dom.js').Child} Child */
/** @typedef {import('./api.js').ApiError} ApiError */

/**
 * A frame of the final size while something loads: no numbers that are none, nothing that jumps.
 * @param {number} lines
 */
export function loading(lines = 3) {
  return h(
    'div',
    { class: 'loading', 'aria-busy': 'true' },
    h('span', { class: 'hidden-text' }, t('state.loading')),
    Array.from({ length: lines }, () => h('span', { class: 'bone', 'aria-hidden': 'true' })),
  );
}

/**
 * Nothing is there: says so, and what to do.
 * @param {string} text
 * @param {...Child} actions
 */
export function empty(text, ...actions) {
  return h('div', { class: 'empty' }, h('p', null, text), actions.length > 0 ? h('p', { class: 'row' }, ...actions) : null);
}

/**
 * Something could not be had: says why, when it is tried again, and lets one try now.
 * @param {ApiError | null} error
 * @param {() => void} again
 * @param {number | null} [retryAt] When it is tried again by itself.
 */
export function failed(error, again, retryAt) {
  const when = h('span');
  const node = h(
    'div',
    { class: 'failed', role: 'alert' },
    h('p', null, reason(error), ' ', when),
    h('p', null, h('button', { type: 'button', class: 'button', onclick: again }, t('state.now'))),
  );
  if (retryAt) {
    const tick = () => {
      const seconds = Math.ceil((retryAt - Date.now()) / 1000);
      when.textContent = seconds > 0 ? t('state.again', { span: duration(seconds) }) : '';
      // A node that was taken off the page needs no clock any more.
      if (seconds > 0 && (node.isConnected || (seconds > 0 && !started))) {
        started = true;
        setTimeout(tick, 1000);
      }
    };
    let started = false;
    tick();
  }
  return node;
}

/**
 * Why something failed, for people.
 * @param {ApiError | null} error
 */
export function reason(error) {
  return error === null
    ? t('error.unknown')
    : error.status === 0
      ? t(navigator.onLine ? (error.message === 'timeout' ? 'error.timeout' : 'error.noServer') : 'error.offline')
      : error.status === 429
        ? t('error.tooMany')
        : error.status === 403
          ? t('error.forbidden')
          : error.status >= 500
            ? t('error.busy')
            : error.status < 0
              ? t('error.unknown')
              : error.message;
}

/**
 * Shows what the server answers to a question in all states that it can be in: loading, failed, there, old.
 * @template T
 * @param {HTMLElement} root Is filled.
 * @param {{ key: string, fetch: (signal: AbortSignal) => Promise<T>, show: (value: T) => Child,
 *   context: import('./router.js').Context, lines?: number, shown?: (value: T | undefined) => void, isAside?: boolean }} options
 *   key: as in `store.watch`; show: makes nodes of an answer; shown: after that; isAside: the page is ready without it.
 * @returns {() => void} Ends it; it also ends when the page is left.
 */
export function view(root, { key, fetch, show, context, lines, shown, isAside }) {
  let last = /** @type {T | undefined} */ (undefined);
  const note = h('div');
  const body = h('div', { class: 'stack' });
  fill(root, note, body);
  const end = watch(key, fetch, (entry) => {
    if (entry.value === undefined) {
      fill(note);
      fill(body, entry.error ? failed(entry.error, retry, entry.retryAt) : loading(lines));
    } else {
      // "Old" is said when asking again has failed, not while it goes on.
      const isOld = entry.stale && entry.error !== null;
      fill(
        note,
        isOld
          ? h(
              'p',
              { class: 'note warning', role: 'status' },
              t('state.stale', { time: time(entry.at) }),
              ' ',
              h('button', { type: 'button', class: 'link', onclick: retry }, t('state.now')),
            )
          : null,
      );
      body.classList.toggle('stale', isOld);
      if (entry.value !== last) {
        last = entry.value;
        const focused = focusOf(body);
        fill(body, show(entry.value));
        focusAgain(body, focused);
      }
    }
    if (entry.value !== undefined || entry.error) {
      shown?.(entry.value);
      if (!isAside) {
        context.ready();
      }
    }
  });
  context.later(end);
  return end;
}

/**
 * What has the focus in a part that is about to be made anew: its `data-key`, or its id.
 * @param {Element} root
 */
function focusOf(root) {
  const node = document.activeElement;
  return node && node !== document.body && root.contains(node) ? (node.getAttribute('data-key') ?? node.id) : null;
}

/**
 * @param {Element} root
 * @param {string | null} key
 */
function focusAgain(root, key) {
  if (key) {
    const node = /** @type {HTMLElement | null} */ (root.querySelector(`[data-key="${CSS.escape(key)}"], #${CSS.escape(key)}`));
    node?.focus({ preventScroll: true });
  }
}
