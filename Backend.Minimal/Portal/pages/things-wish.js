// What is asked of a thing and what it has said since, as pure functions: nothing here knows a page.

/** @typedef {number | boolean | string} Value */
/** @typedef {{ value: Value, at: string }} Reported */
/** @typedef {{ value: Value, at: string, by?: string | null }} Wanted */
/** @typedef {'none' | 'asked' | 'missed'} Wish `missed` = the thing has not taken it within a day. */
/** @typedef {{ kind: 'switch', on: Value, off: Value }} Switch */
/** @typedef {Switch | { kind: 'slider', min: number, max: number, step: number } | { kind: 'none' }} Control */

/** After so long a wish counts no more, ms: the server's rule. */
export const wishMs = 24 * 3_600_000;

/** Scales that sliders have: the first that holds the value. */
const scales = [100, 255, 1023, 4095, 65535];

/**
 * What became of a wish: it stands until the thing has said the same value after it.
 * @param {Reported | undefined} reported
 * @param {Wanted | undefined | null} wanted
 * @param {number} at The time, ms since 1970.
 * @returns {Wish}
 */
export function wishOf(reported, wanted, at) {
  if (!wanted) {
    return 'none';
  }
  const since = Date.parse(wanted.at);
  return reported && isSame(reported.value, wanted.value) && Date.parse(reported.at) >= since
    ? 'none'
    : at - since >= wishMs
      ? 'missed'
      : 'asked';
}

/**
 * Whether two values say the same: old firmware says 1 where others say true.
 * @param {Value} a
 * @param {Value} b
 */
export function isSame(a, b) {
  return typeof a === 'string' || typeof b === 'string' ? a === b : Number(a) === Number(b);
}

/**
 * Whether a key is an output's by its name: an old virtual pin.
 * @param {string} key
 */
export function isOutput(key) {
  return /^(v\d{1,2}|led)$/.test(key);
}

/**
 * How a value can be asked for. Switches are what is on or off, and what bears an old virtual pin's name; the rest of what can be asked is
 * what was asked for before. What a thing merely measures has none.
 * @param {string} key
 * @param {Value | undefined} value What it has said.
 * @param {Wanted | undefined | null} wanted
 * @returns {Control}
 */
export function controlOf(key, value, wanted) {
  const known = value ?? wanted?.value;
  if (typeof known === 'boolean') {
    return { kind: 'switch', on: true, off: false };
  }
  if (typeof known !== 'number' || !(isOutput(key) || wanted)) {
    return { kind: 'none' };
  }
  const most = Math.max(known, Number(wanted?.value ?? 0));
  const least = Math.min(known, Number(wanted?.value ?? 0));
  if (isBit(known) && isBit(wanted?.value ?? 0)) {
    return { kind: 'switch', on: 1, off: 0 };
  }
  const max = scales.find((scale) => most <= scale);
  return least < 0 || max === undefined
    ? { kind: 'none' }
    : most < 1
      ? { kind: 'slider', min: 0, max: 1, step: 0.01 }
      : { kind: 'slider', min: 0, max, step: Number.isInteger(known) ? 1 : 0.1 };
}

/** @param {Value} value */
function isBit(value) {
  return value === 0 || value === 1 || typeof value === 'boolean';
}

/**
 * What somebody has typed as a value: `true`, `21.5`, or text.
 * @param {string} text
 * @returns {Value}
 */
export function readValue(text) {
  const trimmed = text.trim();
  const number = Number(trimmed.replace(',', '.'));
  return trimmed === 'true' || trimmed === 'false' ? trimmed === 'true' : trimmed !== '' && Number.isFinite(number) ? number : trimmed;
}
