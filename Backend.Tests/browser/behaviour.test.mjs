// How pages behave under a hand: what is unsaved is asked about, Back too; nothing is sent without a line; a busy fleet moves numbers, but never
// what is under the pointer or has the focus; times are the place's, wherever the reader is; an address that means nothing does no harm.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { caller, open, phone, profile, ready } from './portal.mjs';
import { startBrowser, startServer } from './server.mjs';
import { afternoon, fillServer } from './world.mjs';

let server, browser, world;

before(async () => {
  server = await startServer(
    '--RateLimits:ReadingsPerMinute=1000000',
    '--RateLimits:AdminPerMinute=1000000',
    '--RateLimits:DevicePerHour=1000000',
  );
  browser = await startBrowser();
  world = await fillServer(server.base, { days: 2, isCounted: false });
});

after(async () => {
  await browser?.close();
  server?.stop();
});

test('Back with something unsaved asks: to stay leaves all as it was, to leave leaves', async () => {
  const context = await profile(browser, server.base);
  const { page, errors } = await open(context, `${server.base}/reports`);
  await page.locator('#top-nav [data-nav="place"]').click();
  await ready(page, 'place');
  const here = page.url();
  const name = page.getByLabel('Name of the place');
  await name.fill('Bakery, renamed');
  const answers = [];
  page.on('dialog', (dialog) => {
    answers.push(dialog.message());
    return answers.length < 3 ? dialog.dismiss() : dialog.accept();
  });
  await page.goBack();
  await page.waitForFunction((url) => location.href === url, here);
  assert.equal(await name.inputValue(), 'Bakery, renamed');
  await page.locator('#top-nav [data-nav="insights"]').click();
  assert.equal(page.url(), here);
  assert.equal(answers.length, 2);
  await page.goBack();
  await ready(page, 'reports');
  assert.equal(answers.length, 3);
  assert.deepEqual(errors, []);
  await context.close();
});

test('without a line nothing is sent: the button is off, says why, and is on again with the line', async () => {
  const context = await profile(browser, server.base, { size: phone });
  const { page } = await open(context, `${server.base}/calibrate/${world.places[0].id}`);
  const asked = [];
  page.on('request', (request) => request.method() === 'POST' && asked.push(request.url()));
  await page.getByRole('button', { name: '7', exact: true }).click();
  await context.setOffline(true);
  const save = page.getByRole('button', { name: 'Save 7 people' });
  await page.locator('button[aria-disabled="true"]', { hasText: 'Save 7 people' }).waitFor();
  await save.click({ force: true });
  await page.locator('#notices').getByText('There is no connection.').waitFor();
  assert.deepEqual(asked, []);
  await context.setOffline(false);
  await page.locator('button[aria-disabled="false"]', { hasText: 'Save 7 people' }).waitFor();
  await save.click();
  await page.locator('#notices').getByText('Saved').waitFor();
  assert.equal(asked.length, 1);
  await context.close();
});

test('a fleet that never pauses moves numbers, and keeps the focus and the button under the pointer', async () => {
  const context = await profile(browser, server.base);
  const { page, errors } = await open(context, `${server.base}/locations`);
  await page.waitForFunction(() => document.body.dataset.live === 'on');
  const { token } = world.boxes[1];
  // Words of a box without a pause that is longer than what is drawn together.
  let count = 0;
  let goesOn = true;
  const talk = (async () => {
    while (goesOn) {
      count += 1;
      await caller(server.base, token)('POST', '/api/heartbeat', {
        d: 'JBNB0002',
        v: '6.1.0',
        uptime: count,
        cell_rssi: -93,
        hw: 'atoms3-nb1',
      });
    }
  })();
  const counter = page.locator('.counter[data-key="online"]');
  await counter.focus();
  const row = page.locator('.list-row', { hasText: 'JBNB0001' });
  const node = await row.elementHandle();
  const moving = await page.locator('.list-row', { hasText: 'JBNB0002' }).elementHandle();
  await page.waitForFunction((old) => !old.isConnected, moving);
  assert.ok(await node.evaluate((one) => one.isConnected), 'a row about which nothing was said stays');
  assert.ok(await counter.evaluate((one) => one === document.activeElement), 'the counter keeps the focus');
  goesOn = false;
  await talk;
  assert.deepEqual(errors, []);
  await context.close();
});

