// What can be done with a device: a list of acts, of which one is chosen, and dialogs with a form. Shared by boxes and things.

import { open } from '../core/dialog.js';
import { h } from '../core/dom.js';
import { form } from '../core/form.js';
import { t } from '../core/text.js';

/** @typedef {{ name: string, isFor: boolean, run: () => Promise<any> }} Act */
/**
 * What an act is called (`NAME`), why one would (`NAME_why`), the button of its form (`NAME_do`).
 * @typedef {(key: string) => string} Words
 */

/**
 * Lets one choose what to do, and does it.
 * @param {object} options
 * @param {string} options.title
 * @param {Words} options.words Has `nothing` too: said when there is nothing to choose.
 * @param {Act[]} options.acts Those that are for who looks are shown.
 */
export async function chooseAct({ title, words, acts }) {
  const chosen = acts.filter((act) => act.isFor);
  /** @type {Act | undefined} */
  const act = await open({
    title,
    body: chosen.length === 0 ? h('p', null, words('nothing')) : null,
    actions: (close) => [
      h(
        'ul',
        { class: 'plain lines' },
        chosen.map((one) =>
          h(
            'li',
            null,
            h('button', { type: 'button', class: 'link', data: { act: one.name }, onclick: () => close(one) }, words(one.name)),
            h('p', { class: 'soft small' }, words(`${one.name}_why`)),
          ),
        ),
      ),
      h('button', { type: 'button', class: 'button', onclick: () => close() }, t('dialog.cancel')),
    ],
  });
  await act?.run();
}

/**
 * A dialog with a form; what goes wrong lands on its field.
 * @param {object} options
 * @param {string} options.name The act.
 * @param {Words} options.words
 * @param {import('../core/form.js').Field[]} options.fields
 * @param {(values: Record<string, any>) => Promise<any>} options.run
 * @param {import('../core/dom.js').Child} [options.extra]
 * @returns {Promise<Record<string, any> | undefined>} What was sent; undefined = nothing.
 */
export function formDialog({ name, words, fields, run, extra }) {
  /** @type {(values?: Record<string, any>) => void} */
  let close = () => {};
  const made = form({
    fields,
    action: words(`${name}_do`),
    run: async (values) => {
      await run(values);
      close(values);
    },
  });
  return open({
    title: words(name),
    body: [h('p', null, words(`${name}_why`)), made.el, extra],
    actions: (end) => {
      close = end;
      return h('button', { type: 'button', class: 'button', onclick: () => end() }, t('dialog.cancel'));
    },
  });
}
