// My Store Insights and counting by hand, in Debian's Chromium, against the real server: every number on the screen equals the API's; a
// count is three taps; a reading moves the page without a reload; two people with different places see different things.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { caller, faults, open, phone, profile, ready, settled } from './portal.mjs';
import { startBrowser, startServer } from './server.mjs';
import { dayOf, evil, fillServer } from './world.mjs';

let server, browser, world, ask, place, yesterday;

before(async () => {
  server = await startServer('--RateLimits:ReadingsPerMinute=1000000', '--RateLimits:AdminPerMinute=1000000');
  browser = await startBrowser();
  world = await fillServer(server.base, { days: 16 });
  ask = caller(server.base);
  [place] = world.places;
  yesterday = dayOf(1);
});

after(async () => {
  await browser?.close();
  server?.stop();
});

const rawOf = (page, name) =>
  page
    .locator(`[data-test="${name}"]`)
    .first()
    .evaluate((node) => ({
      value: Number(node.value),
      low: Number(node.dataset.low),
      high: Number(node.dataset.high),
      text: node.textContent,
    }));

async function same(page, name, value) {
  assert.equal((await rawOf(page, name)).value, value, name);
}

test('every number of a day is the one of the API', async () => {
  const context = await profile(browser, server.base, { who: world.people.owner });
  const { page, errors } = await open(context, `${server.base}/?place=${place.id}&from=${yesterday}&to=${yesterday}`);
  const figures = await ask('GET', `/api/places/${place.id}/figures?day=${yesterday}&by=hour&vs=usual`);
  const shown = figures.visitors ?? figures.people;
  const headline = await rawOf(page, figures.visitors ? 'visitors' : 'people');
  assert.deepEqual([headline.low, headline.value, headline.high], [shown.low, shown.value, shown.high]);
  const [low, high] = headline.text.split('–').map((part) => Number(part.replaceAll(',', '')));
  assert.ok(low <= shown.low && high >= shown.high, `${headline.text} holds ${shown.low} to ${shown.high}`);
  await same(page, 'busiest', figures.busiest_hour.people.value);
  await same(page, 'turn-in', figures.zones.turn_in.value);
  await same(page, 'apple', figures.phones.apple.value);
  for (const zone of ['counter', 'store', 'window', 'past']) {
    await same(page, `zone-${zone}`, figures.zones[zone]);
  }
  for (const stay of ['glance', 'browsing', 'shopping', 'loyal']) {
    await same(page, `stay-${stay}`, figures.stays[stay]);
  }
  // The table behind the chart has a row for each open hour.
  await page.getByRole('button', { name: 'Table' }).click();
  const open_ = figures.rows.filter((row) => row.open_s > 0 || row.people !== null || row.then !== null);
  assert.equal(await page.locator('.chart-table tbody tr').count(), open_.length);
  const heat = await ask('GET', `/api/places/${place.id}/heat?until=${yesterday}&weeks=8`);
  await page.locator('[data-test^="heat-"]').first().waitFor({ state: 'attached' });
  const cells = await page
    .locator('[data-test^="heat-"]')
    .evaluateAll((nodes) => Object.fromEntries(nodes.map((node) => [node.dataset.test, Number(node.value)])));
  assert.deepEqual(
    cells,
    Object.fromEntries(heat.cells.filter((cell) => cell.people).map((cell) => [`heat-${cell.weekday}-${cell.hour}`, cell.people.value])),
  );
  assert.deepEqual(errors, []);
  await context.close();
});

test('what readings said is what is shown: the zones add up to the device-minutes that boxes counted', async () => {
  const figures = await ask('GET', `/api/places/${place.id}/figures?day=${yesterday}&by=hour&vs=off`);
  const summary = await ask('GET', `/api/hourly?place=${place.id}&day=${yesterday}`);
  const counted = summary.hourly
    .filter((hour) => figures.rows.some((row) => row.start === hour.start && row.open_s > 0))
    .reduce((sum, hour) => sum + hour.unique_count, 0);
  const { counter, store, window: far, past } = figures.zones;
  assert.equal(counter + store + far + past, counted);
});

test('the chart speaks its points to who uses keys', async () => {
  const context = await profile(browser, server.base, { who: world.people.owner });
  const { page } = await open(context, `${server.base}/?place=${place.id}&from=${yesterday}&to=${yesterday}`);
  await page.locator('.chart-plot').focus();
  await page.keyboard.press('ArrowRight');
  await page.waitForFunction(() => /–/.test(document.getElementById('say').textContent));
  await page.keyboard.press('ArrowRight');
  await page.waitForFunction(() => document.querySelector('.chart-readout').textContent === document.getElementById('say').textContent);
  await context.close();
});

test('three taps on a phone count people, and undo takes it back', async () => {
  const context = await profile(browser, server.base, { who: world.people.owner, size: phone });
  const { page, errors } = await open(context, `${server.base}/?place=${place.id}`);
  const before_ = await ask('GET', `/api/places/${place.id}/counts`);
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Count' }).click();
  await page.getByRole('button', { name: '7', exact: true }).click();
  await page.getByRole('button', { name: 'Save 7 people' }).click();
  await page
    .getByText(/^Saved, /)
    .first()
    .waitFor();
  const after_ = await ask('GET', `/api/places/${place.id}/counts`);
  assert.equal(after_.length, before_.length + 1);
  assert.deepEqual([after_[0].kind, after_[0].people, after_[0].by], ['present', 7, world.people.owner.email]);
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.locator('.notice').waitFor({ state: 'detached' });
  assert.equal((await ask('GET', `/api/places/${place.id}/counts`)).length, before_.length);
  assert.deepEqual(errors, []);
  await context.close();
});

