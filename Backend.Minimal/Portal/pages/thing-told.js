// What a thing has told besides its values: its line, what its display shows, events, updates.

import { all, get } from '../core/api.js';
import { data, fill, h } from '../core/dom.js';
import { bytes, dateTime, duration, number, percent } from '../core/format.js';
import { empty, view } from '../core/states.js';
import { refresh } from '../core/store.js';
import { has, t, word } from '../core/text.js';
import { rowsOf } from './thing-pixels.js';
import { valueText } from './things-part.js';

/** @typedef {import('../core/router.js').Context} Context */
/** @typedef {import('api-types').components['schemas']} Schemas */
/** @typedef {import('./thing.js').Detail} Detail */
/** @typedef {{ id?: number, at: string, type: string, data: any }} Told */

/** Events that are shown at first, and how many more each time. */
const mostEvents = 50;

/** Updates that are shown. */
const mostUpdates = 20;

/** How large a pixel of a display is shown at most, px. */
const mostDot = 8;

/** How often a display's picture is asked for anew while the page is open, ms. */
const snapshotMs = 30_000;

/**
 * The line of a thing.
 * @param {HTMLElement} root
 * @param {Detail} thing
 * @param {string | undefined} zone
 */
export function showNetwork(root, thing, zone) {
  const line = thing.network;
  const rows = /** @type {[string, import('../core/dom.js').Child][]} */ (
    line
      ? [
          ['ssid', line.ssid],
          ['ip', line.ip],
          ['rssi', line.rssi === null || line.rssi === undefined ? null : data('rssi', line.rssi, `${number(line.rssi)} dBm`)],
          ['heap', line.free_heap === null || line.free_heap === undefined ? null : data('heap', line.free_heap, bytes(line.free_heap))],
          ['uptime', line.uptime_s === null || line.uptime_s === undefined ? null : data('uptime', line.uptime_s, duration(line.uptime_s))],
        ].filter(([, value]) => value !== null && value !== undefined)
      : []
  );
  fill(
    root,
    h('h2', null, t('network.title')),
    rows.length === 0
      ? empty(t('network.none'))
      : [
          h(
            'dl',
            { class: 'box-facts' },
            rows.map(([name, value]) => h('div', null, h('dt', null, t(`network.${name}`)), h('dd', null, value))),
          ),
          line?.at ? h('p', { class: 'soft small' }, t('network.at', { time: dateTime(line.at, zone) })) : null,
        ],
  );
}

/**
 * What happened, by kind.
 * @param {HTMLElement} root
 * @param {Context} context
 * @param {string} id
 * @param {string | undefined} zone
 */
export function showEvents(root, context, id, zone) {
  const path = `/api/devices/${encodeURIComponent(id)}/events`;
  /** Kinds that were seen: a filter does not take itself away. @type {Set<string>} */
  const types = new Set();
  let most = mostEvents;
  let endView = () => {};
  const type = h('select', { class: 'event-type', 'aria-label': t('events.type'), hidden: true, onchange: choose });
  const list = h('div');
  fill(root, h('div', { class: 'fleet-head' }, h('h2', null, t('events.title')), type), list);
  choose();

  function choose() {
    most = mostEvents;
    show();
  }

  function show() {
    endView();
    const wanted = type.value;
    endView = view(list, {
      key: `thing-events ${id} ${wanted} ${most}`,
      context,
      isAside: true,
      fetch: (signal) => all(path, { signal, most: most + 1, query: { type: wanted } }),
      show: (/** @type {Told[]} */ events) => {
        const before = types.size;
        events.forEach((event) => types.add(event.type));
        if (types.size !== before) {
          fill(
            type,
            h('option', { value: '' }, t('events.any')),
            [...types].sort().map((name) => h('option', { value: name, selected: name === wanted }, name)),
          );
        }
        type.hidden = types.size === 0;
        return events.length === 0
          ? empty(t('events.none'))
          : [
              h(
                'ul',
                { class: 'plain lines' },
                events.slice(0, most).map((event) => eventRow(event, zone)),
              ),
              events.length > most
                ? h(
                    'button',
                    {
                      type: 'button',
                      class: 'button',
                      data: { key: 'events-more' },
                      onclick: () => {
                        most += mostEvents;
                        show();
                      },
                    },
                    t('events.more'),
                  )
                : null,
            ];
      },
    });
  }
  const clock = setInterval(() => refresh(`thing-events ${id}`), snapshotMs);
  context.later(() => clearInterval(clock));
}

/**
 * @param {Told} event
 * @param {string | undefined} zone
 */
