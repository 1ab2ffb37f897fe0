// Manufacturing: how it goes, the batches that there are, and making one. PINs are shown once, when a batch is made.

import { all, get, post } from '../core/api.js';
import { data, fill, h } from '../core/dom.js';
import { form } from '../core/form.js';
import { dateTime, duration, number, percent } from '../core/format.js';
import { go } from '../core/router.js';
import { empty, view } from '../core/states.js';
import { refresh } from '../core/store.js';
import { t, tn } from '../core/text.js';
import { addressOf, follow, labelForm, lifeCounts, saveFile, steady, stepList } from './manufacturing-part.js';
import { whoName } from './who-part.js';

/** @typedef {import('./manufacturing-part.js').Schemas} Schemas */
/** @typedef {Schemas['BatchRow']} Batch */
/** @typedef {Schemas['NewBatch']} NewBatch */
/** @typedef {import('../core/router.js').Context} Context */

/** Each PIN is hashed slowly: a thousand of them take a while, ms. */
const makeMs = 180_000;

/** @type {import('../core/router.js').Page} */
export const page = {
  title: 'batches.title',
  needs: 'maker',
  texts: 'manufacturing',
  mount(root, context) {
    const figures = h('section', { class: 'card' });
    const rows = h('section', { class: 'card' });
    const make = h('section', { class: 'card', data: { part: 'make' } });
    fill(root, h('h1', null, t('batches.title')), figures, h('div', { class: 'place-grid' }, h('div', null, rows), h('div', null, make)));
    let hasForm = false;
    view(figures, {
      key: 'manufacturing figures',
      context,
      fetch: steady((signal) => get('/api/manufacturing/dashboard', { signal })),
      show: (/** @type {Schemas['ManufacturingFigures']} */ one) => {
        // What is being typed, or a list of PINs, stays as it is.
        if (!hasForm) {
          hasForm = true;
          fill(make, maker(make, one.boards, context));
        }
        return showFigures(one);
      },
    });
    view(rows, {
      key: 'manufacturing batches',
      context,
      isAside: true,
      fetch: steady((signal) => all('/api/manufacturing/batches', { signal, most: 1000 })),
      show: (/** @type {Batch[]} */ batches) => [
        h('h2', null, t('batches.list')),
        batches.length === 0 ? empty(t('batches.none')) : h('ul', { class: 'plain lines' }, batches.map(line)),
      ],
    });
    follow(context, 'manufacturing');
  },
};

/** @param {Schemas['ManufacturingFigures']} one */
function showFigures(one) {
  const devices = Object.values(one.by_status).reduce((sum, count) => sum + count, 0);
  return [
    h('h2', null, t('maker.title')),
    devices === 0
      ? h('p', null, t('maker.none'))
      : h('p', null, tn('maker.devices', { n: devices, count: data('devices', devices, number(devices)) }), ' ', lifeCounts(one.by_status)),
    one.yield === null
      ? null
      : h(
          'p',
          null,
          tn('maker.yield', {
            share: data('yield', one.yield, percent(one.yield)),
            good: data('first-pass', one.first_pass, number(one.first_pass)),
            n: one.flashed,
          }),
          ' ',
          one.seconds_per_device === null
            ? null
            : tn('maker.time', { time: data('seconds', one.seconds_per_device, duration(one.seconds_per_device)) }),
        ),
    one.activity.length === 0
      ? null
      : h('details', null, h('summary', null, t('maker.activity')), stepList(one.activity, { withDevice: true })),
  ];
}

/** @param {Batch} batch */
function line(batch) {
  return h(
    'li',
    { class: 'line', data: { batch: batch.id } },
    h(
      'div',
      null,
      h('a', { href: `/manufacturing/${batch.id}` }, t('batches.name', { id: String(batch.id) })),
      h('span', null, ' ', t('batches.of', { n: batch.quantity, board: batch.board_type, revision: batch.board_version })),
      h('div', null, lifeCounts(batch.by_status)),
      batch.note ? h('div', { class: 'soft breaks' }, batch.note) : null,
      h('div', { class: 'soft small breaks' }, t('made.by', { time: dateTime(batch.made_at), name: whoName(batch.made_by) })),
    ),
  );
}

/**
 * The form that makes a batch; then what it made, with the PINs.
 * @param {HTMLElement} card
 * @param {string[]} boards
 * @param {Context} context
 */
