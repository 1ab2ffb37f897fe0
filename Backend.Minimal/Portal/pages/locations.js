// All boxes, worst first: what each of them does, in words; found by what one knows of them.

import { may } from '../core/access.js';
import { all, get } from '../core/api.js';
import { announce, data, debounce, fill, h } from '../core/dom.js';
import { number } from '../core/format.js';
import { on } from '../core/live.js';
import { go } from '../core/router.js';
import { empty, failed, loading, view } from '../core/states.js';
import { refresh, watch } from '../core/store.js';
import { t } from '../core/text.js';
import { boxName, boxState, boxStates, boxWords, isCounted } from '../parts/box.js';
import { list } from '../parts/list.js';
import { readingTable } from '../parts/readings.js';
import { shape, status } from '../parts/status.js';
import { demoNote, tryDemo } from './demo-part.js';

/** @typedef {import('../parts/box.js').Box} Box */

/** The counters, in the order in which they stand. */
const counters = ['online', 'late', 'silent', 'new', 'odd'];

/** The orders that are offered: worst first unless said. */
const sorts = ['worst', 'name', 'id', 'seen', 'signal', 'version'];

/** How long answers are kept together after an event that tells too little, ms. */
const againMs = 5_000;

/** @type {import('../core/router.js').Page} */
export const page = {
  title: 'fleet.title',
  needs: 'viewer',
  texts: 'fleet',
  mount(root, context) {
    const isReadings = context.query.get('view') === 'readings';
    const head = h(
      'div',
      { class: 'fleet-head' },
      h('h1', null, t('fleet.title')),
      isReadings
        ? h('a', { href: '/locations' }, t('fleet.toBoxes'))
        : h('a', { href: '/locations?view=readings' }, t('fleet.toReadings')),
    );
    const body = h('div', { class: 'stack' });
    fill(root, head, demoNote(context, null).el, body);
    if (isReadings) {
      showReadings(body, context);
    } else {
      showBoxes(body, context);
    }
  },
};

/**
 * The newest readings of all boxes.
 * @param {HTMLElement} root
 * @param {import('../core/router.js').Context} context
 */
function showReadings(root, context) {
  view(root, {
    key: 'readings',
    context,
    fetch: (signal) => get('/api/readings', { signal, query: { limit: 100 } }),
    show: (/** @type {import('../parts/readings.js').Reading[]} */ readings) =>
      readings.length === 0 ? empty(t('box.noReadings')) : readingTable(readings, { withBox: true, label: t('fleet.toReadings') }),
  });
  context.later(
    on(
      'reading',
      debounce(() => refresh('readings'), againMs),
    ),
  );
}

/**
 * @param {HTMLElement} root
 * @param {import('../core/router.js').Context} context
 */
