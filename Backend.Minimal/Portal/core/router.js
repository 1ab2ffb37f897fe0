// Addresses and pages. The address holds all state of a page, so that it can be sent to somebody and gone back to.

import { home, isKnown, may, access } from './access.js';
import { fill, h } from './dom.js';
import { failed } from './states.js';
import { loadGroup, t } from './text.js';

/** @typedef {import('./access.js').Role} Role */

/**
 * What a page gets.
 * @typedef {object} Context
 * @property {Record<string, string>} params What stands in the path: `{ place: '7' }`.
 * @property {URLSearchParams} query What stands behind the `?`.
 * @property {AbortSignal} signal Set when the page is left: for questions to the server.
 * @property {(text: string) => void} title Names the tab: the page's heading unless said.
 * @property {(changes: Record<string, string | null>, options?: { replace?: boolean }) => void} setQuery Changes the address, without
 *   showing the page anew.
 * @property {(end: () => void) => void} later Is called when the page is left: ends what it has begun.
 * @property {() => void} ready The page shows what it has: data, or that there is none.
 * @property {(isUnsaved: () => boolean) => void} guard Asks before the page is left with something unsaved.
 */

/**
 * A page: `pages/NAME.js` exports one as `page`.
 * @typedef {object} Page
 * @property {string} title Key of the text that names the tab.
 * @property {Role | null} needs The role without which nobody sees it; null = everybody, signed in or not.
 * @property {string} [texts] The groups of texts that it needs besides texts/en.js: `fleet` = texts/en-fleet.js; a blank between several.
 * @property {(root: HTMLElement, context: Context) => void | Follows} mount Shows it in an empty root.
 */

/**
 * What a page follows itself; else it is shown anew. `query`: a changed query (back, forward); `path`: any address whose route is shown by
 * this page.
 * @typedef {{ query?: (query: URLSearchParams) => void, path?: (params: Record<string, string>, query: URLSearchParams) => void }} Follows
 */

/**
 * `within` = the page that shows it beside what it shows anyway.
 * @typedef {{ path: string, page: string, nav?: string, within?: string }} Route
 */

/** @type {{ pattern: RegExp, names: string[], route: Route }[]} */
let table = [];

/**
 * @typedef {{ route: Route, path: string, abort: AbortController, ends: (() => void)[],
 *   follows: Follows, context: Context | null, isUnsaved: () => boolean }} Shown
 */

/** @type {Shown | null} */
let current = null;

/** The address that is shown: to come back to it when Back is taken back. */
let shownAt = '';

/** @type {(route: Route | null) => void} */
let onShown = () => {};

/** Name of the page that has been asked to load anew: once is enough. */
const reloadedName = 'jambox-reloaded';

/**
 * Begins to follow addresses.
 * @param {Route[]} routes
 * @param {(route: Route | null) => void} shown Called when a page is shown.
 */
export function startRouter(routes, shown) {
  onShown = shown;
  table = routes.map((route) => {
    /** @type {string[]} */
    const names = [];
    const source = route.path.replace(/\/\{(\w+)(\?)?\}/g, (_, name, optional) => {
      names.push(name);
      return optional ? '(?:/([^/]+))?' : '/([^/]+)';
    });
    return { pattern: new RegExp(`^${source}/?$`), names, route };
  });
  document.addEventListener('click', follow);
  window.addEventListener('popstate', () => {
    if (mayNotLeave()) {
      history.pushState(null, '', shownAt);
      return;
    }
    // What a dialog asks is about the page that is left.
    document.querySelectorAll('dialog').forEach((dialog) => dialog.close());
    if (current?.context && location.pathname === current.path && current.follows.query) {
      current.context.query = new URLSearchParams(location.search);
      keepAddress();
      current.follows.query(current.context.query);
    } else {
      show();
    }
  });
  window.addEventListener('beforeunload', (event) => {
    if (current?.isUnsaved()) {
      event.preventDefault();
    }
  });
  return show();
}

/**
 * Goes to a page.
 * @param {string} address
 * @param {{ replace?: boolean }} [options]
 */
export function go(address, options) {
  if (mayNotLeave()) {
    return Promise.resolve();
  }
  history[options?.replace ? 'replaceState' : 'pushState'](null, '', address);
  return show();
}

/** Whether something is not saved, and whoever looks wants to stay with it. */
function mayNotLeave() {
  return current?.isUnsaved() && !window.confirm(t('form.unsaved'));
}

function keepAddress() {
  shownAt = location.pathname + location.search;
}

/** Shows the page of the address anew: somebody else looks, or in another language. */
export function showAgain() {
  leave();
  return show();
}

/** @param {MouseEvent} event */
function follow(event) {
  const link = /** @type {Element | null} */ (event.target)?.closest?.('a');
  if (
    !link ||
    event.defaultPrevented ||
    event.button !== 0 ||
    event.metaKey ||
    event.ctrlKey ||
    event.shiftKey ||
    event.altKey ||
    link.target ||
    link.hasAttribute('download') ||
    link.origin !== location.origin ||
    !find(link.pathname)
  ) {
    return;
  }
  const isHere = link.pathname === location.pathname && link.search === location.search;
  if (link.hash && isHere) {
    return;
  }
  event.preventDefault();
  go(link.pathname + link.search);
}

