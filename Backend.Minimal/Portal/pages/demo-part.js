// The virtual box: said on every page that shows it, made and removed in one step.

import { home, mayEverywhere } from '../core/access.js';
import { ApiError, del, post } from '../core/api.js';
import { ask, attempt } from '../core/dialog.js';
import { fill, h } from '../core/dom.js';
import { watchPlaces } from '../core/places.js';
import { go } from '../core/router.js';
import { refresh } from '../core/store.js';
import { t } from '../core/text.js';

/** Four weeks of readings are stored meanwhile, ms. */
const limitMs = 60_000;

/**
 * A line that says so while what is shown is of the virtual box.
 * @param {import('../core/router.js').Context} context
 * @param {number | null} [placeId] The place that is shown; null = all of them.
 */
export function demoNote(context, placeId) {
  const el = h('div');
  let shown = placeId;
  /** @type {import('../core/places.js').Place[]} */
  let places = [];
  const show = () => {
    const isDemo = places.some((place) => place.demo && (shown === null || place.id === shown));
    fill(
      el,
      isDemo
        ? h(
            'p',
            { class: 'note warning', data: { test: 'demo' } },
            t('demo.note'),
            ' ',
            mayEverywhere('admin') ? h('button', { type: 'button', class: 'link no-print', onclick: remove }, t('demo.remove')) : null,
          )
        : null,
    );
  };
  context.later(
    watchPlaces((entry) => {
      places = entry.value ?? places;
      show();
    }),
  );
  return {
    el,
    /** @param {number} id The place that is shown now. */
    show(id) {
      shown = id;
      show();
    },
  };
}

/**
 * The button that makes one; nothing for who may not.
 * @param {string} [kind] Its class.
 */
export function tryDemo(kind = 'button') {
  return mayEverywhere('admin')
    ? h(
        'button',
        {
          type: 'button',
          class: kind,
          onclick: (/** @type {any} */ event) =>
            attempt(event.currentTarget, async () => {
              const made = await post('/api/demo', { timezone: Intl.DateTimeFormat().resolvedOptions().timeZone }, { limitMs }).catch(
                // Somebody else had the same idea, or the first try went on after its answer was lost.
                (fault) => (fault instanceof ApiError && fault.status === 409 ? null : Promise.reject(fault)),
              );
              refresh();
              await go(made ? `/?place=${made.place_id}` : '/');
            }),
        },
        t('demo.try'),
      )
    : null;
}

function remove() {
  return ask({
    title: t('demo.remove'),
    text: t('demo.removeText'),
    action: t('demo.remove'),
    danger: true,
    run: async () => {
      await del('/api/demo', { limitMs });
      refresh();
      await go(home());
    },
  });
}
