// Deployments, in Debian's Chromium, against the real server: a package is uploaded with its progress, stopped, refused; gateways over
// HTTP take it while the page looks on; stages, log, modules, the way back, history, who may what. Every number is the API's.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { SimulatedGateway, keyId, makePackage, makeZip, uploadPackage } from './deployments.mjs';
import { makeKey } from './firmware.mjs';
import { assertSound, caller, deadline, open, phone, profile, ready } from './portal.mjs';
import { startBrowser, startServer } from './server.mjs';
import { evil, password } from './world.mjs';

const people = Object.fromEntries(
  ['viewer', 'owner', 'operator', 'local', 'admin'].map((name) => [name, { email: `${name}@example.org`, password }]),
);
const signer = makeKey();
let server, browser, ask, hall, kitchen, far, place, elsewhere;

before(async () => {
  server = await startServer(
    '--RateLimits:AdminPerMinute=1000000',
    '--RateLimits:ReadingsPerMinute=1000000',
    `--Ota:PublicKey=${signer.hex}`,
  );
  browser = await startBrowser();
  ask = caller(server.base);
  place = await ask('POST', '/api/places', { name: `Kiosk ${evil}`, timezone: 'Europe/Berlin' });
  elsewhere = await ask('POST', '/api/places', { name: 'Far away', timezone: 'Europe/Berlin' });
  for (const [name, role, places] of [
    ['viewer', 'viewer', [place.id]],
    ['owner', 'owner', [place.id]],
    ['operator', 'operator'],
    ['local', 'operator', [place.id]],
    ['admin', 'admin'],
  ]) {
    await ask('POST', '/api/users', { ...people[name], name, role, ...(places ? { places } : {}) });
  }
});

after(async () => {
  await browser?.close();
  server?.stop();
});

/** Signs in once each: it costs a slow hash. */
const cookies = new Map();
async function as(name, options = {}) {
  if (!cookies.has(name)) {
    const signedIn = await profile(browser, server.base, { who: people[name] });
    cookies.set(name, await signedIn.storageState());
    await signedIn.close();
  }
  const context = await profile(browser, server.base, { who: null, ...options });
  await context.addCookies(cookies.get(name).cookies);
  return context;
}

const list = () => `${server.base}/deployments`;
const file = (buffer, name = 'package.zip') => ({ name, mimeType: 'application/zip', buffer });
/** What the browser complains about, but for the refusals that a test asks for. */
const serious = (errors) => errors.filter((one) => !/status of (400|409|507)/.test(one));
const value = (page, name, within = 'main') =>
  page
    .locator(`${within} [data-test="${name}"]`)
    .first()
    .evaluate((node) => node.value);
const live = (page) => page.waitForFunction(() => document.body.dataset.live === 'on');

/** Steps of a gateway as they stand on the page, once they are these. */
const stepsBecome = (page, id, wanted) =>
  page.waitForFunction(
    ([gateway, text]) =>
      [...document.querySelectorAll(`[data-gateway="${gateway}"] [data-step]`)].map((one) => one.dataset.stepState).join(' ') === text,
    [id, wanted],
  );

/** Opens the form for a package, filled in but for its file. */
async function startUpload(page) {
  await page.locator('summary', { hasText: 'Upload a package' }).click();
  return {
    package: page.getByLabel('Package', { exact: true }),
    version: page.getByRole('form', { name: 'Upload a package' }).getByLabel('Version', { exact: true }),
    to: page.getByLabel('Goes to'),
    send: page.getByRole('button', { name: 'Upload package' }),
  };
}

/** Lets an upload through so many bytes a second; 0 = as fast as it goes. */
async function throttle(context, page, bytesPerSecond) {
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput: bytesPerSecond || -1,
  });
}

test('on a server without gateways it is in no navigation; the pages say how they come', async () => {
  const context = await as('operator');
  let tab = await open(context, `${server.base}/account`);
  assert.equal(await tab.page.locator('#top-nav [data-nav="deployments"]').count(), 0);
  tab = await open(context, `${server.base}/deployments/gateways`, tab);
  await tab.page.getByText('No gateways yet').waitFor();
  await tab.page.getByText('None has a name yet.').waitFor();
  tab = await open(context, list(), tab);
  await tab.page.getByText('No packages yet.').waitFor();
  assert.equal(Number(await value(tab.page, 'quota-used')), 0);
  tab = await open(context, `${server.base}/deployments/history`, tab);
  await tab.page.getByText('No gateway has taken over anything yet.').waitFor();
  assert.deepEqual(tab.errors, []);
  [hall, kitchen, far] = [
    await SimulatedGateway.register(server.base, 'gateway-hall', { place: place.id, name: `Hall ${evil}` }),
    await SimulatedGateway.register(server.base, 'gateway-kitchen', { place: place.id }),
    await SimulatedGateway.register(server.base, 'gateway-far', { place: elsewhere.id }),
  ];
  tab = await open(context, `${server.base}/account`, tab);
  await tab.page.locator('#top-nav [data-nav="deployments"]').click();
  await ready(tab.page, 'deployments');
  await context.close();
  for (const name of ['viewer', 'owner']) {
    const other = await as(name);
    const { page } = await open(other, `${server.base}/account`);
    assert.equal(await page.locator('#top-nav [data-nav="deployments"]').count(), 0, name);
    await other.close();
  }
});

