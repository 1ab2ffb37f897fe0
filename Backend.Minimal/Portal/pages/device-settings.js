// The settings of a box: what is wanted beside what is in force.

import { may } from '../core/access.js';
import { get, put } from '../core/api.js';
import { notice } from '../core/dialog.js';
import { data, fill, h } from '../core/dom.js';
import { form } from '../core/form.js';
import { number, time } from '../core/format.js';
import { view } from '../core/states.js';
import { refresh, watch } from '../core/store.js';
import { t } from '../core/text.js';
import { detail, facts, keyOf, nextWord, pathOf } from './device-part.js';

/** @typedef {import('./device-part.js').Schemas} Schemas */
/** @typedef {import('./device-part.js').Box} Box */

/**
 * @param {HTMLElement} root
 * @param {import('./device-part.js').Context} context
 * @param {string} id
 */
export function show(root, context, id) {
  const key = keyOf(id, 'settings');
  const path = pathOf(id, '/config');
  const state = h('div', { role: 'status' });
  const say = (/** @type {Schemas['ConfigState']} */ known, /** @type {Box} */ box) => {
    const lagging = laggingOf(known);
    fill(
      state,
      standing(known, box),
      lagging.length > 0 && known.reported ? differences(lagging, shownOf(known.reported), shownOf(known.wanted)) : null,
    );
  };
  const fetch = async (/** @type {AbortSignal} */ signal) => {
    const [known, one] = await Promise.all([get(path, { signal }), detail(id, signal)]);
    return { known, box: one.device };
  };
  // Follows every word of the box; the fields below do not, somebody may be typing.
  context.later(watch(keyOf(id, 'in force'), fetch, ({ value }) => value && say(value.known, value.box)));
  view(root, {
    key,
    context,
    fetch,
    show: (/** @type {{ known: Schemas['ConfigState'], box: Box }} */ { known, box }) => {
      say(known, box);
      const before = shownOf(known.wanted);
      const inForce = known.reported ? shownOf(known.reported) : null;
      const was = /** @type {Record<string, any>} */ (known.wanted);
      const lagging = laggingOf(known);
      if (!may('operator', box.place_id) || box.retired_at) {
        return [
          h('h2', null, t('box.tab_settings')),
          state,
          facts(settings().map((field) => [field.label, textOf(field, before[field.name])])),
        ];
      }
      const edit = form({
        label: t('box.tab_settings'),
        fields: settings().map((field) => ({
          ...field,
          value: before[field.name],
          hint: lagging.some((one) => one.name === field.name)
            ? [field.hint, t('settings.has', { value: textOf(field, inForce?.[field.name]) })].filter(Boolean).join(' · ')
            : field.hint,
        })),
        action: t('settings.save'),
        run: async (values) => {
          const changed = Object.fromEntries(
            Object.entries(sentOf(values)).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(was[name])),
          );
          if (Object.keys(changed).length === 0) {
            notice(t('settings.nothing'));
            return;
          }
          await put(path, changed);
          refresh(key);
          const old = Object.fromEntries(Object.keys(changed).map((name) => [name, was[name]]));
          notice(t('settings.saved'), { undo: () => put(path, old).then(() => refresh(key)) });
        },
      });
      context.guard(edit.isChanged);
      return [h('h2', null, t('box.tab_settings')), state, edit.el];
    },
  });
}

/**
 * The settings that the box has otherwise than wanted, as far as it is known what it has.
 * @param {Schemas['ConfigState']} known
 */
function laggingOf({ wanted, reported, in_force: isInForce }) {
  if (isInForce || !reported) {
    return [];
  }
  const [has, wants] = [shownOf(reported), shownOf(wanted)];
  return settings().filter((field) => has[field.name] !== wants[field.name]);
}

/**
 * Which version the box has, which is wanted, and when that can change.
 * @param {Schemas['ConfigState']} known
 * @param {Box} box
 */
function standing({ wanted, reported_version: version, in_force: isInForce }, box) {
  const next = nextWord(box);
  const when = box.retired_at ? '' : next === null ? t('settings.nextUnknown') : t('settings.next', { time: time(next, box.timezone) });
  return h(
    'p',
    { class: isInForce ? 'note good' : 'note warning' },
    isInForce
      ? t('settings.inForce', { version: wanted.config_version })
      : `${
          version === null
            ? t('settings.neverSaid', { wanted: wanted.config_version })
            : t('settings.differs', { version, wanted: wanted.config_version })
        } ${when}`,
  );
}

/**
 * The settings that the box does not have yet: in force, and wanted.
 * @param {import('../core/form.js').Field[]} fields
 * @param {Record<string, any>} inForce
 * @param {Record<string, any>} wanted
 */
