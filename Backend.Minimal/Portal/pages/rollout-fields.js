// What is typed for a new roll-out, and what the server gets of it.

import { t } from '../core/text.js';
import { gateOfThings, momentOf } from './releases-part.js';

/** Settings that have a default: name, least, greatest, default, as docs/ota.md has them. @type {[string, number, number, number][]} */
const careful = [
  ['soak_minutes', 0, 44_640, 60],
  ['max_failures', 0, 1_000_000, 2],
  ['max_failure_percent', 0, 100, 10],
  ['min_sample', 1, 1_000_000, 10],
  ['min_proved_percent', 0, 100, 50],
  ['silent_hours', 1, 8_784, 24],
  ['silent_intervals', 3, 1440, 24],
  ['health_gate.max_unhealthy_percent', 0, 100, 10],
  ['health_gate.min_readings', 1, 1000, 3],
  ['health_gate.min_readings_percent', 0, 100, 50],
  ['health_gate.min_heap_percent', 0, 100, 50],
  ['health_gate.max_resets', 0, 1000, 3],
  ['health_gate.max_send_failures', 0, 1000, 3],
  ['health_gate.min_counts_percent', 0, 100, 20],
  ['health_gate.min_counts', 1, 1_000_000, 50],
  ['health_gate.proof_hours', 0, 744, 24],
];

/**
 * The fields of how careful a roll-out is. What is left empty is the server's default.
 * @returns {import('../core/form.js').Field[]}
 */
export function carefulFields() {
  return [
    { name: 'auto_advance', label: t('setup.auto_advance'), hint: t('new.autoHint'), type: 'checkbox', value: true },
    ...careful.map(
      ([name, min, max, usual]) =>
        /** @type {import('../core/form.js').Field} */ ({
          name,
          label: t(`setup.${name.replace('health_gate.', 'gate_')}`),
          hint: t('new.usual', { usual, least: min, most: max }),
          type: 'number',
          min,
          max,
        }),
    ),
  ];
}

/** Ids as they are typed or pasted, each once. @param {string} text */
export function idsOf(text) {
  return [...new Set(text.split(/[\s,;]+/).filter(Boolean))];
}

/** Tags as they are typed: separated by commas, for they may hold blanks. @param {string} text */
export function tagsOf(text) {
  return [
    ...new Set(
      text
        .split(',')
        .map((one) => one.trim())
        .filter(Boolean),
    ),
  ];
}

/**
 * Shares as they are typed; null = they are none. Whether they grow is the server's to say.
 * @param {string} text
 */
export function sharesOf(text) {
  const shares = text
    .split(/[\s,;%]+/)
    .filter(Boolean)
    .map(Number);
  return shares.length > 0 && shares.every((one) => Number.isInteger(one) && one >= 1 && one <= 100) ? shares : null;
}

/** Whether a setting is one of things too. @param {string} name */
export function isOfThings(name) {
  return !name.startsWith('health_gate.') || gateOfThings.includes(name.slice('health_gate.'.length));
}

/**
 * What the server gets: what was left empty is not sent.
 * @param {Record<string, any>} values
 * @param {number[]} places
 * @param {import('./releases-part.js').Schemas['ReleaseRow']} [release] The release for things; without, it is a build for boxes.
 */
export function bodyOf(values, places, release) {
  const canary = idsOf(values.canary);
  const shares = values.target === 'devices' ? [] : (sharesOf(values.stages) ?? []).map((percent) => ({ percent }));
  const tags = values.target === 'tags' || values.target === 'places' ? tagsOf(values.tags) : [];
  const isLimited = values.target === 'tags' || values.target === 'places';
  const gate = careful.filter(([name]) => name.startsWith('health_gate.') && values[name] !== null && (!release || isOfThings(name)));
  return {
    ...(release
      ? { product: release.product, platform: release.platform, env: release.env, version: release.version }
      : { firmware_id: Number(values.firmware_id) }),
    stages: [...(canary.length > 0 ? [{ devices: canary }] : []), ...shares],
    ...(isLimited
      ? { target: { ...(values.target === 'places' ? { places } : {}), ...(tags.length > 0 || values.target === 'tags' ? { tags } : {}) } }
      : {}),
    ...(values.start_at ? { start_at: momentOf(values.start_at, values.start_time, values.zone).toISOString().slice(0, 19) + 'Z' } : {}),
    ...(values.window || values.window_to ? { window: { from: values.window, to: values.window_to, timezone: values.zone } } : {}),
    ...(values.notes ? { notes: values.notes } : {}),
    auto_advance: values.auto_advance,
    ...Object.fromEntries(careful.filter(([name]) => !name.includes('.') && values[name] !== null).map(([name]) => [name, values[name]])),
    ...(gate.length > 0
      ? { health_gate: Object.fromEntries(gate.map(([name]) => [name.slice('health_gate.'.length), values[name]])) }
      : {}),
  };
}
