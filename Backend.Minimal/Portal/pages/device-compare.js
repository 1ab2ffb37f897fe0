// Two boxes side by side, field by field, over the same days: how one checks a new box that hangs beside an old one.

import { all, get } from '../core/api.js';
import { data, fill, h } from '../core/dom.js';
import { addDays, number, percent, today } from '../core/format.js';
import { go } from '../core/router.js';
import { empty, view } from '../core/states.js';
import { t } from '../core/text.js';
import { boxName } from '../parts/box.js';
import { keyOf, saveCsv } from './device-part.js';

/** @typedef {import('./device-part.js').Schemas} Schemas */
/** @typedef {import('./device-part.js').Box} Box */

/** What is more than this apart is marked. */
const deviates = 0.1;

/**
 * What is counted: the field's name in the answer of the API. Per hour in which the box listened, so that a box that listened less is not
 * taken for a quiet one.
 */
const counts = [
  'total_impressions',
  'total_unique',
  'rssi_immediate',
  'rssi_near',
  'rssi_far',
  'rssi_remote',
  'dwell_0_1',
  'dwell_1_5',
  'dwell_5_10',
  'dwell_10plus',
  'ble_impressions',
  'ble_unique',
  'ble_apple',
  'ble_other',
];

/**
 * @param {HTMLElement} root
 * @param {import('./device-part.js').Context} context
 * @param {string} id
 * @param {string} other Id of the other box; empty = none is chosen yet.
 */
export function showComparison(root, context, id, other) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const isDay = (/** @type {string | null} */ text) => /^\d{4}-\d\d-\d\d$/.test(text ?? '');
  const until = isDay(context.query.get('until')) ? String(context.query.get('until')) : today(zone);
  const from = isDay(context.query.get('from')) ? String(context.query.get('from')) : addDays(until, -1);
  const list = h('datalist', { id: 'compare-boxes' });
  const input = h('input', { id: 'compare-with', list: 'compare-boxes', value: other, autocomplete: 'off', spellcheck: 'false' });
  const [first, last] = [
    ['compare-from', from],
    ['compare-until', until],
  ].map(([name, value]) => h('input', { id: name, type: 'date', value, max: today(zone) }));
  const field = (/** @type {string} */ label, /** @type {HTMLInputElement} */ control) =>
    h('div', { class: 'field' }, h('label', { for: control.id }, label), control);
  const body = h('div');
  fill(
    root,
    h('h2', null, t('beside.title')),
    h('p', { class: 'soft' }, t('beside.why')),
    h(
      'form',
      {
        class: 'form no-print',
        'aria-label': t('beside.title'),
        onsubmit: (/** @type {Event} */ event) => {
          event.preventDefault();
          const query = new URLSearchParams({ with: input.value.trim(), from: first.value, until: last.value });
          go(`${location.pathname}?${query}`, { replace: true });
        },
      },
      field(t('beside.with'), input),
      list,
      field(t('beside.from'), first),
      field(t('beside.until'), last),
      h(
        'div',
        { class: 'actions start' },
        h('button', { type: 'submit', class: 'button primary' }, t('beside.show')),
        h('a', { href: location.pathname }, t('beside.end')),
      ),
    ),
    body,
  );
  all('/api/devices', { signal: context.signal, quiet: true, most: 1000 }).then(
    (/** @type {Box[]} */ boxes) =>
      fill(
        list,
        boxes.filter((box) => box.device_id !== id).map((box) => h('option', { value: box.device_id }, boxName(box))),
      ),
    // Without the list an id can be typed all the same.
    () => {},
  );
  if (other === '') {
    fill(body, empty(t('beside.choose')));
    context.ready();
    return;
  }
  view(body, {
    key: keyOf(id, `compare ${other} ${from} ${until}`),
    context,
    lines: 8,
    fetch: (signal) => Promise.all([id, other].map((one) => get('/api/summary', { signal, query: { device_id: one, from, until } }))),
    show: (/** @type {Schemas['Summary'][]} */ [mine, theirs]) => table(id, other, mine, theirs),
  });
}

/**
 * @param {string} id
 * @param {string} other
 * @param {Schemas['Summary']} mine
 * @param {Schemas['Summary']} theirs
 */
