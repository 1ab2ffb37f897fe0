// Places beside each other, by what tells them apart fairly: visitors an open hour. Where ranges overlap there is no clear difference.

import { get } from '../core/api.js';
import { data, fill, h } from '../core/dom.js';
import { number, percent, percentRange } from '../core/format.js';
import { empty, view } from '../core/states.js';
import { t } from '../core/text.js';
import { periodOf, periodPicker } from '../parts/period.js';
import { busyText, rangeData, ratioWord } from '../parts/range.js';
import { demoNote } from './demo-part.js';

/** @typedef {import('api-types').components['schemas']} Schemas */
/** @typedef {Schemas['ComparedPlace']} Row */

/** @type {import('../core/router.js').Page} */
export const page = {
  title: 'compare.title',
  needs: 'viewer',
  mount(root, context) {
    const picker = periodPicker((from, to) => {
      context.setQuery({ from, to });
      show();
    });
    const body = h('section', { class: 'card' });
    fill(root, h('div', { class: 'insights-top' }, h('h1', null, t('compare.title')), picker.el), demoNote(context, null).el, body);
    /** @type {(() => void) | null} */
    let end = null;
    function show() {
      end?.();
      // Without an own choice the last seven days: a part of today says little about places that open at other hours.
      const query = new URLSearchParams(context.query);
      const period = query.has('from') || query.has('to') ? periodOf(query, undefined) : weekOf();
      picker.show(period, undefined);
      end = view(body, {
        key: `comparison ${period.from} ${period.to}`,
        context,
        lines: 6,
        fetch: (signal) => get('/api/comparison', { signal, query: { from: period.from, until: period.to } }),
        show: comparisonView,
      });
    }
    show();
    return {
      query: (query) => {
        context.query = query;
        show();
      },
    };
  },
};

function weekOf() {
  const today = periodOf(new URLSearchParams(), undefined);
  const from = new Date(Date.parse(`${today.to}T00:00:00Z`) - 6 * 86_400_000).toISOString().slice(0, 10);
  return { from, to: today.to, name: 'week' };
}

/** @param {Row} row */
const figureOf = (row) => row.visitors_per_hour ?? null;

/** @param {Schemas['Comparison']} comparison */
function comparisonView(comparison) {
  const rows = [...comparison.places].sort((a, b) => (figureOf(b)?.value ?? -1) - (figureOf(a)?.value ?? -1));
  if (rows.length < 2) {
    return empty(t('compare.one'));
  }
  const most = Math.max(...rows.map((row) => figureOf(row)?.high ?? 0));
  const counted = rows.filter(figureOf);
  const isClear =
    counted.length > 1 &&
    counted.every(
      (row, index) => index === 0 || /** @type {any} */ (figureOf(counted[index - 1])).low > /** @type {any} */ (figureOf(row)).high,
    );
  return [
    counted.length > 1
      ? h('p', null, isClear ? t('compare.clear') : t('compare.overlap'))
      : h('p', { class: 'soft' }, t('compare.noNumbers')),
    h(
      'div',
      { class: 'table-wrap' },
      h(
        'table',
        { class: 'compare' },
        h(
          'thead',
          null,
          h(
            'tr',
            null,
            h('th', { scope: 'col' }, t('insights.place')),
            h('th', { scope: 'col' }, t('compare.perHour')),
            h('th', { scope: 'col', class: 'wide-only', 'aria-hidden': 'true' }),
            h('th', { scope: 'col' }, t('compare.usual')),
            h('th', { scope: 'col' }, t('facts.turnIn')),
            h('th', { scope: 'col' }, t('compare.listened')),
          ),
        ),
        h(
          'tbody',
          null,
          rows.map((row) =>
            h(
              'tr',
              null,
              h('th', { scope: 'row' }, h('a', { href: `/?place=${row.place_id}` }, row.place)),
              h(
                'td',
                null,
                figureOf(row)
                  ? rangeData(`per-hour-${row.place_id}`, /** @type {any} */ (figureOf(row)))
                  : h(
                      'span',
                      { class: 'soft' },
                      t(
                        row.coverage < 0.5
                          ? 'headline.noNumber'
                          : row.certainty.state === 'activity'
                            ? 'compare.uncounted'
                            : 'compare.noStay',
                      ),
                    ),
              ),
              h('td', { class: 'wide-only', 'aria-hidden': 'true' }, bar(row, most)),
              h('td', null, row.ratio === null ? '–' : data(`ratio-${row.place_id}`, row.ratio, busyText(ratioWord(row.ratio)))),
              h(
                'td',
                null,
                row.turn_in ? data(`turn-in-${row.place_id}`, row.turn_in.value, percentRange(row.turn_in.low, row.turn_in.high)) : '–',
              ),
              h(
                'td',
                null,
                percent(row.coverage),
                h('span', { class: 'soft small' }, ` ${t('compare.of', { hours: number(row.open_hours) })}`),
              ),
            ),
          ),
        ),
      ),
    ),
    h('p', { class: 'soft small' }, t('compare.note')),
  ];
}

/**
 * @param {Row} row
 * @param {number} most
 */
function bar(row, most) {
  const figure = figureOf(row);
  return figure && most > 0
    ? h(
        'div',
        { class: 'range-line' },
        h('div', {
          class: 'range-bar',
          style: { left: `${(figure.low / most) * 100}%`, width: `${((figure.high - figure.low) / most) * 100}%` },
        }),
        h('div', { class: 'range-dot', style: { left: `${(figure.value / most) * 100}%` } }),
      )
    : null;
}
