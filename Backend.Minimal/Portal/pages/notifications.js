// What happened, newest first; what goes on now; and what one wants to be told.

import { access, may } from '../core/access.js';
import { all, del, post, put } from '../core/api.js';
import { attempt, notice } from '../core/dialog.js';
import { data, throttle, fill, h } from '../core/dom.js';
import { ago, dateTime } from '../core/format.js';
import { on } from '../core/live.js';
import { loadPlaces, watchPlaces } from '../core/places.js';
import { empty, view } from '../core/states.js';
import { refresh } from '../core/store.js';
import { t, word } from '../core/text.js';
import { status } from '../parts/status.js';
import { choiceCard, kindsOf } from './notifications-choice.js';

/** @typedef {import('api-types').components['schemas']} Schemas */
/** @typedef {Schemas['NotificationRow']} Notification */
/** @typedef {Schemas['AlertRow']} Alert */
/** @typedef {import('../core/router.js').Context} Context */

/** Rows of a part. */
const step = 50;

/** Open alerts that are shown; the rest is only counted. */
const mostAlerts = 20;

/** What has failed, rather than looks odd. */
const problems = ['offline', 'update_failed', 'deployment_failed', 'rollout_stopped'];

/** Kinds of which the server's own sentence says more than ours: to everybody, and to who looks after boxes. */
const withDetail = ['low_battery', 'threshold', 'update_failed', 'deployment_failed', 'rollout_stopped', 'counting'];
const withTechnicalDetail = ['burst', 'degraded'];

/** How far down one must have scrolled for a list not to move under one's eyes, px. */
const scrolledPx = 300;

/** The clocks of places, by their number; what is of none is told by the reader's. @type {Map<number | null, string>} */
const zones = new Map();

/**
 * An answer, once the clocks by which it is told are known.
 * @template T
 * @param {Promise<T>} answer
 * @param {AbortSignal} signal
 */
async function withZones(answer, signal) {
  const places = zones.size > 0 ? [] : loadPlaces(signal).catch(() => []);
  for (const place of await places) {
    zones.set(place.id, place.timezone);
  }
  return answer;
}

/** @type {import('../core/router.js').Page} */
export const page = {
  title: 'told.title',
  needs: 'viewer',
  texts: 'people',
  mount(root, context) {
    const now = h('section', { class: 'card', data: { part: 'alerts' } });
    fill(root, h('h1', null, t('told.title')), now);
    alertsCard(now, context, access().kind !== 'user');
    if (access().kind === 'user') {
      const list = h('section', { class: 'card', data: { part: 'list' } });
      const choice = h('section', { class: 'card', data: { part: 'choice' } });
      root.append(list, choice);
      listCard(list, context);
      choiceCard(choice, context);
    } else {
      root.append(h('section', { class: 'card' }, empty(t('told.key'))));
    }
  },
};

/**
 * What goes on now.
 * @param {HTMLElement} card
 * @param {Context} context
 * @param {boolean} isMain Whether there is nothing else on the page.
 */
function alertsCard(card, context, isMain) {
  view(card, {
    key: 'alerts open',
    context,
    isAside: !isMain,
    lines: 1,
    fetch: (signal) => withZones(all('/api/alerts', { signal, query: { open: true }, most: mostAlerts + 1 }), signal),
    show: (/** @type {Alert[]} */ rows) => [
      h('h2', null, t('told.now')),
      rows.length === 0
        ? h('p', null, status('online', t('told.quiet')))
        : [
            h(
              'ul',
              { class: 'plain lines' },
              rows.slice(0, mostAlerts).map((row) => alertLine(row)),
            ),
            rows.length > mostAlerts ? h('p', { class: 'soft' }, t('told.moreOpen', { n: mostAlerts })) : null,
          ],
    ],
  });
  context.later(on('alert', () => refresh('alerts open')));
}

