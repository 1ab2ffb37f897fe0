// Pinned values: what somebody wants to see first, at the top of the list of things.

import { put } from '../core/api.js';
import { attempt, notice } from '../core/dialog.js';
import { fill, h } from '../core/dom.js';
import { refresh } from '../core/store.js';
import { t } from '../core/text.js';
import { addressOf, fillValue, thingName, thingStatus } from './things-part.js';

/** @typedef {import('./things-part.js').Thing} Thing */
/** @typedef {{ device_id: string, key: string }} Tile */

/** Values that somebody can pin: the server's number. */
export const mostTiles = 24;

/** @param {Tile} a */
const keyOf = (a) => `${a.device_id} ${a.key}`;

/**
 * Keeps what is pinned.
 * @param {Tile[]} tiles
 */
export async function saveTiles(tiles) {
  await put('/api/tiles', { tiles });
  refresh('tiles');
}

/**
 * The row of pinned values.
 * @param {import('../core/router.js').Context} context
 * @param {(id: string) => Thing | undefined} find
 * @returns {{ el: HTMLElement, set: (tiles: Tile[]) => void, draw: () => void }} draw: something of a thing has changed.
 */
export function tileRow(context, find) {
  /** @type {Tile[]} */
  let tiles = [];
  /** Nodes by tile: one that is made anew under a pressed button never hears the click. @type {Map<string, ReturnType<typeof make>>} */
  const made = new Map();
  const grid = h('ul', { class: 'plain tiles' });
  const el = h('section', { 'aria-label': t('tiles.title'), hidden: true }, grid);

  /** @param {Tile} tile */
  function make(tile) {
    const [name, value, say] = [h('a', { class: 'clip', href: addressOf(tile.device_id) }), h('p', { class: 'tile-value' }), h('p')];
    const move = (/** @type {number} */ step) => (/** @type {any} */ event) => {
      const at = tiles.findIndex((one) => keyOf(one) === keyOf(tile));
      const next = tiles.filter((one) => keyOf(one) !== keyOf(tile));
      next.splice(Math.max(0, at + step), 0, tile);
      return attempt(event.currentTarget, () => saveTiles(next));
    };
    const button = (/** @type {string} */ act, /** @type {string} */ sign, /** @type {(event: any) => any} */ onclick) =>
      h(
        'button',
        {
          type: 'button',
          class: 'link tile-act',
          data: { act, key: `${act} ${keyOf(tile)}` },
          'aria-label': t(`tiles.${act}`, { key: tile.key, thing: tile.device_id }),
          title: t(`tiles.${act}`, { key: tile.key, thing: tile.device_id }),
          onclick,
        },
        sign,
      );
    const remove = button('remove', '×', async (event) => {
      const before = tiles;
      const next = tiles.filter((one) => keyOf(one) !== keyOf(tile));
      if (await attempt(event.currentTarget, () => saveTiles(next))) {
        notice(t('tiles.removed', { key: tile.key }), { undo: () => saveTiles(before) });
      }
    });
    const node = h(
      'li',
      { class: 'card tile', data: { tile: keyOf(tile) } },
      h(
        'div',
        { class: 'line' },
        name,
        h('span', { class: 'tile-acts' }, button('earlier', '‹', move(-1)), button('later', '›', move(1)), remove),
      ),
      h('p', { class: 'soft small clip' }, tile.key),
      value,
      say,
    );
    return {
      node,
      show() {
        const thing = find(tile.device_id);
        node.hidden = !thing;
        if (thing) {
          name.textContent = thingName(thing);
          const known = thing.values[tile.key];
          const at = thing.last_at ?? new Date(0).toISOString();
          fillValue(value, tile.key, known === undefined ? undefined : { value: known, at }, thing.wanted[tile.key]);
          fill(say, h('span', { class: 'small' }, thingStatus(thing)));
        }
      },
    };
  }

  function draw() {
    for (const one of made.values()) {
      one.show();
    }
    el.hidden = tiles.every((tile) => made.get(keyOf(tile))?.node.hidden !== false);
  }

  return {
    el,
    set(next) {
      tiles = next;
      for (const key of made.keys()) {
        if (!next.some((tile) => keyOf(tile) === key)) {
          made.delete(key);
        }
      }
      const nodes = next.map((tile) => {
        const one = made.get(keyOf(tile)) ?? make(tile);
        made.set(keyOf(tile), one);
        return one.node;
      });
      if (!context.signal.aborted) {
        const focused = /** @type {HTMLElement | null} */ (el.contains(document.activeElement) ? document.activeElement : null);
        fill(grid, nodes);
        focused?.focus();
      }
      draw();
    },
    draw,
  };
}
