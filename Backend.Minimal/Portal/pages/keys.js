// Keys: what programs sign in with. A key is shown once, when it is made.

import { access } from '../core/access.js';
import { currentKey, del, get, post } from '../core/api.js';
import { ask, notice } from '../core/dialog.js';
import { data, fill, h } from '../core/dom.js';
import { form } from '../core/form.js';
import { ago, dateTime } from '../core/format.js';
import { loadPlaces } from '../core/places.js';
import { empty, view } from '../core/states.js';
import { refresh } from '../core/store.js';
import { t } from '../core/text.js';
import { grantWords, inWords, placeChooser, roleOptions, secretOnce } from './people-part.js';
import { whoName } from './who-part.js';

/** @typedef {import('api-types').components['schemas']} Schemas */
/** @typedef {Schemas['ApiKeyRow']} Key */
/** @typedef {import('../core/places.js').Place} Place */

/** What the server takes as a name. */
const nameRule = /^(?! |\.{1,2}$)[A-Za-z0-9 ._-]{1,40}(?<! )$/;

/** @type {import('../core/router.js').Page} */
export const page = {
  title: 'apiKeys.title',
  needs: 'admin',
  texts: 'people',
  mount(root, context) {
    const rows = h('section', { class: 'card' });
    const make = h('section', { class: 'card' });
    fill(
      root,
      h('p', null, h('a', { href: '/people' }, `‹ ${t('users.title')}`)),
      h('h1', null, t('apiKeys.title')),
      h('p', { class: 'soft' }, t('apiKeys.why')),
      h('div', { class: 'place-grid' }, h('div', null, rows), h('div', null, make)),
    );
    view(rows, {
      key: 'keys',
      context,
      fetch: async (signal) => {
        const [keys, places] = await Promise.all([get('/api/keys', { signal }), loadPlaces(signal)]);
        return { keys: /** @type {Key[]} */ (keys), places };
      },
      show: ({ keys, places }) => [
        h('h2', null, t('apiKeys.list')),
        keys.length === 0
          ? empty(t('apiKeys.none'))
          : [
              h('p', { class: 'soft' }, data('keys', keys.length, t('apiKeys.count', { n: keys.length }))),
              h(
                'ul',
                { class: 'plain lines' },
                keys.map((key) => line(key, places)),
              ),
            ],
      ],
    });
    view(make, { key: 'places of keys', context, isAside: true, fetch: loadPlaces, show: (places) => maker(make, places, context) });
  },
};

/**
 * @param {Key} key
 * @param {Place[]} places
 */
function line(key, places) {
  const isMine = currentKey() !== null && access().name === key.name;
  const grants = (key.places ?? [null]).map((id) => ({ role: key.role, place_id: id }));
  return h(
    'li',
    { class: 'line', data: { name: key.name } },
    h(
      'div',
      null,
      h('strong', null, key.name),
      isMine ? h('span', { class: 'soft' }, ` ${t('apiKeys.mine')}`) : null,
      h('div', { class: 'soft' }, grantWords(grants, places)),
      h(
        'div',
        { class: 'soft small' },
        key.last_used_at ? t('apiKeys.lastUsed', { when: ago(key.last_used_at) }) : t('apiKeys.neverUsed'),
        ' · ',
        key.created_by ? t('users.madeBy', { time: dateTime(key.created_at), name: whoName(key.created_by) }) : dateTime(key.created_at),
      ),
    ),
    h(
      'button',
      {
        type: 'button',
        class: 'link',
        onclick: () =>
          ask({
            title: t('apiKeys.revokeTitle', { name: key.name }),
            text: t(isMine ? 'apiKeys.revokeMine' : 'apiKeys.revokeText'),
            action: t('apiKeys.revokeTitle', { name: key.name }),
            danger: true,
            type: key.name,
            run: () =>
              del('/api/keys', { query: { name: key.name } }).then(() => {
                refresh('keys');
                notice(t('apiKeys.revoked', { name: key.name }));
              }),
          }),
      },
      t('apiKeys.revoke'),
      h('span', { class: 'hidden-text' }, ` ${key.name}`),
    ),
  );
}

/**
 * @param {HTMLElement} card
 * @param {Place[]} places
 * @param {import('../core/router.js').Context} context
 */
function maker(card, places, context) {
  const chooser = placeChooser({ places, chosen: null, role: 'viewer' });
  const made = form({
    fields: [
      {
        name: 'name',
        label: t('apiKeys.name'),
        required: true,
        hint: t('apiKeys.nameHint'),
        check: (value) => (nameRule.test(value) ? null : t('apiKeys.nameRule')),
      },
      { name: 'role', label: t('users.role'), type: 'select', value: 'viewer', options: roleOptions() },
    ],
    action: t('apiKeys.make'),
    run: async (values) => {
      /** @type {Schemas['CreatedApiKey']} */
      const created = await inWords(post('/api/keys', { name: values.name, role: values.role, ...chooser.value() }), {
        409: t('apiKeys.taken'),
      });
      made.set({ name: '' });
      refresh('keys');
      const again = () => fill(card, maker(card, places, context));
      fill(
        card,
        h('h2', { tabindex: -1 }, t('apiKeys.made', { name: created.name })),
        h('p', null, t('apiKeys.once')),
        secretOnce('key', created.key),
        h('p', { class: 'soft small breaks' }, `Authorization: Bearer …`),
        h('p', null, h('button', { type: 'button', class: 'button', onclick: again }, t('apiKeys.kept'))),
      );
      card.querySelector('h2')?.focus();
    },
  });
  made.el.insertBefore(chooser.el, made.el.lastChild);
  const select = made.input('role');
  select.addEventListener('change', () => chooser.forRole(select.value));
  context.guard(made.isChanged);
  return [h('h2', null, t('apiKeys.make')), made.el];
}
