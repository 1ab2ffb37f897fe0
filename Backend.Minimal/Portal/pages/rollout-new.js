// A new roll-out: which release, for whom, in which steps and at which hours; and before it is made, how many boxes could take it.

import { all, get, post } from '../core/api.js';
import { throttle, fill, h, newId } from '../core/dom.js';
import { form } from '../core/form.js';
import { dateTime } from '../core/format.js';
import { loadPlaces } from '../core/places.js';
import { go } from '../core/router.js';
import { empty, failed, loading, view } from '../core/states.js';
import { t } from '../core/text.js';
import { momentOf, preflight } from './releases-part.js';
import { bodyOf, carefulFields, idsOf, isOfThings, sharesOf, tagsOf } from './rollout-fields.js';

/** @typedef {import('./releases-part.js').Schemas} Schemas */
/** @typedef {import('../core/router.js').Context} Context */
/** @typedef {{ builds: Schemas['BuildRow'][], releases: Schemas['ReleaseRow'][], places: Schemas['PlaceRow'][] }} Known */

/** Before the number of a release for things, in the values of the choice: builds have numbers of their own. */
const thingMark = 'thing ';

/** How long nothing must be typed before the server is asked, ms. */
const pauseMs = 400;

/** @type {import('../core/router.js').Page} */
export const page = {
  title: 'new.title',
  needs: 'admin',
  texts: 'releases',
  mount(root, context) {
    const body = h('section', { class: 'card' });
    fill(
      root,
      h('p', null, h('a', { href: '/releases/rollouts' }, `‹ ${t('releases.tab_rollouts')}`)),
      h('h1', null, t('new.title')),
      body,
    );
    view(body, {
      key: 'new roll-out',
      context,
      fetch: async (signal) => {
        const [builds, releases, places] = await Promise.all([
          all('/api/ota/firmware', { signal, most: 1000 }),
          all('/api/releases', { signal, most: 1000 }),
          loadPlaces(signal),
        ]);
        // The highest sequence is what one most often rolls out; what boxes were flashed with may have been uploaded after it.
        return { builds: builds.sort((a, b) => b.seq - a.seq), releases, places };
      },
      show: (/** @type {Known} */ { builds, releases, places }) =>
        builds.length + releases.length === 0
          ? empty(t('builds.none'), h('a', { class: 'button', href: '/releases/builds' }, t('upload.title')))
          : make(context, builds, releases, places),
    });
  },
};

/** The zones that are offered: the reader's, those of the places, UTC. @param {Schemas['PlaceRow'][]} places */
function zonesOf(places) {
  const own = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  return [...new Set([own, ...places.map((place) => place.timezone), 'UTC'])];
}

/**
 * @param {Context} context
 * @param {Schemas['BuildRow'][]} builds
 * @param {Schemas['ReleaseRow'][]} releases Those for things.
 * @param {Schemas['PlaceRow'][]} places
 */
