// A device that a batch has made: its life so far, the steps that may come, for whom it is, its label.

import { access, may } from '../core/access.js';
import { get, post } from '../core/api.js';
import { ask, notice } from '../core/dialog.js';
import { data, fill, h } from '../core/dom.js';
import { form } from '../core/form.js';
import { ago, dateTime, number } from '../core/format.js';
import { view } from '../core/states.js';
import { refresh } from '../core/store.js';
import { t, tn, word } from '../core/text.js';
import { follow, labelForm, lifeBadge, steady, stepList } from './manufacturing-part.js';
import { secretOnce } from './people-part.js';

/** @typedef {import('./manufacturing-part.js').Schemas} Schemas */
/** @typedef {import('./manufacturing-part.js').Made} Made */
/** @typedef {Schemas['MadeDetail']} Detail */
/** @typedef {import('../core/router.js').Context} Context */

/** Steps that cannot be taken back as easily as they are taken. */
const grave = ['returned', 'scrapped'];

/** @type {import('../core/router.js').Page} */
export const page = {
  title: 'made.title',
  needs: 'maker',
  texts: 'manufacturing people',
  mount(root, context) {
    const serial = context.params.serial;
    const key = `manufacturing device ${serial}`;
    const facts = h('section', { class: 'card' });
    const acts = h('div', { class: 'stack' });
    const steps = h('section', { class: 'card' });
    const back = h('p');
    fill(
      root,
      back,
      h('h1', { class: 'breaks' }, serial),
      h('div', { class: 'place-grid' }, h('div', { class: 'stack' }, facts, steps), acts),
    );
    context.title(serial);
    let shownFor = '';
    view(facts, {
      key,
      context,
      fetch: steady((signal) => get(`/api/manufacturing/devices/${encodeURIComponent(serial)}`, { signal })),
      show: (/** @type {Detail} */ detail) => {
        fill(
          back,
          h('a', { href: `/manufacturing/${detail.device.batch}` }, `‹ ${t('batches.name', { id: String(detail.device.batch) })}`),
        );
        fill(steps, h('h2', null, t('made.steps')), stepList(detail.steps));
        // What is being typed stays, unless what may be done is another thing by now.
        const now = `${detail.device.status} ${detail.next.join()}`;
        if (now !== shownFor) {
          shownFor = now;
          fill(
            acts,
            cards(detail, () => refresh(key), context),
          );
        }
        return showFacts(detail);
      },
    });
    follow(context, key);
  },
};

/** @param {Detail} detail */
function showFacts({ device, next }) {
  const id = data('device-id', device.device_id, device.device_id);
  return [
    h('p', null, lifeBadge(device.status)),
    h(
      'p',
      null,
      tn('made.is', {
        id: may('operator') && device.kind === 'box' ? h('a', { href: `/locations/${encodeURIComponent(device.device_id)}` }, id) : id,
        board: device.hw_type,
        revision: device.hw_version,
      }),
    ),
    device.product ? h('p', { class: 'breaks' }, `${t('make.product')}: ${device.product}`) : null,
    h(
      'p',
      null,
      tn('made.images', { n: device.images, count: data('images', device.images, number(device.images)) }),
      ' ',
      device.provisioned_at ? t('made.first', { time: dateTime(device.provisioned_at) }) : null,
      ' ',
      device.last_seen_at ? t('made.heard', { when: ago(device.last_seen_at) }) : t('made.unheard'),
    ),
    device.assigned_email
      ? h('p', { class: 'breaks' }, t('made.for', { email: [device.assigned_name, device.assigned_email].filter(Boolean).join(' · ') }))
      : null,
    next.includes('flashed')
      ? h('p', null, h('a', { href: `/provision?serial=${encodeURIComponent(device.serial)}` }, t('made.provision')))
      : null,
  ];
}

/**
 * @param {Detail} detail
 * @param {() => void} changed
 * @param {Context} context
 */
function cards({ device, next }, changed, context) {
  return [
    next.length === 0 ? null : h('section', { class: 'card', data: { part: 'step' } }, stepForm(device, next, changed)),
    device.status === 'provisioned' || device.status === 'sold' ? assignCard(device, changed, context) : null,
    h(
      'section',
      { class: 'card', data: { part: 'labels' } },
      h('h2', null, t('labels.one')),
      labelForm({ batch: device.batch, serial: device.serial }).el,
    ),
  ];
}

/**
 * @param {Made} device
 * @param {string[]} next
 * @param {() => void} changed
 */
function stepForm(device, next, changed) {
  const path = `/api/manufacturing/devices/${encodeURIComponent(device.serial)}/status`;
  const made = form({
    fields: [
      { name: 'status', label: t('step.to'), type: 'select', value: next[0], options: next.map((one) => [one, word('life', one)]) },
      { name: 'why', label: t('step.why'), max: 64 },
    ],
    action: t('step.do'),
    run: async (values) => {
      const send = () => post(path, { status: values.status, ...(values.why ? { why: values.why } : {}) });
      const isDone = !grave.includes(values.status)
        ? await send().then(() => true)
        : await ask({
            title: t(`step.${values.status}Title`, { serial: device.serial }),
            text: t(`step.${values.status}Text`),
            action: t(`step.${values.status}Title`, { serial: device.serial }),
            danger: true,
            type: values.status === 'scrapped' ? device.serial : undefined,
            run: send,
          });
      if (isDone) {
        notice(t('step.done', { serial: device.serial, status: word('life', values.status) }));
        changed();
      }
    },
  });
  return [h('h2', null, t('step.title')), made.el];
}

/**
 * @param {Made} device
 * @param {() => void} changed
 * @param {Context} context
 */
function assignCard(device, changed, context) {
  const link = h('div', { class: 'stack', role: 'status' });
  const made = form({
    fields: [
      { name: 'email', label: t('assign.email'), type: 'email', required: true, value: device.assigned_email ?? '' },
      { name: 'name', label: t('assign.name'), max: 64, value: device.assigned_name ?? '' },
    ],
    action: t(device.assigned_email ? 'assign.again' : 'assign.do'),
    run: async (values) => {
      /** @type {Schemas['Assigned']} */
      const assigned = await post(`/api/manufacturing/devices/${encodeURIComponent(device.serial)}/assign`, {
        email: values.email,
        ...(values.name ? { name: values.name } : {}),
      });
      const shown = assigned.invitation
        ? [h('p', null, t('assign.link')), secretOnce('invitation', new URL(assigned.invitation, location.origin).href)]
        : access().mail
          ? h('p', null, t('assign.mailed', { email: values.email }))
          : h('p', null, t('assign.tell', { email: values.email }));
      if (device.status === 'sold') {
        fill(link, shown);
      } else {
        // It is sold by this: the card is made anew, and the link must outlive it.
        invitationOf.set(device.serial, shown);
      }
      changed();
    },
  });
  const kept = invitationOf.get(device.serial);
  if (kept) {
    invitationOf.delete(device.serial);
    fill(link, kept);
  }
  context.guard(made.isChanged);
  return h(
    'section',
    { class: 'card', data: { part: 'assign' } },
    h('h2', null, t('assign.title')),
    h('p', null, t('assign.why')),
    made.el,
    link,
  );
}

/** What an assignment has given, until the card that shows it is there. @type {Map<string, import('../core/dom.js').Child>} */
const invitationOf = new Map();
