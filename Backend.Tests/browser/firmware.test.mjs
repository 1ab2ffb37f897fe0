// Firmware of devices that are no boxes, in Debian's Chromium, against the real server: uploaded, refused, fetched by a link, flashed up to
// the question which port it is; who may what; every number is the API's.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { makeApp, makeBootloader, makeTable, publish, chips } from './images.mjs';
import { caller, desktop, faults, open, phone, profile, ready, until } from './portal.mjs';
import { key, startBrowser, startServer } from './server.mjs';
import { evil, password } from './world.mjs';

const people = Object.fromEntries(['operator', 'admin'].map((role) => [role, { email: `${role}@example.org`, password }]));
const whole = { file: makeApp({ seed: 3, version: '1.0.0' }), bootloader: makeBootloader(), partitions: makeTable() };
let server, browser, ask, thing;

before(async () => {
  server = await startServer('--RateLimits:AdminPerMinute=1000000');
  browser = await startBrowser();
  ask = caller(server.base);
  for (const role of Object.keys(people)) {
    await ask('POST', '/api/users', { ...people[role], name: role, role });
  }
  thing = await ask('POST', '/api/device/register', { device_id: 'clock-hall', kind: 'thing', platform: 'ESP32-C3', product: 'clock' });
  await ask('POST', '/api/device/register', { device_id: 'bell-1', kind: 'thing', platform: 'esp01', product: 'bell' });
  await ask('POST', '/api/device/register', { device_id: 'JBNB0009' });
  const first = await publish(server.base, key, {
    ...whole,
    version: 'v1.0.0',
    platform: 'esp32c3',
    product: 'clock',
    description: `First ${evil}`,
  });
  assert.equal(first.status, 201, JSON.stringify(first.body));
});

after(async () => {
  await browser?.close();
  server?.stop();
});

const as = (who, options = {}) => profile(browser, server.base, { who: people[who], ...options });
const address = () => `${server.base}/releases/firmware`;
const value = (page, name) =>
  page
    .locator(`main [data-test="${name}"]`)
    .first()
    .evaluate((node) => Number(node.value));
const file = (buffer, name) => ({ name, mimeType: 'application/octet-stream', buffer });
/** What the browser complains about, but for the refusals that a test asks for. */
const serious = (errors) => errors.filter((one) => !/status of 4(00|04|09)/.test(one));

/** Reports every breach of the content security policy of a page in `window.breaches`. */
async function watched(context) {
  await context.addInitScript(() => {
    globalThis.breaches = [];
    document.addEventListener('securitypolicyviolation', (event) =>
      globalThis.breaches.push(`${event.violatedDirective} ${event.sourceFile} ${event.sample}`),
    );
  });
  return context;
}

test('an image is uploaded; what is wrong with it stands at its field, in the server’s words', async () => {
  const context = await as('admin');
  const { page, errors } = await open(context, address());
  await page.locator('summary', { hasText: 'Upload firmware' }).click();
  const send = page.getByRole('button', { name: 'Upload firmware' });
  await page.getByLabel('Image', { exact: true }).setInputFiles(file(makeApp({ chip: chips.esp32 }), 'wrong.bin'));
  await page.getByLabel('Product', { exact: true }).fill('clock');
  await page.getByLabel('Platform', { exact: true }).selectOption('esp32c3');
  await page.getByLabel('Version', { exact: true }).first().fill('v1.1.0');
  await page.getByLabel(/What is new/).fill(`Shows seconds ${evil}`);
  await send.click();
  await page.getByRole('link', { name: /^Image: it is for ESP32, but esp32c3 is ESP32-C3/ }).waitFor();
  assert.equal((await ask('GET', '/api/releases')).length, 1, 'nothing is kept of what was refused');
  const app = makeApp({ seed: 5, version: '1.1.0' });
  await page.getByLabel('Image', { exact: true }).setInputFiles(file(app, 'clock.bin'));
  for (const [version, said] of [
    ['v0.9.0', /^Version: Version downgrade: clock for esp32c3 is at v1\.0\.0/],
    ['v1.0.0', /^Version: Version v1\.0\.0 of clock for esp32c3 is here already/],
  ]) {
    await page.getByLabel('Version', { exact: true }).first().fill(version);
    await send.click();
    await page.getByRole('link', { name: said }).waitFor();
  }
  await page.getByLabel('Version', { exact: true }).first().fill('v1.1.0');
  await send.click();
  await page.getByText('v1.1.0 for esp32c3 is here').first().waitFor();
  const [release] = await ask('GET', '/api/releases');
  assert.deepEqual(
    [release.version, release.size, release.uploaded_by, release.has_all_parts],
    ['v1.1.0', app.length, people.admin.email, false],
  );
  const row = page.locator(`[data-release="${release.id}"]`);
  await row.waitFor();
  const text = await row.innerText();
  for (const part of ['v1.1.0', 'newest', release.sha256, people.admin.email, 'clock 1.1.0, ESP-IDF v5.3.1', evil]) {
    assert.ok(text.includes(part), `${part}: ${text}`);
  }
  assert.equal(await value(page, 'fw-size'), release.size);
  await page.getByText('1 older version').waitFor();
  assert.equal(await page.evaluate(() => window.pwned), undefined);
  assert.deepEqual(serious(errors), []);
  await context.close();
});

