// The page of one box, in Debian's Chromium, against the real server: its chart and comparison equal the API's numbers, what is in force is
// told from what is wanted, asked from done, a release that does not come from one that does; history in parts; the menu of each role.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { assertSound, caller, deadline, desktop, open, phone, profile, ready } from './portal.mjs';
import { startBrowser, startServer } from './server.mjs';
import { evil, password } from './world.mjs';

const people = Object.fromEntries(['viewer', 'operator', 'admin'].map((role) => [role, { email: `${role}@example.org`, password }]));
const [box, beside, quiet, odd, spare] = ['JBNB0201', 'JBNB0202', 'JBNB0203', 'JBNB0204', 'JBNB0205'];
const tabs = ['now', 'health', 'settings', 'commands', 'update', 'history'];
const fiveMinutes = 300_000;
const tokens = {};
let server, browser, ask, places;
let numbers = 0;

before(async () => {
  server = await startServer('--RateLimits:ReadingsPerMinute=1000000', '--RateLimits:AdminPerMinute=1000000');
  browser = await startBrowser();
  ask = caller(server.base);
  places = [];
  for (const name of ['Bakery Mill Street', `Kiosk ${evil}`, 'Library']) {
    places.push(await ask('POST', '/api/places', { name, timezone: 'Europe/Berlin' }));
  }
  for (const id of [box, beside, quiet, odd, spare]) {
    tokens[id] = (await ask('POST', '/api/device/register', { device_id: id })).token;
  }
  const since = new Date(Date.now() - 7 * 86_400_000).toISOString();
  for (const [id, place] of [
    [box, 0],
    [beside, 0],
    [odd, 1],
  ]) {
    await ask('POST', `/api/places/${places[place].id}/devices`, { device_id: id, from: since });
  }
  // Four hours of readings, of which the box was cut off in the second.
  const end = Date.now() - (Date.now() % fiveMinutes);
  for (let i = 48; i > 0; i -= 1) {
    if (i < 25 || i > 36) {
      await reading(box, { t: end - i * fiveMinutes, u: 40 });
    }
    await reading(beside, { t: end - i * fiveMinutes, u: 80 });
  }
  await heartbeat(box, { b: 7, rr: 'power', v: '6.0.1', cv: 1 });
  await heartbeat(box, { b: 8, rr: 'watchdog', v: '6.1.0', cv: 1 });
  // More within a minute than a box can make.
  for (let i = 0; i < 60; i += 1) {
    await reading(odd);
  }
  for (const role of Object.keys(people)) {
    await ask('POST', '/api/users', {
      ...people[role],
      name: role,
      role,
      ...(role === 'viewer' ? { places: [places[0].id] } : {}),
    });
  }
});

after(async () => {
  await browser?.close();
  server?.stop();
});

/** A reading as a box sends it; `t` in ms. */
function reading(id, { t = Date.now(), u = 40, ...more } = {}) {
  numbers += 1;
  return caller(server.base, tokens[id])('POST', '/api/reading', {
    d: id,
    t: new Date(t).toISOString().slice(0, 19) + 'Z',
    v: '6.1.0',
    cell_rssi: -93,
    i: u * 10,
    u,
    rssi_immediate: u / 4,
    rssi_near: u / 4,
    rssi_far: u / 4,
    rssi_remote: u / 4,
    dwell_0_1: u / 2,
    dwell_1_5: u / 4,
    dwell_5_10: u / 8,
    dwell_10plus: u / 8,
    ble_i: 500,
    ble_u: 80,
    ble_apple: 44,
    ble_other: 36,
    ls: 300,
    iv: 300,
    ts: 1,
    b: 8,
    n: numbers,
    ...more,
  });
}

function heartbeat(id, more) {
  return caller(server.base, tokens[id])('POST', '/api/heartbeat', {
    d: id,
    v: '6.1.0',
    uptime: 60,
    cell_rssi: -93,
    hf: 61440,
    hw: 'atoms3-nb1',
    ...more,
  });
}

