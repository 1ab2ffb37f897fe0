// A chart of values over time, several at once: lines with the band between the least and greatest value where points stand for spans,
// steps for what is on or off; gaps are not bridged. Arrow keys read it; behind it a table of the same numbers.

import { announce, data, fill, h } from '../core/dom.js';
import { dateTime, day, number, percent, time } from '../core/format.js';
import { t } from '../core/text.js';
import { axesOf, columnsOf, extremesOf, rowsOf } from './thing-series.js';
import uPlot from '../vendor/uplot.js';
import { plotFrame } from '../parts/chart.js';

/** @typedef {import('./thing-series.js').Series} Series */
/** @typedef {Series & { type: 'number' | 'boolean' }} Drawn */

/** Rows of the table at most. */
const mostRows = 120;

/** Lines differ by more than colour: px on, px off. */
const dashes = [[], [8, 4], [2, 4], [10, 4, 2, 4]];

/**
 * @typedef {object} SeriesOptions
 * @property {string} label Names the chart.
 * @property {number} from Its first moment, ms since 1970.
 * @property {number} to
 * @property {number} stepMs What each point stands for; 0 = as it was sent.
 * @property {string | undefined} zone IANA.
 * @property {Drawn[]} series Four at most.
 */

/**
 * Makes a chart.
 * @param {SeriesOptions} options
 * @returns {{ el: HTMLElement, set: (options: SeriesOptions) => void, destroy: () => void }}
 */
