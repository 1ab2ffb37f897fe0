// A box in words: what its state is, for how long, and what comes first when boxes are sorted by how badly they fare.

import { now } from '../core/api.js';
import { duration } from '../core/format.js';
import { t } from '../core/text.js';
import { statusName } from './status.js';

/** @typedef {import('api-types').components['schemas']['DeviceRow']} Box */

/** The states, worst first. */
export const boxStates = ['silent', 'odd', 'late', 'new', 'online', 'retired'];

/**
 * The state of a box: what is worst about it.
 * @param {Box} box
 */
export function boxState(box) {
  const name = statusName(box.connection_status);
  return box.retired_at ? 'retired' : name === 'silent' ? name : box.anomalous ? 'odd' : name;
}

/**
 * Whether a counter counts a box. The virtual one is in none; one that is odd is also online, late or silent, as the server counts it; one
 * that is retired is neither.
 * @param {Box} box
 * @param {string} state
 */
export function isCounted(box, state) {
  return (
    !box.demo &&
    (box.retired_at ? state === 'retired' : state === 'odd' ? box.anomalous !== 0 : statusName(box.connection_status) === state)
  );
}

/**
 * What its state is, in plain words: `silent 269 days`.
 * @param {Box} box
 * @param {number} [at] Now unless said.
 */
export function boxWords(box, at = now()) {
  const state = boxState(box);
  const span = box.last_seen_at === null ? '' : duration(Math.max(0, (at - Date.parse(box.last_seen_at)) / 1000));
  return state === 'retired'
    ? t('status.retired')
    : state === 'odd'
      ? oddWords(box)
      : state === 'silent'
        ? t('fleet.silent', { span })
        : state === 'late'
          ? t('fleet.late', { span })
          : state === 'new'
            ? t('fleet.new')
            : t('status.online');
}

/**
 * Why a box is odd. The server's only reason so far, `Burst: 51 requests in 60s`, is said in the reader's language.
 * @param {Box} box
 */
export function oddWords({ anomaly_reason: reason }) {
  const burst = /^Burst: (\d+)/.exec(reason ?? '');
  return burst ? t('fleet.burst', { n: Number(burst[1]) }) : reason ? t('fleet.odd', { why: reason }) : t('status.odd');
}

/**
 * The name of a box: of the place where it stands.
 * @param {Box} box
 */
export function boxName(box) {
  return box.location_name ?? t('fleet.noPlace');
}
