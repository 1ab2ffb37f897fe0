// What every test of the portal starts with: pages that are watched for errors, questions to the API, axe.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { key } from './backend.mjs';

export const phone = { width: 390, height: 664 };
export const desktop = { width: 1280, height: 800 };

/**
 * How long anything may take that a test waits for, ms. A test that goes well never waits for it: it is that long so that a machine which does
 * something else as well fails nothing.
 */
export const deadline = 60_000;

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Asks the API as the admin key does, or with a device's token. */
export function caller(base, token = key) {
  return async (method, url, body) => {
    const answer = await fetch(base + url, {
      method,
      headers: { Authorization: `Bearer ${token}`, ...(body ? { 'Content-Type': 'application/json' } : {}) },
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(deadline),
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
  context.setDefaultTimeout(deadline);
  context.on('page', (page) => letGo(page));
  letGo(context);
  if (who === 'key') {
    await context.addInitScript((value) => sessionStorage.setItem('jambox-admin-key', value), key);
  } else if (who) {
    const answer = await context.request.post(`${base}/api/session`, { data: who, headers: { 'X-JamBox-Request': '1' } });
    assert.ok(answer.ok(), await answer.text());
  }
  return context;
}

/** What is closed is closed although a question that a test answers is still open: of its failure nobody wants to know. */
function letGo(one) {
  const close = one.close.bind(one);
  one.close = async (...options) => {
    await Promise.all([one, ...(one.pages?.() ?? [])].map((each) => each.unrouteAll({ behavior: 'ignoreErrors' })));
    return close(...options);
  };
}

/** Looks again until there is something; `what` says what is missing when there never is. */
export async function until(look, what) {
  for (const end = Date.now() + deadline; ;) {
    const found = await look();
    if (found) {
      return found;
    }
    assert.ok(Date.now() < end, what);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/**
 * Opens a page and waits until it shows what it has. What the browser complains about is in `errors`. `tab`: what an earlier call returned, to
 * load the page in its place: whoever goes through many pages saves the browser a process for each.
 */
export async function open(context, url, tab = null) {
  const { page, errors } = tab ?? (await newTab(context));
  if (tab) {
    // What the page before was at ends here, and what it complains about with it.
    await page.goto('about:blank');
    errors.length = 0;
  }
  await page.goto(url);
  await ready(page);
  return { page, errors };
}

async function newTab(context) {
  const page = await context.newPage();
  const errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  return { page, errors };
}

/** Waits until the page shows what it has. */
export async function ready(page, name) {
  await page.waitForFunction((wanted) => (wanted ? document.body.dataset.ready === wanted : document.body.dataset.ready), name ?? null);
}

/** Waits until a page shows all that it has, not the first of it. */
export async function settled(page) {
  await page.waitForFunction(() => [...document.querySelectorAll('.bone')].every((bone) => !bone.checkVisibility()));
}

/** Whether a page has to be scrolled sideways. A chart is drawn anew a moment after its room has changed. */
export function isTooWide(page) {
  return page
    .waitForFunction(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth, null, { timeout: 15_000 })
    .then(
      () => false,
      () => true,
    );
}

/**
 * What axe finds, as lines. Evaluated by the debugger, not as a script element: the page's own content security policy stays as it is.
 * `rules`: only these of axe's, which need not be on by themselves; unless said, all that are.
 */
export async function faults(page, ...rules) {
  if (!(await page.evaluate(() => 'axe' in globalThis))) {
    await page.evaluate(axe);
  }
  const { violations } = await page.evaluate(
    (only) => globalThis.axe.run({ resultTypes: ['violations'], ...(only.length > 0 ? { runOnly: only } : {}) }),
    rules,
  );
  return violations.flatMap((one) => one.nodes.map((node) => `${one.id}: ${one.help}: ${node.target.join(' ')}`));
}

/** Those of axe's rules that are about colours: what another theme can change. */
const ofColours = ['color-contrast', 'link-in-text-block'];

/**
 * What every page must be: axe finds nothing, nothing runs over the edge, the browser complains about nothing, in both themes. Looked at in
 * the theme of the profile with all rules, then in the other with those about colours. SHOTS=folder keeps what was seen.
 */
export async function assertSound({ page, errors }, what) {
  const isDark = await page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches);
  const themes = isDark ? ['dark', 'light'] : ['light', 'dark'];
  await settled(page);
  for (const theme of themes) {
    await page.emulateMedia({ colorScheme: theme });
    const said = `${what}, ${theme}, ${page.viewportSize().width} px`;
    assert.deepEqual(await faults(page, ...(theme === themes[0] ? [] : ofColours)), [], said);
    assert.equal(await isTooWide(page), false, `${said}: wider than the screen`);
    if (process.env.SHOTS) {
      await page.screenshot({ path: path.join(process.env.SHOTS, `${said.replace(/\W+/g, '_')}.png`), fullPage: true });
    }
  }
  await page.emulateMedia({ colorScheme: themes[0] });
  assert.deepEqual(errors, [], what);
}
