// One box: its state in one sentence, what can be done with it, and its parts, each loaded when it is gone to.

import { may } from '../core/access.js';
import { get, now } from '../core/api.js';
import { h, fill, throttle } from '../core/dom.js';
import { ago, dateTime } from '../core/format.js';
import { on } from '../core/live.js';
import { go } from '../core/router.js';
import { failed, loading, view } from '../core/states.js';
import { refresh } from '../core/store.js';
import { t } from '../core/text.js';
import { boxName, boxState, boxWords } from '../parts/box.js';
import { status } from '../parts/status.js';
import { demoNote } from './demo-part.js';
import { detail, keyOf, pathOf, send, stateOf } from './device-part.js';

/** @typedef {import('./device-part.js').Schemas} Schemas */
/** @typedef {import('./device-part.js').Box} Box */
/** @typedef {import('../core/router.js').Context} Context */

/** The parts: `device-NAME.js` shows one. */
const tabs = ['now', 'health', 'settings', 'commands', 'update', 'history'];

/** How long a command that has ended is still told of at the top, ms. */
const freshMs = 10 * 60_000;

/** How often what is shown is asked for anew while the box speaks, ms. */
const againMs = 500;

/** @type {import('../core/router.js').Page} */
export const page = {
  title: 'box.title',
  needs: 'viewer',
  texts: 'fleet box',
  mount(root, context) {
    const id = context.params.device;
    const tab = tabs.includes(context.params.tab) ? context.params.tab : tabs[0];
    const base = `/locations/${encodeURIComponent(id)}`;
    const name = h('h1', { class: 'breaks' }, id);
    const head = h('div', { class: 'box-head' });
    const printHead = h('p', { class: 'print-only' });
    const demo = demoNote(context, 0);
    const body = h('section', { class: 'card stack' }, loading(6));
    context.title(id);
    fill(
      root,
      h('p', { class: 'no-print' }, h('a', { href: '/locations' }, `‹ ${t('fleet.title')}`)),
      name,
      printHead,
      demo.el,
      head,
      h(
        'nav',
        { class: 'tabs', 'aria-label': t('box.tabs') },
        tabs.map((one) => h('a', { href: `${base}/${one}`, 'aria-current': one === tab ? 'page' : undefined }, t(`box.tab_${one}`))),
      ),
      body,
    );
    view(head, {
      key: keyOf(id, 'head'),
      context,
      isAside: true,
      lines: 1,
      fetch: async (signal) => {
        const [one, rows] = await Promise.all([detail(id, signal), get(pathOf(id, '/commands'), { signal, query: { limit: 10 } })]);
        return { box: one.device, asked: rows.find((/** @type {Schemas['CommandRow']} */ row) => row.command === 'send_now') };
      },
      show: (/** @type {{ box: Box, asked: Schemas['CommandRow'] | undefined }} */ { box, asked }) => {
        if (box.kind !== 'box') {
          // Alerts and audit know only ids.
          go(`/things/${encodeURIComponent(id)}`, { replace: true });
          return null;
        }
        name.textContent = boxName(box);
        demo.show(box.place_id ?? 0);
        printHead.textContent = [boxName(box), box.device_id, box.timezone, dateTime(Date.now(), box.timezone)].filter(Boolean).join(' · ');
        return headline(box, asked);
      },
    });
    // On a phone the row is wider than the screen: the part that is shown is in sight.
    root.querySelector('.tabs [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
    showTab(body, context, id, tab);
    // A box that catches up says many things a second.
    const again = throttle(() => refresh(keyOf(id, '')), againMs);
    for (const kind of /** @type {const} */ (['reading', 'heartbeat', 'device', 'ota', 'alert'])) {
      context.later(on(kind, (event) => event.device_id === id && again()));
    }
  },
};

/**
 * @param {HTMLElement} root
 * @param {Context} context
 * @param {string} id
 * @param {string} tab
 */
async function showTab(root, context, id, tab) {
  try {
    const part = await import(`./device-${tab}.js`);
    if (!context.signal.aborted) {
      fill(root);
      part.show(root, context, id);
    }
  } catch (fault) {
    if (!context.signal.aborted) {
      console.warn(fault);
      fill(
        root,
        failed(null, () => location.reload()),
      );
      context.ready();
    }
  }
}

/**
 * @param {Box} box
 * @param {Schemas['CommandRow'] | undefined} asked The last time that it was asked for a reading.
 */
function headline(box, asked) {
  const state = boxState(box);
  const lastWord = box.last_seen_at
    ? t('box.lastWord', { time: dateTime(box.last_seen_at, box.timezone), ago: ago(box.last_seen_at) })
    : t('box.neverHeard');
  const isWaiting = asked !== undefined && (asked.state === 'queued' || asked.state === 'delivered');
  const isFresh = asked?.done_at ? now() - Date.parse(asked.done_at) < freshMs : false;
  return [
    h('p', null, status(state, boxWords(box)), ' ', h('span', { class: 'soft' }, box.device_id)),
    h('p', null, lastWord, state === 'silent' ? ` ${t('box.whatToDo')}` : null),
    box.status === 'active' || box.retired_at ? null : h('p', { class: 'note warning' }, t(`box.status_${box.status}`)),
    box.tags.length > 0
      ? h(
          'p',
          { class: 'row' },
          box.tags.map((tag) => h('a', { href: `/locations?tag=${encodeURIComponent(tag)}`, class: 'badge' }, tag)),
        )
      : null,
    may('operator', box.place_id)
      ? h(
          'div',
          { class: 'actions start no-print' },
          box.retired_at
            ? null
            : h(
                'button',
                {
                  type: 'button',
                  class: 'button',
                  data: { key: 'send-now' },
                  onclick: (/** @type {any} */ event) => send(box.device_id, 'send_now', event.currentTarget),
                },
                t('box.sendNow'),
              ),
          h(
            'button',
            {
              type: 'button',
              class: 'button',
              'aria-label': t('box.more'),
              'aria-haspopup': 'dialog',
              data: { key: 'more' },
              onclick: () => openMenu(box),
            },
            '⋯',
          ),
        )
      : null,
    asked && (isWaiting || isFresh) && may('operator', box.place_id)
      ? h('p', { class: 'soft small', data: { test: 'asked' } }, `${t('command.send_now')}: ${stateOf(asked, box)}`)
      : null,
  ];
}

/** @param {Box} box */
async function openMenu(box) {
  const menu = await import('./device-menu.js');
  menu.openMenu(box);
}
