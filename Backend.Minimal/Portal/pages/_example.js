// A page to copy. 1. This file under another name. 2. A line in app/routes.js: address, page, item of the navigation.
// 3. Its texts in texts/en.js and texts/es.js. 4. Its address in Portal/PortalEndpoints.cs. 5. A row in pages.mjs of
// Backend.Tests/browser, for the tests and the pictures. Files whose name begins with _ are not served.

import { may } from '../core/access.js';
import { get, put } from '../core/api.js';
import { attempt, notice } from '../core/dialog.js';
import { data, fill, h } from '../core/dom.js';
import { number } from '../core/format.js';
import { on } from '../core/live.js';
import { empty, view } from '../core/states.js';
import { refresh } from '../core/store.js';
import { t } from '../core/text.js';

/** @typedef {import('api-types').components['schemas']} Schemas */

/** @type {import('../core/router.js').Page} */
export const page = {
  title: 'example.title',
  needs: 'viewer',
  mount(root, context) {
    const body = h('section', { class: 'card' });
    fill(root, h('h1', null, t('example.title')), body);
    const id = Number(context.params.place);

    // Asked once, shown in all states (loading, failed, old), asked again when something changes.
    view(body, {
      key: `place ${id}`,
      context,
      fetch: (signal) => get(`/api/places/${id}`, { signal }),
      show: (/** @type {Schemas['PlaceDetail']} */ place) =>
        place.boxes.length === 0
          ? empty(t('example.none'))
          : [
              h('p', null, data('boxes', place.boxes.length, number(place.boxes.length))),
              // Nobody sees a button that is not theirs.
              may('owner', id)
                ? h(
                    'button',
                    {
                      type: 'button',
                      class: 'button',
                      onclick: (/** @type {any} */ event) => rename(event.currentTarget, id, place.place.name),
                    },
                    t('example.rename'),
                  )
                : null,
            ],
    });

    // Live: an event says that something has changed; what is shown is asked for again.
    context.later(on('device', () => refresh(`place ${id}`)));
  },
};

/**
 * @param {HTMLButtonElement} button
 * @param {number} id
 * @param {string} before
 */
async function rename(button, id, before) {
  const save = (/** @type {string} */ name) => put(`/api/places/${id}`, { name }).then(() => refresh(`place ${id}`));
  if (await attempt(button, () => save(`${before} 2`))) {
    notice(t('example.renamed'), { undo: () => save(before) });
  }
}
