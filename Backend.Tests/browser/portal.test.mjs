// Every page of the portal, in Debian's Chromium, against the real server with a real database: who sees it, in which state, how it looks
// to axe. Run: npm ci && npm test   (the server must have been built: dotnet build Backend.Minimal)
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { addressIn, pages } from './pages.mjs';
import { assertSound, caller, deadline, desktop, faults, open, phone, profile, ready } from './portal.mjs';
import { key, startBrowser, startServer } from './server.mjs';
import { evil, fillServer, password } from './world.mjs';

const roles = ['viewer', 'owner', 'operator', 'admin', 'maker'];
let server, empty, browser, world;

before(async () => {
  [server, empty] = await Promise.all([
    startServer('--RateLimits:ReadingsPerMinute=1000000', '--RateLimits:AdminPerMinute=1000000', '--RateLimits:FailedPerMinute=1000000'),
    startServer('--RateLimits:AdminPerMinute=1000000'),
  ]);
  browser = await startBrowser();
  world = await fillServer(server.base, { days: 9 });
});

after(async () => {
  await browser?.close();
  server?.stop();
  empty?.stop();
});

const addressOf = (page) => server.base + addressIn(world, page);

/** Sessions are made once a role: signing in costs a slow hash. */
const cookies = new Map();
async function as(role, options = {}) {
  if (!cookies.has(role)) {
    const signedIn = await profile(browser, server.base, { who: world.people[role] });
    cookies.set(role, await signedIn.storageState());
    await signedIn.close();
  }
  const context = await profile(browser, server.base, { who: null, ...options });
  await context.addCookies(cookies.get(role).cookies);
  return context;
}

for (const role of roles) {
  test(`a ${role} sees the pages that are theirs, and no other`, async () => {
    const context = await as(role);
    let tab = null;
    for (const one of pages.filter((each) => each.roles !== null)) {
      tab = await open(context, addressOf(one), tab);
      const { page } = tab;
      const heading = await page.getByRole('heading', { level: 1 }).first().textContent();
      assert.equal(
        heading === 'This page is not yours to see' || page.url() !== addressOf(one),
        !one.roles.includes(role),
        `${one.url} as ${role}: ${heading}`,
      );
    }
    // What the navigation offers can be gone to.
    const { page } = await open(context, `${server.base}/account`);
    for (const link of await page.locator('#top-nav a').evaluateAll((links) => links.map((each) => each.getAttribute('href')))) {
      tab = await open(context, server.base + link, tab);
      assert.notEqual(
        await tab.page.getByRole('heading', { level: 1 }).first().textContent(),
        'This page is not yours to see',
        `${role}: ${link}`,
      );
      assert.deepEqual(tab.errors, [], link);
    }
    await context.close();
  });
}

for (const [name, look] of [
  ['desktop', { size: desktop, scheme: 'light' }],
  ['phone', { size: phone, scheme: 'dark' }],
]) {
  test(`axe finds nothing in both themes, and nothing runs over the edge: ${name}`, async () => {
    const context = await as('admin', look);
    let tab = null;
    for (const one of pages) {
      tab = await open(context, addressOf(one), tab);
      await assertSound(tab, one.url);
      assert.equal(await tab.page.evaluate(() => window.pwned), undefined);
    }
    await context.close();
  });
}

test('every page says what is wrong when the server fails, and comes back', async () => {
  const context = await as('admin');
  for (const one of pages.filter((each) => each.asks)) {
    const page = await context.newPage();
    let isBroken = true;
    await page.route(`**${one.asks}*`, (route) =>
      isBroken ? route.fulfill({ status: 503, headers: { 'Retry-After': '60' }, json: { error: 'busy' } }) : route.continue(),
    );
    await page.goto(addressOf(one));
    await page.getByText('The server is busy.').first().waitFor();
    assert.deepEqual(await faults(page), [], one.url);
    isBroken = false;
    await page.getByRole('button', { name: 'Try now' }).first().click();
    await page.getByText('The server is busy.').first().waitFor({ state: 'detached' });
    await page.close();
  }
  await context.close();
});

