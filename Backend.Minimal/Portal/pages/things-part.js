// A thing in words: its state, its values, what is asked of it. Shared by the list of things and the page of one.

import { now } from '../core/api.js';
import { fill, h } from '../core/dom.js';
import { ago, number } from '../core/format.js';
import { t, word } from '../core/text.js';
import { status } from '../parts/status.js';
import { controlOf, isOutput, isSame, wishOf } from './things-wish.js';

/** @typedef {import('./things-wish.js').Value} Value */
/** @typedef {import('./things-wish.js').Wanted} Wanted */
/** @typedef {{ ssid?: string | null, ip?: string | null, rssi?: number | null, free_heap?: number | null, uptime_s?: number | null,
 *   at?: string | null }} Network */
/**
 * A thing or gateway of the list.
 * @typedef {object} Thing
 * @property {string} device_id
 * @property {'thing' | 'gateway'} kind
 * @property {string | null} name
 * @property {string | null} product
 * @property {string | null} platform
 * @property {string | null} version
 * @property {number | null} place_id
 * @property {string | null} place
 * @property {string[]} tags
 * @property {'online' | 'degraded' | 'offline' | 'never' | 'retired'} status
 * @property {string | null} last_at
 * @property {Record<string, Value>} values
 * @property {Record<string, Wanted>} wanted
 * @property {Network | null} network
 * @property {boolean} [demo] One of the virtual shop's.
 */

/** States, worst first. */
export const states = ['offline', 'degraded', 'never', 'online', 'retired'];

/** Shapes of states: those of boxes. @type {Record<string, string>} */
const shapes = { offline: 'silent', degraded: 'late', never: 'new' };

/**
 * The shape of a state.
 * @param {string} state
 */
export function shapeOf(state) {
  return shapes[state] ?? state;
}

/** @param {{ device_id: string, name: string | null }} thing */
export function thingName(thing) {
  return thing.name || thing.device_id;
}

/**
 * The address of a thing.
 * @param {string} id
 */
export function addressOf(id) {
  return `/things/${encodeURIComponent(id)}`;
}

/**
 * The state in shape and words, with the last word: `offline · 3 h ago`.
 * @param {{ status: string, last_at: string | null }} thing
 */
export function thingStatus({ status: state, last_at: at }) {
  return status(shapeOf(state), at === null ? word('thingState', state) : `${word('thingState', state)} · ${ago(at)}`);
}

/**
 * A value in words: on, off, 21.5, text.
 * @param {Value | null | undefined} value
 */
export function valueText(value) {
  return value === null || value === undefined
    ? '–'
    : typeof value === 'boolean'
      ? t(value ? 'thingValue.on' : 'thingValue.off')
      : typeof value === 'number'
        ? number(value, Math.abs(value) < 1 ? 4 : 2)
        : value;
}

/**
 * A value of a key in words: 1 and 0 of what is switched are on and off.
 * @param {string} key
 * @param {Value | null | undefined} value
 */
export function keyText(key, value) {
  return value !== null && value !== undefined && controlOf(key, value, null).kind === 'switch'
    ? t(Number(value) === 1 ? 'thingValue.on' : 'thingValue.off')
    : valueText(value);
}

/**
 * A value, for tests and whoever copies it as it was sent.
 * @param {string} key
 * @param {Value | null | undefined} value
 */
export function valueNode(key, value) {
  return h('data', { 'data-test': `value-${key}`, value: value ?? '' }, keyText(key, value));
}

/**
 * What a value is shown as while something else is asked for: `on · asked for off`.
 * @param {HTMLElement} node Is filled.
 * @param {string} key
 * @param {import('./things-wish.js').Reported | undefined} reported
 * @param {Wanted | null | undefined} wanted
 */
export function fillValue(node, key, reported, wanted) {
  const wish = wishOf(reported, wanted, now());
  fill(
    node,
    valueNode(key, reported?.value),
    wish === 'asked' && wanted && !(reported && isSame(reported.value, wanted.value))
      ? h('span', { class: 'soft', data: { wish } }, ` · ${t('thingValue.asked', { value: keyText(key, wanted.value) })}`)
      : wish === 'asked'
        ? h('span', { class: 'soft', data: { wish } }, ` · ${t('thingValue.askedSame')}`)
        : wish === 'missed' && wanted
          ? h('span', { class: 'soft', data: { wish } }, ` · ${t('thingValue.missed', { value: keyText(key, wanted.value) })}`)
          : null,
  );
  return wish;
}

/**
 * Values of a list's row, three at most: what it measures tells more than how its outputs stand.
 * @param {Record<string, Value>} values
 * @returns {[string, Value][]}
 */
export function firstValues(values) {
  const all = Object.entries(values);
  return [...all.filter(([key]) => !isOutput(key)), ...all.filter(([key]) => isOutput(key))].slice(0, 3);
}
