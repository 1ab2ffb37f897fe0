// How a box fares: signal, memory, starts, what it costs on its way over the air, and its alerts.

import { may } from '../core/access.js';
import { all, get, now, post } from '../core/api.js';
import { attempt } from '../core/dialog.js';
import { data, fill, h } from '../core/dom.js';
import { bytes, dateTime, duration, number, percent } from '../core/format.js';
import { empty, view } from '../core/states.js';
import { refresh } from '../core/store.js';
import { t, word } from '../core/text.js';
import { timeChart } from './device-chart.js';
import { detail, facts, keyOf, listened, saveCsv, shownIf, signalOf } from './device-part.js';

/** @typedef {import('./device-part.js').Schemas} Schemas */
/** @typedef {import('./device-part.js').Box} Box */
/** @typedef {Schemas['HeartbeatRow']} Beat */
/** @typedef {Schemas['TrafficRow']} Day */

/** Days that the signal is shown of. */
const signalDays = 7;

/** Days whose bytes are asked for: two years. */
const trafficDays = 731;

/** Months that are shown; the file has all. */
const months = 12;

/**
 * @param {HTMLElement} root
 * @param {import('./device-part.js').Context} context
 * @param {string} id
 */
export function show(root, context, id) {
  const [alerts, health, level, traffic] = [h('div'), h('div'), h('div'), h('div')];
  fill(root, alerts, health, level, traffic);
  view(alerts, {
    key: keyOf(id, 'alerts'),
    context,
    isAside: true,
    lines: 1,
    fetch: async (signal) => {
      const [rows, one] = await Promise.all([get('/api/alerts', { signal, query: { device_id: id, limit: 10 } }), detail(id, signal)]);
      return { rows, box: one.device };
    },
    show: (/** @type {{ rows: Schemas['AlertRow'][], box: Box }} */ { rows, box }) => alertList(id, rows, box),
  });
  view(health, {
    key: keyOf(id, 'heartbeats'),
    context,
    fetch: async (signal) => {
      const [beats, one] = await Promise.all([get('/api/heartbeats', { signal, query: { device_id: id, limit: 30 } }), detail(id, signal)]);
      return { beats, one };
    },
    show: (/** @type {{ beats: Beat[], one: Schemas['DeviceDetail'] }} */ { beats, one }) => state(beats, one),
  });
  view(level, {
    key: keyOf(id, 'signal'),
    context,
    isAside: true,
    lines: 5,
    fetch: (signal) => get('/api/hourly', { signal, query: { device_id: id, days: signalDays } }),
    show: signalChart,
  });
  view(traffic, {
    key: keyOf(id, 'traffic'),
    context,
    isAside: true,
    fetch: (signal) => all('/api/traffic', { signal, query: { device_id: id }, most: trafficDays }),
    show: (/** @type {Day[]} */ days) => trafficCard(id, days),
  });
}

/**
 * @param {Beat[]} beats
 * @param {Schemas['DeviceDetail']} one
 */
function state(beats, { device: box, recent_readings: readings }) {
  const last = beats[0];
  if (last === undefined) {
    return [
      empty(t('box.noHeartbeats')),
      facts([
        [t('box.firmware'), box.firmware_version],
        [t('box.signal'), signalOf(box.last_signal_dbm)],
      ]),
    ];
  }
  // Some firmware says it only in the heartbeat after the start.
  const lastReset = beats.find((beat) => beat.rr && beat.b === last.b)?.rr;
  return [
    h('h2', null, t('box.lastHeartbeat', { time: dateTime(last.timestamp, box.timezone) })),
    facts([
      [t('box.firmware'), box.firmware_version ?? last.firmware_version],
      [t('box.hardware'), last.hw],
      [t('box.signal'), signalOf(box.last_signal_dbm ?? last.signal_dbm ?? null)],
      [t('box.battery'), shownIf('battery', last.battery_pct, (value) => percent(value / 100))],
      [t('box.uptime'), shownIf('uptime', last.uptime_seconds, duration)],
      [t('box.heap'), shownIf('heap', last.hf, bytes)],
      [t('box.reset'), lastReset ? word('boxReset', lastReset) : null],
      [t('box.update'), last.ob ? word('boxState', last.ob.split(':')[0]) : null],
      [t('box.fault'), last.bf ? word('boxPart', last.bf) : t('box.noFault')],
      [t('box.answers'), box.answers ? word('boxAnswers', box.answers) : null],
      [t('box.listened'), readings[0] ? listened(readings[0]) : null],
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
                beat.rr ? word('boxReset', beat.rr) : '–',
              ].map((text) => h('td', null, text)),
            ),
          ),
        ),
      ),
    ),
  ];
}

/** @param {Schemas['Hourly']} hourly */
function signalChart({ hourly: hours, timezone }) {
  const format = (/** @type {number} */ value) => `${number(value)} dBm`;
  const rows = hours
    .filter((hour) => Date.parse(hour.start) <= now())
    .map((hour) => ({
      name: dateTime(hour.start, timezone),
      value: hour.avg_signal,
      shown: hour.avg_signal === null ? t('boxNow.noWord') : format(hour.avg_signal),
    }));
  return rows.every((row) => row.value === null)
    ? [h('h2', null, t('boxHealth.signal')), empty(t('boxHealth.noSignal'))]
    : timeChart({ label: t('boxHealth.signal'), unit: t('boxHealth.perHour'), rows, kind: 'line', format });
}

