// Which things are meant by an address, and in which order they stand, as pure functions: nothing here knows a page.

/** @typedef {import('./things-part.js').Thing} Thing */

/** States, worst first: the order of the list. */
const order = ['offline', 'degraded', 'never', 'online', 'retired'];

/** What of an address leaves things out. */
export const filterKeys = ['q', 'kind', 'place', 'tag', 'status'];

/**
 * Whether a thing is asked for.
 * @param {Thing} thing
 * @param {URLSearchParams} query
 */
export function isWanted(thing, query) {
  const words = (query.get('q') ?? '').toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const [kind, place, tag, status] = ['kind', 'place', 'tag', 'status'].map((name) => query.get(name));
  const text = [thing.device_id, thing.name, thing.product, thing.platform, thing.version, thing.place, ...thing.tags]
    .join('\n')
    .toLocaleLowerCase();
  return (
    (!kind || thing.kind === kind) &&
    (!place || String(thing.place_id) === place) &&
    (!tag || thing.tags.includes(tag)) &&
    // Things of the virtual shop are in no counter.
    (!status || (thing.status === status && !thing.demo)) &&
    words.every((word) => text.includes(word))
  );
}

/**
 * Worst first, then by name.
 * @returns {(a: Thing, b: Thing) => number}
 */
export function comparer() {
  const text = new Intl.Collator(undefined, { numeric: true });
  return (a, b) =>
    order.indexOf(a.status) - order.indexOf(b.status) ||
    text.compare(a.name ?? a.device_id, b.name ?? b.device_id) ||
    text.compare(a.device_id, b.device_id);
}

/**
 * What can be chosen of things, each once, in order: value and words.
 * @param {[string, string][]} pairs
 * @returns {[string, string][]}
 */
export function choices(pairs) {
  const text = new Intl.Collator(undefined, { numeric: true });
  return [...new Map(pairs.filter(([value]) => value !== '')).entries()].sort((a, b) => text.compare(a[1], b[1]));
}

/**
 * A thing after what an event has said of it; the same one when it says nothing new.
 * @param {Thing} thing
 * @param {{ values?: Record<string, any>, at?: string, status?: string, wanted?: Record<string, any> }} news A null takes its key away.
 * @returns {Thing}
 */
export function after(thing, { values, at, status, wanted }) {
  const merge = (/** @type {Record<string, any>} */ before, /** @type {Record<string, any> | undefined} */ changes) =>
    changes ? Object.fromEntries(Object.entries({ ...before, ...changes }).filter(([, value]) => value !== null)) : before;
  return {
    ...thing,
    values: merge(thing.values, values),
    wanted: merge(thing.wanted, wanted),
    // Who speaks is there; how well its line is only the server knows.
    status: /** @type {Thing['status']} */ (status ?? (values && ['offline', 'never'].includes(thing.status) ? 'online' : thing.status)),
    // Batches bring what is long past: a last word does not go back.
    last_at: at && (!thing.last_at || Date.parse(at) > Date.parse(thing.last_at)) ? at : thing.last_at,
  };
}
