// Words on the screen: one file of texts per language in texts/, the same keys in each.

/** Languages by their code, in their own words. Another one: a file in texts/, a line here. */
export const languages = { en: 'English', es: 'Español' };

/** @typedef {string | { one?: string, many?: string, other: string }} Text */

const stored = 'jambox-language';

/** @type {Record<string, Text>} */
let texts = {};
/** Groups of texts that some pages need, by name: loaded when one of them is gone to. @type {Set<string>} */
const groups = new Set();
let language = 'en';
let plurals = new Intl.PluralRules('en');

/** The language of the words, such as `en`. */
export function languageCode() {
  return language;
}

/** The language of numbers and dates: with the reader's country, if the browser says one of this language. */
export function locale() {
  return navigator.languages.find((tag) => tag.split('-')[0] === language) ?? language;
}

/** Loads the reader's language: the one that was chosen, else the first that the browser wants and we have. */
export async function loadTexts() {
  const wanted = [remembered(), ...navigator.languages.map((tag) => tag.split('-')[0])];
  language = wanted.find((code) => code !== null && code !== undefined && Object.hasOwn(languages, code)) ?? 'en';
  const modules = await Promise.all([
    import(`../texts/${language}.js`),
    ...[...groups].map((group) => import(`../texts/${language}-${group}.js`)),
  ]);
  texts = Object.assign({}, ...modules.map((module) => module.default));
  plurals = new Intl.PluralRules(language);
  document.documentElement.lang = language;
}

/**
 * Loads the texts of a group of pages, once.
 * @param {string} group `fleet` = texts/en-fleet.js, texts/es-fleet.js.
 */
export async function loadGroup(group) {
  if (!groups.has(group)) {
    const module = await import(`../texts/${language}-${group}.js`);
    groups.add(group);
    texts = { ...texts, ...module.default };
  }
}

/**
 * Chooses a language; the page is to be shown anew.
 * @param {string} code
 */
export async function chooseLanguage(code) {
  try {
    localStorage.setItem(stored, code);
  } catch {
    // Storage may be forbidden: then it holds until the page is left.
  }
  await loadTexts();
}

/**
 * A text. `{name}` in it is filled in; `{n}` chooses the plural form.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function t(key, values) {
  return template(key, values).replace(/\{(\w+)\}/g, (whole, name) => (values && name in values ? String(shown(values[name])) : whole));
}

/**
 * A text into which nodes are filled: `append(...tn('key', { link: h('a', …) }))`.
 * @param {string} key
 * @param {Record<string, Node | string | number>} values
 * @returns {(Node | string)[]}
 */
export function tn(key, values) {
  return template(key, values)
    .split(/(\{\w+\})/)
    .filter((part) => part !== '')
    .map((part) => {
      const name = part.startsWith('{') && part.endsWith('}') ? part.slice(1, -1) : null;
      return name !== null && name in values ? shown(values[name]) : part;
    });
}

/**
 * Whether there is such a text: for what the server names and a newer server may name otherwise.
 * @param {string} key
 */
export function has(key) {
  return Object.hasOwn(texts, key);
}

/**
 * The text of a word of the server's, such as a state; the word itself when there is none.
 * @param {string} group Such as `state`.
 * @param {string} name
 */
export function word(group, name) {
  const key = `${group}.${name}`;
  return has(key) ? t(key) : name;
}

/**
 * @param {string} key
 * @param {Record<string, any>} [values]
 * @returns {string}
 */
function template(key, values) {
  const text = texts[key];
  if (text === undefined) {
    return key;
  }
  return typeof text === 'string'
    ? text
    : (/** @type {Record<string, string>} */ (text)[plurals.select(Number(values?.n ?? 0))] ?? text.other);
}

/**
 * @template {Node | string} V
 * @param {V | number} value
 * @returns {V | string}
 */
function shown(value) {
  return typeof value === 'number' ? new Intl.NumberFormat(locale()).format(value) : value;
}

/** @returns {string | null} */
function remembered() {
  try {
    return localStorage.getItem(stored);
  } catch {
    return null;
  }
}