test('a link is made by a click; whoever has it gets the bytes without a key', async () => {
  const context = await as('admin');
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const { page, errors } = await open(context, address());
  await page.getByRole('button', { name: 'Make a link' }).first().click();
  const link = await page.locator('[data-test="fw-link"]').innerText();
  await page.getByRole('button', { name: 'Copy' }).click();
  await page.getByText('Copied').first().waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), link);
  const answer = await fetch(link);
  const [release] = await ask('GET', '/api/releases');
  assert.equal(answer.headers.get('X-SHA256'), release.sha256);
  assert.equal((await answer.arrayBuffer()).byteLength, release.size);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page
      .getByRole('button', { name: 'Close' })
      .click()
      .then(() => page.getByRole('button', { name: 'Download image' }).first().click()),
  ]);
  assert.equal(download.suggestedFilename(), `clock_esp32c3_${release.version}.bin`);
  await page.reload();
  await ready(page);
  await page.locator('[data-download]').first().waitFor();
  const shown = await page
    .locator('[data-download]')
    .evaluateAll((nodes) => nodes.map((node) => Number(node.getAttribute('data-download'))));
  assert.deepEqual(
    shown,
    (await ask('GET', '/api/downloads?limit=50')).map((one) => one.id),
  );
  await page.locator('[data-download]', { hasText: 'by a link' }).waitFor();
  assert.deepEqual(errors, []);
  await context.close();
});

test('a chip is flashed up to the question which port it is: loaded when asked for, within the page’s policy, quick and full', async () => {
  const context = await watched(await as('admin'));
  // The boundary: no picker of the browser's own can be answered by a test. As when somebody closes it without choosing.
  await context.addInitScript(() => {
    globalThis.asked = 0;
    navigator.serial.requestPort = () => {
      globalThis.asked += 1;
      return Promise.reject(new DOMException('No port selected by the user.', 'NotFoundError'));
    };
  });
  const { page, errors } = await open(context, address());
  const loaded = () =>
    page.evaluate(() => performance.getEntriesByType('resource').filter((one) => one.name.endsWith('/vendor/esp-web-tools.js')).length);
  assert.equal(await loaded(), 0, 'nobody who does not flash loads it');
  await page.locator('summary', { hasText: 'older version' }).click();
  const old = (await ask('GET', '/api/releases')).find((one) => one.version === 'v1.0.0');
  await page.locator(`[data-release="${old.id}"]`).getByRole('button', { name: 'Flash a chip' }).click();
  const install = page.locator('esp-web-install-button[install-supported]');
  await install.nth(1).waitFor();
  assert.equal(await loaded(), 1);
  for (const [index, parts] of [
    [{ offset: 0x10000, bytes: whole.file }],
    [
      { offset: 0, bytes: whole.bootloader },
      { offset: 0x8000, bytes: whole.partitions },
      { offset: 0x10000, bytes: whole.file },
    ],
  ].entries()) {
    // As ESP Web Tools asks: with no key of the page's.
    const manifest = await (await fetch(server.base + (await install.nth(index).getAttribute('manifest')))).json();
    const [build] = manifest.builds;
    assert.deepEqual([manifest.version, build.chipFamily], ['v1.0.0', 'ESP32-C3']);
    const got = [];
    for (const { path, offset } of [...build.parts].sort((a, b) => a.offset - b.offset)) {
      got.push({ offset, bytes: Buffer.from(await (await fetch(new URL(path, server.base))).arrayBuffer()) });
    }
    assert.deepEqual(got, parts);
  }
  await page.getByRole('button', { name: 'Update the chip' }).click();
  await page.waitForFunction(() => globalThis.asked === 1);
  await page.getByText('No port selected').waitFor();
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.waitForFunction(() => globalThis.asked === 2);
  assert.deepEqual(await page.evaluate(() => globalThis.breaches), []);
  await page.reload();
  await ready(page);
  await page.locator('summary', { hasText: 'older version' }).click();
  await page.locator(`[data-release="${old.id}"]`).getByRole('button', { name: 'Flash a chip' }).click();
  await page.getByRole('button', { name: 'Set up a new chip' }).click();
  await page.waitForFunction(() => globalThis.asked === 1);
  await page.getByText('No port selected').waitFor();
  assert.deepEqual(await page.evaluate(() => globalThis.breaches), []);
  assert.deepEqual(errors, []);
  await context.close();
});

