// The boxes of a roll-out: counted by state, found by state, each with how it does, why, and whether it is to have the release at all.

import { may } from '../core/access.js';
import { post } from '../core/api.js';
import { attempt, notice, open } from '../core/dialog.js';
import { data, fill, h } from '../core/dom.js';
import { ago, dateTime, number, percent } from '../core/format.js';
import { t } from '../core/text.js';
import { list } from '../parts/list.js';
import { shape } from '../parts/status.js';
import { boxStates, isOpen, keyFor, runsIt, shapeOf, stateOf, whyWords } from './releases-part.js';

/** @typedef {import('./releases-part.js').Rollout} Rollout */
/** @typedef {import('./releases-part.js').Box} Box */

/**
 * Makes the part. It stays as it is while the page around it is drawn anew: filter, place in the list and focus are the reader's.
 * @param {number} id The roll-out.
 * @param {() => void} again Asks anew, after a change.
 */
export function boxList(id, again) {
  /** @type {Box[]} */
  let boxes = [];
  /** @type {Rollout | null} */
  let rollout = null;
  let wanted = '';
  const counters = h('div', { class: 'counters', role: 'group', 'aria-label': t('boxes.states') });
  const found = h('p', { class: 'soft', role: 'status' });
  const rows = list({
    label: t('boxes.title'),
    key: (/** @type {Box} */ box) => box.device_id,
    row: (box) => row(rollout, box),
    open: (box) => rollout && showBox(rollout, box, () => again()),
    rowHeight: 60,
  });
  rows.el.classList.add('fleet-list');
  const title = h('h2', null, t('boxes.title'));
  const el = h('section', { class: 'card stack', hidden: true }, title, counters, found, rows.el);

  function draw() {
    const states = boxStates.filter((state) => state === wanted || boxes.some((box) => box.state === state));
    const focused = counters.contains(document.activeElement) ? document.activeElement?.getAttribute('data-key') : null;
    fill(
      counters,
      states.map((state) => {
        const n = boxes.reduce((sum, box) => sum + Number(box.state === state), 0);
        return h(
          'button',
          {
            type: 'button',
            class: 'counter',
            'aria-pressed': String(state === wanted),
            data: { key: state },
            onclick: () => {
              wanted = state === wanted ? '' : state;
              draw();
            },
          },
          shape(shapeOf(state)),
          data(`boxes-${state}`, n, number(n)),
          ' ',
          t(`rbox.${state}`),
        );
      }),
    );
    if (focused) {
      /** @type {HTMLElement | null} */ (counters.querySelector(`[data-key="${focused}"]`))?.focus();
    }
    const shown = boxes.filter((box) => wanted === '' || box.state === wanted);
    rows.set(shown);
    found.textContent = t(rollout ? keyFor(rollout, 'boxes.found') : 'boxes.found', { n: shown.length, all: boxes.length });
  }

  return {
    el,
    /**
     * @param {Rollout} of
     * @param {Box[]} all
     */
    set(of, all) {
      rollout = of;
      title.textContent = t(keyFor(of, 'boxes.title'));
      boxes = all;
      el.hidden = all.length === 0;
      draw();
    },
  };
}

/**
 * @param {Rollout | null} rollout
 * @param {Box} box
 */
function row(rollout, box) {
  // A box says what it runs when it asks, which may be a while after it has told how its update ended.
  const version = rollout && runsIt(rollout, box) ? rollout.version : box.version;
  return h(
    'div',
    { class: 'fleet-row' },
    h('span', { class: 'fleet-name clip' }, h('strong', null, box.device_id)),
    h('span', { class: 'fleet-id soft' }, box.stage === null ? t('boxes.noStage') : t('rollout.stageName', { n: box.stage + 1 })),
    h('span', { class: 'fleet-say clip' }, stateOf('rbox', box.state), detailOf(rollout, box)),
    h('span', { class: 'fleet-signal soft' }, box.last_seen_at ? ago(box.last_seen_at) : null),
    h('span', { class: 'fleet-version soft clip' }, version ?? '–'),
  );
}

