// All roll-outs: those that go on first, then the newest.

import { mayEverywhere } from '../core/access.js';
import { all, get } from '../core/api.js';
import { data, fill, h } from '../core/dom.js';
import { dateTime, number } from '../core/format.js';
import { on } from '../core/live.js';
import { empty, view } from '../core/states.js';
import { refresh } from '../core/store.js';
import { t, tn } from '../core/text.js';
import { atMostEvery, forWhat, isOpen, keyFor, line, stateOf } from './releases-part.js';
import { whoName } from './who-part.js';

/** @typedef {import('./releases-part.js').Rollout} Rollout */

/** In motion: their boxes are counted in the list. */
const inMotion = ['canary', 'rolling', 'paused'];

/** In the order in which they stand. */
const order = [...inMotion, 'scheduled', 'draft'];

/** How long events are kept together, ms. */
const againMs = 2_000;

/**
 * @param {HTMLElement} root
 * @param {import('../core/router.js').Context} context
 */
export function showRollouts(root, context) {
  const body = h('section', { class: 'card' });
  fill(
    root,
    mayEverywhere('admin') ? h('p', null, h('a', { class: 'button', href: '/releases/rollouts/new' }, t('rollouts.new'))) : null,
    body,
  );
  view(body, {
    key: 'rollouts',
    context,
    fetch: (signal) => load(signal),
    show: (/** @type {Rollout[]} */ rollouts) =>
      rollouts.length === 0 ? empty(t('rollouts.none')) : h('ul', { class: 'plain lines' }, rollouts.map(row)),
  });
  const again = atMostEvery(
    () => refresh('rollouts'),
    () => againMs,
  );
  context.later(again.end);
  context.later(on('rollout', again.run));
  context.later(on('ota', again.run));
}

/** @param {AbortSignal} signal */
async function load(signal) {
  const rows = /** @type {Rollout[]} */ (await all('/api/ota/rollouts', { signal, most: 1000 }));
  const whole = await Promise.all(rows.map((one) => (inMotion.includes(one.state) ? get(`/api/ota/rollouts/${one.id}`, { signal }) : one)));
  const rank = (/** @type {Rollout} */ one) => (isOpen(one.state) ? order.indexOf(one.state) : order.length);
  return whole.sort((a, b) => rank(a) - rank(b) || b.id - a.id);
}

/** @param {Rollout} rollout */
function row(rollout) {
  const { boxes } = rollout;
  return h(
    'li',
    { data: { rollout: rollout.id } },
    h(
      'div',
      { class: 'line' },
      h(
        'a',
        { href: `/releases/rollouts/${rollout.id}` },
        h('strong', null, t('rollout.of', { version: rollout.version, hw: forWhat(rollout) })),
      ),
      stateOf('rollout', rollout.state),
    ),
    boxes
      ? [
          h(
            'p',
            null,
            rollout.stage === null ? null : `${t('rollout.stage', { n: rollout.stage + 1, all: rollout.stages.length })} · `,
            tn(keyFor(rollout, 'rollouts.progress'), {
              done: data('row-confirmed', boxes.confirmed, number(boxes.confirmed)),
              all: data('row-eligible', boxes.eligible, number(boxes.eligible)),
            }),
          ),
          line(boxes.confirmed, boxes.eligible),
        ]
      : null,
    rollout.notes ? h('p', { class: 'breaks' }, rollout.notes) : null,
    h(
      'p',
      { class: 'soft small breaks' },
      t('rollouts.by', {
        id: String(rollout.id),
        time: dateTime(rollout.created_at),
        name: whoName(rollout.created_by),
      }),
    ),
  );
}
