// The API's own page at /docs, in Debian's Chromium: it shows the API, carries out a request, and asks nobody but its own server.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startBrowser, startServer } from './server.mjs';

let server, browser, page;
const asked = [];
const blocked = [];

before(async () => {
  server = await startServer();
  browser = await startBrowser();
  const context = await browser.newContext();
  page = await context.newPage();
  page.on('request', (request) => asked.push(request.url()));
  page.on('websocket', (socket) => asked.push(socket.url()));
  // What the content security policy stops was wanted all the same.
  page.on('console', (message) => message.type() === 'error' && blocked.push(message.text()));
  page.on('pageerror', (error) => blocked.push(String(error)));
  await page.goto(`${server.base}/docs#tag/operation/GET/health`);
  await page.getByRole('button', { name: /Test Request.*\/health/ }).waitFor();
});

after(async () => {
  await browser?.close();
  server?.stop();
});

test('the page shows the operations of the running server', async () => {
  const text = await page.textContent('body');
  assert.match(text, /JamBox NB backend/);
  assert.match(text, /Readings/);
});

test('a request from the page reaches the server, directly', async () => {
  const answered = page.waitForResponse((response) => new URL(response.url()).pathname === '/health');
  await page.getByRole('button', { name: /Test Request.*\/health/ }).click();
  await page.getByRole('button', { name: /^Send Request/ }).click();
  assert.equal((await (await answered).json()).status, 'ok');
});

test('everything came from this server, and nothing else was wanted', () => {
  const elsewhere = asked.filter((url) => !url.startsWith(`${server.base}/`) && !url.startsWith('data:') && !url.startsWith('blob:'));
  assert.deepEqual(elsewhere, []);
  assert.ok(asked.some((url) => url.endsWith('/docs/scalar.js')));
  assert.ok(asked.some((url) => url.endsWith('/openapi/v1.json')));
  assert.deepEqual(blocked, []);
});
