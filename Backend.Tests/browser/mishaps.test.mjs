// What goes wrong outside: addresses that are none, answers that are lost or late, dialogs that are closed meanwhile, clocks that are wrong.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { caller, open, phone, profile, ready } from './portal.mjs';
import { startBrowser, startServer } from './server.mjs';

let server, browser, ask, place;
const boxes = ['JBNB0001', 'JBNB0002'];

before(async () => {
  server = await startServer('--RateLimits:AdminPerMinute=1000000', '--RateLimits:FailedPerMinute=1000000');
  browser = await startBrowser();
  ask = caller(server.base);
  place = await ask('POST', '/api/places', { name: 'Bakery', timezone: 'Europe/Berlin' });
  for (const id of boxes) {
    await ask('POST', '/api/device/register', { device_id: id });
    await ask('POST', `/api/places/${place.id}/devices`, { device_id: id });
    await ask('PUT', `/api/device/${id}/pin`, { pin: '4711' });
  }
});

after(async () => {
  await browser?.close();
  server?.stop();
});

test('an address that is no text is no page, and says so', async () => {
  const context = await profile(browser, server.base);
  for (const url of ['/locations/%', '/locations/JBNB0001/%E0%A4%A', '/activate/%', '/places/%ff']) {
    const { page, errors } = await open(context, server.base + url);
    await page.getByRole('heading', { level: 1 }).waitFor();
    assert.equal(await page.locator('main a[href="/"], main a[href="/locations"]').count(), 1, url);
    assert.deepEqual(errors, [], url);
    await page.close();
  }
  await context.close();
});

test('a pass outlives a server that is down and a page that is left: the PIN is not typed again', async () => {
  const context = await profile(browser, server.base, { who: null, size: phone });
  const { page } = await open(context, `${server.base}/activate/${boxes[0]}`);
  await page.getByLabel('Digit 1 of 4').focus();
  await page.keyboard.type('4711');
  await page.getByText('✓').first().waitFor();
  await page.route('**/look', (route) => route.fulfill({ status: 503, body: '' }));
  await page.reload();
  await page.getByLabel('Digit 1 of 4').waitFor();
  await page.unroute('**/look');
  await page.reload();
  await page.getByText('✓').first().waitFor();
  // A pass that the server does not take is of no use any more.
  await ask('PUT', `/api/device/${boxes[0]}/pin`, { pin: '4712' });
  await page.reload();
  await page.getByLabel('Digit 1 of 4').waitFor();
  assert.equal(await page.evaluate((id) => sessionStorage.getItem(`jambox-pass-${id}`), boxes[0]), null);
  await context.close();
});

test('a dialog that is closed while the server works on it: what became of it is told all the same', async () => {
  const context = await profile(browser, server.base);
  const { page } = await open(context, `${server.base}/locations/${boxes[0]}/commands`);
  for (const status of [200, 503]) {
    let answer = () => {};
    const asked = new Promise((resolve) => {
      page.route('**/command', async (route) => {
        await new Promise((go) => {
          answer = go;
          resolve();
        });
        await (status === 200 ? route.continue() : route.fulfill({ status, body: '' }));
      });
    });
    await page.locator('[data-key="ota_check"]').click();
    await page.locator('dialog .button.primary').click();
    await asked;
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
    answer();
    await page.locator(status === 200 ? '#notices .notice:not(.bad)' : '#notices .notice.bad').waitFor();
    await page.unroute('**/command');
  }
  assert.equal((await ask('GET', `/api/device/${boxes[0]}/commands`)).length, 1);
  await context.close();
});

test('a dialog goes with the page that is left: what it asks is about that', async () => {
  const context = await profile(browser, server.base);
  const { page } = await open(context, `${server.base}/people`);
  await page.evaluate(() => {
    const link = document.createElement('a');
    link.href = '/locations/JBNB0001/commands';
    document.body.append(link);
    link.click();
  });
  await page.locator('[data-key="ota_check"]').click();
  await page.locator('dialog').waitFor();
  await page.goBack();
  await page.getByRole('heading', { level: 1, name: 'People' }).waitFor();
  assert.equal(await page.locator('dialog').count(), 0);
  await context.close();
});

test('what is done at most once in a while is done also when its events never pause', async (t) => {
  const source = readFileSync(new URL('../../Backend.Minimal/Portal/core/dom.js', import.meta.url), 'utf8');
  const { throttle } = await import(`data:text/javascript,${encodeURIComponent(source)}`);
  t.mock.timers.enable({ apis: ['setTimeout'] });
  globalThis.window = globalThis;
  const done = [];
  const event = throttle((n) => done.push(n), 300);
  for (let n = 1; n <= 12; n += 1) {
    event(n);
    t.mock.timers.tick(100);
  }
  assert.deepEqual(done, [3, 6, 9, 12]);
  delete globalThis.window;
});