/** @param {Alert} row */
function alertLine(row) {
  return h(
    'li',
    { class: 'line', data: { alert: row.id } },
    h(
      'div',
      null,
      severity(row.alert_type, false),
      ' ',
      boxLink(row.device_id, row.alert_type),
      ' ',
      h('span', null, word('alert', row.alert_type)),
      h(
        'div',
        { class: 'soft small' },
        row.place_id === null ? null : [placeLink(row.place_id, row.place_name), ' · '],
        t('told.since', { time: dateTime(row.created_at, zones.get(row.place_id)) }),
        may('operator') ? [' · ', h('span', { lang: 'en' }, row.message)] : null,
      ),
      row.acknowledged_by
        ? h('div', { class: 'soft small' }, t('told.seenBy', { name: row.acknowledged_by, when: ago(row.acknowledged_at) }))
        : null,
    ),
    may('operator') && !row.acknowledged_by
      ? h(
          'button',
          {
            type: 'button',
            class: 'link',
            'data-key': `ack ${row.id}`,
            onclick: (/** @type {any} */ event) =>
              attempt(event.currentTarget, () => post(`/api/alerts/${row.id}/acknowledge`).then(() => refresh('alerts open'))),
          },
          t('told.acknowledge'),
          h('span', { class: 'hidden-text' }, ` ${row.device_id}`),
        )
      : null,
  );
}

/**
 * @param {HTMLElement} card
 * @param {Context} context
 */
function listCard(card, context) {
  let shown = step;
  let end = () => {};
  const heading = h('h2', { tabindex: -1 }, t('told.list'));
  const news = h('div', { role: 'status' });
  const body = h('div', { class: 'stack' });
  const filter = (/** @type {string} */ name, /** @type {string} */ label, /** @type {[string, string][]} */ options) =>
    h(
      'select',
      {
        'aria-label': label,
        name,
        onchange: (/** @type {any} */ event) => {
          context.setQuery({ [name]: event.target.value }, { replace: true });
          shown = step;
          ask();
        },
      },
      options.map(([value, text]) => h('option', { value, selected: value === (context.query.get(name) ?? '') }, text)),
    );
  const places = h('div');
  fill(
    card,
    h(
      'div',
      { class: 'fleet-head' },
      heading,
      h(
        'button',
        {
          type: 'button',
          class: 'button',
          onclick: (/** @type {any} */ event) =>
            attempt(event.currentTarget, async () => {
              await put('/api/notifications/read-all');
              renew();
              notice(t('told.allRead'));
            }),
        },
        t('told.readAll'),
      ),
    ),
    h(
      'div',
      { class: 'row told-filters' },
      filter('read', t('told.which'), [
        ['', t('told.all')],
        ['false', t('told.unread')],
        ['true', t('told.read')],
      ]),
      filter('kind', t('told.kind'), [
        ['', t('told.kinds')],
        ...kindsOf().map((kind) => /** @type {[string, string]} */ ([kind, t(`kind.${kind}`)])),
      ]),
      places,
    ),
    news,
    body,
  );
  context.later(
    watchPlaces((entry) => {
      if (entry.value && entry.value.length > 1 && !places.firstChild) {
        fill(
          places,
          filter('place', t('insights.place'), [
            ['', t('told.places')],
            ...entry.value.map((place) => /** @type {[string, string]} */ ([String(place.id), place.name])),
          ]),
        );
      }
    }),
  );
  context.later(() => end());
  ask();
  context.later(on('notification', throttle(hear, 200)));

  /** Something was told: it comes on top, unless somebody reads further down. */
  function hear() {
    if (window.scrollY < scrolledPx) {
      renew();
      return;
    }
    fill(
      news,
      h(
        'button',
        {
          type: 'button',
          class: 'button',
          onclick: () => {
            renew();
            heading.focus();
          },
        },
        t('told.news'),
      ),
    );
  }

  function renew() {
    fill(news);
    refresh('notifications');
    refresh('unread');
  }

  function ask() {
    end();
    const query = Object.fromEntries(['read', 'kind', 'place'].map((name) => [name, context.query.get(name)]));
    end = view(body, {
      key: `notifications ${JSON.stringify(query)} ${shown}`,
      context,
      fetch: (signal) => withZones(all('/api/notifications', { signal, query, most: shown + 1 }), signal),
      show: (/** @type {Notification[]} */ rows) =>
        rows.length === 0
          ? empty(t(Object.values(query).some(Boolean) ? 'told.noneSo' : 'told.none'))
          : [
              h(
                'ul',
                { class: 'plain lines', 'aria-label': t('told.list') },
                rows.slice(0, shown).map((row) => line(row, renew)),
              ),
              rows.length > shown
                ? h(
                    'button',
                    {
                      type: 'button',
                      class: 'button',
                      'data-key': 'older',
                      onclick: () => {
                        shown += step;
                        ask();
                      },
                    },
                    t('list.older'),
                  )
                : null,
            ],
    });
  }
}

