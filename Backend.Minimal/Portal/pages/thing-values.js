// Values of a thing as they come, and what can be asked: switches and sliders that say what was asked until the thing has said it.

import { access } from '../core/access.js';
import { now, put } from '../core/api.js';
import { attempt, notice, open } from '../core/dialog.js';
import { announce, fill, h } from '../core/dom.js';
import { form } from '../core/form.js';
import { ago, dateTime } from '../core/format.js';
import { empty } from '../core/states.js';
import { refresh } from '../core/store.js';
import { t } from '../core/text.js';
import { fillValue, keyText, valueText } from './things-part.js';
import { mostTiles, saveTiles } from './things-tiles.js';
import { controlOf, isSame, readValue, wishOf } from './things-wish.js';
import { whoName } from './who-part.js';

/** @typedef {import('./things-part.js').Value} Value */
/** @typedef {import('./thing.js').State} State */
/** @typedef {import('./things-tiles.js').Tile} Tile */

/** After so long without another step a slider's value is asked for, ms. */
const settleMs = 400;

/**
 * Shows values in a card.
 * @param {HTMLElement} root
 * @param {string} id The thing.
 */
export function valuePanel(root, id) {
  /** @type {State} */
  let state = { reported: {}, wanted: {} };
  let mayAct = false;
  /** @type {string | undefined} */
  let zone;
  /** @type {Tile[] | null} */
  let tiles = null;
  /** Rows by key: a slider in somebody's hand stays. @type {Map<string, ReturnType<typeof makeRow>>} */
  const rows = new Map();
  const table = h('ul', { class: 'plain lines values' });
  const nothing = h('div');
  const askOther = h('div', { class: 'actions start' });
  fill(root, h('h2', null, t('values.title')), nothing, table, askOther);

  /**
   * @param {string} key
   * @param {Value | null} value null withdraws.
   * @param {HTMLButtonElement | null} button
   * @returns {Promise<boolean>} Whether it was asked.
   */
  function ask(key, value, button) {
    return attempt(button, async () => {
      await put(`/api/devices/${encodeURIComponent(id)}/state`, { [key]: value });
      if (value === null) {
        delete state.wanted[key];
      } else {
        state.wanted[key] = { value, at: new Date(now()).toISOString(), by: access().name };
      }
      draw();
      refresh(`thing ${id}`);
      announce(value === null ? t('values.withdrawn', { key }) : t('values.askedNow', { key, value: keyText(key, value) }));
    });
  }

  /** @param {string} key */
  function makeRow(key) {
    const value = h('span', { class: 'value-now' });
    const when = h('span', { class: 'soft small' });
    const wish = h('p', { class: 'small', hidden: true });
    const control = h('span', { class: 'value-control' });
    const pin = h('span', { class: 'value-pin' });
    let shape = '';
    const node = h(
      'li',
      { class: 'value', data: { value: key } },
      h('div', { class: 'value-line' }, h('span', { class: 'breaks' }, h('strong', null, key), ' ', when), control, value, pin),
      wish,
    );

    function show() {
      const [reported, wanted] = [state.reported[key], state.wanted[key]];
      const what = fillValue(value, key, reported, wanted);
      when.textContent = reported ? ago(reported.at) : t('values.never');
      when.title = reported ? dateTime(reported.at, zone) : '';
      wish.hidden = what === 'none' || !wanted;
      if (!wish.hidden && wanted) {
        drawWish(what, wanted);
      }
      drawControl(reported?.value, wanted);
      drawPin();
    }

    /**
     * @param {string} what
     * @param {import('./things-part.js').Wanted} wanted
     */
    function drawWish(what, wanted) {
      const text = t(`values.${what}`, {
        value: keyText(key, wanted.value),
        who: wanted.by ? whoName(wanted.by) : '–',
        time: dateTime(wanted.at, zone),
      });
      if (wish.dataset.text !== text) {
        wish.dataset.text = text;
        fill(
          wish,
          text,
          mayAct
            ? [
                ' ',
                h(
                  'button',
                  {
                    type: 'button',
                    class: 'link',
                    data: { key: `withdraw ${key}` },
                    onclick: (/** @type {any} */ event) => ask(key, null, event.currentTarget),
                  },
                  t('values.withdraw'),
                  h('span', { class: 'hidden-text' }, ` ${key}`),
                ),
              ]
            : null,
        );
      }
    }

    /**
     * @param {Value | undefined} known
     * @param {import('./things-part.js').Wanted | undefined} wanted
     */
    function drawControl(known, wanted) {
      const kind = mayAct ? controlOf(key, known, wanted) : { kind: /** @type {const} */ ('none') };
      const next = JSON.stringify(kind);
      if (next !== shape) {
        shape = next;
        fill(control, kind.kind === 'switch' ? makeSwitch(kind) : kind.kind === 'slider' ? makeSlider(kind) : null);
      }
      const asked = wishOf(state.reported[key], wanted, now()) === 'asked' ? wanted : undefined;
      const button = /** @type {HTMLElement | null} */ (control.querySelector('[role=switch]'));
      button?.setAttribute('aria-checked', String(known === undefined ? false : Number(known) === 1));
      button?.toggleAttribute('data-asked', Boolean(asked));
      const slider = /** @type {HTMLInputElement | null} */ (control.querySelector('input'));
      if (slider && document.activeElement !== slider) {
        slider.value = String(asked?.value ?? known ?? 0);
      }
    }

    /** @param {{ on: Value, off: Value }} values */
    function makeSwitch(values) {
      return h(
        'button',
        {
          type: 'button',
          role: 'switch',
          class: 'switch',
          'aria-label': t('values.switch', { key }),
          data: { key: `switch ${key}` },
          onclick: (/** @type {any} */ event) => {
            const [reported, wanted] = [state.reported[key]?.value, state.wanted[key]];
            const isAsked = wishOf(state.reported[key], wanted, now()) === 'asked';
            const before = isAsked && wanted ? wanted.value : (reported ?? values.off);
            const next = isSame(before, values.on) ? values.off : values.on;
            // Back to what the thing says already: nothing is left to ask.
            return ask(key, isAsked && reported !== undefined && isSame(reported, next) ? null : next, event.currentTarget);
          },
        },
        h('span', { class: 'switch-knob', 'aria-hidden': 'true' }),
      );
    }

    /** @param {{ min: number, max: number, step: number }} range */
    function makeSlider(range) {
      const shown = h('output', { class: 'small' });
      let timer = 0;
      const send = async () => {
        shown.textContent = '';
        if (!(await ask(key, Number(slider.value), null))) {
          slider.value = String(state.wanted[key]?.value ?? state.reported[key]?.value ?? range.min);
        }
      };
      const slider = h('input', {
        type: 'range',
        min: range.min,
        max: range.max,
        step: range.step,
        'aria-label': t('values.slider', { key }),
        data: { key: `slider ${key}` },
        oninput: () => {
          shown.textContent = valueText(Number(slider.value));
        },
        // Sent when it is let go, and a run of arrow keys as one: not each step on the way.
        onchange: () => {
          clearTimeout(timer);
          timer = window.setTimeout(send, settleMs);
        },
      });
      return [slider, shown];
    }

    function drawPin() {
      if (tiles === null) {
        return;
      }
      const isPinned = tiles.some((tile) => tile.device_id === id && tile.key === key);
      let button = /** @type {HTMLButtonElement | null} */ (pin.querySelector('button'));
      if (!button) {
        button = h(
          'button',
          {
            type: 'button',
            class: 'link',
            data: { key: `pin ${key}` },
            onclick: (/** @type {any} */ event) => togglePin(key, event.currentTarget),
          },
          h('span'),
          h('span', { class: 'hidden-text' }, ` ${key}`),
        );
        fill(pin, button);
      }
      button.setAttribute('aria-pressed', String(isPinned));
      /** @type {Element} */ (button.firstElementChild).textContent = t(isPinned ? 'values.pinned' : 'values.pinIt');
    }

    return { node, show };
  }

  /**
   * @param {string} key
   * @param {HTMLButtonElement} button
   */
  async function togglePin(key, button) {
    const before = tiles ?? [];
    const without = before.filter((tile) => !(tile.device_id === id && tile.key === key));
    if (without.length === before.length && before.length >= mostTiles) {
      notice(t('values.full', { n: mostTiles }), { bad: true });
      return;
    }
    const next = without.length < before.length ? without : [...before, { device_id: id, key }];
    if (await attempt(button, () => saveTiles(next))) {
      tiles = next;
      draw();
    }
  }

  /** Asks for a value of any key: what a thing can do is known to who made it. */
  async function other() {
    /** @type {(value?: any) => void} */
    let close = () => {};
    const list = h(
      'datalist',
      { id: 'value-keys' },
      Object.keys(state.reported).map((key) => h('option', { value: key })),
    );
    const made = form({
      fields: [
        {
          name: 'key',
          label: t('values.key'),
          required: true,
          list: 'value-keys',
          autocomplete: 'off',
          max: 40,
          check: (value) => (/^[A-Za-z0-9.-][A-Za-z0-9_.-]*$/.test(value) ? null : t('values.keyRule')),
        },
        { name: 'value', label: t('values.value'), required: true, hint: t('values.valueHint'), max: 256, autocomplete: 'off' },
      ],
      action: t('values.ask'),
      run: async ({ key, value }) => {
        await put(`/api/devices/${encodeURIComponent(id)}/state`, { [key]: readValue(value) });
        refresh(`thing ${id}`);
        close();
        notice(t('values.askedNow', { key, value: valueText(readValue(value)) }));
      },
    });
    await open({
      title: t('values.askOther'),
      body: [h('p', null, t('values.askOtherWhy')), made.el, list],
      actions: (end) => {
        close = end;
        return h('button', { type: 'button', class: 'button', onclick: () => end() }, t('dialog.cancel'));
      },
    });
  }

  function draw() {
    const keys = [...new Set([...Object.keys(state.reported), ...Object.keys(state.wanted)])];
    for (const [key, row] of rows) {
      if (!keys.includes(key)) {
        row.node.remove();
        rows.delete(key);
      }
    }
    for (const key of keys) {
      let row = rows.get(key);
      if (!row) {
        row = makeRow(key);
        rows.set(key, row);
        table.append(row.node);
      }
      row.show();
    }
    fill(nothing, keys.length === 0 ? empty(t('values.none')) : null);
    if (mayAct !== askOther.hasChildNodes()) {
      fill(
        askOther,
        mayAct ? h('button', { type: 'button', class: 'button', data: { key: 'ask-other' }, onclick: other }, t('values.askOther')) : null,
      );
    }
  }

  return {
    draw,
    /**
     * What the server says.
     * @param {State} next
     * @param {boolean} isAllowed Whether who looks may ask for values.
     * @param {string | undefined} ofPlace The zone of its place.
     */
    set(next, isAllowed, ofPlace) {
      state = { reported: { ...next.reported }, wanted: { ...next.wanted } };
      [mayAct, zone] = [isAllowed, ofPlace];
      draw();
    },
    /**
     * What the thing has just said.
     * @param {Record<string, Value | null>} data
     * @param {string} at
     * @returns {boolean} Whether that is all: no key has come or gone, and nothing that was asked may have been taken.
     */
    hear(data, at) {
      let isAll = true;
      for (const [key, value] of Object.entries(data)) {
        isAll &&= value !== null && state.reported[key] !== undefined && state.wanted[key] === undefined;
        const known = state.reported[key];
        if (value === null) {
          delete state.reported[key];
        } else if (!known || Date.parse(at) >= Date.parse(known.at)) {
          state.reported[key] = { value, at };
        }
      }
      draw();
      return isAll;
    },
    /** @param {Tile[]} next */
    setTiles(next) {
      tiles = next;
      draw();
    },
  };
}
