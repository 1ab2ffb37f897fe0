// Signing in with e-mail and password, or, for the first minutes and for machines, with a key.

import { access, home, isKnown, signIn, takeKey } from '../core/access.js';
import { ApiError } from '../core/api.js';
import { fill, h } from '../core/dom.js';
import { form } from '../core/form.js';
import { go } from '../core/router.js';
import { t } from '../core/text.js';

/** @type {import('../core/router.js').Page} */
export const page = {
  title: 'signIn.title',
  needs: null,
  mount(root, context) {
    const after = async () => {
      document.dispatchEvent(new Event('jambox-access'));
      const next = context.query.get('next');
      await go(next?.startsWith('/') && !next.startsWith('//') ? next : home(), { replace: true });
    };
    if (isKnown()) {
      go(home(), { replace: true });
      return;
    }
    const card = h('div', { class: 'card' });
    const isSet = context.query.get('set') !== null;
    fill(
      root,
      h('h1', null, t('signIn.title')),
      isSet ? h('p', { class: 'note good', role: 'status' }, `✓ ${t('signIn.set')}`) : null,
      card,
    );

    const keyForm = () =>
      form({
        label: t('signIn.withKey'),
        fields: [{ name: 'key', label: t('signIn.key'), type: 'password', required: true, hint: t('signIn.keyHint'), autocomplete: 'off' }],
        action: t('signIn.useKey'),
        run: async (values) => {
          if (!(await takeKey(values.key.trim()))) {
            throw new ApiError(400, `key: ${t('signIn.keyWrong')}`);
          }
          await after();
        },
      });
    const keyPart = (/** @type {boolean} */ open) => h('details', { open }, h('summary', null, t('signIn.withKey')), keyForm().el);

    if (!access().safe_way) {
      fill(
        card,
        h('div', { class: 'note warning' }, h('p', null, h('strong', null, t('signIn.https'))), h('p', null, t('signIn.httpsWhy'))),
        keyPart(true),
      );
      context.ready();
      return;
    }
    let needsCode = false;
    const show = (/** @type {Record<string, any>} */ before) => {
      const made = form({
        label: t('signIn.title'),
        fields: [
          {
            name: 'email',
            label: t('field.email'),
            type: 'email',
            required: true,
            autocomplete: 'username',
            max: 254,
            value: before.email,
          },
          {
            name: 'password',
            label: t('field.password'),
            type: 'password',
            required: true,
            autocomplete: 'current-password',
            max: 256,
            value: before.password,
          },
          .../** @type {import('../core/form.js').Field[]} */ (
            needsCode
              ? [
                  {
                    name: 'code',
                    label: t('signIn.code'),
                    required: true,
                    hint: t('signIn.codeHint'),
                    autocomplete: 'one-time-code',
                    inputmode: 'numeric',
                    max: 16,
                  },
                ]
              : []
          ),
        ],
        action: t('signIn.action'),
        run: async (values) => {
          try {
            await signIn({ email: values.email, password: values.password, ...(values.code ? { code: values.code } : {}) });
          } catch (error) {
            if (error instanceof ApiError && error.status === 401 && !needsCode && /code/i.test(error.message)) {
              needsCode = true;
              show(values).input('code').focus();
              return;
            }
            if (error instanceof ApiError && error.status === 401) {
              throw new ApiError(400, t(needsCode ? 'signIn.codeWrong' : 'signIn.wrong'));
            }
            if (error instanceof ApiError && error.status === 429) {
              throw new ApiError(400, t('signIn.tooMany'));
            }
            throw error;
          }
          await after();
        },
      });
      fill(
        card,
        made.el,
        h('p', null, access().mail ? h('a', { href: '/reset' }, t('signIn.forgotten')) : t('signIn.forgottenAsk')),
        keyPart(false),
      );
      return made;
    };
    show({});
    context.ready();
  },
};