/** @param {string} path */
function find(path) {
  for (const { pattern, names, route } of table) {
    const found = pattern.exec(path);
    if (found) {
      /** @type {Record<string, string>} */
      const params = {};
      try {
        names.forEach((name, index) => {
          if (found[index + 1] !== undefined) {
            params[name] = decodeURIComponent(found[index + 1]);
          }
        });
      } catch {
        // A lone %.
        return null;
      }
      return { route, params };
    }
  }
  return null;
}

/** @param {Route} route */
const pageOf = (route) => route.within ?? route.page;

async function show() {
  delete document.body.dataset.ready;
  keepAddress();
  const path = location.pathname;
  const found = find(path);
  if (found && current?.context && current.follows.path && pageOf(found.route) === pageOf(current.route)) {
    Object.assign(current, { route: found.route, path });
    Object.assign(current.context, { params: found.params, query: new URLSearchParams(location.search) });
    onShown(found.route);
    current.follows.path(found.params, current.context.query);
    return;
  }
  leave();
  const root = /** @type {HTMLElement} */ (document.getElementById('main'));
  const abort = new AbortController();
  const mine = {
    route: found?.route ?? { path, page: '' },
    path,
    abort,
    ends: /** @type {(() => void)[]} */ ([]),
    follows: /** @type {Follows} */ ({}),
    context: /** @type {Context | null} */ (null),
    isUnsaved: () => false,
  };
  current = mine;
  if (!found) {
    showWords(root, 'page.none');
    onShown(null);
    return;
  }
  /** @type {{ page: Page }} */
  let module;
  try {
    module = await import(`../pages/${pageOf(found.route)}.js`);
    if (module.page.texts) {
      await Promise.all(module.page.texts.split(' ').map(loadGroup));
    }
    sessionStorage.removeItem(reloadedName);
  } catch {
    if (abort.signal.aborted) {
      return;
    }
    // The server may have another build by now, or the line is down.
    if (navigator.onLine && sessionStorage.getItem(reloadedName) === null) {
      sessionStorage.setItem(reloadedName, '1');
      location.reload();
      return;
    }
    fill(
      root,
      h('h1', { tabindex: -1 }, t('page.unloaded')),
      failed(null, () => location.reload()),
    );
    ready(mine);
    return;
  }
  if (abort.signal.aborted) {
    return;
  }
  const page = module.page;
  if (page.needs !== null && !isKnown()) {
    const next = path === '/' && location.search === '' ? '' : `?next=${encodeURIComponent(path + location.search)}`;
    await go(access().first_run ? '/start' : `/sign-in${next}`, { replace: true });
    return;
  }
  onShown(found.route);
  if (page.needs !== null && !may(page.needs)) {
    if (path === '/' && home() !== '/') {
      await go(home(), { replace: true });
      return;
    }
    showWords(root, 'page.notYours');
    ready(mine);
    return;
  }
  nameTab(t(page.title));
  const pageRoot = h('div', { class: `page page-${pageOf(found.route)}` });
  fill(root, pageRoot);
  /** @type {Context} */
  const context = {
    params: found.params,
    query: new URLSearchParams(location.search),
    signal: abort.signal,
    title: nameTab,
    setQuery(changes, options) {
      const query = new URLSearchParams(location.search);
      for (const [key, value] of Object.entries(changes)) {
        if (value === null || value === '') {
          query.delete(key);
        } else {
          query.set(key, value);
        }
      }
      context.query = query;
      const text = query.toString();
      history[options?.replace ? 'replaceState' : 'pushState'](null, '', location.pathname + (text ? `?${text}` : ''));
      keepAddress();
    },
    later(end) {
      if (abort.signal.aborted) {
        end();
      } else {
        mine.ends.push(end);
      }
    },
    ready: () => ready(mine),
    guard(isUnsaved) {
      mine.isUnsaved = isUnsaved;
    },
  };
  mine.context = context;
  mine.follows = page.mount(pageRoot, context) ?? {};
  window.scrollTo(0, 0);
  const heading = /** @type {HTMLElement | null} */ (root.querySelector('h1'));
  if (heading && !root.contains(document.activeElement)) {
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  }
}

function leave() {
  const left = current;
  current = null;
  left?.abort.abort();
  for (const end of left?.ends ?? []) {
    end();
  }
}

/** @param {{ abort: AbortController, route: Route }} mine */
function ready(mine) {
  if (!mine.abort.signal.aborted) {
    document.body.dataset.ready = mine.route.page || 'none';
  }
}

/** @param {string} text */
function nameTab(text) {
  document.title = `${text} · JamBox`;
}

/**
 * @param {HTMLElement} root
 * @param {string} key
 */
function showWords(root, key) {
  nameTab(t(key));
  fill(
    root,
    h(
      'div',
      { class: 'page' },
      h('h1', { tabindex: -1 }, t(key)),
      h('p', null, t(`${key}.why`)),
      h('p', null, h('a', { href: isKnown() ? home() : '/sign-in' }, t('page.home'))),
    ),
  );
  document.body.dataset.ready = 'none';
}
