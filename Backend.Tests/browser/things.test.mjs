// Things and gateways, in Debian's Chromium, against the real server: things speak over HTTP as their firmware does, people look on.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertSound, caller, deadline, faults, open, phone, profile, ready, settled, until } from './portal.mjs';
import { startBrowser, startServer } from './server.mjs';
import { evil, password } from './world.mjs';

const minute = 60_000;
const people = Object.fromEntries(
  ['viewer', 'owner', 'operator', 'admin', 'stranger'].map((name) => [name, { email: `${name}@example.org`, password }]),
);
let server,
  empty,
  browser,
  ask,
  places,
  lastThing = 0;

before(async () => {
  [server, empty] = await Promise.all([
    startServer(
      '--RateLimits:AdminPerMinute=1000000',
      // A broker that is away: what it is called is told all the same.
      '--Mqtt:Broker=mqtt://jambox:password-of-the-server@broker.invalid',
    ),
    startServer(),
  ]);
  browser = await startBrowser();
  ask = caller(server.base);
  places = [];
  for (const [name, timezone] of [
    ['Bakery', 'Europe/Berlin'],
    ['Bar', 'Etc/UTC'],
  ]) {
    places.push(await ask('POST', '/api/places', { name, timezone }));
  }
  for (const [name, who] of Object.entries(people)) {
    const isOfPlace = ['viewer', 'owner', 'stranger'].includes(name);
    await ask('POST', '/api/users', {
      ...who,
      name,
      role: name === 'stranger' ? 'viewer' : name,
      ...(isOfPlace ? { places: [places[name === 'stranger' ? 1 : 0].id] } : {}),
    });
  }
});

after(async () => {
  await browser?.close();
  server?.stop();
  empty?.stop();
});

/** Sessions are made once a person: signing in costs a slow hash. */
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

/** A thing of its own for each test, which speaks as firmware does. */
async function makeThing({ place = places[0], kind = 'thing', product = 'clock', id = `clock-${(lastThing += 1)}` } = {}) {
  const { token } = await ask('POST', '/api/device/register', { device_id: id, kind, product, platform: 'esp32c3', place: place.id });
  const speak = caller(server.base, token);
  return {
    id,
    path: `/things/${id}`,
    say: (data) => speak('POST', `/devices/${id}/telemetry`, { device_token: token, data }),
    tell: (what, body) => speak('POST', `/api/things/${what}`, body),
    sayAll: (batch) => speak('POST', `/devices/${id}/telemetry`, { device_token: token, batch }),
    state: () => ask('GET', `/api/devices/${id}/state`),
  };
}

const rowOf = (page, key) => page.locator(`li[data-value="${key}"]`);
const valueOf = (scope, key) => scope.locator(`[data-test="value-${key}"]`).first();

const shows = (node, value) => until(async () => (await node.getAttribute('value')) === String(value), `not ${value}`);

test('what a thing says stands in the list and on its page without a reload', async () => {
  const clock = await makeThing();
  const context = await as('operator');
  const list = await open(context, `${server.base}/things?q=${clock.id}`);
  const row = list.page.locator(`.list-row[data-key="${clock.id}"]`);
  await row.getByText('never heard').waitFor();
  await clock.say({ temperature: 21.5, v0: 1, mode: evil });
  await shows(valueOf(row, 'temperature'), 21.5);
  await row.getByText(/^online/).waitFor();
  await row.getByRole('link', { name: clock.id }).click();
  await ready(list.page, 'thing');
  await shows(valueOf(rowOf(list.page, 'temperature'), 'temperature'), 21.5);
  await clock.say({ temperature: -3.25 });
  await shows(valueOf(rowOf(list.page, 'temperature'), 'temperature'), -3.25);
  // A new key gets a row of its own, one that is taken back goes.
  await clock.say({ humidity: 40, mode: null });
  await shows(valueOf(rowOf(list.page, 'humidity'), 'humidity'), 40);
  await rowOf(list.page, 'mode').waitFor({ state: 'detached' });
  assert.equal(await list.page.evaluate(() => window.pwned), undefined);
  assert.deepEqual(list.errors, []);
  await context.close();
});

