// Which keys of releases the fleet trusts, and below which sequence nothing is taken: what the bench signed comes in here, the server signs
// nothing.

import { mayEverywhere } from '../core/access.js';
import { all, get } from '../core/api.js';
import { ask, notice } from '../core/dialog.js';
import { data, fill, h, newId } from '../core/dom.js';
import { dateTime, day, number } from '../core/format.js';
import { view } from '../core/states.js';
import { refresh } from '../core/store.js';
import { t, tn } from '../core/text.js';
import { status } from '../parts/status.js';
import { send } from './releases-upload.js';

/** @typedef {import('./releases-part.js').Schemas} Schemas */

/** A signed record and what it is, by its first four characters and its length. @type {Record<string, [number, string]>} */
const records = { JBKR: [208, 'keys'], JBFL: [104, 'floor'] };

/** Boxes that are shown by name. */
const mostShown = 200;

/**
 * @param {HTMLElement} root
 * @param {import('../core/router.js').Context} context
 */
export function showKeys(root, context) {
  const trust = h('div', { class: 'stack' });
  const behind = h('section', { class: 'card' });
  const expired = h('section', { class: 'card' });
  fill(root, trust, behind, expired, mayEverywhere('admin') ? bringCard() : null);
  view(trust, {
    key: 'trust',
    context,
    fetch: (signal) => get('/api/ota/trust', { signal }),
    show: (/** @type {Schemas['TrustView']} */ value) => [keysCard(value), floorsCard(value)],
  });
  list(behind, 'behind', context);
  list(expired, 'expired', context);
}

/** @param {Schemas['TrustView']} trust */
function keysCard(trust) {
  return h(
    'section',
    { class: 'card' },
    h('h2', null, t('trust.keys')),
    trust.keys === null
      ? h('p', { class: 'note warning' }, t('trust.unknown'))
      : trust.keys.length === 0
        ? h('p', { class: 'note bad' }, t('trust.noKey'))
        : h(
            'ul',
            { class: 'plain lines' },
            trust.keys.map((key) =>
              h('li', null, h('strong', null, key.name), h('p', { class: 'soft breaks' }, key.public_key)),
            ),
          ),
    h(
      'p',
      { class: 'soft' },
      trust.added_at === null
        ? t('trust.provisioned')
        : t(trust.is_by_recovery ? 'trust.byRecovery' : 'trust.by', {
            name: trust.name,
            who: trust.added_by ?? '',
            time: dateTime(trust.added_at),
          }),
      ' ',
      trust.recovery_key === null ? t('trust.noRecovery') : t('trust.recovery', { name: trust.recovery_key }),
    ),
    h('h3', null, t('trust.who')),
    trust.groups.length === 0 ? h('p', null, t('trust.nobody')) : null,
    h(
      'ul',
      { class: 'plain lines' },
      trust.groups.map((group) =>
        h(
          'li',
          { class: 'line' },
          h('span', null, group.keys.length === 0 ? t('trust.none') : group.keys.join(' · ')),
          status(group.is_current ? 'online' : 'odd', t(group.is_current ? 'trust.current' : 'trust.behind')),
          h('span', null, tn('trust.boxes', { n: group.boxes, count: data('trust-boxes', group.boxes, number(group.boxes)) })),
        ),
      ),
    ),
    trust.silent > 0 ? h('p', { class: 'soft' }, tn('trust.silent', { n: trust.silent, count: number(trust.silent) })) : null,
  );
}

/** @param {Schemas['TrustView']} trust */
function floorsCard(trust) {
  return h(
    'section',
    { class: 'card' },
    h('h2', null, t('trust.floors')),
    trust.floors.length === 0 ? h('p', null, t('trust.noFloor')) : null,
    h(
      'ul',
      { class: 'plain lines' },
      trust.floors.map((floor) =>
        h(
          'li',
          null,
          h(
            'div',
            { class: 'line' },
            h('strong', null, floor.hw),
            h(
              'span',
              null,
              tn('trust.minimum', { sequence: data('floor-minimum', floor.minimum_sequence, String(floor.minimum_sequence)) }),
            ),
            status(
              floor.is_expired ? 'silent' : 'online',
              t(floor.is_expired ? 'trust.over' : 'trust.until', { day: day(floor.expires_at) }),
            ),
          ),
          h(
            'p',
            { class: 'soft' },
            t('trust.floorBoxes', {
              name: floor.name,
              boxes: number(floor.boxes),
              behind: number(floor.behind),
              expired: number(floor.expired),
            }),
          ),
          floor.is_trusted ? null : h('p', { class: 'note warning' }, t('trust.floorKey')),
        ),
      ),
    ),
  );
}

/**
 * Boxes by name that somebody should look at.
 * @param {HTMLElement} root
 * @param {'behind' | 'expired'} only
 * @param {import('../core/router.js').Context} context
 */
function list(root, only, context) {
  root.hidden = true;
  view(root, {
    key: `trust ${only}`,
    context,
    isAside: true,
    fetch: (signal) => all('/api/ota/trust/boxes', { query: { only }, signal, most: mostShown }),
    show: (/** @type {Schemas['TrustBoxRow'][]} */ boxes) => {
      root.hidden = boxes.length === 0;
      return [
        h('h2', null, t(`trust.list_${only}`)),
        h('p', { class: 'soft' }, t(`trust.hint_${only}`)),
        h(
          'ul',
          { class: 'plain lines' },
          boxes.map((box) =>
            h(
              'li',
              { class: 'line' },
              h('a', { href: `/locations/${box.device_id}/update` }, box.device_id),
              h('span', null, box.keys.length === 0 ? t('trust.none') : box.keys.join(' · ')),
              h('span', { class: 'soft' }, t('trust.said', { floor: box.floor ?? '–', time: dateTime(box.told_at) })),
            ),
          ),
        ),
      ];
    },
  });
}

/** Brings what the bench signed. */
function bringCard() {
  const id = newId();
  const error = h('p', { class: 'note bad', role: 'alert', hidden: true });
  const input = h('input', {
    id,
    type: 'file',
    'aria-describedby': `${id}-hint`,
    onchange: async () => {
      const file = input.files?.[0];
      error.hidden = true;
      if (!file) {
        return;
      }
      const bytes = new Uint8Array(await file.arrayBuffer());
      const kind = records[String.fromCharCode(...bytes.slice(0, 4))];
      if (!kind || kind[0] !== bytes.length) {
        error.textContent = t('trust.noRecord');
        error.hidden = false;
      } else {
        const done = await ask({
          title: t(`trust.bring_${kind[1]}`),
          text: t(`trust.what_${kind[1]}`),
          action: t(`trust.bring_${kind[1]}`),
          danger: true,
          run: () => send('POST', `/api/ota/trust/${kind[1]}`, file, new AbortController().signal),
        });
        if (done) {
          refresh('trust');
          notice(t('trust.brought'));
        }
      }
      input.value = '';
    },
  });
  return h(
    'section',
    { class: 'card' },
    h('h2', null, t('trust.bring')),
    h(
      'div',
      { class: 'field' },
      h('label', { for: id }, t('trust.file')),
      h('p', { class: 'hint', id: `${id}-hint` }, t('trust.fileHint')),
      input,
    ),
    error,
  );
}
