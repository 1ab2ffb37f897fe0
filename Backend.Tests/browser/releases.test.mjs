// Updates, in Debian's Chromium, against the real server: a build is uploaded and signed, its patches are made, a roll-out is made, started
// and goes from its canary to done while boxes over HTTP take it; failures by reason; pause, resume, abort; every number is the API's.
import assert from 'node:assert/strict';
import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { SimulatedBox, hardware, keyName, makeFloor, makeImage, makeKey, makeKeyChange, makeManifest, uploadRelease } from './firmware.mjs';
import { assertSound, caller, desktop, open, phone, profile, ready } from './portal.mjs';
import { key as adminKey, startBrowser, startServer } from './server.mjs';
import { evil, password } from './world.mjs';

const people = Object.fromEntries(
  ['viewer', 'owner', 'operator', 'admin'].map((role) => [role, { email: `${role}@example.org`, password }]),
);
const signer = makeKey();
const release = (version, sequence, revision) => ({ version, sequence, image: makeImage(revision) });
const [old, next, later] = [release('6.0.1', 60001, 0), release('6.1.0', 60100, 1), release('6.2.0', 60200, 2)];
const notes = `Counts better ${evil}`;
/** How long the server may take for what it looks at once a minute, ms. */
const lookMs = 130_000;
let server, browser, ask, folder, place;
const boxes = [];

before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'jambox-releases-'));
  server = await startServer(
    '--RateLimits:ReadingsPerMinute=1000000',
    '--RateLimits:AdminPerMinute=1000000',
    `--Ota:PublicKey=${signer.hex}`,
  );
  browser = await startBrowser();
  ask = caller(server.base);
  place = await ask('POST', '/api/places', { name: `Kiosk ${evil}`, timezone: 'Europe/Berlin' });
  for (const role of Object.keys(people)) {
    const isOfPlace = role === 'viewer' || role === 'owner';
    await ask('POST', '/api/users', { ...people[role], name: role, role, ...(isOfPlace ? { places: [place.id] } : {}) });
  }
  for (let i = 1; i <= 25; i += 1) {
    const id = `JBNB${String(i).padStart(4, '0')}`;
    const { token } = await ask('POST', '/api/device/register', { device_id: id });
    const box = new SimulatedBox(server.base, id, token, old);
    boxes.push(box);
    await box.check();
    await box.reading();
  }
  await ask('POST', `/api/places/${place.id}/devices`, { device_id: boxes[0].id });
});

after(async () => {
  await browser?.close();
  server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Signs in once a role: it costs a slow hash. */
const states = new Map();
async function as(role, options = {}) {
  if (!states.has(role)) {
    const signedIn = await profile(browser, server.base, { who: people[role] });
    states.set(role, await signedIn.storageState());
    await signedIn.close();
  }
  const context = await profile(browser, server.base, { who: null, ...options });
  await context.addCookies(states.get(role).cookies);
  return context;
}

/** What the browser complains about, but for the refusals that a test asks for. */
const serious = (errors) => errors.filter((one) => !/status of 400/.test(one));

/** A number on the page. */
const value = (page, name, within = 'main') =>
  page
    .locator(`${within} [data-test="${name}"]`)
    .first()
    .evaluate((node) => Number(node.value));

/** Waits until a number on the page is what it should be. */
const becomes = (page, name, wanted) =>
  page.waitForFunction(
    ([test, number]) => [...document.querySelectorAll(`main [data-test="${test}"]`)].some((node) => node.value === String(number)),
    [name, wanted],
  );

function file(name, bytes) {
  const to = path.join(folder, name);
  writeFileSync(to, bytes);
  return to;
}

/** Brings a build over the API, and waits for its patches. */
async function publish(build) {
  const answer = await fetch(`${server.base}/api/ota/firmware?version=${build.version}&hw=${hardware}&seq=${build.sequence}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${adminKey}` },
    body: build.image,
  });
  assert.ok(answer.ok, await answer.clone().text());
  const { id } = await answer.json();
  const signed = await fetch(`${server.base}/api/ota/firmware/${id}/manifest`, {
    method: 'PUT',
    headers: { Authorization: `Bearer ${adminKey}` },
    body: makeManifest(build.image, build, signer),
  });
  assert.equal(signed.status, 204, await signed.text());
  await patchesOf(id);
  return id;
}

