// Dialogs, notices and undo. A dangerous act says what it does; its button is a verb with its object, and Cancel has the focus.

import { ApiError } from './api.js';
import { announce, fill, h, newId } from './dom.js';
import { reason } from './states.js';
import { t } from './text.js';

/** @typedef {import('./dom.js').Child} Child */

/** How long something can be undone, ms. */
const undoMs = 10_000;

/**
 * Opens a dialog. Esc and Cancel close it, the focus goes back to where it was.
 * @param {{ title: string, body: Child, actions?: (close: (result?: any) => void) => Child, wide?: boolean }} options
 * @returns {Promise<any>} What it was closed with; undefined = nothing was done.
 */
export function open({ title, body, actions, wide }) {
  return new Promise((resolve) => {
    const id = newId();
    const opener = /** @type {HTMLElement | null} */ (document.activeElement);
    /** @type {any} */
    let result;
    const close = (/** @type {any} */ value) => {
      result = value;
      node.close();
    };
    const node = h(
      'dialog',
      {
        class: wide ? 'dialog wide' : 'dialog',
        'aria-labelledby': id,
        onclose: () => {
          node.remove();
          opener?.focus();
          resolve(result);
        },
      },
      h('h2', { id }, title),
      body,
      actions ? h('div', { class: 'actions' }, actions(close)) : null,
    );
    node.addEventListener('click', (event) => {
      if (event.target === node) {
        close(undefined);
      }
    });
    document.body.append(node);
    node.showModal();
  });
}

/**
 * Asks before something that cannot be taken back.
 * @param {{ title: string, text: Child, action: string, run: () => Promise<any>, danger?: boolean, type?: string }} options
 *   action: the button's words; run: does it, while the dialog shows what goes wrong; type: what must be typed first, such as an id.
 * @returns {Promise<boolean>} Whether it was done.
 */
export async function ask({ title, text, action, run, danger, type }) {
  const error = h('p', { class: 'note bad', role: 'alert', hidden: true });
  const id = newId();
  const input =
    type === undefined
      ? null
      : h('input', {
          id,
          autocomplete: 'off',
          spellcheck: 'false',
          autocapitalize: 'off',
          oninput: () => {
            button.disabled = input?.value.trim() !== type;
          },
        });
  /** @type {(result?: any) => void} */
  let closeWith = () => {};
  // Who closes the dialog meanwhile is told what became of it.
  let running = Promise.resolve(false);
  const button = h(
    'button',
    {
      type: 'button',
      class: danger ? 'button danger' : 'button primary',
      disabled: type !== undefined,
      onclick: () => {
        running = act();
      },
    },
    action,
  );
  const act = async () => {
    button.disabled = true;
    try {
      await run();
      closeWith(true);
      return true;
    } catch (fault) {
      error.hidden = false;
      error.textContent = reason(fault instanceof ApiError ? fault : null);
      button.disabled = false;
      if (!button.isConnected) {
        notice(error.textContent, { bad: true });
      }
      return false;
    }
  };
  const done = await open({
    title,
    body: h(
      'div',
      null,
      h('p', null, text),
      input ? h('p', { class: 'field' }, h('label', { for: id }, t('dialog.type', { text: type ?? '' })), input) : null,
      error,
    ),
    actions(close) {
      closeWith = close;
      return [h('button', { type: 'button', class: 'button', autofocus: true, onclick: () => close(false) }, t('dialog.cancel')), button];
    },
  });
  return done === true || running;
}

/**
 * Says that something was done, for a while.
 * @param {string} text
 * @param {{ undo?: () => Promise<any> | void, bad?: boolean }} [options] undo: takes it back, for 10 s.
 */
export function notice(text, options = {}) {
  const place = document.getElementById('notices');
  if (!place) {
    return;
  }
  const node = h('div', { class: options.bad ? 'notice bad' : 'notice' }, h('span', null, text));
  const remove = () => node.remove();
  let timer = window.setTimeout(remove, undoMs);
  if (options.undo) {
    const undo = options.undo;
    node.append(
      h(
        'button',
        {
          type: 'button',
          class: 'link',
          onclick: async () => {
            try {
              await undo();
              remove();
            } catch (fault) {
              fill(node, reason(fault instanceof ApiError ? fault : null));
            }
          },
        },
        t('dialog.undo'),
      ),
    );
  }
  // Who points at it or has tabbed to it is still reading.
  for (const stay of ['pointerenter', 'focusin']) {
    node.addEventListener(stay, () => clearTimeout(timer));
  }
  for (const leave of ['pointerleave', 'focusout']) {
    node.addEventListener(leave, () => {
      timer = window.setTimeout(remove, undoMs);
    });
  }
  fill(place, node);
  announce(text);
}

/**
 * Does something that may fail, and says so.
 * @param {HTMLButtonElement | null} button Cannot be pressed meanwhile.
 * @param {() => Promise<any>} work
 * @returns {Promise<boolean>} Whether it was done.
 */
export async function attempt(button, work) {
  if (button) {
    button.disabled = true;
  }
  try {
    await work();
    return true;
  } catch (fault) {
    if (!(fault instanceof ApiError)) {
      console.error(fault);
    }
    notice(reason(fault instanceof ApiError ? fault : null), { bad: true });
    return false;
  } finally {
    if (button) {
      button.disabled = false;
    }
  }
}
