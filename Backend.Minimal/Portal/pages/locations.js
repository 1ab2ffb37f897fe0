// All boxes, and the one that is open: beside them from 900 px, in their place on a phone.

import { may } from '../core/access.js';
import { get } from '../core/api.js';
import { throttle, fill, h } from '../core/dom.js';
import { on } from '../core/live.js';
import { go } from '../core/router.js';
import { empty, failed, view } from '../core/states.js';
import { refresh, watch } from '../core/store.js';
import { loadGroup, t } from '../core/text.js';
import { readingTable } from '../parts/readings.js';
import { demoNote } from './demo-part.js';
import { boxList } from './fleet-list.js';
import { listKeys, listSearch } from './fleet-order.js';

/** @typedef {import('../core/router.js').Context} Context */

/** How long answers are kept together after an event that tells too little, ms. */
const againMs = 5_000;

/** @type {import('../core/router.js').Page} */
export const page = {
  title: 'fleet.title',
  needs: 'viewer',
  texts: 'fleet',
  mount(root, context) {
    const isWide = matchMedia('(min-width: 900px)');
    const main = h('div', { class: 'fleet-main stack' });
    const panel = h('section', { class: 'fleet-panel', 'aria-label': t('box.title'), hidden: true });
    fill(root, main, panel);
    /** @type {ReturnType<typeof boxList> | null} */
    let list = null;
    /** @type {{ id: string, end: () => void } | null} */
    let opened = null;
    /** What the main part shows: `list` or `readings`. @type {string | null} */
    let shown = null;

    // The list is not asked for on a phone that shows one box.
    let endMain = () => {};
    const showMain = () => {
      const wanted = context.query.get('view') === 'readings' ? 'readings' : 'list';
      if (shown === wanted || (context.params.device && !isWide.matches)) {
        return;
      }
      shown = wanted;
      endMain();
      // What is open beside says when the page is ready.
      const part = partOf(context, () => !context.params.device && context.ready());
      endMain = part.end;
      list = wanted === 'list' ? boxList(main, part.context) : null;
      list?.activate(opened?.id ?? null);
      if (!list) {
        showReadings(main, part.context);
      }
    };
    const close = () => go(`/locations${listSearch(context.query)}`);

    /** @param {boolean} isFirst */
    const showPanel = (isFirst) => {
      const id = context.params.device;
      const wasIn = panel.contains(document.activeElement) || document.activeElement === document.body;
      const isOutside = !root.contains(document.activeElement);
      const before = opened?.id;
      opened?.end();
      opened = null;
      panel.hidden = !id;
      root.classList.toggle('has-panel', Boolean(id));
      list?.activate(id ?? null);
      if (id) {
        // Who changes the tab stays on it; who comes from elsewhere, such as the navigation, hears what is there now.
        const isSame = id === before && wasIn;
        opened = { id, end: showBox(panel, context, { close, isFocused: !isFirst && (isSame || id !== before || isOutside), isSame }) };
      } else {
        context.guard(() => false);
        context.title(t('fleet.title'));
        if (before && wasIn) {
          list?.focus(before);
        } else if (isOutside && !isFirst) {
          const heading = main.querySelector('h1');
          if (heading) {
            heading.tabIndex = -1;
            heading.focus({ preventScroll: true });
          }
        }
        if (list?.isReady()) {
          context.ready();
        }
      }
    };

    showMain();
    showPanel(true);
    isWide.addEventListener('change', showMain);
    context.later(() => {
      isWide.removeEventListener('change', showMain);
      endMain();
      opened?.end();
    });
    root.addEventListener('keydown', (event) => {
      const target = /** @type {Element} */ (event.target);
      if (event.key === 'Escape' && !event.defaultPrevented && opened && !target.closest('input, select, textarea, dialog')) {
        event.preventDefault();
        close();
      }
    });
    // Its own way back to the list keeps what was searched there.
    panel.addEventListener('click', (event) => {
      const link = /** @type {Element} */ (event.target).closest('a');
      if (link?.getAttribute('href') === '/locations' && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
        event.preventDefault();
        close();
      }
    });
    let lastSearch = listSearch(context.query);
    return {
      path(params, query) {
        if (params.device && !listKeys.some((key) => query.has(key)) && lastSearch) {
          context.setQuery(Object.fromEntries(new URLSearchParams(lastSearch)), { replace: true });
        }
        lastSearch = listSearch(context.query);
        showMain();
        list?.follow();
        showPanel(false);
      },
    };
  },
};

