// All boxes, worst first, or on a map: what each of them does, in words; found by what one knows of them.

import { may } from '../core/access.js';
import { all } from '../core/api.js';
import { announce, data, throttle, fill, h } from '../core/dom.js';
import { number } from '../core/format.js';
import { on } from '../core/live.js';
import { go } from '../core/router.js';
import { empty, failed, loading } from '../core/states.js';
import { refresh, watch } from '../core/store.js';
import { loadGroup, t } from '../core/text.js';
import { boxName, boxState, boxWords, isCounted } from '../parts/box.js';
import { list } from '../parts/list.js';
import { shape, status } from '../parts/status.js';
import { demoNote, tryDemo } from './demo-part.js';
import { chosenBar } from './fleet-chosen.js';
import { addressOf, comparer, counters, filterKeys, isWanted, sorts } from './fleet-order.js';

/** @typedef {import('../parts/box.js').Box} Box */

/** How long what events change is kept together before it is drawn, ms. */
const redrawMs = 300;

/** How long answers are kept together after an event that tells too little, ms. */
const againMs = 5_000;

/**
 * Shows the boxes as the address says.
 * @param {HTMLElement} root
 * @param {import('../core/router.js').Context} context
 * @returns {{ follow: () => void, activate: (id: string | null) => void, focus: (id: string) => void, isReady: () => boolean }} follow:
 *   the address has changed; activate: marks the box that is open beside; focus: goes to its row.
 */
