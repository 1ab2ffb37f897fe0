// Firmware of devices that are no boxes: what there is for each product and platform, the newest first, who brought it, and what can be
// done with it.

import { access, mayEverywhere } from '../core/access.js';
import { all, del, download, get } from '../core/api.js';
import { ask, attempt, notice } from '../core/dialog.js';
import { data, fill, h } from '../core/dom.js';
import { bytes, dateTime, number } from '../core/format.js';
import { empty, view } from '../core/states.js';
import { refresh } from '../core/store.js';
import { t, tn } from '../core/text.js';
import { showFlash, showLink } from './releases-firmware-flash.js';
import { showDownloads, showUpdates } from './releases-firmware-log.js';
import { showThings } from './releases-firmware-things.js';
import { firmwareForm } from './releases-firmware-upload.js';

/** @typedef {import('./releases-part.js').Schemas} Schemas */
/** @typedef {Schemas['ReleaseRow']} Release */
/** @typedef {Schemas['PlatformRow']} Platform */
/** @typedef {Schemas['MirrorStatus']} Mirror */
/** @typedef {import('../core/router.js').Context} Context */

/** Releases that are shown. */
const most = 1000;

/**
 * @param {HTMLElement} root
 * @param {Context} context
 */
export function showFirmware(root, context) {
  const upload = h('div');
  const list = h('section', { class: 'card' });
  const things = h('section', { class: 'card' });
  const updates = h('section', { class: 'card' });
  const downloads = h('section', { class: 'card', hidden: !mayEverywhere('admin') });
  fill(root, upload, list, things, updates, downloads);
  // A form that somebody fills in stays as it is when the list is asked for anew.
  let hasForm = false;
  view(list, {
    key: 'firmware',
    context,
    fetch: async (signal) => {
      const [releases, platforms, mirror] = await Promise.all([
        all('/api/releases', { signal, most }),
        get('/api/platforms', { signal }),
        mirrorOf(signal),
      ]);
      return { releases, platforms, mirror };
    },
    show: (/** @type {{ releases: Release[], platforms: Platform[], mirror: Mirror | null }} */ { releases, platforms, mirror }) => {
      if (!hasForm && mayEverywhere('admin') && mirror === null) {
        hasForm = true;
        fill(
          upload,
          firmwareForm(context, platforms, () => refresh('firmware')),
        );
      }
      return [
        h('h2', null, t('fw.title')),
        mirror ? mirrorNote(mirror) : null,
        releases.length === 0
          ? empty(t(mirror ? 'fw.noneMirrored' : 'fw.none'))
          : h(
              'ul',
              { class: 'plain lines' },
              groupsOf(releases).map((group) => groupRow(context, group, platforms, mirror)),
            ),
      ];
    },
  });
  showThings(things, context);
  showUpdates(updates, context);
  if (mayEverywhere('admin')) {
    showDownloads(downloads, context);
  }
}

/**
 * How the mirror stands; null = this server is none.
 * @param {AbortSignal} signal
 * @returns {Promise<Mirror | null>}
 */
function mirrorOf(signal) {
  return access().mirror ? get('/api/mirror', { signal }) : Promise.resolve(null);
}

/**
 * Where the releases come from, when that was last well, and what keeps them.
 * @param {Mirror} mirror
 */
function mirrorNote(mirror) {
  return h(
    'div',
    { class: mirror.error ? 'note warning' : 'note', data: { test: 'mirror' } },
    h('p', null, t('fw.mirror', { source: mirror.source })),
    h(
      'p',
      null,
      mirror.succeeded_at ? t('fw.mirrorAt', { time: dateTime(mirror.succeeded_at) }) : t('fw.mirrorNever'),
      ' ',
      tn('fw.mirrorHas', { n: mirror.releases, count: data('mirror-releases', mirror.releases, number(mirror.releases)) }),
      mirror.pending_bytes > 0
        ? [' ', ...tn('fw.mirrorWaits', { size: data('mirror-pending', mirror.pending_bytes, bytes(mirror.pending_bytes)) })]
        : null,
    ),
    mirror.error ? h('p', { class: 'breaks' }, t('fw.mirrorError', { error: mirror.error })) : null,
  );
}

/**
 * Releases of the same product, platform and environment, in the order in which each was last brought.
 * @param {Release[]} releases The last brought first.
 * @returns {Release[][]} The newest version first.
 */