test('every page has something to say on an empty server', async () => {
  const context = await profile(browser, empty.base);
  let tab = null;
  for (const one of pages.filter((each) => each.roles !== null && !each.url.includes('{'))) {
    tab = await open(context, empty.base + one.url, tab);
    assert.ok((await tab.page.locator('main').innerText()).trim().length > 10, one.url);
    assert.deepEqual(await faults(tab.page), [], one.url);
    assert.deepEqual(tab.errors, [], one.url);
  }
  await context.close();
});

test('nobody known is asked to sign in, and then comes to where they wanted', async () => {
  const context = await profile(browser, server.base, { who: null });
  const { page } = await open(context, `${server.base}/places/${world.places[0].id}`);
  await page.waitForURL('**/sign-in?next=*');
  await page.getByLabel('E-mail').fill(world.people.owner.email);
  await page.getByLabel('Password').fill('not the password at all');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByText('E-mail or password is wrong.').waitFor();
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL(`**/places/${world.places[0].id}`);
  await ready(page, 'place');
  await page.getByRole('button', { name: world.people.owner.email, exact: true }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL('**/sign-in');
  assert.deepEqual(
    (await context.cookies()).filter((cookie) => cookie.value !== ''),
    [],
  );
  await context.close();
});

test('a key works for the first minutes: pasted, or in the link, which does not keep it', async () => {
  const context = await profile(browser, server.base, { who: null });
  const { page } = await open(context, `${server.base}/sign-in`);
  await page.getByText('Use a key instead').click();
  await page.getByLabel('Key', { exact: true }).fill('wrong-key-wrong-key-wrong');
  await page.getByRole('button', { name: 'Use this key' }).click();
  await page.getByText('That key was not accepted.').first().waitFor();
  await page.getByLabel('Key', { exact: true }).fill(key);
  await page.getByRole('button', { name: 'Use this key' }).click();
  await page.waitForURL((url) => url.pathname !== '/sign-in');
  const other = await context.newPage();
  await other.goto(`${server.base}/#key=${key}`);
  await ready(other, 'insights');
  assert.equal(new URL(other.url()).hash, '');
  await context.close();
});

test('a first run leads through: key, account, place, box', async () => {
  const context = await profile(browser, empty.base, { who: null });
  const { page, errors } = await open(context, empty.base);
  await page.waitForURL('**/start');
  await page.getByLabel('Key', { exact: true }).fill(key);
  await page.getByRole('button', { name: 'Use this key' }).click();
  await page.getByLabel('E-mail').fill('anna@example.org');
  await page.getByLabel('Password').fill('short');
  await page.getByRole('button', { name: 'Make my account' }).click();
  await page.getByRole('link', { name: /Password: At least 12/ }).waitFor();
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Make my account' }).click();
  await page.getByLabel('Name of the place').fill(evil);
  assert.equal(await page.getByLabel('Time zone').inputValue(), 'Europe/Berlin');
  await page.getByRole('button', { name: 'Make this place' }).click();
  await page.getByLabel('Id of the box').fill('jbnb0077');
  await page.getByRole('button', { name: 'Register this box' }).click();
  await page.getByText('The token of JBNB0077').waitFor();
  await page.getByRole('link', { name: 'To the figures' }).click();
  await ready(page, 'insights');
  assert.deepEqual(await page.getByLabel('Place', { exact: true }).locator('option').allTextContents(), [evil]);
  assert.equal(await page.evaluate(() => window.pwned), undefined);
  assert.deepEqual(errors, []);
  const me = await (await context.request.get(`${empty.base}/api/session`)).json();
  assert.deepEqual(
    me.user.grants.map((grant) => grant.role),
    ['admin'],
  );
  await context.close();
});

test('language, theme and their memory', async () => {
  const context = await as('owner', { locale: 'es-ES' });
  const { page } = await open(context, addressOf({ url: '/?place={place}' }));
  assert.equal(await page.locator('html').getAttribute('lang'), 'es');
  await page.getByRole('button', { name: world.people.owner.email, exact: true }).click();
  await page.getByLabel('English').click();
  await page.getByRole('heading', { name: 'My Store Insights' }).waitFor();
  await page.getByRole('button', { name: world.people.owner.email, exact: true }).click();
  await page.getByLabel('Dark').check();
  await page.reload();
  await ready(page, 'insights');
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
  assert.equal(await page.locator('html').getAttribute('lang'), 'en');
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(16, 21, 27)');
  await context.close();
});

test('a page without a connection says so, and keeps what it knew', async () => {
  const context = await as('owner');
  const { page } = await open(context, addressOf({ url: '/places/{place}' }));
  await context.setOffline(true);
  await page.getByText(/No connection since \d\d:\d\d/).waitFor();
  assert.ok((await page.locator('main').innerText()).includes('Opening hours'));
  await context.setOffline(false);
  await page.getByText(/No connection since/).waitFor({ state: 'detached' });
  await context.close();
});

test('nothing comes from elsewhere, and a first view needs few requests and bytes', async () => {
  const context = await as('owner');
  const page = await context.newPage();
  const asked = [];
  page.on('response', async (response) =>
    asked.push([response.url(), Number(response.headers()['content-length'] ?? 0), response.request().resourceType()]),
  );
  await page.goto(addressOf({ url: '/?place={place}' }));
  await ready(page, 'insights');
  assert.deepEqual(
    asked.filter(([url]) => !url.startsWith(server.base) && !url.startsWith('data:')),
    [],
  );
  const files = asked.filter(([url]) => !url.includes('/api/') && url.startsWith('http'));
  const kilobytes = files.reduce((sum, [, bytes]) => sum + bytes, 0) / 1024;
  console.log(`# first view: ${files.length} files, ${kilobytes.toFixed(1)} KB`);
  assert.ok(files.length <= 14, files.map(([url]) => url).join('\n'));
  assert.ok(kilobytes <= 90, `${kilobytes} KB`);
  await context.close();
});

test('opening hours: typed as people write them, refused with the right form, saved, undone', async () => {
  const ask = caller(server.base);
  const id = world.places[0].id;
  const context = await as('owner');
  const { page, errors } = await open(context, `${server.base}/places/${id}`);
  const hours = page.getByRole('form', { name: 'Opening hours' });
  await hours.getByLabel('Sunday').fill('from nine');
  await hours.getByLabel('Saturday').fill('9–12:30, 14-18');
  await hours.getByText('Must be hours such as').first().waitFor();
  await hours.getByRole('button', { name: 'Save hours' }).click();
  await hours.getByRole('link', { name: /Sunday: Must be hours/ }).waitFor();
  await hours.getByLabel('Sunday').fill('');
  await hours.getByRole('button', { name: 'Save hours' }).click();
  await page.getByText('Hours saved.').first().waitFor();
  const saved = (await ask('GET', `/api/places/${id}`)).hours;
  assert.deepEqual(saved.saturday, ['09:00-12:30', '14:00-18:00']);
  assert.deepEqual(saved.sunday ?? [], []);
  await page.getByRole('button', { name: 'Undo' }).click();
  for (const end = Date.now() + deadline; (await ask('GET', `/api/places/${id}`)).hours.sunday?.length !== 1;) {
    assert.ok(Date.now() < end, 'not undone');
    await page.waitForTimeout(100);
  }
  assert.deepEqual(errors, []);
  await context.close();
});

test('reports: a PDF and a CSV are saved, and what is mailed is what the API keeps', async () => {
  const context = await as('owner');
  const { page, errors } = await open(context, `${server.base}/reports`);
  for (const [button, beginning] of [
    ['Save PDF', '%PDF-'],
    ['Save days as CSV', ''],
  ]) {
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: button }).click()]);
    const bytes = readFileSync(await download.path());
    assert.ok(bytes.length > 50 && bytes.toString('latin1').startsWith(beginning), button);
  }
  const mail = page.getByRole('form', { name: 'By mail' });
  await mail.getByLabel('On Mondays').check();
  await mail.getByLabel('As').selectOption('both');
  await mail.getByRole('button', { name: 'Save reports' }).click();
  await page.getByText('Saved.').first().waitFor();
  const choice = await (await context.request.get(`${server.base}/api/report-choice`)).json();
  assert.deepEqual([choice.week, choice.month, choice.format], [true, false, 'both']);
  assert.deepEqual(errors, []);
  await context.close();
});
