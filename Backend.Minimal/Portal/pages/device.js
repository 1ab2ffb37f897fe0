// One box: what it counts now, how it fares, what it should do, and what it was told.

import { may } from '../core/access.js';
import { get, post, put } from '../core/api.js';
import { ask, notice } from '../core/dialog.js';
import { data, fill, h } from '../core/dom.js';
import { form } from '../core/form.js';
import { ago, bytes, dateTime, duration, number, percent, time } from '../core/format.js';
import { on } from '../core/live.js';
import { empty, view } from '../core/states.js';
import { refresh, watch } from '../core/store.js';
import { t, word } from '../core/text.js';
import { boxName, boxState, boxWords } from '../parts/box.js';
import { badges, readingTable } from '../parts/readings.js';
import { status } from '../parts/status.js';

/** @typedef {import('api-types').components['schemas']} Schemas */
/** @typedef {import('../parts/box.js').Box} Box */
/** @typedef {import('../parts/readings.js').Reading} Reading */
/** @typedef {import('../core/router.js').Context} Context */

/** @type {Record<string, (root: HTMLElement, context: Context, id: string) => void>} */
const tabs = { now: showNow, health: showHealth, settings: showSettings, commands: showCommands };

/** Commands that can be sent, as the API calls them. */
const commands = ['send_now', 'reboot', 'geolocate', 'ota_check', 'fetch_config'];

/** @type {import('../core/router.js').Page} */
export const page = {
  title: 'box.title',
  needs: 'viewer',
  texts: 'fleet',
  mount(root, context) {
    const id = context.params.device;
    const tab = Object.hasOwn(tabs, context.params.tab ?? 'now') ? (context.params.tab ?? 'now') : 'now';
    const base = `/locations/${encodeURIComponent(id)}`;
    const name = h('h1', { class: 'breaks' }, id);
    const head = h('div', { class: 'box-head' });
    const body = h('section', { class: 'card' });
    context.title(id);
    fill(
      root,
      h('p', null, h('a', { href: '/locations' }, `‹ ${t('fleet.title')}`)),
      name,
      head,
      h(
        'nav',
        { class: 'tabs', 'aria-label': t('box.tabs') },
        Object.keys(tabs).map((one) =>
          h('a', { href: `${base}/${one}`, 'aria-current': one === tab ? 'page' : undefined }, t(`box.tab_${one}`)),
        ),
      ),
      body,
    );
    view(head, {
      key: keyOf(id, 'detail'),
      context,
      isAside: true,
      lines: 1,
      fetch: (signal) => detail(id, signal),
      show: (/** @type {Schemas['DeviceDetail']} */ value) => {
        name.textContent = boxName(value.device);
        return headline(value.device);
      },
    });
    tabs[tab](body, context, id);
    for (const kind of /** @type {const} */ (['reading', 'heartbeat', 'device'])) {
      context.later(on(kind, (event) => event.device_id === id && refresh(keyOf(id, ''))));
    }
  },
};

/**
 * The key of what is asked about a box; `settings` is asked again only after a change, so that nothing is taken from under who types.
 * @param {string} id
 * @param {string} what
 */
function keyOf(id, what) {
  return what === 'settings' ? `settings ${id}` : `device ${id} ${what}`;
}

/**
 * @param {string} id
 * @param {AbortSignal} signal
 */
function detail(id, signal) {
  return get(`/api/device/${encodeURIComponent(id)}`, { signal });
}

/** @param {Box} box */
function headline(box) {
  const state = boxState(box);
  const lastWord = box.last_seen_at
    ? t('box.lastWord', { time: dateTime(box.last_seen_at, box.timezone), ago: ago(box.last_seen_at) })
    : t('box.neverHeard');
  return [
    h('p', null, status(state, boxWords(box)), ' ', h('span', { class: 'soft' }, box.device_id)),
    h('p', null, lastWord, state === 'silent' ? ` ${t('box.whatToDo')}` : null),
    box.tags.length > 0
      ? h(
          'p',
          { class: 'row' },
          box.tags.map((tag) => h('a', { href: `/locations?tag=${encodeURIComponent(tag)}`, class: 'badge' }, tag)),
        )
      : null,
  ];
}

/**
 * @param {HTMLElement} root
 * @param {Context} context
 * @param {string} id
 */
function showNow(root, context, id) {
  view(root, {
    key: keyOf(id, 'readings'),
    context,
    fetch: async (signal) => {
      const [all, one] = await Promise.all([get('/api/readings', { signal, query: { device_id: id, limit: 100 } }), detail(id, signal)]);
      return { readings: all, zone: one.device.timezone };
    },
    show: (/** @type {{ readings: Reading[], zone: string }} */ { readings, zone }) => {
      const last = readings[0];
      return last === undefined
        ? empty(t('box.noReadings'))
        : [
            h('h2', null, t('box.lastReading')),
            h('p', null, last.timestamp ? dateTime(last.timestamp, zone) : t('reading.undated'), ' ', badges(last)),
            facts([
              [t('reading.impressions'), data('impressions', last.impressions, number(last.impressions))],
              [t('reading.unique_count'), data('unique', last.unique_count, number(last.unique_count))],
              [t('reading.ble_unique'), data('ble', last.ble_unique, number(last.ble_unique))],
              [t('box.listened'), listened(last)],
            ]),
            h('h2', null, t('box.readings')),
            readingTable(readings, { zone, label: t('box.readings') }),
          ];
    },
  });
}