function maker(card, boards, context) {
  const made = form({
    fields: [
      {
        name: 'board_type',
        label: t('make.board'),
        type: 'select',
        value: boards.includes('NB') ? 'NB' : boards[0],
        options: boards.map((board) => [board, board === 'NB' ? t('make.people') : board]),
      },
      {
        name: 'board_version',
        label: t('make.revision'),
        required: true,
        value: '01',
        hint: t('make.revisionHint'),
        inputmode: 'numeric',
        check: (value) => (/^[0-9]{2}$/.test(value) ? null : t('make.revisionRule')),
      },
      { name: 'quantity', label: t('make.quantity'), type: 'number', min: 1, max: 1000, required: true, hint: t('make.quantityHint') },
      {
        name: 'ids',
        label: t('make.ids'),
        type: 'select',
        value: '',
        options: ['', 'jbnb', 'serial'].map((one) => [one, t(`make.ids_${one || 'board'}`)]),
      },
      { name: 'product', label: t('make.product'), max: 64, hint: t('make.productHint') },
      { name: 'plan', label: t('make.plan'), max: 64 },
      { name: 'outputs', label: t('make.outputs'), max: 64 },
      { name: 'note', label: t('make.note'), max: 64 },
    ],
    action: t('make.do'),
    run: async (values) => {
      const wanted = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''));
      /** @type {NewBatch} */
      const batch = await post('/api/manufacturing/batch', wanted, { limitMs: makeMs });
      made.set({ quantity: null, note: '' });
      refresh('manufacturing');
      fill(card, pinList(card, batch, boards, context));
      card.querySelector('h2')?.focus();
    },
  });
  context.guard(made.isChanged);
  return [h('h2', null, t('make.title')), made.el];
}

/**
 * What was made. Nobody can show these PINs again, so leaving asks until they are saved.
 * @param {HTMLElement} card
 * @param {NewBatch} batch
 * @param {string[]} boards
 * @param {Context} context
 */
function pinList(card, batch, boards, context) {
  let isSaved = false;
  const title = h('h2', { tabindex: -1 }, t('pins.title', { id: String(batch.id), n: batch.devices.length }));
  const saved = () => {
    isSaved = true;
  };
  context.guard(() => title.isConnected && !isSaved);
  const labels = labelForm({ batch: batch.id, pins: () => batch.devices.map((one) => `${one.serial} ${one.pin}`), saved });
  return [
    title,
    h('p', { class: 'note warning' }, t('pins.once')),
    h(
      'div',
      { class: 'table-wrap', role: 'region', tabindex: 0, 'aria-label': t('pins.list') },
      h(
        'table',
        null,
        h(
          'thead',
          null,
          h(
            'tr',
            null,
            ['serial', 'id', 'pin'].map((name) => h('th', { scope: 'col' }, t(`pins.${name}`))),
          ),
        ),
        h(
          'tbody',
          null,
          batch.devices.map((one) =>
            h(
              'tr',
              { data: { serial: one.serial } },
              h('td', { class: 'nowrap' }, h('a', { href: addressOf(one) }, one.serial)),
              h('td', { class: 'nowrap' }, one.device_id),
              h('td', null, data('pin', one.pin, one.pin)),
            ),
          ),
        ),
      ),
    ),
    labels.el,
    h(
      'div',
      { class: 'actions start' },
      h('button', { type: 'button', class: 'button', onclick: () => saveList(batch, saved) }, t('pins.csv')),
      h(
        'button',
        {
          type: 'button',
          class: 'button',
          onclick: () => {
            saved();
            go(`/manufacturing/${batch.id}`);
          },
        },
        t('pins.kept'),
      ),
      h(
        'button',
        {
          type: 'button',
          class: 'link',
          onclick: () => {
            saved();
            fill(card, maker(card, boards, context));
          },
        },
        t('pins.another'),
      ),
    ),
  ];
}

/**
 * @param {NewBatch} batch
 * @param {() => void} saved
 */
function saveList(batch, saved) {
  const rows = batch.devices.map((one) => `${one.serial},${one.device_id},${one.pin}`);
  saveFile(new Blob([['serial,device_id,pin', ...rows, ''].join('\r\n')], { type: 'text/csv' }), `batch-${batch.id}.csv`);
  saved();
}