test('counts and alerts are told by the clock of the place, wherever the reader is', async () => {
  const ask = caller(server.base);
  // Not this second: there is one count of a moment, and a test before this one has just counted.
  const at = new Date(Date.now() - 3 * 60_000);
  await ask('POST', `/api/places/${world.places[0].id}/counts`, { kind: 'present', people: 3, at: at.toISOString() });
  const seen = [];
  for (const zone of ['Pacific/Auckland', 'America/New_York']) {
    const context = await profile(browser, server.base, { zone });
    const { page } = await open(context, `${server.base}/calibrate/${world.places[0].id}`);
    seen.push(await page.locator('[data-test="counts"]').innerText());
    await page.goto(`${server.base}/notifications`);
    await ready(page, 'notifications');
    const times = (await page.locator('[data-alert]').allInnerTexts()).join().match(/\d\d:\d\d/g) ?? [];
    const [alert] = await ask('GET', '/api/alerts?open=true');
    if (alert) {
      assert.ok(times.length > 0);
    }
    seen[seen.length - 1] += times.join(' ');
    await context.close();
  }
  assert.equal(seen[0], seen[1]);
  const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', timeZone: afternoon }).format(at);
  assert.ok(seen[0].includes(`${clock}:`), `${clock}: ${seen[0]}`);
});

test('an address with a day or a comparison that there is not shows today against the usual', async () => {
  const context = await profile(browser, server.base);
  for (const query of ['from=2026-02-31&to=2026-02-31', 'from=2026-13-01', 'vs=nonsense']) {
    const { page, errors } = await open(context, `${server.base}/?place=${world.places[0].id}&${query}`);
    assert.equal(await page.getByLabel('Period', { exact: true }).inputValue(), 'today', query);
    assert.equal(await page.getByLabel('Compared with').inputValue(), 'usual', query);
    assert.deepEqual(errors, [], query);
    await page.close();
  }
  await context.close();
});

test('what is said while the list is on its way is not lost under an older answer', async () => {
  const ask = caller(server.base);
  const { token } = await ask('POST', '/api/device/register', { device_id: 'JBNB0777' });
  const context = await profile(browser, server.base);
  const { page, errors } = await open(context, `${server.base}/account`);
  await page.waitForFunction(() => document.body.dataset.live === 'on');
  let release = () => {};
  const held = new Promise((resolve) => (release = resolve));
  let isAsked = () => {};
  const asked = new Promise((resolve) => (isAsked = resolve));
  await page.route('**/api/devices?*', async (route) => {
    const answer = await route.fetch();
    isAsked();
    await held;
    await route.fulfill({ response: answer });
  });
  const heard = page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 4000)));
  await page.locator('#top-nav [data-nav="boxes"]').click();
  await asked;
  await caller(server.base, token)('POST', '/api/heartbeat', { d: 'JBNB0777', v: '6.1.0', uptime: 60, cell_rssi: -93, hw: 'atoms3-nb1' });
  await heard;
  release();
  await page.locator('.list-row', { hasText: 'JBNB0777' }).locator('[data-state="online"]').waitFor();
  assert.deepEqual(errors, []);
  await context.close();
});

test('a place that there is not is not said to be shown', async () => {
  const context = await profile(browser, server.base);
  const { page, errors } = await open(context, `${server.base}/?place=999999`);
  assert.equal(new URL(page.url()).searchParams.get('place'), await page.getByLabel('Place', { exact: true }).inputValue());
  assert.deepEqual(errors, []);
  await context.close();
});
