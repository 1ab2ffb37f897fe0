// Which days: a select, two arrows, two dates. Days are the place's; the server cuts them.

import { fill, h } from '../core/dom.js';
import { addDays, day, dayRange, today } from '../core/format.js';
import { t } from '../core/text.js';

/** @typedef {{ from: string, to: string, name: string }} Period */

/** Days that a range can have at most. */
const mostDays = 366;

/**
 * The period of an address: `from` and `to`, today unless said.
 * @param {URLSearchParams} query
 * @param {string | undefined} zone
 * @returns {Period}
 */
export function periodOf(query, zone) {
  const now = today(zone);
  const isDay = (/** @type {string | null} */ text) =>
    text !== null && /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) && addDays(text, 0) === text;
  const to = isDay(query.get('to'))
    ? /** @type {string} */ (query.get('to'))
    : isDay(query.get('from'))
      ? /** @type {string} */ (query.get('from'))
      : now;
  let from = isDay(query.get('from')) ? /** @type {string} */ (query.get('from')) : to;
  if (from > to || from < addDays(to, 1 - mostDays)) {
    from = to;
  }
  return { from, to, name: nameOf(from, to, now) };
}

/**
 * @param {string} from
 * @param {string} to
 * @param {string} now
 */
function nameOf(from, to, now) {
  return from === to
    ? from === now
      ? 'today'
      : from === addDays(now, -1)
        ? 'yesterday'
        : 'custom'
    : to === now && from === addDays(now, -6)
      ? 'week'
      : to === now && from === addDays(now, -29)
        ? 'month'
        : 'custom';
}

/**
 * Days in a period.
 * @param {Period} period
 */
export function daysOf(period) {
  return Math.round((Date.parse(`${period.to}T00:00:00Z`) - Date.parse(`${period.from}T00:00:00Z`)) / 86_400_000) + 1;
}

/**
 * The period as the API wants it.
 * @param {Period} period
 */
export function periodQuery(period) {
  return period.from === period.to ? { day: period.from } : { from: period.from, until: period.to };
}

/**
 * The controls.
 * @param {(from: string | null, to: string | null) => void} choose null = today.
 */
export function periodPicker(choose) {
  let zone = /** @type {string | undefined} */ (undefined);
  let period = /** @type {Period} */ ({ from: '', to: '', name: 'today' });
  const select = h('select', { 'aria-label': t('period.label'), class: 'period-select', onchange: () => pick(select.value) });
  const from = h('input', { type: 'date', 'aria-label': t('period.from') });
  const to = h('input', { type: 'date', 'aria-label': t('period.to') });
  const dates = h(
    'div',
    { class: 'period-dates', hidden: true },
    from,
    h('span', { 'aria-hidden': 'true' }, '–'),
    to,
    h(
      'button',
      {
        type: 'button',
        class: 'button',
        onclick: () =>
          from.value && to.value && set(from.value < to.value ? from.value : to.value, from.value < to.value ? to.value : from.value),
      },
      t('period.show'),
    ),
  );
  const before = h('button', { type: 'button', class: 'button step', 'aria-label': t('period.before'), onclick: () => step(-1) }, '‹');
  const after = h('button', { type: 'button', class: 'button step', 'aria-label': t('period.after'), onclick: () => step(1) }, '›');
  const el = h('div', { class: 'period no-print' }, before, select, after, dates);

  /** @param {string} name */
  function pick(name) {
    const now = today(zone);
    dates.hidden = name !== 'dates';
    if (name === 'today') {
      choose(null, null);
    } else if (name === 'yesterday') {
      set(addDays(now, -1), addDays(now, -1));
    } else if (name === 'week') {
      set(addDays(now, -6), now);
    } else if (name === 'month') {
      set(addDays(now, -29), now);
    } else if (name === 'dates') {
      from.focus();
    }
  }

  /**
   * @param {string} first
   * @param {string} last
   */
  function set(first, last) {
    const now = today(zone);
    choose(first === now && last === now ? null : first, last === now && first === now ? null : last);
  }

  /** @param {number} direction */
  function step(direction) {
    const days = daysOf(period) * direction;
    const last = addDays(period.to, days);
    if (last <= today(zone)) {
      set(addDays(period.from, days), last);
    } else if (direction > 0 && period.to < today(zone)) {
      set(addDays(today(zone), 1 - daysOf(period)), today(zone));
    }
  }

  return {
    el,
    step,
    pick,
    /**
     * Shows a period.
     * @param {Period} next
     * @param {string | undefined} nextZone
     */
    show(next, nextZone) {
      period = next;
      zone = nextZone;
      const options = ['today', 'yesterday', 'week', 'month'].map((name) =>
        h('option', { value: name, selected: name === period.name }, t(`period.${name}`)),
      );
      fill(
        select,
        options,
        period.name === 'custom'
          ? h(
              'option',
              { value: 'custom', selected: true },
              period.from === period.to ? day(period.from) : dayRange(period.from, period.to),
            )
          : null,
        h('option', { value: 'dates' }, t('period.dates')),
      );
      select.value = period.name;
      from.value = period.from;
      to.value = period.to;
      for (const input of [from, to]) {
        input.max = today(zone);
      }
      dates.hidden = true;
      after.disabled = period.to >= today(zone);
    },
  };
}
