// Who may sign in, and what they may: all of them for admins, those of their places for owners.

import { access, mayEverywhere, mayLetIn } from '../core/access.js';
import { all, del, get, post, put } from '../core/api.js';
import { ask, attempt, notice } from '../core/dialog.js';
import { data, fill, h } from '../core/dom.js';
import { form } from '../core/form.js';
import { ago, dateTime } from '../core/format.js';
import { loadPlaces } from '../core/places.js';
import { go } from '../core/router.js';
import { empty, view } from '../core/states.js';
import { refresh } from '../core/store.js';
import { t } from '../core/text.js';
import { status } from '../parts/status.js';
import { grantWords, inWords, placeChooser, roleOptions, secretOnce } from './people-part.js';
import { platformChooser } from './people-platforms.js';
import { placeUsers } from './place-users.js';
import { whoName } from './who-part.js';

/** @typedef {import('api-types').components['schemas']} Schemas */
/** @typedef {Schemas['UserRow']} User */
/** @typedef {import('../core/places.js').Place} Place */
/** @typedef {import('../core/router.js').Context} Context */

/** Rows that are shown before one asks for more. */
const step = 50;

/** @type {import('../core/router.js').Page} */
export const page = {
  title: 'users.title',
  needs: 'owner',
  texts: 'people',
  mount(root, context) {
    if (!mayEverywhere('admin')) {
      showOwned(root, context);
    } else if (context.query.get('user') === 'new') {
      showInvite(root, context);
    } else if (context.query.get('user')) {
      showUser(root, context, Number(context.query.get('user')));
    } else {
      showAll(root, context);
    }
  },
};

/**
 * What an owner sees: a card for each of their places.
 * @param {HTMLElement} root
 * @param {Context} context
 */
function showOwned(root, context) {
  if (!access().grants.some((grant) => grant.role === 'owner')) {
    fill(root, h('h1', null, t('page.notYours')), h('p', null, t('page.notYours.why')));
    context.ready();
    return;
  }
  const cards = h('div', { class: 'stack' });
  fill(root, h('h1', null, t('users.title')), h('p', { class: 'soft' }, t('users.ownerWhy')), cards);
  view(cards, {
    key: 'places of owner',
    context,
    fetch: loadPlaces,
    show: (/** @type {Place[]} */ places) =>
      places
        .filter((place) => mayLetIn(place.id))
        .map((place) => {
          const card = h('section', { class: 'card', data: { place: place.id } });
          view(card, {
            key: `place-users ${place.id}`,
            context,
            isAside: true,
            fetch: (signal) => get(`/api/places/${place.id}/users`, { signal }),
            show: (/** @type {Schemas['PlaceUser'][]} */ rows) => placeUsers(place.id, rows, place.name),
          });
          return card;
        }),
  });
}

/**
 * @param {HTMLElement} root
 * @param {Context} context
 */