export function seriesChart(options) {
  let now = options;
  let columns = columnsOf(now.series, now.stepMs);
  let at = -1;
  const readout = h('p', { class: 'chart-readout soft small', 'aria-hidden': 'true' });
  const table = h('div', { class: 'chart-table table-wrap', hidden: true, role: 'region', tabindex: 0 });
  const base = plotFrame({ key: 'series', table, press, point, say, draw });
  const { holder } = base;
  const keys = h('ul', { class: 'plain series-keys small' });
  const title = h('h3');
  const el = h('figure', { class: 'chart' }, h('div', { class: 'chart-head' }, title, base.toggle), holder, readout, keys, table);

  /**
   * @param {(name: string) => string} colour
   * @returns {import('../parts/chart.js').Drawing}
   */
  function draw(colour) {
    const scales = scalesOf();
    const axis = {
      stroke: colour('soft'),
      font: '13px system-ui, sans-serif',
      gap: 4,
      grid: { stroke: colour('line'), width: 1 },
      ticks: { show: false },
    };
    const side = (/** @type {string} */ scale, /** @type {1 | 3} */ where) => ({
      ...axis,
      scale,
      side: where,
      size: 52,
      space: 40,
      grid: where === 1 ? { show: false } : axis.grid,
      values: (/** @type {uPlot} */ _, /** @type {number[]} */ splits) =>
        splits.map((value) => (scale === 'b' ? t(value === 1 ? 'series.on' : 'series.off') : number(value, Math.abs(value) < 10 ? 2 : 1))),
      ...(scale === 'b' ? { splits: () => [0, 1] } : {}),
    });
    const used = [...new Set(scales)];
    return {
      options: {
        ms: 1,
        cursor: { y: false, drag: { x: false, y: false, setScale: false } },
        tzDate: (stamp) => (now.zone ? uPlot.tzDate(new Date(stamp), now.zone) : new Date(stamp)),
        scales: {
          x: { time: true, range: () => [now.from, now.to] },
          ...Object.fromEntries(used.map((name) => [name, name === 'b' ? { range: [-0.1, 1.1] } : { range: rangeOf }])),
        },
        series: [
          {},
          ...now.series.flatMap((one, index) => {
            const line = colour(`s${index + 1}`);
            const paths = one.type === 'boolean' ? uPlot.paths.stepped?.({ align: 1 }) : undefined;
            const edge = {
              scale: scales[index],
              paths,
              stroke: `color-mix(in srgb, ${line} 70%, transparent)`,
              width: 0.5,
              points: { show: false },
            };
            return [
              { scale: scales[index], paths, stroke: line, width: 2, dash: dashes[index] },
              { ...edge, show: now.stepMs > 0 },
              { ...edge, show: now.stepMs > 0 },
            ];
          }),
        ],
        bands:
          now.stepMs > 0
            ? now.series.map((_, index) => ({
                series: /** @type {[number, number]} */ ([index * 3 + 3, index * 3 + 2]),
                fill: `color-mix(in srgb, ${colour(`s${index + 1}`)} 18%, transparent)`,
              }))
            : [],
        axes: [
          {
            ...axis,
            size: 28,
            grid: { show: false },
            space: 72,
            values: (_, splits, __, ___, step) =>
              splits.map((stamp) =>
                step >= 86_400_000 || time(stamp, now.zone) === '00:00' ? day(stamp, now.zone) : time(stamp, now.zone),
              ),
          },
          ...used.map((scale, index) => side(scale, index === 0 ? 3 : 1)),
        ],
      },
      data: dataOf(),
    };
  }

  /**
   * Least and greatest of what is drawn, with some room; a flat line has some too.
   * @param {uPlot} _
   * @param {number | null} low
   * @param {number | null} high
   * @returns {[number, number]}
   */
  function rangeOf(_, low, high) {
    if (low === null || high === null) {
      return [0, 1];
    }
    const room = (high - low) * 0.08 || Math.max(Math.abs(high) * 0.05, 0.5);
    return [low - room, high + room];
  }

  /** The scale of each series: b = on or off, y and z = numbers left and right. */
  function scalesOf() {
    const numbers = now.series.filter((one) => one.type === 'number');
    const axes = axesOf(numbers.map((one) => one.points));
    return now.series.map((one) => (one.type === 'boolean' ? 'b' : axes[numbers.indexOf(one)] === 0 ? 'y' : 'z'));
  }

  function dataOf() {
    return /** @type {uPlot.AlignedData} */ ([columns.at, ...columns.columns.flatMap(({ mean, low, high }) => [mean, low, high])]);
  }

  /**
   * A value in words.
   * @param {Drawn} one
   * @param {number | null | undefined} low
   * @param {number | null | undefined} mean
   * @param {number | null | undefined} high
   */
  function words(one, low, mean, high) {
    if (mean === null || mean === undefined || low === null || low === undefined || high === null || high === undefined) {
      return '–';
    }
    return one.type === 'boolean'
      ? low === high
        ? t(mean === 0 ? 'series.off' : 'series.on')
        : t('series.onFor', { share: percent(mean) })
      : low === high
        ? number(mean, 3)
        : t('series.span', { low: number(low, 3), mean: number(mean, 3), high: number(high, 3) });
  }

  /** @param {number} index */
  function wordsAt(index) {
    const values = now.series.flatMap((one, which) => {
      const { low, mean, high } = columns.columns[which];
      return mean[index] === undefined ? [] : [`${one.key} ${words(one, low[index], mean[index], high[index])}`];
    });
    return `${dateTime(columns.at[index], now.zone)}: ${values.join(' · ') || '–'}`;
  }

  /** @param {number} index -1 = none. */
  function say(index) {
    readout.textContent = index >= 0 && index < columns.at.length ? wordsAt(index) : '';
  }

  /** @param {number} index */
  function point(index) {
    at = index;
    say(index);
    const plot = base.drawn();
    plot?.setCursor(index < 0 ? { left: -10, top: -10 } : { left: plot.valToPos(columns.at[index], 'x'), top: 10 });
    say(index);
  }

  /** @param {KeyboardEvent} event */
  function press(event) {
    const last = columns.at.length - 1;
    const page = Math.max(1, Math.round(last / 20));
    const next = {
      ArrowRight: at + 1,
      ArrowLeft: at < 0 ? last : at - 1,
      PageDown: at + page,
      PageUp: at < 0 ? last : at - page,
      Home: 0,
      End: last,
    }[event.key];
    if (event.key === 'Escape') {
      point(-1);
    } else if (next !== undefined && last >= 0) {
      event.preventDefault();
      event.stopPropagation();
      point(Math.max(0, Math.min(last, next)));
      announce(wordsAt(at));
    }
  }

  /** It is there when it is not shown too: on paper it stands under the chart. */
  function showTable() {
    const rows = rowsOf(now.series, mostRows);
    table.setAttribute('aria-label', now.label);
    fill(
      table,
      h(
        'table',
        null,
        h('caption', { class: 'hidden-text' }, now.label),
        h(
          'thead',
          null,
          h(
            'tr',
            null,
            h('th', { scope: 'col' }, t('chart.when')),
            now.series.map((one) => h('th', { scope: 'col', class: 'n' }, one.key)),
          ),
        ),
        h(
          'tbody',
          null,
          rows.map((row) =>
            h(
              'tr',
              null,
              h('th', { scope: 'row' }, dateTime(row.at, now.zone)),
              row.values.map((value, which) =>
                h('td', { class: 'n' }, value ? words(now.series[which], value[0], value[1], value[2]) : ''),
              ),
            ),
          ),
        ),
      ),
    );
  }

  function frame() {
    title.textContent = now.label;
    holder.setAttribute('aria-label', t('chart.label', { label: now.label, n: columns.at.length }));
    fill(
      keys,
      now.series.map((one, index) => {
        const extremes = extremesOf(one.points);
        return h(
          'li',
          { class: `series-key series-${index + 1}`, data: { series: one.key } },
          h('strong', null, one.key),
          ' ',
          extremes === null
            ? t('series.none')
            : one.type === 'boolean'
              ? words(one, extremes.last, extremes.last, extremes.last)
              : [
                  `${t('series.low')} `,
                  data('series-low', extremes.low, number(extremes.low, 3)),
                  h('span', { class: 'soft' }, ` (${dateTime(extremes.lowAt, now.zone)})`),
                  ` · ${t('series.high')} `,
                  data('series-high', extremes.high, number(extremes.high, 3)),
                  h('span', { class: 'soft' }, ` (${dateTime(extremes.highAt, now.zone)})`),
                ],
        );
      }),
    );
    showTable();
  }

  frame();
  return {
    el,
    set(next) {
      const isSame =
        next.series.length === now.series.length &&
        next.series.every((one, index) => one.key === now.series[index].key && one.type === now.series[index].type) &&
        next.stepMs === now.stepMs;
      now = next;
      columns = columnsOf(now.series, now.stepMs);
      at = Math.min(at, columns.at.length - 1);
      frame();
      const plot = base.drawn();
      if (plot && isSame && document.activeElement !== holder) {
        plot.setData(dataOf());
      } else {
        base.build();
      }
    },
    destroy() {
      base.end();
    },
  };
}
