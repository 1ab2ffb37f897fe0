// A board becomes a device in Debian's Chromium: the real server, the real page, Espressif's esptool-js, and a simulated ESP32-S3 as a
// process of its own. Only Web Serial is replaced, where it meets the cable: by a pseudo-terminal.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Chip } from '../../tools/ChipTwin.Tests/esptool-js/chip.mjs';
import { md5 } from '../../Backend.Minimal/Portal/pages/provision-md5.js';
import { Watch } from '../../Backend.Minimal/Portal/pages/provision-watch.js';
import { hardware, makeImage, makeProvisioning } from './firmware.mjs';
import { makeApp, makeBootloader, makePartitions, chips, publish } from './images.mjs';
import { assertSound, caller, deadline, open, phone, profile } from './portal.mjs';
import { SerialCable } from './serial.mjs';
import { key, startBrowser, startServer } from './server.mjs';
import { password } from './world.mjs';

/** Where a board's parts lie in these tests: a box's partitions, with less room. */
const table = [
  ['nvs', 1, 2, 0x9000, 0x6000],
  ['factory', 0, 0, 0x10000, 0x20000],
  ['deploy', 1, 0x84, 0x30000, 0x10000],
  ['boot', 1, 0x40, 0x40000, 0x4000],
  ['ident', 1, 2, 0x44000, 0x6000],
];
const at = Object.fromEntries(table.map(([name, , , address, size]) => [name, { address, size }]));
const build = makeImage(0, { kilobytes: 12 });
const parts = {
  file: makeApp({ chip: chips.esp32s3, project: 'nanoCLR', version: '1.0.0', seed: 21, bytes: 40_000 }),
  bootloader: makeBootloader(chips.esp32s3),
  partitions: makePartitions(table),
};
const maker = { email: 'maker@example.org', password };
let server, browser, ask;

