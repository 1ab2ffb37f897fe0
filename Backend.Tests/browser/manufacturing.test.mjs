// Manufacturing, in Debian's Chromium, against the real server: a batch is made and its PINs are shown once, its labels are saved, a device
// speaks with the identity that the server made, is assigned, taken back and scrapped.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { caller, faults, open, phone, profile, ready } from './portal.mjs';
import { key, startBrowser, startServer } from './server.mjs';
import { password } from './world.mjs';

const people = Object.fromEntries(['admin', 'maker'].map((role) => [role, { email: `${role}@example.org`, password }]));
let server, browser, ask;

before(async () => {
  server = await startServer('--Manufacturing:Host=count.example.org', '--RateLimits:AdminPerMinute=1000000');
  browser = await startBrowser();
  ask = caller(server.base);
  for (const [role, who] of Object.entries(people)) {
    await ask('POST', '/api/users', { ...who, name: role, role });
  }
});

after(async () => {
  await browser?.close();
  server?.stop();
});

const as = (role, options) => profile(browser, server.base, { who: people[role], ...options });

const batchOf = (quantity) => ask('POST', '/api/manufacturing/batch', { board_type: 'NB', board_version: '02', quantity });

const shownOf = (device) => ask('GET', `/api/manufacturing/devices/${device.serial}`);

