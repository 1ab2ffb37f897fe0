// A batch: its devices and where each is in its life; its labels.

import { get } from '../core/api.js';
import { data, fill, h } from '../core/dom.js';
import { ago, dateTime } from '../core/format.js';
import { view } from '../core/states.js';
import { t, word } from '../core/text.js';
import { addressOf, follow, labelForm, lifeBadge, lifeCounts, lives, steady } from './manufacturing-part.js';
import { whoName } from './who-part.js';

/** @typedef {import('./manufacturing-part.js').Schemas} Schemas */
/** @typedef {import('./manufacturing-part.js').Made} Made */
/** @typedef {import('../core/router.js').Context} Context */

/** Rows that are shown before one asks for more. */
const step = 50;

/** @type {import('../core/router.js').Page} */
export const page = {
  title: 'batch.title',
  needs: 'maker',
  texts: 'manufacturing',
  mount(root, context) {
    const id = context.params.batch;
    const facts = h('section', { class: 'card' });
    const rows = h('section', { class: 'card' });
    const found = h('p', { class: 'soft', role: 'status' });
    const list = h('ul', { class: 'plain lines', 'aria-label': t('batch.devices') });
    const more = h('p');
    /** @type {Made[]} */
    let devices = [];
    let shown = step;
    const changed = () => {
      context.setQuery({ q: search.value || null, status: choice.value || null }, { replace: true });
      shown = step;
      draw();
    };
    const search = h('input', {
      type: 'search',
      placeholder: t('batch.search'),
      'aria-label': t('batch.search'),
      value: context.query.get('q') ?? '',
      oninput: changed,
    });
    const choice = h(
      'select',
      { 'aria-label': t('batch.status'), onchange: changed },
      h('option', { value: '' }, t('batch.all')),
      lives.map((life) => h('option', { value: life, selected: life === context.query.get('status') }, word('life', life))),
    );
    const draw = () => {
      const wanted = search.value.trim().toLocaleLowerCase();
      const some = devices.filter(
        (one) =>
          (choice.value === '' || one.status === choice.value) &&
          `${one.serial} ${one.device_id} ${one.assigned_email ?? ''} ${one.assigned_name ?? ''}`.toLocaleLowerCase().includes(wanted),
      );
      fill(found, data('devices', some.length, t('batch.count', { n: some.length })));
      fill(list, some.length === 0 ? h('li', null, t('batch.nothing')) : some.slice(0, shown).map(line));
      fill(
        more,
        some.length > shown
          ? h(
              'button',
              {
                type: 'button',
                class: 'button',
                onclick: () => {
                  shown += step;
                  draw();
                },
              },
              t('list.more'),
            )
          : null,
      );
    };
    fill(
      root,
      h('p', null, h('a', { href: '/manufacturing' }, `‹ ${t('batches.title')}`)),
      h('h1', null, t('batches.name', { id })),
      facts,
      rows,
    );
    let isFirst = true;
    view(facts, {
      key: `manufacturing batch ${id}`,
      context,
      fetch: steady((signal) => get(`/api/manufacturing/batch/${encodeURIComponent(id)}`, { signal })),
      show: (/** @type {Schemas['BatchDetail']} */ one) => {
        devices = one.devices;
        if (isFirst) {
          isFirst = false;
          fill(rows, h('h2', null, t('batch.devices')), h('div', { class: 'row' }, search, choice), found, list, more);
          const labels = labelForm({ batch: one.batch.id });
          root.append(h('section', { class: 'card', data: { part: 'labels' } }, h('h2', null, t('labels.title')), labels.el));
        }
        draw();
        return showFacts(one.batch);
      },
    });
    follow(context, `manufacturing batch ${id}`);
  },
};

/** @param {Schemas['BatchRow']} batch */
function showFacts(batch) {
  /** @type {[string, string | null][]} */
  const extra = [
    ['make.product', batch.product],
    ['make.plan', batch.plan],
    ['make.outputs', batch.outputs],
    ['make.note', batch.note],
  ];
  return [
    h('p', null, t('batches.of', { n: batch.quantity, board: batch.board_type, revision: batch.board_version })),
    h('p', null, lifeCounts(batch.by_status)),
    extra.map(([key, text]) => (text ? h('p', { class: 'breaks' }, `${t(key)}: ${text}`) : null)),
    h('p', { class: 'soft small breaks' }, t('made.by', { time: dateTime(batch.made_at), name: whoName(batch.made_by) })),
  ];
}

/** @param {Made} device */
function line(device) {
  return h(
    'li',
    { class: 'line', data: { serial: device.serial } },
    h(
      'div',
      null,
      h('a', { href: addressOf(device) }, device.serial),
      device.device_id === device.serial ? null : h('span', null, ` ${device.device_id}`),
      h(
        'div',
        { class: 'soft small breaks' },
        device.last_seen_at ? t('made.heard', { when: ago(device.last_seen_at) }) : t('made.unheard'),
        device.assigned_email ? ` · ${t('made.for', { email: device.assigned_email })}` : null,
      ),
    ),
    device.status === 'manufactured'
      ? h('a', { href: `/provision?serial=${encodeURIComponent(device.serial)}&batch=${device.batch}` }, t('made.provision'))
      : null,
    lifeBadge(device.status),
  );
}
