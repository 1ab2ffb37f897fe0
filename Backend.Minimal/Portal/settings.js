// Language, looks, and the way out: the dialog behind one's name.

import { access, isKnown, signOut } from './core/access.js';
import { currentKey } from './core/api.js';
import { attempt, open } from './core/dialog.js';
import { h } from './core/dom.js';
import { go } from './core/router.js';
import { chooseLanguage, languageCode, languages, t } from './core/text.js';
import { chosenTheme, chooseTheme, themes } from './core/theme.js';

/** Language, looks, and the way out. */
export function showAccount() {
  const choices = (
    /** @type {string} */ label,
    /** @type {[string, string][]} */ options,
    /** @type {string} */ value,
    /** @type {(value: string) => void} */ choose,
  ) =>
    h(
      'fieldset',
      { class: 'choices' },
      h('legend', null, label),
      options.map(([code, text]) =>
        h(
          'label',
          { class: 'choice', lang: label === t('account.language') ? code : undefined },
          h('input', { type: 'radio', name: label, value: code, checked: code === value, onchange: () => choose(code) }),
          text,
        ),
      ),
    );
  return open({
    title: isKnown() ? t('account.title') : t('nav.settings'),
    body: h(
      'div',
      null,
      isKnown()
        ? h('p', null, currentKey() ? t('account.withKey', { name: access().name ?? '' }) : t('account.as', { name: access().name ?? '' }))
        : null,
      choices(t('account.language'), Object.entries(languages), languageCode(), async (code) => {
        await chooseLanguage(code);
        document.querySelector('dialog')?.close();
        document.dispatchEvent(new Event('jambox-language'));
      }),
      choices(
        t('account.theme'),
        themes.map((theme) => [theme, t(`theme.${theme}`)]),
        chosenTheme(),
        chooseTheme,
      ),
    ),
    actions: (close) => [
      isKnown() && !currentKey() ? h('a', { class: 'button', href: '/account', onclick: () => close() }, t('account.more')) : null,
      isKnown()
        ? h(
            'button',
            {
              type: 'button',
              class: 'button',
              onclick: async (/** @type {any} */ event) => {
                await attempt(event.currentTarget, async () => {
                  await signOut();
                  close();
                  document.dispatchEvent(new Event('jambox-access'));
                  await go('/sign-in');
                });
              },
            },
            currentKey() ? t('account.forget') : t('account.out'),
          )
        : h('a', { class: 'button', href: '/sign-in', onclick: () => close() }, t('signIn.title')),
      h('button', { type: 'button', class: 'button', onclick: () => close() }, t('dialog.close')),
    ],
  });
}