function table(id, other, mine, theirs) {
  const rows = compare(mine, theirs);
  const [hears, others] = [mine, theirs].map((side) => Number(side.figures.coverage) > 0);
  const isHeard = hears && others;
  const far = rows.filter(({ mark }) => mark === 'more' || mark === 'less').length;
  const differentDays = mine.from !== theirs.from || mine.until !== theirs.until;
  return [
    !isHeard
      ? h('p', { class: 'note warning' }, t('beside.oneIsSilent', { box: hears ? other : id }))
      : far > 0
        ? h('p', { class: 'note warning' }, t('beside.apart', { n: far }))
        : h('p', { class: 'note good' }, t('beside.alike')),
    differentDays ? h('p', { class: 'note warning' }, t('beside.zones')) : null,
    h(
      'div',
      { class: 'table-wrap', role: 'region', tabindex: 0, 'aria-label': t('beside.title') },
      h(
        'table',
        null,
        h(
          'thead',
          null,
          h(
            'tr',
            null,
            h('th', { scope: 'col' }, t('beside.field')),
            [id, other].map((one) => h('th', { scope: 'col', class: 'n' }, one)),
            h('th', { scope: 'col' }, t('beside.difference')),
          ),
        ),
        h(
          'tbody',
          null,
          rows.map((one) =>
            h(
              'tr',
              { data: { mark: one.mark } },
              h('th', { scope: 'row' }, one.label),
              h('td', { class: 'n' }, data(`mine-${one.name}`, one.mine, one.format(one.mine))),
              h('td', { class: 'n' }, data(`theirs-${one.name}`, one.theirs, one.format(one.theirs))),
              h('td', null, one.words),
            ),
          ),
        ),
      ),
    ),
    h(
      'p',
      { class: 'no-print' },
      h(
        'button',
        {
          type: 'button',
          class: 'button',
          onclick: () =>
            saveCsv(`compare-${id}-${other}-${mine.day}-${mine.last_day}`, [
              ['field', id, other, 'difference', 'share'],
              ...rows.map(({ name, mine: here, theirs: there, share }) => [
                name,
                here,
                there,
                here === null || there === null ? null : here - there,
                share,
              ]),
            ]),
        },
        t('beside.csv'),
      ),
    ),
  ];
}

/**
 * @typedef {{ name: string, label: string, mine: number | null, theirs: number | null, share: number | null,
 *   mark: 'alike' | 'more' | 'less' | 'none', words: string, format: (value: number | null) => string }} Row
 *   share: of the other box's value, 0.23 = 23 % more; null = nothing can be said.
 */

/**
 * @param {Schemas['Summary']} mine
 * @param {Schemas['Summary']} theirs
 * @returns {Row[]}
 */
function compare(mine, theirs) {
  const sides = [mine, theirs].map(sideOf);
  const one = (/** @type {number | null} */ value) => number(value, 1);
  return [
    ...counts.map((name) =>
      row(
        name,
        t(`beside.${name}`),
        sides.map((side) => side.count(name)),
        one,
      ),
    ),
    row(
      'coverage',
      t('box.listened'),
      sides.map((side) => side.figures.coverage),
      (value) => percent(value),
    ),
    row(
      'readings',
      t('beside.readings'),
      sides.map((side) => side.count('readings_count')),
      one,
    ),
    row(
      'signal',
      t('box.signal'),
      sides.map((side) => side.figures.avg_signal),
      (value) => (value === null ? '–' : `${number(value)} dBm`),
    ),
    row(
      'cached',
      t('beside.cached'),
      sides.map((side) => side.perReading(side.figures.data_quality.cached_readings)),
      percent,
    ),
    row(
      'failures',
      t('beside.failures'),
      sides.map((side) => side.perReading(side.figures.data_quality.total_send_failures)),
      (value) => number(value, 2),
    ),
    row(
      'overflow',
      t('beside.overflow'),
      sides.map((side) => side.count('total_overflow')),
      one,
    ),
  ];
}

/** @param {Schemas['Summary']} summary */
function sideOf(summary) {
  const figures = /** @type {Record<string, any>} */ (summary.figures);
  const hours = figures.listened_seconds / 3600;
  const sums = { ...figures, ...figures.data_quality };
  return {
    figures,
    count: (/** @type {string} */ name) => (hours > 0 ? Number(sums[name]) / hours : null),
    perReading: (/** @type {number} */ value) => (figures.readings_count > 0 ? value / figures.readings_count : null),
  };
}

/**
 * @param {string} name
 * @param {string} label
 * @param {(number | null)[]} values This box's and the other one's.
 * @param {(value: number | null) => string} format
 * @returns {Row}
 */
function row(name, label, [mine, theirs], format) {
  const share = mine === null || theirs === null ? null : theirs === 0 ? (mine === 0 ? 0 : null) : (mine - theirs) / Math.abs(theirs);
  const mark =
    mine === null || theirs === null ? 'none' : share !== null && Math.abs(share) <= deviates ? 'alike' : mine > theirs ? 'more' : 'less';
  const words =
    mark === 'none'
      ? '–'
      : mark === 'alike'
        ? `● ${share === 0 ? t('beside.same') : t('beside.about', { share: percent(share) })}`
        : share === null
          ? `▲ ${t('beside.onlyHere')}`
          : `${mark === 'more' ? '▲' : '▼'} ${t(`beside.${mark}`, { share: percent(Math.abs(share)) })}`;
  return { name, label, mine, theirs, share, mark, words, format };
}
