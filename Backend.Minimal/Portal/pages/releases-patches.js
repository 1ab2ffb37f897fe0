// The patches between builds: which there are, how small they are, and how far those are that are being made.

import { mayEverywhere } from '../core/access.js';
import { all, post } from '../core/api.js';
import { notice } from '../core/dialog.js';
import { data, fill, h } from '../core/dom.js';
import { form } from '../core/form.js';
import { bytes, number, percent } from '../core/format.js';
import { on } from '../core/live.js';
import { empty, view } from '../core/states.js';
import { refresh } from '../core/store.js';
import { t, tn } from '../core/text.js';
import { atMostEvery, stateOf } from './releases-part.js';

/** @typedef {import('./releases-part.js').Schemas} Schemas */

/** How long events are kept together, ms. */
const againMs = 300;

/**
 * @param {HTMLElement} root
 * @param {import('../core/router.js').Context} context
 */
export function showPatches(root, context) {
  const body = h('section', { class: 'card' });
  const pair = h('section', { class: 'card', hidden: true });
  fill(root, pair, body);
  view(body, {
    key: 'patches',
    context,
    fetch: (signal) => all('/api/ota/patches', { signal, most: 1000 }),
    show: (/** @type {Schemas['PatchListRow'][]} */ rows) =>
      rows.length === 0 ? empty(t('patches.none')) : h('ul', { class: 'plain lines' }, rows.map(row)),
  });
  if (mayEverywhere('admin')) {
    view(pair, {
      key: 'pairs',
      context,
      isAside: true,
      fetch: (signal) => all('/api/ota/firmware', { signal, most: 1000 }),
      show: (/** @type {Schemas['BuildRow'][]} */ builds) => {
        pair.hidden = builds.length === 0;
        return ask(builds);
      },
    });
  }
  const again = atMostEvery(
    () => refresh('patches'),
    () => againMs,
  );
  context.later(again.end);
  context.later(on('patch', again.run));
}

/** @param {Schemas['PatchListRow']} patch */
function row(patch) {
  return h(
    'li',
    { data: { patch: patch.id } },
    h(
      'div',
      { class: 'line' },
      h('strong', null, t('patches.pair', { from: patch.base_version ?? t('patches.anything'), to: patch.version })),
      stateOf('patch', patch.state),
    ),
    h(
      'p',
      { class: 'soft' },
      t('patches.what', { hw: patch.hw, profile: patch.profile }),
      patch.size === null
        ? null
        : [
            ' · ',
            tn('patches.size', {
              size: data('patch-size', patch.size, bytes(patch.size)),
              share: data('patch-share', patch.size / patch.image_size, percent(patch.size / patch.image_size, 1)),
            }),
          ],
      patch.seconds === null ? null : ` · ${t('patches.took', { seconds: number(patch.seconds, 1) })}`,
    ),
    patch.state === 'making'
      ? h('progress', { max: 100, value: patch.percent, 'aria-label': t('patches.percent', { n: patch.percent }) })
      : null,
    patch.state === 'useless' ? h('p', null, t('patches.useless')) : null,
    patch.state === 'pruned' ? h('p', null, t('patches.pruned')) : null,
    patch.error ? h('p', { class: 'note bad breaks' }, patch.error) : null,
  );
}

/** @param {Schemas['BuildRow'][]} builds Newest first. */
function ask(builds) {
  const options = builds.map((one) => /** @type {[string, string]} */ ([String(one.id), `${one.version} · ${one.hw}`]));
  const pair = form({
    label: t('patches.make'),
    fields: [
      { name: 'from_firmware_id', label: t('patches.from'), type: 'select', options: [['', t('patches.anything')], ...options] },
      { name: 'firmware_id', label: t('patches.to'), type: 'select', value: String(builds[0]?.id ?? ''), options },
      {
        name: 'profile',
        label: t('patches.profile'),
        hint: t('patches.profileHint'),
        type: 'select',
        value: 'L',
        options: [
          ['L', 'L'],
          ['H', 'H'],
          ['E', 'E'],
        ],
      },
    ],
    action: t('patches.do'),
    run: async (values) => {
      await post('/api/ota/patches', {
        firmware_id: Number(values.firmware_id),
        ...(values.from_firmware_id ? { from_firmware_id: Number(values.from_firmware_id) } : {}),
        profile: values.profile,
      });
      refresh('patches');
      notice(t('patches.asked'));
    },
  });
  return h('details', null, h('summary', null, t('patches.make')), h('p', { class: 'soft' }, t('patches.why')), pair.el);
}
