// What a box counts now: its activity with gaps as gaps, its latest readings, and the same beside another box.

import { get, now } from '../core/api.js';
import { data, fill, h } from '../core/dom.js';
import { dateTime, number } from '../core/format.js';
import { go } from '../core/router.js';
import { empty, view } from '../core/states.js';
import { t } from '../core/text.js';
import { badges, readingTable } from '../parts/readings.js';
import { showComparison } from './device-compare.js';
import { timeChart } from './device-chart.js';
import { detail, facts, keyOf, listened } from './device-part.js';

/** @typedef {import('./device-part.js').Schemas} Schemas */
/** @typedef {import('../parts/readings.js').Reading} Reading */

/** Days of the chart that are offered; the first one unless said. */
const spans = [2, 7];

/**
 * @param {HTMLElement} root
 * @param {import('./device-part.js').Context} context
 * @param {string} id
 */
export function show(root, context, id) {
  const other = context.query.get('with');
  if (other !== null) {
    showComparison(root, context, id, other);
    return;
  }
  const days = spans.find((one) => String(one) === context.query.get('days')) ?? spans[0];
  const chart = h('div');
  const readings = h('div');
  const select = h(
    'select',
    {
      'aria-label': t('boxNow.span'),
      onchange: () => {
        const query = select.value === String(spans[0]) ? '' : `?days=${select.value}`;
        go(location.pathname + query, { replace: true });
      },
    },
    spans.map((one) => h('option', { value: one, selected: one === days }, t('boxNow.days', { n: one }))),
  );
  fill(
    root,
    h('div', { class: 'fleet-head no-print' }, select, h('a', { href: `${location.pathname}?with=` }, t('beside.start'))),
    chart,
    readings,
  );
  view(chart, {
    key: keyOf(id, `hourly ${days}`),
    context,
    isAside: true,
    lines: 5,
    fetch: (signal) => get('/api/hourly', { signal, query: { device_id: id, days } }),
    show: (/** @type {Schemas['Hourly']} */ hourly) => activity(hourly),
  });
  view(readings, {
    key: keyOf(id, 'readings'),
    context,
    fetch: async (signal) => {
      const [all, one] = await Promise.all([get('/api/readings', { signal, query: { device_id: id, limit: 100 } }), detail(id, signal)]);
      return { readings: all, zone: one.device.timezone };
    },
    show: (/** @type {{ readings: Reading[], zone: string }} */ { readings: all, zone }) => {
      const last = all[0];
      return last === undefined
        ? empty(t('box.noReadings'))
        : [
            h('h2', null, t('box.lastReading')),
            h('p', null, last.timestamp ? dateTime(last.timestamp, zone) : t('reading.undated'), ' ', badges(last)),
            facts([
              [t('reading.impressions'), data('impressions', last.impressions, number(last.impressions))],
              [t('reading.unique_count'), data('unique', last.unique_count, number(last.unique_count))],
              [t('reading.ble_unique'), data('ble', last.ble_unique, number(last.ble_unique))],
              [t('box.listened'), listened(last)],
            ]),
            h('h2', null, t('box.readings')),
            readingTable(all, { zone, label: t('box.readings') }),
          ];
    },
  });
}

/**
 * The hours up to now: an hour in which the box did not listen is a gap, not a zero.
 * @param {Schemas['Hourly']} hourly
 */
function activity({ hourly: hours, timezone }) {
  const rows = hours
    .filter((hour) => Date.parse(hour.start) <= now())
    .map((hour) => {
      const isKnown = hour.readings > 0 || hour.coverage > 0;
      return {
        name: dateTime(hour.start, timezone),
        value: isKnown ? hour.unique_count : null,
        shown: isKnown ? number(hour.unique_count) : t('boxNow.noWord'),
      };
    });
  const first = rows.findIndex((row) => row.value !== null);
  return first < 0
    ? empty(t('boxNow.nothing'))
    : timeChart({ label: t('boxNow.activity'), unit: t('reading.unique_count'), rows, kind: 'bars', format: number });
}
