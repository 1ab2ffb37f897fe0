// Where a package is to go: to all gateways, some, those of some places, or nowhere yet; at once or in stages.

import { ApiError } from '../core/api.js';
import { h, newId } from '../core/dom.js';
import { t } from '../core/text.js';
import { sharesOf, targetsOf } from './deployments-steps.js';

/** @typedef {import('../core/form.js').Field} Field */
/** @typedef {import('../core/form.js').Form} Form */
/** @typedef {{ gateways: import('./things-part.js').Thing[], places: import('../core/places.js').Place[] }} Known */

/** Minutes between stages at most: a month. */
const mostMinutes = 43_200;

/**
 * The fields of a form that say where a package is to go.
 * @param {Known} known
 * @param {{ mayStore: boolean, mayAll: boolean }} what Whether it may go nowhere, and to all.
 */
export function targetChoice({ gateways, places }, { mayStore, mayAll }) {
  const gatewayList = picker(
    t('depTo.gateways'),
    gateways.map((one) => [one.device_id, one.name ? `${one.name} (${one.device_id})` : one.device_id]),
  );
  const placeList = picker(
    t('depTo.places'),
    places.map((one) => [String(one.id), one.name]),
  );
  /** @type {Field[]} */
  const fields = [
    {
      name: 'to',
      label: t('depTo.to'),
      hint: t('depTo.hint'),
      type: 'select',
      value: mayAll ? 'all' : 'gateways',
      options: [...(mayAll ? ['all'] : []), 'gateways', 'places', ...(mayStore ? ['none'] : [])].map((one) => [
        one,
        t(`depTo.${one}_option`),
      ]),
    },
    { name: 'staged', label: t('depTo.staged'), hint: t('depTo.stagedHint'), type: 'checkbox' },
    {
      name: 'stages',
      label: t('depTo.stages'),
      hint: t('depTo.stagesHint'),
      value: '10, 50, 100',
      check: (value, values) => (values.to === 'none' || !values.staged || sharesOf(value) ? null : t('depTo.stagesHint')),
    },
    { name: 'waitMinutes', label: t('depTo.wait'), type: 'number', value: '60', min: 0, max: mostMinutes },
    { name: 'maxFailures', label: t('depTo.failures'), hint: t('depTo.failuresHint'), type: 'number', value: '1', min: 0, max: 10_000 },
  ];
  /** @type {Form | null} */
  let form = null;
  const partOf = (/** @type {string} */ name) => /** @type {HTMLElement} */ (form?.input(name).closest('.field'));
  const arrange = () => {
    const { to, staged } = form?.values() ?? {};
    partOf('staged').hidden = to === 'none';
    for (const name of ['stages', 'waitMinutes', 'maxFailures']) {
      partOf(name).hidden = to === 'none' || !staged;
    }
    gatewayList.el.hidden = to !== 'gateways';
    placeList.el.hidden = to !== 'places';
  };
  return {
    fields,
    /** Puts the lists into the form; what is not asked for is not there. @param {Form} into */
    place(into) {
      form = into;
      partOf('to').after(gatewayList.el, placeList.el);
      arrange();
    },
    arrange,
    /**
     * What the server is told.
     * @param {Record<string, any>} values
     */
    body(values) {
      const [some, at] = [gatewayList.values(), placeList.values().map(Number)];
      if ((values.to === 'gateways' && some.length === 0) || (values.to === 'places' && at.length === 0)) {
        (values.to === 'gateways' ? gatewayList : placeList).focus();
        throw new ApiError(400, `to: ${t(values.to === 'gateways' ? 'depTo.noGateway' : 'depTo.noPlace')}`);
      }
      const { stages, waitMinutes, maxFailures } = values;
      return targetsOf(values.to, { gateways: some, places: at }, values.staged ? { stages, waitMinutes, maxFailures } : null);
    },
  };
}

/**
 * A list of which several may be chosen.
 * @param {string} label
 * @param {[string, string][]} options
 */
function picker(label, options) {
  const id = newId();
  const select = h(
    'select',
    { id, multiple: true, size: Math.min(8, Math.max(2, options.length)), 'aria-describedby': `${id}-hint` },
    options.map(([value, text]) => h('option', { value }, text)),
  );
  return {
    el: h(
      'div',
      { class: 'field', hidden: true },
      h('label', { for: id }, label),
      h('p', { class: 'hint', id: `${id}-hint` }, options.length === 0 ? t('depTo.nothing') : t('depTo.several')),
      select,
    ),
    values: () => [...select.selectedOptions].map((option) => option.value),
    focus: () => select.focus(),
  };
}

/**
 * A refusal of the server's about where it is to go lands on the field that says so.
 * @param {unknown} fault
 * @returns {never}
 */
export function onTargets(fault) {
  const isRefusal = fault instanceof ApiError && fault.status === 400;
  const found = isRefusal ? /^targets(?:\.(stages|waitMinutes|maxFailures))?\S*: (.+)$/s.exec(fault.message) : null;
  if (!found) {
    throw fault;
  }
  // A form knows a fault's field by lower case only; the others stand in its summary.
  throw new ApiError(400, `${found[1] === 'stages' ? 'stages' : 'to'}: ${found[2]}`);
}
