// Devices with firmware of their own that are no boxes: what each of them runs, and the version that it is kept at.

import { may } from '../core/access.js';
import { all, del, get, post } from '../core/api.js';
import { attempt, notice, open } from '../core/dialog.js';
import { fill, h, newId, throttle } from '../core/dom.js';
import { form } from '../core/form.js';
import { ago } from '../core/format.js';
import { on } from '../core/live.js';
import { empty, view } from '../core/states.js';
import { refresh } from '../core/store.js';
import { t } from '../core/text.js';
import { status } from '../parts/status.js';

/** @typedef {import('./releases-part.js').Schemas} Schemas */
/** @typedef {Schemas['DeviceRow']} Thing */
/** @typedef {Schemas['PinRow']} Pin */
/** @typedef {import('../core/router.js').Context} Context */

/** Rows that are shown before one asks for more. */
const step = 50;

/** Versions that are proposed. */
const mostVersions = 50;

/** How often the list is asked for anew while things speak, ms. */
const againMs = 5000;

/** @param {string} id */
const pathOf = (id) => `/api/devices/${encodeURIComponent(id)}/pin-version`;

/**
 * @param {HTMLElement} root
 * @param {Context} context
 */
export function showThings(root, context) {
  let shown = step;
  let sought = '';
  view(root, {
    key: 'firmware things',
    context,
    isAside: true,
    fetch: async (signal) => {
      const query = { kind: 'thing' };
      const [things, pins] = await Promise.all([all('/api/devices', { signal, query }), all('/api/ota-pins', { signal, query })]);
      return { things, pins: new Map(pins.map((/** @type {Pin} */ pin) => [pin.device_id, pin])) };
    },
    show: (/** @type {{ things: Thing[], pins: Map<string, Pin> }} */ { things, pins }) => {
      const title = h('h2', null, t('fwThing.title'));
      if (things.length === 0) {
        return [title, empty(t('fwThing.none'))];
      }
      const rows = h('ul', { class: 'plain lines', 'aria-label': t('fwThing.title') });
      const found = h('p', { class: 'soft', role: 'status' });
      const more = h('p');
      const search = h('input', {
        type: 'search',
        placeholder: t('fwThing.search'),
        'aria-label': t('fwThing.search'),
        value: sought,
        data: { key: 'things-q' },
        oninput: () => {
          sought = search.value;
          shown = step;
          draw();
        },
      });
      const draw = () => {
        const words = sought.toLocaleLowerCase().split(/\s+/);
        const some = things.filter((one) => {
          const text = [one.device_id, one.product, one.platform, one.firmware_version, one.location_name].join(' ').toLocaleLowerCase();
          return words.every((word) => text.includes(word));
        });
        fill(found, t('fwThing.count', { n: some.length }), pins.size > 0 ? ` · ${t('fwThing.kept', { n: pins.size })}` : '');
        fill(
          rows,
          some.slice(0, shown).map((one) => thingRow(context, one, pins.get(one.device_id))),
        );
        const next = () => {
          shown += step;
          draw();
        };
        fill(more, some.length > shown ? h('button', { type: 'button', class: 'button', onclick: next }, t('fwThing.more')) : null);
      };
      draw();
      return [title, search, found, rows, more];
    },
  });
  const again = throttle(() => refresh('firmware things'), againMs);
  context.later(on('device', again));
  context.later(on('heartbeat', again));
}

/**
 * @param {Context} context
 * @param {Thing} thing
 * @param {Pin | undefined} pin
 */
function thingRow(context, thing, pin) {
  const id = thing.device_id;
  const button = (/** @type {string} */ key, /** @type {string} */ text, /** @type {(event: any) => any} */ onclick) =>
    h('button', { type: 'button', class: 'button', 'aria-label': `${text}: ${id}`, data: { key: `${key}-${id}` }, onclick }, text);
  return h(
    'li',
    { class: 'stack', data: { thing: id } },
    h(
      'div',
      { class: 'line' },
      h('strong', { class: 'breaks' }, id),
      h(
        'span',
        { class: 'row' },
        status(thing.connection_status),
        pin ? h('span', { class: 'badge', data: { test: 'kept' } }, t('fwThing.keptAt', { version: pin.pinned_version })) : null,
      ),
    ),
    h(
      'p',
      { class: 'breaks' },
      [
        thing.product,
        thing.platform,
        thing.firmware_version ? t('fwThing.runs', { version: thing.firmware_version }) : t('fwThing.runsUnknown'),
      ]
        .filter((part) => part)
        .join(' · '),
    ),
    h(
      'p',
      { class: 'soft small breaks' },
      [thing.location_name, thing.last_seen_at ? ago(thing.last_seen_at) : t('time.never')].filter((part) => part).join(' · '),
    ),
    may('operator', thing.place_id)
      ? h(
          'div',
          { class: 'actions start' },
          button('keep', t('fwThing.keep'), () => keep(context, thing, pin)),
          pin ? button('free', t('fwThing.free'), (event) => free(context, event.currentTarget, id)) : null,
        )
      : null,
  );
}

/**
 * Asks for the version that a thing is to be kept at; those that there are of its product are proposed.
 * @param {Context} context
 * @param {Thing} thing
 * @param {Pin | undefined} pin
 */
async function keep(context, thing, pin) {
  const id = thing.device_id;
  const choices = h('datalist', { id: newId() });
  /** @type {(result?: any) => void} */
  let closeWith = () => {};
  const asked = form({
    label: t('fwThing.keepTitle', { id }),
    fields: [
      {
        name: 'version',
        label: t('upload.version'),
        hint: t('fwThing.keepHint'),
        required: true,
        max: 40,
        list: choices.id,
        value: pin?.pinned_version ?? '',
      },
    ],
    action: t('fwThing.keepDo'),
    run: async ({ version }) => {
      await post(pathOf(id), { version }, { signal: context.signal });
      refresh('firmware things');
      notice(t('fwThing.done', { id, version }));
      closeWith();
    },
  });
  const query = { product: thing.product, limit: mostVersions };
  get('/api/releases', { signal: context.signal, query, quiet: true }).then(
    (/** @type {Schemas['ReleaseRow'][]} */ releases) =>
      fill(
        choices,
        [...new Set(releases.map((one) => one.version))].map((value) => h('option', { value })),
      ),
    () => {
      // Without proposals it is typed.
    },
  );
  await open({
    title: t('fwThing.keepTitle', { id }),
    body: [h('p', null, t('fwThing.keepWhy')), choices, asked.el],
    actions: (close) => {
      closeWith = close;
      return h('button', { type: 'button', class: 'button', onclick: () => close() }, t('fw.close'));
    },
  });
}

/**
 * @param {Context} context
 * @param {HTMLButtonElement} button
 * @param {string} id
 */
async function free(context, button, id) {
  if (await attempt(button, () => del(pathOf(id), { signal: context.signal }))) {
    refresh('firmware things');
    notice(t('fwThing.freed', { id }));
  }
}
