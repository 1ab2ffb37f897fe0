// What can be done with a box, each for who may: names, places, PIN, token, tags, out of use and back.

import { may, mayEverywhere } from '../core/access.js';
import { all, del, post, put } from '../core/api.js';
import { ask, notice, open } from '../core/dialog.js';
import { h } from '../core/dom.js';
import { loadPlaces } from '../core/places.js';
import { go } from '../core/router.js';
import { refresh } from '../core/store.js';
import { t } from '../core/text.js';
import { boxName, oddWords } from '../parts/box.js';
import { keyOf, pathOf } from './device-part.js';
import { chooseAct, formDialog } from './menu-part.js';

/** @typedef {import('./device-part.js').Box} Box */
/** @typedef {import('./menu-part.js').Act} Act */

/** @param {string} key */
const words = (key) => t(`boxMenu.${key}`);

/**
 * Lets one choose what to do.
 * @param {Box} box
 */
export async function openMenu(box) {
  const isUsed = !box.retired_at;
  const isAdmin = mayEverywhere('admin');
  const place = box.place_id;
  /** @type {Act[]} */
  const acts = [
    { name: 'rename', isFor: isUsed && place !== null && may('owner', place), run: () => rename(box) },
    { name: 'move', isFor: isUsed, run: () => move(box) },
    { name: 'takeAway', isFor: isUsed && place !== null, run: () => takeAway(box) },
    { name: 'replace', isFor: isUsed && place !== null, run: () => replace(box) },
    { name: 'tags', isFor: isUsed, run: () => tags(box) },
    { name: 'pin', isFor: isUsed, run: () => pin(box) },
    { name: 'clear', isFor: box.anomalous !== 0, run: () => clear(box) },
    { name: 'token', isFor: isUsed && isAdmin, run: () => token(box) },
    { name: 'pause', isFor: isUsed && isAdmin && box.status === 'active', run: () => setStatus(box, 'inactive') },
    { name: 'activate', isFor: isUsed && isAdmin && box.status !== 'active', run: () => setStatus(box, 'active') },
    { name: 'retire', isFor: isUsed && isAdmin, run: () => retire(box) },
    { name: 'takeBack', isFor: !isUsed && isAdmin, run: () => setStatus(box, 'active') },
    { name: 'remove', isFor: isAdmin && box.last_seen_at === null, run: () => remove(box) },
  ];
  await chooseAct({
    title: t('boxMenu.title', { box: box.device_id }),
    words,
    acts: may('operator', place) ? acts : [],
  });
}

/**
 * Something has changed about a box: whatever shows it asks again.
 * @param {Box} box
 * @param {string} text
 * @param {{ undo?: () => Promise<any> }} [options]
 */
function done(box, text, options) {
  const again = () => {
    refresh(keyOf(box.device_id, ''));
    refresh('devices');
    refresh('places');
  };
  again();
  const undo = options?.undo;
  notice(text, undo ? { undo: () => undo().then(again) } : {});
}

/** @param {Box} box */
async function rename(box) {
  const path = `/api/places/${box.place_id}`;
  const before = boxName(box);
  const sent = await formDialog({
    words,
    name: 'rename',
    fields: [{ name: 'name', label: t('boxMenu.name'), value: before, required: true, max: 64 }],
    run: ({ name }) => put(path, { name }),
  });
  if (sent) {
    done(box, t('boxMenu.renamed', { name: sent.name }), { undo: () => put(path, { name: before }) });
  }
}

/** @param {Box} box */
async function move(box) {
  const places = (await loadPlaces()).filter((place) => place.id !== box.place_id && may('operator', place.id));
  if (places.length === 0) {
    notice(t('boxMenu.noPlace'));
    return;
  }
  const sent = await formDialog({
    words,
    name: 'move',
    fields: [
      {
        name: 'place',
        label: t('boxMenu.place'),
        type: 'select',
        required: true,
        options: places.map((place) => [String(place.id), place.name]),
      },
    ],
    run: ({ place }) => post(`/api/places/${place}/devices`, { device_id: box.device_id }),
  });
  if (sent) {
    done(box, t('boxMenu.moved', { place: places.find((place) => String(place.id) === sent.place)?.name ?? '' }));
  }
}

/** @param {Box} box */
async function takeAway(box) {
  if (
    await ask({
      title: t('boxMenu.takeAway'),
      text: t('boxMenu.takeAway_why'),
      action: t('boxMenu.takeAway_do', { box: box.device_id }),
      run: () => del(`/api/places/${box.place_id}/devices/${encodeURIComponent(box.device_id)}`),
    })
  ) {
    done(box, t('boxMenu.takenAway'), { undo: () => post(`/api/places/${box.place_id}/devices`, { device_id: box.device_id }) });
  }
}

