// Without Web Serial: all parts as files, and the one command that writes them.

import { download } from '../core/api.js';
import { ask, attempt } from '../core/dialog.js';
import { h } from '../core/dom.js';
import { t, word } from '../core/text.js';
import { fetchIdentity, pathOf } from './provision-images.js';

/** @typedef {import('./provision-images.js').Made} Made */
/** @typedef {import('./provision-images.js').Firmware} Firmware */

/**
 * @param {import('../core/router.js').Context} context
 * @param {Made} device
 * @param {Firmware} firmware
 */
export function byHand(context, device, firmware) {
  const { identity } = firmware;
  const { provisioning } = firmware;
  const place = (/** @type {{ address: number, part: string }} */ part) => `0x${part.address.toString(16)} ${part.part}.bin`;
  const places = firmware.parts.map(place);
  return h(
    'div',
    { class: 'stack' },
    h('p', null, t('wz.handHow')),
    h(
      'ul',
      { class: 'plain lines' },
      [...firmware.parts, ...(provisioning ? [provisioning] : [])].map((part) =>
        h('li', { class: 'line' }, h('span', null, word('wzPart', part.part)), fileButton(context, device, part.part)),
      ),
      identity
        ? h(
            'li',
            { class: 'line' },
            h('span', null, t('wzPart.ident')),
            h('button', { type: 'button', class: 'button', onclick: () => saveIdentity(context, device) }, 'nvs.bin'),
          )
        : null,
    ),
    provisioning
      ? [
          h('p', null, t('wz.handModem')),
          h(
            'p',
            { class: 'secret', data: { test: 'command-modem' } },
            `esptool write-flash ${firmware.parts.map((part) => place(part.part === 'deployment' ? provisioning : part)).join(' ')}`,
          ),
        ]
      : null,
    h('p', null, t('wz.handCommand')),
    h(
      'p',
      { class: 'secret', data: { test: 'command' } },
      `esptool write-flash ${[...places, ...(identity ? [`0x${identity.address.toString(16)} nvs.bin`] : [])].join(' ')}`,
    ),
  );
}

/**
 * @param {import('../core/router.js').Context} context
 * @param {Made} device
 * @param {string} part
 */
function fileButton(context, device, part) {
  return h(
    'button',
    {
      type: 'button',
      class: 'button',
      onclick: (/** @type {any} */ event) =>
        attempt(event.currentTarget, () =>
          download(`${pathOf(device.serial)}/firmware.bin`, `${part}.bin`, { query: { part }, signal: context.signal }),
        ),
    },
    `${part}.bin`,
  );
}

/**
 * @param {import('../core/router.js').Context} context
 * @param {Made} device
 */
function saveIdentity(context, device) {
  return ask({
    title: t('wz.secretTitle', { serial: device.serial }),
    text: t('wz.secretWhy'),
    action: t('wz.secretDo'),
    run: async () => {
      const url = URL.createObjectURL(new Blob([await fetchIdentity(device, context.signal)]));
      h('a', { href: url, download: 'nvs.bin' }).click();
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
    },
  });
}