function showBoxes(root, context) {
  /** By id. @type {Map<string, Box>} */
  const boxes = new Map();
  /** Ids in the order in which they are shown; it changes only when somebody asks. @type {string[]} */
  let order = [];
  /** Those whose state has changed since they were sorted. @type {Set<string>} */
  const moved = new Set();
  let isFirst = true;

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
    row,
    open: (box) => go(addressOf(box)),
    rowHeight: 60,
  });
  rows.el.classList.add('fleet-list');
  const nothing = h('div', { hidden: true });
  const body = h('div', { class: 'stack', hidden: true }, counterRow, filters(), found, note, rows.el, nothing);
  const state = h('div', null, loading(8));
  fill(root, state, body);

  function filters() {
    return h('div', { class: 'fleet-filters' }, search, tag, version, sort);
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

  /** @param {Box} box */
  function isWanted(box) {
    const words = (context.query.get('q') ?? '').toLocaleLowerCase().split(/\s+/).filter(Boolean);
    const [wantedTag, wantedVersion, wantedState] = ['tag', 'version', 'state'].map((name) => context.query.get(name));
    const text = [box.device_id, box.location_name, box.project_name, box.firmware_version, ...box.tags].join('\n').toLocaleLowerCase();
    return (
      (!wantedTag || box.tags.includes(wantedTag)) &&
      (!wantedVersion || box.firmware_version === wantedVersion) &&
      (!wantedState || isCounted(box, wantedState)) &&
      words.every((one) => text.includes(one))
    );
  }

  function draw() {
    const everything = [...boxes.values()];
    const asked = context.query.get('state');
    fill(
      counterRow,
      [...counters, ...(everything.some((box) => box.retired_at) ? ['retired'] : [])].map((name) => {
        const n = everything.reduce((sum, box) => sum + Number(isCounted(box, name)), 0);
        return h(
          'button',
          {
            type: 'button',
            class: 'counter',
            'aria-pressed': String(asked === name),
            data: { key: name },
            onclick: () => {
              ask({ state: asked === name ? null : name });
              /** @type {HTMLElement | null} */ (counterRow.querySelector(`[data-key="${name}"]`))?.focus();
            },
          },
          shape(name),
          data(name, n, number(n)),
          ' ',
          t(`status.${name}`),
        );
      }),
    );
    const shown = order.map((id) => boxes.get(id)).filter((box) => box !== undefined && isWanted(box));
    rows.set(/** @type {Box[]} */ (shown));
    found.textContent =
      shown.length === boxes.size ? t('fleet.all', { n: boxes.size }) : t('fleet.some', { n: shown.length, all: boxes.size });
    rows.el.hidden = shown.length === 0;
    nothing.hidden = shown.length > 0;
    fill(
      nothing,
      boxes.size === 0
        ? empty(t('fleet.none'), may('maker') ? h('a', { class: 'button', href: '/start' }, t('fleet.add')) : null, tryDemo())
        : empty(t('fleet.nothing'), h('button', { type: 'button', class: 'button', onclick: clear }, t('fleet.clear'))),
    );
    showMoved();
  }

  function clear() {
    search.value = '';
    tag.value = '';
    version.value = '';
    ask({ q: null, tag: null, version: null, state: null });
    search.focus();
  }

  function showMoved() {
    fill(
      note,
      moved.size > 0
        ? h(
            'p',
            { class: 'note' },
            t('fleet.changed', { n: moved.size }),
            ' ',
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
    options(tag, t('fleet.anyTag'), [...boxes.values()].flatMap((box) => box.tags), context.query.get('tag'));
    options(
      version,
      t('fleet.anyVersion'),
      [...boxes.values()].map((box) => box.firmware_version ?? ''),
      context.query.get('version'),
    );
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
      (signal) => all('/api/devices', { signal }),
      (entry) => {
        if (entry.value) {
          fill(state);
          body.hidden = false;
          if (entry.stale && entry.error) {
            fill(state, h('p', { class: 'note warning' }, t('fleet.old')));
          }
          take(entry.value);
          context.ready();
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
  const redraw = debounce(() => {
    draw();
    if (moved.size > 0) {
      announce(t('fleet.changed', { n: moved.size }));
    }
  }, 300);
  /**
   * @param {string} id
   * @param {Partial<Box>} changes
   */
  const change = (id, changes) => {
    const before = boxes.get(id);
    if (before) {
      const after = { ...before, ...changes };
      boxes.set(id, after);
      if (boxState(after) !== boxState(before)) {
        moved.add(id);
      }
      redraw();
    } else if (!isFirst) {
      refreshLater();
    }
  };
  const refreshLater = debounce(() => refresh('devices'), againMs);
  context.later(on('device', (event) => change(event.device_id, { connection_status: event.connection_status })));
  context.later(on('reading', (event) => change(event.device_id, { last_seen_at: event.received_at })));
  context.later(on('heartbeat', (event) => change(event.device_id, { last_seen_at: event.timestamp })));
  context.later(on('alert', refreshLater));
}

/** @param {Box} box */
function addressOf(box) {
  return `/locations/${encodeURIComponent(box.device_id)}`;
}

/** @param {Box} box */
function row(box) {
  return h(
    'div',
    { class: 'fleet-row' },
    h('span', { class: 'fleet-name clip' }, h('a', { href: addressOf(box), tabindex: -1 }, boxName(box))),
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

/**
 * @param {string} name
 * @returns {(a: Box, b: Box) => number}
 */
function comparer(name) {
  const text = new Intl.Collator(undefined, { numeric: true });
  const seen = (/** @type {Box} */ box) => (box.last_seen_at ? Date.parse(box.last_seen_at) : 0);
  const byName = (/** @type {Box} */ a, /** @type {Box} */ b) =>
    text.compare(a.location_name ?? '\uffff', b.location_name ?? '\uffff') || text.compare(a.device_id, b.device_id);
  /** @type {Record<string, (a: Box, b: Box) => number>} */
  const by = {
    name: byName,
    id: (a, b) => text.compare(a.device_id, b.device_id),
    // The longest silence first: that is what one looks for.
    seen: (a, b) => seen(a) - seen(b),
    signal: (a, b) => (a.last_signal_dbm ?? 0) - (b.last_signal_dbm ?? 0),
    version: (a, b) => text.compare(a.firmware_version ?? '', b.firmware_version ?? ''),
    worst: (a, b) => boxStates.indexOf(boxState(a)) - boxStates.indexOf(boxState(b)) || (boxState(a) === 'online' ? 0 : seen(a) - seen(b)),
  };
  return (a, b) => (by[name] ?? by.worst)(a, b) || byName(a, b);
}
