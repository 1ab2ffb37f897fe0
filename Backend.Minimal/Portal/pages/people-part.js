// What the pages of people share: choosing places, saying what somebody may, a secret that is shown once.

import { ApiError } from '../core/api.js';
import { attempt } from '../core/dialog.js';
import { announce, fill, h, newId } from '../core/dom.js';
import { t, word } from '../core/text.js';
import { enumerate } from '../parts/words.js';

/** @typedef {import('../core/places.js').Place} Place */
/** @typedef {{ role: string, place_id: number | null }} Grant */

/** Roles that are held at places; the others are of no place. */
const placeRoles = ['viewer', 'owner', 'operator', 'admin'];

/** What may be given, least first, with what it means. @returns {[string, string][]} */
export function roleOptions() {
  return ['viewer', 'owner', 'operator', 'admin', 'maker', 'uploader', 'downloader'].map((role) => [role, t(`may.${role}`)]);
}

/** Whether a role is held at places. @param {string} role */
export function isOfPlaces(role) {
  return placeRoles.includes(role);
}

/**
 * What somebody may, in words: `owner of Bakery Mill Street and Library`.
 * @param {Grant[]} grants
 * @param {Place[]} places
 */
export function grantWords(grants, places) {
  const roles = [...new Set(grants.map((grant) => grant.role))];
  return roles
    .map((role) => {
      const held = grants.filter((grant) => grant.role === role);
      const name = word('may.name', role);
      return !isOfPlaces(role)
        ? name
        : held.some((grant) => grant.place_id === null)
          ? t('may.everywhere', { role: name })
          : t('may.at', { role: name, places: enumerate(held.map((grant) => placeName(grant.place_id, places))) });
    })
    .join(' · ');
}

/**
 * @param {number | null} id
 * @param {Place[]} places
 */
function placeName(id, places) {
  return places.find((place) => place.id === id)?.name ?? `${id}`;
}

/**
 * Rights as the audit log writes them, `owner 7, viewer everywhere`, in words; all else as it stands.
 * @param {string} text
 * @param {Place[]} places
 */
export function readable(text, places) {
  return text.replace(/\b(viewer|owner|operator|admin|maker|uploader|downloader) (\d+|everywhere)(?=,|$)/g, (_, role, where) =>
    grantWords([{ role, place_id: where === 'everywhere' ? null : Number(where) }], places),
  );
}

/**
 * Lets one choose where a role is held: everywhere, or at places that are added one by one; of 5,000 places, too.
 * @param {{ places: Place[], chosen: number[] | null, role: string, changed?: () => void }} options chosen: null = everywhere.
 */
export function placeChooser({ places, chosen, role, changed }) {
  const name = newId();
  /** @type {number[]} */
  let ids = [...(chosen ?? [])];
  let isEverywhere = chosen === null;
  let current = role;
  const el = h('fieldset', { class: 'choices' });
  const error = h('p', { class: 'error', role: 'alert', hidden: true });
  draw();

  function draw() {
    const mayEverywhere = current !== 'owner';
    if (!mayEverywhere) {
      isEverywhere = false;
    }
    el.hidden = !isOfPlaces(current);
    const radio = (/** @type {boolean} */ value, /** @type {string} */ text) =>
      h(
        'label',
        { class: 'choice' },
        h('input', {
          type: 'radio',
          name,
          'data-key': `${name}-${value}`,
          checked: isEverywhere === value,
          onchange: () => {
            isEverywhere = value;
            changed?.();
            draw();
          },
        }),
        text,
      );
    const adder = h(
      'select',
      {
        'aria-label': t('may.addPlace'),
        onchange: () => {
          ids.push(Number(adder.value));
          changed?.();
          draw();
          /** @type {HTMLElement | null} */ (el.querySelector('select'))?.focus();
        },
      },
      h('option', { value: '' }, t('may.addPlace')),
      places.filter((place) => !ids.includes(place.id)).map((place) => h('option', { value: place.id }, place.name)),
    );
    error.hidden = true;
    fill(
      el,
      h('legend', null, t('may.where')),
      mayEverywhere ? [radio(true, t('may.all')), radio(false, t('may.some'))] : null,
      isEverywhere
        ? null
        : [
            h(
              'ul',
              { class: 'plain lines wide-line' },
              ids.map((id) =>
                h(
                  'li',
                  { class: 'line' },
                  h('span', null, placeName(id, places)),
                  h(
                    'button',
                    {
                      type: 'button',
                      class: 'link',
                      onclick: () => {
                        ids = ids.filter((one) => one !== id);
                        changed?.();
                        draw();
                      },
                    },
                    t('count.remove'),
                    h('span', { class: 'hidden-text' }, ` ${placeName(id, places)}`),
                  ),
                ),
              ),
            ),
            adder,
          ],
      error,
    );
  }

  return {
    el,
    /** Another role was chosen. @param {string} next */
    forRole(next) {
      current = next;
      draw();
    },
    /** What the API is sent; throws when no place was chosen where one must be. */
    value() {
      if (isOfPlaces(current) && !isEverywhere && ids.length === 0) {
        error.textContent = t('may.needsPlace');
        error.hidden = false;
        throw new ApiError(400, t('may.needsPlace'));
      }
      return isOfPlaces(current) && !isEverywhere ? { places: ids } : { everywhere: true };
    },
    text: () => JSON.stringify([current, isEverywhere, ids]),
  };
}

/**
 * A secret that is shown once, with a button that copies it where the browser can.
 * @param {string} name Of the test.
 * @param {string} text
 */
export function secretOnce(name, text) {
  const shown = h('p', { class: 'secret', data: { test: name } }, text);
  return [
    shown,
    h(
      'p',
      null,
      h(
        'button',
        {
          type: 'button',
          class: 'button',
          onclick: (/** @type {any} */ event) =>
            attempt(event.currentTarget, async () => {
              try {
                await navigator.clipboard.writeText(text);
                announce(t('secret.copied'));
                event.target.textContent = t('secret.copied');
              } catch {
                // Over plain http there is no clipboard: the text is selected, ready for Ctrl+C.
                document.getSelection()?.selectAllChildren(shown);
              }
            }),
        },
        t('secret.copy'),
      ),
    ),
  ];
}

/**
 * Does something, and says in plain words what the server refuses in its own.
 * @template T
 * @param {Promise<T>} work
 * @param {Record<number, string>} words Text by HTTP status.
 * @returns {Promise<T>}
 */
export async function inWords(work, words) {
  try {
    return await work;
  } catch (fault) {
    if (fault instanceof ApiError && words[fault.status]) {
      throw new ApiError(fault.status === 403 ? 409 : fault.status, words[fault.status], fault.retryAfter);
    }
    throw fault;
  }
}
