// Tags: words by which boxes are found again.

import { get, put } from '../core/api.js';
import { attempt, notice, open } from '../core/dialog.js';
import { form } from '../core/form.js';
import { h } from '../core/dom.js';
import { refresh } from '../core/store.js';
import { t } from '../core/text.js';

/** Tags of one box, as the server has it. */
const mostTags = 20;

/**
 * Tags as they are typed: with commas between them.
 * @param {string} text
 */
export function tagsIn(text) {
  return [
    ...new Set(
      text
        .split(',')
        .map((tag) => tag.trim())
        .filter(Boolean),
    ),
  ];
}

/**
 * A field for tags.
 * @param {string} name
 * @param {string} label
 * @returns {import('../core/form.js').Field}
 */
export function tagField(name, label) {
  return {
    name,
    label,
    hint: t('tags.hint'),
    check: (value) =>
      tagsIn(value).every((tag) => /^[A-Za-z0-9 ._-]{1,40}$/.test(tag)) && tagsIn(value).length <= mostTags ? null : t('tags.rule'),
  };
}

/**
 * Changes the tags of a box.
 * @param {string} id
 */
export async function tagsOf(id) {
  const path = `/api/device/${encodeURIComponent(id)}`;
  /** @type {string[]} */
  let before = [];
  const isThere = await attempt(null, async () => {
    before = (await get(path)).device.tags;
  });
  if (!isThere) {
    return;
  }
  const save = async (/** @type {string[]} */ tags) => {
    await put(`${path}/tags`, { tags });
    refresh('device');
  };
  /** @type {(result?: any) => void} */
  let close = () => {};
  const edit = form({
    fields: [{ ...tagField('tags', t('tags.title')), value: before.join(', ') }],
    action: t('tags.save'),
    extra: h('button', { type: 'button', class: 'button', onclick: () => close() }, t('dialog.cancel')),
    run: async (values) => {
      await save(tagsIn(values.tags));
      close();
      notice(t('tags.saved', { id }), { undo: () => save(before) });
    },
  });
  await open({
    title: t('tags.of', { id }),
    body: edit.el,
    actions: (closeWith) => {
      close = closeWith;
      return null;
    },
  });
}
