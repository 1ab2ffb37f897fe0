// What can be done with a thing, each for who may: commands that it knows, its name, its place, out of use.

import { may, mayEverywhere } from '../core/access.js';
import { del, post, put } from '../core/api.js';
import { ask, attempt, notice, open } from '../core/dialog.js';
import { h } from '../core/dom.js';
import { loadPlaces } from '../core/places.js';
import { go } from '../core/router.js';
import { refresh } from '../core/store.js';
import { has, t } from '../core/text.js';
import { chooseAct, formDialog } from './menu-part.js';
import { thingName } from './things-part.js';

/** @typedef {import('./thing.js').Detail} Detail */
/** @typedef {import('./menu-part.js').Act} Act */

/** Commands after which a thing is away for a while, or other than it was: asked first. */
const serious = ['restart', 'reboot', 'rollback'];

/** @param {string} id */
const pathOf = (id, rest = '') => `/api/device/${encodeURIComponent(id)}${rest}`;

/** @param {Detail} thing */
function renew(thing) {
  refresh(`thing ${thing.device_id}`);
  refresh('things');
}

/**
 * Commands that a thing has said it knows.
 * @param {Detail} thing
 * @param {string[]} commands
 */
export function commandRow(thing, commands) {
  return h(
    'div',
    { class: 'actions start', role: 'group', 'aria-label': t('thingCommand.title') },
    commands.map((command) =>
      h(
        'button',
        {
          type: 'button',
          class: 'button',
          data: { key: `command ${command}` },
          onclick: (/** @type {any} */ event) => send(thing, command, event.currentTarget),
        },
        has(`thingCommand.${command}`) ? t(`thingCommand.${command}`) : command,
      ),
    ),
  );
}

/**
 * @param {Detail} thing
 * @param {string} command
 * @param {HTMLButtonElement} button
 */
async function send(thing, command, button) {
  const path = `/api/things/${encodeURIComponent(thing.device_id)}/commands`;
  if (command === 'rollback') {
    return rollback(thing, path);
  }
  const done = serious.includes(command)
    ? await ask({
        title: t('thingCommand.sure'),
        text: t(`thingCommand.${command}_why`),
        action: t('thingCommand.do', { command: t(`thingCommand.${command}`) }),
        run: () => post(path, { command }),
      })
    : await attempt(button, () => post(path, { command }));
  if (done) {
    notice(t('thingCommand.sent', { thing: thingName(thing) }));
  }
  return done;
}

/**
 * @param {Detail} thing
 * @param {string} path
 */
function rollback(thing, path) {
  return actForm(
    'rollback',
    [{ name: 'target_version', label: t('thingMenu.version'), required: true, max: 40, autocomplete: 'off' }],
    async (values) => {
      await post(path, { command: 'rollback', ...values });
      notice(t('thingCommand.sent', { thing: thingName(thing) }));
    },
  );
}

/**
 * Lets one choose what to do.
 * @param {Detail} thing
 */
export async function openMenu(thing) {
  const isUsed = thing.status !== 'retired';
  const isAdmin = mayEverywhere('admin');
  const place = thing.place_id;
  /** @type {Act[]} */
  const acts = [
    { name: 'rename', isFor: isUsed && may('operator', place), run: () => rename(thing) },
    { name: 'move', isFor: isUsed && may('operator', place), run: () => move(thing) },
    { name: 'tags', isFor: isUsed && may('operator', place), run: () => tags(thing) },
    { name: 'token', isFor: isUsed && isAdmin, run: () => newToken(thing) },
    { name: 'retire', isFor: isUsed && isAdmin, run: () => retire(thing) },
    { name: 'takeBack', isFor: !isUsed && isAdmin, run: () => takeBack(thing) },
    { name: 'remove', isFor: isAdmin && thing.last_at === null, run: () => remove(thing) },
  ];
  await chooseAct({ title: t('thingMenu.title', { thing: thingName(thing) }), words, acts });
}

/** @param {string} key */
const words = (key) => t(`thingMenu.${key}`);

/**
 * @param {string} name The act.
 * @param {import('../core/form.js').Field[]} fields
 * @param {(values: Record<string, any>) => Promise<any>} run
 */
