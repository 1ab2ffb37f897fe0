// Which boxes are meant by an address, and in which order they stand.

import { boxState, boxStates, isCounted } from '../parts/box.js';

/** @typedef {import('../parts/box.js').Box} Box */

/** The counters, in the order in which they stand. */
export const counters = ['online', 'late', 'silent', 'new', 'odd'];

/** The orders that are offered: worst first unless said. */
export const sorts = ['worst', 'name', 'id', 'seen', 'signal', 'version'];

/** What the address says about the list; the rest of it is of the box that is open beside. */
export const listKeys = ['q', 'tag', 'version', 'state', 'sort', 'view', 'place'];

/** What of it leaves boxes out. */
export const filterKeys = ['q', 'tag', 'version', 'state'];

/**
 * What of an address is about the list, as it stands behind the path.
 * @param {URLSearchParams} query
 */
export function listSearch(query) {
  const text = new URLSearchParams([...query].filter(([key]) => listKeys.includes(key))).toString();
  return text ? `?${text}` : '';
}

/**
 * The address of a box, with the list beside it as it is.
 * @param {Box} box
 * @param {URLSearchParams} query
 */
export function addressOf(box, query) {
  return `/locations/${encodeURIComponent(box.device_id)}${listSearch(query)}`;
}

/**
 * Whether a box is asked for.
 * @param {Box} box
 * @param {URLSearchParams} query
 */
export function isWanted(box, query) {
  const words = (query.get('q') ?? '').toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const [tag, version, state] = ['tag', 'version', 'state'].map((name) => query.get(name));
  const text = [box.device_id, box.location_name, box.project_name, box.firmware_version, ...box.tags].join('\n').toLocaleLowerCase();
  return (
    (!tag || box.tags.includes(tag)) &&
    (!version || box.firmware_version === version) &&
    (!state || isCounted(box, state)) &&
    words.every((one) => text.includes(one))
  );
}

/**
 * @param {string} name
 * @returns {(a: Box, b: Box) => number}
 */
export function comparer(name) {
  const text = new Intl.Collator(undefined, { numeric: true });
  const seen = (/** @type {Box} */ box) => (box.last_seen_at ? Date.parse(box.last_seen_at) : 0);
  const byName = (/** @type {Box} */ a, /** @type {Box} */ b) =>
    text.compare(a.location_name ?? '\uffff', b.location_name ?? '\uffff') || text.compare(a.device_id, b.device_id);
  /** @type {Record<string, (a: Box, b: Box) => number>} */
  const by = {
    name: byName,
    id: (a, b) => text.compare(a.device_id, b.device_id),
    // The longest silence first: that is what one looks for.
    seen: (a, b) => seen(a) - seen(b),
    signal: (a, b) => (a.last_signal_dbm ?? 0) - (b.last_signal_dbm ?? 0),
    version: (a, b) => text.compare(a.firmware_version ?? '', b.firmware_version ?? ''),
    worst: (a, b) => boxStates.indexOf(boxState(a)) - boxStates.indexOf(boxState(b)) || (boxState(a) === 'online' ? 0 : seen(a) - seen(b)),
  };
  return (a, b) => (by[name] ?? by.worst)(a, b) || byName(a, b);
}
