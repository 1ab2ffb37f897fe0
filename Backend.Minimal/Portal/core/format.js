// Numbers, times and spans in the reader's language; times by the clock of the place they are of.

import { now } from './api.js';
import { locale, t } from './text.js';

/** @type {Map<string, any>} */
const cache = new Map();

/**
 * @template F
 * @param {string} kind
 * @param {object} options
 * @param {(locale: string, options: any) => F} make
 * @returns {F}
 */
function format(kind, options, make) {
  const key = `${locale()} ${kind} ${JSON.stringify(options)}`;
  let known = cache.get(key);
  if (!known) {
    known = make(locale(), options);
    cache.set(key, known);
  }
  return known;
}

/**
 * @param {Intl.NumberFormatOptions} [options]
 * @returns {Intl.NumberFormat}
 */
function numbers(options = {}) {
  return format('number', options, (tag, wanted) => new Intl.NumberFormat(tag, wanted));
}

/**
 * @param {Intl.DateTimeFormatOptions} options
 * @returns {Intl.DateTimeFormat}
 */
function dates(options) {
  return format('date', options, (tag, wanted) => new Intl.DateTimeFormat(tag, wanted));
}

/**
 * A number: `1,234`.
 * @param {number | null | undefined} value
 * @param {number} [digits] Digits behind the point at most.
 */
export function number(value, digits = 0) {
  return value === null || value === undefined ? '–' : numbers({ maximumFractionDigits: digits }).format(value);
}

/**
 * A share: 0.22 → `22%`.
 * @param {number | null | undefined} share 0 to 1.
 * @param {number} [digits]
 */
export function percent(share, digits = 0) {
  return share === null || share === undefined ? '–' : numbers({ style: 'percent', maximumFractionDigits: digits }).format(share);
}

/**
 * A range of numbers, rounded outward to two digits: 143, 187 → `140–190`.
 * @param {number} low
 * @param {number} high
 */
export function range(low, high) {
  const [from, to] = rounded(low, high);
  return from === to ? number(from) : spaced(numbers({ maximumFractionDigits: 0 }).formatRange(from, to));
}

/**
 * A range of shares: 0.22, 0.31 → `22% – 31%`.
 * @param {number} low 0 to 1.
 * @param {number} high 0 to 1.
 */
export function percentRange(low, high) {
  const from = Math.floor(low * 100 + 1e-9) / 100;
  const to = Math.ceil(high * 100 - 1e-9) / 100;
  return from === to ? percent(from) : numbers({ style: 'percent', maximumFractionDigits: 0 }).formatRange(from, to);
}

/**
 * A range as it is shown: outward, so that it holds what it held, with as few digits as it deserves.
 * @param {number} low
 * @param {number} high
 * @returns {[number, number]}
 */
export function rounded(low, high) {
  const step = high < 20 ? 1 : 10 ** Math.max(0, Math.floor(Math.log10(high)) - 1);
  const down = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(low, 1))) - 1);
  return [Math.max(0, Math.floor(low / Math.min(step, down)) * Math.min(step, down)), Math.ceil(high / step) * step];
}

/**
 * An hour and minute: `08:05`.
 * @param {string | number | Date | null | undefined} at
 * @param {string} [zone] IANA; the reader's own unless said.
 */
export function time(at, zone) {
  return at === null || at === undefined
    ? '–'
    : dates({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: zone }).format(new Date(at));
}

/**
 * A day: `Fri 27 Nov` for `2026-11-27`, or of a moment by the clock of a zone.
 * @param {string | number | Date} at A day as the API names it (`2026-11-27`: no zone plays a part), or a moment.
 * @param {string} [zone]
 * @param {'short' | 'long' | 'weekday'} [style]
 */
export function day(at, zone, style = 'short') {
  const isDay = typeof at === 'string' && at.length === 10;
  /** @type {Intl.DateTimeFormatOptions} */
  const options =
    style === 'weekday'
      ? { weekday: 'long' }
      : style === 'long'
        ? { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }
        : { weekday: 'short', day: 'numeric', month: 'short' };
  return dates({ ...options, timeZone: isDay ? 'UTC' : zone }).format(isDay ? new Date(`${at}T00:00:00Z`) : new Date(at));
}

/**
 * The days from one to another: `20–26 Nov`.
 * @param {string} from Such as `2026-11-20`.
 * @param {string} to
 */
export function dayRange(from, to) {
  return from === to
    ? day(from)
    : spaced(
        dates({ day: 'numeric', month: 'short', timeZone: 'UTC' }).formatRange(new Date(`${from}T00:00:00Z`), new Date(`${to}T00:00:00Z`)),
      );
}

/**
 * A day and time: `27 Nov, 14:25`; with the year when it is another one.
 * @param {string | number | Date | null | undefined} at
 * @param {string} [zone]
 */
export function dateTime(at, zone) {
  if (at === null || at === undefined) {
    return '–';
  }
  const date = new Date(at);
  const isNow = date.getFullYear() === new Date().getFullYear();
  return dates({
    day: 'numeric',
    month: 'short',
    year: isNow ? undefined : 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone: zone,
  }).format(date);
}

/**
 * A span of time in its greatest unit: `5 min`, `3 h`, `269 days`.
 * @param {number} seconds
 */
export function duration(seconds) {
  const [value, unit] = /** @type {[number, string]} */ (
    seconds < 60
      ? [seconds, 'second']
      : seconds < 3600
        ? [seconds / 60, 'minute']
        : seconds < 86400
          ? [seconds / 3600, 'hour']
          : [seconds / 86400, 'day']
  );
  return numbers({ style: 'unit', unit, unitDisplay: unit === 'day' ? 'long' : 'short', maximumFractionDigits: 0 }).format(
    Math.floor(value),
  );
}

/**
 * How long ago something was, in words.
 * @param {string | number | Date | null | undefined} at
 * @param {number} [until] Now unless said.
 */
export function ago(at, until = now()) {
  if (at === null || at === undefined) {
    return t('time.never');
  }
  const seconds = Math.max(0, (until - new Date(at).getTime()) / 1000);
  return seconds < 60 ? t('time.now') : t('time.ago', { span: duration(seconds) });
}

/**
 * Bytes: `12.4 kB`.
 * @param {number | null | undefined} value
 */
export function bytes(value) {
  if (value === null || value === undefined) {
    return '–';
  }
  const [shown, unit] = /** @type {[number, string]} */ (
    value < 1000
      ? [value, 'byte']
      : value < 1e6
        ? [value / 1e3, 'kilobyte']
        : value < 1e9
          ? [value / 1e6, 'megabyte']
          : [value / 1e9, 'gigabyte']
  );
  return numbers({ style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: shown < 100 && unit !== 'byte' ? 1 : 0 }).format(
    shown,
  );
}

/**
 * The day that it is at a place: `2026-11-27`.
 * @param {string} [zone]
 * @param {number} [at] Now unless said.
 */
export function today(zone, at = now()) {
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat('en', { year: 'numeric', month: '2-digit', day: '2-digit', timeZone: zone })
      .formatToParts(new Date(at))
      .map((part) => [part.type, part.value]),
  );
  return `${parts.year}-${parts.month}-${parts.day}`;
}

/**
 * A day some days later.
 * @param {string} from Such as `2026-11-27`.
 * @param {number} days Negative = before.
 */
export function addDays(from, days) {
  const date = new Date(`${from}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

/**
 * Spaces round a dash are thin in some languages and missing in others: numbers are easier to read with none.
 * @param {string} text
 */
function spaced(text) {
  return text.replace(/(\d)\s*[–-]\s*(\d)/, '$1–$2');
}
