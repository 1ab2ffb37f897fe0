// The keys, and where the focus is: all that a mouse does can be done without one, and nothing that is typed into a field is taken for a key.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { addressIn, pages } from './pages.mjs';
import { open, profile, ready, settled } from './portal.mjs';
import { startBrowser, startServer } from './server.mjs';
import { fillServer } from './world.mjs';

let server, browser, world;

before(async () => {
  server = await startServer('--RateLimits:ReadingsPerMinute=1000000', '--RateLimits:AdminPerMinute=1000000');
  browser = await startBrowser();
  world = await fillServer(server.base, { days: 3, isCounted: false });
});

after(async () => {
  await browser?.close();
  server?.stop();
});

const pathOf = (page) => addressIn(world, page);
const query = (page) => Object.fromEntries(new URL(page.url()).searchParams);

/** What has the focus, in words. */
const focus = (page) =>
  page.evaluate(() => {
    const node = document.activeElement;
    return node ? node.getAttribute('aria-label') || node.textContent.trim() || node.tagName : '';
  });

/** Opens a page as the admin, its keys being followed. */
async function start(url, options) {
  const context = await profile(browser, server.base, options);
  const { page, errors } = await open(context, server.base + url);
  // Keys come when the page is there.
  await page.waitForFunction(() => performance.getEntriesByType('resource').some((each) => each.name.endsWith('/keys.js')));
  await page.evaluate(() => new Promise((done) => setTimeout(done)));
  return { context, page, errors };
}

test('g and a letter go to every page that the help names, with the focus on its heading', async () => {
  const { context, page, errors } = await start('/account');
  await page.keyboard.press('?');
  const help = page.getByRole('dialog');
  await help.waitFor();
  const rows = await help
    .locator('tr')
    .evaluateAll((all) => all.map((row) => [...row.querySelectorAll('kbd')].map((each) => each.textContent)));
  const letters = rows.filter(([first]) => first === 'g').map(([, letter]) => letter);
  for (const letter of ['i', 'l', 'r']) {
    assert.ok(letters.includes(letter), `g ${letter}: ${letters}`);
  }
  assert.equal(new Set(letters).size, letters.length, 'two pages have the same letter');
  await page.keyboard.press('Escape');
  await help.waitFor({ state: 'detached' });
  const seen = new Set();
  for (const letter of letters) {
    await page.evaluate(() => delete document.body.dataset.ready);
    await page.keyboard.press('g');
    await page.keyboard.press(letter);
    await ready(page);
    assert.equal(await page.evaluate(() => document.activeElement.tagName), 'H1', `g ${letter}`);
    seen.add(await page.evaluate(() => document.body.dataset.ready));
  }
  assert.equal(seen.size, letters.length, [...seen].join(' '));
  assert.deepEqual(errors, []);
  await context.close();
});

test('a new page has the focus on its heading, whichever it is', async () => {
  const { context, page } = await start('/account');
  for (const one of pages.filter((each) => each.roles !== null)) {
    await page.evaluate((path) => {
      delete document.body.dataset.ready;
      document.querySelector('#there')?.remove();
      document.querySelector('#main').append(Object.assign(document.createElement('a'), { href: path, id: 'there', textContent: path }));
    }, pathOf(one));
    await page.locator('#there').press('Enter');
    await ready(page);
    assert.equal(await page.evaluate(() => document.activeElement.tagName), 'H1', one.url);
  }
  await context.close();
});

