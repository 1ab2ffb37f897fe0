// Forms: a label, a hint and an error with the right value for each field; live once it was left; a summary with links on submit.

import { ApiError } from './api.js';
import { fill, h, newId } from './dom.js';
import { reason } from './states.js';
import { t } from './text.js';

/**
 * @typedef {object} Field
 * @property {string} name As the API calls it: a refusal of the server's lands on it.
 * @property {string} label
 * @property {'text' | 'email' | 'password' | 'number' | 'date' | 'time' | 'select' | 'checkbox' | 'textarea' | 'file'} [type]
 *   Of a file the value is its name; `input(name).files` has it.
 * @property {string} [hint]
 * @property {any} [value]
 * @property {boolean} [required]
 * @property {number} [min] Of numbers.
 * @property {number} [max] Of numbers; characters of texts.
 * @property {number | 'any'} [step]
 * @property {[string, string][]} [options] Of a select: value and text.
 * @property {string} [autocomplete]
 * @property {string} [inputmode]
 * @property {string} [list] Id of a datalist.
 * @property {(value: any, values: Record<string, any>) => string | null} [check] What is wrong, with the right value; null = nothing.
 */

/**
 * @typedef {object} Form
 * @property {HTMLFormElement} el
 * @property {() => Record<string, any>} values
 * @property {() => boolean} isChanged Whether something differs from what was there.
 * @property {(values: Record<string, any>) => void} set Sets values that count as unchanged.
 * @property {(name: string) => HTMLInputElement} input
 */

/**
 * Makes a form.
 * @param {object} options
 * @param {Field[]} options.fields
 * @param {string} options.action The button's words: a verb and its object.
 * @param {(values: Record<string, any>) => Promise<any>} options.run Sends it; an error lands on its field.
 * @param {import('./dom.js').Child} [options.extra] Stands beside the button.
 * @param {() => void} [options.changed] Something was typed.
 * @param {string} [options.label] Names the form to who cannot see it.
 * @returns {Form}
 */
export function form({ fields, action, run, extra, changed, label }) {
  const summary = h('div', { class: 'note bad', role: 'alert', tabindex: -1, hidden: true });
  const button = h('button', { type: 'submit', class: 'button primary' }, action);
  /** @type {Map<string, ReturnType<typeof makeField>>} */
  const parts = new Map();
  const el = h('form', { class: 'form', novalidate: true, 'aria-label': label ?? action }, summary);
  // A button that is being pressed must not move: an error that appears above it waits for the submit, which shows it anyway.
  let isPressing = false;
  el.addEventListener('pointerdown', (event) => {
    isPressing = /** @type {Element} */ (event.target).closest('button') !== null;
  });
  for (const field of fields) {
    const part = makeField(field, () => {
      if (part.wasLeft) {
        part.show(faultOf(field));
      }
      changed?.();
    });
    part.input.addEventListener('blur', () => {
      if (isPressing) {
        isPressing = false;
      } else if (part.input.value !== '' || part.wasLeft) {
        part.wasLeft = true;
        part.show(faultOf(field));
      }
    });
    parts.set(field.name, part);
    el.append(part.el);
  }
  el.append(h('div', { class: 'actions start' }, button, extra));
  let initial = JSON.stringify(values());

  /** @param {Field} field */
  function faultOf(field) {
    const value = parts.get(field.name)?.value();
    return check(field, value) ?? field.check?.(value, values()) ?? null;
  }

  function values() {
    /** @type {Record<string, any>} */
    const all = {};
    for (const [name, part] of parts) {
      all[name] = part.value();
    }
    return all;
  }

  /** @param {[string, string][]} faults Name of the field, or '', and what is wrong. */
  function showFaults(faults) {
    for (const [name, part] of parts) {
      const fault = faults.find((one) => one[0] === name);
      part.wasLeft ||= fault !== undefined;
      part.show(fault?.[1] ?? null);
    }
    summary.hidden = faults.length === 0;
    fill(
      summary,
      faults.length > 0
        ? h(
            'ul',
            { class: 'plain' },
            faults.map(([name, text]) => {
              const part = parts.get(name);
              return h(
                'li',
                null,
                part
                  ? h(
                      'a',
                      {
                        href: `#${part.input.id}`,
                        onclick: (/** @type {Event} */ event) => {
                          event.preventDefault();
                          part.input.focus();
                        },
                      },
                      `${part.label}: ${text}`,
                    )
                  : text,
              );
            }),
          )
        : null,
    );
    if (faults.length > 0) {
      summary.focus();
    }
  }

  el.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (button.disabled) {
      return;
    }
    /** @type {[string, string][]} */
    const faults = [];
    for (const field of fields) {
      const fault = faultOf(field);
      if (fault) {
        faults.push([field.name, fault]);
      }
    }
    showFaults(faults);
    if (faults.length > 0) {
      return;
    }
    button.disabled = true;
    el.setAttribute('aria-busy', 'true');
    try {
      await run(values());
      initial = JSON.stringify(values());
    } catch (fault) {
      if (!(fault instanceof ApiError)) {
        console.error(fault);
      }
      const one = fault instanceof ApiError ? fault.fault : null;
      showFaults([one && parts.has(one.field) ? [one.field, one.rule] : ['', reason(fault instanceof ApiError ? fault : null)]]);
    } finally {
      button.disabled = false;
      el.removeAttribute('aria-busy');
    }
  });

  return {
    el,
    values,
    isChanged: () => el.isConnected && JSON.stringify(values()) !== initial,
    set(wanted) {
      for (const [name, value] of Object.entries(wanted)) {
        parts.get(name)?.set(value);
      }
      initial = JSON.stringify(values());
    },
    input: (name) => /** @type {HTMLInputElement} */ (parts.get(name)?.input),
  };
}