function differences(fields, inForce, wanted) {
  const cell = (/** @type {string} */ which, /** @type {import('../core/form.js').Field} */ field, /** @type {any} */ value) =>
    h('td', { class: 'n' }, data(`${which}-${field.name}`, value, textOf(field, value)));
  return h(
    'div',
    { class: 'table-wrap', role: 'region', tabindex: 0, 'aria-label': t('settings.waiting') },
    h(
      'table',
      null,
      h('caption', { class: 'soft small' }, t('settings.waiting')),
      h(
        'thead',
        null,
        h(
          'tr',
          null,
          h('th', { scope: 'col' }, t('settings.setting')),
          h('th', { scope: 'col', class: 'n' }, t('settings.columnForce')),
          h('th', { scope: 'col', class: 'n' }, t('settings.columnWanted')),
        ),
      ),
      h(
        'tbody',
        null,
        fields.map((field) =>
          h(
            'tr',
            null,
            h('th', { scope: 'row' }, field.label),
            cell('force', field, inForce[field.name]),
            cell('wanted', field, wanted[field.name]),
          ),
        ),
      ),
    ),
  );
}

/**
 * A setting as text.
 * @param {import('../core/form.js').Field} field
 * @param {any} value
 */
export function textOf(field, value) {
  return field.type === 'checkbox' ? t(`settings.${value}`) : typeof value === 'number' ? number(value, 1) : String(value);
}

/** The fields of the settings, without values. @returns {import('../core/form.js').Field[]} */
export function settings() {
  /**
   * @param {string} name
   * @param {number} min
   * @param {number} max
   * @param {Partial<import('../core/form.js').Field>} [more]
   * @returns {import('../core/form.js').Field}
   */
  const whole = (name, min, max, more) => ({
    name,
    label: t(`settings.${name}`),
    hint: t('settings.between', { least: min, most: max }),
    type: 'number',
    required: true,
    min,
    max,
    ...more,
  });
  /**
   * @param {string} other The field that must be greater, or smaller.
   * @param {1 | -1} sign
   * @returns {(value: number, values: Record<string, any>) => string | null}
   */
  const against = (other, sign) => (value, values) =>
    sign * (value - values[other]) > 0
      ? null
      : t(sign > 0 ? 'settings.above' : 'settings.below', { other: t(`settings.${other}`), value: values[other] ?? 0 });
  return [
    whole('report_interval_ms', 1, 60),
    whole('heartbeat_interval_ms', 1, 168, { step: 'any' }),
    whole('rssi_immediate_threshold', -60, -30),
    whole('rssi_near_threshold', -75, -50, { check: against('rssi_immediate_threshold', -1) }),
    whole('rssi_far_threshold', -90, -65, { check: against('rssi_near_threshold', -1) }),
    whole('dwell_short_threshold', 1, 5),
    whole('dwell_medium_threshold', 2, 15, { check: against('dwell_short_threshold', 1) }),
    whole('dwell_long_threshold', 5, 30, { check: against('dwell_medium_threshold', 1) }),
    {
      name: 'wifi_channels',
      label: t('settings.wifi_channels'),
      hint: t('settings.channelsHint'),
      required: true,
      check: (value) => (channelsOf(value) ? null : t('settings.channelsHint')),
    },
    { name: 'geolocation_on_boot', label: t('settings.geolocation_on_boot'), type: 'checkbox' },
  ];
}

/**
 * Channels as they are typed; null = they are none.
 * @param {string} text
 */
function channelsOf(text) {
  const parts = text.split(/[\s,;]+/).filter(Boolean);
  const channels = parts.map(Number);
  const isGood = channels.every((one) => Number.isInteger(one) && one >= 1 && one <= 13) && new Set(channels).size === channels.length;
  return isGood && channels.length > 0 ? channels : null;
}

/**
 * Settings as people read them: minutes and hours in the place of milliseconds.
 * @param {Schemas['DeviceConfig']} wanted
 * @returns {Record<string, any>}
 */
export function shownOf(wanted) {
  return {
    ...wanted,
    report_interval_ms: wanted.report_interval_ms / 60_000,
    heartbeat_interval_ms: wanted.heartbeat_interval_ms / 3_600_000,
    wifi_channels: wanted.wifi_channels.join(', '),
  };
}

/** @param {Record<string, any>} values @returns {Record<string, any>} */
function sentOf(values) {
  return {
    ...values,
    report_interval_ms: values.report_interval_ms * 60_000,
    heartbeat_interval_ms: Math.round(values.heartbeat_interval_ms * 3_600_000),
    wifi_channels: channelsOf(values.wifi_channels),
  };
}
