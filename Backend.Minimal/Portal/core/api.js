// Asks the server. Every question has an end: an answer, a refusal with its words, or 10 s.

/** @typedef {import('api-types').components['schemas']} Schemas */

/** How long an answer may take, ms. */
const limitMs = 10_000;

/** Where a pasted key is kept: in this tab, until it is closed. */
const keyName = 'jambox-admin-key';

/** What a question ended with that was not answered as it should. */
export class ApiError extends Error {
  /**
   * @param {number} status HTTP's; 0 = no answer at all.
   * @param {string} message In the server's words.
   * @param {number | null} [retryAfter] Seconds after which another try makes sense.
   */
  constructor(status, message, retryAfter = null) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.retryAfter = retryAfter;
  }

  /** Whether there was no connection, rather than a refusal. */
  get isOffline() {
    return this.status === 0;
  }

  /**
   * The field that is wrong, and how: the server begins its words with the name of the field.
   * @returns {{ field: string, rule: string } | null}
   */
  get fault() {
    const found = this.status === 400 ? /^([a-z_][a-z0-9_.]*): (.+)$/s.exec(this.message) : null;
    return found ? { field: found[1], rule: found[2] } : null;
  }
}

/** @type {() => void} */
let onLost = () => {};

/**
 * Says what to do when the server does not know us any more.
 * @param {() => void} work
 */
export function whenLost(work) {
  onLost = work;
}

/** The pasted key. @returns {string | null} */
export function currentKey() {
  try {
    return sessionStorage.getItem(keyName);
  } catch {
    return null;
  }
}

/**
 * Keeps a pasted key for this tab; null forgets it.
 * @param {string | null} key
 */
export function keepKey(key) {
  try {
    if (key) {
      sessionStorage.setItem(keyName, key);
    } else {
      sessionStorage.removeItem(keyName);
    }
  } catch {
    // Storage may be forbidden: then a key cannot be used.
  }
}

/**
 * Headers of every question: the key, if one was pasted, and what no other site's page can send.
 * @returns {Record<string, string>}
 */
export function headers() {
  const key = currentKey();
  return key ? { Authorization: `Bearer ${key}` } : { 'X-JamBox-Request': '1' };
}

/** This machine's clock is so far ahead of the server's, ms; answers take time: less than a minute is none. */
let aheadMs = 0;

/** The time, ms since 1970: the server's if this machine's is wrong. */
export function now() {
  return Date.now() - aheadMs;
}

/** @typedef {Record<string, string | number | boolean | null | undefined>} Query */
/** @typedef {{ query?: Query, signal?: AbortSignal, body?: any, quiet?: boolean, limitMs?: number, whole?: boolean }} Options */

/**
 * An address with its query; what is null, undefined or empty is left out.
 * @param {string} path
 * @param {Query} [query]
 */
export function address(path, query) {
  const parts = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== null && value !== undefined && value !== '') {
      parts.set(name, String(value));
    }
  }
  const text = parts.toString();
  return text ? `${path}?${text}` : path;
}

/**
 * Asks for something.
 * @param {string} path
 * @param {Options} [options]
 * @returns {Promise<any>}
 */
export function get(path, options) {
  return ask('GET', path, options);
}

/**
 * @param {string} path
 * @param {any} [body]
 * @param {Options} [options]
 * @returns {Promise<any>}
 */
export function post(path, body, options) {
  return ask('POST', path, { ...options, body });
}

/**
 * @param {string} path
 * @param {any} [body]
 * @param {Options} [options]
 * @returns {Promise<any>}
 */
export function put(path, body, options) {
  return ask('PUT', path, { ...options, body });
}

/**
 * @param {string} path
 * @param {Options} [options]
 * @returns {Promise<any>}
 */
export function del(path, options) {
  return ask('DELETE', path, options);
}

/**
 * A list, part by part, up to a number of rows.
 * @param {string} path
 * @param {Options & { most?: number }} [options]
 * @returns {Promise<any[]>}
 */
export async function all(path, options = {}) {
  /** @type {any[]} */
  const rows = [];
  const most = options.most ?? 10_000;
  let next = /** @type {string | null} */ (address(path, { limit: Math.min(1000, most), ...options.query }));
  while (next && rows.length < most) {
    /** @type {Response} */
    const answer = await ask('GET', next, { signal: options.signal, quiet: options.quiet, whole: true });
    rows.push(...(await answer.json()));
    next = /<([^>]+)>; rel="next"/.exec(answer.headers.get('Link') ?? '')?.[1] ?? null;
  }
  return rows;
}

/**
 * Saves what the server gives as a file, such as CSV: with a key no plain link could.
 * @param {string} path
 * @param {string} name
 * @param {Options} [options]
 */
export async function download(path, name, options) {
  /** @type {Response} */
  const answer = await ask('GET', path, { limitMs: 120_000, ...options, whole: true });
  const url = URL.createObjectURL(await answer.blob());
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/**
 * @param {string} method
 * @param {string} path
 * @param {Options} [options]
 * @returns {Promise<any>}
 */
async function ask(method, path, options = {}) {
  const timeout = AbortSignal.timeout(options.limitMs ?? limitMs);
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  const hasBody = options.body !== undefined;
  let answer;
  try {
    answer = await fetch(address(path, options.query), {
      method,
      signal,
      cache: 'no-store',
      headers: { ...headers(), ...(hasBody ? { 'Content-Type': 'application/json' } : {}) },
      body: hasBody ? JSON.stringify(options.body) : undefined,
    });
    const off = Date.now() - Date.parse(answer.headers.get('Date') ?? '');
    aheadMs = Math.abs(off) > 60_000 ? off : 0;
    if (answer.ok) {
      return options.whole ? answer : answer.status === 204 ? null : await contentOf(answer);
    }
  } catch (fault) {
    if (options.signal?.aborted) {
      throw fault;
    }
    throw new ApiError(0, timeout.aborted ? 'timeout' : 'offline', 8);
  }
  const error = await refusal(answer);
  if (error.status === 401 && !options.quiet) {
    onLost();
  }
  throw error;
}

/** @param {Response} answer */
async function contentOf(answer) {
  const text = await answer.text();
  return text === '' ? null : JSON.parse(text);
}

/**
 * @param {Response} answer
 * @returns {Promise<ApiError>}
 */
async function refusal(answer) {
  let message = `${answer.status}`;
  try {
    const problem = await answer.json();
    message = problem.error ?? problem.detail ?? problem.title ?? message;
  } catch {
    // Not in our words: a proxy's page, say. Its number must do.
  }
  const wait = Number(answer.headers.get('Retry-After'));
  const isTemporary = answer.status === 429 || answer.status >= 500;
  return new ApiError(answer.status, message, Number.isFinite(wait) && wait > 0 ? wait : isTemporary ? 8 : null);
}
