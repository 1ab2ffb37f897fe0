// What the parts of a box's page share: what is asked about a box, facts and their words, commands, files.

import { get, now, post } from '../core/api.js';
import { ask, attempt, notice } from '../core/dialog.js';
import { data, h } from '../core/dom.js';
import { dateTime, duration, number, percent, time } from '../core/format.js';
import { refresh } from '../core/store.js';
import { t, word } from '../core/text.js';
import { boxWords } from '../parts/box.js';

/** @typedef {import('api-types').components['schemas']} Schemas */
/** @typedef {import('../parts/box.js').Box} Box */
/** @typedef {import('../core/dom.js').Child} Child */
/** @typedef {import('../core/router.js').Context} Context */

/**
 * The address of the API about a box.
 * @param {string} id
 * @param {string} [more] Such as `/commands`.
 */
export function pathOf(id, more = '') {
  return `/api/device/${encodeURIComponent(id)}${more}`;
}

/**
 * The key of what is asked about a box; `settings` is asked again only after a change, so that nothing is taken from under who types.
 * @param {string} id
 * @param {string} what
 */
export function keyOf(id, what) {
  return what === 'settings' ? `settings ${id}` : `device ${id} ${what}`;
}

/**
 * @param {string} id
 * @param {AbortSignal} signal
 * @returns {Promise<Schemas['DeviceDetail']>}
 */
export function detail(id, signal) {
  return get(pathOf(id), { signal });
}

/** @param {[string, Child][]} rows What it is, and its value; null = not known. */
export function facts(rows) {
  return h(
    'dl',
    { class: 'box-facts' },
    rows.map(([name, value]) => h('div', null, h('dt', null, name), h('dd', null, value ?? '–'))),
  );
}

/**
 * A number, if there is one.
 * @param {string} name
 * @param {number | null | undefined} value
 * @param {(value: number) => string} format
 */
export function shownIf(name, value, format) {
  return typeof value === 'number' ? data(name, value, format(value)) : null;
}

/**
 * The share of its time in which a box listened.
 * @param {import('../parts/readings.js').Reading} reading
 */
export function listened(reading) {
  return reading.ls === null || !reading.iv ? null : data('listened', reading.ls, percent(Math.min(1, reading.ls / reading.iv)));
}

/**
 * When a box is expected to speak next, ms; null = it is late already, or never spoke.
 * @param {Box} box
 */
export function nextWord(box) {
  const next = box.last_seen_at === null ? 0 : Date.parse(box.last_seen_at) + box.report_interval_ms;
  return next > now() ? next : null;
}

/**
 * What has become of a command, in words: asked is not done.
 * @param {Pick<Schemas['CommandRow'], 'state' | 'result' | 'done_at' | 'delivered_at' | 'expires_at' | 'queued_at' | 'deliveries'>} row
 * @param {Box} box
 */
export function stateOf(row, box) {
  const at = (/** @type {string | null} */ moment) => dateTime(moment, box.timezone);
  if (row.state === 'done') {
    return row.result === 'ok' || row.result === null
      ? t('command.done', { time: at(row.done_at) })
      : t('command.failed', { time: at(row.done_at), result: word('commandResult', row.result) });
  }
  if (row.state === 'expired') {
    return t(row.deliveries > 0 ? 'command.unanswered' : 'command.expired', { time: at(row.expires_at) });
  }
  if (row.state === 'delivered' || row.state === 'given') {
    return t('command.fetched', { time: at(row.delivered_at) });
  }
  const next = nextWord(box);
  return next !== null
    ? t('command.waiting', { time: time(next, box.timezone) })
    : t('command.notFetched', { span: duration((now() - Date.parse(row.queued_at)) / 1000), state: boxWords(box) });
}

/**
 * Queues a command; one after which the box may start anew is asked about before.
 * @param {string} id
 * @param {string} command
 * @param {HTMLButtonElement} button Cannot be pressed meanwhile.
 */
export async function send(id, command, button) {
  const run = () => post(pathOf(id, '/command'), { command });
  const done =
    command === 'ota_check'
      ? await ask({ title: t(`command.${command}`), text: t(`command.${command}_why`), action: t(`command.${command}_do`), run })
      : await attempt(button, run);
  if (done) {
    refresh(keyOf(id, ''));
    notice(t('command.sent'));
  }
  return done;
}

/**
 * The level of the cell: bars, dBm and a word, never the bars alone.
 * @param {number | null} dbm
 */
export function signalOf(dbm) {
  if (dbm === null) {
    return null;
  }
  // NB-IoT works down to about −120 dBm; above −95 nothing has to be sent twice.
  const level = dbm >= -95 ? 'good' : dbm >= -110 ? 'fair' : 'weak';
  const bars = dbm >= -85 ? 4 : dbm >= -95 ? 3 : dbm >= -110 ? 2 : 1;
  return [
    h('span', { 'aria-hidden': 'true', class: 'nowrap' }, '▂▄▆█'.slice(0, bars), h('span', { class: 'bars-off' }, '▂▄▆█'.slice(bars))),
    ' ',
    data('signal', dbm, `${number(dbm)} dBm`),
    ` – ${t(`box.signal_${level}`)}`,
  ];
}

/**
 * Saves rows as a file of comma-separated values. A text that a spreadsheet would run is made text.
 * @param {string} name Without `.csv`.
 * @param {(string | number | null | undefined)[][]} rows The first one: names.
 */
export function saveCsv(name, rows) {
  const cell = (/** @type {any} */ value) => {
    const text = value === null || value === undefined ? '' : String(value);
    return `"${(typeof value !== 'number' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
  };
  const text = `\ufeff${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
  h('a', { href: url, download: `${name}.csv` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
