// The builds that there are: what they are for, who brought them, how many boxes run them, and from where one comes to them.

import { mayEverywhere } from '../core/access.js';
import { all, download } from '../core/api.js';
import { attempt } from '../core/dialog.js';
import { data, fill, h } from '../core/dom.js';
import { bytes, dateTime, number } from '../core/format.js';
import { on } from '../core/live.js';
import { empty, view } from '../core/states.js';
import { refresh } from '../core/store.js';
import { t, tn } from '../core/text.js';
import { atMostEvery } from './releases-part.js';
import { signForm, uploadForm } from './releases-upload.js';
import { whoName } from './who-part.js';

/** @typedef {import('./releases-part.js').Schemas} Schemas */
/** @typedef {Schemas['BuildRow']} Build */
/** @typedef {Schemas['PatchListRow']} Patch */

/** How long events are kept together, ms. */
const againMs = 2_000;

/**
 * @param {HTMLElement} root
 * @param {import('../core/router.js').Context} context
 */
export function showBuilds(root, context) {
  const body = h('section', { class: 'card' });
  fill(root, mayEverywhere('admin') ? uploadForm(context, () => refresh('builds')) : null, body);
  view(body, {
    key: 'builds',
    context,
    fetch: async (signal) => {
      const [builds, patches] = await Promise.all([
        all('/api/ota/firmware', { signal, most: 1000 }),
        all('/api/ota/patches', { signal, most: 5000 }),
      ]);
      return { builds, patches };
    },
    show: (/** @type {{ builds: Build[], patches: Patch[] }} */ { builds, patches }) =>
      builds.length === 0
        ? empty(t('builds.none'))
        : h(
            'ul',
            { class: 'plain lines' },
            builds.map((build) =>
              row(
                context,
                build,
                patches.filter((one) => one.firmware_id === build.id),
              ),
            ),
          ),
  });
  const again = atMostEvery(
    () => refresh('builds'),
    () => againMs,
  );
  context.later(again.end);
  context.later(on('patch', again.run));
  context.later(on('ota', again.run));
}

/**
 * @param {import('../core/router.js').Context} context
 * @param {Build} build
 * @param {Patch[]} patches Those to it.
 */
function row(context, build, patches) {
  const isAdmin = mayEverywhere('admin');
  return h(
    'li',
    { class: 'stack', data: { build: build.id } },
    h(
      'div',
      { class: 'line' },
      h('strong', null, `${build.version} · ${build.hw}`),
      h('span', { class: build.is_signed ? 'badge badge-good' : 'badge' }, t(build.is_signed ? 'builds.signed' : 'builds.unsigned')),
    ),
    h('p', null, tn('builds.boxes', { n: build.boxes, count: data('build-boxes', build.boxes, number(build.boxes)) }), ' ', ways(patches)),
    build.notes ? h('p', { class: 'breaks' }, build.notes) : null,
    h(
      'p',
      { class: 'soft small breaks' },
      tn('builds.facts', {
        size: data('build-size', build.size, bytes(build.size)),
        sequence: data('build-seq', build.seq, String(build.seq)),
        time: dateTime(build.uploaded_at),
        name: whoName(build.uploaded_by),
      }),
    ),
    isAdmin
      ? h(
          'div',
          { class: 'actions start' },
          h('a', { class: 'button', href: `/releases/rollouts/new?firmware=${build.id}` }, t('builds.rollOut', { version: build.version })),
          h(
            'button',
            {
              type: 'button',
              class: 'button',
              data: { key: `image-${build.id}` },
              onclick: (/** @type {any} */ event) =>
                attempt(event.currentTarget, () =>
                  download(`/api/ota/firmware/${build.id}/image`, `${build.hw}-${build.version}.bin`, { signal: context.signal }),
                ),
            },
            t('builds.download'),
          ),
          build.is_signed ? null : signForm(build, () => refresh('builds')),
        )
      : null,
  );
}

/**
 * From which versions one comes to a build, and with how many bytes.
 * @param {Patch[]} patches
 */
function ways(patches) {
  const ready = patches.filter((one) => one.state === 'ready');
  const open = patches.filter((one) => one.state === 'making' || one.state === 'waiting');
  const failed = patches.filter((one) => one.state === 'failed');
  return [
    ready.length === 0
      ? t('builds.noWay')
      : tn('builds.ways', {
          list: h(
            'span',
            null,
            ready.map((one, index) => [
              index > 0 ? ', ' : '',
              one.base_version ?? t('patches.anything'),
              ` ${one.profile} (`,
              data('way', one.size, bytes(one.size)),
              ')',
            ]),
          ),
        }),
    open.length > 0 ? ` ${t('builds.open', { n: open.length })}` : null,
    failed.length > 0 ? [' ', h('a', { href: '/releases/patches' }, t('builds.failed', { n: failed.length }))] : null,
  ];
}