test('without Web Serial a sentence says so, and files with one command stand in', async () => {
  const context = await as('admin', { size: phone });
  await context.addInitScript(() => delete Navigator.prototype.serial);
  const { page, errors } = await open(context, address());
  await page.locator('summary', { hasText: 'older version' }).click();
  const old = (await ask('GET', '/api/releases')).find((one) => one.version === 'v1.0.0');
  await page.locator(`[data-release="${old.id}"]`).getByRole('button', { name: 'Flash a chip' }).click();
  await page.getByText('This browser cannot use serial ports').waitFor();
  assert.equal(
    await page.locator('[data-test="flash-command"]').innerText(),
    'esptool --chip esp32c3 write-flash 0x0 clock_esp32c3_v1.0.0_bootloader.bin ' +
      '0x8000 clock_esp32c3_v1.0.0_partitions.bin 0x10000 clock_esp32c3_v1.0.0.bin',
  );
  const names = await page.locator('dialog a[download]').evaluateAll((nodes) => nodes.map((node) => [node.href, node.download]));
  assert.equal(names.length, 3);
  for (const [url, name] of names) {
    const answer = await fetch(url);
    assert.equal(answer.status, 200);
    assert.ok(answer.headers.get('Content-Disposition').includes(name), 'the command names the files as the server does');
    await answer.arrayBuffer();
  }
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth), false);
  assert.deepEqual(await faults(page), []);
  assert.deepEqual(errors, []);
  await context.close();
});

