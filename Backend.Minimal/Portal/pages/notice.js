// The notice for the door: one page, in two languages, whatever the reader's; name and contact are filled in here and stay here.

import { post } from '../core/api.js';
import { fill, h, newId } from '../core/dom.js';
import { languages, t } from '../core/text.js';
import { passOf } from './pass-part.js';

/** @type {import('../core/router.js').Page} */
export const page = {
  title: 'notice.title',
  needs: null,
  texts: 'activate',
  mount(root, context) {
    const box = context.params.device.toUpperCase();
    const place = h('p', { class: 'sheet-place' });
    const codes = Object.keys(languages);
    const contacts = codes.map((language) => h('p', { lang: language }));
    const show = () => {
      place.textContent = name.value;
      contacts.forEach((node, index) => {
        node.textContent = contact.value ? t(`sheet.contact_${codes[index]}`, { contact: contact.value }) : '';
      });
    };
    const field = (/** @type {string} */ label, /** @type {string} */ hint) => {
      const id = newId();
      const input = h('input', { id, maxlength: 120, autocomplete: 'off', 'aria-describedby': `${id}-hint`, oninput: show });
      return {
        input,
        el: h('p', { class: 'field' }, h('label', { for: id }, label), h('span', { class: 'hint', id: `${id}-hint` }, hint), input),
      };
    };
    const nameField = field(t('activate.name'), t('notice.nameHint'));
    const contactField = field(t('notice.contact'), t('notice.contactHint'));
    const [name, contact] = [nameField.input, contactField.input];
    fill(
      root,
      h('h1', { class: 'no-print' }, t('notice.title')),
      h(
        'section',
        { class: 'card no-print' },
        nameField.el,
        contactField.el,
        h(
          'p',
          { class: 'row' },
          h('button', { type: 'button', class: 'button primary', onclick: () => window.print() }, t('notice.print')),
          h('a', { href: `/activate/${encodeURIComponent(box)}` }, t('notice.back', { box })),
        ),
      ),
      h(
        'section',
        { class: 'card sheet', 'aria-label': t('notice.title') },
        place,
        codes.map((language, index) =>
          h(
            'div',
            { lang: language },
            h('h2', null, t(`sheet.title_${language}`)),
            h('p', null, t(`sheet.text_${language}`)),
            contacts[index],
          ),
        ),
      ),
    );
    const pass = passOf(box);
    if (!pass) {
      context.ready();
      return;
    }
    // Without the pass the name is typed: the notice is no secret, where the box stands is.
    post(`/api/activate/${encodeURIComponent(box)}/look`, { pass }, { signal: context.signal, quiet: true })
      .then((look) => {
        if (name.value === '') {
          name.value = look.place?.name ?? '';
          show();
        }
      })
      .catch(() => {})
      .finally(() => context.ready());
  },
};
