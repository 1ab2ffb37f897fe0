// Begins: texts, who looks, the frame round every page, and the page of the address.

import { access, isKnown, loadAccess, may } from '../core/access.js';
import { currentKey, keepKey, whenLost } from '../core/api.js';
import { fill, h } from '../core/dom.js';
import { hangUp, listen } from '../core/live.js';
import { watchPlaces } from '../core/places.js';
import { go, showAgain, startRouter } from '../core/router.js';
import { failed } from '../core/states.js';
import { forget } from '../core/store.js';
import { loadTexts, t } from '../core/text.js';
import { makeFrame, showNavigation, watchConnection } from './frame.js';
import { routes } from './routes.js';

/** The link that a first start prints carries the key behind the #, which browsers never send. It is taken out of the address at once. */
function takeKeyFromAddress() {
  const key = new URLSearchParams(location.hash.slice(1)).get('key');
  if (key) {
    keepKey(key);
    history.replaceState(null, '', location.pathname + location.search);
  }
}

let endPlaces = () => {};

/** Somebody else looks now, or nobody, or the words are others: everything is shown anew. */
function begin() {
  makeFrame();
  endPlaces();
  if (isKnown()) {
    // Whoever may see no place would be refused.
    if (may('viewer')) {
      listen();
      // The navigation leads to places: it needs to know one.
      endPlaces = watchPlaces((entry) => entry.value && showNavigation(null));
    }
  } else {
    hangUp();
  }
}

async function start() {
  takeKeyFromAddress();
  await loadTexts();
  try {
    await loadAccess();
  } catch (error) {
    makeFrame();
    fill(
      /** @type {HTMLElement} */ (document.getElementById('main')),
      h(
        'div',
        { class: 'page' },
        h('h1', null, t('page.unloaded')),
        failed(/** @type {any} */ (error), () => location.reload(), Date.now() + 8000),
      ),
    );
    document.body.dataset.ready = 'none';
    setTimeout(() => location.reload(), 8000);
    return;
  }
  whenLost(() => {
    // The session is over, or the key was revoked: what is on the screen is not theirs to see any more.
    if (isKnown()) {
      const next = location.pathname + location.search;
      forget();
      hangUp();
      if (currentKey()) {
        keepKey(null);
      }
      loadAccess().finally(() => {
        begin();
        go(`/sign-in?next=${encodeURIComponent(next)}`, { replace: true });
      });
    }
  });
  document.addEventListener('jambox-access', () => {
    forget();
    begin();
  });
  document.addEventListener('jambox-place', () => showNavigation(null));
  document.addEventListener('jambox-language', () => {
    begin();
    showAgain();
  });
  window.addEventListener('hashchange', async () => {
    takeKeyFromAddress();
    if (currentKey()) {
      await loadAccess();
      forget();
      begin();
      showAgain();
    }
  });
  begin();
  watchConnection();
  // Nobody waits for it: it comes when the page is there.
  import('../keys.js').then((module) => module.watchKeys()).catch(() => {});
  import('../offline.js').then((module) => module.watchLine()).catch(() => {});
  import('../unread.js').then((module) => module.watchUnread()).catch(() => {});
  await startRouter(routes, showNavigation);
  document.body.dataset.who = access().kind ?? 'nobody';
}

start();