function groupsOf(releases) {
  /** @type {Map<string, Release[]>} */
  const groups = new Map();
  for (const one of releases) {
    const key = JSON.stringify([one.product, one.platform, one.env]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  // Versions only go up, so the last brought is the newest; a mirror may take over an older one later.
  return [...groups.values()].map((group) => group.sort((a, b) => Number(b.is_newest) - Number(a.is_newest)));
}

/**
 * @param {Context} context
 * @param {Release[]} group
 * @param {Platform[]} platforms
 * @param {Mirror | null} mirror
 */
function groupRow(context, group, platforms, mirror) {
  const [newest, ...older] = group;
  const platform = platforms.find((one) => one.name === newest.platform);
  const name = t(newest.env === 'prod' ? 'fw.of' : 'fw.ofEnv', { product: newest.product, platform: newest.platform, env: newest.env });
  return h(
    'li',
    { class: 'stack', data: { firmware: `${newest.product} ${newest.platform} ${newest.env}` } },
    h('h3', null, name),
    releaseRow(context, newest, platform, mirror),
    older.length > 0
      ? h(
          'details',
          null,
          h('summary', null, t('fw.older', { n: older.length })),
          older.map((one) => releaseRow(context, one, platform, mirror)),
        )
      : null,
  );
}

/**
 * @param {Context} context
 * @param {Release} release
 * @param {Platform | undefined} platform undefined = no longer configured: nothing can be said about where its parts lie.
 * @param {Mirror | null} mirror
 */
function releaseRow(context, release, platform, mirror) {
  return h(
    'div',
    { class: 'stack', data: { release: release.id } },
    h(
      'div',
      { class: 'line' },
      h('strong', null, release.version),
      release.is_newest ? h('span', { class: 'badge badge-good' }, t('fw.newest')) : null,
    ),
    release.description ? h('p', { class: 'breaks' }, release.description) : null,
    h('p', null, t(release.has_all_parts ? 'fw.allParts' : 'fw.appOnly')),
    h(
      'p',
      { class: 'soft small breaks' },
      tn('fw.facts', {
        size: data('fw-size', release.size, bytes(release.size)),
        time: dateTime(release.uploaded_at),
        name: release.uploaded_by,
      }),
      release.project
        ? ` ${t('fw.says', { project: release.project, version: release.app_version ?? '–', idf: release.idf_version ?? '–' })}`
        : null,
    ),
    h('p', { class: 'soft small breaks', data: { test: 'fw-sha' } }, `SHA-256 ${release.sha256}`),
    actions(context, release, platform, mirror),
  );
}

/**
 * @param {Context} context
 * @param {Release} release
 * @param {Platform | undefined} platform
 * @param {Mirror | null} mirror
 */
function actions(context, release, platform, mirror) {
  const button = (/** @type {string} */ key, /** @type {string} */ text, /** @type {(event: any) => any} */ onclick) =>
    h('button', { type: 'button', class: 'button', data: { key: `${key}-${release.id}` }, onclick }, text);
  const buttons = [];
  if (mayEverywhere('admin')) {
    buttons.push(
      h('a', { class: 'button', href: `/releases/rollouts/new?release=${release.id}` }, t('builds.rollOut', { version: release.version })),
    );
  }
  if (mayFetch(release.platform)) {
    buttons.push(
      button('flash', t('fw.flash'), (event) => attempt(event.currentTarget, () => showFlash(context, release, platform))),
      button('link', t('fw.link'), (event) => attempt(event.currentTarget, () => showLink(context, release))),
      button('fetch', t('fw.fetch'), (event) =>
        attempt(event.currentTarget, () =>
          download(`/api/firmware/${encodeURIComponent(release.platform)}`, fileName(release), {
            signal: context.signal,
            query: { product: release.product, env: release.env, version: release.version },
          }),
        ),
      ),
    );
  }
  if (mayEverywhere('admin') && mirror === null) {
    buttons.push(button('remove', t('fw.remove'), () => remove(release)));
  }
  return buttons.length > 0 ? h('div', { class: 'actions start' }, buttons) : null;
}

/**
 * Whether we may have the firmware of a platform: as the server's `Caller.MayHaveFirmware`.
 * @param {string} platform
 */
function mayFetch(platform) {
  const { platforms } = access();
  return mayEverywhere('admin') || platforms.includes('*') || platforms.includes(platform);
}

/** As the server calls the file. @param {Release} release */
function fileName(release) {
  return `${release.product.replaceAll(' ', '-')}_${release.platform}_${release.version}.bin`;
}

/** @param {Release} release */
async function remove(release) {
  const title = t('fw.removeThis', { version: release.version, product: release.product, platform: release.platform });
  const done = await ask({
    title,
    text: t(release.is_newest ? 'fw.removeNewest' : 'fw.removeWhy'),
    action: t('fw.remove'),
    danger: true,
    run: () => del(`/api/releases/${release.id}`),
  });
  if (done) {
    refresh('firmware');
    notice(t('fw.removed', { version: release.version }));
  }
}
