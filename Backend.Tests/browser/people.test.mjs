// Alerts, people, keys and the audit log, in Debian's Chromium, against the real server: an invitation is accepted by a second browser;
// what one changes another is bound by at once; what happens is told without a reload, to those whose place it is; names are text.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertSound, caller, desktop, faults, open, phone, profile, ready } from './portal.mjs';
import { startBrowser, startServer } from './server.mjs';
import { evil, password } from './world.mjs';

/** More live readings than these in a minute are a burst. */
const burst = 51;
const people = Object.fromEntries(
  ['admin', 'operator', 'owner', 'viewer'].map((role) => [role, { email: `${role}@example.org`, password }]),
);
const boxes = Array.from({ length: 53 }, (_, index) => ({ id: `JBNB02${String(index).padStart(2, '0')}` }));
let server, browser, ask, shop, kiosk;

before(async () => {
  server = await startServer(
    '--RateLimits:ReadingsPerMinute=1000000',
    '--RateLimits:AdminPerMinute=1000000',
    '--RateLimits:FailedPerMinute=1000000',
    '--Alerts:CooldownSeconds=10',
  );
  browser = await startBrowser();
  ask = caller(server.base);
  shop = await ask('POST', '/api/places', { name: 'Bakery Mill Street', timezone: 'Europe/Berlin' });
  kiosk = await ask('POST', '/api/places', { name: `Kiosk ${evil}`, timezone: 'Europe/Berlin' });
  for (const box of boxes) {
    box.token = (await ask('POST', '/api/device/register', { device_id: box.id })).token;
    await ask('POST', `/api/places/${box === boxes[1] ? kiosk.id : shop.id}/devices`, { device_id: box.id });
  }
  for (const [role, who] of Object.entries(people)) {
    const places = role === 'owner' ? [shop.id] : role === 'viewer' ? [kiosk.id] : null;
    await ask('POST', '/api/users', { ...who, name: role, role, ...(places ? { places } : {}) });
  }
});

after(async () => {
  await browser?.close();
  server?.stop();
});

/** A box sends more in a minute than it may: that is told at once. */
async function overload(box) {
  const send = caller(server.base, box.token);
  for (let n = 1; n <= burst; n += 1) {
    box.sent = (box.sent ?? 0) + 1;
    const t = new Date().toISOString().slice(0, 19) + 'Z';
    // None like the one before: the same again would be a repeat.
    await send('POST', '/api/reading', { d: box.id, t, i: box.sent, u: 1, b: 1, n: box.sent });
  }
}

/** Ends what is odd with a box, so that it can be odd again. */
const calm = (box) => ask('POST', `/api/device/${box.id}/clear-anomaly`);

/** What the API says to who is signed in in a profile. */
async function says(context, path) {
  const answer = await context.request.get(server.base + path, { headers: { 'X-JamBox-Request': '1' } });
  assert.ok(answer.ok(), `${path}: ${answer.status()}`);
  return answer.json();
}

async function as(role, options) {
  return profile(browser, server.base, { who: people[role], ...options });
}

/** Waits for a notice; it is said to who cannot see it, too. */
const noticed = (page, text) => page.locator('#notices').getByText(text).waitFor();

/** The number beside Alerts. */
const badge = (page) => page.locator('#top-nav [data-count=alerts]');

/** The names of items of the navigation. */
const offered = (page) => page.locator('#top-nav a').evaluateAll((links) => links.map((each) => each.dataset.nav));