function eventRow(event, zone) {
  const fields =
    event.data !== null && typeof event.data === 'object' && !Array.isArray(event.data) ? Object.entries(event.data) : [['', event.data]];
  return h(
    'li',
    { data: { event: event.type } },
    h('div', { class: 'line' }, h('strong', { class: 'breaks' }, event.type), h('span', { class: 'soft small' }, dateTime(event.at, zone))),
    h('p', { class: 'breaks small' }, fields.map(([name, value]) => `${name ? `${name}: ` : ''}${shownAs(value)}`).join(' · ')),
  );
}

/** @param {any} value */
function shownAs(value) {
  return value !== null && typeof value === 'object' ? JSON.stringify(value) : valueText(value);
}

/**
 * What its display shows.
 * @param {HTMLElement} root
 * @param {Context} context
 * @param {string} id
 * @param {string | undefined} zone
 */
export function showSnapshot(root, context, id, zone) {
  const key = `thing-snapshot ${id}`;
  view(root, {
    key,
    context,
    isAside: true,
    fetch: (signal) => get(`/api/devices/${encodeURIComponent(id)}/snapshot`, { signal }),
    show: (/** @type {{ at: string | null, snapshot: any } | null} */ answer) => [
      h('h2', null, t('snapshot.title')),
      !answer?.at
        ? empty(t('snapshot.none'))
        : [picture(answer.snapshot), h('p', { class: 'soft small' }, t('snapshot.at', { time: dateTime(answer.at, zone) }))],
    ],
  });
  const clock = setInterval(() => refresh(key), snapshotMs);
  context.later(() => clearInterval(clock));
}

/** @param {any} snapshot */
function picture(snapshot) {
  const rows = rowsOf(snapshot);
  if (rows === null) {
    return h(
      'pre',
      { class: 'breaks small secret', tabindex: 0, role: 'region', 'aria-label': t('snapshot.title') },
      JSON.stringify(snapshot, null, 2),
    );
  }
  return h(
    'div',
    {
      class: 'display',
      role: 'img',
      'aria-label':
        rows
          .map((row) => row.text)
          .filter(Boolean)
          .join(', ') || t('snapshot.title'),
    },
    rows.map((row) => (row.dots === null ? h('p', null, row.text) : canvasOf(row, row.dots))),
  );
}

/**
 * @param {import('./thing-pixels.js').Row} row
 * @param {boolean[]} dots
 */
function canvasOf({ width, height, colour }, dots) {
  const canvas = h('canvas', { width, height, class: 'display-row', style: { 'max-width': `${width * mostDot}px` } });
  const pen = canvas.getContext('2d');
  if (pen) {
    pen.fillStyle = '#000000';
    pen.fillRect(0, 0, width, height);
    pen.fillStyle = colour ?? '#ffffff';
    dots.forEach((isOn, index) => isOn && pen.fillRect(index % width, Math.floor(index / width), 1, 1));
  }
  return canvas;
}

/**
 * Updates of its firmware.
 * @param {HTMLElement} root
 * @param {Context} context
 * @param {Detail} thing
 * @param {string | undefined} zone
 */
export function showUpdates(root, context, thing, zone) {
  view(root, {
    key: `thing-updates ${thing.device_id}`,
    context,
    isAside: true,
    fetch: (signal) => get('/api/ota-logs', { signal, query: { device_id: thing.device_id, limit: mostUpdates } }),
    show: (/** @type {Schemas['UpdateSessionRow'][]} */ rows) => [
      h('h2', null, t('updates.title')),
      rows.length === 0
        ? empty(t('updates.none'))
        : h(
            'ul',
            { class: 'plain lines' },
            rows.map((one) =>
              h(
                'li',
                { data: { update: one.id } },
                h(
                  'div',
                  { class: 'line' },
                  h('span', { class: 'breaks' }, t('updates.way', { from: one.old_version ?? '?', to: one.new_version ?? '?' })),
                  h('span', { class: one.status === 'success' ? 'badge badge-good' : 'badge' }, word('updateState', one.status)),
                ),
                h(
                  'p',
                  { class: 'soft small breaks' },
                  [
                    dateTime(one.started_at, zone),
                    one.completed_at === null ? percent(one.progress / 100) : '',
                    one.error ? (has(`updateWhy.${one.error}`) ? t(`updateWhy.${one.error}`) : one.error) : '',
                  ]
                    .filter(Boolean)
                    .join(' · '),
                ),
              ),
            ),
          ),
      h('p', null, h('a', { href: '/releases/firmware' }, t('updates.releases'))),
    ],
  });
}