test('a switch is asked for until the thing has said it; what it says against it flips nothing; a wish can be withdrawn', async () => {
  const clock = await makeThing();
  await clock.say({ v0: 0, v1: 40 });
  const context = await as('operator');
  const { page, errors } = await open(context, server.base + clock.path);
  const [row, button] = [rowOf(page, 'v0'), page.getByRole('switch', { name: 'Switch v0' })];
  assert.equal(await button.getAttribute('aria-checked'), 'false');
  await button.press(' ');
  await row.getByText('off · asked for on').waitFor();
  assert.equal(await button.getAttribute('aria-checked'), 'false');
  const state = await until(async () => {
    const known = await clock.state();
    return known.wanted.v0 && known;
  }, 'not asked');
  assert.deepEqual([state.reported.v0.value, state.wanted.v0.value, state.wanted.v0.by], [0, 1, people.operator.email]);
  // The answer to its next word bears the wish; that word itself, sent before, is no answer to it.
  assert.equal((await clock.say({ v0: 0, beat: 1 })).data.v0, 1);
  await shows(valueOf(rowOf(page, 'beat'), 'beat'), 1);
  await row.getByText('off · asked for on').waitFor();
  await clock.say({ v0: 1, beat: 2 });
  await until(async () => (await button.getAttribute('aria-checked')) === 'true', 'not on');
  await row.locator('[data-wish]').waitFor({ state: 'detached' });
  assert.equal((await clock.state()).wanted.v0, undefined);

  await page.getByRole('switch', { name: 'Switch v0' }).click();
  await row.getByText('on · asked for off').waitFor();
  await row.getByRole('button', { name: 'Withdraw' }).click();
  await row.locator('[data-wish]').waitFor({ state: 'detached' });
  await until(async () => (await clock.state()).wanted.v0 === undefined, 'not withdrawn');

  const slider = page.getByRole('slider', { name: 'Set v1' });
  await slider.press('ArrowRight');
  await rowOf(page, 'v1').getByText('40 · asked for 41').waitFor();
  await until(async () => (await clock.state()).wanted.v1?.value === 41, 'no 41');

  await page.getByRole('button', { name: 'Ask for a value' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Key').fill('_secret');
  await dialog.getByLabel('Value').fill('eco');
  await dialog.getByRole('button', { name: 'Ask for it' }).click();
  await dialog.getByRole('link', { name: /^Key: Letters, digits/ }).waitFor();
  await dialog.getByLabel('Key').fill('mode');
  await dialog.getByRole('button', { name: 'Ask for it' }).click();
  await rowOf(page, 'mode').getByText('– · asked for eco').waitFor();
  assert.deepEqual(errors, []);
  await context.close();
});

test('what a thing has not taken within a day is said so, and can be asked again', async () => {
  const clock = await makeThing();
  await clock.say({ v0: 0 });
  await ask('PUT', `/api/devices/${clock.id}/state`, { v0: 1 });
  const context = await as('operator');
  // Nobody waits for a day: the answer says that the wish is that old.
  await context.route(`**/api/devices/${clock.id}/state`, async (route) => {
    const answer = await route.fetch();
    const state = await answer.json();
    state.wanted.v0.at = new Date(Date.parse(state.wanted.v0.at) - 25 * 60 * minute).toISOString();
    await route.fulfill({ response: answer, json: state });
  });
  const { page, errors } = await open(context, server.base + clock.path);
  const row = rowOf(page, 'v0');
  await row.getByText('off · on not taken').waitFor();
  await row.getByText('not taken after 24 h. Ask again, or withdraw it.').waitFor();
  await context.unroute(`**/api/devices/${clock.id}/state`);
  await page.getByRole('switch', { name: 'Switch v0' }).click();
  await row.getByText('off · asked for on').waitFor();
  assert.deepEqual(errors, []);
  await context.close();
});

test('a week of values is a chart with its extremes, however many points it stands for; days, several keys and a table', async () => {
  const clock = await makeThing();
  const now = Date.now();
  const points = [];
  for (let at = now - 7 * 24 * 60 * minute; at < now - minute; at += minute) {
    const n = points.length;
    // Two minutes of the week are what nothing else is like.
    const temperature = n === 4321 ? 99.5 : n === 7654 ? -40.25 : Math.round((20 + 4 * Math.sin(n / 200)) * 100) / 100;
    points.push({ t: new Date(at).toISOString(), data: { temperature, door: n % 600 < 60 } });
  }
  for (let from = 0; from < points.length; from += 500) {
    await clock.sayAll(points.slice(from, from + 500));
  }
  const context = await as('viewer');
  const { page, errors } = await open(context, `${server.base}${clock.path}?period=7d&keys=temperature`);
  const key = page.locator('[data-series="temperature"]');
  await shows(key.locator('[data-test=series-high]'), 99.5);
  await shows(key.locator('[data-test=series-low]'), -40.25);
  await page.getByText(/^Each point stands for/).waitFor();
  await page.locator('.chart-plot canvas').waitFor();

  await page.getByLabel('door').check();
  await page.locator('[data-series="door"]').waitFor();
  assert.equal(new URL(page.url()).searchParams.get('keys'), 'temperature,door');
  await page.getByRole('button', { name: 'Table' }).click();
  const cells = await page.locator('.chart-table tbody tr').count();
  assert.ok(cells > 50 && cells <= 120, String(cells));
  assert.ok((await page.locator('.chart-table').innerText()).includes('99.5'));

  // Arrow keys read it.
  await page.getByRole('group', { name: /^temperature, door, [\d,]+ values/ }).press('End');
  await until(async () => /temperature .* door /.test(await page.locator('.chart-readout').innerText()), 'nothing is read');

  await page.getByLabel('Period').selectOption('From day to day');
  await page.getByLabel('From', { exact: true }).waitFor();
  await until(async () => new URL(page.url()).searchParams.get('from') !== null, 'no days in the address');
  await shows(key.locator('[data-test=series-high]'), 99.5);
  await settled(page);
  await page.getByLabel('Period').selectOption('Last hour');
  await page.getByText('Each point is a value as it was sent.').waitFor();
  assert.ok(Number(await key.locator('[data-test=series-high]').getAttribute('value')) < 30);
  assert.deepEqual(await faults(page), []);
  assert.deepEqual(errors, []);
  await context.close();
});

test('texts are a list of what they changed to', async () => {
  const clock = await makeThing();
  for (const mode of ['day', 'eco', 'eco', evil]) {
    await clock.say({ mode });
  }
  const context = await as('viewer');
  const { page, errors } = await open(context, server.base + clock.path);
  await page.getByText('What texts changed to').waitFor();
  assert.deepEqual(
    (await page.locator('[data-change=mode]').allInnerTexts()).map((text) => text.split('\n')[0].replace('mode ', '')),
    [evil, 'eco'],
  );
  assert.deepEqual(errors, []);
  await context.close();
});

test('what a thing tells of itself: its line, its display, events by kind, and the commands that it knows', async () => {
  const clock = await makeThing();
  await clock.tell('info', { product: 'clock', board: 'ESP32-C3', version: 'v1.2.3', supported_commands: ['restart', 'info'], config: {} });
  await clock.tell('heartbeat', { uptime: 90_000, rssi: -61, free_heap: 123_456, ssid: evil, ip: '10.0.0.7' });
  for (const [type, data] of [
    ['boot', { reason: 'power' }],
    ['button', { pin: 3, held: true }],
    ['button', { pin: 4, text: evil }],
  ]) {
    await clock.tell(`events/${type}`, data);
  }
  // The left half of the first line of 16 × 2 pixels is lit.
  await clock.tell('snapshot', { rows: [{ width: 16, height: 2, text: '12:00', pixels: '/wAAAA==', monoColor: '#ff8800' }] });
  const context = await as('operator');
  const { page, errors } = await open(context, server.base + clock.path);
  const part = (name) => page.locator(`[data-part=${name}]`);
  await part('network').getByText(evil).waitFor();
  await shows(part('network').locator('[data-test=rssi]'), -61);
  await shows(part('network').locator('[data-test=heap]'), 123_456);
  await page.getByText('v1.2.3').first().waitFor();

  const events = part('events').locator('li[data-event]');
  await until(async () => (await events.count()) === 3, 'not three events');
  assert.equal(await events.first().getAttribute('data-event'), 'button', 'the newest is first');
  await page.getByLabel('Kind of event').selectOption('boot');
  await until(async () => (await events.count()) === 1, 'not the one of that kind');
  assert.match(await events.innerText(), /reason: power/);

  const display = part('snapshot').getByRole('img', { name: '12:00' });
  const pixels = await display.locator('canvas').evaluate((canvas) => {
    const pen = canvas.getContext('2d');
    return [canvas.width, canvas.height, ...pen.getImageData(0, 0, 1, 1).data, ...pen.getImageData(15, 1, 1, 1).data];
  });
  assert.deepEqual(pixels, [16, 2, 255, 136, 0, 255, 0, 0, 0, 255]);
  // What is no display is shown as it is.
  await clock.tell('snapshot', { menu: 'settings' });
  await page.reload();
  await part('snapshot').getByText('"menu": "settings"').waitFor();

  await page.getByRole('group', { name: 'Commands' }).getByRole('button', { name: 'Restart' }).click();
  await page.getByRole('dialog').getByText('It says nothing for about a minute.').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Restart now' }).click();
  await page.getByText(`Sent: ${clock.id} gets it as soon as it is there.`).first().waitFor();
  assert.equal(await page.evaluate(() => window.pwned), undefined);
  assert.deepEqual(errors, []);
  await context.close();
});

test('a thing is set up: what it is to have is asked for until it says so, by who may', async () => {
  const thing = await makeThing();
  await thing.tell('info', { product: 'clock', config: { temp_offset: 0, name: evil } });
  const context = await as('operator');
  const tab = await open(context, server.base + thing.path);
  const { page } = tab;
  const card = page.locator('[data-part="config"]');
  await card.locator('[data-config="temp_offset"]').getByText('0', { exact: true }).waitFor();
  await card.getByRole('button', { name: 'Set up …' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: /^Values/ }).fill('temp_offset = -2\nbright 3');
  await dialog.getByRole('button', { name: 'Ask for these values' }).click();
  await dialog.getByText('Line 2: write name = value', { exact: false }).first().waitFor();
  await dialog.getByRole('textbox', { name: /^Values/ }).fill('temp_offset = -2\n\nlabel = "12"');
  await dialog.getByRole('button', { name: 'Ask for these values' }).click();
  await card.getByText('asked for -2').waitFor();
  await card.getByText('asked for "12"').waitFor();
  assert.deepEqual((await ask('GET', `/api/things/${thing.id}`)).wanted_config, { temp_offset: -2, label: '12' });
  await page.reload();
  await card.getByText('asked for -2').waitFor();
  await assertSound(tab, 'a thing that is set up');
  await thing.tell('info', { config: { temp_offset: -2, label: '12' } });
  await page.reload();
  await card.locator('[data-config="temp_offset"]').getByText('-2', { exact: true }).waitFor();
  assert.equal(await card.getByText('asked for').count(), 0);
  await context.close();

  const looking = await as('viewer');
  const { page: seen } = await open(looking, server.base + thing.path);
  await seen.locator('[data-config="temp_offset"]').waitFor();
  assert.equal(await seen.getByRole('button', { name: 'Set up …' }).count(), 0);
  await looking.close();
});

test('a rule is made, tells people, is changed, put off, removed and brought back', async () => {
  const clock = await makeThing();
  await clock.say({ temperature: 20 });
  const context = await as('operator');
  const { page, errors } = await open(context, server.base + clock.path);
  await page.getByRole('button', { name: 'Add rule' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill(`Too hot ${evil}`);
  await dialog.getByLabel('Key').fill('temperature');
  await dialog.getByLabel('Is', { exact: true }).selectOption('more than');
  await dialog.getByLabel('Value').fill('warm');
  await dialog.getByRole('button', { name: 'Add rule' }).click();
  await dialog.getByRole('link', { name: /^Value: Must be a number/ }).waitFor();
  await dialog.getByLabel('Value').fill('70');
  await dialog.getByRole('button', { name: 'Add rule' }).click();
  // Those of all things, which are off, stand there too.
  await page.getByText('All things').first().waitFor();
  const rule = page.locator('li[data-rule]').filter({ hasText: 'Too hot' });
  await rule.waitFor();
  await clock.say({ temperature: 71 });
  const told = await open(context, `${server.base}/notifications`);
  const note = await until(async () => {
    const rows = await ask('GET', '/api/notifications?limit=50').catch(() => []);
    return rows.find((row) => row.device_id === clock.id) ?? (await told.page.locator('main').innerText()).includes(clock.id);
  }, 'nobody was told');
  assert.ok(note);
  await told.page.reload();
  await told.page.locator('main').getByText(clock.id).first().waitFor();

  await rule.getByRole('button', { name: 'Change' }).click();
  await dialog.getByLabel('Value').fill('75,5');
  await dialog.getByLabel('For how long, minutes').fill('5');
  await dialog.getByRole('button', { name: 'Save rule' }).click();
  const changed = rule.filter({ hasText: 'temperature > 75.5 for 5 min' });
  await changed.getByRole('button', { name: 'Turn off' }).click();
  await changed.getByText('off', { exact: true }).waitFor();
  const [kept] = (await ask('GET', '/api/telemetry-rules')).filter((one) => one.device_id === clock.id);
  assert.deepEqual([kept.key, kept.op, kept.value, kept.for_s, kept.is_on], ['temperature', '>', 75.5, 300, false]);
  await changed.getByRole('button', { name: 'Remove' }).click();
  await dialog.getByRole('button', { name: 'Remove rule' }).click();
  await changed.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Undo' }).click();
  await changed.waitFor();
  assert.equal(await page.evaluate(() => window.pwned), undefined);
  assert.deepEqual(errors, []);
  await context.close();
});

test('pinned values are first in the list, live, in one’s own order, and nobody else’s', async () => {
  const clock = await makeThing();
  await clock.say({ temperature: 20, v0: 0 });
  const context = await as('viewer');
  const { page, errors } = await open(context, server.base + clock.path);
  for (const key of ['temperature', 'v0']) {
    await rowOf(page, key)
      .getByRole('button', { name: `Pin ${key}` })
      .click();
    await rowOf(page, key)
      .getByRole('button', { name: `Pinned ${key}`, pressed: true })
      .waitFor();
  }
  await page.getByRole('link', { name: '‹ Things' }).click();
  await ready(page, 'things');
  const tiles = page.getByRole('region', { name: 'Pinned values' });
  const order = () => tiles.locator('[data-tile]').evaluateAll((nodes) => nodes.map((node) => node.dataset.tile.split(' ')[1]));
  await until(async () => (await order()).join() === 'temperature,v0', 'not pinned');
  await clock.say({ temperature: 22.75 });
  await shows(valueOf(tiles, 'temperature'), 22.75);
  await tiles.getByRole('button', { name: `Move v0 of ${clock.id} forward` }).click();
  await until(async () => (await order()).join() === 'v0,temperature', 'not moved');
  await tiles.getByRole('button', { name: `Unpin v0 of ${clock.id}` }).click();
  await until(async () => (await order()).join() === 'temperature', 'not unpinned');
  await page.getByRole('button', { name: 'Undo' }).click();
  await until(async () => (await order()).join() === 'v0,temperature', 'not brought back');
  await assertSound({ page, errors }, '/things with tiles');
  const other = await as('operator');
  const theirs = await open(other, `${server.base}/things`);
  assert.equal(await theirs.page.getByRole('region', { name: 'Pinned values' }).isVisible(), false);
  await other.close();
  await context.close();
});

test('how a thing gets to the server is told to who looks after it: addresses, its own topics, a new token', async () => {
  const clock = await makeThing();
  await clock.say({ temperature: 20 });
  const admin = await as('admin');
  const { page, errors } = await open(admin, server.base + clock.path);
  const part = page.locator('[data-part="connection"]');
  assert.equal(await part.getByText('mosquitto_pub').isVisible(), false);
  await part.locator('summary').press('Enter');
  await part.getByText(`curl ${server.base}/telemetry`).waitFor();
  const facts = await part.locator('dd').evaluateAll((all) => Object.fromEntries(all.map((one) => [one.dataset.fact, one.textContent])));
  assert.deepEqual(
    [facts.user, facts.address, facts.host, facts.port, facts.tls.slice(0, 2)],
    [clock.id, server.base, 'broker.invalid', '1883', 'no'],
  );
  assert.equal(await part.locator('[data-topic="values"]').innerText(), `jambox/device/${clock.id}/telemetry`);
  assert.equal(await part.locator('[data-topic="wanted"]').innerText(), `jambox/device/${clock.id}/commands`);
  assert.ok(!(await page.content()).includes('password-of-the-server'));
  await assertSound({ page, errors }, 'thing, connection');

  // The line that it shows does what it says, with the token that it makes.
  await part.getByRole('button', { name: 'Make new token' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Make new token' }).click();
  const token = await page.locator('[data-test="token"]').innerText();
  const line = await part.locator('pre').first().innerText();
  const [, url, header, body] = /^curl (\S+) -H '([^']+)' -d '([^']+)'$/.exec(line);
  const [name, value] = header.replace('TOKEN', token).split(': ');
  const answer = await fetch(url, { method: 'POST', headers: { [name]: value }, body, signal: AbortSignal.timeout(deadline) });
  assert.equal(answer.status, 200, await answer.text());
  await shows(valueOf(rowOf(page, 'temperature'), 'temperature'), 21.5);
  await admin.close();

  for (const [who, sees] of [
    ['operator', true],
    ['owner', false],
    ['viewer', false],
  ]) {
    const context = await as(who);
    const seen = await open(context, server.base + clock.path);
    assert.equal(await seen.page.locator('[data-part="connection"]').isVisible(), sees, who);
    await context.close();
  }
});

test('a thing is renamed, and retired by who types its id', async () => {
  const clock = await makeThing();
  await clock.say({ v0: 1 });
  const context = await as('admin');
  const { page, errors } = await open(context, server.base + clock.path);
  const menu = async (name) => {
    await page.getByRole('button', { name: 'Change …' }).click();
    await page.getByRole('dialog').getByRole('button', { name, exact: true }).click();
  };
  await menu('Rename');
  await page.getByRole('dialog').getByRole('textbox', { name: 'Name' }).fill('Hall clock');
  await page.getByRole('dialog').getByRole('button', { name: 'Save name' }).click();
  await page.getByRole('heading', { level: 1, name: 'Hall clock' }).waitFor();
  await menu('Retire');
  const dialog = page.getByRole('dialog');
  await dialog.getByText('What it has sent stays and can be looked at').waitFor();
  assert.equal(await dialog.getByRole('button', { name: `Retire ${clock.id}` }).isDisabled(), true);
  await dialog.getByRole('textbox').fill(clock.id);
  await dialog.getByRole('button', { name: `Retire ${clock.id}` }).click();
  await page.locator('[data-state=retired]').waitFor();
  assert.equal(await page.getByRole('switch').count(), 0);
  await assert.rejects(() => clock.say({ v0: 0 }), /403|401/);
  assert.deepEqual(
    errors.filter((error) => !error.includes('409')),
    [],
  );
  await context.close();
});

test('a viewer sees values and no button that changes them; who has another place sees nothing at all', async () => {
  const clock = await makeThing();
  await clock.say({ v0: 1, temperature: 20 });
  const viewer = await as('viewer');
  const { page, errors } = await open(viewer, server.base + clock.path);
  await shows(valueOf(rowOf(page, 'v0'), 'v0'), 1);
  await settled(page);
  for (const role of ['switch', 'slider']) {
    assert.equal(await page.getByRole(role).count(), 0, role);
  }
  for (const name of ['Ask for a value', 'Add rule', 'Change …', 'Restart']) {
    assert.equal(await page.getByRole('button', { name }).count(), 0, name);
  }
  assert.deepEqual(errors, []);
  await viewer.close();

  const stranger = await as('stranger');
  const other = await open(stranger, `${server.base}/things`);
  await other.page.getByText('No things yet').waitFor();
  assert.equal(await other.page.getByRole('navigation').getByRole('link', { name: 'Things' }).count(), 0);
  await other.page.goto(server.base + clock.path);
  await ready(other.page, 'thing');
  await other.page.getByText('Device not found').waitFor();
  assert.equal(await other.page.locator('[data-part=values]').isVisible(), false);
  await stranger.close();
});

test('many hundred things stay quick: few rows in the page, found by typing, gone to by keys', async () => {
  const made = [];
  for (let n = 0; n < 600; n += 1) {
    made.push(makeThing({ id: `sensor-${n}`, product: n % 3 ? 'sensor' : 'bell', kind: n % 50 ? 'thing' : 'gateway' }));
    if (made.length % 20 === 0) {
      await Promise.all(made);
    }
  }
  await (await makeThing({ id: 'sensor-last' })).say({ v0: 1 });
  const context = await as('operator');
  const { page, errors } = await open(context, `${server.base}/things`);
  assert.ok((await page.locator('.list-row').count()) < 45);
  assert.ok(Number(await page.locator('.list').getAttribute('aria-rowcount')) > 600);
  await page.keyboard.press('/');
  await page.keyboard.type('sensor-last');
  await page.getByText(/^1 of \d+ things$/).waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/things/sensor-last');
  await page.goBack();
  await ready(page, 'things');
  await page.getByRole('button', { name: 'Show all' }).or(page.getByLabel('Search name, id, product, place')).first().waitFor();
  await page.getByLabel('Search name, id, product, place').fill('');
  await page.getByLabel('Kind').selectOption('Gateway');
  await page.getByText(/^12 of \d+ things$/).waitFor();
  assert.equal(new URL(page.url()).searchParams.get('kind'), 'gateway');
  await page.getByLabel('Search name, id, product, place').fill('nothing like that');
  await page.getByText('Nothing matches “nothing like that”.').waitFor();
  await page.getByRole('button', { name: 'Show all' }).click();
  await page.getByText(/^6\d\d things$/).waitFor();
  assert.deepEqual(errors, []);
  await context.close();
});

test('on a phone, in Spanish, in both themes; on an empty server; without a line', async () => {
  const clock = await makeThing();
  await clock.say({ temperature: 21.5, v0: 1, v1: 30, 'a.key.that.is.as.long.as.a.key.can.be.40': 1, mode: 'x'.repeat(256) });
  const context = await as('operator', { size: phone, locale: 'es-ES', scheme: 'dark' });
  let tab = await open(context, server.base + clock.path);
  await tab.page.getByRole('switch', { name: 'Interruptor v0' }).waitFor();
  await tab.page.getByText('Valores ahora').waitFor();
  await assertSound(tab, `${clock.path} in Spanish`);
  tab = await open(context, `${server.base}/things`, tab);
  await tab.page.getByRole('heading', { name: 'Dispositivos' }).waitFor();
  await assertSound(tab, '/things in Spanish');
  await context.setOffline(true);
  await tab.page.getByText(/^Sin conexión desde/).waitFor();
  await tab.page.locator('.list-row').first().waitFor();
  await context.setOffline(false);
  await context.close();
  const fresh = await profile(browser, empty.base);
  const none = await open(fresh, `${empty.base}/things`);
  await none.page.getByText('No things yet').waitFor();
  assert.deepEqual(await faults(none.page), []);
  await none.page.goto(`${empty.base}/things/nobody`);
  await none.page.getByText('Device not found').waitFor();
  await fresh.close();
});

test('a place lists its things apart from its boxes, and leads to them', async () => {
  const clock = await makeThing();
  await ask('POST', '/api/device/register', { device_id: 'JBNB4242' });
  await ask('POST', `/api/places/${places[0].id}/devices`, { device_id: 'JBNB4242' });
  const context = await as('viewer');
  const { page, errors } = await open(context, `${server.base}/places/${places[0].id}`);
  await page.getByText('Things here').waitFor();
  const link = page.locator(`[data-thing="${clock.id}"]`).getByRole('link');
  await link.click();
  await ready(page, 'thing');
  assert.equal(new URL(page.url()).pathname, clock.path);
  assert.deepEqual(errors, []);
  await context.close();
});