export function boxList(root, context) {
  /** By id. @type {Map<string, Box>} */
  const boxes = new Map();
  /** Ids in the order in which they are shown; it changes only when somebody asks. @type {string[]} */
  let order = [];
  /** Those whose state has changed since they were sorted. @type {Set<string>} */
  const moved = new Set();
  /** How many of them have been said. */
  let said = 0;
  let isFirst = true;
  /** What events said while the list is on its way, which may be older; null = it is not. @type {[string, Partial<Box>][] | null} */
  let heard = null;
  /** The answer that is shown. @type {Box[] | null} */
  let taken = null;

  const counterRow = h('div', { class: 'counters', role: 'group', 'aria-label': t('fleet.states') });
  const search = h('input', {
    type: 'search',
    id: 'fleet-q',
    placeholder: t('fleet.search'),
    'aria-label': t('fleet.search'),
    value: context.query.get('q') ?? '',
    oninput: () => ask({ q: search.value }),
  });
  const tag = picker('tag', t('fleet.tag'));
  const version = picker('version', t('fleet.version'));
  const sort = h(
    'select',
    {
      'aria-label': t('fleet.sort'),
      onchange: () => {
        ask({ sort: sort.value === sorts[0] ? null : sort.value });
        sortAgain();
      },
    },
    sorts.map((name) => h('option', { value: name, selected: name === context.query.get('sort') }, t(`fleet.sort_${name}`))),
  );
  const found = h('p', { class: 'soft', role: 'status' });
  const note = h('div', { class: 'fleet-note' });
  const rows = list({
    label: t('fleet.title'),
    key: (/** @type {Box} */ box) => box.device_id,
    row: (box) => row(box, context.query),
    open: (box) => go(addressOf(box, context.query)),
    rowHeight: 60,
    selectable: may('operator'),
    selection: () => bar.draw(),
  });
  rows.el.classList.add('fleet-list');
  const bar = chosenBar(rows, (id) => boxes.get(id), shownBoxes);
  const nothing = h('div', { hidden: true });
  const mapRoot = h('div', { hidden: true });
  const mapButton = h('button', { type: 'button', class: 'button', onclick: () => setView(isMap() ? null : 'map') }, t('fleet.map'));
  const body = h('div', { class: 'stack', hidden: true }, counterRow, filters(), found, note, rows.el, bar.el, nothing, mapRoot);
  const state = h('div', null, loading(8));
  fill(
    root,
    h(
      'div',
      { class: 'fleet-head' },
      h('h1', null, t('fleet.title')),
      h(
        'div',
        { class: 'row' },
        h('a', { href: '/locations?view=readings' }, t('fleet.toReadings')),
        may('maker') ? h('button', { type: 'button', class: 'button', onclick: add }, t('fleet.add')) : null,
      ),
    ),
    demoNote(context, null).el,
    state,
    body,
  );
  /** Loaded when it is opened. @type {ReturnType<import('./fleet-map.js')['boxMap']> | null} */
  let map = null;

  function filters() {
    return h('div', { class: 'fleet-filters' }, search, tag, version, sort, mapButton);
  }

  /**
   * @param {string} name
   * @param {string} label
   */
  function picker(name, label) {
    /** @type {HTMLSelectElement} */
    const select = h('select', { 'aria-label': label, onchange: () => ask({ [name]: select.value }) });
    return select;
  }

  /** @param {Record<string, string | null>} changes */
  function ask(changes) {
    context.setQuery(changes, { replace: true });
    draw();
  }

  /** The button of a counter, made once: it keeps the focus, and a click that has begun. @param {string} name */
  function counterOf(name) {
    let button = /** @type {HTMLElement | null} */ (counterRow.querySelector(`[data-key="${name}"]`));
    if (!button) {
      button = h(
        'button',
        {
          type: 'button',
          class: 'counter',
          data: { key: name },
          onclick: () => ask({ state: context.query.get('state') === name ? null : name }),
        },
        shape(name),
        data(name, 0, ''),
        ' ',
        t(`status.${name}`),
      );
      counterRow.append(button);
    }
    return button;
  }

  function draw() {
    const everything = [...boxes.values()];
    const asked = context.query.get('state');
    for (const name of [...counters, ...(everything.some((box) => box.retired_at) ? ['retired'] : [])]) {
      const n = everything.reduce((sum, box) => sum + Number(isCounted(box, name)), 0);
      const button = counterOf(name);
      button.setAttribute('aria-pressed', String(asked === name));
      /** @type {Element} */ (button.querySelector('data')).replaceWith(data(name, n, number(n)));
    }
    const shown = shownBoxes();
    rows.set(shown);
    found.textContent =
      shown.length === boxes.size ? t('fleet.all', { n: boxes.size }) : t('fleet.some', { n: shown.length, all: boxes.size });
    rows.el.hidden = shown.length === 0 || isMap();
    mapRoot.hidden = !isMap();
    mapButton.textContent = t(isMap() ? 'fleet.list' : 'fleet.map');
    sort.hidden = isMap();
    nothing.hidden = shown.length > 0 || (boxes.size === 0 && isMap());
    map?.set(shown, isFiltered());
    const asks = context.query.get('q');
    fill(
      nothing,
      boxes.size === 0
        ? empty(
            t('fleet.none'),
            may('maker') ? h('button', { type: 'button', class: 'button primary', onclick: add }, t('fleet.add')) : null,
            tryDemo(),
          )
        : empty(
            asks ? t('fleet.nothingFor', { text: asks }) : t('fleet.nothing'),
            h('button', { type: 'button', class: 'button', onclick: clear }, t('fleet.clear')),
          ),
    );
    showMoved();
    bar.draw();
  }

  /** @returns {Box[]} */
  function shownBoxes() {
    const there = order.map((id) => boxes.get(id)).filter((box) => box !== undefined);
    return there.filter((box) => isWanted(box, context.query));
  }

  function isFiltered() {
    return filterKeys.some((key) => context.query.has(key));
  }

  function isMap() {
    return context.query.get('view') === 'map';
  }

  /** @param {string | null} name */
  function setView(name) {
    context.setQuery({ view: name, place: null });
    draw();
    showMap();
  }

  async function showMap() {
    if (!isMap()) {
      map?.end();
      map = null;
    } else if (!map) {
      fill(mapRoot, loading(8));
      try {
        const [{ boxMap }] = await Promise.all([import('./fleet-map.js'), loadGroup('locations')]);
        if (map || !isMap() || context.signal.aborted) {
          return;
        }
        // It says itself when it shows something.
        map = boxMap(mapRoot, context);
        map.set(shownBoxes(), isFiltered());
        return;
      } catch (fault) {
        console.error(fault);
        fill(
          mapRoot,
          failed(null, () => location.reload()),
        );
      }
    }
    if (!isFirst) {
      context.ready();
    }
  }

  async function add() {
    const [module] = await Promise.all([import('./fleet-add.js'), loadGroup('locations')]);
    await module.addBox();
  }

  function clear() {
    context.setQuery({ q: null, tag: null, version: null, state: null }, { replace: true });
    fillFilters();
    draw();
    search.focus();
  }

  /** The fields say what the address says. */
  function fillFilters() {
    search.value = context.query.get('q') ?? '';
    sort.value = context.query.get('sort') ?? sorts[0];
    options(
      tag,
      t('fleet.anyTag'),
      [...boxes.values()].flatMap((box) => box.tags),
      context.query.get('tag'),
    );
    options(
      version,
      t('fleet.anyVersion'),
      [...boxes.values()].map((box) => box.firmware_version ?? ''),
      context.query.get('version'),
    );
  }

  function showMoved() {
    // Made anew only when it says something else: its button may be about to be pressed.
    if (moved.size === said) {
      return;
    }
    said = moved.size;
    if (said > 0) {
      announce(t('fleet.changed', { n: said }));
    }
    fill(
      note,
      moved.size > 0
        ? h(
            'p',
            { class: 'note' },
            t('fleet.changed', { n: moved.size }),
            ' · ',
            h('button', { type: 'button', class: 'link', onclick: sortAgain }, t('fleet.sortAgain')),
          )
        : null,
    );
  }

  function sortAgain() {
    moved.clear();
    order = [...boxes.values()].sort(comparer(context.query.get('sort') ?? sorts[0])).map((box) => box.device_id);
    draw();
  }

  /** @param {Box[]} answer */
  function take(answer) {
    const gone = new Set(boxes.keys());
    for (const box of answer) {
      const before = boxes.get(box.device_id);
      if (!before) {
        order.push(box.device_id);
      }
      if (!isFirst && (!before || boxState(before) !== boxState(box))) {
        moved.add(box.device_id);
      }
      boxes.set(box.device_id, box);
      gone.delete(box.device_id);
    }
    for (const id of gone) {
      boxes.delete(id);
    }
    const meanwhile = heard ?? [];
    heard = null;
    for (const [id, changes] of meanwhile) {
      change(id, changes);
    }
    if (document.activeElement !== tag && document.activeElement !== version) {
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
      'devices',
      (signal) => {
        heard = [];
        return all('/api/devices', { signal });
      },
      (entry) => {
        if (entry.value) {
          fill(state);
          body.hidden = false;
          if (entry.stale && entry.error) {
            fill(state, h('p', { class: 'note warning' }, t('fleet.old')));
          }
          // Told again because asking anew failed, it would be older than what events said since.
          if (entry.value !== taken) {
            taken = entry.value;
            take(entry.value);
            showMap();
          }
        } else if (entry.error) {
          fill(
            state,
            failed(entry.error, () => refresh('devices'), entry.retryAt),
          );
          context.ready();
        }
      },
    ),
  );

  // Events come often: what they change is drawn together. The order stays.
  const redraw = throttle(draw, redrawMs);
  /**
   * @param {string} id
   * @param {Partial<Box>} changes
   */
  const change = (id, changes) => {
    heard?.push([id, changes]);
    const before = boxes.get(id);
    if (before) {
      const after = { ...before, ...changes };
      boxes.set(id, after);
      if (boxState(after) !== boxState(before)) {
        moved.add(id);
      }
      redraw();
    } else if (!heard) {
      refreshLater();
    }
  };
  const refreshLater = throttle(() => refresh('devices'), againMs);
  context.later(on('device', (event) => change(event.device_id, { connection_status: event.connection_status })));
  context.later(on('reading', (event) => change(event.device_id, { last_seen_at: event.received_at })));
  context.later(on('heartbeat', (event) => change(event.device_id, { last_seen_at: event.timestamp })));
  context.later(on('alert', refreshLater));
  context.later(() => map?.end());

  return {
    follow() {
      const before = context.query.get('sort') ?? sorts[0];
      const isSorted = sort.value === before;
      fillFilters();
      if (isSorted) {
        draw();
      } else {
        sortAgain();
      }
      showMap();
    },
    activate: (id) => rows.activate(id),
    focus: (id) => rows.focus(id),
    isReady: () => !isFirst,
  };
}

/**
 * @param {Box} box
 * @param {URLSearchParams} query
 */
function row(box, query) {
  return h(
    'div',
    { class: 'fleet-row' },
    h('span', { class: 'fleet-name clip' }, h('a', { href: addressOf(box, query), tabindex: -1 }, boxName(box))),
    h('span', { class: 'fleet-id soft' }, box.device_id),
    h('span', { class: 'fleet-say clip' }, status(boxState(box), boxWords(box))),
    h('span', { class: 'fleet-signal soft' }, box.last_signal_dbm === null ? null : `${number(box.last_signal_dbm)} dBm`),
    h('span', { class: 'fleet-version soft clip' }, box.firmware_version ?? '–'),
  );
}

/**
 * What can be chosen: each once, in order.
 * @param {HTMLSelectElement} select
 * @param {string} any
 * @param {string[]} values
 * @param {string | null} chosen
 */
function options(select, any, values, chosen) {
  const order = new Intl.Collator(undefined, { numeric: true });
  fill(
    select,
    h('option', { value: '' }, any),
    [...new Set(values)]
      .filter(Boolean)
      .sort(order.compare)
      .map((value) => h('option', { value, selected: value === chosen }, value)),
  );
}
