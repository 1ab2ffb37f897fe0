// The page at /, in Debian's Chromium, against the real server with a real database.
// Run: npm ci && node --test   (the server must have been built: dotnet build Backend.Minimal)
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { key, startBrowser, startServer } from './server.mjs';

const evil = '<img src=x onerror="pwned=1"><script>pwned=1</script>';
let server, browser, base;

before(async () => {
  server = await startServer();
  base = server.base;
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  server?.stop();
});

async function post(url, token, body) {
  const answer = await fetch(base + url, { method: 'POST', headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  assert.ok(answer.ok, `${url}: ${answer.status} ${await answer.clone().text()}`);
  return answer.json();
}

async function open(url) {
  const page = await browser.newPage();
  const errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  await page.goto(base + url);
  return { page, errors };
}

test('without a key the page asks for it, refuses a wrong one and takes the right one', async () => {
  const { page } = await open('/');
  await page.fill('#key', 'wrong');
  await page.click('text=Show readings');
  await page.waitForSelector('#refused:not([hidden])');
  await page.fill('#key', key);
  await page.click('text=Show readings');
  await page.waitForSelector('#data:not([hidden])');
  await page.close();
});

test('the key in the link works and leaves the address bar', async () => {
  const { page, errors } = await open(`/#key=${key}`);
  await page.waitForSelector('#data:not([hidden])');
  assert.equal(new URL(page.url()).hash, '');
  assert.deepEqual(errors, []);
  await page.close();
});

test('a stored reading is on the screen, and a name full of HTML is only text', async () => {
  const { token } = await post('/api/device/register', key, { device_id: 'JBNB0001', location_name: evil });
  await post('/api/reading', token, { d: 'JBNB0001', t: '2026-01-29T10:04:59Z', i: 4321, u: 87, rssi_near: 86, ts: 1, b: 1, n: 1 });
  const { page, errors } = await open(`/#key=${key}`);
  await page.waitForSelector('#readings tr');
  const cells = await page.$$eval('#readings tr:first-child td', (tds) => tds.map((td) => td.textContent));
  assert.equal(cells[0], '2026-01-29 10:04:59');
  assert.equal(cells[1], 'JBNB0001');
  assert.equal(cells[2], '4321');
  assert.equal(cells[3], '87');
  assert.equal(await page.textContent('#devices tr:first-child td:nth-child(2)'), evil);
  assert.equal(await page.evaluate(() => window.pwned), undefined);
  assert.deepEqual(errors, []);
  await page.close();
});

test('the page has no accessibility fault that axe knows of', async () => {
  const { page } = await open(`/#key=${key}`);
  await page.waitForSelector('#data:not([hidden])');
  // Evaluated by the debugger, not as a script element: the page's own content security policy stays as it is.
  await page.evaluate(readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  assert.deepEqual(violations.map((v) => `${v.id}: ${v.help}`), []);
  await page.close();
});