/**
 * What a state alone does not say.
 * @param {Rollout | null} rollout
 * @param {Box} box
 */
function detailOf(rollout, box) {
  return box.state === 'downloading' && box.chunk_count > 0
    ? ` ${rollout?.product ? percent(box.chunks / 100) : t('boxes.chunks', { n: box.chunks, all: box.chunk_count })}`
    : box.why
      ? ` – ${whyWords(box.why)}`
      : box.state === 'confirmed' && box.proved_at === null
        ? ` – ${t('boxes.unproved')}`
        : box.left_behind
          ? ` – ${t('boxes.leftBehind')}`
          : '';
}

/**
 * @param {Rollout} rollout
 * @param {Box} box
 * @param {() => void} again
 */
function showBox(rollout, box, again) {
  const isOut = box.state === 'excluded' && box.why === 'operator';
  const change = isOut ? 'include' : 'exclude';
  const mayChange = may('operator') && isOpen(rollout.state) && (isOut || box.state !== 'excluded');
  return open({
    title: box.device_id,
    wide: true,
    body: h(
      'div',
      { class: 'stack' },
      h('p', null, stateOf('rbox', box.state), detailOf(rollout, box)),
      box.told ? h('p', { class: 'soft' }, t('boxes.told', { why: whyWords(box.told) })) : null,
      h(
        'dl',
        { class: 'pairs' },
        /** @type {[string, string | null][]} */ ([
          ['version', box.version],
          ['seen', box.last_seen_at && dateTime(box.last_seen_at)],
          ['offered', box.offered_at && dateTime(box.offered_at)],
          ['ended', box.ended_at && dateTime(box.ended_at)],
          ['proved', box.proved_at && dateTime(box.proved_at)],
        ])
          .filter(([, value]) => value)
          .map(([name, value]) => h('div', null, h('dt', null, t(`boxes.${name}`)), h('dd', null, value))),
      ),
      box.health ? healthTable(box.health) : null,
      h(
        'p',
        null,
        h(
          'a',
          {
            href: `/locations/${encodeURIComponent(box.device_id)}/update`,
            onclick: (/** @type {any} */ event) => event.currentTarget.closest('dialog').close(),
          },
          t(keyFor(rollout, 'boxes.whyNot')),
        ),
      ),
    ),
    actions: (close) => [
      h('button', { type: 'button', class: 'button', autofocus: true, onclick: () => close() }, t('dialog.close')),
      mayChange
        ? h(
            'button',
            {
              type: 'button',
              class: 'button',
              onclick: async (/** @type {any} */ event) => {
                const send = (/** @type {string} */ what) => post(`/api/ota/rollouts/${rollout.id}/${what}`, { devices: [box.device_id] });
                if (await attempt(event.currentTarget, () => send(change))) {
                  close();
                  again();
                  notice(t(`boxes.${change}d`, { id: box.device_id }), {
                    undo: () => send(isOut ? 'exclude' : 'include').then(again),
                  });
                }
              },
            },
            t(`boxes.${change}`, { id: box.device_id }),
          )
        : null,
    ],
  });
}

/** @param {NonNullable<Box['health']>} health */
function healthTable(health) {
  const value = (/** @type {number | null} */ one) => (one === null ? '–' : number(one, 1));
  return h(
    'div',
    { class: 'table-wrap', role: 'region', tabindex: 0, 'aria-label': t('gate.title') },
    h(
      'table',
      null,
      h(
        'thead',
        null,
        h(
          'tr',
          null,
          ['gate.measure', 'gate.change', 'gate.limit', 'gate.result'].map((key) => h('th', { scope: 'col' }, t(key))),
        ),
      ),
      h(
        'tbody',
        null,
        health.measures.map((one) =>
          h(
            'tr',
            null,
            h('th', { scope: 'row' }, t(`gate.${one.name}`)),
            h('td', null, `${value(one.before)} → ${value(one.after)}`),
            h('td', null, value(one.limit)),
            h('td', null, t(`gate.verdict_${one.verdict}`)),
          ),
        ),
      ),
    ),
  );
}
