// The virtual box: from an empty server to figures in two steps, marked wherever it is shown, and gone without a trace.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { caller, desktop, faults, open, phone, profile, ready } from './portal.mjs';
import { startBrowser, startServer } from './server.mjs';
import { password } from './world.mjs';

let server, browser, ask;
const admin = { email: 'admin@example.org', password };

before(async () => {
  server = await startServer('--RateLimits:AdminPerMinute=1000000');
  browser = await startBrowser();
  ask = caller(server.base);
  await ask('POST', '/api/users', { ...admin, role: 'admin' });
});

after(async () => {
  await browser?.close();
  server?.stop();
});

test('the first run offers it, and every page that shows it says so, with a way to be rid of it', async () => {
  const context = await profile(browser, server.base, { who: admin, size: desktop });
  const { page, errors } = await open(context, `${server.base}/start`);
  await page.getByText('Nothing at hand?').waitFor();
  assert.deepEqual(await faults(page), []);
  await page.getByRole('button', { name: 'Try a virtual box' }).click();
  await page.waitForURL('**/?place=*');
  await page.locator('[data-test="demo"]').waitFor();
  const [place] = await ask('GET', '/api/places');
  assert.deepEqual([place.demo, place.timezone], [true, 'Europe/Berlin']);

  // Yesterday's, or Saturday's if that was a Sunday, is a number with a range, as the API says.
  const day = new Date(Date.now() - 86_400_000);
  if (day.getUTCDay() === 0) {
    day.setUTCDate(day.getUTCDate() - 1);
  }
  const date = day.toISOString().slice(0, 10);
  const figures = await ask('GET', `/api/places/${place.id}/figures?day=${date}&by=hour`);
  assert.equal(figures.certainty.state, 'calibrated');
  const shown = await open(context, `${server.base}/?place=${place.id}&from=${date}&to=${date}`);
  assert.equal(Number(await shown.page.locator('[data-test="visitors"]').getAttribute('value')), figures.visitors.value);
  await shown.page.close();

  for (const url of [
    `/?place=${place.id}`,
    '/compare',
    `/places/${place.id}`,
    `/calibrate/${place.id}`,
    '/reports',
    '/locations',
    '/locations/DEMO0001/now',
    '/locations/DEMO0001/health',
  ]) {
    const one = await open(context, server.base + url);
    const note = one.page.locator('[data-test="demo"]').first();
    await note.getByText('Virtual box, invented people.').waitFor();
    await note.getByRole('button', { name: 'Remove the virtual box' }).waitFor();
    assert.deepEqual(await faults(one.page), [], url);
    assert.deepEqual(one.errors, [], url);
    await one.page.close();
  }
  assert.deepEqual(errors, []);
  await context.close();
});

test('who may not remove it sees what it is, and no button', async () => {
  const [place] = await ask('GET', '/api/places');
  const viewer = { email: 'viewer@example.org', password };
  await ask('POST', '/api/users', { ...viewer, role: 'viewer', places: [place.id] });
  const context = await profile(browser, server.base, { who: viewer, size: phone });
  const { page } = await open(context, server.base);
  await page.locator('[data-test="demo"]').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Remove the virtual box' }).count(), 0);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth), false);
  await context.close();
});

test('its things are there to be seen, can be asked, and stand in no counter; nor does the box', async () => {
  const context = await profile(browser, server.base, { who: admin });
  const { page, errors } = await open(context, `${server.base}/things`);
  await page.getByText('Virtual box, invented people.').waitFor();
  assert.deepEqual(await page.locator('.counters data').evaluateAll((all) => all.map((one) => one.value)), ['0', '0', '0', '0']);
  assert.equal(await page.locator('.list-row').count(), 4);
  await page.getByRole('link', { name: 'Air at the counter' }).click();
  await ready(page, 'thing');
  await page.locator('[data-test="value-co2"]').waitFor();
  await page.getByText('Virtual box, invented people.').waitFor();
  await page.locator('[data-part="history"] canvas').waitFor();
  await page.goto(`${server.base}/things/DEMO-clock`);
  await ready(page, 'thing');
  await page.locator('canvas.display-row').waitFor();
  await page.getByRole('switch', { name: 'Switch v0' }).click();
  await page.getByText('on · asked for off').waitFor();

  await page.goto(`${server.base}/locations`);
  await ready(page, 'locations');
  assert.deepEqual(new Set(await page.locator('.counters data').evaluateAll((all) => all.map((one) => one.value))), new Set(['0']));
  assert.deepEqual(errors, []);
  await context.close();
});

test('a first real place is asked for although it is there; removed, the server is as empty as before', async () => {
  const context = await profile(browser, server.base, { who: admin, size: phone });
  const { page } = await open(context, `${server.base}/start`);
  await page.getByRole('heading', { name: 'Your first place' }).waitFor();
  await page.goto(`${server.base}/`);
  await ready(page, 'insights');
  await page.getByRole('button', { name: 'Remove the virtual box' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Its place, readings, counts and the things beside it go with it.').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Cancel');
  await dialog.getByRole('button', { name: 'Remove the virtual box' }).click();
  await page.waitForURL('**/locations');
  await page.getByText('No boxes yet.').waitFor();
  await page.getByRole('button', { name: 'Try a virtual box' }).waitFor();
  assert.deepEqual([await ask('GET', '/api/places'), await ask('GET', '/api/devices'), await ask('GET', '/api/things')], [[], [], []]);
  await context.close();
});