/** Waits until no patch of a build is waiting or being made. */
async function patchesOf(id) {
  const end = Date.now() + 60_000;
  for (;;) {
    const { patches } = await ask('GET', `/api/ota/firmware/${id}`);
    if (patches.length > 0 && patches.every((one) => one.state !== 'waiting' && one.state !== 'making')) {
      return patches;
    }
    assert.ok(Date.now() < end, JSON.stringify(patches));
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

test('a build is uploaded with its manifest; its patch appears by itself; numbers are the API’s; texts are text', async () => {
  await publish(old);
  const context = await as('admin');
  const { page, errors } = await open(context, `${server.base}/releases/builds`);
  assert.equal(await value(page, 'build-boxes'), 25, 'what the boxes said that they run');
  await page.locator('summary', { hasText: 'Upload a build' }).click();
  await page.getByLabel('Signed manifest').setInputFiles(file('wrong.manifest', Buffer.alloc(148)));
  await page.getByLabel('Image', { exact: true }).setInputFiles(file('next.bin', next.image));
  await page.getByLabel('Version').fill('6.1.0');
  await page.getByLabel('Hardware').fill(hardware);
  await page.getByLabel('Sequence').fill('60100');
  await page.getByRole('button', { name: 'Upload build' }).click();
  await page.getByText('This is no signed manifest').waitFor();
  assert.equal((await ask('GET', '/api/ota/firmware')).length, 1, 'nothing was sent');
  await page.getByLabel('Version').fill('');
  await page.getByLabel('Signed manifest').setInputFiles(file('next.manifest', makeManifest(next.image, next, signer)));
  await page.waitForFunction(() => [...document.querySelectorAll('input')].some((node) => node.value === '6.1.0'));
  await page.getByLabel('What is new').fill(notes);
  await page.getByRole('button', { name: 'Upload build' }).click();
  await page.getByText('6.1.0 is here.').first().waitFor();
  const [build] = await ask('GET', '/api/ota/firmware');
  assert.deepEqual([build.version, build.is_signed, build.notes, build.uploaded_by], ['6.1.0', true, notes, people.admin.email]);
  const row = `[data-build="${build.id}"]`;
  await page.locator(row).getByText('signed', { exact: true }).waitFor();
  await page.waitForFunction((one) => document.querySelectorAll(`${one} [data-test="way"]`).length === 2, row);
  const patches = (await ask('GET', `/api/ota/patches?firmware_id=${build.id}`)).filter((one) => one.state === 'ready');
  assert.deepEqual(
    await page.locator(`${row} [data-test="way"]`).evaluateAll((nodes) => nodes.map((node) => Number(node.value))),
    patches.map((one) => one.size),
  );
  assert.deepEqual([await value(page, 'build-boxes', row), await value(page, 'build-size', row)], [0, next.image.length]);
  assert.ok((await page.locator(row).innerText()).includes(notes));
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.locator(row).getByRole('button', { name: 'Download image' }).click(),
  ]);
  assert.equal(download.suggestedFilename(), `${hardware}-6.1.0.bin`);
  assert.equal(await page.evaluate(() => window.pwned), undefined);
  assert.deepEqual(serious(errors), []);
  await context.close();
});

test('what the server refuses of an upload is said, in its words', async () => {
  const context = await as('admin');
  const { page } = await open(context, `${server.base}/releases/builds`);
  await page.locator('summary', { hasText: 'Upload a build' }).click();
  await page.getByLabel('Image', { exact: true }).setInputFiles(file('noise.bin', Buffer.alloc(5000)));
  await page.getByLabel('Version').fill('6_9');
  await page.getByLabel('Hardware').fill(hardware);
  await page.getByLabel('Sequence').fill('60900');
  await page.getByRole('button', { name: 'Upload build' }).click();
  await page.getByRole('link', { name: /Version: must be 1 to 15/ }).waitFor();
  await page.getByLabel('Version').fill('6.9.0');
  await page.getByRole('button', { name: 'Upload build' }).click();
  await page.getByText('No deployment image').first().waitFor();
  await context.close();
});

