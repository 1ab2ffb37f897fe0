// What a box is told to do, and what came of it.

import { may } from '../core/access.js';
import { get } from '../core/api.js';
import { fill, h } from '../core/dom.js';
import { dateTime, duration } from '../core/format.js';
import { empty, view } from '../core/states.js';
import { t, word } from '../core/text.js';
import { detail, keyOf, pathOf, send, stateOf } from './device-part.js';
import { whoName } from './who-part.js';

/** @typedef {import('./device-part.js').Schemas} Schemas */
/** @typedef {import('./device-part.js').Box} Box */

/** Commands that can be sent, as the API calls them. */
const commands = ['send_now', 'reboot', 'geolocate', 'ota_check', 'fetch_config'];

/**
 * @param {HTMLElement} root
 * @param {import('./device-part.js').Context} context
 * @param {string} id
 */
export function show(root, context, id) {
  /** What a restart does, and its second step; stays while the list below it moves. */
  const restart = h('div');
  const endRestart = () => {
    fill(restart);
    /** @type {HTMLElement | null} */ (root.querySelector('[data-key="reboot"]'))?.focus();
  };
  const askRestart = () => {
    const cancel = h('button', { type: 'button', class: 'button', data: { key: 'restart-not' }, onclick: endRestart }, t('dialog.cancel'));
    fill(
      restart,
      h(
        'div',
        {
          class: 'note warning',
          role: 'group',
          'aria-label': t('command.reboot'),
          onkeydown: (/** @type {KeyboardEvent} */ event) => {
            if (event.key === 'Escape') {
              event.preventDefault();
              endRestart();
            }
          },
        },
        h('p', null, t('command.reboot_why')),
        h(
          'div',
          { class: 'actions start' },
          cancel,
          h(
            'button',
            {
              type: 'button',
              class: 'button primary',
              data: { key: 'restart-do' },
              onclick: async (/** @type {any} */ event) => (await send(id, 'reboot', event.currentTarget)) && endRestart(),
            },
            t('command.reboot_do'),
          ),
        ),
      ),
    );
    cancel.focus();
  };
  view(root, {
    key: keyOf(id, 'commands'),
    context,
    fetch: async (signal) => {
      const [rows, one] = await Promise.all([get(pathOf(id, '/commands'), { signal, query: { limit: 50 } }), detail(id, signal)]);
      return { rows, box: one.device };
    },
    show: (/** @type {{ rows: Schemas['CommandRow'][], box: Box }} */ { rows, box }) => [
      may('operator', box.place_id) && !box.retired_at
        ? h(
            'div',
            { class: 'actions start' },
            commands.map((command) =>
              h(
                'button',
                {
                  type: 'button',
                  class: 'button',
                  data: { key: command },
                  onclick: (/** @type {any} */ event) => (command === 'reboot' ? askRestart() : send(id, command, event.currentTarget)),
                },
                t(`command.${command}`),
              ),
            ),
          )
        : null,
      restart,
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
                h(
                  'p',
                  { class: 'soft small breaks' },
                  t('command.by', { name: whoName(row.queued_by), time: dateTime(row.queued_at, box.timezone) }),
                ),
              ),
            ),
          ),
    ],
  });
}
