// Things and gateways: pinned values first, then all of them, worst first, each with its last word and values, live.

import { access } from '../core/access.js';
import { all, get } from '../core/api.js';
import { announce, data, fill, h, throttle } from '../core/dom.js';
import { number } from '../core/format.js';
import { on } from '../core/live.js';
import { go } from '../core/router.js';
import { empty, failed, loading } from '../core/states.js';
import { refresh, watch } from '../core/store.js';
import { t, word } from '../core/text.js';
import { list } from '../parts/list.js';
import { shape } from '../parts/status.js';
import { after, choices, comparer, filterKeys, isWanted } from './things-order.js';
import { addressOf, firstValues, keyText, shapeOf, states, thingName, thingStatus, valueNode } from './things-part.js';
import { demoNote, tryDemo } from './demo-part.js';
import { tileRow } from './things-tiles.js';

/** @typedef {import('./things-part.js').Thing} Thing */
/** @typedef {Parameters<typeof after>[1]} News */

/** How long what events change is kept together before it is drawn, ms. */
const redrawMs = 500;

/** How long answers are kept together after an event that tells too little, ms. */
const againMs = 5_000;

/** @type {import('../core/router.js').Page} */
export const page = {
  title: 'things.title',
  needs: 'viewer',
  texts: 'things',
  mount(root, context) {
    /** By id. @type {Map<string, Thing>} */
    const things = new Map();
    /** Ids in the order in which they are shown; it changes only when somebody asks. @type {string[]} */
    let order = [];
    let isFirst = true;
    /** Those whose state has changed since they were sorted. @type {Set<string>} */
    const moved = new Set();
    let said = 0;
    /** What events said while the list is on its way, which may be older; null = it is not. @type {[string, News][] | null} */
    let heard = null;
    /** The answer that is shown. @type {Thing[] | null} */
    let taken = null;

    const search = h('input', {
      type: 'search',
      placeholder: t('things.search'),
      'aria-label': t('things.search'),
      value: context.query.get('q') ?? '',
      oninput: () => ask({ q: search.value }),
    });
    const picker = (/** @type {string} */ name, /** @type {string} */ label) => {
      /** @type {HTMLSelectElement} */
      const select = h('select', { 'aria-label': label, onchange: () => ask({ [name]: select.value }) });
      return select;
    };
    const [place, tag, kind] = [picker('place', t('things.place')), picker('tag', t('things.tag')), picker('kind', t('things.kind'))];
    const counterRow = h('div', { class: 'counters', role: 'group', 'aria-label': t('things.states') });
    const found = h('p', { class: 'soft', role: 'status' });
    const note = h('div');
    const rows = list({
      label: t('things.title'),
      key: (/** @type {Thing} */ thing) => thing.device_id,
      row,
      open: (thing) => go(addressOf(thing.device_id)),
      rowHeight: 64,
    });
    rows.el.classList.add('fleet-list');
    const nothing = h('div', { hidden: true });
    const tiles = tileRow(context, (id) => things.get(id));
    const filters = h('div', { class: 'fleet-filters thing-filters' }, search, place, tag, kind);
    const body = h('div', { class: 'stack fleet-main', hidden: true }, counterRow, filters, found, note, rows.el, nothing);
    const state = h('div', null, loading(8));
    fill(root, h('h1', null, t('things.title')), demoNote(context, null).el, tiles.el, state, body);

    /** @param {Record<string, string | null>} changes */
    function ask(changes) {
      context.setQuery(changes, { replace: true });
      draw();
    }

    function draw() {
      const everything = [...things.values()];
      const asked = context.query.get('status');
      for (const name of states.filter((one) => one !== 'retired' || everything.some((thing) => thing.status === one))) {
        counter(name, everything.filter((thing) => thing.status === name && !thing.demo).length, asked === name);
      }
      const shown = order.flatMap((id) => things.get(id) ?? []).filter((thing) => isWanted(thing, context.query));
      rows.set(shown);
      rows.el.hidden = shown.length === 0;
      found.textContent =
        shown.length === things.size ? t('things.all', { n: things.size }) : t('things.some', { n: shown.length, all: things.size });
      filters.hidden = counterRow.hidden = found.hidden = things.size === 0;
      const isNothing = shown.length === 0;
      if (nothing.hidden === isNothing || isNothing) {
        nothing.hidden = !isNothing;
        const text = context.query.get('q');
        fill(
          nothing,
          things.size === 0
            ? empty(t('things.none'), h('span', { class: 'soft' }, t('things.noneHow')), tryDemo())
            : empty(
                text ? t('things.nothingFor', { text }) : t('things.nothing'),
                h('button', { type: 'button', class: 'button', onclick: clear }, t('things.clear')),
              ),
        );
      }
      showMoved();
      tiles.draw();
    }

    /**
     * The button of a counter, made once: it keeps the focus, and a click that has begun.
     * @param {string} name
     * @param {number} n
     * @param {boolean} isOn
     */
    function counter(name, n, isOn) {
      let button = /** @type {HTMLElement | null} */ (counterRow.querySelector(`[data-key="${name}"]`));
      if (!button) {
        button = h(
          'button',
          {
            type: 'button',
            class: 'counter',
            data: { key: name },
            onclick: () => ask({ status: context.query.get('status') === name ? null : name }),
          },
          shape(shapeOf(name)),
          data(`things-${name}`, 0, ''),
          ' ',
          t(`thingState.${name}`),
        );
        counterRow.append(button);
      }
      button.setAttribute('aria-pressed', String(isOn));
      /** @type {Element} */ (button.querySelector('data')).replaceWith(data(`things-${name}`, n, number(n)));
    }

    function clear() {
      context.setQuery(Object.fromEntries(filterKeys.map((key) => [key, null])), { replace: true });
      fillFilters();
      draw();
      search.focus();
    }

    /** The fields say what the address says. */
    function fillFilters() {
      search.value = context.query.get('q') ?? '';
      const everything = [...things.values()];
      options(
        place,
        'place',
        t('things.anyPlace'),
        everything.map((one) => [String(one.place_id ?? ''), one.place ?? '']),
      );
      options(
        tag,
        'tag',
        t('things.anyTag'),
        everything.flatMap((one) => one.tags.map((name) => /** @type {[string, string]} */ ([name, name]))),
      );
      options(
        kind,
        'kind',
        t('things.anyKind'),
        everything.map((one) => [one.kind, word('thingKind', one.kind)]),
      );
    }

    /**
     * @param {HTMLSelectElement} select
     * @param {string} name
     * @param {string} any
     * @param {[string, string][]} pairs
     */
    function options(select, name, any, pairs) {
      const chosen = context.query.get(name);
      fill(
        select,
        h('option', { value: '' }, any),
        choices(pairs).map(([value, text]) => h('option', { value, selected: value === chosen }, text)),
      );
    }

    function showMoved() {
      // Made anew only when it says something else: its button may be about to be pressed.
      if (moved.size === said) {
        return;
      }
      said = moved.size;
      if (said > 0) {
        announce(t('things.changed', { n: said }));
      }
      fill(
        note,
        said > 0
          ? h(
              'p',
              { class: 'note' },
              t('things.changed', { n: said }),
              ' · ',
              h('button', { type: 'button', class: 'link', onclick: sortAgain }, t('things.sortAgain')),
            )
          : null,
      );
    }

    function sortAgain() {
      moved.clear();
      order = [...things.values()].sort(comparer()).map((thing) => thing.device_id);
      draw();
    }

    /** @param {Thing[]} answer */
    function take(answer) {
      const gone = new Set(things.keys());
      for (const thing of answer) {
        const before = things.get(thing.device_id);
        if (!before) {
          order.push(thing.device_id);
        }
        if (!isFirst && before?.status !== thing.status) {
          moved.add(thing.device_id);
        }
        things.set(thing.device_id, thing);
        gone.delete(thing.device_id);
      }
      for (const id of gone) {
        things.delete(id);
      }
      const meanwhile = heard ?? [];
      heard = null;
      for (const [id, news] of meanwhile) {
        change(id, news);
      }
      if (!filters.contains(document.activeElement)) {
        fillFilters();
      }
      if (isFirst) {
        isFirst = false;
        sortAgain();
      } else {
        draw();
      }
    }

    context.later(
      watch(
        'things',
        (signal) => {
          heard = [];
          return all('/api/things', { signal });
        },
        (entry) => {
          if (entry.value) {
            body.hidden = false;
            fill(state, entry.stale && entry.error ? h('p', { class: 'note warning' }, t('things.old')) : null);
            if (entry.value !== taken) {
              taken = entry.value;
              take(entry.value);
            }
            context.ready();
          } else if (entry.error) {
            fill(
              state,
              failed(entry.error, () => refresh('things'), entry.retryAt),
            );
            context.ready();
          }
        },
      ),
    );

    // Events come often: what they change is drawn together. The order stays.
    const redraw = throttle(draw, redrawMs);
    const refreshLater = throttle(() => refresh('things'), againMs);
    /**
     * @param {string} id
     * @param {News} news
     */
    const change = (id, news) => {
      heard?.push([id, news]);
      const before = things.get(id);
      if (before) {
        const next = after(before, news);
        things.set(id, next);
        if (next.status !== before.status) {
          moved.add(id);
        }
        redraw();
      } else if (!heard) {
        // New: whatever else is to be known of it stands in the list only.
        refreshLater();
      }
    };
    context.later(on('telemetry', (event) => change(event.device_id, { values: event.data, at: event.timestamp })));
    context.later(on('state', (event) => change(event.device_id, { wanted: event.wanted })));
    context.later(on('status', (event) => change(event.device_id, { status: event.status })));
    // "3 min ago" grows older by itself.
    const clock = setInterval(() => rows.redraw(), 30_000);
    context.later(() => clearInterval(clock));
    if (access().kind === 'user') {
      context.later(
        watch(
          'tiles',
          (signal) => get('/api/tiles', { signal }),
          (entry) => tiles.set(entry.value?.tiles ?? []),
        ),
      );
    }
    return {
      query() {
        fillFilters();
        draw();
      },
    };
  },
};

/** @param {Thing} thing */
function row(thing) {
  return h(
    'div',
    { class: 'fleet-row thing-row' },
    h('span', { class: 'fleet-name clip' }, h('a', { href: addressOf(thing.device_id), tabindex: -1 }, thingName(thing))),
    h('span', { class: 'fleet-say clip' }, thingStatus(thing)),
    h(
      'span',
      { class: 'thing-values clip' },
      firstValues(thing.values).map(([key, value]) => [
        h('span', { class: 'soft' }, `${key} `),
        valueNode(key, value),
        thing.wanted[key] ? h('span', { class: 'soft' }, ` → ${keyText(key, thing.wanted[key].value)}`) : null,
        ' ',
      ]),
    ),
    h('span', { class: 'thing-place soft clip' }, thing.place ?? t('things.noPlace')),
  );
}