test('an invitation is accepted in another browser, in its language, and what it gives is what it said', async () => {
  const admin = await as('admin');
  const { page, errors } = await open(admin, `${server.base}/people`);
  assert.equal(Number(await page.locator('[data-test=users]').getAttribute('value')), (await ask('GET', '/api/users')).length);
  await page.getByRole('link', { name: 'Invite somebody' }).click();
  await page.getByText('This server sends no mail').waitFor();
  await page.getByLabel('E-mail').fill('nina@example.org');
  await page.getByLabel('Name (optional)').fill(evil);
  await page.getByLabel('Role').selectOption('viewer');
  await page.getByLabel('Only these places').check();
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  await page.getByText('Add at least one place.').first().waitFor();
  await page.getByLabel('Add a place').selectOption({ label: shop.name });
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  const link = await page.locator('[data-test=link]').textContent();
  assert.ok(link.startsWith(`${server.base}/invite/`), link);
  assert.deepEqual(await faults(page), []);
  const invited = (await ask('GET', '/api/users')).find((one) => one.email === 'nina@example.org');
  assert.deepEqual([invited.state, invited.name, invited.grants], ['invited', evil, [{ role: 'viewer', place_id: shop.id }]]);

  const other = await profile(browser, server.base, { who: null, locale: 'es-ES' });
  const nina = await other.newPage();
  await nina.goto(link);
  await nina.getByText('Para nina@example.org').waitFor();
  assert.deepEqual(await faults(nina), []);
  await nina.getByLabel('Contraseña', { exact: true }).fill(password);
  await nina.getByLabel('Otra vez').fill(`${password}!`);
  await nina.getByRole('button', { name: 'Guardar contraseña' }).click();
  await nina.getByText('Las dos contraseñas son distintas').waitFor();
  await nina.getByLabel('Contraseña', { exact: true }).fill(password);
  await nina.getByLabel('Otra vez').fill(password);
  await nina.getByRole('button', { name: 'Guardar contraseña' }).click();
  await nina.waitForURL('**/sign-in?set=1');
  await ready(nina, 'sign-in');
  await nina.getByText('Su contraseña está guardada').waitFor();
  await nina.getByLabel('Correo electrónico').fill('nina@example.org');
  await nina.getByLabel('Contraseña').fill(password);
  await nina.getByRole('button', { name: 'Entrar', exact: true }).click();
  await ready(nina, 'insights');
  assert.deepEqual(
    (await says(other, '/api/places')).map((place) => place.id),
    [shop.id],
  );
  assert.deepEqual(await offered(nina), ['insights', 'alerts', 'reports', 'place']);
  // The link is good once.
  await nina.goto(link);
  await nina.getByText('Este enlace ya no vale').waitFor();

  await page.getByRole('link', { name: 'To this person' }).click();
  await page.locator('h1', { hasText: evil }).waitFor();
  await page.locator('[data-state=online]').waitFor();
  assert.equal(await page.evaluate(() => window.pwned), undefined);

  // Another role, another place: the API says so, and it holds in the other browser.
  await page.getByLabel('Role').selectOption('owner');
  await page.getByLabel('Add a place').selectOption({ label: kiosk.name });
  await page.getByRole('button', { name: 'Save person' }).click();
  await noticed(page, 'Saved. It holds');
  assert.deepEqual((await ask('GET', `/api/users/${invited.id}`)).grants, [
    { role: 'owner', place_id: shop.id },
    { role: 'owner', place_id: kiosk.id },
  ]);
  await nina.goto(`${server.base}/people`);
  await ready(nina, 'people');
  await nina.locator(`[data-place="${kiosk.id}"] h2`, { hasText: evil }).waitFor();
  assert.equal(await nina.evaluate(() => window.pwned), undefined);
  assert.deepEqual(errors, []);

  // Locked out: her next question is refused, and the page says so by asking her to sign in.
  await page.getByRole('button', { name: 'Lock out' }).click();
  await noticed(page, 'is locked out.');
  assert.equal((await ask('GET', `/api/users/${invited.id}`)).state, 'disabled');
  await nina.reload();
  await nina.waitForURL('**/sign-in*');
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('button', { name: 'Lock out' }).waitFor();
  assert.equal((await ask('GET', `/api/users/${invited.id}`)).state, 'active');

  // Removed: only by typing who.
  await page.getByRole('button', { name: 'Remove', exact: true }).click();
  const dialog = page.getByRole('dialog');
  const remove = dialog.getByRole('button', { name: 'Remove nina@example.org' });
  assert.ok(await remove.isDisabled());
  await dialog.getByLabel('Type nina@example.org to go on').fill('nina@example.org');
  await remove.click();
  await page.waitForURL('**/people');
  assert.equal(
    (await ask('GET', '/api/users')).some((one) => one.email === 'nina@example.org'),
    false,
  );
  await admin.close();
  await other.close();
});