function actForm(name, fields, run) {
  return formDialog({ name, words, fields, run });
}

/** @param {Detail} thing */
function rename(thing) {
  const path = `/api/things/${encodeURIComponent(thing.device_id)}/name`;
  const save = async (/** @type {string} */ name) => {
    await put(path, { name });
    renew(thing);
  };
  return actForm(
    'rename',
    [{ name: 'name', label: t('thingMenu.name'), value: thing.name ?? '', max: 64, autocomplete: 'off' }],
    async ({ name }) => {
      await save(name);
      notice(t('thingMenu.renamed', { name: name || thing.device_id }), { undo: () => save(thing.name ?? '') });
    },
  );
}

/** @param {Detail} thing */
async function move(thing) {
  const places = (await loadPlaces()).filter((place) => place.id !== thing.place_id && may('operator', place.id));
  if (places.length === 0) {
    notice(t('thingMenu.noPlace'));
    return;
  }
  await actForm(
    'move',
    [
      {
        name: 'place',
        label: t('thing.place'),
        type: 'select',
        required: true,
        options: places.map((place) => [String(place.id), place.name]),
      },
    ],
    async ({ place }) => {
      await post(`/api/places/${place}/devices`, { device_id: thing.device_id });
      renew(thing);
      notice(t('thingMenu.moved', { place: places.find((one) => String(one.id) === place)?.name ?? '' }));
    },
  );
}

/** @param {Detail} thing */
function tags(thing) {
  return actForm(
    'tags',
    [{ name: 'tags', label: t('thing.tags'), value: thing.tags.join(', '), hint: t('thingMenu.tagsHint'), autocomplete: 'off' }],
    async (values) => {
      const wanted = [...new Set(values.tags.split(',').map((/** @type {string} */ part) => part.trim()))].filter(Boolean);
      await put(pathOf(thing.device_id, '/tags'), { tags: wanted });
      renew(thing);
      notice(t('thingMenu.tagged'));
    },
  );
}

/**
 * Makes a new token and shows it once.
 * @param {Detail} thing
 */
export async function newToken(thing) {
  let made = '';
  if (
    await ask({
      title: t('thingMenu.token'),
      text: t('thingMenu.token_why'),
      action: t('thingMenu.token_do'),
      danger: true,
      run: async () => {
        made = (await post(pathOf(thing.device_id, '/regenerate-token'))).token;
      },
    })
  ) {
    await open({
      title: t('thingMenu.tokenTitle', { thing: thing.device_id }),
      body: [h('p', null, t('thingMenu.tokenOnce')), h('p', { class: 'secret', data: { test: 'token' } }, made)],
      actions: (close) => h('button', { type: 'button', class: 'button primary', onclick: () => close() }, t('thingMenu.tokenKept')),
    });
  }
}

/** @param {Detail} thing */
async function retire(thing) {
  if (
    await ask({
      title: t('thingMenu.retire'),
      text: t('thingMenu.retire_why'),
      action: t('thingMenu.retire_do', { thing: thing.device_id }),
      danger: true,
      type: thing.device_id,
      run: () => post(pathOf(thing.device_id, '/retire')),
    })
  ) {
    renew(thing);
    notice(t('thingMenu.retired', { thing: thingName(thing) }));
  }
}

/** @param {Detail} thing */
async function takeBack(thing) {
  if (
    await ask({
      title: t('thingMenu.takeBack'),
      text: t('thingMenu.takeBack_why'),
      action: t('thingMenu.takeBack_do'),
      run: () => put(pathOf(thing.device_id, '/status'), { status: 'active' }),
    })
  ) {
    renew(thing);
  }
}

/** @param {Detail} thing */
async function remove(thing) {
  if (
    await ask({
      title: t('thingMenu.remove'),
      text: t('thingMenu.remove_why'),
      action: t('thingMenu.remove_do', { thing: thing.device_id }),
      danger: true,
      type: thing.device_id,
      run: () => del(pathOf(thing.device_id)),
    })
  ) {
    refresh('things');
    notice(t('thingMenu.removed', { thing: thing.device_id }));
    go('/things', { replace: true });
  }
}