/**
 * Opens a box in the panel: the page of a box as it is, which ends with the panel.
 * @param {HTMLElement} panel
 * @param {Context} context
 * @param {{ close: () => void, isFocused: boolean, isSame: boolean }} options isFocused: whether the focus goes there; isSame: only the tab
 *   is another one.
 * @returns {() => void} Ends it.
 */
function showBox(panel, context, { close, isFocused, isSame }) {
  const body = h('div', { class: 'stack page-device' });
  const id = context.params.device;
  const tags = h('button', { type: 'button', class: 'button quiet', hidden: true, onclick: () => editTags(id) }, t('fleet.editTags'));
  fill(
    panel,
    h(
      'div',
      { class: 'fleet-panel-bar' },
      tags,
      h('button', { type: 'button', class: 'button quiet fleet-close', onclick: close }, `${t('fleet.close')} ×`),
    ),
    body,
  );
  context.guard(() => false);
  const { context: inner, end } = partOf(context, context.ready);
  inner.later(
    watch(
      `device ${id} detail`,
      (signal) => get(`/api/device/${encodeURIComponent(id)}`, { signal }),
      ({ value }) => {
        tags.hidden = !value || value.device.retired_at !== null || !may('operator', value.device.place_id);
      },
    ),
  );
  const show = async () => {
    try {
      const { page: box } = await import('./device.js');
      await Promise.all((box.texts ?? '').split(' ').filter(Boolean).map(loadGroup));
      if (inner.signal.aborted) {
        return;
      }
      fill(body);
      box.mount(body, inner);
    } catch (fault) {
      console.error(fault);
      fill(
        body,
        failed(null, () => location.reload()),
      );
      inner.ready();
    }
    if (isFocused) {
      const tab = isSame ? /** @type {HTMLElement | null} */ (body.querySelector('nav [aria-current]')) : null;
      const heading = body.querySelector('h1');
      if (heading) {
        heading.tabIndex = -1;
      }
      (tab ?? heading)?.focus({ preventScroll: isSame });
    }
  };
  show();
  return () => {
    end();
    fill(panel);
  };
}

/**
 * The context of a part of the page, which can end before the page does.
 * @param {Context} context
 * @param {() => void} ready
 * @returns {{ context: Context, end: () => void }}
 */
function partOf(context, ready) {
  const abort = new AbortController();
  /** @type {(() => void)[]} */
  const ends = [];
  return {
    context: Object.create(context, {
      signal: { value: abort.signal },
      later: { value: (/** @type {() => void} */ end) => (abort.signal.aborted ? end() : ends.push(end)) },
      ready: { value: () => !abort.signal.aborted && ready() },
      title: { value: (/** @type {string} */ text) => !abort.signal.aborted && context.title(text) },
    }),
    end() {
      abort.abort();
      for (const end of ends) {
        end();
      }
    },
  };
}

/** @param {string} id */
async function editTags(id) {
  await loadGroup('locations');
  const { tagsOf } = await import('./fleet-tags.js');
  await tagsOf(id);
}

/**
 * The newest readings of all boxes.
 * @param {HTMLElement} root
 * @param {Context} context
 */
function showReadings(root, context) {
  const body = h('div', { class: 'stack' });
  fill(
    root,
    h('div', { class: 'fleet-head' }, h('h1', null, t('fleet.title')), h('a', { href: '/locations' }, t('fleet.toBoxes'))),
    demoNote(context, null).el,
    body,
  );
  view(body, {
    key: 'readings',
    context,
    fetch: (signal) => get('/api/readings', { signal, query: { limit: 100 } }),
    show: (/** @type {import('../parts/readings.js').Reading[]} */ readings) =>
      readings.length === 0 ? empty(t('box.noReadings')) : readingTable(readings, { withBox: true, label: t('fleet.toReadings') }),
  });
  context.later(
    on(
      'reading',
      throttle(() => refresh('readings'), againMs),
    ),
  );
}