test('a device is kept at a version and let go; what it tells of its updates is counted', async () => {
  const tell = caller(server.base, thing.token);
  await tell('POST', '/api/ota/session', {
    event: 'start',
    product: 'clock',
    platform: 'ESP32-C3',
    old_version: 'v0.9.0',
    new_version: 'v1.0.0',
  });
  await tell('POST', '/api/ota/session', { event: 'complete', status: 'failed', error: 'no space' });
  await tell('POST', '/api/ota/session', {
    event: 'start',
    product: 'clock',
    platform: 'ESP32-C3',
    old_version: 'v0.9.0',
    new_version: 'v1.1.0',
  });
  await tell('POST', '/api/ota/session', { event: 'progress', progress: 40 });
  const context = await as('operator');

  const { page, errors } = await open(context, address());
  await page.locator('[data-update]').first().waitFor();
  const stats = await ask('GET', '/api/ota-stats');
  assert.deepEqual(
    [await value(page, 'up-total'), await value(page, 'up-failed'), await value(page, 'up-open'), await value(page, 'up-rate')],
    [stats.total, stats.failed, stats.in_progress, stats.success_rate],
  );
  await page.locator('[data-update]', { hasText: 'no space' }).getByText('failed').waitFor();
  await page.locator('[data-update]', { hasText: '40' }).getByText('fetching').waitFor();
  const row = page.locator('[data-thing="clock-hall"]');
  await row.waitFor();
  assert.deepEqual(
    await page.locator('[data-thing]').evaluateAll((nodes) => nodes.map((node) => node.dataset.thing)),
    ['bell-1', 'clock-hall'],
    'boxes have a page of their own',
  );
  await page.getByRole('searchbox', { name: 'Search device, product, place' }).fill('CLOCK');
  await page.getByText('1 device', { exact: true }).waitFor();
  await row.getByRole('button', { name: 'Keep at a version: clock-hall' }).click();
  const dialog = page.getByRole('dialog');
  await page.waitForFunction(() => document.querySelectorAll('dialog datalist option').length === 2);
  await dialog.getByLabel('Version', { exact: true }).fill('6_9');
  await dialog.getByRole('button', { name: 'Keep it there' }).click();
  await dialog.getByRole('link', { name: /^Version: must be such as v1\.2\.3/ }).waitFor();
  await dialog.getByLabel('Version', { exact: true }).fill('v1.0.0');
  await dialog.getByRole('button', { name: 'Keep it there' }).click();
  await page.getByText('clock-hall is kept at v1.0.0.').first().waitFor();
  await row.getByText('kept at v1.0.0').waitFor();
  assert.deepEqual(
    (await ask('GET', '/api/ota-pins')).map((one) => [one.device_id, one.pinned_version, one.pinned_by]),
    [['clock-hall', 'v1.0.0', people.operator.email]],
  );
  const got = async () =>
    (await fetch(`${server.base}/api/firmware/esp32c3`, { headers: { Authorization: `Bearer ${thing.token}` } })).headers.get('X-SHA256');
  const [newest, old] = await ask('GET', '/api/releases');
  assert.equal(await got(), old.sha256, 'it gets what it is kept at');
  await row.getByRole('button', { name: 'Let it go: clock-hall' }).click();
  await page.getByText('clock-hall takes new versions again.').first().waitFor();
  await row.locator('[data-test="kept"]').waitFor({ state: 'detached' });
  assert.equal(await got(), newest.sha256);
  assert.deepEqual(serious(errors), []);
  await context.close();
});

test('an update of which nothing is heard any more is called stuck, and stands first', async () => {
  const other = await startServer('--Firmware:StuckSeconds=1');
  try {
    const manage = caller(other.base);
    const ids = ['bell-1', 'bell-2'];
    for (const id of ids) {
      const { token } = await manage('POST', '/api/device/register', { device_id: id, kind: 'thing', platform: 'esp01', product: 'bell' });
      await caller(other.base, token)('POST', '/api/ota/session', { event: 'start', new_version: 'v2.0.0' });
      if (id === 'bell-2') {
        await caller(other.base, token)('POST', '/api/ota/session', { event: 'complete', status: 'success' });
      }
    }
    const context = await profile(browser, other.base);
    const { page, errors } = await open(context, `${other.base}/releases/firmware`);
    // Whatever the page has seen until now: within its deadline it says so.
    for (const end = Date.now() + 30_000; (await manage('GET', '/api/ota-stats')).stuck !== 1;) {
      assert.ok(Date.now() < end, 'the server does not call it stuck');
      await page.waitForTimeout(100);
    }
    await page.reload();
    await ready(page);
    await page.locator('[data-update]', { hasText: 'bell-1' }).getByText('stuck for').waitFor();
    assert.equal(await value(page, 'up-stuck'), 1);
    const shown = await page.locator('[data-update] strong').allInnerTexts();
    assert.deepEqual(shown, ids, 'what is stuck first, once');
    assert.deepEqual(errors, []);
    await context.close();
  } finally {
    other.stop();
  }
});

