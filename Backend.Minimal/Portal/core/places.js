// The places that one may see, and the one that was looked at last.

import { all } from './api.js';
import { watch } from './store.js';

/** @typedef {import('api-types').components['schemas']['PlaceRow']} Place */

const stored = 'jambox-place';

/** The place that was looked at last, and how many there are. */
export const lastPlace = {
  /** @type {number | null} */
  id: Number(read()) || null,
  count: 0,
};

/**
 * Watches the list of places, by name.
 * @param {(entry: import('./store.js').Entry<Place[]>) => void} listener
 */
export function watchPlaces(listener) {
  return watch('places', loadPlaces, (entry) => {
    if (entry.value) {
      lastPlace.count = entry.value.length;
      if (!entry.value.some((place) => place.id === lastPlace.id)) {
        lastPlace.id = entry.value[0]?.id ?? null;
      }
    }
    listener(entry);
  });
}

/**
 * Asks for the list of places, by name.
 * @param {AbortSignal} [signal]
 * @returns {Promise<Place[]>}
 */
export async function loadPlaces(signal) {
  const places = /** @type {Place[]} */ (await all('/api/places', { signal }));
  const order = new Intl.Collator(undefined, { numeric: true });
  return places.sort((a, b) => order.compare(a.name, b.name));
}

/**
 * Chooses the place of a page: the one of the address, else the last one, else the first.
 * @param {Place[]} places
 * @param {string | null | undefined} wanted
 * @returns {Place | undefined}
 */
export function choosePlace(places, wanted) {
  const place = places.find((one) => String(one.id) === wanted) ?? places.find((one) => one.id === lastPlace.id) ?? places[0];
  if (place && place.id !== lastPlace.id) {
    rememberPlace(place.id);
  }
  return place;
}

/**
 * @param {number} id
 */
export function rememberPlace(id) {
  lastPlace.id = id;
  try {
    localStorage.setItem(stored, String(id));
  } catch {
    // Storage may be forbidden: then it holds until the page is left.
  }
  document.dispatchEvent(new Event('jambox-place'));
}

function read() {
  try {
    return localStorage.getItem(stored);
  } catch {
    return null;
  }
}
