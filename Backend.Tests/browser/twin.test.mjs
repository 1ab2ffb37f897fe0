// From the radio to the screen: a virtual box, which is the firmware's own source, hears a virtual crowd, and its backend serves the portal.
// What the pages show is what the API says is what the box counted; what is set and sent in the page is done by the box. An hour of the box
// takes six seconds. Needs the twin as well: dotnet build tools/DeviceTwin
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { caller, open, profile } from './portal.mjs';
import { startBrowser } from './server.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const box = 'JBNB0001';
const hours = 8;

/** The Monday on which every run of the twin takes place. */
const day = '2026-03-02';
const folder = mkdtempSync(path.join(tmpdir(), 'jambox-twin-test-'));
const summary = path.join(folder, 'summary.json');
let twin, browser, context, base, ask, place;
let output = '';

before(async () => {
  const dll = path.join(root, 'tools/DeviceTwin/bin/Debug/net10.0/DeviceTwin.dll');
  const args = ['--seed', '5', '--hours', hours, '--speed', 600, '--serve', '--keep', folder, '--summary', summary];
  twin = spawn('dotnet', [dll, ...args.map(String)]);
  const link = await new Promise((resolve, reject) => {
    const listen = (data) => {
      output += data;
      const found = output.match(/(http:\/\/localhost:\d+)\/#key=([0-9a-f]+)/);
      if (found) {
        resolve(found);
      }
    };
    twin.stdout.on('data', listen);
    twin.stderr.on('data', listen);
    twin.on('exit', (code) => reject(new Error(`the twin ended with ${code}: ${output}`)));
  });
  base = link[1];
  ask = caller(base, link[2]);
  browser = await startBrowser();
  context = await profile(browser, base, { who: null, zone: 'UTC' });
  await context.addInitScript((key) => sessionStorage.setItem('jambox-admin-key', key), link[2]);
  // The clock of whoever looks is that of the place.
  await context.clock.install({ time: `${day}T12:00:00Z` });
  await until(() => ask('GET', '/api/places').then((places) => places.length > 0));
  [place] = await ask('GET', '/api/places');
});

after(async () => {
  await browser?.close();
  twin?.kill();
  rmSync(folder, { recursive: true, force: true });
});

/** Waits, with a deadline. */
async function until(isTrue, seconds = 120) {
  for (const end = Date.now() + seconds * 1000; !(await isTrue());) {
    assert.ok(Date.now() < end, `not within ${seconds} s: ${isTrue}\n${output.slice(-2000)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const shown = (page, name) =>
  page
    .locator(`[data-test="${name}"]`)
    .first()
    .evaluate((node) => Number(node.value));

test('a reading of the box moves the page, without a reload', async () => {
  await until(() => ask('GET', `/api/readings?device_id=${box}&limit=1`).then((rows) => rows.length > 0));
  const { page, errors } = await open(context, `${base}/locations/${box}/now`);
  await page.evaluate(() => {
    window.isSame = true;
  });
  const first = await page.locator('main .table-wrap:not(.chart-table) tbody tr').first().textContent();
  await page.waitForFunction(
    (before_) => document.querySelector('main .table-wrap:not(.chart-table) tbody tr').textContent !== before_,
    first,
  );
  assert.equal(await page.evaluate(() => window.isSame), true);
  assert.deepEqual(errors, []);
  await page.close();
});

test('a setting made in the page reaches the box, and comes back as in force', async () => {
  const { page, errors } = await open(context, `${base}/locations/${box}/settings`);
  await page.getByText(/In force: version 1/).waitFor();
  const near = page.getByLabel('In store above, dBm');
  const wanted = Number(await near.inputValue()) - 2;
  await near.fill(String(wanted));
  await page.getByRole('button', { name: 'Save settings' }).click();
  // Said by the page itself when the box has said so: nobody reloads.
  await page.getByText(/In force: version 2/).waitFor();
  const config = await ask('GET', `/api/device/${box}/config`);
  assert.equal(config.wanted.rssi_near_threshold, wanted);
  assert.equal((await ask('GET', `/api/device/${box}`)).device.cv, 2, 'the box says that it runs with it');
  assert.deepEqual(errors, []);
  await page.close();
});

test('a command made in the page is fetched by the box, and done', async () => {
  const { page, errors } = await open(context, `${base}/locations/${box}/commands`);
  await page.getByRole('button', { name: 'Send a reading', exact: true }).click();
  await page
    .getByText(/Done \d/)
    .first()
    .waitFor();
  const [command] = await ask('GET', `/api/device/${box}/commands`);
  assert.deepEqual([command.command, command.state, command.result], ['send_now', 'done', 'ok']);
  assert.deepEqual(errors, []);
  await page.close();
});

test('after the day every number on the screen is the API’s, and what the box counted', async () => {
  await until(() => existsSync(summary) && output.includes('Look at it'), 300);
  const { counted, problems } = JSON.parse(readFileSync(summary, 'utf8'));
  assert.deepEqual(problems, []);
  assert.ok(counted.u > 500 && counted.rssi_near > 50, 'there was a crowd');

  // All hours of the box lie in that day, and nobody said when the place is open: it always is.
  const figures = await ask('GET', `/api/places/${place.id}/figures?day=${day}`);
  const { page, errors } = await open(context, `${base}/?place=${place.id}&from=${day}&to=${day}`);
  const zones = { counter: 'rssi_immediate', store: 'rssi_near', window: 'rssi_far', past: 'rssi_remote' };
  for (const [zone, field] of Object.entries(zones)) {
    assert.equal(figures.zones[zone], counted[field], `${zone}: the API and the box`);
    assert.equal(await shown(page, `zone-${zone}`), counted[field], `${zone}: the page and the box`);
  }
  const stays = { glance: 'dwell_0_1', browsing: 'dwell_1_5', shopping: 'dwell_5_10', loyal: 'dwell_10plus' };
  for (const [stay, field] of Object.entries(stays)) {
    assert.equal(figures.stays[stay], counted[field], `${stay}: the API and the box`);
    assert.equal(await shown(page, `stay-${stay}`), counted[field], `${stay}: the page and the box`);
  }
  assert.equal(figures.zones.counter + figures.zones.store + figures.zones.window + figures.zones.past, counted.u);
  await page.goto(`${base}/locations/${box}/now`);
  await page.locator('[data-test="unique"]').first().waitFor();
  const readings = await ask('GET', `/api/readings?device_id=${box}&limit=1000`);
  for (const [name, field] of Object.entries({ impressions: 'impressions', unique: 'unique_count', ble: 'ble_unique' })) {
    assert.equal(await shown(page, name), readings[0][field], name);
  }
  const sum = (field) => readings.reduce((all, row) => all + row[field], 0);
  assert.deepEqual([sum('impressions'), sum('unique_count'), sum('ble_unique')], [counted.i, counted.u, counted.ble_u]);
  assert.deepEqual(errors, []);
  await page.close();
});