before(async () => {
  server = await startServer(
    '--RateLimits:AdminPerMinute=1000000',
    '--Manufacturing:Host=boxes.example.org',
    '--Manufacturing:Boards:CL:Platform=esp32c3',
  );
  browser = await startBrowser();
  ask = caller(server.base);
  await ask('POST', '/api/users', { ...maker, name: 'Maker', role: 'maker' });
  const nano = await publish(server.base, key, { ...parts, version: '1.0.0', platform: 'nano-esp32s3', product: 'nanoclr' });
  assert.equal(nano.status, 201, JSON.stringify(nano.body));
  const answer = await fetch(`${server.base}/api/ota/firmware?version=6.1.0&hw=${hardware}&seq=60100`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${key}` },
    body: build,
  });
  assert.ok(answer.ok, await answer.text());
});

after(async () => {
  await browser?.close();
  server?.stop();
});

/** A chip with the file that its flash is in when it ends, and the cable to it. */
async function startChip(t, ...options) {
  const folder = mkdtempSync(path.join(tmpdir(), 'jambox-chip-'));
  const file = path.join(folder, 'flash.bin');
  const chip = await Chip.start('--mac', 'f412fac0dbff', '--flash', file, ...options);
  const cable = new SerialCable(chip);
  let flash;
  const end = async () => {
    if (flash === undefined) {
      await cable.pull();
      await chip.stop();
      flash = readFileSync(file);
      rmSync(folder, { recursive: true, force: true });
    }
    return flash;
  };
  t.after(end);
  return { chip, cable, end };
}

/** Keeps what is seen in the folder of PICTURES: docs/provisioning.md shows them. */
const picture = async (page, name) =>
  process.env.PICTURES && page.screenshot({ path: path.join(process.env.PICTURES, `wizard-${name}.png`), animations: 'disabled' });

const batch = (board_type = 'NB', quantity = 1) => ask('POST', '/api/manufacturing/batch', { board_type, board_version: '02', quantity });

/** The page, with a device chosen. What the browser complains about of answers that a test asks for is left out. */
async function wizard(t, cable, serial = null) {
  const context = await profile(browser, server.base, { who: maker });
  t.after(() => context.close());
  await cable.plug(context);
  const { page, errors } = await open(context, `${server.base}/provision${serial ? `?serial=${serial}` : ''}`);
  const serious = () => errors.filter((one) => !/Failed to load resource/.test(one));
  const images = [];
  page.on('response', async (answer) => answer.ok() && answer.url().endsWith('/nvs.bin') && images.push(await answer.body()));
  const press = (name) => page.getByRole('button', { name, exact: true }).click();
  const fault = () => page.locator('[data-test="fault"]').innerText();
  return { context, page, serious, images, press, fault };
}

/** What a device says first, with the token that is in its flash. */
async function speak(flash, id) {
  const image = flash.subarray(at.ident.address, at.ident.address + at.ident.size);
  // NVS keeps a text behind an entry of 32 bytes with its key at 8: of how many bytes it is stands at 24.
  const entry = image.indexOf('token\0', 0, 'latin1') - 8;
  assert.ok(entry > 0, 'no token in the flash');
  const token = image.subarray(entry + 32, entry + 32 + image.readUInt16LE(entry + 24) - 1).toString('latin1');
  await caller(server.base, token)('POST', '/api/heartbeat', { d: id, v: '6.1.0', uptime: 30, cell_rssi: -90, hw: hardware });
}

test('a new board: its modem is set up, it is written and read back, speaks, and has a label', { timeout: 10 * deadline }, async (t) => {
  const { chip, cable, end } = await startChip(t);
  const { devices } = await batch();
  const [{ serial, device_id }] = devices;
  const { page, press, images, serious } = await wizard(t, cable, serial);
  await page.getByRole('button', { name: 'Connect board' }).waitFor();
  await picture(page, 'connect');
  await press('Connect board');
  const facts = page.locator('[data-part="chip"]');
  await facts.getByText('ESP32-S3').waitFor();
  await facts.getByText('f4:12:fa:c0:db:ff').waitFor();
  assert.equal(await facts.locator('[data-test="flash"]').evaluate((node) => node.value), String(8 * 2 ** 20));
  const modem = page.getByLabel('Set up the modem first');
  assert.ok(await modem.isChecked(), 'a board whose flash is empty is new');
  await assertSound({ page, errors: [] }, 'before writing');
  await page.getByLabel('Firmware that sets up the modem').setInputFiles({
    name: 'Firmware.Provisioning.bin',
    mimeType: 'application/octet-stream',
    buffer: makeProvisioning(),
  });
  const before = chip.lines.length;
  await press('Write to board');
  await chip.line(/Loaded app from partition/, before);
  for (const line of ['JamBox NB provisioning 6.1.0, started by power', '> AT', '> AT+CFUN=1,1', '> AT', '> AT+CEREG?']) {
    chip.say(`say ${line}`);
  }
  await page.getByText('step 7 of 12').waitFor();
  await picture(page, 'modem');
  const between = chip.lines.length;
  chip.say('say PROVISIONING SUCCESS');
  await chip.line(/Loaded app from partition/, between);
  chip.say('say JamBox NB 6.1.0, started by power');
  await page.getByText('The board runs the firmware that counts, 6.1.0').waitFor();
  assert.equal((await ask('GET', `/api/manufacturing/devices/${serial}`)).device.status, 'flashed');

  const flash = await end();
  assert.equal(images.length, 1, 'one identity, however often is written');
  const { address, size } = at.ident;
  assert.deepEqual(flash.subarray(address, address + size), images[0]);
  assert.ok(images[0].includes(device_id));
  assert.deepEqual(flash.subarray(0, parts.bootloader.length), parts.bootloader);
  assert.deepEqual(flash.subarray(0x8000, 0x8000 + parts.partitions.length), parts.partitions);
  assert.deepEqual(flash.subarray(at.factory.address, at.factory.address + parts.file.length), parts.file);
  const deployed = flash.subarray(at.deploy.address, at.deploy.address + at.deploy.size);
  assert.deepEqual(deployed.subarray(0, build.length), build);
  assert.ok(
    deployed.subarray(build.length).every((byte) => byte === 0xff),
    'nothing of the firmware before stays behind it',
  );

  await speak(flash, device_id);
  await page.getByText(`${serial} has spoken to the server`).waitFor();
  const [file] = await Promise.all([page.waitForEvent('download'), press('Save label (PDF)')]);
  assert.equal(
    readFileSync(await file.path())
      .subarray(0, 5)
      .toString(),
    '%PDF-',
  );
  await assertSound({ page, errors: [] }, 'label');
  await picture(page, 'label');
  assert.deepEqual(serious(), []);
});

/** Brings the firmware that sets modems up to the server, as an admin does. */
async function uploadProvisioning() {
  const answer = await fetch(`${server.base}/api/ota/firmware?version=6.0.7&hw=${hardware}-prov&seq=60007`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${key}` },
    body: makeProvisioning(),
  });
  assert.ok(answer.ok, await answer.text());
}