function showAll(root, context) {
  const body = h('div', { class: 'stack' });
  let shown = step;
  fill(
    root,
    h(
      'div',
      { class: 'fleet-head' },
      h('h1', null, t('users.title')),
      h(
        'div',
        { class: 'row' },
        h('a', { class: 'button primary', href: '/people?user=new' }, t('users.invite')),
        h('a', { class: 'button', href: '/keys' }, t('users.toKeys')),
      ),
    ),
    body,
  );
  view(body, {
    key: 'users',
    context,
    fetch: (signal) => usersAndPlaces(signal),
    show({ users, places }) {
      if (users.length === 0) {
        return empty(t('users.none'), h('a', { class: 'button', href: '/people?user=new' }, t('users.invite')));
      }
      const rows = h('ul', { class: 'plain lines', 'aria-label': t('users.title') });
      const found = h('p', { class: 'soft', role: 'status' });
      const more = h('p');
      const search = h('input', {
        type: 'search',
        id: 'users-q',
        placeholder: t('users.search'),
        'aria-label': t('users.search'),
        value: context.query.get('q') ?? '',
        oninput: () => {
          context.setQuery({ q: search.value }, { replace: true });
          shown = step;
          draw();
        },
      });
      const draw = () => {
        const words = search.value.toLocaleLowerCase().split(/\s+/);
        const some = users.filter((user) => {
          const text = `${user.email} ${user.name ?? ''} ${grantWords(user.grants, places)}`.toLocaleLowerCase();
          return words.every((word) => text.includes(word));
        });
        fill(found, data('users', some.length, t('users.count', { n: some.length })));
        fill(
          rows,
          some.slice(0, shown).map((user) => userLine(user, places)),
        );
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
      draw();
      return [search, found, h('section', { class: 'card' }, rows, more)];
    },
  });
}

/**
 * @param {AbortSignal} signal
 * @returns {Promise<{ users: User[], places: Place[] }>}
 */
async function usersAndPlaces(signal) {
  const [users, places] = await Promise.all([all('/api/users', { signal }), loadPlaces(signal)]);
  return { users, places };
}

/** The portal's words and shapes for the states of users. @type {Record<string, string>} */
const states = { active: 'online', invited: 'new', disabled: 'retired' };

/** @param {User} user */
function stateOf(user) {
  return status(states[user.state] ?? 'retired', t(`users.state_${user.state}`));
}

/**
 * @param {User} user
 * @param {Place[]} places
 */
function userLine(user, places) {
  return h(
    'li',
    { class: 'line', data: { user: user.id } },
    h(
      'div',
      null,
      h('a', { href: `/people?user=${user.id}` }, user.name ? `${user.name} · ${user.email}` : user.email),
      user.id === access().user_id ? h('span', { class: 'soft' }, ` ${t('users.you')}`) : null,
      h('div', { class: 'soft' }, grantWords(user.grants, places) || t('users.nothing')),
      h(
        'div',
        { class: 'soft small' },
        user.last_sign_in_at ? t('users.lastSeen', { when: ago(user.last_sign_in_at) }) : t('users.neverSeen'),
        user.totp ? ` · ${t('users.totp')}` : '',
      ),
    ),
    stateOf(user),
  );
}

/** @param {string} title */
function head(title) {
  return [h('p', null, h('a', { href: '/people' }, `‹ ${t('users.title')}`)), h('h1', null, title)];
}

/**
 * Name, role and places: the fields that somebody new and somebody who is there have.
 * @param {Place[]} places
 * @param {User | null} user
 */
function rightsOf(places, user) {
  const grants = user?.grants ?? [];
  const role = grants[0]?.role ?? 'viewer';
  const chooser = placeChooser({
    places,
    role,
    chosen: grants.some((grant) => grant.place_id === null) ? null : grants.map((grant) => Number(grant.place_id)),
  });
  return {
    chooser,
    role,
    field: /** @type {import('../core/form.js').Field} */ ({
      name: 'role',
      label: t('users.role'),
      type: 'select',
      value: role,
      options: roleOptions(),
    }),
    /** @param {import('../core/form.js').Form} made */
    into(made) {
      made.el.insertBefore(chooser.el, made.el.lastChild);
      const select = made.input('role');
      select.addEventListener('change', () => chooser.forRole(select.value));
    },
  };
}

/**
 * @param {HTMLElement} root
 * @param {Context} context
 */
function showInvite(root, context) {
  const card = h('section', { class: 'card' });
  fill(root, head(t('users.invite')), card);
  context.title(t('users.invite'));
  view(card, {
    key: 'places to invite to',
    context,
    fetch: loadPlaces,
    show: (/** @type {Place[]} */ places) => {
      const rights = rightsOf(places, null);
      const made = form({
        fields: [
          { name: 'email', label: t('field.email'), type: 'email', required: true, max: 254 },
          { name: 'name', label: t('users.name'), max: 64 },
          rights.field,
        ],
        action: t('users.inviteAction'),
        run: async (values) => {
          /** @type {Schemas['CreatedUser']} */
          const created = await inWords(
            post('/api/users', {
              email: values.email,
              ...(values.name ? { name: values.name } : {}),
              role: values.role,
              ...rights.chooser.value(),
            }),
            { 409: t('users.taken') },
          );
          made.set({ email: '', name: '' });
          refresh('users');
          linkOrMail(card, created);
        },
      });
      rights.into(made);
      context.guard(made.isChanged);
      return [access().mail ? null : h('p', { class: 'note' }, t('users.noMail')), made.el];
    },
  });
}

/**
 * After an invitation: that it was mailed, or the link to hand over, once.
 * @param {HTMLElement} card Is filled.
 * @param {Schemas['CreatedUser']} created
 */
function linkOrMail(card, created) {
  fill(
    card,
    h('h2', { tabindex: -1 }, t('users.invited', { name: created.user.email })),
    created.link
      ? [h('p', null, t('users.handOver')), secretOnce('link', location.origin + created.link)]
      : h('p', null, t('users.mailed', { name: created.user.email })),
    h(
      'p',
      { class: 'row' },
      h('a', { class: 'button', href: `/people?user=${created.user.id}` }, t('users.toUser')),
      h('a', { class: 'button', href: '/people' }, t('users.toAll')),
    ),
  );
  card.querySelector('h2')?.focus();
}

/**
 * @param {HTMLElement} root
 * @param {Context} context
 * @param {number} id
 */
function showUser(root, context, id) {
  const title = h('h1', null, t('users.title'));
  const body = h('div', { class: 'stack' });
  fill(root, h('p', null, h('a', { href: '/people' }, `‹ ${t('users.title')}`)), title, body);
  view(body, {
    key: `users ${id}`,
    context,
    fetch: async (signal) => {
      const [user, places, platforms] = await Promise.all([
        get(`/api/users/${id}`, { signal }).catch((fault) => {
          if (fault.status === 404) {
            return null;
          }
          throw fault;
        }),
        loadPlaces(signal),
        get('/api/platforms', { signal }),
      ]);
      return { user: /** @type {User | null} */ (user), places, platforms };
    },
    show: ({ user, places, platforms }) => {
      if (user === null) {
        return empty(t('users.gone'));
      }
      title.textContent = user.name ?? user.email;
      context.title(user.name ?? user.email);
      return h(
        'div',
        { class: 'place-grid' },
        h('div', null, aboutCard(user, places), actsCard(user)),
        rightsCard(user, places, platforms, context),
      );
    },
  });
}

/**
 * @param {User} user
 * @param {Place[]} places
 */
function aboutCard(user, places) {
  const row = (/** @type {string} */ name, /** @type {import('../core/dom.js').Child} */ value) =>
    h('div', null, h('dt', null, name), h('dd', null, value));
  return h(
    'section',
    { class: 'card' },
    h('h2', { class: 'breaks' }, user.email),
    h(
      'dl',
      { class: 'pairs' },
      row(t('users.state'), stateOf(user)),
      row(t('users.may'), grantWords(user.grants, places) || t('users.nothing')),
      row(t('users.lastSignIn'), user.last_sign_in_at ? dateTime(user.last_sign_in_at) : t('time.never')),
      row(t('totp.title'), user.totp ? t('users.on') : t('users.off')),
      row(t('users.made'), t('users.madeBy', { time: dateTime(user.created_at), name: whoName(user.created_by) })),
      user.platforms.length > 0 ? row(t('users.platforms'), user.platforms.join(', ')) : null,
    ),
  );
}

/**
 * @param {User} user
 * @param {Place[]} places
 * @param {Schemas['PlatformRow'][]} platforms
 * @param {Context} context
 */
function rightsCard(user, places, platforms, context) {
  const isSelf = user.id === access().user_id;
  const rights = rightsOf(places, user);
  const firmware = platformChooser(
    platforms.map((one) => one.name),
    user.platforms,
  );
  const before = { rights: rights.chooser.text(), firmware: firmware.text() };
  const made = form({
    label: t('users.rights'),
    fields: [{ name: 'name', label: t('users.name'), max: 64, value: user.name ?? '' }, ...(isSelf ? [] : [rights.field])],
    action: t('users.save'),
    run: async (values) => {
      const isOther = !isSelf && rights.chooser.text() !== before.rights;
      await inWords(
        put(`/api/users/${user.id}`, {
          name: values.name,
          ...(isOther ? { role: values.role, ...rights.chooser.value() } : {}),
          ...(firmware.text() === before.firmware ? {} : { platforms: firmware.value() }),
        }),
        { 409: t('users.notSelf') },
      );
      refresh('users');
      notice(t('users.saved'));
    },
  });
  if (!isSelf) {
    rights.into(made);
  }
  made.el.insertBefore(firmware.el, made.el.lastChild);
  const isChosen = () => rights.chooser.text() !== before.rights || firmware.text() !== before.firmware;
  context.guard(() => made.isChanged() || (made.el.isConnected && isChosen()));
  return h(
    'section',
    { class: 'card' },
    h('h2', null, t('users.rights')),
    new Set(user.grants.map((grant) => grant.role)).size > 1 ? h('p', { class: 'note warning' }, t('users.mixed')) : null,
    isSelf ? h('p', { class: 'note' }, t('users.notSelf')) : null,
    made.el,
  );
}

/** @param {User} user */
function actsCard(user) {
  const isSelf = user.id === access().user_id;
  const again = () => refresh('users');
  const name = user.email;
  const place = h('div');
  const button = (/** @type {string} */ text, /** @type {(event: any) => any} */ onclick, /** @type {string} */ more = '') =>
    h('button', { type: 'button', class: `button${more}`, onclick }, text);
  const lock = (/** @type {boolean} */ disabled) =>
    inWords(put(`/api/users/${user.id}`, { disabled }), { 409: t('users.notSelf') }).then(again);
  return h(
    'section',
    { class: 'card' },
    h('h2', null, t('users.acts')),
    place,
    h(
      'div',
      { class: 'actions start' },
      user.state === 'disabled'
        ? null
        : button(t(user.state === 'invited' ? 'users.again' : 'users.newPassword'), (event) =>
            attempt(event.currentTarget, async () => linkOrMail(place, await post(`/api/users/${user.id}/invite`))),
          ),
      button(t('users.signOut'), () =>
        ask({
          title: t('users.signOutTitle', { name }),
          text: t(isSelf ? 'account.outEverywhereText' : 'users.signOutText'),
          action: t('users.signOut'),
          run: () => del(`/api/users/${user.id}/sessions`).then(() => notice(t('users.signedOut', { name }))),
        }),
      ),
      user.totp
        ? button(t('users.endTotp'), () =>
            ask({
              title: t('users.endTotpTitle', { name }),
              text: t('users.endTotpText'),
              action: t('users.endTotp'),
              danger: true,
              run: () => del(`/api/users/${user.id}/totp`).then(again),
            }),
          )
        : null,
      isSelf
        ? null
        : user.state === 'disabled'
          ? button(t('users.unlock'), (event) =>
              attempt(event.currentTarget, () => lock(false).then(() => notice(t('users.unlocked', { name })))),
            )
          : button(t('users.lock'), (event) =>
              attempt(event.currentTarget, () => lock(true).then(() => notice(t('users.locked', { name }), { undo: () => lock(false) }))),
            ),
      isSelf
        ? null
        : button(
            t('users.remove'),
            async () => {
              const isDone = await ask({
                title: t('users.removeTitle', { name }),
                text: t('users.removeText'),
                action: t('users.removeTitle', { name }),
                danger: true,
                type: name,
                run: () => inWords(del(`/api/users/${user.id}`), { 409: t('users.notSelf') }),
              });
              if (isDone) {
                refresh('users');
                await go('/people');
                notice(t('users.removed', { name }));
              }
            },
            ' danger',
          ),
    ),
    isSelf ? h('p', { class: 'soft' }, h('a', { href: '/account' }, t('account.more'))) : null,
  );
}