test('a package goes up with its progress, which can be stopped: then nothing of it is kept', async () => {
  const context = await as('operator');
  const { page, errors } = await open(context, list());
  const form = await startUpload(page);
  const big = makePackage('1.2.2', { files: { 'deploy.sh': '#!/bin/sh\n', 'data.bin': Buffer.alloc(3_000_000, 7) }, signer });
  await form.package.setInputFiles(file(big));
  await page.waitForFunction(() => document.querySelector('input[name=version]')?.value === '1.2.2');
  await throttle(context, page, 300_000);
  await form.send.click();
  const bar = page.getByRole('progressbar', { name: 'Upload' });
  await bar.waitFor();
  const shares = [];
  for (const end = Date.now() + deadline; shares.length < 3;) {
    assert.ok(Date.now() < end, `the bar does not move: ${shares}`);
    const share = await bar.evaluate((node) => node.value);
    if (share > 0 && share < 1 && share !== shares.at(-1)) {
      shares.push(share);
    }
    await page.waitForTimeout(50);
  }
  assert.deepEqual(
    [...shares].sort((a, b) => a - b),
    shares,
    'it only grows',
  );
  assert.match(await page.locator('[data-test="upload-words"]').innerText(), /of 3 MB sent \(\d+%\)/);
  assert.equal(await form.send.isDisabled(), true, 'nothing is sent twice');
  // Whoever goes away is asked first.
  page.once('dialog', (dialog) => dialog.dismiss());
  await page.getByRole('link', { name: 'History' }).click();
  assert.equal(new URL(page.url()).pathname, '/deployments');
  await page.getByRole('button', { name: 'Cancel upload' }).click();
  await page.getByText('The upload was cancelled: nothing of it is kept.').first().waitFor();
  await bar.waitFor({ state: 'hidden' });
  assert.deepEqual(await ask('GET', '/api/deployments'), []);
  await throttle(context, page, 0);
  await form.to.selectOption('none');
  await form.send.click();
  await page.getByText('1.2.2 is here. No gateway has been told of it.').first().waitFor();
  const [one] = await ask('GET', '/api/deployments');
  const row = page.locator(`[data-deployment="${one.id}"]`);
  await row.waitFor();
  assert.deepEqual(
    [one.version, one.size, one.signed, one.keyId, one.uploadedBy, one.published],
    ['1.2.2', big.length, 'release', keyId(signer), people.operator.email, false],
  );
  assert.equal(Number(await value(page, 'dep-size', `[data-deployment="${one.id}"]`)), one.size);
  await row.locator('[data-signed="release"]').getByText('signed', { exact: true }).waitFor();
  await row.locator('[data-word="stored"]').waitFor();
  const quota = await ask('GET', '/api/deployments/quota');
  await page.waitForFunction((bytes) => document.querySelector('[data-test="quota-used"]')?.value === String(bytes), quota.usedBytes);
  assert.equal(quota.usedBytes, big.length);
  assert.equal(await hall.look(), null, 'nobody was told');
  assert.deepEqual(serious(errors), []);
  await context.close();
});

test('what is no package is refused, here or by the server, in words at its field', async () => {
  const context = await as('operator');
  const { page, errors } = await open(context, list());
  const form = await startUpload(page);
  await form.send.click();
  await page.getByRole('link', { name: /^Package: Must be filled in/ }).waitFor();
  await form.package.setInputFiles(file(Buffer.from('a picture'), 'picture.png'));
  await form.version.fill('1.0.0');
  await form.send.click();
  await page.getByRole('link', { name: 'Package: Must be a zip file.' }).waitFor();
  // What somebody writes while the package is looked into stays.
  await form.package.setInputFiles(file(makePackage('1.0.1')));
  await page.waitForFunction(() => document.querySelector('input[name=version]')?.value === '1.0.1');
  const written = await page.evaluate(async () => {
    const [picker, version] = ['file', 'version'].map((name) => document.querySelector(`input[name=${name}]`));
    picker.dispatchEvent(new Event('change', { bubbles: true }));
    version.value = '7.7.7';
    version.dispatchEvent(new Event('input', { bubbles: true }));
    await picker.files[0].arrayBuffer();
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    return version.value;
  });
  assert.equal(written, '7.7.7');
  const text = Buffer.from('x');
  for (const [bytes, version] of [
    [makeZip([{ path: '../deploy.sh', bytes: text }]), '1.0.0'],
    [makeZip([{ path: 'etc/passwd', bytes: Buffer.from('/etc/passwd'), mode: 0o120777 }]), '1.0.0'],
    // Its list says another version.
    [makePackage('1.0.1'), '1.0.0'],
    // Cut off.
    [makePackage('1.0.0').subarray(0, 120), '1.0.0'],
  ]) {
    await form.package.setInputFiles(file(bytes));
    await form.version.fill('');
    await form.version.fill(version);
    await form.send.click();
    await page.getByRole('link', { name: /^Package: (?!Must be)/ }).waitFor();
  }
  await form.package.setInputFiles(file(makePackage('1.0.0')));
  await form.version.fill('one two');
  await form.send.click();
  await page.getByRole('link', { name: /^Version: / }).waitFor();
  await form.version.fill('1.0.0');
  await form.to.selectOption('gateways');
  await form.send.click();
  await page.getByRole('link', { name: 'Goes to: Choose a gateway in the list below.' }).waitFor();
  await form.to.selectOption('all');
  await page.getByLabel('In stages').check();
  await page.getByLabel('Shares of the stages').fill('50, 10');
  await form.send.click();
  await page.getByRole('link', { name: /^Shares of the stages, %: Must rise and end with 100/ }).waitFor();
  assert.equal((await ask('GET', '/api/deployments')).length, 1, 'nothing is kept of what was refused');
  assert.deepEqual(serious(errors), []);
  await context.close();
});