test('t y w m choose days, arrows step, c compares; a field keeps what is typed', async () => {
  const { context, page, errors } = await start(`/?place=${world.places[0].id}`);
  const today = await page.getByLabel('Period', { exact: true }).inputValue();
  assert.equal(today, 'today');
  for (const [key, name] of [
    ['y', 'yesterday'],
    ['w', 'week'],
    ['m', 'month'],
    ['t', 'today'],
  ]) {
    await page.keyboard.press(key);
    assert.equal(await page.getByLabel('Period', { exact: true }).inputValue(), name, key);
  }
  await page.keyboard.press('ArrowLeft');
  const yesterday = query(page).from;
  assert.match(yesterday, /^\d{4}-\d\d-\d\d$/);
  assert.equal(query(page).to, yesterday);
  await page.keyboard.press('ArrowLeft');
  assert.equal(query(page).from, new Date(Date.parse(`${yesterday}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10));
  await page.keyboard.press('ArrowRight');
  assert.equal(query(page).from, yesterday);
  await page.keyboard.press('c');
  assert.equal(await focus(page).then((text) => text.includes('Compared')), true);
  // The select has the focus now: a letter is for it.
  const before_ = page.url();
  await page.keyboard.press('m');
  assert.equal(page.url().includes('from=') ? query(page).from : null, query({ url: () => before_ }).from);
  assert.deepEqual(errors, []);
  await context.close();
});

test('/ searches, j k Enter go through the list, Escape leaves the search', async () => {
  const { context, page, errors } = await start('/locations');
  await page.keyboard.press('/');
  const search = page.getByRole('searchbox');
  assert.ok(await search.evaluate((node) => node === document.activeElement));
  await page.keyboard.type('gi?');
  assert.equal(await search.inputValue(), 'gi?', 'what is typed is typed');
  assert.equal(new URL(page.url()).pathname, '/locations');
  assert.equal(await page.getByRole('dialog').count(), 0);
  await search.fill('');
  await page.keyboard.press('Escape');
  assert.ok(await search.evaluate((node) => node !== document.activeElement), 'Escape leaves the field');
  const ids = await page.locator('.fleet-id').allTextContents();
  const active = () => page.locator('.list-row.active').first().textContent();
  // From wherever one is on the page.
  await page.keyboard.press('j');
  assert.ok((await active()).includes(ids[0]));
  await page.keyboard.press('j');
  assert.ok((await active()).includes(ids[1]));
  await page.keyboard.press('k');
  assert.ok((await active()).includes(ids[0]));
  await page.keyboard.press('Enter');
  await ready(page, 'device');
  assert.equal(new URL(page.url()).pathname.split('/')[2], ids[0]);
  assert.equal(await page.evaluate(() => document.activeElement.tagName), 'H1');
  assert.deepEqual(errors, []);
  await context.close();
});

test('Escape closes a dialog, and the focus is where it was before', async () => {
  const { context, page, errors } = await start(`/?place=${world.places[0].id}`);
  await page.keyboard.press('y');
  for (const name of ['Key', 'How sure is this?']) {
    const opener = page.getByRole('button', { name, exact: true }).first();
    await opener.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    assert.ok(await page.evaluate(() => document.activeElement.closest('dialog') !== null), 'the focus is in the dialog');
    await page.keyboard.press('g');
    await page.keyboard.press('l');
    assert.equal(new URL(page.url()).pathname, '/', 'keys rest while a dialog is open');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.ok(await opener.evaluate((node) => node === document.activeElement), String(name));
  }
  assert.deepEqual(errors, []);
  await context.close();
});

test('keys can be turned off, on every page, and on again', async () => {
  const { context, page, errors } = await start(`/?place=${world.places[0].id}`);
  await page.keyboard.press('?');
  await page.getByRole('dialog').getByRole('checkbox').uncheck();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  for (const key of ['y', 'ArrowLeft', 'c', 'g', 'l', '/', '?']) {
    await page.keyboard.press(key);
  }
  assert.equal(await page.getByRole('dialog').count(), 0);
  assert.equal(new URL(page.url()).pathname, '/');
  assert.equal(await page.getByLabel('Period', { exact: true }).inputValue(), 'today');
  // The help is a key too: the choice also stands where one's account is.
  await page.goto(`${server.base}/account`);
  await ready(page, 'account');
  await page.getByLabel('Use these keys').check();
  await page.goto(`${server.base}/?place=${world.places[0].id}`);
  await ready(page, 'insights');
  await page.keyboard.press('y');
  assert.equal(await page.getByLabel('Period', { exact: true }).inputValue(), 'yesterday');
  assert.deepEqual(errors, []);
  await context.close();
});

/** Numbers what Tab should come to; of radio buttons of one name it comes to one. Returns number and name of each. */
const numberControls = (page) =>
  page.evaluate(() => {
    const all = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')].filter(
      (node) => node.checkVisibility() && !node.disabled && node.tabIndex >= 0 && !node.closest('[aria-hidden="true"], [inert]'),
    );
    document.querySelectorAll('[data-number]').forEach((node) => node.removeAttribute('data-number'));
    all.forEach((node, index) => node.setAttribute('data-number', index));
    return all
      .filter((node) => node.type !== 'radio')
      .map((node) => [node.getAttribute('data-number'), node.textContent.trim() || node.getAttribute('aria-label') || node.name]);
  });

/** Presses Tab from the top to the end of a page. Returns the numbers it came to, and where one does not see that the focus is there. */
async function tabThrough(page) {
  await page.evaluate(() => {
    document.body.tabIndex = -1;
    document.body.focus();
    document.body.removeAttribute('tabindex');
  });
  const reached = new Set();
  const unseen = [];
  for (let presses = 0; presses < 400; presses += 1) {
    await page.keyboard.press('Tab');
    const here = await page.evaluate(() => {
      const node = document.activeElement;
      const style = getComputedStyle(node);
      const parts = [node, node.parentElement].map((each) => each && getComputedStyle(each));
      return {
        number: node?.getAttribute('data-number') ?? null,
        isBody: node === document.body,
        isSeen: parts.some((each) => (each.outlineStyle !== 'none' && parseFloat(each.outlineWidth) >= 2) || each.boxShadow !== 'none'),
        name: `${node?.tagName} ${node?.className} ${style.outline}`,
      };
    });
    if (here.isBody || (here.number !== null && reached.has(here.number) && here.number === [...reached][0])) {
      break;
    }
    reached.add(here.number);
    if (!here.isSeen && here.number !== null) {
      unseen.push(here.name);
    }
  }
  return { reached, unseen };
}

test('Tab comes to every control of every page, and one sees where it is', async () => {
  const context = await profile(browser, server.base);
  let tab = null;
  for (const one of pages.filter((each) => each.roles !== null)) {
    tab = await open(context, server.base + pathOf(one), tab);
    const { page } = tab;
    await settled(page);
    // What a page drew anew meanwhile has no number: then it is gone through once more.
    for (let tries = 1; ; tries += 1) {
      const wanted = await numberControls(page);
      const { reached, unseen } = await tabThrough(page);
      const missed = wanted.filter(([number]) => !reached.has(number));
      const isSame = await page.evaluate(
        (numbers) => numbers.every((each) => document.querySelector(`[data-number="${each}"]`)),
        [...missed.map(([number]) => number)],
      );
      if (isSame || tries === 5) {
        assert.deepEqual(
          missed.map(([, name]) => name),
          [],
          `${one.url}: Tab does not come to them`,
        );
        assert.deepEqual(unseen, [], `${one.url}: one does not see that the focus is there`);
        break;
      }
    }
  }
  await context.close();
});
