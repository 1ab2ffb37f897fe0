// What stands round every page: name, navigation, account, notices; and what is said when the line is down.

import { access, home, isKnown, may } from '../core/access.js';
import { currentKey } from '../core/api.js';
import { attempt, open } from '../core/dialog.js';
import { fill, h, s } from '../core/dom.js';
import { time } from '../core/format.js';
import { onLiveState } from '../core/live.js';
import { refresh } from '../core/store.js';
import { t } from '../core/text.js';
import { lastPlace } from '../core/places.js';
import { navigation } from './routes.js';

/** Paths of the signs in the bar of a phone, 24 × 24. @type {Record<string, string>} */
const signs = {
  insights: 'M4 20V11m6 9V4m6 16v-7m4 7H2',
  count: 'M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM2 21a7 7 0 0 1 14 0M19 8v6M16 11h6',
  alerts: 'M6 17V10a6 6 0 0 1 12 0v7l2 2H4ZM10 21h4',
  boxes: 'M12 3l8 4.5v9L12 21l-8-4.5v-9ZM4 7.500l8 4.500 8-4.500M12 12v9',
  updates: 'M12 3v12m-5-5 5 5 5-5M4 20h16',
  more: 'M5 12h.01M12 12h.01M19 12h.01',
  other: 'M4 6h16M4 12h16M4 18h10',
};

/** What the person may go to, in order. */
function items() {
  return navigation.filter(
    (item) =>
      may(item.needs) &&
      !(item.not && may(item.not)) &&
      (!item.places || lastPlace.count > 1) &&
      (!item.things || access().things) &&
      (!item.gateways || access().gateways),
  );
}

/** @param {import('./routes.js').NavItem} item */
function hrefOf(item) {
  return item.href.replace('{place}', String(lastPlace.id ?? ''));
}

/** Whether an item leads somewhere: some need a place. @param {import('./routes.js').NavItem} item */
function leads(item) {
  return !item.href.includes('{place}') || lastPlace.id !== null;
}

/** Makes the frame anew. */
export function makeFrame() {
  const main = h('main', { id: 'main' });
  fill(
    document.body,
    h(
      'a',
      {
        class: 'skip',
        href: '#main',
        onclick: (/** @type {Event} */ event) => {
          event.preventDefault();
          /** @type {HTMLElement} */ (main.querySelector('h1') ?? main).focus();
        },
      },
      t('nav.skip'),
    ),
    h(
      'header',
      { class: 'top' },
      h('a', { class: 'brand', href: isKnown() ? home() : '/sign-in' }, 'JamBox'),
      h('nav', { id: 'top-nav', class: 'top-nav', 'aria-label': t('nav.main') }),
      h('div', { class: 'top-right' }, h('span', { id: 'live', class: 'live' }), accountButton()),
    ),
    h('div', { id: 'connection', class: 'connection', role: 'status' }),
    main,
    h('nav', { id: 'bar', class: 'bar', 'aria-label': t('nav.main') }),
    h('div', { id: 'notices', class: 'notices', role: 'region', 'aria-label': t('nav.notices') }),
    h('div', { id: 'say', class: 'hidden-text', 'aria-live': 'polite' }),
  );
  document.body.dataset.who = access().kind ?? 'nobody';
  showNavigation(null);
}

function accountButton() {
  const name = isKnown() ? (currentKey() ? t('account.key') : (access().name ?? '')) : t('nav.settings');
  return h(
    'button',
    { type: 'button', class: 'button quiet account', 'aria-haspopup': 'dialog', onclick: showAccount },
    h('span', { class: 'clip' }, name),
  );
}

/** Language, looks, and the way out: loaded when somebody wants it. */
function showAccount() {
  return attempt(null, async () => void (await import('../settings.js')).showAccount());
}

/** @type {import('../core/router.js').Route | null} */
let shown = null;

/**
 * Shows the navigation of who looks, with the page that is shown marked.
 * @param {import('../core/router.js').Route | null} route
 */
export function showNavigation(route) {
  shown = route ?? shown;
  const top = document.getElementById('top-nav');
  const bar = document.getElementById('bar');
  if (!top || !bar) {
    return;
  }
  const all = isKnown() ? items().filter(leads) : [];
  const link = (/** @type {import('./routes.js').NavItem} */ item, /** @type {boolean} */ withSign) =>
    h(
      'a',
      { href: hrefOf(item), 'aria-current': shown?.nav === item.name ? 'page' : undefined, data: { nav: item.name } },
      withSign ? sign(item.name) : null,
      h('span', null, t(`nav.${item.name}`)),
      h('span', { class: 'count', data: { count: item.name } }),
    );
  fill(
    top,
    all.map((item) => link(item, false)),
  );
  const main = all.filter((item) => item.main);
  const first = main.slice(0, 4);
  const rest = all.filter((item) => !first.includes(item));
  fill(
    bar,
    first.map((item) => link(item, true)),
    rest.length > 0
      ? h(
          'button',
          {
            type: 'button',
            'aria-haspopup': 'dialog',
            'aria-current': rest.some((item) => item.name === shown?.nav) ? 'page' : undefined,
            onclick: () =>
              open({
                title: t('nav.more'),
                body: h(
                  'div',
                  { class: 'more' },
                  rest.map((item) =>
                    h(
                      'a',
                      {
                        href: hrefOf(item),
                        onclick: (/** @type {Event} */ event) => /** @type {Element} */ (event.target).closest('dialog')?.close(),
                      },
                      t(`nav.${item.name}`),
                    ),
                  ),
                  h(
                    'button',
                    {
                      type: 'button',
                      class: 'link',
                      onclick: (/** @type {Event} */ event) => {
                        /** @type {Element} */ (event.target).closest('dialog')?.close();
                        showAccount();
                      },
                    },
                    t('account.title'),
                  ),
                ),
                actions: (close) => h('button', { type: 'button', class: 'button', onclick: () => close() }, t('dialog.close')),
              }),
          },
          sign('more'),
          h('span', null, t('nav.more')),
        )
      : null,
  );
  document.dispatchEvent(new Event('jambox-navigation'));
  bar.hidden = all.length < 2;
  document.body.classList.toggle('has-bar', all.length >= 2);
}

/**
 * Shows a number beside an item of the navigation, such as open alerts.
 * @param {string} name
 * @param {string} text Empty = none.
 */
export function badge(name, text) {
  for (const node of document.querySelectorAll(`[data-count="${name}"]`)) {
    node.textContent = text;
  }
}

/** @param {string} name */
function sign(name) {
  return s('svg', { viewBox: '0 0 24 24', 'aria-hidden': 'true', class: 'sign' }, s('path', { d: signs[name] ?? signs.other }));
}

/** Says when the line is down, and when there are no live updates. */
export function watchConnection() {
  let since = navigator.onLine ? 0 : Date.now();
  const show = () => {
    const place = document.getElementById('connection');
    document.body.classList.toggle('offline', since > 0);
    if (place) {
      fill(place, since > 0 ? h('p', null, t('state.offline', { time: time(since) })) : null);
    }
  };
  window.addEventListener('offline', () => {
    since = Date.now();
    show();
  });
  window.addEventListener('online', () => {
    since = 0;
    show();
  });
  show();
  onLiveState((state) => {
    document.body.dataset.live = state;
    const place = document.getElementById('live');
    if (place) {
      fill(
        place,
        state === 'full'
          ? [t('live.full'), ' ', h('button', { type: 'button', class: 'link', onclick: () => refresh() }, t('live.refresh'))]
          : null,
      );
    }
  });
}
