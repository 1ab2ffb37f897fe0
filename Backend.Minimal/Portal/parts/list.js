// A long list of which only what is seen is in the page: 5,000 rows, some 30 nodes. One focus, moved by keys; rows do not jump.

import { fill, h, newId } from '../core/dom.js';
import { t } from '../core/text.js';

/** Rows beyond the edges that are kept ready. */
const spare = 6;

/**
 * @template T
 * @typedef {object} List
 * @property {HTMLElement} el
 * @property {(items: T[]) => void} set Shows items; the row that is active stays so by its key.
 * @property {() => void} redraw Draws the rows that are seen anew, after something of an item has changed.
 * @property {() => Set<string>} selected Keys of the selected rows.
 * @property {(keys: Iterable<string>) => void} select
 * @property {(key: string | null) => void} activate Marks the row that is open beside the list.
 * @property {(key: string) => void} focus Goes to a row.
 */

/**
 * Makes a list.
 * @template T
 * @param {object} options
 * @param {string} options.label Names it to who cannot see it.
 * @param {(item: T) => string} options.key
 * @param {(item: T) => import('../core/dom.js').Child} options.row What stands in a row: one or more nodes.
 * @param {(item: T) => void} [options.open] A row was chosen: Enter or a click.
 * @param {number} [options.rowHeight] Px, the same for all.
 * @param {boolean} [options.selectable] Rows have a box to tick.
 * @param {(keys: Set<string>) => void} [options.selection] The selection has changed.
 * @returns {List<T>}
 */
