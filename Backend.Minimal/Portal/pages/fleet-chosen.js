// What can be done with the boxes that are chosen in the list: stands below it while there are any.

import { h, fill } from '../core/dom.js';
import { loadGroup, t } from '../core/text.js';

/** @typedef {import('../parts/box.js').Box} Box */

/**
 * Makes the bar of what can be done with many.
 * @param {import('../parts/list.js').List<Box>} rows
 * @param {(id: string) => Box | undefined} boxOf
 * @param {() => Box[]} shownBoxes Those that match what is searched.
 */
export function chosenBar(rows, boxOf, shownBoxes) {
  const el = h('div', { class: 'fleet-bulk', role: 'group', 'aria-label': t('fleet.chosenDo'), hidden: true });
  let drawn = '';

  /** @param {string} what */
  async function start(what) {
    const chosen = [...rows.selected()].map(boxOf).filter((box) => box !== undefined);
    const [module] = await Promise.all([import('./fleet-bulk.js'), loadGroup('locations')]);
    await module.bulk(what, chosen);
  }

  return {
    el,
    draw() {
      const chosen = [...rows.selected()].filter((id) => boxOf(id) !== undefined);
      const shown = chosen.length === 0 ? [] : shownBoxes();
      const visible = new Set(shown.map((box) => box.device_id));
      const hidden = chosen.filter((id) => !visible.has(id)).length;
      const isAll = chosen.length - hidden === shown.length;
      // Made anew only when it says something else: who is on a button stays there.
      const now = [chosen.length, hidden, shown.length].join();
      if (now === drawn) {
        return;
      }
      drawn = now;
      el.hidden = chosen.length === 0;
      const isIn = el.contains(document.activeElement);
      const focused = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset.key;
      const action = (/** @type {string} */ name, /** @type {string} */ text, /** @type {() => void} */ act) =>
        h('button', { type: 'button', class: 'button', data: { key: name }, onclick: act }, text);
      fill(
        el,
        h(
          'span',
          { role: 'status' },
          t('fleet.chosen', { n: chosen.length }),
          hidden > 0 ? ` ${t('fleet.chosenHidden', { n: hidden })}` : null,
        ),
        isAll ? null : action('all', t('fleet.chooseAll', { n: shown.length }), () => rows.select(visible)),
        ['command', 'settings', 'tags'].map((what) => action(what, t(`fleet.bulk_${what}`), () => start(what))),
        action('none', t('fleet.chooseNone'), () => {
          rows.select([]);
          rows.el.focus();
        }),
      );
      if (isIn) {
        (/** @type {HTMLElement | null} */ (el.querySelector(`[data-key="${focused}"]`)) ?? rows.el).focus();
      }
    },
  };
}