test('a build without a manifest says that no box gets it, and is signed later', async () => {
  const context = await as('admin', { size: phone });
  const { page, errors } = await open(context, `${server.base}/releases/builds`);
  const build = release('5.9.0', 59000, 3);
  await page.locator('summary', { hasText: 'Upload a build' }).click();
  await page.getByLabel('Image', { exact: true }).setInputFiles(file('unsigned.bin', build.image));
  await page.getByLabel('Version').fill(build.version);
  await page.getByLabel('Hardware').fill(hardware);
  await page.getByLabel('Sequence').fill(String(build.sequence));
  await page.getByRole('button', { name: 'Upload build' }).click();
  await page.getByText('5.9.0 is here, but not signed').first().waitFor();
  const { id } = (await ask('GET', '/api/ota/firmware'))[0];
  const row = page.locator(`[data-build="${id}"]`);
  await row.getByText('not signed').waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth), false);
  for (const [manifest, answer] of [
    [makeManifest(build.image, build, makeKey()), /The signature is not that of/],
    [makeManifest(build.image, build, signer), /5\.9\.0 is signed\./],
  ]) {
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      row.getByRole('button', { name: 'Add signed manifest' }).click(),
    ]);
    await chooser.setFiles(file('late.manifest', manifest));
    await page.getByText(answer).first().waitFor();
  }
  await row.getByText('signed', { exact: true }).waitFor();
  assert.equal((await ask('GET', `/api/ota/firmware/${id}`)).is_signed, true);
  assert.deepEqual(serious(errors), []);
  await context.close();
});

test('patches: made for a pair, live, with the size and share that the API says', async () => {
  const context = await as('admin');
  const { page, errors } = await open(context, `${server.base}/releases/patches`);
  await page.waitForFunction(() => document.body.dataset.live === 'on');
  const builds = await ask('GET', '/api/ota/firmware');
  const [to, from] = [next, old].map((build) => String(builds.find((one) => one.version === build.version).id));
  await page.locator('summary', { hasText: 'Make a patch' }).click();
  await page.getByLabel('From').selectOption(to);
  await page.getByLabel('To', { exact: true }).selectOption(from);
  await page.getByRole('button', { name: 'Make patch' }).click();
  await page.getByRole('link', { name: /From: must have a lower sequence/ }).waitFor();
  await page.getByLabel('From').selectOption(from);
  await page.getByLabel('To', { exact: true }).selectOption(to);
  await page.getByLabel('Profile').selectOption('H');
  await page.getByRole('button', { name: 'Make patch' }).click();
  await page.getByText('The patch is being made.').first().waitFor();
  const asked = (await ask('GET', `/api/ota/patches?firmware_id=${to}`)).find((one) => one.profile === 'H' && one.base_version);
  await page.locator(`[data-patch="${asked.id}"] [data-word="ready"]`).waitFor();
  const made = (await ask('GET', `/api/ota/patches?firmware_id=${to}`)).find((one) => one.id === asked.id);
  assert.equal(await value(page, 'patch-size', `[data-patch="${asked.id}"]`), made.size);
  assert.equal(await value(page, 'patch-share', `[data-patch="${asked.id}"]`), made.size / made.image_size);
  assert.deepEqual(serious(errors), []);
  await context.close();
});

