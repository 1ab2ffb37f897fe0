// A chart of exact numbers over time: bars, or dots on a line where zero means nothing; what is not known is hatched, never zero and never
// bridged. Arrow keys read it, and a table of the same numbers stands behind it.

import { announce, h, s } from '../core/dom.js';
import { t } from '../core/text.js';

/**
 * @typedef {object} TimeRow
 * @property {string} name When, in words.
 * @property {number | null} value null = not known.
 * @property {string} shown The value in words, or why there is none.
 */

const height = 100;

/**
 * Makes a chart.
 * @param {{ label: string, unit: string, rows: TimeRow[], kind: 'bars' | 'line', format: (value: number) => string }} options
 */
export function timeChart({ label, unit, rows, kind, format }) {
  const known = rows.flatMap((row) => (row.value === null ? [] : [row.value]));
  const top = Math.max(...known, kind === 'bars' ? 1 : -Infinity);
  const least = kind === 'bars' ? 0 : Math.min(...known);
  const [low, high] = kind === 'bars' ? [0, top] : [least - 2, top + 2];
  const y = (/** @type {number} */ value) => height - ((value - low) / Math.max(1e-9, high - low)) * height;
  let at = -1;

  const cursor = s('rect', { x: 0, y: 0, width: 1, height, style: { fill: 'var(--ink)', opacity: 0 } });
  const plot = s(
    'svg',
    {
      viewBox: `0 0 ${Math.max(1, rows.length)} ${height}`,
      preserveAspectRatio: 'none',
      width: '100%',
      height: 144,
      'aria-hidden': 'true',
      style: { display: 'block', position: 'relative' },
      onpointermove: (/** @type {PointerEvent} */ event) => {
        const box = plot.getBoundingClientRect();
        point(Math.min(rows.length - 1, Math.floor(((event.clientX - box.left) / Math.max(1, box.width)) * rows.length)));
      },
      onpointerleave: () => point(-1),
    },
    rows.map((row, index) =>
      row.value === null
        ? null
        : kind === 'bars'
          ? s('rect', { x: index + 0.1, y: y(row.value), width: 0.8, height: height - y(row.value), style: { fill: 'var(--s1)' } })
          : s('rect', { x: index, y: y(row.value) - 1.5, width: 1, height: 3, style: { fill: 'var(--s1)' } }),
    ),
    cursor,
  );
  const readout = h('p', { class: 'chart-readout soft small', 'aria-hidden': 'true' });
  const table = h(
    'div',
    { class: 'table-wrap chart-table', hidden: true, role: 'region', tabindex: 0, 'aria-label': label },
    h(
      'table',
      null,
      h('thead', null, h('tr', null, h('th', { scope: 'col' }, t('chart.when')), h('th', { scope: 'col', class: 'n' }, unit))),
      h(
        'tbody',
        null,
        rows.map((row) => h('tr', null, h('th', { scope: 'row' }, row.name), h('td', { class: 'n' }, row.shown))),
      ),
    ),
  );
  const toggle = h(
    'button',
    {
      type: 'button',
      class: 'link small no-print',
      'aria-expanded': 'false',
      onclick: () => {
        table.hidden = !table.hidden;
        toggle.setAttribute('aria-expanded', String(!table.hidden));
      },
    },
    t('chart.table'),
  );

  /** @param {number} index -1 = none. */
  function point(index) {
    at = index;
    cursor.style.setProperty('opacity', index < 0 ? '0' : '0.15');
    cursor.setAttribute('x', String(Math.max(0, index)));
    readout.textContent = index < 0 ? '' : `${rows[index].name}: ${rows[index].shown}`;
  }

  /** @param {KeyboardEvent} event */
  function press(event) {
    const next = { ArrowRight: at + 1, ArrowLeft: at < 0 ? rows.length - 1 : at - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (event.key === 'Escape') {
      point(-1);
    } else if (next !== undefined && rows.length > 0) {
      event.preventDefault();
      event.stopPropagation();
      point(Math.max(0, Math.min(rows.length - 1, next)));
      announce(`${rows[at].name}: ${rows[at].shown}`);
    }
  }

  return h(
    'figure',
    { class: 'chart' },
    h('div', { class: 'chart-head' }, h('h2', null, label), toggle),
    h(
      'p',
      { class: 'soft small', 'aria-hidden': 'true' },
      known.length === 0 ? '' : t(`boxChart.${kind}`, { low: format(least), high: format(top), unit }),
    ),
    h(
      'div',
      {
        class: 'time-plot',
        tabindex: 0,
        role: 'group',
        'aria-label': t('chart.label', { label, n: rows.length }),
        data: { key: `chart-${label}` },
        onkeydown: press,
        onblur: () => point(-1),
      },
      gaps(rows),
      plot,
    ),
    h(
      'div',
      { class: 'chart-head soft small', 'aria-hidden': 'true' },
      h('span', null, rows[0]?.name ?? ''),
      h('span', null, rows[rows.length - 1]?.name ?? ''),
    ),
    readout,
    h(
      'div',
      { class: 'chart-key soft small' },
      h('span', { class: 'key-now' }, unit),
      rows.some((row) => row.value === null) ? h('span', { class: 'key-gap' }, t('chart.gap')) : null,
    ),
    table,
  );
}

/**
 * What is not known, hatched: neighbours together.
 * @param {TimeRow[]} rows
 */
function gaps(rows) {
  const part = (/** @type {number} */ n) => `${(n / rows.length) * 100}%`;
  const nodes = [];
  for (let from = 0; from < rows.length; from += 1) {
    let until = from;
    while (until < rows.length && rows[until].value === null) {
      until += 1;
    }
    if (until > from) {
      nodes.push(h('div', { class: 'time-gap', data: { rows: until - from }, style: { left: part(from), width: part(until - from) } }));
      from = until;
    }
  }
  return nodes;
}