test('a board with another chip is refused, in words, and nothing is written', { timeout: 5 * deadline }, async (t) => {
  const { cable, end } = await startChip(t);
  const clock = await publish(server.base, key, {
    file: makeApp({ version: 'v1.0.0' }),
    bootloader: makeBootloader(),
    partitions: makePartitions(table.slice(0, 2)),
    version: 'v1.0.0',
    platform: 'esp32c3',
    product: 'clock',
  });
  assert.equal(clock.status, 201, JSON.stringify(clock.body));
  const { devices } = await batch('CL');
  const { press, fault, images, page, serious } = await wizard(t, cable, devices[0].serial);
  await press('Connect board');
  await page.locator('[data-test="fault"]').waitFor();
  assert.match(await fault(), /has an ESP32-S3, and the firmware of this device is for an ESP32-C3\. Nothing was written/);
  assert.ok((await end()).every((byte) => byte === 0xff));
  assert.deepEqual(images, []);
  assert.deepEqual(serious(), []);
});

test(
  'the cable is pulled amid writing: plugged in again, all is written anew; then the next device',
  { timeout: 10 * deadline },
  async (t) => {
    const { chip, cable, end } = await startChip(t);
    const { id, devices } = await batch('NB', 2);
    const { page, press, fault, images, serious } = await wizard(t, cable);
    await press(`Next of batch ${id}`);
    const chosen = page.locator('[data-part="device"] h2');
    await chosen.waitFor();
    const serial = await chosen.innerText();
    const { device_id } = devices.find((one) => one.serial === serial);
    await press('Connect board');
    await page.getByLabel('Set up the modem first').uncheck();
    cable.pullAfter(20_000);
    await press('Write to board');
    await page.locator('[data-test="fault"]').waitFor();
    assert.match(await fault(), /was the cable pulled\? Plug it in and try again/);
    assert.equal((await ask('GET', `/api/manufacturing/devices/${serial}`)).device.status, 'manufactured');
    assert.equal(cable.isPlugged, false);

    await cable.replug();
    await press('Try again');
    await press('Connect board');
    await page.getByLabel('Set up the modem first').uncheck();
    // What is written stays written although the server cannot be told.
    await page.route('**/status', (route) => route.abort());
    await press('Write to board');
    await page.getByText('The board is written and verified. Only the server does not know it yet.').waitFor();
    await page.unroute('**/status');
    const before = chip.lines.length;
    await press('Try again');
    await chip.line(/Loaded app from partition/, before);
    await page.getByText('Waiting until the device speaks').waitFor();
    assert.equal((await ask('GET', `/api/manufacturing/devices/${serial}`)).device.status, 'flashed');
    assert.equal(images.length, 1, 'the identity is the same');
    const flash = await end();
    assert.deepEqual(flash.subarray(at.ident.address, at.ident.address + at.ident.size), images[0]);
    await speak(flash, device_id);
    await page.getByText(`${serial} has spoken to the server`).waitFor();

    // A carton of boards needs one hand for the keyboard.
    const hasFocus = (name) => page.getByRole('button', { name }).evaluate((node) => node === document.activeElement);
    assert.ok(await hasFocus('Next device'));
    await page.getByText('1 done · 2 failed').waitFor();
    await page.keyboard.press('Enter');
    await page
      .locator('[data-part="device"]')
      .getByText(devices.find((one) => one.serial !== serial).serial)
      .waitFor();
    assert.ok(await hasFocus('Connect board'));
    assert.deepEqual(serious(), []);
  },
);

