// What one wants to be told, and how: a row a kind, in plain words.

import { access, mayEverywhere } from '../core/access.js';
import { get, put } from '../core/api.js';
import { attempt, notice } from '../core/dialog.js';
import { h } from '../core/dom.js';
import { view } from '../core/states.js';
import { refresh } from '../core/store.js';
import { t } from '../core/text.js';

/** @typedef {import('api-types').components['schemas']['NotificationChoice']} Choice */
/** @typedef {{ list: string[], mail: string[] }} Chosen */

/** Kinds, with what concerns most people first. */
const kinds = [
  'offline',
  'online',
  'counting',
  'degraded',
  'burst',
  'update_failed',
  'rollout_stopped',
  'low_battery',
  'threshold',
  'deployment_failed',
];

/** What is of no place: only those hear of it who may look everywhere. */
const ofNoPlace = ['rollout_stopped'];

/** The kinds of which one can be told. */
export function kindsOf() {
  return kinds.filter((kind) => mayEverywhere('viewer') || !ofNoPlace.includes(kind));
}

/**
 * @param {HTMLElement} card
 * @param {import('../core/router.js').Context} context
 */
export function choiceCard(card, context) {
  view(card, {
    key: 'notification-choice',
    context,
    isAside: true,
    fetch: (signal) => get('/api/notification-choice', { signal }),
    show: (/** @type {Choice} */ choice) => choiceForm(choice, context),
  });
}

/**
 * @param {Choice} choice
 * @param {import('../core/router.js').Context} context
 */
function choiceForm(choice, context) {
  const before = { list: [...choice.list], mail: [...choice.mail] };
  /** @type {Record<string, Set<string>>} */
  const chosen = { list: new Set(choice.list), mail: new Set(choice.mail) };
  const text = () => JSON.stringify([[...chosen.list].sort(), [...chosen.mail].sort()]);
  const initial = text();
  const box = (/** @type {string} */ channel, /** @type {string} */ kind) =>
    h(
      'td',
      null,
      h('input', {
        type: 'checkbox',
        'aria-label': `${t(`kind.${kind}`)}: ${t(`told.by_${channel}`)}`,
        name: `${channel} ${kind}`,
        checked: chosen[channel].has(kind),
        onchange: (/** @type {any} */ event) => chosen[channel][event.target.checked ? 'add' : 'delete'](kind),
      }),
    );
  const save = (/** @type {Chosen} */ wanted) =>
    put('/api/notification-choice', wanted).then(() => {
      for (const key of ['notification-choice', 'notifications', 'unread']) {
        refresh(key);
      }
    });
  const form = h(
    'form',
    {
      class: 'stack',
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        attempt(/** @type {any} */ (event).submitter, async () => {
          await save({ list: [...chosen.list], mail: [...chosen.mail] });
          notice(t('told.saved'), { undo: () => save(before) });
        });
      },
    },
    h(
      'div',
      { class: 'table-wrap' },
      h(
        'table',
        { class: 'told-choice' },
        h(
          'thead',
          null,
          h(
            'tr',
            null,
            h('th', { scope: 'col' }, t('told.kind')),
            ['list', 'mail'].map((channel) => h('th', { scope: 'col' }, t(`told.by_${channel}`))),
          ),
        ),
        h(
          'tbody',
          null,
          kindsOf().map((kind) =>
            h(
              'tr',
              null,
              h('th', { scope: 'row' }, t(`kind.${kind}`), h('div', { class: 'soft small told-why' }, t(`kind.${kind}Why`))),
              box('list', kind),
              box('mail', kind),
            ),
          ),
        ),
      ),
    ),
    h('div', { class: 'actions start' }, h('button', { type: 'submit', class: 'button primary' }, t('told.save'))),
  );
  context.guard(() => form.isConnected && text() !== initial);
  return [
    h('h2', null, t('told.choice')),
    access().notification_mail
      ? h('p', { class: 'soft' }, t('told.mailTo', { name: access().name ?? '' }))
      : h('p', { class: 'note warning' }, t('told.noMail')),
    form,
  ];
}
