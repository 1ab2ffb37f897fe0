// Who did something, for all pages that say so.

import { has, t } from '../core/text.js';

/**
 * Who did something: a person's address, a key's name; what the server calls its own with what it is.
 * @param {string} name
 */
export function whoName(name) {
  return has(`who.${name}`) ? `${name} (${t(`who.${name}`)})` : name;
}
