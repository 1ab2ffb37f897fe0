// When it is busy: hours of a week as a table whose cells are coloured. Five steps of this place's own maximum; closed = empty.

import { data, h } from '../core/dom.js';
import { locale, t } from '../core/text.js';
import { guessText, rangeText } from './range.js';

/** @typedef {{ weekday: number, hour: number, days: number, people: { low: number, value: number, high: number } | null }} Cell */

/**
 * Makes the table.
 * @param {{ cells: Cell[], most: number, label: string, open?: (cell: Cell) => void }} options
 */
export function heat({ cells, most, label }) {
  const hours = [...new Set(cells.filter((cell) => cell.people).map((cell) => cell.hour))].sort((a, b) => a - b);
  if (hours.length === 0) {
    return null;
  }
  const first = hours[0];
  const last = hours[hours.length - 1];
  const columns = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const dayName = new Intl.DateTimeFormat(locale(), { weekday: 'short', timeZone: 'UTC' });
  return h(
    'div',
    { class: 'heat-wrap' },
    h(
      'table',
      { class: 'heat' },
      h('caption', { class: 'hidden-text' }, label),
      h(
        'thead',
        null,
        h(
          'tr',
          null,
          h('td'),
          columns.map((hour, index) => h('th', { scope: 'col', class: index % 2 === 1 ? 'odd-hour' : undefined }, String(hour))),
        ),
      ),
      h(
        'tbody',
        null,
        [1, 2, 3, 4, 5, 6, 7].map((weekday) =>
          h(
            'tr',
            null,
            // 5 January 1970 was a Monday.
            h('th', { scope: 'row' }, dayName.format(new Date(Date.UTC(1970, 0, 4 + weekday)))),
            columns.map((hour) =>
              cellOf(
                cells.find((cell) => cell.weekday === weekday && cell.hour === hour),
                most,
              ),
            ),
          ),
        ),
      ),
    ),
  );
}

/**
 * @param {Cell | undefined} cell
 * @param {number} most
 */
function cellOf(cell, most) {
  if (!cell?.people) {
    return h('td', { class: 'heat-none' }, h('span', { class: 'hidden-text' }, t('heat.none')));
  }
  const step = Math.max(1, Math.min(5, Math.ceil((most <= 0 ? 0 : cell.people.value / most) * 5)));
  return h(
    'td',
    { class: `heat-${step}`, title: `${rangeText(cell.people)}` },
    data(`heat-${cell.weekday}-${cell.hour}`, cell.people.value, guessText(cell.people)),
  );
}

/** What the colours mean. */
export function heatKey() {
  return h(
    'p',
    { class: 'heat-key soft small', 'aria-hidden': 'true' },
    t('heat.quiet'),
    [1, 2, 3, 4, 5].map((step) => h('span', { class: `heat-swatch heat-${step}` })),
    t('heat.busy'),
  );
}
