// Registers a box: its id, where it stands, and its token, which is shown once.

import { ApiError, post } from '../core/api.js';
import { open } from '../core/dialog.js';
import { announce, fill, h } from '../core/dom.js';
import { form } from '../core/form.js';
import { loadPlaces } from '../core/places.js';
import { go } from '../core/router.js';
import { failed, loading } from '../core/states.js';
import { refresh } from '../core/store.js';
import { t } from '../core/text.js';

/** Asks for a box and registers it. */
export async function addBox() {
  const content = h('div', { class: 'stack' }, loading(4));
  /** @type {(result?: any) => void} */
  let close = () => {};
  const ended = open({
    title: t('fleet.add'),
    body: content,
    actions: (closeWith) => {
      close = closeWith;
      return null;
    },
  });
  ask(content, (address) => close(address));
  const address = await ended;
  if (address) {
    go(address);
  }
}

/**
 * @param {HTMLElement} content
 * @param {(address?: string) => void} close
 */
async function ask(content, close) {
  fill(content, loading(4));
  let places;
  try {
    places = await loadPlaces();
  } catch (fault) {
    fill(
      content,
      failed(fault instanceof ApiError ? fault : null, () => ask(content, close)),
    );
    return;
  }
  const edit = form({
    label: t('fleet.add'),
    fields: [
      {
        name: 'device_id',
        label: t('start.boxId'),
        hint: t('start.boxIdHint'),
        required: true,
        autocomplete: 'off',
        check: (value) => (/^JBNB\d{4}$/i.test(value) ? null : t('add.idRule')),
      },
      {
        name: 'place',
        label: t('add.place'),
        type: 'select',
        value: '',
        options: [['', t('add.noPlace')], ...places.map((place) => /** @type {[string, string]} */ ([String(place.id), place.name]))],
      },
    ],
    action: t('start.makeBox'),
    extra: h('button', { type: 'button', class: 'button', onclick: () => close() }, t('dialog.cancel')),
    run: async ({ device_id: id, place }) => {
      let made;
      try {
        made = await post('/api/device/register', { device_id: id.toUpperCase(), ...(place ? { place: Number(place) } : {}) });
      } catch (fault) {
        // That there is one already is about the id as well.
        throw fault instanceof ApiError && fault.status === 409 ? new ApiError(400, `device_id: ${fault.message}`) : fault;
      }
      refresh('devices');
      showToken(content, made, close);
    },
  });
  fill(content, edit.el);
  edit.input('device_id').focus();
}

/**
 * Shows the token. It cannot be seen again: nothing but the buttons closes the dialog.
 * @param {HTMLElement} content
 * @param {{ device_id: string, token: string }} made
 * @param {(address?: string) => void} close
 */
function showToken(content, made, close) {
  const dialog = content.closest('dialog');
  const stay = new AbortController();
  dialog?.addEventListener('cancel', (event) => event.preventDefault(), { signal: stay.signal });
  dialog?.addEventListener(
    'click',
    (event) => {
      if (event.target === dialog) {
        event.stopImmediatePropagation();
      }
    },
    { capture: true, signal: stay.signal },
  );
  const secret = h('p', { class: 'secret', tabindex: -1 }, made.token);
  const said = h('p', { role: 'status' });
  const copy = async () => {
    try {
      // Without https browsers have no clipboard for pages.
      await navigator.clipboard.writeText(made.token);
      said.textContent = t('add.copied');
    } catch {
      window.getSelection()?.selectAllChildren(secret);
      said.textContent = t('add.notCopied');
    }
  };
  const again = () => {
    stay.abort();
    ask(content, close);
  };
  const heading = h('h3', { tabindex: -1 }, t('start.token', { box: made.device_id }));
  fill(
    content,
    heading,
    secret,
    h('div', { class: 'actions start' }, h('button', { type: 'button', class: 'button primary', onclick: copy }, t('add.copy'))),
    said,
    h('p', { class: 'note warning' }, t('add.once')),
    h('h3', null, t('add.next')),
    h(
      'ol',
      null,
      ['add.next1', 'add.next2', 'add.next3'].map((key) => h('li', null, t(key))),
    ),
    h(
      'div',
      { class: 'actions' },
      h('button', { type: 'button', class: 'button', onclick: again }, t('add.another')),
      h('button', { type: 'button', class: 'button', onclick: () => close(`/locations/${made.device_id}`) }, t('add.open')),
      h('button', { type: 'button', class: 'button', onclick: () => close() }, t('dialog.close')),
    ),
  );
  heading.focus();
  announce(t('add.once'));
}
