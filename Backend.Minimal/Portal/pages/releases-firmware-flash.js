// Firmware to somebody's hands: a link that is good for an hour, and a chip that is flashed from this browser or by one command.

import { post } from '../core/api.js';
import { open } from '../core/dialog.js';
import { announce, fill, h } from '../core/dom.js';
import { time } from '../core/format.js';
import { t } from '../core/text.js';

/** @typedef {import('./releases-part.js').Schemas} Schemas */
/** @typedef {Schemas['ReleaseRow']} Release */
/** @typedef {Schemas['LinkAnswer']} Link */
/** @typedef {import('../core/router.js').Context} Context */

/**
 * @param {Context} context
 * @param {Release} release
 * @param {string} [part]
 * @returns {Promise<Link>}
 */
function linkOf(context, { platform, product, env, version }, part) {
  return post('/api/firmware-links', { platform, product, env, version, ...(part ? { part } : {}) }, { signal: context.signal });
}

/** @param {string} path */
const absolute = (path) => new URL(path, location.origin).href;

/**
 * A text with a button that copies it, where the browser can.
 * @param {string} name Of the test.
 * @param {string} text
 */
function copied(name, text) {
  const shown = h('p', { class: 'secret', data: { test: name } }, text);
  const button = h(
    'button',
    {
      type: 'button',
      class: 'button',
      onclick: async () => {
        try {
          await navigator.clipboard.writeText(text);
          announce(t('fw.copied'));
          button.textContent = t('fw.copied');
        } catch {
          // Over plain http there is no clipboard: the text is selected, ready for Ctrl+C.
          document.getSelection()?.selectAllChildren(shown);
        }
      },
    },
    t('fw.copy'),
  );
  return [shown, h('p', null, button)];
}

/** @param {(result?: any) => void} close */
const closer = (close) => h('button', { type: 'button', class: 'button', onclick: () => close() }, t('fw.close'));

/**
 * Makes a link that needs no key, and shows it.
 * @param {Context} context
 * @param {Release} release
 */
export async function showLink(context, release) {
  const link = await linkOf(context, release);
  await open({
    title: t('fw.linkTitle', { product: release.product, version: link.version }),
    body: [h('p', null, t('fw.linkWhy', { time: time(link.expires_at) })), copied('fw-link', absolute(link.url))],
    actions: closer,
  });
}

/** What keeps this browser from flashing; null = nothing. */
function obstacle() {
  return !window.isSecureContext ? t('flash.insecure') : !('serial' in navigator) ? t('flash.noSerial') : null;
}

/**
 * Flashes a chip on this computer's USB port with ESP Web Tools, which is loaded now; the command for who cannot or will not.
 * @param {Context} context
 * @param {Release} release
 * @param {Schemas['PlatformRow'] | undefined} platform
 */
export async function showFlash(context, release, platform) {
  const link = await linkOf(context, release);
  const why = obstacle();
  const buttons = h('div', { class: 'stack' });
  const isLoaded = why === null && (await loadTools());
  if (why !== null || !isLoaded) {
    fill(buttons, h('p', { class: 'note warning', role: 'status' }, why ?? t('flash.notLoaded')));
  } else {
    fill(
      buttons,
      h('p', null, t('flash.how')),
      installer(link.manifest_url, 'quick'),
      h('p', { class: 'soft' }, t('flash.quickWhy')),
      release.has_all_parts
        ? [installer(`${link.manifest_url}&mode=full`, 'full'), h('p', { class: 'soft' }, t('flash.fullWhy'))]
        : h('p', { class: 'soft' }, t('flash.noFull')),
    );
  }
  const command = platform ? await byCommand(context, release, platform) : null;
  await open({
    title: t('flash.title', { product: release.product, version: release.version, platform: release.platform }),
    body: [
      buttons,
      command ? h('details', { open: !isLoaded }, h('summary', null, t('flash.byCommand')), command) : null,
      h('p', { class: 'soft small' }, t('flash.until', { time: time(link.expires_at) })),
    ],
    actions: closer,
    wide: true,
  });
}

/** Loads what flashes: half a megabyte that nobody else needs. */
async function loadTools() {
  try {
    await import('../vendor/esp-web-tools.js');
    return true;
  } catch {
    return false;
  }
}

/**
 * ESP Web Tools' element with a button of ours: it asks which port, then reads the manifest and writes.
 * @param {string} manifest Its address; it needs no key.
 * @param {'quick' | 'full'} mode
 */
function installer(manifest, mode) {
  const el = document.createElement('esp-web-install-button');
  el.setAttribute('manifest', manifest);
  el.append(
    h(
      'button',
      { type: 'button', slot: 'activate', class: mode === 'quick' ? 'button primary' : 'button', data: { key: mode } },
      t(`flash.${mode}`),
    ),
  );
  return el;
}

/**
 * The parts as files, and the one command that writes them where they belong.
 * @param {Context} context
 * @param {Release} release
 * @param {Schemas['PlatformRow']} platform
 */
async function byCommand(context, release, platform) {
  const parts = [...release.parts].sort((a, b) => a.address - b.address);
  const links = await Promise.all(parts.map((one) => linkOf(context, release, one.part)));
  const names = parts.map((one) => fileName(release, one.part));
  const chip = platform.chip_family.toLowerCase().replaceAll('-', '');
  const places = parts.map((one, index) => `0x${one.address.toString(16)} ${names[index]}`);
  return [
    h('p', null, t('flash.files')),
    h(
      'ul',
      null,
      parts.map((_, index) => h('li', null, h('a', { href: links[index].url, download: names[index] }, names[index]))),
    ),
    h('p', null, t('flash.command')),
    copied('flash-command', `esptool --chip ${chip} write-flash ${places.join(' ')}`),
  ];
}

/**
 * As the server calls the file of a part.
 * @param {Release} release
 * @param {string} part
 */
function fileName(release, part) {
  return `${release.product.replaceAll(' ', '-')}_${release.platform}_${release.version}${part === 'app' ? '' : `_${part}`}.bin`;
}