test('a roll-out: asked before, made, started, live from its first box to done without a reload', { timeout: 400_000 }, async () => {
  const context = await as('admin');
  const { page, errors } = await open(context, `${server.base}/releases/rollouts`);
  await page.getByText('No roll-outs yet.').waitFor();
  await page.getByRole('link', { name: 'New roll-out' }).click();
  await ready(page, 'rollout-new');
  const { id: firmware } = (await ask('GET', '/api/ota/firmware')).find((one) => one.version === next.version);
  await ask('PUT', `/api/device/${boxes[9].id}/ota/pin?version=6.0.1`);
  await page.getByLabel('Version').selectOption(String(firmware));
  await page.getByLabel('For', { exact: true }).selectOption('devices');
  await page.getByLabel('For', { exact: true }).selectOption('all');
  await becomes(page, 'pre-able', 24);
  const answer = await ask('GET', `/api/ota/preflight?firmware=${firmware}`);
  for (const name of ['boxes', 'able', 'silent', 'current']) {
    assert.equal(await value(page, `pre-${name}`), answer[name], name);
  }
  assert.deepEqual([answer.boxes, answer.able, await value(page, 'cannot-pinned')], [25, 24, 1]);
  assert.equal(
    await page.locator('[data-reason="pinned"] a').getAttribute('href'),
    `/locations/${boxes[9].id}/update`,
    'why not stands on the page of the box',
  );
  // Refusals of the server land on their fields, folded away or not.
  await page.getByLabel('First boxes').fill(boxes[0].id);
  await page.getByLabel('Then these shares').fill('100, 50');
  await page.getByRole('button', { name: 'Make roll-out' }).click();
  await page.getByRole('link', { name: /Then these shares.*must be greater than the one before/ }).waitFor();
  await page.getByLabel('Then these shares').fill('100');
  await page.getByLabel('Boxes are served from').fill('22:00');
  await page.getByLabel('until').fill('22:00');
  await page.getByRole('button', { name: 'Make roll-out' }).click();
  await page.getByRole('link', { name: /Boxes are served from: / }).waitFor();
  await page.getByLabel('Boxes are served from').fill('');
  await page.getByLabel('until').fill('');
  await page.getByLabel('First boxes').fill('NOBODY');
  await page.locator('summary', { hasText: 'How careful it is' }).click();
  await page.getByLabel('Minutes between stages').fill('0');
  await page.getByLabel('Readings to prove it').fill('1');
  await page.getByLabel('Counts, % of before').fill('0');
  await page.getByLabel('Note').fill('<b>by hand</b>');
  await page.getByRole('button', { name: 'Make roll-out' }).click();
  await page.getByText('NOBODY is not registered').first().waitFor();
  await page.getByLabel('First boxes').fill(boxes[0].id);
  await page.getByRole('button', { name: 'Make roll-out' }).click();
  await page.waitForURL(/\/releases\/rollouts\/\d+$/);
  await ready(page, 'rollout');
  const id = Number(new URL(page.url()).pathname.split('/').pop());
  const rollout = () => ask('GET', `/api/ota/rollouts/${id}`);
  const draft = await rollout();
  assert.deepEqual(
    [draft.state, draft.stages.map((one) => one.percent), draft.soak_minutes, draft.health_gate.min_readings, draft.notes],
    ['draft', [null, 100], 0, 1, '<b>by hand</b>'],
  );
  await page.getByText('<b>by hand</b>').waitFor();
  await page.locator('[data-test="pre-able"]').waitFor();
  assert.equal(await value(page, 'pre-able'), 24);
  await page.waitForFunction(() => document.body.dataset.live === 'on');
  let reloads = 0;
  page.on('framenavigated', () => (reloads += 1));

  await page.getByRole('button', { name: 'Start roll-out' }).click();
  await page.getByText('The first stage is 1 box that you named.').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Start roll-out' }).click();
  await page.locator('[data-word="canary"]').first().waitFor();
  await page.locator('[data-test="stage"]', { hasText: 'stage 1 of 2' }).waitFor();
  assert.equal(await value(page, 'hold'), (await rollout()).hold.boxes);

  // The first box takes it, in steps that the page shows as they come.
  const offer = await boxes[0].check();
  await becomes(page, 'boxes-offered', 1);
  await boxes[0].fetch(offer, 1);
  await boxes[0].fetch(offer);
  await boxes[0].heartbeat('trial');
  await becomes(page, 'boxes-trial', 1);
  await boxes[0].end(offer, next, 'success');
  await boxes[0].reading();
  await becomes(page, 'boxes-confirmed', 1);
  // The server sees within a minute that it does as well as before, and goes on.
  await page.locator('[data-test="stage"]', { hasText: 'stage 2 of 2' }).waitFor({ timeout: lookMs });
  const gate = (await ask('GET', `/api/ota/rollouts/${id}/devices`)).find((one) => one.device_id === boxes[0].id).health;
  const readings = gate.measures.find((one) => one.name === 'readings');
  assert.deepEqual(
    [await value(page, 'gate-before', '[data-measure="readings"]'), await value(page, 'gate-after', '[data-measure="readings"]')],
    [readings.before, readings.after],
  );
  assert.equal(await value(page, 'proved'), (await rollout()).boxes.proved);

  // The others: most go well, one is refused for its key, two come back from their trial.
  for (const box of boxes.slice(1, 6)) {
    await box.update(next);
  }
  for (const [box, status, why] of [
    [boxes[6], 'failed', 'signature'],
    [boxes[7], 'rolled_back', evil.slice(0, 40)],
  ]) {
    const wrong = await box.check();
    await box.fetch(wrong);
    await box.end(wrong, next, status, why);
  }
  await becomes(page, 'boxes-confirmed', 6);
  await becomes(page, 'boxes-failed', 1);
  await becomes(page, 'boxes-rolled_back', 1);
  assert.equal(await page.locator('[data-failure="failed signature"]').textContent(), `failed – wrong signature: 1 – ${boxes[6].id}`);
  assert.ok((await page.locator('[data-failure^="rolled_back"]').innerText()).includes(evil.slice(0, 40)), 'a reason from outside is text');
  const now = await rollout();
  for (const [word, n] of Object.entries(now.boxes)) {
    const shown = page.locator(`main [data-test="boxes-${word}"]`);
    if (await shown.count()) {
      assert.equal(await shown.evaluate((node) => Number(node.value)), n, word);
    }
  }
  assert.equal(await value(page, 'stage-confirmed', '[data-stage="1"]'), now.stages[1].boxes.confirmed);
  assert.equal(await value(page, 'stage-in', '[data-stage="1"]'), now.stages[1].boxes.in_stage);
  assert.equal(await value(page, 'cannot-pinned'), 1);

  // A box is left out, and taken in again; the list shows it.
  await page.getByRole('button', { name: /1 failed/ }).click();
  await page.getByText('1 of 25 boxes').waitFor();
  await page.getByRole('button', { name: /1 failed/ }).click();
  await page.locator('.list-row', { hasText: boxes[9].id }).click();
  await page.getByRole('button', { name: `Leave out ${boxes[9].id}` }).click();
  await becomes(page, 'boxes-excluded', 1);
  await page.getByRole('button', { name: 'Undo' }).click();
  await becomes(page, 'boxes-blocked', 1);

  // Held, and on again; then it is called done.
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.locator('[data-word="paused"]').waitFor();
  assert.equal((await boxes[10].check()).reason, 'paused');
  await page.getByRole('button', { name: 'Resume roll-out' }).click();
  await page.locator('[data-word="rolling"]').waitFor();
  await page.getByRole('button', { name: 'Call it done' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Call it done' }).click();
  await page.locator('[data-word="done"]').waitFor();
  assert.equal((await rollout()).state, 'done');
  assert.equal(await page.getByRole('button', { name: /Pause|Abort/ }).count(), 0, 'what is over has no buttons');
  assert.equal(reloads, 0, 'nothing was loaded anew');
  assert.equal(await page.evaluate(() => window.pwned), undefined);
  assert.deepEqual(serious(errors), []);
  await context.close();
});

test('an abort says what stays, wants the number typed, and is what the API then says', async () => {
  const firmware = await publish(later);
  const { id } = await ask('POST', '/api/ota/rollouts', { firmware_id: firmware, stages: [{ percent: 100 }], soak_minutes: 0 });
  await ask('POST', `/api/ota/rollouts/${id}/start`);
  await boxes[0].update(later);
  const context = await as('operator');
  const { page, errors } = await open(context, `${server.base}/releases/rollouts`);
  const rows = await page.locator('[data-rollout]').evaluateAll((nodes) => nodes.map((node) => Number(node.dataset.rollout)));
  assert.equal(rows[0], id, 'what goes on stands first');
  assert.equal(await value(page, 'row-confirmed', `[data-rollout="${id}"]`), 1);
  assert.equal(await page.getByRole('link', { name: 'New roll-out' }).count(), 0, 'operators move roll-outs, admins make them');
  await page.locator(`[data-rollout="${id}"] a`).click();
  await ready(page, 'rollout');
  await page.getByRole('button', { name: 'Abort roll-out' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('1 stays on 6.2.0, 24 keep what they run.').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Cancel');
  const button = dialog.getByRole('button', { name: 'Abort for 24 boxes' });
  assert.equal(await button.isDisabled(), true);
  await dialog.getByRole('textbox').fill('24');
  await button.click();
  await page.locator('[data-word="aborted"]').waitFor();
  assert.equal((await ask('GET', `/api/ota/rollouts/${id}`)).state, 'aborted');
  assert.deepEqual(serious(errors), []);
  await context.close();
});

test('a start in a zone is that moment, and is said with its zone', async () => {
  const context = await as('admin', { zone: 'America/New_York' });
  const { page, errors } = await open(context, `${server.base}/releases/rollouts/new`);
  const day = new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 10);
  await page.getByLabel('Time zone of these times').selectOption('Europe/Berlin');
  await page.getByLabel('Not before, day').fill(day);
  await page.getByLabel('Not before, time').fill('03:30');
  await page.getByText(/^Begins .*\b0?3:30, Europe\/Berlin\.$/).waitFor();
  await page.getByLabel('Boxes are served from').fill('22:00');
  await page.getByLabel('until').fill('05:00');
  await page.getByLabel('For', { exact: true }).selectOption('places');
  await page.getByLabel('Places', { exact: true }).selectOption({ label: place.name });
  await becomes(page, 'pre-boxes', 1);
  await page.getByRole('button', { name: 'Make roll-out' }).click();
  await page.waitForURL(/\/releases\/rollouts\/\d+$/);
  await ready(page, 'rollout');
  const made = await ask('GET', `/api/ota/rollouts/${new URL(page.url()).pathname.split('/').pop()}`);
  const shown = new Intl.DateTimeFormat('sv', { dateStyle: 'short', timeStyle: 'short', timeZone: 'Europe/Berlin' });
  assert.equal(shown.format(new Date(made.start_at)), `${day} 03:30`);
  assert.deepEqual([made.window.from, made.window.to, made.window.timezone], ['22:00', '05:00', 'Europe/Berlin']);
  assert.deepEqual(made.target.places, [place.id]);
  await page.locator('summary', { hasText: 'How it was set up' }).click();
  await page.getByText(/\(America\/New_York\)/).waitFor();
  await page.getByRole('button', { name: 'Abort roll-out' }).click();
  await page.getByText('Nothing of it has been offered to a box yet.').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Abort roll-out' }).click();
  await page.locator('[data-word="aborted"]').waitFor();
  assert.deepEqual(serious(errors), []);
  await context.close();
});

test('a roll-out of things: made from the same page, and shows what applies to things', async () => {
  for (const version of ['v1.0.0', 'v2.0.0']) {
    await uploadRelease(server.base, version);
  }
  const things = {};
  for (const id of ['clock-1', 'clock-2', 'clock-3']) {
    const { token } = await ask('POST', '/api/device/register', { device_id: id, kind: 'thing', product: 'clock', platform: 'ESP-01' });
    things[id] = (path, body) =>
      fetch(server.base + path, {
        method: body ? 'POST' : 'GET',
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
        body: body && JSON.stringify(body),
      });
    assert.equal((await things[id]('/api/heartbeat', { d: id, v: 'v1.0.0' })).status, 200);
  }
  const { id: release } = (await ask('GET', '/api/releases?product=clock')).find((one) => one.version === 'v2.0.0');
  const context = await as('admin');
  const { page, errors } = await open(context, `${server.base}/releases/rollouts/new?release=${release}`);
  await page.getByText('3 things: 3 can take it').waitFor();
  await page.locator('summary', { hasText: 'How careful it is' }).click();
  assert.equal(await page.getByLabel('Readings to prove it').isVisible(), false, 'things send no readings');
  await page.getByLabel('First boxes').fill('clock-2');
  await page.getByLabel('Then these shares').fill('50, 100');
  await page.getByRole('button', { name: 'Make roll-out' }).click();
  await page.waitForURL(/\/releases\/rollouts\/\d+$/);
  await page.getByRole('heading', { level: 1, name: 'v2.0.0 for clock, esp01' }).waitFor();
  await page.getByText('3 things: 3 can take it').waitFor();
  const id = Number(new URL(page.url()).pathname.split('/').pop());
  await page.getByRole('button', { name: 'Start roll-out' }).click();
  await page.getByText('A roll-out of an older version for clock, esp01 that is under way ends.').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Start roll-out' }).click();
  await page.getByText('Waits for 1 thing of this stage.').waitFor();
  assert.equal((await things['clock-2']('/api/firmware/esp01')).status, 200);
  await things['clock-2']('/api/ota/session', { event: 'start', old_version: 'v1.0.0', new_version: 'v2.0.0' });
  await things['clock-2']('/api/ota/session', { event: 'progress', progress: 57 });
  await page.getByText('57%').first().waitFor();
  await things['clock-2']('/api/ota/session', { event: 'complete', status: 'success' });
  await page.getByText('1 thing runs it and has yet to prove it').waitFor();
  await page.locator('summary', { hasText: 'How it was set up' }).click();
  assert.equal(await page.getByText('Readings to prove it').count(), 0);
  await page.getByText('Hours to run it; 0 = a quarter of an hour').waitFor();
  // The box itself, and what is said of it there.
  await page.getByText('clock-2', { exact: true }).first().click();
  await page.waitForFunction(() => document.querySelector('main .loading') === null);
  assert.deepEqual(errors, []);
  await page.close();

  const spanish = await as('admin', { locale: 'es-ES' });
  const { page: pagina, errors: errores } = await open(spanish, `${server.base}/releases/rollouts/${id}`);
  await pagina.getByRole('heading', { name: 'Dispositivos', exact: true }).waitFor();
  assert.deepEqual(errores, []);
  await ask('POST', `/api/ota/rollouts/${id}/abort`);
  await spanish.close();
  await context.close();
});

test('viewers and owners have no updates: not in the navigation, not by the address', async () => {
  for (const role of ['viewer', 'owner']) {
    const context = await as(role);
    for (const url of ['/releases', '/releases/builds', '/releases/patches', '/releases/rollouts/1', '/releases/rollouts/new']) {
      const { page } = await open(context, server.base + url);
      assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), 'This page is not yours to see', `${role} ${url}`);
      assert.equal(await page.locator('a[href^="/releases"]').count(), 0);
      await page.close();
    }
    await context.close();
  }
});

for (const [size, scheme] of [
  [desktop, 'light'],
  [phone, 'dark'],
]) {
  test(`axe finds nothing in both themes, and nothing runs over the edge: ${size.width} px`, async () => {
    const context = await as('admin', { scheme, size });
    const rollouts = await ask('GET', '/api/ota/rollouts');
    let shown = null;
    for (const url of ['builds', 'patches', 'rollouts', 'rollouts/new', ...rollouts.map((one) => `rollouts/${one.id}`)]) {
      shown = await open(context, `${server.base}/releases/${url}`, shown);
      for (const summary of await shown.page.locator('summary').all()) {
        await summary.click();
      }
      await shown.page.waitForFunction(() => document.querySelector('main .loading') === null);
      await assertSound(shown, url);
    }
    await context.close();
  });
}

test('keys and floor: who trusts which, a record and a floor are brought, those who may not see no button', async () => {
  const second = makeKey();
  const say = (box, keys, floor) =>
    fetch(new URL('/api/heartbeat', server.base), {
      method: 'POST',
      headers: { Authorization: `Bearer ${box.token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ d: box.id, v: '6.0.1', b: 1, ob: 'idle', ks: keys, fl: floor }),
    });
  await say(boxes[0], keyName(signer), '0.0');
  await say(boxes[1], keyName(signer), '0.1!');
  const context = await as('admin', phone);
  const shown = await open(context, `${server.base}/releases/keys`);
  const { page } = shown;
  await ready(page);
  assert.match(await page.textContent('main'), new RegExp(keyName(signer)));
  assert.equal(await value(page, 'trust-boxes'), 2);
  await page.waitForFunction((id) => document.querySelector('main').textContent.includes(id), boxes[1].id);
  const bring = async (name, buffer) => {
    await page.setInputFiles('input[type=file]', { name, mimeType: 'application/octet-stream', buffer });
  };
  await bring('nothing.rec', Buffer.from('hello'));
  await page.waitForSelector('[role=alert]:not([hidden])');
  await bring('change.rec', makeKeyChange([signer, second], { epoch: 0, number: 1 }, signer));
  await page.click('dialog .danger');
  await page.waitForFunction((name) => document.querySelector('main').textContent.includes(name), keyName(second));
  await bring('floor.rec', makeFloor({ epoch: 0, number: 1, minimum: 60001, days: 90 }, second));
  await page.click('dialog .danger');
  await page.waitForSelector('[data-test="floor-minimum"]');
  assert.equal(await value(page, 'floor-minimum'), 60001);
  const trust = await ask('GET', '/api/ota/trust');
  assert.deepEqual([trust.name, trust.floors[0].name, trust.floors[0].minimum_sequence], ['0.1', '0.1', 60001]);
  await assertSound(shown, '/releases/keys');
  await context.close();
  const operator = await as('operator', phone);
  const { page: seen } = await open(operator, `${server.base}/releases/keys`);
  await ready(seen);
  assert.equal(await seen.locator('input[type=file]').count(), 0);
  await operator.close();
});