/** @param {Box} box */
async function replace(box) {
  const list = h('datalist', { id: 'replace-boxes' });
  const boxes = /** @type {Box[]} */ (await all('/api/devices', { most: 1000 }));
  list.append(
    ...boxes
      .filter((one) => one.device_id !== box.device_id && !one.retired_at)
      .map((one) => h('option', { value: one.device_id }, boxName(one))),
  );
  const sent = await formDialog({
    words,
    name: 'replace',
    fields: [{ name: 'by', label: t('boxMenu.by'), list: 'replace-boxes', required: true, max: 64 }],
    extra: list,
    run: ({ by }) => post(`/api/places/${box.place_id}/replace`, { device_id: box.device_id, by }),
  });
  if (sent) {
    done(box, t('boxMenu.replaced', { old: box.device_id, by: sent.by }));
    go(`/locations/${encodeURIComponent(sent.by)}`);
  }
}

/** @param {Box} box */
async function tags(box) {
  const path = pathOf(box.device_id, '/tags');
  const sent = await formDialog({
    words,
    name: 'tags',
    fields: [{ name: 'tags', label: t('boxMenu.tagsLabel'), value: box.tags.join(', '), hint: t('boxMenu.tagsHint') }],
    run: (values) => put(path, { tags: listOf(values.tags) }),
  });
  if (sent) {
    done(box, t('boxMenu.tagged'), { undo: () => put(path, { tags: box.tags }) });
  }
}

/** @param {string} text */
function listOf(text) {
  return [...new Set(text.split(',').map((part) => part.trim()))].filter(Boolean);
}

/** @param {Box} box */
async function pin(box) {
  const sent = await formDialog({
    words,
    name: 'pin',
    fields: [
      {
        name: 'pin',
        label: t('boxMenu.pinLabel'),
        hint: t('boxMenu.pinHint'),
        required: true,
        inputmode: 'numeric',
        autocomplete: 'off',
        check: (value) => (/^\d{4}$/.test(value) ? null : t('boxMenu.pinHint')),
      },
    ],
    run: (values) => put(pathOf(box.device_id, '/pin'), { pin: values.pin }),
  });
  if (sent) {
    done(box, t('boxMenu.pinSet'));
  }
}

/** @param {Box} box */
async function clear(box) {
  if (
    await ask({
      title: t('boxMenu.clear'),
      text: [oddWords(box), '. ', t('boxMenu.clear_why')],
      action: t('boxMenu.clear_do'),
      run: () => post(pathOf(box.device_id, '/clear-anomaly')),
    })
  ) {
    done(box, t('boxMenu.cleared'));
  }
}

/** @param {Box} box */
async function token(box) {
  /** @type {string} */
  let made = '';
  if (
    await ask({
      title: t('boxMenu.token'),
      text: t('boxMenu.token_why'),
      action: t('boxMenu.token_do'),
      danger: true,
      run: async () => {
        made = (await post(pathOf(box.device_id, '/regenerate-token'))).token;
      },
    })
  ) {
    refresh(keyOf(box.device_id, ''));
    await open({
      title: t('boxMenu.tokenTitle', { box: box.device_id }),
      body: [
        h('p', null, t('boxMenu.tokenOnce')),
        h('p', { class: 'secret', data: { test: 'token' } }, made),
        h('p', null, t('boxMenu.tokenOld')),
      ],
      actions: (close) => [
        navigator.clipboard
          ? h(
              'button',
              {
                type: 'button',
                class: 'button',
                onclick: () => navigator.clipboard.writeText(made).then(() => notice(t('boxMenu.copied'))),
              },
              t('boxMenu.copy'),
            )
          : null,
        h('button', { type: 'button', class: 'button primary', onclick: () => close() }, t('boxMenu.tokenKept')),
      ],
    });
  }
}

/**
 * @param {Box} box
 * @param {'active' | 'inactive'} wanted
 */
async function setStatus(box, wanted) {
  const path = pathOf(box.device_id, '/status');
  const name = wanted === 'inactive' ? 'pause' : box.retired_at ? 'takeBack' : 'activate';
  if (
    await ask({
      title: t(`boxMenu.${name}`),
      text: t(`boxMenu.${name}_why`),
      action: t(`boxMenu.${name}_do`),
      run: () => put(path, { status: wanted }),
    })
  ) {
    done(box, t(`boxMenu.${name}_done`), box.retired_at ? {} : { undo: () => put(path, { status: box.status }) });
  }
}

/** @param {Box} box */
async function retire(box) {
  if (
    await ask({
      title: t('boxMenu.retire'),
      text: t('boxMenu.retire_why'),
      action: t('boxMenu.retire_do', { box: box.device_id }),
      danger: true,
      type: box.device_id,
      run: () => post(pathOf(box.device_id, '/retire')),
    })
  ) {
    done(box, t('boxMenu.retired', { box: box.device_id }));
  }
}

/** @param {Box} box */
async function remove(box) {
  if (
    await ask({
      title: t('boxMenu.remove'),
      text: t('boxMenu.remove_why'),
      action: t('boxMenu.remove_do', { box: box.device_id }),
      danger: true,
      type: box.device_id,
      run: () => del(pathOf(box.device_id)),
    })
  ) {
    refresh('devices');
    notice(t('boxMenu.removed', { box: box.device_id }));
    go('/locations', { replace: true });
  }
}
