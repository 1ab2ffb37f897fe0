// Who looks at the page and what they may: the one place that is asked. The server decides all the same.

import { currentKey, del, get, keepKey, post } from './api.js';

/** @typedef {import('api-types').components['schemas']['Access']} Access */
/** @typedef {'viewer' | 'owner' | 'operator' | 'admin' | 'maker' | 'uploader' | 'downloader'} Role */

/** Until the server has answered: nobody, who may nothing. */
let me = /** @type {Access} */ ({ kind: null, grants: /** @type {Access['grants']} */ ([]), safe_way: true });

const ofPlaces = ['viewer', 'owner', 'operator'];

/** Who looks, as the server said last. */
export function access() {
  return me;
}

/** Asks the server who we are. A pasted key that is good no more is forgotten. */
export async function loadAccess() {
  try {
    me = await get('/api/access', { quiet: true });
  } catch (error) {
    if (/** @type {any} */ (error).status !== 401 || !currentKey()) {
      throw error;
    }
    keepKey(null);
    me = await get('/api/access', { quiet: true });
  }
  return me;
}

/** Whether somebody is signed in, by session or key. */
export function isKnown() {
  return me.kind !== null;
}

/**
 * Whether who holds a role may do what is asked of another one: as the server's `Roles.Includes`.
 * @param {string} held
 * @param {Role} asked
 * @param {boolean} everywhere
 */
function includes(held, asked, everywhere) {
  return held === asked
    ? asked !== 'admin' || everywhere
    : held === 'admin'
      ? everywhere || ofPlaces.includes(asked)
      : held === 'operator'
        ? asked === 'viewer' || asked === 'owner'
        : held === 'owner' && asked === 'viewer';
}

/**
 * Whether we may act as a role: at a place, or, without one, anywhere at all.
 * @param {Role} role
 * @param {number | null} [place]
 */
export function may(role, place) {
  return me.grants.some(
    (grant) =>
      (place === undefined || place === null || grant.place_id === null || grant.place_id === place) &&
      includes(grant.role, role, grant.place_id === null),
  );
}

/**
 * Whether we may act as a role at every place.
 * @param {Role} role
 */
export function mayEverywhere(role) {
  return me.grants.some((grant) => grant.place_id === null && includes(grant.role, role, true));
}

/**
 * Whether we may say who is let in at a place: its owner, and an admin; not an operator, who otherwise does what an owner does.
 * @param {number} place
 */
export function mayLetIn(place) {
  return me.grants.some(
    (grant) => (grant.role === 'owner' && grant.place_id === place) || (grant.role === 'admin' && grant.place_id === null),
  );
}

/** Where we land: owners and viewers at the figures, who looks after boxes at the boxes. */
export function home() {
  return may('operator') ? '/locations' : may('viewer') ? '/' : may('maker') ? '/manufacturing' : '/account';
}

/**
 * Signs in.
 * @param {{ email: string, password: string, code?: string }} who
 */
export async function signIn(who) {
  keepKey(null);
  await post('/api/session', who, { quiet: true });
  await loadAccess();
}

/**
 * Uses a key in this tab.
 * @param {string} key
 */
export async function takeKey(key) {
  keepKey(key);
  await loadAccess();
  return isKnown();
}

/** Signs out, or forgets the key. */
export async function signOut() {
  if (currentKey()) {
    keepKey(null);
  } else {
    await del('/api/session', { quiet: true });
  }
  await loadAccess();
}