test('an admin names in the portal whose firmware somebody may download', async () => {
  const operator = (await ask('GET', '/api/users')).find((one) => one.email === people.operator.email);
  const context = await as('admin', { size: phone });
  const { page, errors } = await open(context, `${server.base}/people?user=${operator.id}`);
  const tick = page.getByRole('group', { name: 'Firmware they may download' });
  const named = async () => (await ask('GET', `/api/users/${operator.id}`)).platforms;
  assert.deepEqual(await faults(page), []);
  await tick.getByLabel('esp32c3', { exact: true }).check();
  await tick.getByLabel('esp01', { exact: true }).check();
  await page.getByRole('button', { name: 'Save person' }).click();
  await page.getByText('Downloads firmware of').waitFor();
  assert.deepEqual(await named(), ['esp01', 'esp32c3']);
  await tick.getByLabel('All platforms').check();
  assert.equal(await tick.getByLabel('esp32', { exact: true }).isDisabled(), true);
  await page.getByRole('button', { name: 'Save person' }).click();
  await page.getByText('*', { exact: true }).waitFor();
  assert.deepEqual(await named(), ['*']);
  await tick.getByLabel('All platforms').uncheck();
  await page.getByRole('button', { name: 'Save person' }).click();
  await page.getByText('Downloads firmware of').waitFor({ state: 'detached' });
  assert.deepEqual(await named(), []);
  assert.deepEqual(errors, []);
  await context.close();
});

test('an operator fetches what an admin has named, and changes nothing', async () => {
  const operator = (await ask('GET', '/api/users')).find((one) => one.email === people.operator.email);
  for (const [platforms, n] of [
    [[], 0],
    [['esp32'], 0],
    [['esp32c3'], 1],
  ]) {
    await ask('PUT', `/api/users/${operator.id}`, { platforms });
    const context = await as('operator');
    const { page, errors } = await open(context, address());
    await page.locator('[data-release]').first().waitFor();
    const seen = (name) => page.locator('[data-release]').first().getByRole('button', { name }).count();
    assert.deepEqual([await seen('Make a link'), await seen('Flash a chip'), await seen('Remove version')], [n, n, 0], String(platforms));
    assert.equal(await page.getByText('Upload firmware').count(), 0);
    assert.equal(await page.getByText('Who fetched firmware').count(), 0);
    assert.deepEqual(errors, []);
    await context.close();
  }
});

test('a version is removed after a question; a pinned one is not', async () => {
  await ask('POST', '/api/devices/clock-hall/pin-version', { version: 'v1.1.0' });
  const context = await as('admin', { size: desktop });
  const { page, errors } = await open(context, address());
  const [newest] = await ask('GET', '/api/releases');
  await page.locator(`[data-release="${newest.id}"]`).getByRole('button', { name: 'Remove version' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Remove version' }).click();
  await dialog.getByText(/pinned/).waitFor();
  await ask('DELETE', '/api/devices/clock-hall/pin-version');
  await dialog.getByRole('button', { name: 'Remove version' }).click();
  await page.getByText('v1.1.0 is removed.').first().waitFor();
  assert.deepEqual(
    (await ask('GET', '/api/releases')).map((one) => one.version),
    ['v1.0.0'],
  );
  assert.deepEqual(serious(errors), []);
  await context.close();
});

test('a mirror says where its firmware comes from, and offers neither upload nor removal', async () => {
  const mirror = await startServer(`--Mirror:Source=${server.base}`, `--Mirror:Key=${key}`);
  try {
    // What it holds is compared once it holds all that there is: before, one number is older than the other.
    const status = await until(async () => {
      const now = await caller(mirror.base)('GET', '/api/mirror');
      return now.succeeded_at ? now : null;
    }, 'the mirror never had everything');
    assert.equal(status.releases, (await ask('GET', '/api/releases')).length);
    const context = await profile(browser, mirror.base);
    const { page, errors } = await open(context, `${mirror.base}/releases/firmware`);
    const note = page.locator('[data-test="mirror"]');
    await note.getByText(server.base).waitFor();
    assert.equal(await value(page, 'mirror-releases'), status.releases);
    assert.equal(await page.getByText('Upload firmware').count(), 0);
    assert.equal(await page.getByRole('button', { name: 'Remove version' }).count(), 0);
    assert.deepEqual(errors, []);
    await context.close();
  } finally {
    mirror.stop();
  }
});
