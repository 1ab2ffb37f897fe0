// The first run: you, your first place, a box.

import { access, home, isKnown, may, mayEverywhere, signIn, takeKey } from '../core/access.js';
import { ApiError, currentKey, post } from '../core/api.js';
import { fill, h } from '../core/dom.js';
import { form } from '../core/form.js';
import { loadPlaces } from '../core/places.js';
import { go } from '../core/router.js';
import { loading } from '../core/states.js';
import { refresh } from '../core/store.js';
import { t } from '../core/text.js';
import { tryDemo } from './demo-part.js';

/** @type {import('../core/router.js').Page} */
export const page = {
  title: 'start.title',
  needs: null,
  mount(root, context) {
    const steps = h('ol', { class: 'steps plain' });
    const card = h('section', { class: 'card' });
    fill(root, h('h1', null, t('start.title')), steps, card);

    /** @param {number} at */
    const mark = (at) =>
      fill(
        steps,
        ['start.you', 'start.place', 'start.box'].map((key, index) =>
          h('li', { class: index < at ? 'done' : '', 'aria-current': index === at ? 'step' : undefined }, `${index + 1} ${t(key)}`),
        ),
      );

    const show = async () => {
      if (!isKnown()) {
        if (!access().first_run) {
          await go('/sign-in', { replace: true });
          return;
        }
        mark(0);
        fill(
          card,
          h('h2', null, t('start.key')),
          h('p', null, t('start.keyWhy')),
          form({
            fields: [{ name: 'key', label: t('signIn.key'), type: 'password', required: true, autocomplete: 'off' }],
            action: t('start.useKey'),
            run: async (values) => {
              if (!(await takeKey(values.key.trim()))) {
                throw new ApiError(400, `key: ${t('signIn.keyWrong')}`);
              }
              document.dispatchEvent(new Event('jambox-access'));
              await go('/start', { replace: true });
            },
          }).el,
        );
      } else if (access().first_run && mayEverywhere('admin')) {
        mark(0);
        fill(card, ...makeUser());
      } else if (!may('operator')) {
        await go(home(), { replace: true });
        return;
      } else {
        fill(card, loading());
        // The virtual box's is nobody's first place.
        const places = (await loadPlaces(context.signal)).filter((place) => !place.demo);
        if (places.length === 0) {
          mark(1);
          fill(card, ...makePlace(show));
        } else {
          mark(2);
          fill(card, ...makeBox(places[0].id, places[0].name));
        }
      }
      context.ready();
    };
    show();
  },
};

function makeUser() {
  return [
    h('h2', null, t('start.you')),
    h('p', null, t('start.youWhy')),
    access().safe_way ? null : h('p', { class: 'note warning' }, t('start.noHttps')),
    form({
      fields: [
        { name: 'email', label: t('field.email'), type: 'email', required: true, autocomplete: 'username', max: 254 },
        { name: 'name', label: t('field.name'), autocomplete: 'name', max: 100 },
        {
          name: 'password',
          label: t('field.password'),
          type: 'password',
          required: true,
          autocomplete: 'new-password',
          max: 256,
          hint: t('account.passwordHint'),
          check: (value) => (value.length < 12 ? t('account.passwordHint') : null),
        },
      ],
      action: t('start.makeUser'),
      run: async (values) => {
        await post('/api/users', {
          email: values.email,
          password: values.password,
          role: 'admin',
          ...(values.name ? { name: values.name } : {}),
        });
        if (access().safe_way) {
          await signIn({ email: values.email, password: values.password });
        } else {
          await takeKey(currentKey() ?? '');
        }
        document.dispatchEvent(new Event('jambox-access'));
        await go('/start', { replace: true });
      },
    }).el,
  ];
}

/** @param {() => Promise<void>} next */
function makePlace(next) {
  const zones = h(
    'datalist',
    { id: 'zones' },
    Intl.supportedValuesOf('timeZone').map((zone) => h('option', { value: zone })),
  );
  return [
    h('h2', null, t('start.place')),
    h('p', null, t('start.placeWhy')),
    zones,
    form({
      fields: [
        { name: 'name', label: t('place.name'), required: true, max: 100, hint: t('place.nameHint') },
        {
          name: 'timezone',
          label: t('place.zone'),
          required: true,
          value: Intl.DateTimeFormat().resolvedOptions().timeZone,
          list: 'zones',
          hint: t('place.zoneHint'),
        },
      ],
      action: t('start.makePlace'),
      run: async (values) => {
        await post('/api/places', values);
        refresh('places');
        await next();
      },
    }).el,
    virtual(),
  ];
}

/**
 * @param {number} place
 * @param {string} name
 */
function makeBox(place, name) {
  const result = h('div');
  return [
    h('h2', null, t('start.box')),
    h('p', null, t('start.boxWhy', { place: name })),
    form({
      fields: [{ name: 'device_id', label: t('start.boxId'), required: true, max: 40, hint: t('start.boxIdHint') }],
      action: t('start.makeBox'),
      run: async (values) => {
        const made = await post('/api/device/register', { device_id: values.device_id.toUpperCase(), place });
        fill(
          result,
          h(
            'div',
            { class: 'note good' },
            h('p', null, t('start.token', { box: made.device_id })),
            h('p', { class: 'secret' }, made.token),
            h('p', null, t('start.tokenWhy')),
          ),
          h('p', null, h('a', { class: 'button primary', href: '/' }, t('start.done'))),
        );
      },
    }).el,
    result,
    virtual(),
    h('p', null, h('a', { href: '/' }, t('start.later'))),
  ];
}

function virtual() {
  const button = tryDemo();
  return button ? h('div', { class: 'stack' }, h('p', { class: 'soft' }, t('demo.why')), h('p', null, button)) : null;
}
