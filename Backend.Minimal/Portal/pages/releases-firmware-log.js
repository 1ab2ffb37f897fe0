// What devices tell of their updates, who fetched which firmware, and the version that a device is kept at.

import { all, del, get, post } from '../core/api.js';
import { attempt, notice } from '../core/dialog.js';
import { data, h } from '../core/dom.js';
import { form } from '../core/form.js';
import { dateTime, duration, number, percent } from '../core/format.js';
import { empty, view } from '../core/states.js';
import { has, t, tn, word } from '../core/text.js';

/** @typedef {import('./releases-part.js').Schemas} Schemas */
/** @typedef {Schemas['UpdateSessionRow']} Update */
/** @typedef {Schemas['SessionStats']} Stats */
/** @typedef {import('../core/router.js').Context} Context */

/** Updates and downloads that are shown. */
const most = 50;

/** Open updates that are looked through. */
const mostOpen = 1000;

/** An update over a home's line takes a minute or two; one that is open for longer than this, s, hangs. */
const stuckSeconds = 900;

/** Since when an update is open, s. @param {Update} one */
const openFor = (one) => (Date.now() - Date.parse(one.started_at)) / 1000;

/**
 * Updates in numbers, those that hang, and the latest.
 * @param {HTMLElement} root
 * @param {Context} context
 */
export function showUpdates(root, context) {
  view(root, {
    key: 'firmware updates',
    context,
    isAside: true,
    fetch: async (signal) => {
      const open = (/** @type {string} */ status) => all('/api/ota-logs', { signal, most: mostOpen, query: { status } });
      const [stats, latest, started, downloading] = await Promise.all([
        get('/api/ota-stats', { signal }),
        get('/api/ota-logs', { signal, query: { limit: most } }),
        open('started'),
        open('downloading'),
      ]);
      return { stats, latest, stuck: [...started, ...downloading].filter((one) => openFor(one) > stuckSeconds) };
    },
    show: (/** @type {{ stats: Stats, latest: Update[], stuck: Update[] }} */ { stats, latest, stuck }) => [
      h('h2', null, t('fwLog.title')),
      stats.total === 0
        ? empty(t('fwLog.none'))
        : [
            numbers(stats, stuck.length),
            h(
              'ul',
              { class: 'plain lines' },
              [...stuck.filter((one) => !latest.some((other) => other.id === one.id)), ...latest].map(updateRow),
            ),
          ],
    ],
  });
}

/**
 * @param {Stats} stats
 * @param {number} stuck
 */
function numbers(stats, stuck) {
  const rows = /** @type {[string, import('../core/dom.js').Child][]} */ ([
    [t('fwLog.total'), data('up-total', stats.total, number(stats.total))],
    [t('fwLog.day'), data('up-day', stats.last_24h, number(stats.last_24h))],
    [t('fwLog.rate'), stats.success_rate === null ? '–' : data('up-rate', stats.success_rate, percent(stats.success_rate / 100, 1))],
    [t('fwLog.failed'), data('up-failed', stats.failed, number(stats.failed))],
    [t('fwLog.open'), data('up-open', stats.in_progress, number(stats.in_progress))],
    [t('fwLog.stuck'), data('up-stuck', stuck, number(stuck))],
    [
      t('fwLog.mean'),
      stats.mean_duration_seconds === null ? '–' : data('up-mean', stats.mean_duration_seconds, duration(stats.mean_duration_seconds)),
    ],
  ]);
  return h(
    'dl',
    { class: 'box-facts' },
    rows.map(([name, value]) => h('div', null, h('dt', null, name), h('dd', null, value))),
  );
}

/** @param {Update} one */
function updateRow(one) {
  const isOpen = one.completed_at === null;
  const isStuck = isOpen && openFor(one) > stuckSeconds;
  const state = isStuck ? t('fwLog.stuckSince', { span: duration(openFor(one)) }) : word('fwState', one.status);
  return h(
    'li',
    { data: { update: one.id } },
    h(
      'div',
      { class: 'line' },
      h('a', { href: `/locations/${encodeURIComponent(one.device_id)}/now` }, one.device_id),
      h('span', { class: one.status === 'success' ? 'badge badge-good' : 'badge' }, state),
    ),
    h(
      'p',
      { class: 'breaks' },
      t('fwLog.way', { product: one.product ?? '', from: one.old_version ?? '?', to: one.new_version ?? '?' }).trim(),
      isOpen ? ` · ${percent(one.progress / 100)}` : null,
      one.error ? ` · ${has(`fwWhy.${one.error}`) ? t(`fwWhy.${one.error}`) : one.error}` : null,
    ),
    h('p', { class: 'soft small' }, dateTime(one.started_at)),
  );
}

/**
 * Who fetched which firmware, from where.
 * @param {HTMLElement} root
 * @param {Context} context
 */
export function showDownloads(root, context) {
  view(root, {
    key: 'firmware downloads',
    context,
    isAside: true,
    fetch: (signal) => get('/api/downloads', { signal, query: { limit: most } }),
    show: (/** @type {Schemas['DownloadRow'][]} */ rows) => [
      h('h2', null, t('fwGot.title')),
      rows.length === 0
        ? empty(t('fwGot.none'))
        : h(
            'ul',
            { class: 'plain lines' },
            rows.map((one) =>
              h(
                'li',
                { data: { download: one.id } },
                h(
                  'p',
                  { class: 'breaks' },
                  ...tn('fwGot.what', {
                    who: h('strong', null, one.who),
                    product: one.product,
                    version: one.version,
                    platform: one.platform,
                  }),
                  one.part === 'app' ? null : ` (${word('fwPart', one.part)})`,
                ),
                h(
                  'p',
                  { class: 'soft small breaks' },
                  [dateTime(one.at), word('fwVia', one.via), one.address, one.agent].filter((part) => part).join(' · '),
                ),
              ),
            ),
          ),
    ],
  });
}

/**
 * Keeps a device at a version, or lets it go.
 * @param {Context} context
 */
export function pinForm(context) {
  const pathOf = (/** @type {string} */ id) => `/api/devices/${encodeURIComponent(id)}/pin-version`;
  const end = h(
    'button',
    {
      type: 'button',
      class: 'button',
      onclick: async () => {
        const id = pin.values().device_id;
        if (id === '') {
          pin.input('device_id').focus();
        } else if (await attempt(end, () => del(pathOf(id), { signal: context.signal }))) {
          notice(t('fwPin.ended', { id }));
          pin.set({ device_id: '', version: '' });
        }
      },
    },
    t('fwPin.end'),
  );
  const pin = form({
    label: t('fwPin.title'),
    fields: [
      { name: 'device_id', label: t('fwPin.device'), required: true, max: 64 },
      { name: 'version', label: t('upload.version'), hint: t('fwPin.hint'), required: true, max: 40 },
    ],
    action: t('fwPin.do'),
    extra: end,
    run: async ({ device_id: id, version }) => {
      await post(pathOf(id), { version }, { signal: context.signal });
      notice(t('fwPin.done', { id, version }));
      pin.set({ device_id: '', version: '' });
    },
  });
  context.guard(pin.isChanged);
  return h('details', { class: 'card' }, h('summary', null, t('fwPin.title')), h('p', { class: 'soft' }, t('fwPin.why')), pin.el);
}