test('the server refuses, or is away: it is said, nothing is written, and it can be tried again', { timeout: 5 * deadline }, async (t) => {
  const { cable, end } = await startChip(t);
  const { devices } = await batch();
  const [{ serial }] = devices;
  const { page, press, fault, serious } = await wizard(t, cable, serial);
  await press('Connect board');
  await page.getByLabel('Set up the modem first').uncheck();
  await page.route('**/nvs.bin*', (route) => route.abort());
  await press('Write to board');
  await page.locator('[data-test="fault"]').waitFor();
  assert.match(await fault(), /^The server does not answer/);
  await page.unroute('**/nvs.bin*');
  await press('Try again');
  await press('Connect board');
  await page.getByLabel('Set up the modem first').uncheck();
  // It is scrapped in the moment before: the server's own refusal.
  await ask('POST', `/api/manufacturing/devices/${serial}/status`, { status: 'scrapped', why: 'fell down' });
  await press('Write to board');
  await page.locator('[data-test="fault"]').waitFor();
  assert.match(await fault(), /^The server refuses: .*scrapped/s);
  assert.ok((await end()).every((byte) => byte === 0xff));

  // Chosen again it is refused before anybody plugs in a board; what is none is said at the field.
  await press('Another device');
  const field = page.getByLabel('Serial number or id');
  assert.ok(await field.evaluate((node) => node === document.activeElement), 'a hand scanner types into it');
  await field.fill(serial);
  await field.press('Enter');
  await page.getByText('This device is scrapped').waitFor();
  await press('Another device');
  await field.fill('JBNB9998');
  await field.press('Enter');
  await page.locator('form .error, form [role="alert"]').filter({ hasText: /\w/ }).first().waitFor();
  assert.deepEqual(serious(), []);
});

test('the modem does not come up: the firmware’s own advice is shown', { timeout: 5 * deadline }, async (t) => {
  const { chip, cable } = await startChip(t);
  const { devices } = await batch();
  const { page, press, fault } = await wizard(t, cable, devices[0].serial);
  await press('Connect board');
  await press('Write to board');
  await page.locator('[data-test="fault"]').waitFor();
  assert.match(await fault(), /^The server has no firmware that sets up the modem: choose the file Firmware\.Provisioning\.bin/);
  await press('Try again');
  const upload = (buffer) =>
    page.getByLabel('Firmware that sets up the modem').setInputFiles({ name: 'other.bin', mimeType: 'application/octet-stream', buffer });
  await upload(build);
  await press('Write to board');
  await page.getByText('other.bin is not the firmware that sets up the modem').waitFor();
  await press('Try again');
  await upload(makeProvisioning());
  const before = chip.lines.length;
  await press('Write to board');
  await chip.line(/Loaded app from partition/, before);
  chip.say('say JamBox NB provisioning 6.1.0, started by power');
  chip.say('say PROVISIONING FAILED: SIM_NOT_READY. Seat the SIM again.');
  await page.getByText('The modem did not come up: SIM_NOT_READY. Seat the SIM again.').waitFor();
});

test(
  'ports: none chosen, one that another program has, a board that does not come into its loader',
  { timeout: 5 * deadline },
  async (t) => {
    const { cable } = await startChip(t);
    const { devices } = await batch();
    const { page, press, fault } = await wizard(t, cable, devices[0].serial);
    for (const [state, said] of [
      ['none', /No port was chosen/],
      ['busy', /Another program has this port/],
      ['deaf', /does not come into its loader.*reset button/s],
    ]) {
      cable.state = state;
      await press('Connect board');
      await page.locator('[data-test="fault"]').waitFor();
      assert.match(await fault(), said);
      await press('Try again');
    }
  },
);

test('a phone, and a browser without Web Serial: says that it takes a computer, and gives files and one command', async () => {
  const { devices } = await batch();
  const context = await profile(browser, server.base, { who: maker, size: phone });
  await context.addInitScript(() => delete Navigator.prototype.serial);
  const tab = await open(context, `${server.base}/provision?serial=${devices[0].serial}`);
  await tab.page.locator('[data-test="obstacle"]').getByText('a computer').waitFor();
  const command = await tab.page.locator('[data-test="command"]').innerText();
  assert.equal(
    command,
    'esptool write-flash 0x0 bootloader.bin 0x8000 partitions.bin 0x10000 app.bin 0x30000 deployment.bin 0x44000 nvs.bin',
  );
  const [file] = await Promise.all([tab.page.waitForEvent('download'), tab.page.getByRole('button', { name: 'deployment.bin' }).click()]);
  assert.deepEqual(readFileSync(await file.path()), build);
  await assertSound(tab, 'without Web Serial');
  await context.close();
});

