// Something done to many boxes at once: a command, settings, tags. More than 20 must be meant: their number is typed. The answer says what
// became of each.

import { ApiError, post, put } from '../core/api.js';
import { notice, open } from '../core/dialog.js';
import { announce, data, fill, h } from '../core/dom.js';
import { form } from '../core/form.js';
import { number } from '../core/format.js';
import { reason } from '../core/states.js';
import { refresh } from '../core/store.js';
import { t } from '../core/text.js';
import { boxName } from '../parts/box.js';
import { tagField, tagsIn } from './fleet-tags.js';

/** @typedef {import('../parts/box.js').Box} Box */
/** @typedef {import('../core/form.js').Field} Field */
/** @typedef {import('api-types').components['schemas']['BulkRow']} BulkRow */

/** From here on their number is typed. */
const manyBoxes = 20;

/** Boxes in one request: the server takes 1,000 ids. */
const sliceBoxes = 500;

/** How long the server may take for them, ms. */
const sliceMs = 60_000;

const commands = ['send_now', 'reboot', 'geolocate', 'ota_check', 'fetch_config'];

/**
 * What can be done: the fields that say what, and what is sent. `body` null = nothing was said.
 * @type {Record<string, { fields: (boxes: Box[]) => Field[], send: (body: any) => Promise<BulkRow[]>,
 *   body: (values: Record<string, any>) => Record<string, any> | null }>}
 */
const kinds = {
  command: {
    fields: () => [
      {
        name: 'command',
        label: t('bulk.command'),
        type: 'select',
        options: commands.map((name) => [name, t(`command.${name}`)]),
        value: commands[0],
      },
    ],
    send: (body) => post('/api/devices/command', body, { limitMs: sliceMs }),
    body: ({ command }) => ({ command }),
  },
  settings: {
    fields: settings,
    send: (body) => put('/api/devices/config', body, { limitMs: sliceMs }),
    body: changeOf,
  },
  tags: {
    fields: (boxes) => {
      const there = [...new Set(boxes.flatMap((box) => box.tags))].sort().join(', ');
      return [
        tagField('add', t('bulk.addTags')),
        { ...tagField('remove', t('bulk.removeTags')), hint: t('bulk.tagsThere', { tags: there || '–' }) },
      ];
    },
    send: (body) => put('/api/devices/tags', body, { limitMs: sliceMs }),
    body: ({ add, remove }) => (add || remove ? { add: tagsIn(add), remove: tagsIn(remove) } : null),
  },
};

/**
 * Asks what is to be done, does it, and says what became of it.
 * @param {string} what `command`, `settings` or `tags`.
 * @param {Box[]} boxes
 */
export async function bulk(what, boxes) {
  const kind = kinds[what];
  const n = boxes.length;
  const why = h('p');
  /** @type {(result?: any) => void} */
  let close = () => {};
  // Whoever closes the dialog meanwhile is told all the same what became of it.
  /** @type {Promise<BulkRow[]> | undefined} */
  let sending;
  const sayWhy = () => {
    why.textContent = what === 'command' ? t(`command.${edit.values().command}_why`) : t(`bulk.${what}Why`);
  };
  const edit = form({
    label: t(`fleet.bulk_${what}`),
    fields: [
      ...kind.fields(boxes),
      ...(n > manyBoxes
        ? [
            {
              name: 'count',
              label: t('dialog.type', { text: String(n) }),
              inputmode: 'numeric',
              autocomplete: 'off',
              required: true,
              check: (/** @type {string} */ value) => (value === String(n) ? null : t('dialog.type', { text: String(n) })),
            },
          ]
        : []),
    ],
    action: t(`bulk.do_${what}`, { n }),
    extra: h('button', { type: 'button', class: 'button', autofocus: n > manyBoxes, onclick: () => close() }, t('dialog.cancel')),
    changed: sayWhy,
    run: async (values) => {
      const body = kind.body(values);
      if (body === null) {
        throw new ApiError(400, t('settings.nothing'));
      }
      sending = sendAll(kind.send, body, boxes);
      close(await sending);
    },
  });
  sayWhy();
  const content = h('div', { class: 'stack' }, why, edit.el);
  /** @type {BulkRow[] | undefined} */
  const closedWith = await open({
    title: t(`bulk.title_${what}`, { n }),
    body: content,
    actions: (closeWith) => {
      close = closeWith;
      return null;
    },
  });
  const rows =
    closedWith ??
    (await sending?.catch((/** @type {any} */ fault) => {
      notice(reason(fault instanceof ApiError ? fault : null), { bad: true });
    }));
  if (rows) {
    refresh('device');
    refresh('settings');
    await showResult(what, rows, boxes);
  }
}

