// What devices tell of their updates, those that hang first, and who fetched which firmware.

import { get, now } from '../core/api.js';
import { data, h, throttle } from '../core/dom.js';
import { dateTime, duration, number, percent } from '../core/format.js';
import { on } from '../core/live.js';
import { empty, view } from '../core/states.js';
import { refresh } from '../core/store.js';
import { has, t, tn, word } from '../core/text.js';

/** @typedef {import('./releases-part.js').Schemas} Schemas */
/** @typedef {Schemas['UpdateSessionRow']} Update */
/** @typedef {Schemas['SessionStats']} Stats */
/** @typedef {import('../core/router.js').Context} Context */

/** Updates and downloads that are shown. */
const most = 50;

/** How often updates are asked for anew while devices tell of them, ms. */
const againMs = 2000;

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
      const [stats, latest, stuck] = await Promise.all([
        get('/api/ota-stats', { signal }),
        get('/api/ota-logs', { signal, query: { limit: most } }),
        get('/api/ota-logs', { signal, query: { limit: most, status: 'stuck' } }),
      ]);
      return { stats, latest, stuck };
    },
    show: (/** @type {{ stats: Stats, latest: Update[], stuck: Update[] }} */ { stats, latest, stuck }) => [
      h('h2', null, t('fwLog.title')),
      stats.total === 0
        ? empty(t('fwLog.none'))
        : [numbers(stats), h('ul', { class: 'plain lines' }, [...stuck, ...latest.filter((one) => !one.stuck)].map(updateRow))],
    ],
  });
  const again = throttle(() => refresh('firmware updates'), againMs);
  context.later(on('ota', again));
}

/** @param {Stats} stats */
function numbers(stats) {
  const rows = /** @type {[string, import('../core/dom.js').Child][]} */ ([
    [t('fwLog.total'), data('up-total', stats.total, number(stats.total))],
    [t('fwLog.day'), data('up-day', stats.last_24h, number(stats.last_24h))],
    [t('fwLog.rate'), stats.success_rate === null ? '–' : data('up-rate', stats.success_rate, percent(stats.success_rate / 100, 1))],
    [t('fwLog.failed'), data('up-failed', stats.failed, number(stats.failed))],
    [t('fwLog.open'), data('up-open', stats.in_progress, number(stats.in_progress))],
    [t('fwLog.stuck'), data('up-stuck', stats.stuck, number(stats.stuck))],
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
  const state = one.stuck
    ? t('fwLog.stuckSince', { span: duration((now() - Date.parse(one.heard_at)) / 1000) })
    : word('fwState', one.status);
  return h(
    'li',
    { data: { update: one.id } },
    h(
      'div',
      { class: 'line' },
      h('strong', { class: 'breaks' }, one.device_id),
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