/**
 * @param {Notification} row
 * @param {() => void} renew
 */
function line(row, renew) {
  const isOver = row.state === 'recovered';
  const act = (/** @type {string} */ key, /** @type {string} */ text, /** @type {() => Promise<any>} */ work) =>
    h(
      'button',
      {
        type: 'button',
        class: 'link',
        'data-key': `${key} ${row.id}`,
        onclick: (/** @type {any} */ event) => attempt(event.currentTarget, () => work().then(renew)),
      },
      text,
      h('span', { class: 'hidden-text' }, ` ${row.device_id}`),
    );
  const at = `/api/notifications/${row.id}`;
  return h(
    'li',
    { class: row.read ? 'told' : 'told told-unread', data: { notification: row.id, read: row.read } },
    h(
      'div',
      null,
      severity(row.kind, isOver),
      ' ',
      row.read ? null : [h('span', { class: 'badge' }, t('told.new')), ' '],
      boxLink(row.device_id, row.kind),
      ' ',
      h('span', null, t(`told.${row.kind}_${row.state}`)),
    ),
    h(
      'div',
      { class: 'soft small' },
      row.place_id === null ? null : [placeLink(row.place_id, row.place_name), ' · '],
      h('time', { datetime: row.at }, dateTime(row.at, zones.get(row.place_id))),
      row.times > 1
        ? [' · ', data('times', row.times, t('told.more', { n: row.times - 1, time: dateTime(row.told_at, zones.get(row.place_id)) }))]
        : null,
    ),
    hasDetail(row.kind) ? h('div', { class: 'small breaks', lang: 'en' }, row.message) : null,
    h(
      'div',
      { class: 'row' },
      row.read ? act('mark', t('told.markUnread'), () => put(`${at}/unread`)) : act('mark', t('told.markRead'), () => put(`${at}/read`)),
      act('remove', t('count.remove'), async () => {
        await del(at);
        notice(t('told.removed'), { undo: () => put(`${at}/restore`).then(renew) });
      }),
    ),
  );
}

/**
 * Whether the server's own sentence is worth showing to who looks.
 * @param {string} kind
 */
function hasDetail(kind) {
  return withDetail.includes(kind) || (may('operator') && withTechnicalDetail.includes(kind));
}

/**
 * How bad it is, as shape and word.
 * @param {string} kind Of a notification or an alert.
 * @param {boolean} isOver
 */
function severity(kind, isOver) {
  return isOver || kind === 'online'
    ? status('online', t('told.over'))
    : problems.includes(kind)
      ? status('silent', t('told.problem'))
      : status('odd', t('told.warning'));
}

/**
 * @param {number} id
 * @param {string | null} name
 */
function placeLink(id, name) {
  return h('a', { href: `/?place=${id}` }, name ?? `${id}`);
}

/**
 * What it is about, as a link where there is a page of it for who looks: an owner is led to the place beside it.
 * @param {string} id Of a device, `rollout 7` or `deployment UUID`.
 * @param {string} kind
 */
function boxLink(id, kind) {
  const isGateway = kind === 'deployment_failed';
  const words = t(isGateway ? 'told.gateway' : 'told.box', { id });
  if (!may('operator')) {
    return h('span', null, words);
  }
  const [, of, number] = /^(rollout|deployment) (\S+)$/.exec(id) ?? [];
  return of === 'rollout'
    ? h('a', { href: `/releases/rollouts/${number}` }, t('told.rollout', { id: number }))
    : of === 'deployment'
      ? h('a', { href: `/deployments/${encodeURIComponent(number)}` }, t('told.deployment'))
      : h('a', { href: `${isGateway ? '/deployments/gateways' : '/locations'}/${encodeURIComponent(id)}` }, words);
}