test(
  'the firmware that sets the modem up comes from the server; then the one that counts, until it speaks',
  { timeout: 10 * deadline },
  async (t) => {
    await uploadProvisioning();
    const { chip, cable, end } = await startChip(t);
    const [{ serial, device_id }] = (await batch()).devices;
    const { page, press, serious } = await wizard(t, cable, serial);
    await press('Connect board');
    assert.ok(await page.getByLabel('Set up the modem first').isChecked());
    await page.getByText('The server has version 6.0.7').waitFor();
    await picture(page, 'write');
    // What comes damaged is not written.
    await page.route('**/firmware.bin?part=provisioning*', (route) => route.fulfill({ status: 200, body: 'no firmware' }));
    await press('Write to board');
    await page.locator('[data-test="fault"]').getByText('This came damaged from the server').waitFor();
    await page.unroute('**/firmware.bin?part=provisioning*');
    await press('Try again');
    const before = chip.lines.length;
    await press('Write to board');
    await chip.line(/Loaded app from partition/, before);
    const between = chip.lines.length;
    chip.say('say JamBox NB provisioning 6.0.7, started by power');
    chip.say('say PROVISIONING SUCCESS');
    await chip.line(/Loaded app from partition/, between);
    chip.say('say JamBox NB 6.1.0, started by power');
    await page.getByText('The board runs the firmware that counts, 6.1.0').waitFor();
    const flash = await end();
    assert.deepEqual(flash.subarray(at.deploy.address, at.deploy.address + build.length), build);
    await speak(flash, device_id);
    await page.getByText(`${serial} has spoken to the server`).waitFor();
    assert.deepEqual(serious(), []);
  },
);

test('without Web Serial, both phases have their files and their command', async () => {
  const { devices } = await batch();
  const context = await profile(browser, server.base, { who: maker });
  await context.addInitScript(() => delete Navigator.prototype.serial);
  const { page } = await open(context, `${server.base}/provision?serial=${devices[0].serial}`);
  assert.equal(
    await page.locator('[data-test="command-modem"]').innerText(),
    'esptool write-flash 0x0 bootloader.bin 0x8000 partitions.bin 0x10000 app.bin 0x30000 provisioning.bin',
  );
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'provisioning.bin' }).click()]);
  assert.deepEqual(readFileSync(await file.path()), makeProvisioning());
  await context.close();
});

test('sums are MD5’s; lines are followed however they come in pieces, whatever comes', () => {
  const seed = Number(process.env.SEED ?? 16);
  let state = seed;
  const random = (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  for (const length of [0, 1, 55, 56, 57, 63, 64, 65, 4096, random(100_000)]) {
    const bytes = Uint8Array.from({ length }, () => random(256));
    assert.equal(md5(bytes), createHash('md5').update(bytes).digest('hex'), `${length} bytes, SEED=${seed}`);
  }
  const said = [
    'waiting for download\r\n',
    '12.5 JamBox NB provisioning 6.1.0-rc.1, started by power\r\n',
    '> AT\r\n> ATE0\r\n> AT+CFUN=1,1\r\n> AT\r\n',
    'PROVISIONING FAILED: SIM_NOT_READY. Seat the SIM again.\r\nbutton: trying again\r\n> AT\r\nPROVISIONING SUCCESS\r\n',
  ].join('');
  for (let round = 0; round < 200; round += 1) {
    const watch = new Watch();
    for (let from = 0; from < said.length;) {
      const to = from + 1 + random(40);
      watch.take(said.slice(from, to));
      from = to;
    }
    assert.deepEqual(
      [watch.phase, watch.version, watch.step, watch.isReady, watch.failure],
      ['modem', '6.1.0-rc.1', 1, true, null],
      `round ${round}, SEED=${seed}`,
    );
    const noise = new Watch();
    for (let piece = 0; piece < 50; piece += 1) {
      noise.take(Array.from({ length: random(200) }, () => String.fromCharCode(random(256))).join(''));
    }
    assert.ok(['unknown', 'loader'].includes(noise.phase), `round ${round}, SEED=${seed}`);
  }
});
