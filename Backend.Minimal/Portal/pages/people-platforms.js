// Platforms whose firmware somebody may download: each one by name, or all of them, those to come too.

import { fill, h } from '../core/dom.js';
import { t } from '../core/text.js';

/** What the API calls all platforms. */
const everything = '*';

/**
 * @param {string[]} known Platforms of this server.
 * @param {string[]} chosen Those of the user; one that is no longer configured stays until it is taken away.
 */
export function platformChooser(known, chosen) {
  let names = [...chosen];
  const el = h('fieldset', { class: 'choices' });
  const box = (/** @type {string} */ name, /** @type {string} */ text, isOff = false) =>
    h(
      'label',
      { class: 'choice' },
      h('input', {
        type: 'checkbox',
        checked: names.includes(name) || isOff,
        disabled: isOff,
        data: { key: `platform-${name}` },
        onchange: () => {
          names = names.includes(name) ? names.filter((one) => one !== name) : [...names, name];
          draw();
        },
      }),
      text,
    );
  const draw = () => {
    const isAll = names.includes(everything);
    const focused = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset.key;
    fill(
      el,
      h('legend', null, t('users.platformsTitle')),
      h('p', { class: 'hint' }, t('users.platformsWhy')),
      box(everything, t('users.platformsAll')),
      [...new Set([...known, ...chosen])]
        .filter((name) => name !== everything)
        .sort()
        .map((name) => box(name, name, isAll)),
    );
    /** @type {HTMLElement | null} */ (el.querySelector(`[data-key="${focused}"]`))?.focus();
  };
  draw();
  const value = () => (names.includes(everything) ? [everything] : [...names].sort());
  return { el, value, text: () => value().join(' ') };
}