test('a box’s page does not ask at each word of a box that catches up; the list counts it meanwhile', async () => {
  const { token } = await ask('POST', `/api/device/${boxes[0]}/regenerate-token`);
  const say = caller(server.base, token);
  const context = await profile(browser, server.base);
  const list = await open(context, `${server.base}/locations`);
  const box = await open(context, `${server.base}/locations/${boxes[0]}/now`);
  let [said, asked, isOver] = [0, 0, false];
  const begun = Date.now();
  box.page.on('request', (request) => request.url().includes(`/api/device/${boxes[0]}`) && (asked += 1));
  const stream = (async () => {
    while (!isOver) {
      said += 1;
      const t = `${new Date().toISOString().slice(0, 19)}Z`;
      await say('POST', '/api/reading', { d: boxes[0], t, i: 9, u: 3, rssi_near: 3, ls: 300, iv: 300, ts: 1, b: 1, n: said });
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  try {
    // While it goes on, not when it pauses.
    await list.page.locator('[data-test="online"][value="1"]').waitFor();
    await new Promise((resolve) => setTimeout(resolve, 2000));
  } finally {
    isOver = true;
    await stream;
  }
  // Five questions, twice a second.
  assert.ok(asked <= 5 * ((Date.now() - begun) / 500 + 2), `${asked} questions about ${said} readings`);
  await context.close();
});

test('names without a blank, as long as they may be, make no page wider than the phone', async () => {
  const wide = 'W'.repeat(64);
  const shop = await ask('POST', '/api/places', { name: wide, timezone: 'Europe/Berlin' });
  await ask('POST', `/api/places/${shop.id}/devices`, { device_id: boxes[1] });
  await ask('PUT', `/api/device/${boxes[1]}/tags`, { tags: Array.from({ length: 20 }, (_, n) => `${'W'.repeat(38)}${10 + n}`) });
  const email = `${'a'.repeat(60)}@${'b'.repeat(60)}.example.org`;
  await ask('POST', '/api/users', { email, role: 'viewer', name: wide, places: [shop.id] });
  const context = await profile(browser, server.base, { size: phone });
  const urls = ['/', '/start', '/people', '/audit', '/compare', '/reports', '/locations', '/notifications'];
  urls.push(...['now', 'health', 'settings', 'commands', 'history'].map((tab) => `/locations/${boxes[1]}/${tab}`));
  urls.push(...['places', 'calibrate'].map((name) => `/${name}/${shop.id}`), `/?place=${shop.id}`);
  for (const url of urls) {
    const { page } = await open(context, server.base + url);
    await page.waitForFunction(() => !document.querySelector('[aria-busy="true"]'));
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= phone.width, url);
    await page.close();
  }
  await context.close();
});

test('an answer that is lost: saving again is no second count', async () => {
  const context = await profile(browser, server.base, { size: phone });
  const { page } = await open(context, `${server.base}/calibrate/${place.id}`);
  await page.getByRole('button', { name: '7', exact: true }).click();
  let isLost = true;
  await page.route('**/counts', async (route) => {
    if (route.request().method() === 'POST' && isLost) {
      isLost = false;
      await route.fetch();
      await route.abort();
    } else {
      await route.continue();
    }
  });
  const save = page.locator('.wide-button');
  await save.click();
  await page.locator('#notices .notice.bad').waitFor();
  await save.click();
  await page.locator('#notices .notice:not(.bad)').waitFor();
  const counts = await ask('GET', `/api/places/${place.id}/counts`);
  assert.deepEqual(
    counts.map((one) => one.people),
    [7],
  );
  await context.close();
});

test('a clock that is a day ahead: days, spans and counts are by the server’s', async () => {
  const asked = [];
  for (const aheadMs of [0, 86_400_000]) {
    const context = await profile(browser, server.base, { size: phone });
    await context.addInitScript((ms) => {
      const Real = Date;
      globalThis.Date = class extends Real {
        constructor(...parts) {
          super(...(parts.length > 0 ? parts : [Real.now() + ms]));
        }

        static now() {
          return Real.now() + ms;
        }
      };
    }, aheadMs);
    const page = await context.newPage();
    const figures = page.waitForRequest((request) => request.url().includes('/figures?'));
    await page.goto(`${server.base}/?place=${place.id}`);
    asked.push((await figures).url());
    await page.goto(`${server.base}/calibrate/${place.id}`);
    await ready(page);
    await page.getByRole('button', { name: '9', exact: true }).click();
    const sent = page.waitForRequest((request) => request.url().endsWith('/counts') && request.method() === 'POST');
    await page.locator('.wide-button').click();
    const at = Date.parse((await sent).postDataJSON().at);
    assert.ok(Math.abs(at - Date.now()) < 60_000, new Date(at).toISOString());
    await context.close();
  }
  assert.equal(asked[0], asked[1]);
});