/**
 * The share of its time in which a box listened.
 * @param {Reading} reading
 */
function listened(reading) {
  return reading.ls === null || !reading.iv ? null : data('listened', reading.ls, percent(Math.min(1, reading.ls / reading.iv)));
}

/**
 * @param {HTMLElement} root
 * @param {Context} context
 * @param {string} id
 */
function showHealth(root, context, id) {
  view(root, {
    key: keyOf(id, 'heartbeats'),
    context,
    fetch: async (signal) => {
      const [beats, one] = await Promise.all([get('/api/heartbeats', { signal, query: { device_id: id, limit: 30 } }), detail(id, signal)]);
      return { beats, one };
    },
    show: (/** @type {{ beats: Schemas['HeartbeatRow'][], one: Schemas['DeviceDetail'] }} */ { beats, one }) => {
      const [last, box] = [beats[0], one.device];
      if (last === undefined) {
        return [
          empty(t('box.noHeartbeats')),
          facts([
            [t('box.firmware'), box.firmware_version],
            [t('box.signal'), signalOf(box.last_signal_dbm)],
          ]),
        ];
      }
      const newest = one.recent_readings[0];
      return [
        h('h2', null, t('box.lastHeartbeat', { time: dateTime(last.timestamp, box.timezone) })),
        facts([
          [t('box.firmware'), box.firmware_version ?? last.firmware_version],
          [t('box.hardware'), last.hw],
          [t('box.signal'), signalOf(box.last_signal_dbm ?? last.signal_dbm ?? null)],
          [t('box.battery'), shownIf('battery', last.battery_pct, (value) => percent(value / 100))],
          [t('box.uptime'), shownIf('uptime', last.uptime_seconds, duration)],
          [t('box.heap'), shownIf('heap', last.hf, bytes)],
          [t('box.reset'), last.rr],
          [t('box.update'), last.ob],
          [t('box.fault'), last.bf ?? t('box.noFault')],
          [t('box.listened'), newest ? listened(newest) : null],
          [t('box.settingsVersion'), shownIf('cv', last.cv, number)],
          [t('box.address'), last.ip_address],
        ]),
        last.hc && Object.keys(last.hc).length > 0
          ? [
              h('h2', null, t('box.counters')),
              facts(Object.entries(last.hc).map(([name, value]) => [name, data(`hc-${name}`, Number(value), number(Number(value)))])),
            ]
          : null,
        h('h2', null, t('box.heartbeats')),
        h(
          'div',
          { class: 'table-wrap', role: 'region', tabindex: 0, 'aria-label': t('box.heartbeats') },
          h(
            'table',
            null,
            h(
              'thead',
              null,
              h(
                'tr',
                null,
                ['reading.time', 'box.firmware', 'box.signal', 'box.uptime', 'box.heap', 'box.reset'].map((key) =>
                  h('th', { scope: 'col' }, t(key)),
                ),
              ),
            ),
            h(
              'tbody',
              null,
              beats.map((beat) =>
                h(
                  'tr',
                  null,
                  [
                    dateTime(beat.timestamp, box.timezone),
                    beat.firmware_version ?? '–',
                    typeof beat.signal_dbm === 'number' ? `${number(beat.signal_dbm)} dBm` : '–',
                    typeof beat.uptime_seconds === 'number' ? duration(beat.uptime_seconds) : '–',
                    bytes(beat.hf),
                    beat.rr ?? '–',
                  ].map((text) => h('td', null, text)),
                ),
              ),
            ),
          ),
        ),
      ];
    },
  });
}

/**
 * The level of the cell: in words and in dBm.
 * @param {number | null} dbm
 */
function signalOf(dbm) {
  // NB-IoT works down to about −120 dBm; above −95 nothing has to be sent twice.
  const level = dbm === null ? '' : dbm >= -95 ? 'good' : dbm >= -110 ? 'fair' : 'weak';
  return dbm === null ? null : [data('signal', dbm, `${number(dbm)} dBm`), ` – ${t(`box.signal_${level}`)}`];
}

/**
 * A number, if there is one.
 * @param {string} name
 * @param {number | null | undefined} value
 * @param {(value: number) => string} format
 */
function shownIf(name, value, format) {
  return typeof value === 'number' ? data(name, value, format(value)) : null;
}

/** @param {[string, import('../core/dom.js').Child][]} rows What it is, and its value; null = not known. */
function facts(rows) {
  return h(
    'dl',
    { class: 'box-facts' },
    rows.map(([name, value]) => h('div', null, h('dt', null, name), h('dd', null, value ?? '–'))),
  );
}