/** The days of a month with the bytes of a box, as soon as there are any. The server keeps what it has counted once a minute. */
async function bytesOf(id, month) {
  for (const end = Date.now() + 60_000 + deadline; ;) {
    const days = (await ask('GET', `/api/traffic?device_id=${id}`)).filter((day) => day.day.startsWith(month));
    if (days.length > 0) {
      return days;
    }
    assert.ok(Date.now() < end, 'no bytes are kept');
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

const value = (page, name) =>
  page
    .locator(`[data-test="${name}"]`)
    .first()
    .evaluate((node) => Number(node.value));

const at = (id, tab = 'now') => `${server.base}/locations/${id}/${tab}`;

test('now: the chart’s hours are the API’s, and an hour without a word is a gap, not a zero', async () => {
  const context = await profile(browser, server.base, { who: people.operator });
  const { page, errors } = await open(context, at(box));
  await page.locator('figure.chart').getByRole('button', { name: 'Table' }).click();
  const { hourly } = await ask('GET', `/api/hourly?device_id=${box}&days=2`);
  const past = hourly.filter((hour) => Date.parse(hour.start) <= Date.now());
  const cells = await page.locator('figure.chart tbody td').allTextContents();
  assert.deepEqual(
    cells,
    past.map((hour) => (hour.readings > 0 || hour.coverage > 0 ? hour.unique_count.toLocaleString('en') : 'nothing heard from the box')),
  );
  assert.ok(cells.some((cell) => /^\d/.test(cell)) && cells.includes('nothing heard from the box'));
  const hatched = await page.locator('.time-gap').evaluateAll((nodes) => nodes.reduce((sum, node) => sum + Number(node.dataset.rows), 0));
  assert.equal(hatched, cells.filter((cell) => !/^\d/.test(cell)).length);
  await page.getByRole('group', { name: /Activity by the hour/ }).focus();
  await page.keyboard.press('End');
  assert.match(await page.locator('.chart-readout').textContent(), /: /);
  await page.getByLabel('Days of the chart').selectOption('7');
  await page.waitForURL(/days=7/);
  assert.deepEqual(errors, []);
  await context.close();
});

test('two boxes side by side: per hour of listening, what is far apart is marked, the address holds it all', async () => {
  const context = await profile(browser, server.base, { who: people.operator });
  const { page, errors } = await open(context, at(box));
  await page.getByRole('link', { name: 'Compare with another box' }).click();
  await page.getByText('Choose the box that this one is compared with.').waitFor();
  await page.getByLabel('Compare with box').fill(beside);
  await page.getByRole('button', { name: 'Compare boxes' }).click();
  await page.locator('tr[data-mark]').first().waitFor();
  const query = new URL(page.url()).searchParams;
  assert.equal(query.get('with'), beside);
  const sides = await Promise.all(
    [box, beside].map((id) => ask('GET', `/api/summary?device_id=${id}&from=${query.get('from')}&until=${query.get('until')}`)),
  );
  for (const [name, index] of [
    ['mine', 0],
    ['theirs', 1],
  ]) {
    const { figures } = sides[index];
    const anHour = figures.total_unique / (figures.listened_seconds / 3600);
    assert.equal(await value(page, `${name}-total_unique`), anHour);
    // It counts the same every five minutes.
    assert.equal(anHour, (index === 0 ? 40 : 80) * 12);
  }
  // 40 beside 80 in the same five minutes: half, however long each of them listened.
  const row = page.locator('tr', { has: page.locator('[data-test="mine-total_unique"]') });
  assert.equal(await row.getAttribute('data-mark'), 'less');
  assert.match(await row.textContent(), /▼ 50% less/);
  const same = page.locator('tr', { has: page.locator('[data-test="mine-ble_unique"]') });
  assert.equal(await same.getAttribute('data-mark'), 'alike');
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save comparison as CSV' }).click()]);
  const lines = readFileSync(await file.path(), 'utf8')
    .trim()
    .split('\r\n');
  assert.equal(lines[0].replace('\ufeff', ''), `"field","${box}","${beside}","difference","share"`);
  assert.equal(lines.length, 1 + (await page.locator('tr[data-mark]').count()));
  await page.reload();
  await page.locator('tr[data-mark]').first().waitFor();
  await page.goto(`${at(box)}?with=${quiet}`);
  await page.getByText(`${quiet} did not listen in these days`).waitFor();
  assert.deepEqual(errors, []);
  await context.close();
});

test('health: bytes of the months are those of the days, starts are in words, alerts are taken note of', async () => {
  const context = await profile(browser, server.base, { who: people.operator });
  const { page, errors } = await open(context, at(odd, 'health'));
  await page.getByText('Sends more than a box can').waitFor();
  await page.getByRole('button', { name: 'Take note of alert' }).click();
  await page.getByText(`Noted by ${people.operator.email}`).waitFor();
  assert.equal((await ask('GET', `/api/alerts?device_id=${odd}`))[0].acknowledged_by, people.operator.email);
  assert.deepEqual(await ask('GET', `/api/alerts?device_id=${quiet}`), []);
  await page.goto(at(box, 'health'));
  await ready(page, 'device');
  await page.locator('dl').getByText('the watchdog bit').waitFor();
  const month = new Date().toISOString().slice(0, 7);
  const shown = page.locator(`[data-test="bytes-${month}"]`);
  const days = await bytesOf(box, month);
  await page.reload();
  await shown.waitFor();
  assert.equal(
    await value(page, `bytes-${month}`),
    days.reduce((sum, day) => sum + day.received_bytes + day.sent_bytes, 0),
  );
  await page.getByRole('heading', { name: 'Signal, the last 7 days' }).waitFor();
  assert.deepEqual(errors, []);
  await context.close();
});

test('settings: what is in force is told with its values until the box has what is wanted', async () => {
  const context = await profile(browser, server.base, { who: people.operator });
  const { page, errors } = await open(context, at(box, 'settings'));
  await page.getByText('In force: version 1.').waitFor();
  await ask('PUT', `/api/device/${box}/config`, { report_interval_ms: 720_000, wifi_channels: [1, 11] });
  await page.reload();
  await page.getByText('In force: version 1. Wanted: version 2.').waitFor();
  assert.match(await page.locator('.note').first().textContent(), /Next word about \d\d:\d\d\./);
  assert.deepEqual([await value(page, 'force-report_interval_ms'), await value(page, 'wanted-report_interval_ms')], [5, 12]);
  assert.equal(await page.locator('tbody tr').count(), 2);
  await page.getByText('in force: 1, 6, 11').waitFor();
  await heartbeat(box, { b: 8, cv: 2 });
  await page.reload();
  await page.getByText('In force: version 2. The box does what is wanted.').waitFor();
  assert.equal(await page.locator('tbody tr').count(), 0);
  assert.deepEqual(errors, []);
  await context.close();
});

test('send now: asked is not done until the box says so', async () => {
  const context = await profile(browser, server.base, { who: people.operator });
  const { page, errors } = await open(context, at(beside, 'commands'));
  await page.getByRole('button', { name: 'Send now' }).click();
  await page
    .locator('[data-test="asked"]')
    .getByText(/Waiting: the box asks again|Not fetched/)
    .waitFor();
  const [row] = await ask('GET', `/api/device/${beside}/commands`);
  assert.deepEqual([row.command, row.state], ['send_now', 'queued']);
  await page.waitForFunction(() => document.body.dataset.live === 'on');
  await reading(beside, { u: 80 });
  await page
    .locator('[data-test="asked"]')
    .getByText(/Fetched/)
    .waitFor();
  await reading(beside, { u: 80, ack: row.id, ar: 'ok' });
  await page.locator('[data-test="asked"]').getByText(/Done/).waitFor();
  assert.deepEqual(errors, []);
  await context.close();
});

test('update: what the box was told is in plain words; it is kept at a version, and let go', async () => {
  await caller(server.base, tokens[box])('POST', '/api/ota/check', {
    d: box,
    v: '6.1.0',
    bh: '9f86d081884c7d65',
    hw: 'atoms3-nb1',
    seq: 61000,
    p: 'LHE',
  });
  const context = await profile(browser, server.base, { who: people.operator });
  const { page, errors } = await open(context, at(box, 'update'));
  const standing = page.locator('[data-test="standing"]');
  assert.equal(await standing.textContent(), 'No update is meant for this box.');
  await page.getByText('nothing is rolled out for its hardware').waitFor();
  await page.getByText('This box has not tried an update yet.').waitFor();
  await page.getByRole('button', { name: 'Keep at a version' }).click();
  await page.getByRole('textbox', { name: 'Version' }).fill('newest');
  await page.getByRole('button', { name: 'Keep box at version' }).click();
  await page.getByRole('link', { name: /Version: Such as 6\.1\.0/ }).waitFor();
  await page.getByRole('textbox', { name: 'Version' }).fill('6.0.1');
  await page.getByRole('button', { name: 'Keep box at version' }).click();
  await standing.getByText(/Kept at 6\.0\.1 by operator@example\.org/).waitFor();
  assert.equal((await ask('GET', `/api/device/${box}/update`)).pin.version, '6.0.1');
  await page.getByRole('button', { name: 'Allow every version' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Allow every version' }).click();
  await standing.getByText('No update is meant for this box.').waitFor();
  assert.equal((await ask('GET', `/api/device/${box}/update`)).pin, null);
  assert.deepEqual(errors, []);
  await context.close();
});

test('update: a release that failed says why and what to do, and is allowed again', async () => {
  const context = await profile(browser, server.base, { who: people.operator });
  // A release takes a build and hours: the server's answer, with one put into it.
  await context.route(`**/api/device/${box}/update`, async (route) => {
    const answer = await route.fetch();
    const rollout = {
      id: 3,
      version: '6.2.0',
      state: 'rolling',
      reason: null,
      box: { device_id: box, state: 'blocked', why: 'no_key', told: 'no_key', left_behind: false, chunks: 0, chunk_count: 0 },
    };
    const barred = [{ version: '6.1.9', state: 'rolled_back', why: 'no_send', at: new Date().toISOString() }];
    await route.fulfill({ response: answer, json: { ...(await answer.json()), rollout, barred } });
  });
  await context.route('**/api/ota/attempts?*', (route) =>
    route.fulfill({
      json: [
        {
          id: 5,
          device_id: box,
          version: '6.1.9',
          base_version: '6.1.0',
          state: 'rolled_back',
          why: 'no_send',
          chunks: 12,
          chunk_count: 12,
          bytes: 6144,
          offered_at: new Date().toISOString(),
          ended_at: new Date().toISOString(),
          seconds: 3660,
          allowed_at: null,
        },
      ],
    }),
  );
  const { page } = await open(context, at(box, 'update'));
  assert.equal(
    await page.locator('[data-test="standing"]').textContent(),
    '6.2.0: cannot take it: it has no key to check releases with. Write its identity again, over a cable.',
  );
  await page.getByText('No. 3, under way').waitFor();
  await page.locator('[data-attempt="5"]').getByText('went back to the version before').waitFor();
  const [sent] = await Promise.all([
    page.waitForRequest((request) => request.method() === 'POST' && request.url().includes('/ota/allow')),
    page.getByRole('button', { name: 'Allow 6.1.9 again' }).click(),
  ]);
  assert.equal(new URL(sent.url()).searchParams.get('version'), '6.1.9');
  await context.close();
});

test('history: every line is the API’s, kinds choose, older ones come when asked, viewers are not told who did what', async () => {
  for (let i = 0; i < 60; i += 1) {
    await ask('PUT', `/api/device/${box}/tags`, { tags: [`round ${i}`] });
  }
  const context = await profile(browser, server.base, { who: people.operator });
  const { page, errors } = await open(context, at(box, 'history'));
  const ids = () => page.locator('[data-line]').evaluateAll((nodes) => nodes.map((node) => node.dataset.line));
  const lines = await ask('GET', `/api/device/${box}/timeline?limit=1000`);
  assert.ok(lines.length > 60);
  assert.deepEqual(
    await ids(),
    lines.slice(0, 50).map((line) => line.id),
  );
  await page.getByRole('button', { name: 'Show older' }).click();
  await page.getByText('That is everything.').waitFor();
  assert.deepEqual(
    await ids(),
    lines.map((line) => line.id),
  );
  assert.equal(new URL(page.url()).searchParams.get('rows'), '100');
  await page.getByRole('button', { name: 'Starts' }).click();
  await page.waitForFunction(() => document.querySelectorAll('[data-line]').length === 2);
  assert.equal(new URL(page.url()).searchParams.get('kinds'), 'boot');
  assert.match(await page.locator('[data-line]').first().textContent(), /Started: the watchdog bit.*Firmware 6\.0\.1 → 6\.1\.0/s);
  await page.reload();
  await page.waitForFunction(() => document.querySelectorAll('[data-line]').length === 2);
  await page.getByRole('button', { name: 'Starts' }).click();
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByText('Minutes between readings: 5 → 12').waitFor();
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Alerts' }).click();
  await page.getByText('Nothing of these kinds has happened.').waitFor();
  await page.getByRole('button', { name: 'Show everything' }).click();
  await page.locator('[data-line]').first().waitFor();
  assert.deepEqual(errors, []);
  await context.close();

  const other = await profile(browser, server.base, { who: people.viewer });
  const { page: seen } = await open(other, at(box, 'history'));
  assert.equal(await seen.getByRole('button', { name: 'Changes' }).count(), 0);
  assert.equal(await seen.locator('[data-kind="change"]').count(), 0);
  assert.ok((await seen.locator('[data-kind="boot"]').count()) > 0);
  await other.close();
});

test('the menu: each role finds its own, and what it does is done and can be taken back', async () => {
  const operator = await profile(browser, server.base, { who: people.operator });
  const { page, errors } = await open(operator, at(odd));
  const acts = () =>
    page
      .getByRole('dialog')
      .locator('[data-act]')
      .evaluateAll((nodes) => nodes.map((node) => node.dataset.act));
  const choose = async (name) => {
    await page.getByRole('button', { name: 'More that can be done' }).click();
    await page.locator(`[data-act="${name}"]`).click();
  };
  await page.getByRole('button', { name: 'More that can be done' }).click();
  await page.getByRole('dialog').waitFor();
  assert.deepEqual(await acts(), ['rename', 'move', 'takeAway', 'replace', 'tags', 'pin', 'clear']);
  await page.keyboard.press('Escape');

  await choose('rename');
  await page.getByRole('textbox', { name: 'Name of the place' }).fill('Kiosk Süd');
  await page.getByRole('dialog').getByRole('button', { name: 'Rename place' }).click();
  await page.getByRole('heading', { level: 1, name: 'Kiosk Süd' }).waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('heading', { level: 1, name: 'Kiosk <img' }).waitFor();
  const { page: past } = await open(operator, at(odd, 'history?kinds=place'));
  await past.getByText(/Kiosk <img.* → Kiosk Süd/).waitFor();
  await past.close();
  await choose('tags');
  await page.getByRole('textbox', { name: 'Tags' }).fill('south, window, south');
  await page.getByRole('button', { name: 'Save tags' }).click();
  await page.locator('.badge', { hasText: 'window' }).waitFor();
  assert.deepEqual((await ask('GET', `/api/device/${odd}`)).device.tags, ['south', 'window']);
  await choose('pin');
  await page.getByRole('textbox', { name: 'New PIN' }).fill('12');
  await page.getByRole('dialog').getByRole('button', { name: 'Set PIN' }).click();
  await page.getByRole('link', { name: /Exactly 4 digits/ }).waitFor();
  await page.getByRole('textbox', { name: 'New PIN' }).fill('4711');
  await page.getByRole('dialog').getByRole('button', { name: 'Set PIN' }).click();
  await page.getByText('PIN set.').first().waitFor();
  await choose('clear');
  await page.getByRole('button', { name: 'Clear mark' }).click();
  await page.getByText('The mark is gone.').first().waitFor();
  assert.equal((await ask('GET', `/api/device/${odd}`)).device.anomalous, 0);
  await choose('move');
  await page.getByLabel('Place', { exact: true }).selectOption({ label: 'Library' });
  await page.getByRole('button', { name: 'Bring box there' }).click();
  await page.getByRole('heading', { level: 1, name: 'Library' }).waitFor();
  await choose('replace');
  await page.getByLabel('Id of the other box').fill(spare);
  await page.getByRole('button', { name: 'Replace box' }).click();
  await page.waitForURL(new RegExp(spare));
  assert.equal((await ask('GET', `/api/device/${spare}`)).device.location_name, 'Library');
  assert.deepEqual(errors, []);
  await operator.close();
});

test('the menu of an admin: a token is shown once, pausing is taken back, retiring and deleting want the id', async () => {
  const context = await profile(browser, server.base, { who: people.admin });
  const { page, errors } = await open(context, at(odd));
  const choose = async (name) => {
    await page.getByRole('button', { name: 'More that can be done' }).click();
    await page.locator(`[data-act="${name}"]`).click();
  };
  await choose('token');
  await page.getByRole('button', { name: 'Make new token' }).click();
  const token = await page.locator('[data-test="token"]').textContent();
  await page.getByText('The old one works until the box first uses this one.').waitFor();
  await page.getByRole('button', { name: 'Close, I have it' }).click();
  assert.ok(!(await page.content()).includes(token));
  await reading(odd);
  tokens[odd] = token;
  await reading(odd);
  await choose('pause');
  await page.getByRole('button', { name: 'Pause box' }).click();
  await page.getByText('Paused: what it sends is refused.').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByText('Paused: what it sends is refused.').waitFor({ state: 'detached' });
  assert.equal((await ask('GET', `/api/device/${odd}`)).device.status, 'active');
  await choose('retire');
  const retire = page.getByRole('button', { name: `Retire ${odd}` });
  assert.ok(await retire.isDisabled());
  await page.getByRole('dialog').getByRole('textbox').fill(odd);
  await retire.click();
  await page.locator('[data-state="retired"]').first().waitFor();
  await page.getByRole('button', { name: 'More that can be done' }).click();
  await page.locator('[data-act="takeBack"]').waitFor();
  const acts = await page.locator('[data-act]').evaluateAll((nodes) => nodes.map((node) => node.dataset.act));
  assert.deepEqual(
    acts.filter((act) => act !== 'clear'),
    ['takeBack'],
  );
  await page.keyboard.press('Escape');
  await page.goto(at(quiet));
  await ready(page, 'device');
  await choose('remove');
  await page.getByRole('dialog').getByRole('textbox').fill(quiet);
  await page.getByRole('button', { name: `Delete ${quiet}` }).click();
  await page.waitForURL(/\/locations$/);
  assert.ok(!(await ask('GET', '/api/devices')).some((one) => one.device_id === quiet));
  assert.deepEqual(errors, []);
  await context.close();
});

test('a viewer finds nothing on any part that changes anything', async () => {
  const context = await profile(browser, server.base, { who: people.viewer });
  let shown = null;
  for (const tab of [...tabs, `now?with=${beside}`]) {
    shown = await open(context, at(box, tab), shown);
    const names = await shown.page.locator('.fleet-panel button:visible:not(.fleet-close)').allTextContents();
    // What shows or saves what is there anyway.
    const harmless = /^(Table|Save .* as CSV|Compare boxes|Starts|Silence|Alerts|Places|Commands|Settings|Updates|Told people|Show older)$/;
    assert.deepEqual(
      names.filter((name) => !harmless.test(name)),
      [],
      tab,
    );
    assert.deepEqual(shown.errors, [], tab);
  }
  await context.close();
});

for (const [size, scheme] of [
  [desktop, 'light'],
  [{ width: 420, height: 800 }, 'dark'],
  [phone, 'light'],
]) {
  test(`axe finds nothing in both themes, and nothing runs over the edge: ${size.width} px`, async () => {
    const context = await profile(browser, server.base, { who: people.admin, scheme, size });
    let shown = null;
    for (const tab of [...tabs, `now?with=${beside}`]) {
      shown = await open(context, at(box, tab), shown);
      await assertSound(shown, tab);
    }
    shown = await open(context, at(box), shown);
    await shown.page.getByRole('button', { name: 'More that can be done' }).click();
    await shown.page.getByRole('dialog').waitFor();
    await assertSound(shown, 'menu');
    await context.close();
  });
}
