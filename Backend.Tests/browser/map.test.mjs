// My Locations beyond the list, in Debian's Chromium, against the real server: the map with and without tiles, putting places where they are,
// the box beside the list, many boxes at once, a new box. The content security policy holds throughout.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { caller, desktop, faults, open, phone, profile, ready } from './portal.mjs';
import { startBrowser, startServer } from './server.mjs';
import { evil, password } from './world.mjs';

const operator = { email: 'operator@example.org', password };
const owner = { email: 'owner@example.org', password };
/** A pixel. */
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==', 'base64');
const tokens = {};
let server, tiled, empty, browser, ask, places, tiles, asked;

before(async () => {
  asked = [];
  tiles = createServer((request, response) => {
    asked.push(request.url);
    response.writeHead(request.url.startsWith('/gone') ? 404 : 200, { 'Content-Type': 'image/png' });
    response.end(request.url.startsWith('/gone') ? '' : png);
  });
  await new Promise((resolve) => tiles.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${tiles.address().port}`;
  const settings = ['--RateLimits:ReadingsPerMinute=1000000', '--RateLimits:AdminPerMinute=1000000'];
  [server, tiled, empty] = await Promise.all([
    startServer(...settings),
    startServer(...settings, `--Portal:TileUrl=${base}/t/{z}/{x}/{y}.png`, '--Portal:TileAttribution=© Makers of the <b>map</b>'),
    startServer(...settings, `--Portal:TileUrl=${base}/gone/{z}/{x}/{y}.png`),
  ]);
  browser = await startBrowser();
  ask = caller(server.base);
  places = [];
  // Two in Berlin, 40 m from each other; one in Munich, one in Sydney, one nobody knows where.
  for (const [name, latitude, longitude] of [
    ['Mill Street', 52.52, 13.405],
    [`Mill Yard ${evil}`, 52.5203, 13.4053],
    ['Munich', 48.14, 11.58],
    ['Sydney', -33.87, 151.2],
    ['Somewhere', null, null],
  ]) {
    places.push(await ask('POST', '/api/places', { name, timezone: 'UTC', ...(latitude === null ? {} : { latitude, longitude }) }));
  }
  for (let n = 1; n <= 30; n += 1) {
    const id = `JBNB${String(n).padStart(4, '0')}`;
    tokens[id] = (await ask('POST', '/api/device/register', { device_id: id, ...(n <= 5 ? { place: places[n - 1].id } : {}) })).token;
  }
  await reading('JBNB0001');
  await ask('POST', '/api/users', { ...operator, name: 'operator', role: 'operator' });
  await ask('POST', '/api/users', { ...owner, name: 'owner', role: 'owner', places: [places[4].id] });
});

after(async () => {
  await browser?.close();
  for (const one of [server, tiled, empty]) {
    one?.stop();
  }
  tiles?.close();
});

/** A reading as a box sends it: from then on it is online. */
function reading(id, n = 1) {
  return caller(server.base, tokens[id])('POST', '/api/reading', {
    d: id,
    t: new Date().toISOString().slice(0, 19) + 'Z',
    i: 10,
    u: 3,
    rssi_immediate: 1,
    rssi_near: 1,
    rssi_far: 1,
    rssi_remote: 0,
    dwell_0_1: 3,
    dwell_1_5: 0,
    dwell_5_10: 0,
    dwell_10plus: 0,
    ble_i: 1,
    ble_u: 1,
    ble_apple: 1,
    ble_other: 0,
    ls: 300,
    iv: 300,
    ts: 1,
    b: 1,
    n,
  });
}

/** A profile whose pages note what their content security policy forbade. */
async function watched(base, options = {}) {
  const context = await profile(browser, base, { who: operator, ...options });
  await context.addInitScript(() => {
    window.forbidden = [];
    document.addEventListener('securitypolicyviolation', (event) =>
      window.forbidden.push(`${event.violatedDirective} ${event.blockedURI}`),
    );
  });
  return context;
}

async function clean(page, errors) {
  assert.deepEqual(errors, []);
  assert.deepEqual(await page.evaluate(() => window.forbidden), [], 'the content security policy holds');
  assert.equal(await page.evaluate(() => window.pwned), undefined);
}

const mark = (page, name) => page.locator('.map').getByRole('button', { name });

test('without tiles: outlines to zoom 7, a scale, clusters with the worst shape; nothing comes from elsewhere', async () => {
  const context = await watched(server.base);
  const page = await context.newPage();
  const errors = [];
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on('pageerror', (error) => errors.push(String(error)));
  const urls = [];
  page.on('request', (request) => urls.push(request.url()));
  await page.goto(`${server.base}/locations`);
  await ready(page, 'locations');
  assert.deepEqual(
    urls.filter((url) => /leaflet|world|map/.test(url)),
    [],
    'loaded only when it is opened',
  );
  await page.getByRole('button', { name: 'Map', exact: true }).click();
  await page.getByText('No street map on this server').waitFor();
  assert.equal(new URL(page.url()).searchParams.get('view'), 'map');
  assert.ok((await page.locator('path.map-border').getAttribute('d')).length > 10000, 'the outlines are drawn');
  assert.match(await page.locator('.leaflet-control-scale-line').textContent(), /km/);
  // Germany: three places as one mark, with the worst of online and new.
  const germany = mark(page, '3 places, 3 boxes, worst: new');
  assert.equal(await germany.getAttribute('data-state'), 'new');
  assert.equal(await mark(page, 'Sydney: 1 box, new').count(), 1);
  assert.deepEqual(await faults(page), []);
  await germany.focus();
  await page.keyboard.press('Enter');
  await mark(page, 'Munich: 1 box, new').waitFor();
  // By keys alone: what stands too close for any zoom is listed.
  await mark(page, '2 places, 2 boxes, worst: new').focus();
  for (let presses = 0; presses < 8 && !(await page.getByRole('heading', { name: '2 places here' }).isVisible()); presses += 1) {
    await page.keyboard.press('Enter');
  }
  await page.getByRole('heading', { name: '2 places here' }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.textContent), '2 places here', 'the focus goes to what is said');
  assert.ok((await page.locator('.map-side').innerText()).includes(`Mill Yard ${evil}`));
  assert.equal(
    await page.locator('.leaflet-control-zoom-in').getAttribute('aria-disabled'),
    'true',
    'no nearer than the outlines have points',
  );
  await page.getByRole('button', { name: 'Back to the map' }).click();
  assert.equal(await page.evaluate(() => document.activeElement.className), 'map-mark', 'and back to its mark');
  assert.deepEqual(
    urls.filter((url) => !url.startsWith(server.base) && !url.startsWith('data:')),
    [],
  );
  await clean(page, errors);
  await page.goBack();
  await page.getByRole('grid').waitFor();
  await context.close();
});

test('the filter holds on the map; a word of a box changes its mark; a mark leads to its box beside the map', async () => {
  const context = await watched(server.base);
  const { page, errors } = await open(context, `${server.base}/locations?view=map&q=munich`);
  await mark(page, 'Munich: 1 box, new').waitFor();
  assert.equal(await page.locator('.map-mark').count(), 1);
  await page.waitForFunction(() => document.body.dataset.live === 'on');
  await reading('JBNB0003');
  await mark(page, 'Munich: 1 box, online').waitFor();
  await mark(page, /Munich/).click();
  await page.locator('.map-side').getByRole('link', { name: 'JBNB0003' }).click();
  await ready(page, 'device');
  assert.equal(new URL(page.url()).pathname, '/locations/JBNB0003');
  assert.ok(await page.locator('.map').isVisible(), 'the map stays');
  await clean(page, errors);
  await context.close();
});

test('tiles of the server’s address are shown, their makers named as text; outlines stand in where they do not come', async () => {
  const context = await watched(tiled.base, { who: 'key' });
  await caller(tiled.base)('POST', '/api/places', { name: 'Mill Street', timezone: 'UTC', latitude: 52.52, longitude: 13.405 });
  const { page, errors } = await open(context, `${tiled.base}/locations?view=map`);
  await page.locator('img.leaflet-tile-loaded').first().waitFor();
  await page.getByText('© Makers of the <b>map</b>').waitFor();
  assert.ok(asked.some((url) => /^\/t\/\d+\/\d+\/\d+\.png$/.test(url)));
  assert.equal(await page.locator('path.map-border').count(), 0);
  assert.deepEqual(await faults(page), []);
  await clean(page, errors);
  await context.close();
  const other = await watched(empty.base, { who: 'key' });
  const { page: gone } = await open(other, `${empty.base}/locations?view=map`);
  await gone.getByText('The street map did not load').waitFor();
  assert.equal(await gone.locator('path.map-border').count(), 1);
  assert.deepEqual(await gone.evaluate(() => window.forbidden), []);
  await other.close();
});

test('a place is put on the map: by its page, two numbers, a click; undone; refused where there is no such point', async () => {
  const [, , , , lost] = places;
  const context = await watched(server.base, { who: owner });
  const { page, errors } = await open(context, `${server.base}/places/${lost.id}`);
  await page.getByRole('link', { name: 'Show on the map' }).click();
  await page.getByRole('heading', { name: 'Where is Somewhere?' }).waitFor();
  await page.getByLabel('Latitude, degrees north').fill('91');
  await page.getByLabel('Longitude, degrees east').fill('2.35');
  await page.getByRole('button', { name: 'Save position' }).click();
  await page.getByRole('link', { name: /Latitude, degrees north: Must be between -90 and 90/ }).waitFor();
  await page.getByLabel('Latitude, degrees north').fill('48.86');
  await page.locator('.map-aim').waitFor();
  await page.getByRole('button', { name: 'Save position' }).click();
  await page.getByText('Somewhere is on the map.').first().waitFor();
  let at = (await ask('GET', `/api/places/${lost.id}`)).place;
  assert.deepEqual([at.latitude, at.longitude, at.location_source], [48.86, 2.35, 'manual']);
  await mark(page, /^Somewhere/).waitFor();
  await page.getByRole('button', { name: 'Move on the map' }).click();
  const box = await page.locator('.map').boundingBox();
  await page.mouse.click(box.x + box.width / 2 + 90, box.y + box.height / 2 - 60);
  const typed = Number(await page.getByLabel('Latitude, degrees north').inputValue());
  assert.ok(typed > 48.86 && typed < 85, `${typed} is north of where it was`);
  await page.getByRole('button', { name: 'Save position' }).click();
  await page.getByRole('button', { name: 'Move on the map' }).waitFor();
  at = (await ask('GET', `/api/places/${lost.id}`)).place;
  assert.equal(at.latitude, typed);
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.waitForFunction(() => document.querySelector('#notices')?.childElementCount === 0);
  assert.equal((await ask('GET', `/api/places/${lost.id}`)).place.latitude, 48.86);
  await clean(page, errors);
  await context.close();
});

test('a box at no place is put on the map by itself', async () => {
  const context = await watched(server.base);
  const { page, errors } = await open(context, `${server.base}/locations?view=map&q=JBNB0030`);
  await page.getByText('1 not on the map').waitFor();
  await page.getByRole('button', { name: 'Put on the map' }).click();
  await page.getByLabel('Latitude, degrees north').fill('40,7');
  await page.getByLabel('Longitude, degrees east').fill('-74');
  await page.getByRole('button', { name: 'Save position' }).click();
  await mark(page, 'JBNB0030: 1 box, new').waitFor();
  const { device } = await ask('GET', '/api/device/JBNB0030');
  assert.deepEqual([device.latitude, device.longitude], [40.7, -74]);
  await clean(page, errors);
  await context.close();
});

test('a box beside the list: the list stays, the tab changes, back, Esc and Close return to its row', async () => {
  const context = await watched(server.base);
  const { page, errors } = await open(context, `${server.base}/locations?q=jbnb001&sort=id`);
  await page.getByRole('grid').focus();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await ready(page, 'device');
  const panel = page.getByRole('region', { name: 'Box' });
  assert.equal(await page.evaluate(() => document.activeElement.tagName), 'H1');
  assert.ok(await page.getByRole('grid').isVisible());
  assert.equal(page.url(), `${server.base}/locations/JBNB0011?q=jbnb001&sort=id`);
  assert.equal(await page.locator('.list-row.open').getAttribute('data-key'), 'JBNB0011');
  await page.getByRole('grid').evaluate((grid) => (grid.mark = 'the same'));
  await panel.getByRole('link', { name: 'Health' }).click();
  await page.waitForURL('**/JBNB0011/health?q=jbnb001&sort=id');
  await ready(page, 'device');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Health');
  await page.locator('.list-row', { hasText: 'JBNB0013' }).locator('.fleet-say').click();
  await page.waitForURL('**/JBNB0013?q=jbnb001&sort=id');
  await page.goBack();
  await page.waitForURL('**/JBNB0011/health?*');
  await panel.getByText('JBNB0011').filter({ visible: true }).first().waitFor();
  await page.keyboard.press('Escape');
  await page.waitForURL('**/locations?q=jbnb001&sort=id');
  assert.equal(await panel.count(), 0);
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute('role')), 'grid');
  assert.equal(await page.locator('.list-row.active').getAttribute('data-key'), 'JBNB0011');
  assert.equal(await page.getByRole('grid').evaluate((grid) => grid.mark), 'the same', 'the list was not made anew');
  await page.keyboard.press('Enter');
  await ready(page, 'device');
  await page.getByRole('button', { name: /^Close/ }).click();
  await page.waitForURL('**/locations?q=jbnb001&sort=id');
  assert.equal(await page.locator('.list-row.active').getAttribute('data-key'), 'JBNB0011');
  await clean(page, errors);
  await context.close();
});

test('on a phone a box is a page, and back is where one was', async () => {
  const context = await watched(server.base, { size: phone });
  const { page, errors } = await open(context, `${server.base}/locations?q=jbnb001`);
  // What can be done with what is chosen is in reach, not below the bar.
  await page.locator('.list-tick').first().click();
  await page.getByRole('button', { name: 'Choose none' }).click();
  await page.locator('.fleet-say').nth(1).click();
  await ready(page, 'device');
  assert.equal(await page.getByRole('grid').isVisible(), false);
  assert.deepEqual(await faults(page), []);
  await page.getByRole('link', { name: '‹ My Locations' }).click();
  await page.waitForURL('**/locations?q=jbnb001');
  assert.ok(await page.getByRole('grid').isVisible());
  // Straight to a box: the list is not asked for.
  const urls = [];
  page.on('request', (request) => urls.push(request.url()));
  await page.goto(`${server.base}/locations/JBNB0002`);
  await ready(page, 'device');
  assert.deepEqual(
    urls.filter((url) => url.includes('/api/devices')),
    [],
  );
  await clean(page, errors);
  await context.close();
});

test('many boxes at once: chosen by keys, all that match, their number typed, the answer box by box', async () => {
  const context = await watched(server.base);
  const { page, errors } = await open(context, `${server.base}/locations?sort=id`);
  await page.getByRole('grid').focus();
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await page.keyboard.press('j');
  await page.keyboard.press(' ');
  await page.getByText('2 chosen').waitFor();
  assert.equal(new URL(page.url()).pathname, '/locations', 'to choose is not to open');
  await page.getByRole('button', { name: 'Send a command' }).click();
  await page.getByLabel('Command', { exact: true }).selectOption('reboot');
  await page.getByText('Counting stops for about 2 minutes.').waitFor();
  assert.deepEqual(await faults(page), []);
  // One of them is retired meanwhile: it is refused, the other one is not.
  await ask('POST', '/api/device/JBNB0002/retire', {});
  await page.getByRole('button', { name: 'Send to 2 boxes' }).click();
  await page.getByRole('heading', { name: '1 was refused' }).waitFor();
  assert.equal(
    await page.locator('[data-device="JBNB0002"][data-done="false"]').innerText(),
    'JBNB0002 Mill Yard ' + evil + '\n\nThis box is retired',
  );
  assert.equal((await ask('GET', '/api/device/JBNB0001/commands'))[0].command, 'reboot');
  assert.deepEqual(await ask('GET', '/api/device/JBNB0002/commands'), []);
  await page.getByRole('button', { name: 'Close', exact: true }).click();
  await page.getByRole('button', { name: 'Choose none' }).click();
  await page.getByRole('searchbox').fill('jbnb00');
  await page.getByRole('grid').focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('x');
  await page.getByRole('button', { name: /^Choose all \d+ that match/ }).click();
  const n = (await ask('GET', '/api/devices?limit=1000')).length;
  await page.getByText(`${n} chosen`).waitFor();
  await page.getByRole('button', { name: 'Change settings' }).click();
  await page.getByRole('dialog').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Cancel', 'the focus is on what does nothing');
  await page.getByLabel('Minutes between readings').fill('15');
  await page.getByRole('button', { name: `Change ${n} boxes` }).click();
  await page.getByRole('link', { name: new RegExp(`Type ${n} to go on`) }).waitFor();
  assert.equal((await ask('GET', '/api/device/JBNB0007/config')).wanted.report_interval_ms, 300_000, 'not before the number is typed');
  await page.getByLabel(`Type ${n} to go on`).fill(String(n));
  const [sent] = await Promise.all([
    page.waitForRequest((request) => request.method() === 'PUT'),
    page.getByRole('button', { name: `Change ${n} boxes` }).click(),
  ]);
  assert.deepEqual(Object.keys(sent.postDataJSON()).sort(), ['devices', 'report_interval_ms'], 'only what was said is sent');
  await page.getByRole('heading', { name: 'What became of it' }).waitFor();
  assert.equal((await ask('GET', '/api/device/JBNB0007/config')).wanted.report_interval_ms, 900_000);
  await page.getByRole('button', { name: 'Close', exact: true }).click();
  await page.getByRole('button', { name: 'Choose none' }).click();
  await clean(page, errors);
  await context.close();
});

test('tags: put on many and taken off, changed for one; the list finds them', async () => {
  const context = await watched(server.base);
  const { page, errors } = await open(context, `${server.base}/locations?sort=id&q=jbnb001`);
  await page.locator('.list-tick').nth(0).click();
  await page.locator('.list-tick').nth(1).click();
  await page.getByRole('button', { name: 'Change tags' }).click();
  await page.getByLabel('Tags to put on').fill('südlich');
  await page.getByRole('button', { name: 'Change tags of 2 boxes' }).click();
  await page.getByRole('link', { name: /Tags to put on: At most 20/ }).waitFor();
  await page.getByLabel('Tags to put on').fill('south, pilot 2');
  await page.getByRole('button', { name: 'Change tags of 2 boxes' }).click();
  await page.getByText('boxes have these tags now.').first().waitFor();
  await page.getByRole('button', { name: 'Close', exact: true }).click();
  await page.getByLabel('Tag', { exact: true }).selectOption('pilot 2');
  assert.deepEqual(await page.locator('.fleet-id').allTextContents(), ['JBNB0010', 'JBNB0011']);
  await page.locator('.fleet-say').first().click();
  await ready(page, 'device');
  await page.getByRole('region', { name: 'Box' }).getByRole('button', { name: 'Change tags' }).click();
  assert.equal(await page.getByRole('textbox', { name: /^Tags/ }).inputValue(), 'pilot 2, south');
  await page.getByRole('textbox', { name: /^Tags/ }).fill('south');
  await page.getByRole('button', { name: 'Save tags' }).click();
  await page.getByText('Tags of JBNB0010 saved.').first().waitFor();
  assert.deepEqual((await ask('GET', '/api/device/JBNB0010')).device.tags, ['south']);
  await clean(page, errors);
  await context.close();
});

test('a new box: refused on its field, its token once, what comes next', async () => {
  const context = await watched(server.base, { who: 'key' });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const { page, errors } = await open(context, `${server.base}/locations`);
  await page.getByRole('button', { name: 'Add a box' }).click();
  await page.getByLabel('Id of the box').fill('BOX1');
  await page.getByRole('button', { name: 'Register this box' }).click();
  await page.getByRole('link', { name: /Id of the box: JBNB and four digits/ }).waitFor();
  await page.getByLabel('Id of the box').fill('jbnb0001');
  await page.getByRole('button', { name: 'Register this box' }).click();
  await page.getByRole('link', { name: /Id of the box: .*already/i }).waitFor();
  await page.getByLabel('Id of the box').fill('jbnb0099');
  await page.getByLabel('Where it stands').selectOption({ label: 'Sydney' });
  await page.getByRole('button', { name: 'Register this box' }).click();
  await page.getByText('The token of JBNB0099').waitFor();
  const token = await page.locator('.secret').textContent();
  await page.keyboard.press('Escape');
  assert.ok(await page.locator('.secret').isVisible(), 'a key pressed by mistake does not take it away');
  await page.getByRole('button', { name: 'Copy token' }).click();
  await page.getByText('Copied.').waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), token);
  assert.deepEqual(await faults(page), []);
  tokens.JBNB0099 = token;
  await reading('JBNB0099');
  await page.getByRole('button', { name: 'Open this box' }).click();
  await ready(page, 'device');
  assert.equal((await ask('GET', '/api/device/JBNB0099')).device.place_id, places[3].id);
  await page.getByRole('searchbox').fill('0099');
  await page.locator('.fleet-id', { hasText: 'JBNB0099' }).waitFor();
  // The server's own words about a refused request.
  assert.deepEqual(
    errors.filter((text) => !text.includes('409')),
    [],
  );
  await context.close();
});

test('an empty server says what to do', async () => {
  const context = await watched(empty.base, { who: 'key', size: desktop });
  const { page, errors } = await open(context, `${empty.base}/locations`);
  await page.getByText('No boxes yet.').waitFor();
  await page.locator('.empty').getByRole('button', { name: 'Try a virtual box' }).waitFor();
  await page.locator('.empty').getByRole('button', { name: 'Add a box' }).click();
  await page.getByLabel('Id of the box').waitFor();
  await clean(page, errors);
  await context.close();
});