export function list({ label, key, row, open, rowHeight = 56, selectable = false, selection }) {
  /** @type {T[]} */
  let items = [];
  let active = -1;
  /** @type {string | null} */
  let opened = null;
  /** @type {Set<string>} */
  const chosen = new Set();
  const id = newId();
  const inner = h('div', { class: 'list-inner', role: 'presentation' });
  const el = h(
    'div',
    {
      class: 'list',
      role: 'grid',
      tabindex: 0,
      'aria-label': label,
      'aria-rowcount': 0,
      'aria-multiselectable': selectable ? 'true' : undefined,
      onscroll: draw,
      onkeydown: press,
      onclick: click,
    },
    inner,
  );
  new ResizeObserver(draw).observe(el);

  let first = -1;
  let last = -1;
  /** The rows that are in the page, by their index. @type {Map<number, HTMLElement>} */
  const drawn = new Map();

  function draw() {
    const from = Math.max(0, Math.floor(el.scrollTop / rowHeight) - spare);
    const to = Math.min(items.length, Math.ceil((el.scrollTop + el.clientHeight) / rowHeight) + spare);
    if (from !== first || to !== last) {
      render(from, to);
    }
  }

  /** Draws the rows that are seen anew. */
  function redraw() {
    if (first >= 0) {
      drawn.clear();
      render(first, last);
    }
  }

  /**
   * Draws rows; those that are there already stay as they are.
   * @param {number} from
   * @param {number} to
   */
  function render(from, to) {
    first = from;
    last = to;
    inner.style.setProperty('height', `${items.length * rowHeight}px`);
    for (const index of drawn.keys()) {
      if (index < from || index >= to) {
        drawn.get(index)?.remove();
        drawn.delete(index);
      }
    }
    if (drawn.size === 0) {
      fill(inner);
    }
    // What stays is one run: what is new stands before or behind it.
    const [start] = drawn.keys();
    /** @type {HTMLElement[]} */
    const before = [];
    /** @type {HTMLElement[]} */
    const behind = [];
    for (let index = from; index < to; index += 1) {
      if (!drawn.has(index)) {
        const node = rowOf(index);
        (start !== undefined && index < start ? before : behind).push(node);
        drawn.set(index, node);
      }
    }
    inner.prepend(...before);
    inner.append(...behind);
    if (active >= from && active < to) {
      el.setAttribute('aria-activedescendant', `${id}-${active}`);
    } else {
      el.removeAttribute('aria-activedescendant');
    }
  }

  /** @param {number} index */
  function rowOf(index) {
    const item = items[index];
    const itemKey = key(item);
    return h(
      'div',
      {
        id: `${id}-${index}`,
        class: `list-row${index === active ? ' active' : ''}${itemKey === opened ? ' open' : ''}`,
        role: 'row',
        'aria-rowindex': index + 1,
        'aria-selected': selectable ? String(chosen.has(itemKey)) : undefined,
        data: { key: itemKey, index },
        style: { top: `${index * rowHeight}px`, height: `${rowHeight}px` },
      },
      selectable
        ? h(
            'div',
            { class: 'list-tick', role: 'gridcell' },
            h('span', { class: chosen.has(itemKey) ? 'tick on' : 'tick', 'aria-hidden': 'true' }),
          )
        : null,
      h('div', { class: 'list-cell', role: 'gridcell' }, row(item)),
    );
  }

  /** @param {number} index */
  function move(index) {
    if (items.length === 0) {
      return;
    }
    active = Math.max(0, Math.min(items.length - 1, index));
    const top = active * rowHeight;
    if (top < el.scrollTop) {
      el.scrollTop = top;
    } else if (top + rowHeight > el.scrollTop + el.clientHeight) {
      el.scrollTop = top + rowHeight - el.clientHeight;
    }
    drawn.clear();
    render(
      Math.max(0, Math.floor(el.scrollTop / rowHeight) - spare),
      Math.min(items.length, Math.ceil((el.scrollTop + el.clientHeight) / rowHeight) + spare),
    );
  }

  /** @param {number} index */
  function tick(index) {
    const itemKey = key(items[index]);
    if (!chosen.delete(itemKey)) {
      chosen.add(itemKey);
    }
    selection?.(chosen);
    redraw();
  }

  /** @param {KeyboardEvent} event */
  function press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== el) {
      return;
    }
    const page = Math.max(1, Math.floor(el.clientHeight / rowHeight) - 1);
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowDown: () => move(active + 1),
      j: () => move(active + 1),
      ArrowUp: () => move(active - 1),
      k: () => move(active - 1),
      PageDown: () => move(active + page),
      PageUp: () => move(active - page),
      Home: () => move(0),
      End: () => move(items.length - 1),
      Enter: () => active >= 0 && open?.(items[active]),
      ' ': () => selectable && active >= 0 && tick(active),
      x: () => selectable && active >= 0 && tick(active),
    };
    const act = keys[event.key];
    if (act) {
      event.preventDefault();
      act();
    }
  }

  /** @param {MouseEvent} event */
  function click(event) {
    const target = /** @type {Element} */ (event.target);
    const found = target.closest('.list-row');
    if (!found || target.closest('a, button')) {
      return;
    }
    const index = Number(found.getAttribute('data-index'));
    active = index;
    if (selectable && target.closest('.list-tick')) {
      tick(index);
    } else {
      redraw();
      open?.(items[index]);
    }
  }

  return {
    el,
    set(next) {
      /** @type {[number, HTMLElement][]} */
      const changed = [];
      const activeKey = active >= 0 && active < items.length ? key(items[active]) : null;
      // Rows that say the same stay: one that is made anew under a pressed button never hears the click.
      for (const [index, node] of drawn) {
        if (index < next.length && next[index] !== items[index]) {
          changed.push([index, node]);
        }
      }
      items = next;
      active = activeKey === null ? -1 : items.findIndex((item) => key(item) === activeKey);
      el.setAttribute('aria-rowcount', String(items.length));
      el.setAttribute('aria-label', `${label}, ${t('list.rows', { n: items.length })}`);
      for (const [index, node] of changed) {
        const fresh = rowOf(index);
        node.replaceWith(fresh);
        drawn.set(index, fresh);
      }
      first = -1;
      draw();
    },
    redraw,
    selected: () => chosen,
    select(keys) {
      chosen.clear();
      for (const one of keys) {
        chosen.add(one);
      }
      selection?.(chosen);
      redraw();
    },
    activate(itemKey) {
      opened = itemKey;
      redraw();
    },
    focus(itemKey) {
      const index = items.findIndex((item) => key(item) === itemKey);
      if (index >= 0) {
        move(index);
      }
      el.focus({ preventScroll: true });
    },
  };
}
