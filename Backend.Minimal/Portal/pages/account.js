// One's own account: password, second factor, where one is signed in.

import { access } from '../core/access.js';
import { currentKey, del, get, post, put } from '../core/api.js';
import { ask, attempt, notice } from '../core/dialog.js';
import { fill, h } from '../core/dom.js';
import { form } from '../core/form.js';
import { dateTime } from '../core/format.js';
import { go } from '../core/router.js';
import { empty, view } from '../core/states.js';
import { refresh } from '../core/store.js';
import { t, tn } from '../core/text.js';
import { keysChoice } from '../keys.js';

/** @typedef {import('api-types').components['schemas']} Schemas */

/** @type {import('../core/router.js').Page} */
export const page = {
  title: 'account.title',
  needs: null,
  mount(root, context) {
    if (access().kind === null) {
      go('/sign-in?next=/account', { replace: true });
      return;
    }
    fill(root, h('h1', null, t('account.title')));
    if (currentKey()) {
      root.append(empty(t('account.withKey', { name: access().name ?? '' })), keysCard());
      context.ready();
      return;
    }
    const totp = h('section', { class: 'card' });
    const sessions = h('section', { class: 'card' });
    root.append(h('p', null, t('account.as', { name: access().name ?? '' })), passwordCard(), totp, sessions, keysCard());
    view(totp, {
      key: 'account',
      context,
      fetch: (signal) => get('/api/session', { signal }),
      show: (/** @type {Schemas['SignedIn']} */ me) => totpCard(me.user.totp),
    });
    view(sessions, { key: 'sessions', context, fetch: (signal) => get('/api/sessions', { signal }), show: sessionsCard });
  },
};

function keysCard() {
  return h('section', { class: 'card' }, h('h2', null, t('keys.title')), keysChoice());
}

function passwordCard() {
  const made = form({
    fields: [
      { name: 'password', label: t('account.oldPassword'), type: 'password', required: true, autocomplete: 'current-password', max: 256 },
      {
        name: 'new_password',
        label: t('account.newPassword'),
        type: 'password',
        required: true,
        autocomplete: 'new-password',
        max: 256,
        hint: t('account.passwordHint'),
        check: (value) => (value.length < 12 ? t('account.passwordHint') : null),
      },
    ],
    action: t('account.changePassword'),
    run: async (values) => {
      await put('/api/password', values);
      made.set({ password: '', new_password: '' });
      notice(t('account.passwordChanged'));
      refresh('sessions');
    },
  });
  return h('section', { class: 'card' }, h('h2', null, t('account.password')), made.el);
}

/** @param {boolean} isOn */
function totpCard(isOn) {
  const place = h('div');
  const proof = (/** @type {string} */ action, /** @type {(password: string) => Promise<any>} */ run) =>
    form({
      fields: [
        { name: 'password', label: t('field.password'), type: 'password', required: true, autocomplete: 'current-password', max: 256 },
      ],
      action,
      run: (values) => run(values.password),
    }).el;
  if (isOn) {
    fill(
      place,
      h('p', null, t('totp.on')),
      proof(t('totp.end'), async (password) => {
        await post('/api/totp/off', { password });
        notice(t('totp.ended'));
        refresh('account');
      }),
    );
  } else {
    fill(
      place,
      h('p', null, t('totp.why')),
      proof(t('totp.begin'), async (password) => {
        /** @type {Schemas['TotpSecret']} */
        const secret = await post('/api/totp', { password });
        fill(
          place,
          h('p', null, t('totp.secret')),
          h('p', { class: 'secret' }, secret.secret),
          h('p', null, h('span', { class: 'soft small breaks' }, secret.address)),
          form({
            fields: [{ name: 'code', label: t('totp.code'), required: true, inputmode: 'numeric', autocomplete: 'one-time-code', max: 16 }],
            action: t('totp.confirm'),
            run: async (values) => {
              /** @type {Schemas['RecoveryCodes']} */
              const codes = await put('/api/totp', values);
              fill(
                place,
                h('p', { class: 'note good' }, t('totp.done')),
                h(
                  'ul',
                  { class: 'plain secret' },
                  codes.recovery_codes.map((code) => h('li', null, code)),
                ),
                h('button', { type: 'button', class: 'button', onclick: () => refresh('account') }, t('totp.kept')),
              );
            },
          }).el,
        );
      }),
    );
  }
  return [h('h2', null, t('totp.title')), place];
}

/**
 * A browser in words, `Chrome, Android`, of what it calls itself; that is made to be read by programs.
 * @param {string | null} agent
 */
function agentName(agent) {
  const browser = /(Edg|OPR|SamsungBrowser|Firefox|FxiOS|CriOS|Chrome|Safari)[\w]*\//.exec(agent ?? '')?.[1];
  const system = /iPhone|iPad|Android|Windows|Mac OS X|Linux/.exec(agent ?? '')?.[0];
  const names = { Edg: 'Edge', OPR: 'Opera', SamsungBrowser: 'Samsung Internet', FxiOS: 'Firefox', CriOS: 'Chrome', 'Mac OS X': 'macOS' };
  const known = [browser, system].flatMap((name) => (name ? [/** @type {Record<string, string>} */ (names)[name] ?? name] : []));
  return known.length > 0 ? known.join(', ') : agent;
}

/** @param {Schemas['SessionRow'][]} rows */
function sessionsCard(rows) {
  return [
    h('h2', null, t('account.sessions')),
    h(
      'ul',
      { class: 'plain lines' },
      rows.map((row) =>
        h(
          'li',
          null,
          tn('account.session', {
            agent: h('span', { title: row.agent ?? undefined }, agentName(row.agent) ?? t('account.someBrowser')),
            address: row.address ?? '–',
            seen: dateTime(row.seen_at),
          }),
          row.current ? h('strong', null, ` ${t('account.thisOne')}`) : null,
        ),
      ),
    ),
    h(
      'div',
      { class: 'actions start' },
      h(
        'button',
        {
          type: 'button',
          class: 'button',
          onclick: async () => {
            const isDone = await ask({
              title: t('account.outEverywhere'),
              text: t('account.outEverywhereText'),
              action: t('account.outEverywhere'),
              run: () => del('/api/sessions', { quiet: true }),
            });
            if (isDone) {
              await attempt(null, async () => {
                location.assign('/sign-in');
              });
            }
          },
        },
        t('account.outEverywhere'),
      ),
    ),
  ];
}