test('a disk that is full says what to delete', async () => {
  const small = await startServer('--Deployments:QuotaMB=1');
  try {
    await uploadPackage(small.base, '0.9.0', makePackage('0.9.0', { files: { 'a.bin': Buffer.alloc(700_000, 1) } }), 'none');
    const context = await profile(browser, small.base);
    const { page, errors } = await open(context, `${small.base}/deployments`);
    const form = await startUpload(page);
    await form.package.setInputFiles(file(makePackage('1.0.0', { files: { 'a.bin': Buffer.alloc(700_000, 2) } })));
    await form.to.selectOption('none');
    await form.send.click();
    const said = page.getByRole('link', { name: /^Package: / });
    await said.waitFor();
    assert.match(await said.innerText(), /0\.9\.0/);
    assert.equal((await caller(small.base)('GET', '/api/deployments')).length, 1);
    assert.deepEqual(serious(errors), []);
    await context.close();
  } finally {
    small.stop();
  }
});

test('a deployment is live from its first word to the last, without a reload: steps, log, modules, numbers', async () => {
  await ask('PUT', '/api/module-types/power', { displayName: 'Power Control Module' });
  for (const hostname of ['esp32-A1B2C3', 'esp32-A1B2C4']) {
    await ask('PUT', `/api/gateways/${hall.id}/modules/${hostname}`, {
      type: 'power',
      name: hostname.endsWith('3') ? 'Fridge' : '',
      enabled: true,
      connection: 'wired',
    });
  }
  const context = await as('operator');
  const { page, errors } = await open(context, list());
  const [{ id }] = await ask('GET', '/api/deployments');
  await page.locator(`[data-deployment="${id}"]`).getByRole('link', { name: '1.2.2' }).click();
  await ready(page, 'deployment');
  await page.getByText('It is only stored').waitFor();
  await live(page);
  let reloads = 0;
  page.on('framenavigated', () => (reloads += 1));
  await page.getByRole('button', { name: 'Deploy 1.2.2' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Deploy 1.2.2' }).click();
  await page.getByText('1.2.2 is on its way.').first().waitFor();
  await page.locator(`[data-gateway="${hall.id}"][data-group="waiting"]`).waitFor();
  await stepsBecome(page, hall.id, 'todo todo todo todo');
  await hall.hear(id);
  await hall.say('downloading', { progress: 0 });
  await stepsBecome(page, hall.id, 'now todo todo todo');
  await hall.say('downloading', { progress: 40 });
  await page.locator(`[data-gateway="${hall.id}"]`).getByText('receives it 40%').waitFor();
  await hall.fetch();
  await hall.say('extracting');
  await stepsBecome(page, hall.id, 'done now todo todo');
  await hall.say('deploying', { log: `step 1 ${evil}\n` });
  await stepsBecome(page, hall.id, 'done done now todo');
  const card = page.locator(`[data-gateway="${hall.id}"]`);
  assert.match(await card.locator('[data-step="run"]').innerText(), /^running …/);
  await card.getByRole('button', { name: /^Log/ }).click();
  const log = page.locator('[data-test="log"]');
  await log.getByText(`step 1 ${evil}`).waitFor();
  await hall.say('deploying', { log: `step 1 ${evil}\nstep 2\n` });
  await log.getByText('step 2').waitFor();
  await page.keyboard.press('Escape');
  assert.match(await page.evaluate(() => document.activeElement?.textContent ?? ''), /^Log/, 'the focus is where it was');
  await hall.say('checking');
  await stepsBecome(page, hall.id, 'done done done now');
  const module = (hostname, status, more = {}) => ({ hostname, type: 'power', status, before: '1.1.0', expected: '1.2.0', ...more });
  await hall.say('deploying', {
    modules: [module('esp32-A1B2C3', 'pushing', { percent: 30, ms: 4_200 }), module('esp32-A1B2C4', 'waiting', { ms: 0 })],
  });
  await stepsBecome(page, hall.id, 'done done done done now');
  await card.locator('summary').click();
  await card.locator('[data-module="esp32-A1B2C3"]').getByText('is being written 30%').waitFor();
  await card.locator('[data-module="esp32-A1B2C3"]').getByText('4 secs so far').waitFor();
  assert.equal(await card.locator('[data-module="esp32-A1B2C4"] [data-test="module-ms"]').count(), 0, 'nothing was done with it yet');
  await hall.say('completed', {
    modules: [
      module('esp32-A1B2C3', 'done', { after: '1.2.0', ms: 12_345 }),
      module('esp32-A1B2C4', 'done', { after: '1.2.0', ms: 72_300 }),
    ],
    log: 'all done\n',
  });
  await stepsBecome(page, hall.id, 'done done done done done');
  // What was unfolded stays so, while everything round it is drawn anew.
  const shown = card.locator('[data-module="esp32-A1B2C3"]');
  await shown.getByText('Power Control Module').waitFor();
  assert.deepEqual(
    [await shown.locator('[data-test="before"]').innerText(), await shown.locator('[data-test="after"]').innerText()],
    ['1.1.0', '1.2.0'],
  );
  await shown.getByText('took 12 secs').waitFor();
  await card.locator('[data-module="esp32-A1B2C4"]').getByText('took 1 min 12 secs').waitFor();
  assert.equal(Number(await value(page, 'module-ms', `[data-gateway="${hall.id}"] [data-module="esp32-A1B2C3"]`)), 12_345);
  await kitchen.take(id);
  await far.take(id);
  await page.locator('[data-word="done"]').first().waitFor();
  const whole = await ask('GET', `/api/deployments/${id}`);
  assert.equal(whole.rollout.state, 'done');
  await page.waitForFunction((n) => document.querySelector('[data-test="dep-completed"]')?.value === String(n), whole.counts.completed);
  assert.deepEqual([whole.counts.gateways, whole.counts.completed, Number(await value(page, 'gateways-completed'))], [3, 3, 3]);
  assert.equal(await card.locator('[data-test="current"]').innerText(), '1.2.2');
  assert.equal(reloads, 0);
  assert.equal(await page.evaluate(() => window.pwned), undefined);
  assert.deepEqual(serious(errors), []);
  await context.close();
});

test('what failed says at which step and why, is tried again, and a gateway goes back', async () => {
  const next = await uploadPackage(server.base, '1.3.0', makePackage('1.3.0'), { gateways: [hall.id, kitchen.id] });
  const context = await as('operator');
  const { page, errors } = await open(context, `${list()}/${next.id}`);
  await live(page);
  await page.getByText('It is not signed.').waitFor();
  await hall.hear(next.id);
  const [first] = [hall.notice.timestamp];
  await hall.say('deploying');
  await hall.say('failed', { error: `deploy.sh ended with 3 ${evil}`, log: 'oh no\n', attempt: 3 });
  await stepsBecome(page, hall.id, 'done done failed todo');
  const card = page.locator(`[data-gateway="${hall.id}"]`);
  await card.getByText(`deploy.sh ended with 3 ${evil}`).waitFor();
  await card.getByText('try 3').waitFor();
  assert.equal(await page.locator('[data-gateway]').first().getAttribute('data-gateway'), hall.id, 'what failed stands first');
  assert.equal(await card.getByRole('button', { name: /^Roll back/ }).count(), 0, 'it runs what it ran');
  // Filters are in the address.
  await page.locator('[data-key="state-failed"]').click();
  assert.equal(new URL(page.url()).searchParams.get('state'), 'failed');
  assert.equal(await page.locator('[data-gateway]').count(), 1);
  await card.getByRole('button', { name: /^Try again/ }).click();
  await page
    .getByText(/tries 1\.3\.0 again\.$/)
    .first()
    .waitFor();
  await hall.look();
  assert.equal(hall.notice.id, next.id);
  assert.ok(hall.notice.timestamp > first, 'a new notice with a new timestamp');
  await hall.say('deploying');
  await hall.say('completed');
  await page.locator('[data-key="state-completed"]').waitFor();
  await page.goto(`${list()}/${next.id}?state=completed`);
  await ready(page, 'deployment');
  await card.getByRole('button', { name: /^Roll back/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('1.2.2, which it ran before').waitFor({ state: 'attached' });
  await dialog.getByRole('button', { name: 'Roll back' }).click();
  await page
    .getByText(/goes back to 1\.2\.2\.$/)
    .first()
    .waitFor();
  await hall.look();
  assert.equal(hall.notice.version, '1.2.2');
  await hall.say('deploying');
  await hall.say('completed');
  const state = await ask('GET', `/api/deployments/gateways/${hall.id}`);
  assert.equal(state.current.version, '1.2.2');
  assert.deepEqual(serious(errors), []);
  await context.close();
});

test('stages: made in a dialog, held, let on, gone on by hand, stopped', async () => {
  const one = await uploadPackage(server.base, '1.4.0', makePackage('1.4.0', { signer: makeKey() }), 'none');
  const context = await as('operator');
  const { page, errors } = await open(context, `${list()}/${one.id}`);
  await live(page);
  await page.getByText('This server does not know the key that signed it.').waitFor();
  await page.getByRole('button', { name: 'Deploy 1.4.0' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('In stages').check();
  await dialog.getByLabel('Shares of the stages').fill('34, 100');
  await dialog.getByLabel('Minutes between stages').fill('600');
  await dialog.getByLabel('Failures that are put up with').fill('2');
  await dialog.getByRole('button', { name: 'Deploy 1.4.0' }).click();
  await page.getByText('1.4.0 is on its way.').first().waitFor();
  const rollout = async () => (await ask('GET', `/api/deployments/${one.id}`)).rollout;
  const made = await rollout();
  assert.deepEqual(
    [made.stages.map((stage) => stage.percent), made.waitMinutes, made.maxFailures, made.stage, made.targets.all],
    [[34, 100], 600, 2, 0, true],
  );
  await page.locator('[data-stage="1"]').getByText('to come').waitFor();
  await page.getByText('To all gateways, in stages of 34%, 100%').waitFor();
  await page.getByRole('button', { name: 'Pause 1.4.0' }).click();
  await page.locator('[data-word="paused"]').first().waitFor();
  assert.equal((await rollout()).state, 'paused');
  assert.equal(await page.getByRole('button', { name: 'Next stage now 1.4.0' }).count(), 0, 'the server would refuse it');
  await page.getByRole('button', { name: 'Resume 1.4.0' }).click();
  await page.locator('[data-word="rolling"]').first().waitFor();
  await page.getByRole('button', { name: 'Next stage now 1.4.0' }).click();
  await dialog.getByText('Up to 100% of the gateways').waitFor();
  await dialog.getByRole('button', { name: 'Next stage now' }).click();
  await page.locator('[data-stage="1"] [data-test="stage-completed"]').waitFor();
  assert.equal((await rollout()).stage, 1);
  await page.waitForFunction(() => document.querySelectorAll('[data-gateway]').length === 3);
  await page.getByRole('button', { name: 'Stop deployment 1.4.0' }).click();
  assert.equal(await dialog.getByRole('button', { name: 'Cancel' }).evaluate((node) => node === document.activeElement), true);
  await dialog.getByRole('button', { name: 'Stop deployment' }).click();
  await page.locator('[data-word="stopped"]').first().waitFor();
  await page.locator('[data-test="reason"]').getByText(people.operator.email).waitFor();
  assert.equal((await rollout()).state, 'stopped');
  assert.deepEqual(serious(errors), []);
  await context.close();
});

test('history: what the API says, looked for by what stands in the address, forth and back', async () => {
  const context = await as('operator');
  const { page, errors } = await open(context, `${server.base}/deployments/history`);
  const shown = () => page.locator('[data-history]').evaluateAll((nodes) => nodes.map((node) => Number(node.dataset.history)));
  const ids = async (query) => (await ask('GET', `/api/deployments/history?limit=50${query}`)).map((row) => row.id);
  const becomes = async (query) => {
    const wanted = await ids(query);
    await page.waitForFunction(
      (text) => [...document.querySelectorAll('[data-history]')].map((node) => node.dataset.history).join() === text,
      wanted.join(),
    );
    return wanted;
  };
  const everything = await becomes('');
  assert.ok(everything.length >= 5, `${everything}`);
  assert.equal(Number(await value(page, 'history-lines')), everything.length);
  await page.getByLabel('Gateway', { exact: true }).selectOption(hall.id);
  const ofHall = await becomes(`&gateway=${hall.id}`);
  assert.ok(ofHall.length < everything.length);
  await page.getByLabel('Result').selectOption('failed');
  const url = new URL(page.url());
  assert.deepEqual(Object.fromEntries(url.searchParams), { gateway: hall.id, result: 'failed' });
  await becomes(`&gateway=${hall.id}&result=failed`);
  await page.goBack();
  await becomes(`&gateway=${hall.id}`);
  assert.equal(await page.getByLabel('Result').inputValue(), '');
  await page.goto(url.href);
  await ready(page, 'deployments-history');
  await becomes(`&gateway=${hall.id}&result=failed`);
  assert.equal(await page.getByLabel('Result').inputValue(), 'failed');
  await page.goto(`${server.base}/deployments/history?gateway=${hall.id}`);
  await ready(page, 'deployments-history');
  const rows = await ask('GET', `/api/deployments/history?gateway=${hall.id}`);
  const oldest = rows.at(-1);
  const row = page.locator(`[data-history="${oldest.id}"]`);
  await row.locator('summary').click();
  assert.equal(await row.locator('[data-module]').count(), oldest.modules.length);
  assert.equal(Number(await value(page, 'seconds', `[data-history="${oldest.id}"]`)), oldest.seconds);
  await row.getByRole('button', { name: /^Log/ }).click();
  await page.locator('[data-test="log"]').getByText('all done').waitFor();
  await page.keyboard.press('Escape');
  // Newer lines are not put under who reads: it is said that there are some.
  await live(page);
  const before = await shown();
  const [{ id }] = await ask('GET', '/api/deployments');
  await ask('POST', `/api/deployments/gateways/${hall.id}/deploy`, { deploymentId: id });
  await hall.take(id);
  await page.getByText('There are newer lines.').waitFor();
  assert.deepEqual(await shown(), before);
  await page.getByRole('button', { name: 'Show them' }).click();
  await becomes(`&gateway=${hall.id}`);
  assert.equal((await shown()).length, before.length + 1);
  assert.equal(await page.evaluate(() => window.pwned), undefined);
  assert.deepEqual(serious(errors), []);
  await context.close();
});

test('history of a module, on a phone: from its name to what was written, when, by whom, how long it took, what came of it', async () => {
  const one = await uploadPackage(server.base, '1.3.1', makePackage('1.3.1'), { gateways: [kitchen.id] });
  const modules = (status, more) => [
    { hostname: 'ESP32-a1b2c3', type: 'power', status, before: '1.2.0', expected: '1.3.0', ...more },
    { hostname: 'esp32-FFFFFF', type: 'power', status: 'done', before: '1.2.0', after: '1.3.0', expected: '1.3.0', ms: 9_000 },
  ];
  // It was carried to another gateway, which writes its name in other letters.
  await kitchen.hear(one.id);
  await kitchen.say('deploying');
  await kitchen.say('failed', { error: '1 of 2 modules', modules: modules('restored', { error: `No answer ${evil}`, ms: 61_000 }) });
  const context = await as('operator', { size: phone });
  let tab = await open(context, `${server.base}/deployments/gateways/${hall.id}`);
  const { page } = tab;
  await page.locator('[data-module="esp32-A1B2C3"]').getByRole('link', { name: 'Fridge History' }).click();
  await ready(page, 'deployments-history');
  assert.deepEqual(Object.fromEntries(new URL(page.url()).searchParams), { module: 'esp32-A1B2C3' });
  const field = page.getByLabel('Module', { exact: true });
  assert.equal(await field.inputValue(), 'esp32-A1B2C3');
  assert.ok(await field.evaluate((node) => node.scrollWidth <= node.clientWidth), 'all of the name can be read');
  const becomes = async (query) => {
    const rows = await ask('GET', `/api/deployments/history?limit=50&${query}`);
    await page.waitForFunction(
      ([ids, lines]) =>
        [...document.querySelectorAll('[data-history]')].map((node) => node.dataset.history).join() === ids &&
        (document.querySelector('[data-test="history-lines"]')?.value ?? '0') === lines,
      [rows.map((row) => row.id).join(), String(rows.length)],
    );
    return rows;
  };
  const rows = await becomes('module=esp32-A1B2C3');
  const own = (row) => row.modules.find((each) => each.hostname.toLowerCase() === 'esp32-a1b2c3');
  assert.deepEqual(
    [rows.length, rows.every(own), new Set(rows.map((row) => row.gateway)).size, rows[0].toVersion],
    [2, true, 2, '1.3.1'],
  );
  for (const row of rows) {
    // What it is asked for stands there without anything being unfolded.
    const within = `[data-history="${row.id}"] [data-own]`;
    assert.equal(Number(await value(page, 'module-ms', within)), own(row).ms);
    assert.deepEqual(
      [
        await page.locator(`${within} [data-test="before"]`).innerText(),
        await page.locator(`${within} [data-word]`).getAttribute('data-word'),
      ],
      [own(row).before, own(row).status],
    );
    const text = await page.locator(`[data-history="${row.id}"]`).innerText();
    assert.ok(text.includes(row.by === people.operator.email ? people.operator.email : 'told by'), text);
    const box = await page.locator(`${within} [data-test="module-ms"]`).boundingBox();
    assert.ok(box.x >= 0 && box.x + box.width <= phone.width, JSON.stringify(box));
    // One line: "1 min" never stands apart from "1 sec".
    assert.ok(box.height < 30, JSON.stringify(box));
  }
  await page.locator(`[data-history="${rows[0].id}"] [data-own]`).getByText('took 1 min 1 sec').waitFor();
  await page.locator(`[data-history="${rows[0].id}"] [data-own]`).getByText(`No answer ${evil}`).waitFor();
  await page.locator(`[data-history="${rows[1].id}"] [data-own]`).getByText('took 12 secs').waitFor();
  // Together with the gateway; what it has is offered.
  await page.getByLabel('Gateway', { exact: true }).selectOption(hall.id);
  assert.equal((await becomes(`module=esp32-A1B2C3&gateway=${hall.id}`)).length, 1);
  await page.locator('#history-modules option[value="esp32-A1B2C4"]').waitFor({ state: 'attached' });
  await field.fill(' esp32-a1b2c4 ');
  await field.press('Enter');
  assert.equal((await becomes(`module=esp32-A1B2C4&gateway=${hall.id}`)).length, 1);
  assert.equal(new URL(page.url()).searchParams.get('module'), 'esp32-a1b2c4');
  // What is no name is said at the field, and is not asked for.
  let asked = 0;
  page.on('request', (request) => (asked += request.url().includes('/api/deployments/history') ? 1 : 0));
  await field.fill('esp32_1');
  await field.press('Enter');
  await page.getByText('Must be 1 to 63 letters, digits or hyphens.').waitFor();
  assert.deepEqual([await field.getAttribute('aria-invalid'), await page.locator('[data-history]').count(), asked], ['true', 0, 0]);
  await page.goBack();
  await becomes(`module=esp32-A1B2C4&gateway=${hall.id}`);
  assert.deepEqual([await field.inputValue(), await field.getAttribute('aria-invalid')], ['esp32-a1b2c4', 'false']);
  await field.fill('');
  await field.press('Enter');
  await becomes(`gateway=${hall.id}`);
  assert.equal(new URL(page.url()).searchParams.get('module'), null);
  await field.fill('esp32-000000');
  await field.press('Enter');
  await page.getByText('Nothing was like that.').waitFor();
  // Another module of a line leads to its own.
  await page.goto(`${server.base}/deployments/history?module=esp32-A1B2C3`);
  await ready(page, 'deployments-history');
  await page.locator(`[data-history="${rows[0].id}"] summary`).click();
  await assertSound(tab, 'history of a module');
  await page.locator(`[data-history="${rows[0].id}"]`).getByRole('link', { name: 'esp32-FFFFFF History' }).click();
  assert.equal((await becomes('module=esp32-FFFFFF')).length, 1);
  // The same from what is on its way.
  tab = await open(context, `${list()}/${one.id}`, tab);
  await page.locator(`[data-gateway="${kitchen.id}"] summary`).click();
  await page.locator(`[data-gateway="${kitchen.id}"]`).getByRole('link', { name: 'ESP32-a1b2c3 History' }).click();
  await ready(page, 'deployments-history');
  await becomes('module=ESP32-a1b2c3');
  assert.equal(await page.evaluate(() => window.pwned), undefined);
  assert.deepEqual(serious(tab.errors), []);
  await context.close();
});

test('modules: added, refused, changed, turned off, removed and put back; kinds have names', async () => {
  const context = await as('operator');
  const { page, errors } = await open(context, `${server.base}/deployments/gateways`);
  await page.getByRole('button', { name: 'Name a type' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Type').fill('door lock');
  await dialog.getByLabel('Called').fill(`Lock ${evil}`);
  await dialog.getByRole('button', { name: 'Save name' }).click();
  await dialog.getByRole('link', { name: /^Type: Must be 1 to 40/ }).waitFor();
  await dialog.getByLabel('Type').fill('lock');
  await dialog.getByRole('button', { name: 'Save name' }).click();
  await page.locator('[data-type="lock"]').getByText(`Lock ${evil}`).waitFor();
  const state = await ask('GET', `/api/deployments/gateways/${kitchen.id}`);
  await page.locator(`[data-gateway="${kitchen.id}"]`).getByText(`Runs ${state.current.version}.`).waitFor();
  await page.getByRole('link', { name: kitchen.id, exact: true }).click();
  await ready(page, 'deployments-modules');
  await page.getByText('No modules behind this gateway yet.').waitFor();
  const modules = () => ask('GET', `/api/gateways/${kitchen.id}/modules`);
  await page.getByRole('button', { name: 'Add a module' }).click();
  await dialog.getByLabel('Name in the network').fill('esp32_1');
  await dialog.getByLabel('Type').fill('lock');
  await dialog.getByRole('button', { name: 'Save module' }).click();
  await dialog.getByRole('link', { name: /^Name in the network: Must be 1 to 63/ }).waitFor();
  await dialog.getByLabel('Name in the network').fill('esp32-FFEEDD');
  await dialog.getByLabel('Address').fill('not an address!');
  await dialog.getByRole('button', { name: 'Save module' }).click();
  await dialog.getByRole('link', { name: /^Address: / }).waitFor();
  await dialog.getByLabel('Address').fill('192.168.1.40');
  await dialog.getByLabel('Connection').selectOption('wireless');
  await dialog.getByRole('button', { name: 'Save module' }).click();
  const row = page.locator('[data-module="esp32-FFEEDD"]');
  await row.getByText(`Lock ${evil}`).waitFor();
  const [made] = await modules();
  assert.deepEqual(
    [made.hostname, made.type, made.enabled, made.address, made.connection, made.name],
    ['esp32-FFEEDD', 'lock', true, '192.168.1.40', 'wireless', null],
  );
  // The same name in other letters is the same module.
  await page.getByRole('button', { name: 'Add a module' }).click();
  await dialog.getByLabel('Name in the network').fill('ESP32-ffeedd');
  await dialog.getByLabel('Type').fill('lock');
  await dialog.getByRole('button', { name: 'Save module' }).click();
  await dialog.getByRole('link', { name: /is in the list already/ }).waitFor();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await row.getByRole('switch').click();
  await row.locator('[role=switch][aria-checked=false]').waitFor();
  assert.equal((await modules())[0].enabled, false);
  await row.getByRole('button', { name: /^Change/ }).click();
  await dialog.getByLabel('Called').fill(`Back door ${evil}`);
  await dialog.getByRole('button', { name: 'Save module' }).click();
  await row.locator('strong', { hasText: `Back door ${evil}` }).waitFor();
  const [changed] = await modules();
  assert.deepEqual([changed.name, changed.enabled, changed.address], [`Back door ${evil}`, false, '192.168.1.40']);
  await row.getByRole('button', { name: /^Remove/ }).click();
  await row.waitFor({ state: 'detached' });
  assert.deepEqual(await modules(), []);
  await page.getByRole('button', { name: 'Undo' }).click();
  await row.waitFor();
  assert.deepEqual(await modules(), [changed], 'as it was');
  assert.equal(await page.evaluate(() => window.pwned), undefined);
  assert.deepEqual(serious(errors), []);
  await context.close();
});

test('a package is deleted after a question; one that is on its way only when it is said twice', async () => {
  const idle = await uploadPackage(server.base, '0.8.0', makePackage('0.8.0'), 'none');
  const busy = await uploadPackage(server.base, '0.8.1', makePackage('0.8.1'), { gateways: [far.id] });
  const context = await as('operator');
  const { page, errors } = await open(context, list());
  const dialog = page.getByRole('dialog');
  await page.getByRole('button', { name: 'Delete package 0.8.0' }).click();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  assert.equal((await ask('GET', `/api/deployments/${idle.id}`)).version, '0.8.0');
  await page.getByRole('button', { name: 'Delete package 0.8.0' }).click();
  await dialog.getByRole('button', { name: 'Delete 0.8.0' }).click();
  await page.getByText('0.8.0 is deleted.').first().waitFor();
  await page.locator(`[data-deployment="${idle.id}"]`).waitFor({ state: 'detached' });
  await page.getByRole('link', { name: '0.8.1' }).click();
  await ready(page, 'deployment');
  await page.getByRole('button', { name: 'Delete package 0.8.1' }).click();
  await dialog.getByRole('button', { name: 'Delete 0.8.1' }).click();
  await dialog.getByText('Press once more to delete it all the same.').waitFor();
  assert.equal((await ask('GET', `/api/deployments/${busy.id}`)).version, '0.8.1');
  await dialog.getByRole('button', { name: 'Delete 0.8.1' }).click();
  await page.waitForURL(list());
  assert.deepEqual(
    (await ask('GET', '/api/deployments')).filter((one) => one.version.startsWith('0.8')),
    [],
  );
  assert.deepEqual(serious(errors), []);
  await context.close();
});

test('who looks after one place sees its gateways and tells them what to run; packages are not theirs', async () => {
  const one = (await ask('GET', '/api/deployments')).find((each) => each.version === '1.2.2');
  const context = await as('local');
  let tab = await open(context, list());
  const { page } = tab;
  await page.locator(`[data-deployment="${one.id}"]`).waitFor();
  assert.equal(await page.getByText('Upload a package').count(), 0);
  assert.equal(await page.getByRole('button', { name: /^Delete package/ }).count(), 0);
  assert.equal(await page.locator('[data-test="quota"]').count(), 0);
  tab = await open(context, `${list()}/${one.id}`, tab);
  await page.locator(`[data-gateway="${kitchen.id}"]`).waitFor();
  assert.equal(await page.locator(`[data-gateway="${far.id}"]`).count(), 0, 'of another place');
  assert.equal(await page.getByRole('button', { name: /^Take back/ }).count(), 0, 'it has gateways elsewhere');
  await page.getByRole('button', { name: 'Deploy 1.2.2' }).click();
  const dialog = page.getByRole('dialog');
  // The dialog opens when gateways and places are here; a list of texts waits for nothing.
  await dialog.getByLabel('Goes to').waitFor();
  assert.deepEqual(await dialog.getByLabel('Goes to').locator('option').allTextContents(), [
    'some gateways',
    'the gateways of some places',
  ]);
  await dialog.getByLabel('Gateways', { exact: true }).selectOption([kitchen.id]);
  assert.deepEqual(await dialog.getByLabel('Gateways', { exact: true }).locator('option').count(), 2);
  await dialog.getByRole('button', { name: 'Deploy 1.2.2' }).click();
  await page.getByText('1.2.2 is on its way.').first().waitFor();
  await kitchen.hear(one.id);
  tab = await open(context, `${server.base}/deployments/gateways`, tab);
  await page.locator(`[data-gateway="${hall.id}"]`).waitFor();
  assert.equal(await page.locator(`[data-gateway="${far.id}"]`).count(), 0);
  tab = await open(context, `${server.base}/deployments/history`, tab);
  await page.locator('[data-history]').first().waitFor();
  assert.equal(await page.getByRole('link', { name: far.id }).count(), 0);
  assert.deepEqual(tab.errors, []);
  await context.close();
});

test('said where it is so: who runs it now, an old watcher, a file that is gone, who was retired', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'jambox-packages-'));
  const own = await startServer(`--Deployments:Folder=${folder}`);
  try {
    const manage = caller(own.base);
    const [modern, old] = [
      await SimulatedGateway.register(own.base, 'gateway-new'),
      await SimulatedGateway.register(own.base, 'gateway-old'),
    ];
    // An old watcher says nothing of itself.
    const speak = old.say.bind(old);
    old.say = (status, more = {}) => speak(status, { ...more, agentVersion: undefined });
    const first = await uploadPackage(own.base, '1.0.0', makePackage('1.0.0'));
    await modern.take(first.id);
    await old.take(first.id);
    const second = await uploadPackage(own.base, '1.1.0', makePackage('1.1.0'));
    await modern.take(second.id);
    await old.hear(second.id);
    await old.say('failed', { error: 'no room' });
    const context = await profile(browser, own.base);
    let tab = await open(context, `${own.base}/deployments/${first.id}`);
    const { page } = tab;
    await page.getByText('done on 2 of 2 gateways').waitFor();
    await page.getByText('1 runs it now').waitFor();
    assert.deepEqual([Number(await value(page, 'dep-completed')), Number(await value(page, 'dep-current'))], [2, 1]);
    const deploy = page.getByRole('button', { name: 'Deploy 1.0.0' });
    await deploy.waitFor();
    assert.equal(await page.locator('[data-test="no-file"]').count(), 0);
    // What it tells one gateway alone an old watcher does not hear: nobody is offered that.
    tab = await open(context, `${own.base}/deployments/${second.id}`, tab);
    assert.equal(await page.locator('[data-test="dep-current"]').count(), 0, 'as many as came through');
    const card = (gateway) => page.locator(`[data-gateway="${gateway.id}"]`);
    await card(old).getByText('An old watcher: it hears only what goes to all gateways.').waitFor();
    assert.equal(await card(old).getByRole('button', { name: /^(Try again|Roll back)/ }).count(), 0);
    await card(modern).getByRole('button', { name: /^Roll back/ }).waitFor();
    assert.equal(await card(modern).getByText('An old watcher').count(), 0);
    unlinkSync(join(folder, `${first.id}.zip`));
    tab = await open(context, `${own.base}/deployments/${first.id}`, tab);
    await page.locator('[data-test="no-file"]').getByText('upload it again').waitFor();
    assert.equal(await deploy.count(), 0, 'the server would refuse it');
    await assertSound(tab, 'a deployment without its file');
    // On its way a line says how far, and in the end what came of it.
    const third = await uploadPackage(own.base, '1.2.0', makePackage('1.2.0'));
    await modern.hear(third.id);
    await modern.say('deploying');
    tab = await open(context, `${own.base}/deployments/history?gateway=${modern.id}`, tab);
    await page.locator('[data-history] [data-word="deploying"]').waitFor();
    await manage('POST', `/api/device/${modern.id}/retire`);
    tab = await open(context, `${own.base}/deployments/history`, tab);
    await page.getByLabel('Result').selectOption('removed');
    await page.locator('[data-history] [data-word="removed"]').waitFor();
    assert.equal(await page.locator('[data-history]').count(), 1);
    assert.equal(new URL(page.url()).searchParams.get('result'), 'removed');
    assert.deepEqual(serious(tab.errors), []);
    await context.close();
  } finally {
    own.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});

test('on a phone and for axe: every page, in both themes, also in Spanish', async () => {
  const one = (await ask('GET', '/api/deployments')).find((each) => each.version === '1.3.0');
  for (const locale of ['en-GB', 'es-ES']) {
    const context = await as('admin', { size: phone, locale });
    let tab = null;
    for (const path of ['', `/${one.id}`, '/gateways', `/gateways/${hall.id}`, '/history']) {
      tab = await open(context, list() + path, tab);
      const { page } = tab;
      for (const summary of await page.locator('main summary').all()) {
        await summary.click();
      }
      await assertSound(tab, `deployments${path} ${locale}`);
    }
    await context.close();
  }
});

test('without a line nothing is sent, and what was known stays', async () => {
  const one = (await ask('GET', '/api/deployments')).find((each) => each.version === '1.4.0');
  const context = await as('operator');
  const { page } = await open(context, `${list()}/${one.id}`);
  await page.locator('[data-gateway]').first().waitFor();
  await context.setOffline(true);
  await page.getByText(/No connection since \d\d:\d\d/).waitFor();
  // It says that it does nothing now; whoever presses it anyway is told why.
  await page.locator('button[aria-disabled="true"]', { hasText: 'Delete package' }).waitFor();
  await page.getByRole('button', { name: 'Delete package 1.4.0' }).click({ force: true });
  await page.getByText('There is no connection.').first().waitFor();
  assert.equal(await page.getByRole('dialog').count(), 0);
  assert.ok((await page.locator('[data-gateway]').count()) > 0);
  await context.setOffline(false);
  await page.getByText(/No connection since/).waitFor({ state: 'detached' });
  await context.close();
});
