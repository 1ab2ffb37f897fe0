// Numbers of people with their ranges, and how busy it is in words.

import { data, h } from '../core/dom.js';
import { number, percent, range } from '../core/format.js';
import { word } from '../core/text.js';

/** @typedef {{ low: number, value: number, high: number }} Ranged */

/**
 * The server's words by the ratio below which they hold: as its `UsualWords`, for bases that it does not put into words.
 * @type {[number, string][]}
 */
const words = [
  [0.15, 'hardly_any'],
  [0.4, 'quieter_much'],
  [0.58, 'quieter_half'],
  [0.71, 'quieter_third'],
  [0.775, 'quieter_quarter'],
  [0.85, 'quieter_fifth'],
  [0.9, 'quieter_little'],
  [1.1, 'usual'],
  [1.15, 'busier_little'],
  [1.225, 'busier_fifth'],
  [1.29, 'busier_quarter'],
  [1.42, 'busier_third'],
  [1.6, 'busier_half'],
  [1.85, 'busier_two_thirds'],
  [2.5, 'busier_twice'],
  [3.5, 'busier_three_times'],
];

/**
 * The middle of a range as it is shown: to 5, small ones exactly.
 * @param {number} value
 */
function guess(value) {
  const step = value < 20 ? 1 : value < 1000 ? 5 : 10 ** (Math.floor(Math.log10(value)) - 2) * 5;
  return number(Math.round(value / step) * step);
}

/**
 * A range as text: `140–190`.
 * @param {Ranged} ranged
 */
export function rangeText(ranged) {
  return range(ranged.low, ranged.high);
}

/**
 * A range in the page: shown rounded outward, the raw best guess kept for tests and for who copies it.
 * @param {string} name
 * @param {Ranged} ranged
 */
export function rangeData(name, ranged) {
  const node = data(name, ranged.value, rangeText(ranged));
  node.setAttribute('data-low', String(ranged.low));
  node.setAttribute('data-high', String(ranged.high));
  return node;
}

/**
 * The best guess, rounded to 5.
 * @param {Ranged} ranged
 */
export function guessText(ranged) {
  return guess(ranged.value);
}

/**
 * A ratio as the server's word: 1.33 → `busier_third`.
 * @param {number} ratio
 */
export function ratioWord(ratio) {
  return words.find(([below]) => ratio < below)?.[1] ?? 'busier_many_times';
}

/**
 * How busy in large letters: `A third busier`.
 * @param {string} name The server's word.
 */
export function busyText(name) {
  return word('busy', name);
}

/**
 * Shares of a whole as bars with words and numbers: for zones and stays.
 * @param {string} name For tests: `zones`.
 * @param {{ key: string, label: string, value: number, hint?: string }[]} rows
 */
export function shares(name, rows) {
  const sum = rows.reduce((all, row) => all + row.value, 0);
  return h(
    'ul',
    { class: 'plain shares' },
    rows.map((row) => {
      const share = sum === 0 ? 0 : row.value / sum;
      return h(
        'li',
        null,
        h(
          'div',
          { class: 'share-head' },
          h('span', null, row.label, row.hint ? h('span', { class: 'soft small' }, ` ${row.hint}`) : null),
          data(`${name}-${row.key}`, row.value, percent(share)),
        ),
        h('div', { class: 'share-line', 'aria-hidden': 'true' }, h('div', { class: 'share-bar', style: { width: `${share * 100}%` } })),
      );
    }),
  );
}
