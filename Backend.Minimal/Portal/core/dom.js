// Makes nodes. What comes from outside only ever becomes text or an attribute that cannot run.

/** @typedef {import('../types').Plain} Plain */
/** @typedef {import('../types').Child} Child */
/** @typedef {Record<string, any>} Props */

const svgSpace = 'http://www.w3.org/2000/svg';

/** Addresses that a link may have: pages of ours, the web, mail. Anything else could run. */
const safeAddress = /^(?:\/(?!\/)|\?|#|https?:|mailto:|blob:)/;

/**
 * An element.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag Its name.
 * @param {Props | null} [props] Attributes; `on…` = a listener, `style` = properties set one by one, `data` = `data-…`; false, null and
 *   undefined leave an attribute out, true sets it empty.
 * @param {...Child} children Text and nodes; null, undefined and false are left out.
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, props, ...children) {
  const node = document.createElement(tag);
  set(node, props);
  node.append(...flat(children));
  return node;
}

/**
 * An element of SVG.
 * @template {keyof SVGElementTagNameMap} T
 * @param {T} tag
 * @param {Props | null} [props]
 * @param {...Child} children
 * @returns {SVGElementTagNameMap[T]}
 */
export function s(tag, props, ...children) {
  const node = /** @type {SVGElementTagNameMap[T]} */ (document.createElementNS(svgSpace, tag));
  set(node, props);
  node.append(...flat(children));
  return node;
}

/**
 * Sets attributes, as `h` does.
 * @param {Element} node
 * @param {Props | null} [props]
 */
export function set(node, props) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (name.startsWith('on')) {
      node.addEventListener(name.slice(2), value);
    } else if (name === 'style') {
      for (const [property, wanted] of Object.entries(value)) {
        /** @type {HTMLElement} */ (node).style.setProperty(property, String(wanted));
      }
    } else if (name === 'data') {
      for (const [key, wanted] of Object.entries(value)) {
        node.setAttribute(`data-${key}`, String(wanted));
      }
    } else if (name === 'value' && 'value' in node && node.tagName !== 'DATA') {
      node.value = value ?? '';
    } else if (name === 'checked' || name === 'selected' || name === 'disabled' || name === 'indeterminate') {
      /** @type {any} */ (node)[name] = Boolean(value);
    } else if (value === false || value === null || value === undefined) {
      node.removeAttribute(name);
    } else if ((name === 'href' || name === 'src') && !safeAddress.test(String(value)) && !String(value).startsWith('data:image/png')) {
      throw new Error(`not an address for ${name}: ${value}`);
    } else {
      node.setAttribute(name, value === true ? '' : String(value));
    }
  }
}

/**
 * Puts children in the place of those that a node has.
 * @param {Element} node
 * @param {...Child} children
 */
export function fill(node, ...children) {
  node.replaceChildren(...flat(children));
}

/**
 * A number on the screen: what is shown may be rounded, `raw` is the API's, for tests and for whoever copies it.
 * @param {string} name What it is: `data-test`.
 * @param {number | string | null | undefined} raw
 * @param {string} shown
 */
export function data(name, raw, shown) {
  return h('data', { 'data-test': name, value: raw ?? '' }, shown);
}

let lastId = 0;

/** A new id, for labels and what they label. */
export function newId() {
  lastId += 1;
  return `n${lastId}`;
}

/**
 * Says something to who cannot see the screen.
 * @param {string} text
 */
export function announce(text) {
  const place = document.getElementById('say');
  if (place) {
    place.textContent = '';
    // A text that is set again in the same turn is not read again.
    setTimeout(() => {
      place.textContent = text;
    }, 50);
  }
}

/**
 * Calls a function at most once per time, with the newest arguments: a stream that never pauses holds nothing up.
 * @template {any[]} A
 * @param {(...args: A) => void} work
 * @param {number} ms
 * @returns {(...args: A) => void}
 */
export function throttle(work, ms) {
  let timer = 0;
  /** @type {A} */
  let newest;
  return (...args) => {
    newest = args;
    // Not put off by the next call: thousands of boxes never leave a pause.
    timer ||= window.setTimeout(() => {
      timer = 0;
      work(...newest);
    }, ms);
  };
}

/**
 * @param {Child[]} children
 * @returns {(Node | string)[]}
 */
function flat(children) {
  /** @type {(Node | string)[]} */
  const nodes = [];
  for (const child of /** @type {Plain[]} */ (children.flat(9))) {
    if (child !== null && child !== undefined && child !== false) {
      nodes.push(child instanceof Node ? child : String(child));
    }
  }
  return nodes;
}
