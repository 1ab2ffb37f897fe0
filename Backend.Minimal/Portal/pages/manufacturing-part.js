// What the pages of manufacturing share: words of a device's life, its steps, labels as a file.

import { post } from '../core/api.js';
import { data, h } from '../core/dom.js';
import { form } from '../core/form.js';
import { dateTime, number } from '../core/format.js';
import { empty } from '../core/states.js';
import { refresh } from '../core/store.js';
import { t, word } from '../core/text.js';
import { whoName } from './who-part.js';

/** @typedef {import('api-types').components['schemas']} Schemas */
/** @typedef {Schemas['MadeRow']} Made */
/** @typedef {Schemas['StepRow']} Step */

/** From the board to the shop; the last two are beside the way. */
export const lives = ['manufactured', 'flashed', 'provisioned', 'sold', 'claimed', 'active', 'returned', 'scrapped'];

/** Making many labels takes a while, ms. */
const labelsMs = 120_000;

/** How often is asked again while somebody looks, ms: makers have no stream of events, which is of places. */
const againMs = 10_000;

/**
 * Asks again and again while the page is there to be seen.
 * @param {import('../core/router.js').Context} context
 * @param {string} key
 */
export function follow(context, key) {
  const timer = setInterval(() => document.hidden || refresh(key), againMs);
  context.later(() => clearInterval(timer));
}

/**
 * Gives an answer that is as the one before as that one, so that what is shown, opened and typed stays as it is.
 * @template T
 * @param {(signal: AbortSignal) => Promise<T>} fetch
 * @returns {(signal: AbortSignal) => Promise<T>}
 */
export function steady(fetch) {
  let text = '';
  /** @type {T} */
  let last;
  return async (signal) => {
    const answer = await fetch(signal);
    const said = JSON.stringify(answer);
    if (said !== text) {
      text = said;
      last = answer;
    }
    return last;
  };
}

/** Where a device is in its life. @param {string} status */
export function lifeBadge(status) {
  return h('span', { class: status === 'active' ? 'badge badge-good' : 'badge', data: { life: status } }, word('life', status));
}

/**
 * How many devices are where in their life: `12 made · 3 flashed`.
 * @param {Record<string, number>} counts
 */
export function lifeCounts(counts) {
  const there = lives.filter((life) => (counts[life] ?? 0) > 0);
  return h(
    'span',
    null,
    there.map((life, index) => [
      index > 0 ? ' · ' : '',
      data(`life-${life}`, counts[life], number(counts[life])),
      ` ${word('life', life).toLocaleLowerCase()}`,
    ]),
  );
}

/** The address of a device's page. @param {{ serial: string }} device */
export function addressOf(device) {
  return `/manufacturing/devices/${encodeURIComponent(device.serial)}`;
}

/**
 * Steps, newest first.
 * @param {Step[]} steps
 * @param {{ withDevice?: boolean }} [options]
 */
export function stepList(steps, { withDevice } = {}) {
  return steps.length === 0
    ? empty(t('made.noSteps'))
    : h(
        'ul',
        { class: 'plain lines', 'aria-label': t('made.steps') },
        steps.map((step) =>
          h(
            'li',
            { class: 'line', data: { step: step.to } },
            h(
              'div',
              null,
              withDevice ? [h('a', { href: addressOf(step) }, step.serial), ' '] : null,
              t('made.step', { from: word('life', step.from), to: word('life', step.to) }),
              step.why ? h('div', { class: 'soft breaks' }, step.why) : null,
              h('div', { class: 'soft small breaks' }, t('made.by', { time: dateTime(step.at), name: whoName(step.who) })),
            ),
          ),
        ),
      );
}

/**
 * Saves a file that the page has.
 * @param {Blob} blob
 * @param {string} name
 */
export function saveFile(blob, name) {
  const url = URL.createObjectURL(blob);
  const link = h('a', { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/**
 * A form that saves labels as PDF.
 * @param {{ batch: number, serial?: string, pins?: () => string[], saved?: () => void }} options serial: of this device only; pins: what
 *   stands on them, a serial number, a blank and a PIN each; else new ones may be asked for.
 */
export function labelForm({ batch, serial, pins, saved }) {
  return form({
    fields: [
      {
        name: 'layout',
        label: t('labels.layout'),
        type: 'select',
        value: serial ? 'single' : 'sheet',
        options: ['sheet', 'roll', 'single'].map((one) => [one, t(`labels.layout_${one}`)]),
      },
      { name: 'paper', label: t('labels.paper'), type: 'select', value: 'A4', options: ['A4', 'Letter'].map((one) => [one, one]) },
      ...(pins
        ? []
        : [{ name: 'newPins', label: t('labels.newPins'), type: /** @type {const} */ ('checkbox'), hint: t('labels.newPinsHint') }]),
    ],
    action: t('labels.save'),
    run: async (values) => {
      /** @type {Response} */
      const answer = await post(`/api/manufacturing/batch/${batch}/labels`, pins ? { pins: pins() } : {}, {
        query: { layout: values.layout, paper: values.paper, serial, newPins: values.newPins ? true : null },
        limitMs: labelsMs,
        whole: true,
      });
      saveFile(await answer.blob(), serial ? `label-${serial}.pdf` : `labels-${batch}.pdf`);
      saved?.();
    },
  });
}