/**
 * Sends it in slices; what the server does not take any more is listed like what it refused.
 * @param {(body: any) => Promise<BulkRow[]>} send
 * @param {Record<string, any>} body
 * @param {Box[]} boxes
 */
async function sendAll(send, body, boxes) {
  /** @type {BulkRow[]} */
  const rows = [];
  for (let from = 0; from < boxes.length; from += sliceBoxes) {
    const devices = boxes.slice(from, from + sliceBoxes).map((box) => box.device_id);
    try {
      rows.push(...(await send({ ...body, devices })));
    } catch (fault) {
      // What is wrong with the whole request belongs to its fields; nothing was done then.
      if (!(fault instanceof ApiError) || from === 0) {
        throw fault;
      }
      rows.push(...devices.map((id) => ({ device_id: id, done: false, id: null, error: reason(fault) })));
    }
  }
  return rows;
}

/**
 * @param {string} what
 * @param {BulkRow[]} rows
 * @param {Box[]} boxes
 */
function showResult(what, rows, boxes) {
  const names = new Map(boxes.map((box) => [box.device_id, boxName(box)]));
  const refused = rows.filter((row) => !row.done);
  const done = rows.filter((row) => row.done);
  const line = (/** @type {BulkRow} */ row) =>
    h(
      'li',
      { data: { device: row.device_id, done: row.done } },
      h('strong', null, row.device_id),
      ` ${names.get(row.device_id) ?? ''}`,
      row.error ? h('p', { class: 'error' }, row.error) : null,
    );
  const summary = [
    h(
      'p',
      { class: refused.length > 0 ? 'note warning' : 'note good' },
      data('done', done.length, number(done.length)),
      ' ',
      t(`bulk.done_${what}`, { n: done.length }),
    ),
    refused.length > 0
      ? [h('h3', null, t('bulk.refused', { n: refused.length })), h('ul', { class: 'plain lines' }, refused.map(line))]
      : null,
  ];
  const all = h('ul', { class: 'plain lines' });
  announce(t(`bulk.done_${what}`, { n: done.length }));
  return open({
    title: t('bulk.result'),
    body: h(
      'div',
      { class: 'stack' },
      summary,
      done.length > 0
        ? h(
            'details',
            { ontoggle: () => all.childElementCount === 0 && fill(all, done.map(line)) },
            h('summary', null, t('bulk.each')),
            all,
          )
        : null,
    ),
    actions: (close) => h('button', { type: 'button', class: 'button primary', onclick: () => close() }, t('dialog.close')),
  });
}

/** Settings that can be changed for many: what is left empty stays as it is. @returns {Field[]} */
function settings() {
  const whole = (/** @type {string} */ name, /** @type {number} */ min, /** @type {number} */ max) => ({
    name,
    label: t(`settings.${name}`),
    type: /** @type {const} */ ('number'),
    min,
    max,
  });
  return [
    whole('report_interval_ms', 1, 60),
    { ...whole('heartbeat_interval_ms', 1, 168), step: 'any' },
    whole('rssi_immediate_threshold', -60, -30),
    whole('rssi_near_threshold', -75, -50),
    whole('rssi_far_threshold', -90, -65),
    whole('dwell_short_threshold', 1, 5),
    whole('dwell_medium_threshold', 2, 15),
    whole('dwell_long_threshold', 5, 30),
    {
      name: 'wifi_channels',
      label: t('settings.wifi_channels'),
      hint: t('settings.channelsHint'),
      check: (value) =>
        channelsOf(value).every((one) => Number.isInteger(one) && one >= 1 && one <= 13) ? null : t('settings.channelsHint'),
    },
    {
      name: 'geolocation_on_boot',
      label: t('settings.geolocation_on_boot'),
      type: 'select',
      value: '',
      options: [
        ['', t('bulk.keep')],
        ['true', t('settings.true')],
        ['false', t('settings.false')],
      ],
    },
  ];
}

/** @param {string} text */
function channelsOf(text) {
  return text
    .split(/[\s,;]+/)
    .filter(Boolean)
    .map(Number);
}

/**
 * What of the settings was said, as the API has it.
 * @param {Record<string, any>} values
 */
function changeOf(values) {
  /** @type {Record<string, (value: any) => any>} */
  const parts = {
    report_interval_ms: (minutes) => minutes * 60_000,
    heartbeat_interval_ms: (hours) => Math.round(hours * 3_600_000),
    wifi_channels: channelsOf,
    geolocation_on_boot: (text) => text === 'true',
  };
  const said = Object.entries(values).filter(([name, value]) => name !== 'count' && value !== null && value !== '');
  return said.length === 0 ? null : Object.fromEntries(said.map(([name, value]) => [name, (parts[name] ?? ((same) => same))(value)]));
}