function make(context, builds, releases, places) {
  const before = h('div', { class: 'stack', role: 'status' });
  const when = h('p', { class: 'soft', role: 'status' });
  const chosenPlaces = placePicker(places, () => changed());
  const zones = zonesOf(places);
  const releaseOf = (/** @type {string} */ value) => releases.find((one) => `${thingMark}${one.id}` === value);
  const options = [
    ...builds.map((one) => [String(one.id), `${one.version} · ${one.hw}${one.is_signed ? '' : ` · ${t('builds.unsigned')}`}`]),
    ...releases.map((one) => [
      `${thingMark}${one.id}`,
      `${one.version} · ${one.product} · ${one.platform}${one.env === 'prod' ? '' : ` · ${one.env}`}`,
    ]),
  ];
  const wish = context.query.get('release') ? `${thingMark}${context.query.get('release')}` : context.query.get('firmware');
  const asked = options.find(([value]) => value === wish) ?? options[0];
  const wanted = form({
    label: t('new.title'),
    fields: [
      {
        name: 'firmware_id',
        label: t('new.version'),
        type: 'select',
        value: asked[0],
        options: /** @type {[string, string][]} */ (options),
      },
      {
        name: 'target',
        label: t('new.target'),
        hint: t('new.targetHint'),
        type: 'select',
        value: 'all',
        options: ['all', 'places', 'tags', 'devices'].map((one) => [one, t(`new.target_${one}`)]),
      },
      { name: 'tags', label: t('new.tags'), hint: t('new.tagsHint') },
      {
        name: 'canary',
        label: t('new.canary'),
        hint: t('new.canaryHint'),
        check: (value, values) => (values.target === 'devices' && idsOf(value).length === 0 ? t('form.required') : null),
      },
      {
        name: 'stages',
        label: t('new.stages'),
        hint: t('new.stagesHint'),
        value: '10, 50, 100',
        check: (value, values) => (values.target === 'devices' || sharesOf(value) ? null : t('new.stagesHint')),
      },
      { name: 'zone', label: t('new.zone'), type: 'select', value: zones[0], options: zones.map((one) => [one, one]) },
      { name: 'start_at', label: t('new.startDay'), hint: t('new.startHint'), type: 'date' },
      {
        name: 'start_time',
        label: t('new.startTime'),
        type: 'time',
        check: (value, values) => (values.start_at && !value ? t('form.required') : null),
      },
      { name: 'window', label: t('new.from'), hint: t('new.windowHint'), type: 'time' },
      {
        name: 'window_to',
        label: t('new.to'),
        type: 'time',
        check: (value, values) => (values.window && !value ? t('form.required') : null),
      },
      { name: 'notes', label: t('new.notes'), max: 64 },
      ...carefulFields(),
    ],
    action: t('new.do'),
    changed: () => changed(),
    run: async (values) => {
      const rollout = await post('/api/ota/rollouts', bodyOf(values, chosenPlaces.values(), releaseOf(values.firmware_id)));
      context.guard(() => false);
      await go(`/releases/rollouts/${rollout.id}`);
    },
  });
  const partOf = (/** @type {string} */ name) => /** @type {HTMLElement} */ (wanted.input(name).closest('.field'));
  const careful = h(
    'details',
    null,
    h('summary', null, t('new.careful')),
    h(
      'div',
      { class: 'form' },
      h('p', { class: 'soft' }, t('new.carefulWhy')),
      carefulFields().map((field) => partOf(field.name)),
    ),
  );
  partOf('target').after(chosenPlaces.el);
  partOf('start_time').after(when);
  partOf('notes').after(careful);
  wanted.el.querySelector('.actions')?.before(h('div', { class: 'stack' }, h('h2', null, t('preflight.title')), before));
  // What is wrong must be seen: a refusal may land on a field that is folded away.
  new MutationObserver(() => {
    careful.open ||= careful.querySelector('[aria-invalid="true"]') !== null;
  }).observe(careful, { subtree: true, attributeFilter: ['aria-invalid'] });
  context.guard(wanted.isChanged);

  const ask = throttle(() => {
    const values = wanted.values();
    const release = releaseOf(values.firmware_id);
    askPreflight(
      before,
      context,
      queryOf(values, chosenPlaces.values(), release),
      release !== undefined || builds.some((one) => one.is_signed && String(one.id) === values.firmware_id),
    );
  }, pauseMs);
  function changed() {
    const values = wanted.values();
    chosenPlaces.el.hidden = values.target !== 'places';
    partOf('tags').hidden = values.target !== 'tags' && values.target !== 'places';
    partOf('stages').hidden = values.target === 'devices';
    for (const field of carefulFields()) {
      partOf(field.name).hidden = releaseOf(values.firmware_id) !== undefined && !isOfThings(field.name);
    }
    const hasStart = values.start_at && values.start_time;
    when.textContent = hasStart
      ? t('new.startsAt', { time: dateTime(momentOf(values.start_at, values.start_time, values.zone), values.zone), zone: values.zone })
      : '';
    ask();
  }
  changed();
  return wanted.el;
}

/**
 * @param {Schemas['PlaceRow'][]} places
 * @param {() => void} changed
 */
function placePicker(places, changed) {
  const id = newId();
  const select = h(
    'select',
    { id, multiple: true, size: Math.min(8, Math.max(2, places.length)), 'aria-describedby': `${id}-hint`, onchange: changed },
    places.map((place) => h('option', { value: place.id }, place.name)),
  );
  return {
    el: h(
      'div',
      { class: 'field' },
      h('label', { for: id }, t('new.places')),
      h('p', { class: 'hint', id: `${id}-hint` }, t('new.placesHint')),
      select,
    ),
    values: () => [...select.selectedOptions].map((option) => Number(option.value)),
  };
}

/**
 * @param {Record<string, any>} values
 * @param {number[]} places
 * @param {Schemas['ReleaseRow']} [release] The release for things; without, it is a build for boxes.
 */
function queryOf(values, places, release) {
  return {
    ...(release
      ? { product: release.product, platform: release.platform, env: release.env, version: release.version }
      : { firmware: values.firmware_id }),
    places: values.target === 'places' ? places.join(',') : null,
    tags: values.target === 'tags' || values.target === 'places' ? tagsOf(values.tags).join(',') : null,
    devices: values.target === 'devices' ? idsOf(values.canary).join(',') : null,
  };
}

/** The newest question: an answer to an older one that comes late is not shown. */
const newest = { question: 0 };

/**
 * @param {HTMLElement} root
 * @param {Context} context
 * @param {Record<string, any>} query
 * @param {boolean} isSigned Whether the build is.
 */
async function askPreflight(root, context, query, isSigned) {
  newest.question += 1;
  const mine = newest.question;
  if (root.childElementCount === 0) {
    fill(root, loading(1));
  }
  try {
    const answer = await get('/api/ota/preflight', { query, signal: context.signal });
    if (mine === newest.question) {
      fill(root, preflight(answer, isSigned, 'product' in query));
    }
  } catch (fault) {
    if (mine === newest.question && !context.signal.aborted) {
      fill(
        root,
        failed(/** @type {any} */ (fault), () => askPreflight(root, context, query, isSigned)),
      );
    }
  }
}