/**
 * @param {Field} field
 * @param {any} value
 * @returns {string | null}
 */
function check(field, value) {
  const isEmpty = value === null || value === '' || value === undefined;
  if (isEmpty) {
    return field.required ? t('form.required') : null;
  }
  if (field.type === 'number') {
    if (Number.isNaN(value)) {
      return t('form.number');
    }
    if (field.step !== 'any' && !Number.isInteger(value / (field.step ?? 1))) {
      return t('form.whole');
    }
    if ((field.min !== undefined && value < field.min) || (field.max !== undefined && value > field.max)) {
      return field.max === undefined
        ? t('form.least', { least: field.min ?? 0 })
        : t('form.between', { least: field.min ?? 0, most: field.max });
    }
  }
  if (field.type === 'email' && !/^[^\s@]+@[^\s@]+$/.test(value)) {
    return t('form.email');
  }
  if (typeof value === 'string' && field.max !== undefined && value.length > field.max) {
    return t('form.long', { n: field.max });
  }
  return null;
}

/**
 * @param {Field} field
 * @param {() => void} changed
 */
function makeField(field, changed) {
  const id = newId();
  const type = field.type ?? 'text';
  const hint = field.hint ? h('p', { class: 'hint', id: `${id}-hint` }, field.hint) : null;
  const error = h('p', { class: 'error', id: `${id}-error`, hidden: true });
  const common = {
    id,
    name: field.name,
    'aria-describedby': `${hint ? `${id}-hint ` : ''}${id}-error`,
    required: field.required,
    autocomplete: field.autocomplete,
    oninput: changed,
    onchange: changed,
  };
  /** @type {any} */
  const input =
    type === 'select'
      ? h(
          'select',
          common,
          (field.options ?? []).map(([value, text]) => h('option', { value }, text)),
        )
      : type === 'textarea'
        ? h('textarea', { ...common, rows: 3 })
        : h('input', {
            ...common,
            type: type === 'number' ? 'text' : type,
            inputmode:
              field.inputmode ?? (type === 'number' ? ((field.min ?? 0) < 0 || field.step === 'any' ? 'text' : 'numeric') : undefined),
            list: field.list,
            ...(type === 'email' || type === 'password' ? { autocapitalize: 'off', spellcheck: 'false' } : {}),
          });
  const isCheck = type === 'checkbox';
  const set = (/** @type {any} */ value) => {
    if (isCheck) {
      input.checked = Boolean(value);
    } else {
      input.value = value ?? '';
    }
  };
  set(field.value);
  const labelNode = h(
    'label',
    { for: id },
    field.label,
    field.required || isCheck || field.type === 'select' ? null : h('span', { class: 'optional' }, ` ${t('form.optional')}`),
  );
  return {
    label: field.label,
    input,
    wasLeft: false,
    el: isCheck
      ? h('div', { class: 'field check' }, input, labelNode, hint, error)
      : h('div', { class: 'field' }, labelNode, hint, input, error),
    set,
    value() {
      if (isCheck) {
        return input.checked;
      }
      const text = type === 'password' || type === 'textarea' ? input.value : input.value.trim();
      return type === 'number' ? (text === '' ? null : Number(text.replace(',', '.'))) : text;
    },
    /** @param {string | null} fault */
    show(fault) {
      error.hidden = fault === null;
      error.textContent = fault ?? '';
      input.setAttribute('aria-invalid', String(fault !== null));
    },
  };
}
