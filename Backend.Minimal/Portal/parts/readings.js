// Readings as a table: every figure that a box sends, and how it came.

import { data, h } from '../core/dom.js';
import { dateTime, duration, number } from '../core/format.js';
import { t } from '../core/text.js';

/** @typedef {import('api-types').components['schemas']['ReadingRow']} Reading */

/** Columns of numbers: the API's name of each. @type {(keyof Reading)[]} */
const columns = [
  'impressions',
  'unique_count',
  'rssi_immediate',
  'rssi_near',
  'rssi_far',
  'rssi_remote',
  'dwell_0_1',
  'dwell_1_5',
  'dwell_5_10',
  'dwell_10plus',
  'ble_unique',
  'ble_apple',
  'ble_other',
  'overflow_count',
  'age_seconds',
];

/** What a badge counts. @type {Record<string, keyof Reading>} */
const counted = { OF: 'overflow_count', RETRY: 'send_failures', QUEUE: 'cache_depth' };

/**
 * How a reading came: LIVE or CACHED, OF n, RETRY n, QUEUE n.
 * @param {Reading} reading
 */
export function badges(reading) {
  return h(
    'span',
    { class: 'badges' },
    (reading.badges ?? []).map((name) =>
      h('span', { class: `badge badge-${name === 'LIVE' ? 'good' : 'plain'}` }, counted[name] ? `${name} ${reading[counted[name]]}` : name),
    ),
  );
}

/**
 * A table of readings.
 * @param {Reading[]} readings Newest first.
 * @param {{ zone?: string, withBox?: boolean, label: string }} options zone: of the box; withBox: they are of several boxes.
 */
export function readingTable(readings, { zone, withBox, label }) {
  return h(
    'div',
    { class: 'table-wrap', role: 'region', tabindex: 0, 'aria-label': label },
    h(
      'table',
      { class: 'readings' },
      h(
        'thead',
        null,
        h(
          'tr',
          null,
          h('th', { scope: 'col' }, t('reading.time')),
          withBox ? h('th', { scope: 'col' }, t('reading.box')) : null,
          h('th', { scope: 'col' }, t('reading.came')),
          columns.map((name) => h('th', { scope: 'col', class: 'n' }, t(`reading.${name}`))),
        ),
      ),
      h(
        'tbody',
        null,
        readings.map((one) =>
          h(
            'tr',
            null,
            h('td', { class: 'nowrap' }, one.timestamp ? dateTime(one.timestamp, zone) : t('reading.undated')),
            withBox ? h('td', null, h('a', { href: `/locations/${encodeURIComponent(one.device_id)}` }, one.device_id)) : null,
            h('td', null, badges(one)),
            columns.map((name) => {
              // The older fleet tells Android apart from others: the rest is both.
              const value = name === 'ble_other' ? one.ble_android + one.ble_other : Number(one[name]);
              return h('td', { class: 'n nowrap' }, data(name, value, name === 'age_seconds' ? duration(value) : number(value)));
            }),
          ),
        ),
      ),
    ),
  );
}
