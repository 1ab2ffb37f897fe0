// Keys for those who use them: off while something is typed; ? shows them.

import { isKnown, may } from './core/access.js';
import { open } from './core/dialog.js';
import { h } from './core/dom.js';
import { lastPlace } from './core/places.js';
import { go } from './core/router.js';
import { t } from './core/text.js';
import { navigation } from './app/routes.js';

const offName = 'jambox-keys-off';
let waitsForPage = 0;

/** Begins to follow keys. */
export function watchKeys() {
  document.addEventListener('keydown', (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      event.defaultPrevented ||
      !isKnown() ||
      isOff() ||
      document.querySelector('dialog[open]') ||
      target.matches('input, select, textarea, [contenteditable]')
    ) {
      // Out of a search the way is Escape, with what was looked for left as it is.
      if (event.key === 'Escape' && target.matches('main input[type=search]') && !document.querySelector('dialog[open]')) {
        target.blur();
      }
      return;
    }
    if (Date.now() - waitsForPage < 1500) {
      waitsForPage = 0;
      const item = navigation.find((one) => one.key === event.key && may(one.needs));
      if (item) {
        event.preventDefault();
        go(item.href.replace('{place}', String(lastPlace.id ?? '')));
      }
      return;
    }
    if (event.key === 'g') {
      waitsForPage = Date.now();
    } else if (event.key === '?') {
      show();
    } else if (event.key === '/') {
      const search = /** @type {HTMLElement | null} */ (document.querySelector('main input[type=search]'));
      if (search) {
        event.preventDefault();
        search.focus();
      }
    } else if (event.key === 'j' || event.key === 'k') {
      // From anywhere on the page into its list, which follows the keys from there on.
      const list = /** @type {HTMLElement | null} */ (document.querySelector('main [role=grid]'));
      if (list && list !== target) {
        list.focus();
        list.dispatchEvent(new KeyboardEvent('keydown', { key: event.key }));
      }
    }
  });
}

/** The choice whether keys are followed: in the help, and in one's account, for ? is a key too. */
export function keysChoice() {
  return h(
    'label',
    { class: 'choice' },
    h('input', {
      type: 'checkbox',
      checked: !isOff(),
      onchange: (/** @type {any} */ event) => {
        if (event.target.checked) {
          localStorage.removeItem(offName);
        } else {
          localStorage.setItem(offName, '1');
        }
      },
    }),
    t('keys.on'),
  );
}

function isOff() {
  try {
    return localStorage.getItem(offName) !== null;
  } catch {
    return false;
  }
}

function show() {
  const row = (/** @type {string} */ keys, /** @type {string} */ text) =>
    h(
      'tr',
      null,
      h(
        'td',
        null,
        keys.split(' ').map((one) => [h('kbd', null, one), ' ']),
      ),
      h('td', null, text),
    );
  open({
    title: t('keys.title'),
    body: h(
      'div',
      null,
      h(
        'table',
        { class: 'keys' },
        h(
          'tbody',
          null,
          navigation.filter((item) => item.key && may(item.needs)).map((item) => row(`g ${item.key}`, t(`nav.${item.name}`))),
          row('t y w m', t('keys.period')),
          row('← →', t('keys.step')),
          row('c', t('keys.compare')),
          row('/', t('keys.search')),
          row('j k Enter', t('keys.rows')),
          row('Esc', t('keys.close')),
        ),
      ),
      keysChoice(),
    ),
    actions: (close) => h('button', { type: 'button', class: 'button', onclick: () => close() }, t('dialog.close')),
  });
}
