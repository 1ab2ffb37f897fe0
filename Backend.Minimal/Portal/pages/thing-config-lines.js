// The configuration of a thing as lines that people write, as pure functions: nothing here knows a page.

import { readValue } from './things-wish.js';

/** @typedef {import('./things-wish.js').Value} Value */

/** Things compute with 32 bits: the server's rule. */
const tolerance = 1e-6;

/**
 * A value as it is written: a text that reads like a number, or like on and off, stands in quotes.
 * @param {any} value
 */
export function writeValue(value) {
  return typeof value !== 'string' || typeof readValue(value) !== 'string' || /^"|^\s|\s$|\n/.test(value) ? JSON.stringify(value) : value;
}

/**
 * One value a line.
 * @param {Record<string, any>} config
 */
export function writeLines(config) {
  return Object.entries(config)
    .map(([name, value]) => `${name} = ${writeValue(value)}`)
    .join('\n');
}

/**
 * Reads what somebody has written.
 * @param {string} text
 * @returns {{ config: Record<string, Value>, line: null } | { config: null, line: number }} `line` = the first that is none.
 */
export function readLines(text) {
  /** @type {Record<string, Value>} */
  const config = {};
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() !== '') {
      const at = line.indexOf('=');
      const name = line.slice(0, Math.max(0, at)).trim();
      const value = readOne(line.slice(at + 1).trim());
      if (!/^[A-Za-z0-9_.-]{1,40}$/.test(name) || value === null || Object.hasOwn(config, name)) {
        return { config: null, line: index + 1 };
      }
      config[name] = value;
    }
  }
  return { config, line: null };
}

/**
 * Whether a thing has what is wanted of it.
 * @param {any} wanted
 * @param {any} reported
 */
export function hasTaken(wanted, reported) {
  return typeof wanted === 'number' && typeof reported === 'number'
    ? Math.abs(wanted - reported) <= tolerance * Math.max(1, Math.abs(wanted))
    : wanted === reported;
}

/** @param {string} text */
function readOne(text) {
  if (!text.startsWith('"')) {
    return readValue(text);
  }
  try {
    const value = JSON.parse(text);
    return typeof value === 'string' ? value : null;
  } catch {
    return null;
  }
}
