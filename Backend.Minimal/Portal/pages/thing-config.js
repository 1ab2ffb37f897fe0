// How a thing is set up: what it says, and what is wanted of it until it says the same.

import { put } from '../core/api.js';
import { notice, open } from '../core/dialog.js';
import { fill, h } from '../core/dom.js';
import { form } from '../core/form.js';
import { empty } from '../core/states.js';
import { refresh } from '../core/store.js';
import { t } from '../core/text.js';
import { hasTaken, readLines, writeLines, writeValue } from './thing-config-lines.js';

/** @typedef {import('./thing.js').Detail} Detail */

/**
 * @param {HTMLElement} root
 * @param {Detail} thing
 * @param {boolean} mayAct
 */
export function showConfig(root, thing, mayAct) {
  const [config, wanted] = [thing.config ?? {}, thing.wanted_config ?? {}];
  const names = [...new Set([...Object.keys(config), ...Object.keys(wanted)])];
  fill(
    root,
    h('h2', null, t('config.title')),
    names.length === 0
      ? empty(t('config.none'))
      : h(
          'dl',
          { class: 'box-facts' },
          names.map((name) => h('div', { data: { config: name } }, h('dt', null, name), h('dd', null, value(name)))),
        ),
    mayAct
      ? h(
          'div',
          { class: 'actions start' },
          h(
            'button',
            { type: 'button', class: 'button', data: { key: 'config-change' }, 'aria-haspopup': 'dialog', onclick: () => change(thing) },
            t('config.change'),
          ),
        )
      : null,
  );

  /** @param {string} name */
  function value(name) {
    const said = Object.hasOwn(config, name) ? writeValue(config[name]) : '–';
    return Object.hasOwn(wanted, name) && !hasTaken(wanted[name], config[name])
      ? [said, ' ', h('span', { class: 'badge breaks' }, t('config.asked', { value: writeValue(wanted[name]) }))]
      : said;
  }
}

/** @param {Detail} thing */
async function change(thing) {
  /** @type {(value?: any) => void} */
  let close = () => {};
  const made = form({
    fields: [
      {
        name: 'lines',
        label: t('config.lines'),
        hint: t('config.linesHint'),
        type: 'textarea',
        value: writeLines(thing.wanted_config ?? {}),
        check: (text) => {
          const { line } = readLines(text);
          return line === null ? null : t('config.rule', { n: line });
        },
      },
    ],
    action: t('config.save'),
    run: async (values) => {
      await put(`/api/things/${encodeURIComponent(thing.device_id)}/config`, readLines(values.lines).config);
      close();
      refresh(`thing ${thing.device_id}`);
      notice(t('config.saved'));
    },
  });
  await open({
    title: t('config.changeTitle'),
    body: [h('p', null, t('config.why')), made.el],
    actions: (end) => {
      close = end;
      return h('button', { type: 'button', class: 'button', onclick: () => end() }, t('dialog.cancel'));
    },
  });
}
