// Rules of a thing: what is told when a value stays beyond a limit. Those of its product stand here too.

import { may, mayEverywhere } from '../core/access.js';
import { del, get, post, put } from '../core/api.js';
import { ask, attempt, notice, open } from '../core/dialog.js';
import { h } from '../core/dom.js';
import { form } from '../core/form.js';
import { duration } from '../core/format.js';
import { empty, view } from '../core/states.js';
import { refresh } from '../core/store.js';
import { t } from '../core/text.js';
import { valueText } from './things-part.js';
import { readValue } from './things-wish.js';

/** @typedef {import('./thing.js').Detail} Detail */
/**
 * @typedef {{ id: number, device_id: string | null, product: string | null, key: string, op: string, value: any, for_s: number,
 *   is_on: boolean, name: string | null }} Rule
 */

const operators = ['<', '<=', '>', '>=', '=', '!='];

/** A value must stay beyond the limit for so long at most, min. */
const mostMinutes = 1440;

/**
 * @param {HTMLElement} root
 * @param {import('../core/router.js').Context} context
 * @param {Detail} thing
 */
export function showRules(root, context, thing) {
  const again = () => refresh('telemetry-rules');
  const mayAdd = may('operator', thing.place_id) && thing.status !== 'retired';
  view(root, {
    key: 'telemetry-rules',
    context,
    isAside: true,
    fetch: (signal) => get('/api/telemetry-rules', { signal }),
    show: (/** @type {Rule[]} */ rules) => {
      const mine = rules.filter(isMine);
      return [
        h('h2', null, t('rules.title')),
        mine.length === 0 ? empty(t('rules.none')) : h('ul', { class: 'plain lines' }, mine.map(row)),
        mayAdd
          ? h(
              'div',
              { class: 'actions start' },
              h('button', { type: 'button', class: 'button', data: { key: 'rule-add' }, onclick: () => edit(null) }, t('rules.add')),
            )
          : null,
      ];
    },
  });

  /** A rule of this thing, of its product, or of everything that says its key. @param {Rule} rule */
  function isMine(rule) {
    return rule.device_id === null ? rule.product === null || rule.product === thing.product : rule.device_id === thing.device_id;
  }

  /** Whether who looks may change a rule: one of a product is everywhere. @param {Rule} rule */
  const mayChange = (rule) => (rule.device_id === null ? mayEverywhere('operator') : mayAdd);

  /** @param {Rule} rule */
  const pathOf = (rule) => `/api/telemetry-rules/${rule.id}`;

  /** @param {Rule} rule */
  const bodyOf = ({ device_id: device, product, key, op, value, for_s: seconds, is_on: isOn, name }) => ({
    ...(device !== null ? { device_id: device } : product !== null ? { product } : {}),
    key,
    op,
    value,
    for_s: seconds,
    is_on: isOn,
    ...(name ? { name } : {}),
  });

  /** @param {Rule} rule */
  function row(rule) {
    const words = ruleWords(rule);
    const button = (/** @type {string} */ act, /** @type {(event: any) => any} */ onclick) =>
      h(
        'button',
        { type: 'button', class: 'link', data: { key: `rule-${act} ${rule.id}` }, onclick },
        t(`rules.${act}`),
        h('span', { class: 'hidden-text' }, ` ${words}`),
      );
    return h(
      'li',
      { data: { rule: rule.id } },
      h(
        'div',
        { class: 'line' },
        h('span', { class: 'breaks' }, rule.name ? [h('strong', null, rule.name), ': '] : null, words),
        rule.is_on ? null : h('span', { class: 'badge' }, t('rules.isOff')),
      ),
      rule.device_id === null
        ? h('p', { class: 'soft small breaks' }, rule.product === null ? t('rules.ofAll') : t('rules.ofProduct', { product: rule.product }))
        : null,
      mayChange(rule)
        ? h(
            'div',
            { class: 'row' },
            button(rule.is_on ? 'turnOff' : 'turnOn', (event) =>
              attempt(event.currentTarget, async () => {
                await put(pathOf(rule), { ...bodyOf(rule), is_on: !rule.is_on });
                again();
              }),
            ),
            button('change', () => edit(rule)),
            button('remove', () => remove(rule, words)),
          )
        : null,
    );
  }

  /**
   * @param {Rule} rule
   * @param {string} words
   */
  async function remove(rule, words) {
    if (
      await ask({
        title: t('rules.removeTitle'),
        text: t('rules.removeText', { rule: words }),
        action: t('rules.removeDo'),
        run: () => del(pathOf(rule)),
      })
    ) {
      again();
      notice(t('rules.removed'), {
        undo: async () => {
          await post('/api/telemetry-rules', bodyOf(rule));
          again();
        },
      });
    }
  }

  /** @param {Rule | null} rule null = a new one. */
  async function edit(rule) {
    /** @type {(value?: any) => void} */
    let close = () => {};
    const isOfMany = rule !== null && rule.device_id === null;
    const whose = rule === null && thing.product && mayEverywhere('operator');
    const made = form({
      fields: [
        { name: 'name', label: t('rules.name'), value: rule?.name ?? '', max: 64, autocomplete: 'off' },
        ...(whose
          ? [
              {
                name: 'whose',
                label: t('rules.whose'),
                type: /** @type {const} */ ('select'),
                options: /** @type {[string, string][]} */ ([
                  ['device', t('rules.thisThing')],
                  ['product', t('rules.ofProduct', { product: thing.product ?? '' })],
                ]),
                value: 'device',
              },
            ]
          : []),
        { name: 'key', label: t('values.key'), required: true, value: rule?.key ?? '', list: 'rule-keys', max: 40, autocomplete: 'off' },
        {
          name: 'op',
          label: t('rules.op'),
          type: 'select',
          value: rule?.op ?? '>',
          options: operators.map((op) => [op, t(`rules.op_${operators.indexOf(op)}`)]),
        },
        {
          name: 'value',
          label: t('values.value'),
          required: true,
          value: rule ? String(rule.value) : '',
          autocomplete: 'off',
          hint: t('rules.valueHint'),
          check: (value) => (typeof readValue(value) === 'string' ? t('form.number') : null),
        },
        {
          name: 'minutes',
          label: t('rules.minutes'),
          hint: t('rules.minutesHint'),
          type: 'number',
          required: true,
          min: 0,
          max: mostMinutes,
          step: 'any',
          value: String(Math.round((rule?.for_s ?? 0) / 6) / 10),
        },
        { name: 'is_on', label: t('rules.isOn'), type: 'checkbox', value: rule?.is_on ?? true },
      ],
      action: t(rule ? 'rules.save' : 'rules.add'),
      run: async (values) => {
        const body = {
          ...(isOfMany
            ? rule.product === null
              ? {}
              : { product: rule.product }
            : values.whose === 'product'
              ? { product: thing.product }
              : { device_id: thing.device_id }),
          key: values.key,
          op: values.op,
          value: Number(readValue(values.value)),
          for_s: Math.round(values.minutes * 60),
          is_on: values.is_on,
          ...(values.name ? { name: values.name } : {}),
        };
        await (rule ? put(pathOf(rule), body) : post('/api/telemetry-rules', body));
        close();
        again();
        notice(t('rules.saved'));
      },
    });
    await open({
      title: t(rule ? 'rules.changeTitle' : 'rules.addTitle'),
      body: [
        h('p', null, t('rules.why')),
        made.el,
        h(
          'datalist',
          { id: 'rule-keys' },
          Object.keys(thing.values).map((key) => h('option', { value: key })),
        ),
      ],
      actions: (end) => {
        close = end;
        return h('button', { type: 'button', class: 'button', onclick: () => end() }, t('dialog.cancel'));
      },
    });
  }
}

/** @param {Rule} rule */
function ruleWords({ key, op, value, for_s: seconds }) {
  const words = `${key} ${op} ${valueText(value)}`;
  return seconds > 0 ? t('rules.for', { rule: words, span: duration(seconds) }) : words;
}
