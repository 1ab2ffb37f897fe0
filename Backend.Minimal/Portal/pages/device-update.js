// The updates of a box: what it runs, what is meant for it, why it does not have it yet, and what it tried.

import { may } from '../core/access.js';
import { del, get, post, put } from '../core/api.js';
import { ask, attempt, notice, open } from '../core/dialog.js';
import { data, h } from '../core/dom.js';
import { form } from '../core/form.js';
import { bytes, dateTime, duration, number } from '../core/format.js';
import { empty, view } from '../core/states.js';
import { refresh } from '../core/store.js';
import { has, t, word } from '../core/text.js';
import { detail, facts, keyOf, pathOf, send } from './device-part.js';
import { whoName } from './who-part.js';

/** @typedef {import('./device-part.js').Schemas} Schemas */
/** @typedef {import('./device-part.js').Box} Box */
/** @typedef {Schemas['AttemptRow']} Attempt */

/** Attempts that are shown. */
const most = 50;

/**
 * @param {HTMLElement} root
 * @param {import('./device-part.js').Context} context
 * @param {string} id
 */
export function show(root, context, id) {
  view(root, {
    key: keyOf(id, 'update'),
    context,
    fetch: async (signal) => {
      const [update, attempts, one] = await Promise.all([
        get(pathOf(id, '/update'), { signal }),
        get('/api/ota/attempts', { signal, query: { device_id: id, limit: most } }),
        detail(id, signal),
      ]);
      return { update, attempts, box: one.device };
    },
    show: (/** @type {{ update: Schemas['BoxUpdate'], attempts: Attempt[], box: Box }} */ { update, attempts, box }) => {
      const mayWork = may('operator', box.place_id) && !box.retired_at;
      const wanted = update.pin?.version ?? update.rollout?.version ?? null;
      return [
        h('h2', null, t('boxUpdate.now')),
        standing(update, box),
        facts([
          [t('boxUpdate.runs'), update.version === null ? null : data('runs', update.version, update.version)],
          [t('boxUpdate.wanted'), wanted === null ? t('boxUpdate.nothingWanted') : data('wanted', wanted, wanted)],
          [t('box.hardware'), update.hw],
          [t('boxUpdate.asked'), update.checked_at === null ? t('boxUpdate.neverAsked') : dateTime(update.checked_at, box.timezone)],
          [
            t('boxUpdate.answer'),
            update.checked_at === null ? null : update.told === null ? t('boxUpdate.offered') : word('boxWhy', update.told),
          ],
          [
            t('boxUpdate.rollout'),
            update.rollout === null
              ? null
              : t('boxUpdate.rolloutIs', { number: update.rollout.id, state: word('boxRollout', update.rollout.state) }),
          ],
        ]),
        update.barred.length > 0 ? barred(id, update.barred, box, mayWork) : null,
        mayWork ? actions(id, update) : null,
        h('h2', null, t('boxUpdate.attempts')),
        attempts.length === 0
          ? empty(t('boxUpdate.noAttempts'))
          : h(
              'ul',
              { class: 'plain lines' },
              attempts.map((one) => attemptLine(one, box)),
            ),
      ];
    },
  });
}

/**
 * How far the box is, and in one sentence why not further.
 * @param {Schemas['BoxUpdate']} update
 * @param {Box} box
 */
function standing({ pin: kept, rollout, version }, box) {
  const note = (/** @type {string} */ kind, /** @type {import('../core/dom.js').Child[]} */ ...children) =>
    h('p', { class: `note ${kind}`, data: { test: 'standing' } }, ...children);
  if (kept) {
    return note(
      kept.version === version ? 'good' : 'warning',
      t('boxUpdate.pinned', { version: kept.version, name: whoName(kept.by), time: dateTime(kept.at, box.timezone) }),
    );
  }
  if (rollout === null) {
    return note('', t('boxUpdate.none'));
  }
  const one = rollout.box;
  const isWell = one.state === 'current' || one.state === 'confirmed';
  const isGone = ['failed', 'rolled_back', 'silent', 'unhealthy'].includes(one.state);
  const progress =
    one.state === 'downloading' && one.chunk_count > 0 ? ` ${t('boxUpdate.parts', { n: one.chunks, all: one.chunk_count })}` : '';
  const held = !isWell && rollout.state !== 'canary' && rollout.state !== 'rolling' && rollout.state !== 'done';
  const told = one.state === 'waiting' && one.why === null && one.told ? one.told : null;
  return note(
    isWell ? 'good' : isGone || one.state === 'blocked' ? 'bad' : one.state === 'excluded' || held ? 'warning' : '',
    `${rollout.version}: ${because(word('boxState', one.state), one.why ?? told)}${progress}`,
    held ? ` ${word('boxRolloutHeld', rollout.state)}` : '',
    one.left_behind ? ` ${t('boxUpdate.leftBehind')}` : '',
  );
}

/**
 * A state with its reason, and what to do about it: `cannot take it: it has no key. Write its identity again.`
 * @param {string} state In words.
 * @param {string | null} why Words of the server's, separated by commas: the first one counts.
 */
function because(state, why) {
  if (!why) {
    return `${state}.`;
  }
  const first = why.split(',')[0].trim();
  const advice = `boxAdvice.${first}`;
  return `${state}: ${word('boxWhy', first)}.${has(advice) ? ` ${t(advice)}` : ''}`;
}

