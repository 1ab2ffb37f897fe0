// States of boxes: shape, word and colour, never colour alone.

import { h, s } from '../core/dom.js';
import { word } from '../core/text.js';

/** Shapes in a square of 12. @type {Record<string, string>} */
const shapes = {
  online: 'M6 1a5 5 0 1 1 0 10A5 5 0 0 1 6 1Z',
  late: 'M6 1a5 5 0 0 0 0 10ZM6 1a5 5 0 0 1 0 10v-1.200a3.800 3.800 0 0 0 0-7.600Z',
  silent: 'M1.500 1.500h9v9h-9Z',
  new: 'M6 .5 11.500 6 6 11.500 .5 6ZM6 3 3 6l3 3 3-3Z',
  odd: 'M6 1l5.500 10H.5Z',
  retired: 'M1 4.500h10v3H1Z',
};

/** The API's words for what the portal calls otherwise. @type {Record<string, string>} */
const names = { warning: 'late', offline: 'silent', anomalous: 'odd' };

/**
 * The portal's word for a state of the API's: `offline` → `silent`.
 * @param {string} state
 */
export function statusName(state) {
  return names[state] ?? state;
}

/**
 * A state as shape, word and colour.
 * @param {string} state The API's or the portal's word.
 * @param {import('../core/dom.js').Child} [text] In the place of the word.
 */
export function status(state, text) {
  const name = statusName(state);
  return h('span', { class: `status status-${name}`, data: { state: name } }, shape(name), h('span', null, text ?? word('status', name)));
}

/**
 * The shape alone, where the word stands elsewhere.
 * @param {string} name
 */
export function shape(name) {
  return s(
    'svg',
    { viewBox: '0 0 12 12', class: `status-shape status-${name}`, 'aria-hidden': 'true' },
    s('path', { d: shapes[name] ?? shapes.retired, 'fill-rule': 'evenodd' }),
  );
}
