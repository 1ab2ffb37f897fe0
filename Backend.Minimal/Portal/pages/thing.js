// A thing: what it says now, what is asked of it, how that was before, its rules, what happened, its line and its updates.

import { access, may } from '../core/access.js';
import { get } from '../core/api.js';
import { fill, h, throttle } from '../core/dom.js';
import { on } from '../core/live.js';
import { loadPlaces } from '../core/places.js';
import { view } from '../core/states.js';
import { refresh, watch } from '../core/store.js';
import { t, word } from '../core/text.js';
import { demoNote } from './demo-part.js';
import { showEvents, showNetwork, showSnapshot, showUpdates } from './thing-told.js';
import { showConfig } from './thing-config.js';
import { showConnection } from './thing-connection.js';
import { historyPart } from './thing-history.js';
import { commandRow, openMenu } from './thing-menu.js';
import { showRules } from './thing-rules.js';
import { valuePanel } from './thing-values.js';
import { thingName, thingStatus } from './things-part.js';

/** @typedef {import('./things-part.js').Thing} Thing */
/** @typedef {import('./things-part.js').Wanted} Wanted */
/** @typedef {import('./things-wish.js').Reported} Reported */
/**
 * @typedef {Thing & { life: string, environment: string | null, supported_commands: string[],
 *   config: Record<string, any> | null, wanted_config: Record<string, any> | null, retired_at: string | null }} Detail
 */
/** @typedef {{ reported: Record<string, Reported>, wanted: Record<string, Wanted> }} State */
/** @typedef {{ thing: Detail, state: State, zone: string | undefined }} Known */

/** How often what hangs on events is asked for anew, ms. */
const againMs = 1_000;

/** How often what is shown is made anew without an event, and how often it is asked for, ms. */
const [drawMs, lookMs] = [15_000, 60_000];

/** @type {import('../core/router.js').Page} */
export const page = {
  title: 'thing.title',
  needs: 'viewer',
  texts: 'things thing',
  mount(root, context) {
    const id = context.params.device;
    const path = `/api/things/${encodeURIComponent(id)}`;
    const card = (/** @type {string} */ name) => h('section', { class: 'card', data: { part: name } });
    const [head, values, history, rules, events, snapshot, network, config, updates, connection] = [
      h('div', { class: 'stack' }),
      ...['values', 'history', 'rules', 'events', 'snapshot', 'network', 'config', 'updates', 'connection'].map(card),
    ];
    const title = h('h1', null, id);
    const menu = h('div', { class: 'row' });
    const note = h('div');
    const rest = h(
      'div',
      { class: 'thing-grid', hidden: true },
      h('div', null, values, history, rules),
      h('div', null, network, config, snapshot, events, updates, connection),
    );
    fill(
      root,
      h('p', { class: 'no-print' }, h('a', { href: '/things' }, t('thing.back'))),
      h('div', { class: 'fleet-head' }, title, menu),
      note,
      head,
      rest,
    );
    const panel = valuePanel(values, id);
    /** @type {ReturnType<typeof historyPart> | null} */
    let charts = null;

    view(head, {
      key: `thing ${id}`,
      context,
      lines: 3,
      fetch: async (signal) => {
        const [thing, state, places] = await Promise.all([
          get(path, { signal }),
          get(`/api/devices/${encodeURIComponent(id)}/state`, { signal }),
          loadPlaces(signal),
        ]);
        const status = thing.retired_at ? 'retired' : thing.status;
        return { thing: { ...thing, status }, state, zone: places.find((place) => place.id === thing.place_id)?.timezone };
      },
      show: ({ thing, state, zone }) => {
        title.textContent = thingName(thing);
        context.title(thingName(thing));
        const mayAct = may('operator', thing.place_id) && thing.status !== 'retired';
        fill(
          menu,
          may('operator', thing.place_id)
            ? h(
                'button',
                { type: 'button', class: 'button', data: { key: 'thing-menu' }, 'aria-haspopup': 'dialog', onclick: () => openMenu(thing) },
                t('thing.menu'),
              )
            : null,
        );
        panel.set(state, mayAct, zone);
        if (rest.hidden) {
          begin({ thing, state, zone });
        }
        showNetwork(network, thing, zone);
        showConfig(config, thing, mayAct);
        return [facts(thing), mayAct && thing.supported_commands.length > 0 ? commandRow(thing, thing.supported_commands) : null];
      },
    });

    /** The first answer is there: what hangs on it begins. @param {Known} known */
    function begin({ thing, zone }) {
      rest.hidden = false;
      if (thing.demo) {
        fill(note, demoNote(context, thing.place_id).el);
      }
      charts = historyPart(history, context, id, zone);
      showRules(rules, context, thing);
      showEvents(events, context, id, zone);
      showSnapshot(snapshot, context, id, zone);
      showUpdates(updates, context, thing, zone);
      const isOpenToMe = may('operator', thing.place_id) && thing.status !== 'retired';
      connection.hidden = !isOpenToMe;
      if (isOpenToMe) {
        showConnection(connection, context, thing);
      }
    }

    const again = throttle(() => refresh(`thing ${id}`), againMs);
    const isMine = (/** @type {(event: any) => void} */ work) => (/** @type {any} */ event) => event?.device_id === id && work(event);
    context.later(
      on(
        'telemetry',
        isMine((event) => {
          if (!panel.hear(event.data ?? {}, event.timestamp)) {
            again();
          }
          charts?.hear();
        }),
      ),
    );
    context.later(on('state', isMine(again)));
    context.later(on('status', isMine(again)));
    context.later(on('device', isMine(again)));
    context.later(on('ota', isMine(throttle(() => refresh(`thing-updates ${id}`), againMs))));
    // "3 min ago" grows older by itself, and its line and last word are told by no event.
    const clocks = [setInterval(() => panel.draw(), drawMs), setInterval(() => refresh(`thing ${id}`), lookMs)];
    context.later(() => clocks.forEach(clearInterval));
    if (access().kind === 'user') {
      context.later(
        watch(
          'tiles',
          (signal) => get('/api/tiles', { signal }),
          (entry) => entry.value && panel.setTiles(entry.value.tiles),
        ),
      );
    }
    return { query: () => charts?.follow() };
  },
};

/** What is known of a thing in one line each. @param {Detail} thing */
function facts(thing) {
  const rows = [
    [t('thing.state'), thingStatus(thing)],
    [t('thing.kind'), word('thingKind', thing.kind)],
    [t('thing.place'), thing.place === null ? t('things.noPlace') : h('a', { href: `/places/${thing.place_id}` }, thing.place)],
    [t('thing.product'), [thing.product, thing.platform].filter(Boolean).join(' · ') || '–'],
    [t('thing.version'), thing.version ?? '–'],
    [t('thing.id'), thing.device_id],
    thing.tags.length > 0 ? [t('thing.tags'), thing.tags.join(', ')] : null,
  ].filter((row) => row !== null);
  return h(
    'dl',
    { class: 'box-facts card' },
    rows.map(([name, value]) => h('div', null, h('dt', null, name), h('dd', null, value))),
  );
}