test('a count at the door survives a reload', async () => {
  const context = await profile(browser, server.base, { who: world.people.owner, size: phone });
  const { page } = await open(context, `${server.base}/calibrate/${place.id}`);
  await page.getByRole('button', { name: 'Count at the door, 15 min' }).click();
  for (let i = 0; i < 3; i += 1) {
    await page.getByRole('button', { name: 'One more' }).click();
  }
  await page.getByRole('button', { name: 'One less' }).click();
  assert.deepEqual(await faults(page), []);
  await page.reload();
  await ready(page, 'calibrate');
  assert.equal(await page.locator('.door-number').textContent(), '2');
  await page.getByRole('button', { name: /^Save 2 in / }).click();
  await page
    .getByText(/^Saved, /)
    .first()
    .waitFor();
  const [newest] = await ask('GET', `/api/places/${place.id}/counts`);
  assert.deepEqual([newest.kind, newest.people, newest.minutes], ['door', 2, 1]);
  await page.reload();
  await ready(page, 'calibrate');
  await page.getByRole('heading', { name: 'How many people are here now?' }).waitFor();
  await context.close();
});

test('a reading that comes in moves the page without a reload', async () => {
  const context = await profile(browser, server.base, { who: world.people.viewer });
  const { page } = await open(context, `${server.base}/?place=${place.id}`);
  await page.waitForFunction(() => document.body.dataset.live === 'on');
  await page.evaluate(() => {
    window.isSame = true;
  });
  const asked = page.waitForResponse((response) => response.url().includes('/figures'));
  const box = caller(server.base, world.boxes[0].token);
  await box('POST', '/api/reading', {
    d: world.boxes[0].id,
    t: `${new Date().toISOString().slice(0, 19)}Z`,
    i: 90,
    u: 30,
    rssi_near: 30,
    ls: 300,
    iv: 300,
    ts: 1,
    b: 2,
    n: 1,
  });
  const figures = await (await asked).json();
  await page.waitForFunction(
    (value) => [...document.querySelectorAll('[data-test="zone-store"]')].some((node) => Number(node.value) === value),
    figures.zones.store,
  );
  assert.equal(await page.evaluate(() => window.isSame), true);
  await context.close();
});

test('two people with different places at once: each sees their own, and no button that is not theirs', async () => {
  const [viewer, admin] = await Promise.all(['viewer', 'admin'].map((role) => profile(browser, server.base, { who: world.people[role] })));
  const [{ page: small }, { page: large }] = await Promise.all([
    open(viewer, server.base),
    open(admin, `${server.base}/?place=${world.places[1].id}`),
  ]);
  assert.deepEqual(await small.getByLabel('Place', { exact: true }).locator('option').allTextContents(), [place.name]);
  assert.equal(await large.getByLabel('Place', { exact: true }).locator('option').count(), 2);
  assert.ok((await large.getByLabel('Place', { exact: true }).locator('option').allTextContents()).some((text) => text.includes(evil)));
  assert.equal(await small.getByRole('link', { name: 'Count' }).count(), 0);
  await large.getByRole('link', { name: 'Count', exact: true }).waitFor();
  // Without counts there is no number of people, but a word, and a way to get a number.
  await large.getByRole('link', { name: 'Count now' }).waitFor();
  assert.equal(await large.evaluate(() => window.pwned), undefined);
  await Promise.all([viewer.close(), admin.close()]);
});

test('days, arrows and comparison are in the address, and back goes back', async () => {
  const context = await profile(browser, server.base, { who: world.people.owner });
  const { page } = await open(context, `${server.base}/?place=${place.id}`);
  await page.getByRole('button', { name: 'Earlier' }).click();
  await page.waitForURL(`**/?*from=${yesterday}*`);
  await page.getByRole('heading', { name: 'Visitors yesterday' }).waitFor();
  await page.getByLabel('Compared with').selectOption('week');
  await page.waitForURL('**vs=week*');
  await page
    .getByText(/same day last week/)
    .first()
    .waitFor();
  await page.goBack();
  await page.goBack();
  await page.getByRole('heading', { name: /today/i }).waitFor();
  await page.keyboard.press('w');
  await page
    .getByRole('heading', { name: 'day by day' })
    .or(page.getByRole('heading', { name: 'Day by day' }))
    .waitFor();
  await context.close();
});

test('nothing jumps while it loads; times are printed', async () => {
  const context = await profile(browser, server.base, { who: world.people.owner });
  const page = await context.newPage();
  await page.addInitScript(() => {
    globalThis.shifts = [];
    new PerformanceObserver((list) => globalThis.shifts.push(...list.getEntries().map((entry) => entry.value))).observe({
      type: 'layout-shift',
      buffered: true,
    });
  });
  await page.goto(`${server.base}/?place=${place.id}&from=${yesterday}&to=${yesterday}`);
  await ready(page, 'insights');
  await settled(page);
  // What moves is told with the next picture.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  const { shift, paint } = await page.evaluate(() => ({
    shift: globalThis.shifts.reduce((sum, value) => sum + value, 0),
    paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
  }));
  console.log(`# first contentful paint ${Math.round(paint)} ms, layout shift ${shift.toFixed(4)}`);
  assert.ok(shift < 0.05, `layout shift ${shift}`);
  await context.close();
});