test('nobody takes their own rights, and the page says why', async () => {
  const admin = await as('admin');
  const me = (await says(admin, '/api/session')).user;
  const { page } = await open(admin, `${server.base}/people?user=${me.id}`);
  await page.getByText('Nobody changes their own rights').waitFor();
  assert.equal(await page.getByLabel('Role').count(), 0);
  for (const name of ['Lock out', 'Remove']) {
    assert.equal(await page.getByRole('button', { name, exact: true }).count(), 0, name);
  }
  await page.getByLabel('Name (optional)').fill('Ada');
  await page.getByRole('button', { name: 'Save person' }).click();
  await page.locator('h1', { hasText: 'Ada' }).waitFor();
  assert.equal((await ask('GET', `/api/users/${me.id}`)).name, 'Ada');
  await admin.close();
});

test('an owner lets people in at their place and no other', async () => {
  const owner = await as('owner');
  const { page } = await open(owner, `${server.base}/people`);
  const card = page.locator(`[data-place="${shop.id}"]`);
  await card.locator('li').first().waitFor();
  assert.equal(await page.locator('[data-place]').count(), 1);
  const atShop = async () => (await says(owner, `/api/places/${shop.id}/users`)).map((one) => one.email);
  assert.deepEqual(
    await card.locator('li > span:first-child').evaluateAll((nodes) => nodes.map((node) => node.firstChild.textContent)),
    await atShop(),
  );
  await card.getByText('Let somebody in').click();
  await card.getByLabel('E-mail').fill('stranger@example.org');
  await card.getByRole('button', { name: 'Let in' }).click();
  await card.getByText('somebody new must be invited by whoever runs it first').waitFor();
  await card.getByLabel('E-mail').fill(people.viewer.email);
  await card.getByRole('button', { name: 'Let in' }).click();
  await card.getByText(people.viewer.email).first().waitFor();
  assert.ok((await atShop()).includes(people.viewer.email));
  await card.getByRole('button', { name: `Remove ${people.viewer.email}` }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Take access from' }).click();
  await card.locator('li', { hasText: people.viewer.email }).waitFor({ state: 'detached' });
  assert.equal((await atShop()).includes(people.viewer.email), false);
  await owner.close();
});

test('what happens is told without a reload, to those whose place it is, and is read, unread, removed and brought back', async () => {
  const [owner, viewer] = await Promise.all([as('owner'), as('viewer')]);
  const [mine, theirs] = await Promise.all([open(owner, `${server.base}/alerts`), open(viewer, `${server.base}/`)]);
  await mine.page.getByText('Nothing is wrong at the moment.').waitFor();
  await mine.page.getByText('Nothing has happened yet.').waitFor();
  await mine.page.waitForFunction(() => document.body.dataset.live === 'on');
  await overload(boxes[0]);
  const list = mine.page.locator('[data-part=list]');
  const row = list.locator('[data-notification]');
  await row.first().waitFor();
  assert.equal(await row.count(), 1);
  await mine.page.locator('[data-part=alerts] [data-alert]').waitFor();
  const told = await says(owner, '/api/notifications');
  assert.equal(await row.first().getAttribute('data-notification'), String(told[0].id));
  const text = await row.first().innerText();
  for (const part of ['Warning', boxes[0].id, 'sends more than it can hold.', shop.name]) {
    assert.ok(text.includes(part), `${part}: ${text}`);
  }
  const unread = async (context) => (await says(context, '/api/notifications/unread')).unread;
  await mine.page.waitForFunction(() => document.querySelector('#top-nav [data-count=alerts]').textContent === '1');
  assert.equal(await unread(owner), 1);
  // What the server says to who looks after boxes says nothing to an owner.
  assert.equal(text.includes(told[0].message), false, text);
  // Of another place: nothing.
  assert.deepEqual([await badge(theirs.page).textContent(), await unread(viewer)], ['', 0]);
  // Who may not take care of it sees no button for it.
  assert.equal(await mine.page.getByRole('button', { name: 'I take care of it' }).count(), 0);

  await row.first().getByRole('button', { name: 'Mark as read' }).click();
  await row.first().getByRole('button', { name: 'Mark as unread' }).waitFor();
  await mine.page.waitForFunction(() => document.querySelector('#top-nav [data-count=alerts]').textContent === '');
  assert.equal(await unread(owner), 0);
  await row.first().getByRole('button', { name: 'Mark as unread' }).click();
  await row.first().getByRole('button', { name: 'Mark as read' }).waitFor();
  assert.equal(await unread(owner), 1);
  await mine.page.getByRole('button', { name: 'Mark all as read' }).click();
  await row.first().getByRole('button', { name: 'Mark as unread' }).waitFor();
  await row.first().getByRole('button', { name: 'Remove' }).click();
  await list.getByText('Nothing has happened yet.').waitFor();
  assert.equal((await says(owner, '/api/notifications')).length, 0);
  await mine.page.getByRole('button', { name: 'Undo' }).click();
  await row.first().waitFor();
  assert.equal((await says(owner, '/api/notifications')).length, 1);

  // Again, and again within the cool-down: the same row says how often more, and is unread again.
  // Twice, at once after each other: the first cool-down may be over when all of the above took long.
  for (let n = 0; n < 2; n += 1) {
    await calm(boxes[0]);
    await overload(boxes[0]);
  }
  const more = list.locator('[data-test=times]').first();
  await more.waitFor();
  const times = Number(await more.getAttribute('value'));
  assert.ok(times === 2 || times === 3, String(times));
  assert.ok((await more.textContent()).startsWith(times === 2 ? '1 time more' : '2 times more'), await more.textContent());
  await badge(mine.page)
    .getByText(String(await unread(owner)), { exact: true })
    .waitFor();

  // The viewer hears of their own place, live, while looking at something else; and not of this one.
  await overload(boxes[1]);
  await theirs.page.waitForFunction(() => document.querySelector('#top-nav [data-count=alerts]').textContent === '1');
  await theirs.page.locator('#top-nav [data-nav=alerts]').click();
  await ready(theirs.page, 'notifications');
  const place = theirs.page.locator('[data-part=list] [data-notification]').first().getByRole('link', { name: kiosk.name });
  await place.waitFor();
  assert.equal(await theirs.page.evaluate(() => window.pwned), undefined);
  assert.equal(
    (await says(owner, '/api/notifications')).some((one) => one.device_id === boxes[1].id),
    false,
  );
  assert.deepEqual([mine.errors, theirs.errors], [[], []]);
  await owner.close();
  await viewer.close();
});

test('an operator takes care of an alert, and others see who', async () => {
  const operator = await as('operator', { size: phone });
  const { page } = await open(operator, `${server.base}/notifications`);
  const alert = page.locator('[data-alert]').first();
  await alert.waitFor();
  assert.equal(await page.locator('[data-alert]').count(), (await ask('GET', '/api/alerts?open=true')).length);
  const id = await alert.getAttribute('data-alert');
  await alert.getByRole('button', { name: 'I take care of it' }).click();
  await page.locator(`[data-alert="${id}"]`, { hasText: `Taken on by ${people.operator.email}` }).waitFor();
  const known = (await ask('GET', '/api/alerts?open=true')).find((one) => String(one.id) === id);
  assert.equal(known.acknowledged_by, people.operator.email);
  const said = await page.locator(`[data-alert="${id}"]`).innerText();
  for (const part of [known.device_id, known.place_name, known.message]) {
    assert.ok(said.includes(part), `${part}: ${said}`);
  }
  // In the bar of a phone, too.
  assert.deepEqual(await page.locator('#bar a').evaluateAll((links) => links.map((each) => each.dataset.nav)), [
    'insights',
    'boxes',
    'updates',
    'alerts',
  ]);
  assert.deepEqual(await faults(page), []);
  await operator.close();
});

test('what one wants to be told is chosen in plain words, and undone', async () => {
  const viewer = await as('viewer');
  const { page } = await open(viewer, `${server.base}/notifications`);
  const choice = page.locator('[data-part=choice]');
  await choice.getByText('This server sends no mail yet.').waitFor();
  // What is of no place is none of theirs to hear.
  assert.equal(await choice.getByText('A roll-out stopped').count(), 0);
  await choice.getByLabel('A box sends too much: In this list').uncheck();
  await choice.getByLabel('A box falls silent: By mail').check();
  await choice.getByRole('button', { name: 'Save choice' }).click();
  await noticed(page, 'Choice saved.');
  await page.locator('[data-part=list]').getByText('Nothing has happened yet.').waitFor();
  const chosen = await says(viewer, '/api/notification-choice');
  assert.equal(chosen.list.includes('burst'), false);
  assert.equal(chosen.list.includes('rollout_stopped'), true, 'what is not shown stays as it was');
  assert.deepEqual(chosen.mail, ['offline']);
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.locator('[data-part=list] [data-notification]').first().waitFor();
  assert.equal((await says(viewer, '/api/notification-choice')).list.includes('burst'), true);
  await viewer.close();
});

test('a long list comes in parts and is filtered', async () => {
  await Promise.all(
    boxes.slice(2).map(async (box) => {
      await overload(box);
      await calm(box);
    }),
  );
  const owner = await as('owner');
  const { page } = await open(owner, `${server.base}/notifications`);
  const all = await says(owner, '/api/notifications?limit=1000');
  assert.ok(all.length > 50, `${all.length}`);
  const rows = page.locator('[data-notification]');
  await rows.first().waitFor();
  assert.equal(await rows.count(), 50);
  await page.getByRole('button', { name: 'Show older' }).click();
  await page.waitForFunction((count) => document.querySelectorAll('[data-notification]').length === count, all.length);
  assert.deepEqual(
    await rows.evaluateAll((nodes) => nodes.map((node) => Number(node.dataset.notification))),
    all.map((one) => one.id),
  );
  await page.getByLabel('Which').selectOption('true');
  const read = await says(owner, '/api/notifications?read=true&limit=1000');
  await page.waitForFunction((count) => document.querySelectorAll('[data-notification]').length === count, read.length);
  await page.getByLabel('Which').selectOption('');
  await page.getByLabel('What about').selectOption('offline');
  await page.getByText('Nothing of that kind.').waitFor();
  // The address holds it: the same again after a reload.
  await page.reload();
  await page.getByText('Nothing of that kind.').waitFor();
  await owner.close();
});

test('a key is made, shown once, works, and is refused once it is revoked', async () => {
  const admin = await as('admin');
  const { page } = await open(admin, `${server.base}/keys`);
  await page.getByLabel('Name', { exact: true }).fill('a/b');
  await page.getByLabel('Role').focus();
  await page.getByText('Must be up to 40').waitFor();
  await page.getByLabel('Name', { exact: true }).fill('front desk');
  await page.getByLabel('Role').selectOption('viewer');
  await page.getByLabel('Only these places').check();
  await page.getByLabel('Add a place').selectOption({ label: kiosk.name });
  await page.getByRole('button', { name: 'Make a key' }).click();
  const secret = await page.locator('[data-test=key]').textContent();
  assert.deepEqual(await faults(page), []);
  const mine = caller(server.base, secret);
  assert.deepEqual(
    (await mine('GET', '/api/places')).map((place) => place.id),
    [kiosk.id],
  );
  await page.getByRole('button', { name: 'I have kept it' }).click();
  await page.reload();
  const row = page.locator('[data-name="front desk"]');
  await row.getByText(`Viewer of ${kiosk.name}`).waitFor();
  await row.getByText('Last used just now').waitFor();
  assert.equal((await page.content()).includes(secret), false);
  const listed = (await ask('GET', '/api/keys')).find((one) => one.name === 'front desk');
  assert.deepEqual([listed.places, listed.created_by], [[kiosk.id], people.admin.email]);
  assert.equal(Number(await page.locator('[data-test=keys]').getAttribute('value')), (await ask('GET', '/api/keys')).length);

  await row.getByRole('button', { name: 'Revoke front desk' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Type front desk to go on').fill('front desk');
  await dialog.getByRole('button', { name: 'Revoke front desk' }).click();
  await row.waitFor({ state: 'detached' });
  assert.equal((await fetch(`${server.base}/api/places`, { headers: { Authorization: `Bearer ${secret}` } })).status, 401);
  await admin.close();
});

test('the audit log shows what was done, by whom, from where, before and after, as text', async () => {
  await ask('PUT', `/api/places/${kiosk.id}`, { name: `Kiosk 2 ${evil}` });
  const admin = await as('admin');
  const act = async (method, path, body) => {
    const answer = await admin.request.fetch(server.base + path, { method, data: body, headers: { 'X-JamBox-Request': '1' } });
    assert.ok(answer.ok(), `${method} ${path}: ${await answer.text()}`);
    return answer.status() === 204 ? null : answer.json();
  };
  await act('POST', '/api/keys', { name: 'till', role: 'viewer', places: [kiosk.id] });
  await act('DELETE', '/api/keys/till');
  const otto = (await act('POST', '/api/users', { email: 'otto@example.org', role: 'viewer', places: [shop.id] })).user;
  await act('PUT', `/api/users/${otto.id}`, { role: 'operator' });
  await act('DELETE', `/api/users/${otto.id}`);
  const { page, errors } = await open(admin, `${server.base}/audit`);
  const rows = page.locator('[data-audit]');
  await rows.first().waitFor();
  const all = await ask('GET', '/api/audit?limit=1000');
  assert.ok(all.length > 50);
  assert.deepEqual(
    await rows.evaluateAll((nodes) => nodes.map((node) => Number(node.dataset.audit))),
    all.slice(0, 50).map((one) => one.id),
  );
  await page.getByRole('button', { name: 'Show older' }).click();
  await page.waitForFunction(
    (count) => Number(document.querySelector('[data-test=audit-lines]')?.value) === count,
    Math.min(100, all.length),
  );

  await page.getByLabel('What', { exact: true }).selectOption('key');
  await page.waitForFunction(() => document.querySelector('[data-audit]')?.textContent.includes('Revoked the key till'));
  const keys = await ask('GET', '/api/audit?action=key');
  assert.equal(await rows.count(), keys.length);
  const line = await rows.first().innerText();
  for (const part of ['till', people.admin.email, 'from 127.0.0.1', `Viewer of Kiosk 2 ${evil}`]) {
    assert.ok(line.includes(part), `${part}: ${line}`);
  }
  await page.getByLabel('What', { exact: true }).selectOption('user');
  await page.getByLabel('Who', { exact: true }).fill(people.admin.email);
  await page.getByLabel('Whom or what').fill('otto@example.org');
  const acts = await ask('GET', `/api/audit?action=user&who=${people.admin.email}&target=otto@example.org`);
  await page.waitForFunction((count) => document.querySelectorAll('[data-audit]').length === count, acts.length);
  const words = await rows.evaluateAll((nodes) => nodes.map((node) => node.querySelector('strong').textContent));
  assert.deepEqual(words, ['Removed the person', 'Changed the person', 'Invited', 'Made the person']);
  const changed = await rows.nth(1).innerText();
  assert.match(changed, /Viewer of Bakery Mill Street.*→.*Operator of Bakery Mill Street/s);
  await page.getByLabel('Who', { exact: true }).fill('');
  await page.getByLabel('What', { exact: true }).selectOption('place');
  await page.getByLabel('Whom or what').fill('');
  await page.waitForFunction((text) => document.querySelector('[data-audit]')?.innerText.includes(text), `Kiosk 2 ${evil}`);
  assert.equal(await page.evaluate(() => window.pwned), undefined);

  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'CSV' }).click()]);
  assert.equal(download.suggestedFilename(), 'audit.csv');
  assert.deepEqual(errors, []);
  await admin.close();
});

for (const [name, look] of [
  ['desktop', { size: desktop, scheme: 'dark' }],
  ['phone', { size: phone, scheme: 'light' }],
]) {
  test(`axe finds nothing in both themes, and nothing runs over the edge: filled pages, ${name}`, async () => {
    const viewer = (await ask('GET', '/api/users')).find((one) => one.email === people.viewer.email);
    for (const [role, urls] of [
      ['admin', ['/notifications', '/people', `/people?user=${viewer.id}`, '/people?user=new', '/keys', '/audit']],
      ['owner', ['/people']],
    ]) {
      const context = await as(role, look);
      let shown = null;
      for (const url of urls) {
        shown = await open(context, server.base + url, shown);
        await assertSound(shown, `${role} ${url}`);
      }
      await context.close();
    }
  });
}