/**
 * Releases that the box is not offered again.
 * @param {string} id
 * @param {Schemas['BarredRelease'][]} releases
 * @param {Box} box
 * @param {boolean} mayWork
 */
function barred(id, releases, box, mayWork) {
  return [
    h('h2', null, t('boxUpdate.barred')),
    h('p', { class: 'soft' }, t('boxUpdate.barredWhy')),
    h(
      'ul',
      { class: 'plain lines' },
      releases.map((one) =>
        h(
          'li',
          { data: { barred: one.version } },
          h('strong', null, one.version),
          h('p', null, because(word('boxState', one.state), one.why)),
          h('p', { class: 'soft small' }, dateTime(one.at, box.timezone)),
          mayWork
            ? h(
                'button',
                {
                  type: 'button',
                  class: 'button',
                  data: { key: `allow-${one.version}` },
                  onclick: (/** @type {any} */ event) => allow(event.currentTarget, id, one.version),
                },
                t('boxUpdate.allow', { version: one.version }),
              )
            : null,
        ),
      ),
    ),
  ];
}

/**
 * @param {HTMLButtonElement} button
 * @param {string} id
 * @param {string} version
 */
async function allow(button, id, version) {
  const path = `${pathOf(id, '/ota/allow')}?version=${encodeURIComponent(version)}`;
  if (await attempt(button, () => post(path))) {
    refresh(keyOf(id, ''));
    notice(t('boxUpdate.allowed', { version }));
  }
}

/**
 * @param {string} id
 * @param {Schemas['BoxUpdate']} update
 */
function actions(id, update) {
  const button = (/** @type {string} */ name, /** @type {(button: HTMLButtonElement) => void} */ run) =>
    h(
      'button',
      { type: 'button', class: 'button', data: { key: name }, onclick: (/** @type {any} */ event) => run(event.currentTarget) },
      t(`boxUpdate.${name}`),
    );
  return h(
    'div',
    { class: 'actions start' },
    button('look', (node) => send(id, 'ota_check', node)),
    button('pin', () => pin(id, update)),
    update.pin ? button('unpin', () => unpin(id, update.pin?.version ?? '')) : null,
  );
}

/**
 * @param {string} id
 * @param {string} version
 */
function keepAt(id, version) {
  return put(`${pathOf(id, '/ota/pin')}?version=${encodeURIComponent(version)}`).then(() => refresh(keyOf(id, '')));
}

/**
 * @param {string} id
 * @param {Schemas['BoxUpdate']} update
 */
async function pin(id, update) {
  const before = update.pin?.version;
  /** @type {(version?: string) => void} */
  let close = () => {};
  const made = form({
    fields: [
      {
        name: 'version',
        label: t('boxUpdate.version'),
        hint: t('boxUpdate.pinHint'),
        required: true,
        value: before ?? update.version ?? '',
        max: 15,
        check: (value) => (/^\d+(\.\d+)+/.test(value) ? null : t('boxUpdate.pinHint')),
      },
    ],
    action: t('boxUpdate.pinDo'),
    run: async ({ version }) => {
      await keepAt(id, version);
      close(version);
    },
  });
  const version = await open({
    title: t('boxUpdate.pin'),
    body: [h('p', null, t('boxUpdate.pinWhy')), made.el],
    actions: (end) => {
      close = end;
      return h('button', { type: 'button', class: 'button', onclick: () => end() }, t('dialog.cancel'));
    },
  });
  if (version) {
    notice(t('boxUpdate.pinDone', { version }), {
      undo: () => (before ? keepAt(id, before) : del(pathOf(id, '/ota/pin')).then(() => refresh(keyOf(id, '')))),
    });
  }
}

/**
 * @param {string} id
 * @param {string} version
 */
async function unpin(id, version) {
  const done = await ask({
    title: t('boxUpdate.unpin'),
    text: t('boxUpdate.unpinWhy', { version }),
    action: t('boxUpdate.unpin'),
    run: () => del(pathOf(id, '/ota/pin')),
  });
  if (done) {
    refresh(keyOf(id, ''));
    notice(t('boxUpdate.unpinned'), { undo: () => keepAt(id, version) });
  }
}

/**
 * @param {Attempt} one
 * @param {Box} box
 */
function attemptLine(one, box) {
  return h(
    'li',
    { data: { attempt: one.id } },
    h(
      'strong',
      null,
      one.base_version === null
        ? t('boxUpdate.fullTo', { to: one.version })
        : t('boxUpdate.fromTo', { from: one.base_version, to: one.version }),
    ),
    h(
      'p',
      null,
      because(word('boxState', one.state), one.why),
      one.allowed_at ? ` ${t('boxUpdate.allowedAgain', { time: dateTime(one.allowed_at, box.timezone) })}` : '',
    ),
    h(
      'p',
      { class: 'soft small' },
      t('boxUpdate.figures', {
        time: dateTime(one.offered_at, box.timezone),
        parts: number(one.chunks),
        all: number(one.chunk_count),
        bytes: bytes(one.bytes),
      }),
      one.seconds === null ? null : ` ${t('boxUpdate.took', { span: duration(one.seconds) })}`,
    ),
  );
}