/**
 * @param {string} id
 * @param {Day[]} days Newest first.
 */
function trafficCard(id, days) {
  if (days.length === 0) {
    return [h('h2', null, t('boxTraffic.title')), empty(t('boxTraffic.none'))];
  }
  const sum = (/** @type {Day} */ day) => day.received_bytes + day.sent_bytes;
  // Today is not over yet.
  const today = new Date(now()).toISOString().slice(0, 10);
  const whole = days.filter((day) => day.day < today).slice(0, 7);
  const perDay = Math.round(whole.reduce((before, one) => before + sum(one), 0) / Math.max(1, whole.length));
  const byMonth = new Map();
  for (const day of days) {
    const month = day.day.slice(0, 7);
    const before = byMonth.get(month) ?? { requests: 0, received: 0, sent: 0 };
    byMonth.set(month, {
      requests: before.requests + day.requests,
      received: before.received + day.received_bytes,
      sent: before.sent + day.sent_bytes,
    });
  }
  return [
    h('h2', null, t('boxTraffic.title')),
    whole.length > 0 ? h('p', null, t('boxTraffic.perDay'), ' ', data('bytes-day', perDay, bytes(perDay))) : null,
    h(
      'div',
      { class: 'table-wrap', role: 'region', tabindex: 0, 'aria-label': t('boxTraffic.title') },
      h(
        'table',
        null,
        h(
          'thead',
          null,
          h(
            'tr',
            null,
            h('th', { scope: 'col' }, t('boxTraffic.month')),
            ['boxTraffic.sent', 'boxTraffic.received', 'boxTraffic.all', 'boxTraffic.requests'].map((key) =>
              h('th', { scope: 'col', class: 'n' }, t(key)),
            ),
          ),
        ),
        h(
          'tbody',
          null,
          [...byMonth]
            .slice(0, months)
            .map(([month, one]) =>
              h(
                'tr',
                null,
                h('th', { scope: 'row' }, month),
                h('td', { class: 'n' }, bytes(one.received)),
                h('td', { class: 'n' }, bytes(one.sent)),
                h('td', { class: 'n' }, data(`bytes-${month}`, one.received + one.sent, bytes(one.received + one.sent))),
                h('td', { class: 'n' }, number(one.requests)),
              ),
            ),
        ),
      ),
    ),
    h('p', { class: 'soft small' }, t('boxTraffic.note')),
    h(
      'p',
      { class: 'no-print' },
      h(
        'button',
        {
          type: 'button',
          class: 'button',
          onclick: () =>
            saveCsv(`bytes-${id}`, [
              ['box', 'month', 'bytes_from_box', 'bytes_to_box', 'bytes', 'requests'],
              ...[...byMonth].map(([month, one]) => [id, month, one.received, one.sent, one.received + one.sent, one.requests]),
            ]),
        },
        t('boxTraffic.csv'),
      ),
    ),
  ];
}

/**
 * Alerts that are not over first; without any there is nothing to say.
 * @param {string} id
 * @param {Schemas['AlertRow'][]} rows
 * @param {Box} box
 */
function alertList(id, rows, box) {
  if (rows.length === 0) {
    return null;
  }
  const order = (/** @type {Schemas['AlertRow']} */ row) => (row.cleared_at === null ? 0 : 1);
  return [
    h('h2', null, t('boxHealth.alerts')),
    h(
      'ul',
      { class: 'plain lines' },
      [...rows]
        .sort((a, b) => order(a) - order(b))
        .map((row) =>
          h(
            'li',
            { data: { alert: row.id } },
            h('strong', null, `${row.cleared_at === null ? '▲ ' : ''}${word('boxAlert', row.alert_type)}`),
            h('p', { class: 'breaks' }, row.message),
            h(
              'p',
              { class: 'soft small' },
              row.cleared_at === null
                ? t('boxHealth.since', { time: dateTime(row.created_at, box.timezone) })
                : t('boxHealth.from', { from: dateTime(row.created_at, box.timezone), until: dateTime(row.cleared_at, box.timezone) }),
              row.acknowledged_by === null ? null : ` ${t('timeline.noted', { name: row.acknowledged_by })}`,
            ),
            row.acknowledged_by === null && may('operator', box.place_id)
              ? h(
                  'button',
                  {
                    type: 'button',
                    class: 'button',
                    data: { key: `note-${row.id}` },
                    onclick: async (/** @type {any} */ event) => {
                      if (await attempt(event.currentTarget, () => post(`/api/alerts/${row.id}/acknowledge`))) {
                        refresh(keyOf(id, ''));
                      }
                    },
                  },
                  t('boxHealth.note'),
                )
              : null,
          ),
        ),
    ),
  ];
}
