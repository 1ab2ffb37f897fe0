// What every test of the portal starts with: pages that are watched for errors, questions to the API, axe.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { key } from './backend.mjs';

export const phone = { width: 390, height: 664 };
export const desktop = { width: 1280, height: 800 };

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Asks the API as the admin key does, or with a device's token. */
export function caller(base, token = key) {
  return async (method, url, body) => {
    const answer = await fetch(base + url, {
      method,
      headers: { Authorization: `Bearer ${token}`, ...(body ? { 'Content-Type': 'application/json' } : {}) },
      body: body && JSON.stringify(body),
    });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${url}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : null;
  };
}

/**
 * A fresh browser profile. `who`: 'key' = the admin key is in it; a {email, password} signs in; null = nobody. `media`: what else the browser
 * says of its reader, such as { contrast: 'more' }.
 */
export async function profile(
  browser,
  base,
  { who = 'key', size = desktop, scheme = 'light', locale = 'en-GB', zone = 'Europe/Berlin', ...media } = {},
) {
  const context = await browser.newContext({
    viewport: size,
    colorScheme: scheme,
    locale,
    timezoneId: zone,
    reducedMotion: 'reduce',
    ...media,
  });
  if (who === 'key') {
    await context.addInitScript((value) => sessionStorage.setItem('jambox-admin-key', value), key);
  } else if (who) {
    const answer = await context.request.post(`${base}/api/session`, { data: who, headers: { 'X-JamBox-Request': '1' } });
    assert.ok(answer.ok(), await answer.text());
  }
  return context;
}

/** Opens a page and waits until it shows what it has. What the browser complains about is in `errors`. */
export async function open(context, url) {
  const page = await context.newPage();
  const errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  await page.goto(url);
  await ready(page);
  return { page, errors };
}

/** Waits until the page shows what it has. */
export async function ready(page, name) {
  await page.waitForFunction((wanted) => (wanted ? document.body.dataset.ready === wanted : document.body.dataset.ready), name ?? null, {
    timeout: 15000,
  });
}

/**
 * What axe finds, as lines. Evaluated by the debugger, not as a script element: the page's own content security policy stays as it is.
 * `rules`: only these of axe's, which need not be on by themselves; unless said, all that are.
 */
export async function faults(page, ...rules) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(
    (only) => globalThis.axe.run({ resultTypes: ['violations'], ...(only.length > 0 ? { runOnly: only } : {}) }),
    rules,
  );
  return violations.flatMap((one) => one.nodes.map((node) => `${one.id}: ${one.help}: ${node.target.join(' ')}`));
}
