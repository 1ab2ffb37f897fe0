// Opening hours as people write and read them: `9–18`, `9:00–12:30, 14–18`.

import { locale } from '../core/text.js';

/** The days of a week as the API calls them. */
export const weekdays = /** @type {const} */ (['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']);

/**
 * @param {string} text Spans as people write them: `9–18`, `9:00-12:30, 14-18`.
 * @returns {string[] | null} As the API wants them; null = not understood.
 */
export function readSpans(text) {
  const spans = text
    .split(/[,;]+/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
  /** @type {string[]} */
  const all = [];
  for (const span of spans) {
    const found = /^(\d{1,2})(?:[:.](\d{2}))?\s*(?:-|–|to|a)\s*(\d{1,2})(?:[:.](\d{2}))?$/i.exec(span);
    if (!found) {
      return null;
    }
    const [from, to] = [`${found[1].padStart(2, '0')}:${found[2] ?? '00'}`, `${found[3].padStart(2, '0')}:${found[4] ?? '00'}`];
    if (from > '23:59' || to > '24:00' || Number(from.slice(3)) > 59 || Number(to.slice(3)) > 59) {
      return null;
    }
    all.push(`${from}-${to}`);
  }
  return all;
}

/** @param {string[] | null | undefined} spans */
export function spansText(spans) {
  return (spans ?? []).map((span) => span.replace('-', '–')).join(', ');
}

/** @param {number} index 0 = Monday. @param {'long' | 'short'} [style] */
export function dayName(index, style = 'long') {
  return new Intl.DateTimeFormat(locale(), { weekday: style, timeZone: 'UTC' }).format(new Date(Date.UTC(1970, 0, 5 + index)));
}

/**
 * The hours of a week in a line: `Mon–Fri 9–18, Sat 10–14`.
 * @param {Record<string, string[] | null | undefined>} hours
 */
export function hoursText(hours) {
  /** @type {{ first: number, last: number, spans: string }[]} */
  const groups = [];
  weekdays.forEach((name, index) => {
    const spans = spansText(hours[name])
      .replace(/:00/g, '')
      .replace(/(^|[^:\d])0(\d)/g, '$1$2');
    const last = groups.at(-1);
    if (last && last.spans === spans) {
      last.last = index;
    } else {
      groups.push({ first: index, last: index, spans });
    }
  });
  return groups
    .filter((group) => group.spans !== '')
    .map(({ first, last, spans }) => `${dayName(first, 'short')}${last > first ? `–${dayName(last, 'short')}` : ''} ${spans}`)
    .join(', ');
}