/**
 * @param {HTMLElement} root
 * @param {Context} context
 * @param {string} id
 */
function showSettings(root, context, id) {
  const key = keyOf(id, 'settings');
  const path = `/api/device/${encodeURIComponent(id)}/config`;
  const state = h('p', { role: 'status' });
  const say = (/** @type {Schemas['ConfigState']} */ { wanted, reported_version: reported, in_force: inForce }) => {
    state.className = inForce ? 'note good' : 'note warning';
    fill(
      state,
      inForce
        ? t('settings.inForce', { version: wanted.config_version })
        : reported === null
          ? t('settings.neverSaid', { wanted: wanted.config_version })
          : t('settings.differs', { version: reported, wanted: wanted.config_version }),
    );
  };
  // Follows every word of the box; the fields below do not, somebody may be typing.
  context.later(watch(keyOf(id, 'in force'), (signal) => get(path, { signal }), (entry) => entry.value && say(entry.value)));
  view(root, {
    key,
    context,
    fetch: async (signal) => {
      const [known, one] = await Promise.all([get(path, { signal }), detail(id, signal)]);
      return { known, box: one.device };
    },
    show: (/** @type {{ known: Schemas['ConfigState'], box: Box }} */ { known, box }) => {
      const { wanted } = known;
      say(known);
      const before = shownOf(wanted);
      const was = /** @type {Record<string, any>} */ (wanted);
      if (!may('operator', box.place_id) || box.retired_at) {
        return [
          h('h2', null, t('box.tab_settings')),
          state,
          facts(settings().map((field) => [field.label, field.type === 'checkbox' ? t(`settings.${before[field.name]}`) : before[field.name]])),
        ];
      }
      const edit = form({
        label: t('box.tab_settings'),
        fields: settings().map((field) => ({ ...field, value: before[field.name] })),
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

/** The fields of the settings, without values. @returns {import('../core/form.js').Field[]} */
function settings() {
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
function shownOf(wanted) {
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

/**
 * @param {HTMLElement} root
 * @param {Context} context
 * @param {string} id
 */
function showCommands(root, context, id) {
  const path = `/api/device/${encodeURIComponent(id)}`;
  view(root, {
    key: keyOf(id, 'commands'),
    context,
    fetch: async (signal) => {
      const [rows, one] = await Promise.all([get(`${path}/commands`, { signal, query: { limit: 50 } }), detail(id, signal)]);
      return { rows, box: one.device };
    },
    show: (/** @type {{ rows: Schemas['CommandRow'][], box: Box }} */ { rows, box }) => [
      may('operator', box.place_id) && !box.retired_at
        ? h(
            'div',
            { class: 'actions start' },
            commands.map((command) =>
              h('button', { type: 'button', class: 'button', data: { key: command }, onclick: () => send(id, command) }, t(`command.${command}`)),
            ),
          )
        : null,
      h('h2', null, t('command.history')),
      rows.length === 0
        ? empty(t('command.none'))
        : h(
            'ul',
            { class: 'plain lines' },
            rows.map((row) =>
              h(
                'li',
                { data: { command: row.id } },
                h('strong', null, word('command', row.command), row.arg === null ? null : ` ${duration(row.arg / 1000)}`),
                h('p', null, stateOf(row, box)),
                h('p', { class: 'soft small breaks' }, t('command.by', { name: row.queued_by, time: dateTime(row.queued_at, box.timezone) })),
              ),
            ),
          ),
    ],
  });
}

/**
 * What has become of a command, in words.
 * @param {Schemas['CommandRow']} row
 * @param {Box} box
 */
function stateOf(row, box) {
  const at = (/** @type {string | null} */ moment) => dateTime(moment, box.timezone);
  if (row.state === 'done') {
    return row.result === 'ok' || row.result === null
      ? t('command.done', { time: at(row.done_at) })
      : t('command.failed', { time: at(row.done_at), result: row.result });
  }
  if (row.state === 'expired') {
    return t(row.deliveries > 0 ? 'command.unanswered' : 'command.expired', { time: at(row.expires_at) });
  }
  if (row.state === 'delivered' || row.state === 'given') {
    return t('command.fetched', { time: at(row.delivered_at) });
  }
  const next = box.last_seen_at === null ? 0 : Date.parse(box.last_seen_at) + box.report_interval_ms;
  return next > Date.now()
    ? t('command.waiting', { time: time(next, box.timezone) })
    : t('command.notFetched', { span: duration((Date.now() - Date.parse(row.queued_at)) / 1000), state: boxWords(box) });
}

/**
 * @param {string} id
 * @param {string} command
 */
async function send(id, command) {
  const done = await ask({
    title: t(`command.${command}`),
    text: t(`command.${command}_why`),
    action: t(`command.${command}_do`),
    run: () => post(`/api/device/${encodeURIComponent(id)}/command`, { command }),
  });
  if (done) {
    refresh(keyOf(id, 'commands'));
    notice(t('command.sent'));
  }
}