/** A box with the identity that the server makes for it: its token stands in the image, and nowhere else. */
async function flash(device) {
  const answer = await fetch(`${server.base}/api/manufacturing/devices/${device.serial}/nvs.bin`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${key}` },
  });
  assert.equal(answer.status, 200);
  const image = Buffer.from(await answer.arrayBuffer()).toString('latin1');
  // A text in NVS ends with a zero; what is before it may be any byte.
  const send = caller(server.base, /[A-Za-z0-9_-]{43}(?=\0)/.exec(image)[0]);
  return { heartbeat: () => send('POST', '/api/heartbeat', { d: device.device_id }) };
}

/** Values of `<data>` with that name, in the page's order. */
const values = (scope, name) =>
  scope.locator(`[data-test=${name}]`).evaluateAll((nodes) => nodes.map((node) => node.getAttribute('value')));

test('a maker makes a batch; its PINs are shown once, and leaving asks until they are saved', async () => {
  const maker = await as('maker', { size: phone });
  const { page, errors } = await open(maker, `${server.base}/sign-in`);
  await page.goto(`${server.base}/manufacturing`);
  await ready(page, 'manufacturing');
  await page.getByText('No batch yet.').waitFor();
  await page.getByLabel('Revision of the board').fill('2');
  await page.getByLabel('How many').fill('1001');
  await page.getByRole('button', { name: 'Make batch' }).click();
  await page.getByRole('link', { name: 'Two digits, such as 02.' }).waitFor();
  await page.getByLabel('Revision of the board').fill('02');
  await page.getByLabel('How many').fill('3');
  await page.getByLabel('Note').fill('first carton');
  await page.getByRole('button', { name: 'Make batch' }).click();
  await page.getByRole('heading', { name: /^Batch \d+: 3 devices$/ }).waitFor();
  assert.deepEqual(await faults(page), []);
  const [batch] = await ask('GET', '/api/manufacturing/batches');
  assert.deepEqual([batch.quantity, batch.board_version, batch.note, batch.made_by], [3, '02', 'first carton', people.maker.email]);
  const { devices } = await ask('GET', `/api/manufacturing/batch/${batch.id}`);
  const make = page.locator('[data-part=make]');
  assert.deepEqual(
    await make.locator('tr[data-serial]').evaluateAll((rows) => rows.map((row) => row.dataset.serial)),
    devices.map((one) => one.serial),
  );
  const pins = await values(make, 'pin');
  assert.equal(pins.length, 3);
  assert.ok(
    pins.every((pin) => /^\d{4}$/.test(pin)),
    String(pins),
  );

  const questions = [];
  page.on('dialog', (dialog) => {
    questions.push(dialog.message());
    dialog.dismiss();
  });
  await make.getByRole('link', { name: devices[0].serial }).click();
  assert.equal(questions.length, 1);
  await ready(page, 'manufacturing');
  const [file] = await Promise.all([page.waitForEvent('download'), make.getByRole('button', { name: 'Save labels (PDF)' }).click()]);
  assert.equal(file.suggestedFilename(), `labels-${batch.id}.pdf`);
  assert.equal(
    readFileSync(await file.path())
      .subarray(0, 5)
      .toString(),
    '%PDF-',
  );
  const [list] = await Promise.all([page.waitForEvent('download'), make.getByRole('button', { name: 'Save list (CSV)' }).click()]);
  const rows = readFileSync(await list.path(), 'utf8').split('\r\n');
  assert.deepEqual(rows.slice(0, 4), ['serial,device_id,pin', ...devices.map((one, at) => `${one.serial},${one.device_id},${pins[at]}`)]);

  await make.getByRole('button', { name: 'I have the PINs: show the batch' }).click();
  await ready(page, 'batch');
  assert.equal(questions.length, 1);
  assert.equal(await page.locator('li[data-serial]').count(), 3);
  assert.equal((await page.locator('main').innerText()).includes(`PIN ${pins[0]}`), false);
  assert.deepEqual(await faults(page), []);
  assert.deepEqual(errors, []);
  await maker.close();
});

test('what a box does is seen without a reload: first word, yield, time', async () => {
  const batch = await batchOf(2);
  const maker = await as('maker');
  const { page, errors } = await open(maker, `${server.base}/manufacturing/${batch.id}`);
  const row = page.locator(`li[data-serial="${batch.devices[0].serial}"]`);
  // What waits for a board is one press away from it; what has spoken is not.
  const provision = row.getByRole('link', { name: 'Bring it to a board' });
  assert.equal(await provision.getAttribute('href'), `/provision?serial=${batch.devices[0].serial}&batch=${batch.id}`);
  await row.locator('[data-life=manufactured]').waitFor();
  await (await flash(batch.devices[0])).heartbeat();
  await row.locator('[data-life=provisioned]').waitFor();
  assert.deepEqual([await values(page, 'life-provisioned'), await values(page, 'life-manufactured')], [['1'], ['1']]);

  await page.getByLabel('Where in its life').selectOption('provisioned');
  assert.deepEqual(await values(page, 'devices'), ['1']);
  assert.ok(page.url().endsWith('?status=provisioned'), page.url());
  await page.getByLabel('Where in its life').selectOption('');
  await page.getByLabel('Serial number, id or address').fill(batch.devices[1].serial.slice(-5).toLowerCase());
  assert.deepEqual(await values(page, 'devices'), ['1']);
  await page.getByLabel('Serial number, id or address').fill('nobody');
  await page.getByText('Nothing matches.').waitFor();

  await page.getByRole('link', { name: '‹ Batches' }).click();
  await ready(page, 'manufacturing');
  const figures = await ask('GET', '/api/manufacturing/dashboard');
  assert.deepEqual(
    [await values(page, 'yield'), await values(page, 'first-pass'), await values(page, 'seconds')],
    [[String(figures.yield)], [String(figures.first_pass)], [String(figures.seconds_per_device)]],
  );
  assert.deepEqual(errors, []);
  await maker.close();
});

test('a device is assigned, and the link is shown where no mail is sent; from sold on it is an admin’s', async () => {
  const [device] = (await batchOf(1)).devices;
  await (await flash(device)).heartbeat();
  const maker = await as('maker');
  const address = `${server.base}/manufacturing/devices/${device.serial}`;
  const { page, errors } = await open(maker, address);
  const assign = page.locator('[data-part=assign]');
  await assign.getByLabel('E-mail').fill('ben@example.org');
  await assign.getByLabel('Name').fill('Ben');
  await assign.getByRole('button', { name: 'Assign device' }).click();
  const link = await assign.locator('[data-test=invitation]').textContent();
  assert.match(link, new RegExp(`^${server.base}/invite/[A-Za-z0-9_-]{20,}$`));
  assert.deepEqual(await faults(page), []);
  const { device: sold } = await shownOf(device);
  assert.deepEqual([sold.status, sold.assigned_email, sold.assigned_name], ['sold', 'ben@example.org', 'Ben']);
  await page.locator('[data-life=sold]').waitFor();
  assert.equal(await page.locator('[data-part=step]').count(), 0);
  assert.deepEqual(errors, []);

  const admin = await as('admin');
  const other = await open(admin, address);
  const step = other.page.locator('[data-part=step]');
  assert.deepEqual(await step.getByLabel('New status').locator('option').allTextContents(), ['Given back', 'Scrapped']);
  assert.deepEqual(await faults(other.page), []);
  await step.getByLabel('Why').fill('changed their mind');
  await step.getByRole('button', { name: 'Take step' }).click();
  await other.page
    .getByRole('dialog')
    .getByRole('button', { name: `Take back ${device.serial}` })
    .click();
  await other.page.locator('[data-life=returned]').waitFor();
  await other.page.locator('[data-step=returned]').getByText('changed their mind').waitFor();

  await step.getByLabel('New status').selectOption('scrapped');
  await step.getByRole('button', { name: 'Take step' }).click();
  const dialog = other.page.getByRole('dialog');
  const scrap = dialog.getByRole('button', { name: `Scrap ${device.serial}` });
  assert.ok(await scrap.isDisabled());
  await dialog.getByLabel(`Type ${device.serial} to go on`).fill(device.serial);
  await scrap.click();
  await other.page.locator('[data-life=scrapped]').waitFor();
  assert.equal(await step.count(), 0);
  assert.deepEqual((await shownOf(device)).next, []);
  assert.deepEqual(other.errors, []);
  await Promise.all([maker.close(), admin.close()]);
});

test('a maker lands on the batches, a label of one device is saved with a new PIN, and nothing is there for an unknown one', async () => {
  const [device] = (await batchOf(1)).devices;
  const maker = await profile(browser, server.base, { who: null });
  const { page } = await open(maker, `${server.base}/sign-in`);
  await page.getByLabel('E-mail').fill(people.maker.email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await ready(page, 'manufacturing');
  assert.deepEqual(await page.locator('#top-nav a').evaluateAll((links) => links.map((each) => each.dataset.nav)), [
    'provision',
    'batches',
  ]);

  await page.goto(`${server.base}/manufacturing/devices/${device.serial}`);
  await ready(page, 'made');
  const labels = page.locator('[data-part=labels]');
  await labels.getByLabel('Make new PINs and print them').check();
  const [file] = await Promise.all([page.waitForEvent('download'), labels.getByRole('button', { name: 'Save labels (PDF)' }).click()]);
  assert.equal(file.suggestedFilename(), `label-${device.serial}.pdf`);
  assert.ok((await ask('GET', `/api/audit?target=${device.device_id}`)).some((row) => row.action.includes('pin')));

  // From the device to its board: the wizard has it already.
  await page.getByRole('link', { name: 'Bring it to a board' }).click();
  await ready(page, 'provision');
  await page.getByText(device.serial).first().waitFor();

  await page.goto(`${server.base}/manufacturing/devices/JB-26A18-NB02R-X7KQA`);
  await page.getByText('No batch has made such a device').waitFor();
  assert.deepEqual(await faults(page), []);
  await maker.close();
});
