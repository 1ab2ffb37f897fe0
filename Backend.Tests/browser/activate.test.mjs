// Activation on a phone at the counter, and the notice for the door: what is told before the PIN, what after it, and what comes of it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { caller, faults, open, phone, profile } from './portal.mjs';
import { startBrowser, startServer } from './server.mjs';
import { evil, password } from './world.mjs';

let server, browser, ask;

before(async () => {
  server = await startServer('--RateLimits:AdminPerMinute=1000000', '--RateLimits:FailedPerMinute=1000000');
  browser = await startBrowser();
  ask = caller(server.base);
});

after(async () => {
  await browser?.close();
  server?.stop();
});

let made = 1000;

/** A box with a PIN that has just spoken. */
async function newBox({ isSilent = false } = {}) {
  const id = `JBNB${(made += 1)}`;
  const { token } = await ask('POST', '/api/device/register', { device_id: id });
  await ask('PUT', `/api/device/${id}/pin`, { pin: '4711' });
  const box = { id, n: 0 };
  box.speak = (unique) =>
    caller(server.base, token)('POST', '/api/reading', {
      d: id,
      t: `${new Date().toISOString().slice(0, 19)}Z`,
      i: unique * 9,
      u: unique,
      rssi_immediate: unique,
      ls: 300,
      iv: 300,
      ts: 1,
      b: 1,
      n: (box.n += 1),
    });
  if (!isSilent) {
    await box.speak(10);
  }
  return box;
}

async function visit(box, options = {}) {
  const context = await profile(browser, server.base, { who: null, size: phone, ...options });
  const shown = await open(context, `${server.base}/activate/${box.id ?? box}`);
  return { context, ...shown };
}

const typePin = async (page, pin) => {
  await page.getByLabel('Digit 1 of 4').focus();
  await page.keyboard.type(pin);
};

test('before the PIN a silent box and one that there is not look the same, and nothing else is asked', async () => {
  const silent = await newBox({ isSilent: true });
  const texts = [];
  for (const id of [silent.id, 'JBNB9999']) {
    const context = await profile(browser, server.base, { who: null, size: phone });
    const page = await context.newPage();
    const asked = [];
    page.on('request', (request) => request.url().includes('/api/') && asked.push(request.url().replace(server.base, '')));
    await page.goto(`${server.base}/activate/${id}`);
    await page.getByText('Nothing has come from it lately.').waitFor();
    texts.push((await page.locator('main').innerText()).replaceAll(id, 'BOX'));
    assert.deepEqual([...new Set(asked)].sort(), ['/api/access', `/api/activate/${id}`]);
    await context.close();
  }
  assert.equal(texts[0], texts[1]);
});

test('PIN, name, Finish: the place is there with its hours, and what the box hears moves by itself', async () => {
  const box = await newBox();
  const { context, page, errors } = await visit(box);
  await page.getByText('This box is counting.').waitFor();
  await typePin(page, '4711');
  await page.getByText('✓ The PIN is right.').waitFor();
  assert.equal(await page.locator('[data-test="hours"]').textContent(), 'Mon–Fri 9–18');
  await page.getByLabel('2 Name of the place').fill(`Bakery ${evil.slice(0, 30)}`);
  await page.getByRole('button', { name: 'Change hours' }).click();
  await page.getByLabel('Saturday').fill('10-14');
  assert.equal(await page.locator('[data-test="hours"]').textContent(), 'Mon–Fri 9–18, Sat 10–14');
  assert.deepEqual(await faults(page), []);
  await page.getByRole('button', { name: 'Finish' }).click();
  await page.getByText('✓ Done: this box counts for Bakery').waitFor();
  const { device } = await ask('GET', `/api/device/${box.id}`);
  const { place, hours } = await ask('GET', `/api/places/${device.place_id}`);
  assert.deepEqual([place.name, place.timezone], [`Bakery ${evil.slice(0, 30)}`, 'Europe/Berlin']);
  assert.deepEqual([hours.monday, hours.friday, hours.saturday, hours.sunday], [['09:00-18:00'], ['09:00-18:00'], ['10:00-14:00'], []]);
  assert.equal(device.life, 'claimed');

  // Two phones at a time; then, without a reload, six.
  const heard = page.locator('[data-test="hears"]');
  assert.equal(await heard.textContent(), 'about 2 phones at a time.');
  await box.speak(30);
  await page.waitForFunction(() => document.querySelector('[data-test="hears"]')?.value === '30');
  assert.equal(await heard.textContent(), 'about 6 phones at a time.');

  // The PIN is typed once: a reload knows the pass, and shows what is stored.
  await page.reload();
  await page.getByText('✓ The PIN is right.').waitFor();
  assert.equal(await page.getByLabel('2 Name of the place').inputValue(), place.name);
  assert.equal(await page.locator('[data-test="hours"]').textContent(), 'Mon–Fri 9–18, Sat 10–14');
  assert.equal(await page.evaluate(() => window.pwned), undefined);
  assert.deepEqual(errors, []);
  await context.close();
});

test('a wrong PIN says so, the sixth try says when; hours that are none are refused where they stand', async () => {
  const box = await newBox();
  const { context, page } = await visit(box);
  for (let i = 0; i < 4; i += 1) {
    await typePin(page, '0000');
    await page.getByRole('alert').getByText('That is not this box’s PIN. Look at the label again.').waitFor();
  }
  await typePin(page, '4711');
  await page.getByText('✓ The PIN is right.').waitFor();
  await page.getByLabel('2 Name of the place').fill('Shop');
  await page.getByRole('button', { name: 'Change hours' }).click();
  await page.getByLabel('Monday').fill('early');
  await page.getByRole('button', { name: 'Finish' }).click();
  await page.getByText('Must be hours such as 9–18').waitFor();
  assert.equal((await ask('GET', `/api/device/${box.id}`)).device.place_id, null);
  await context.close();
  const again = await visit(box);
  await typePin(again.page, '4711');
  await again.page.getByText(/^Too many tries\. Again in 1\d min/).waitFor();
  await again.context.close();
});

test('a place with an owner is not the PIN’s to name; where others stand, a code joins another place', async () => {
  const [box, other] = [await newBox(), await newBox()];
  const [hall, annex] = [await ask('POST', '/api/places', { name: 'Hall' }), await ask('POST', '/api/places', { name: 'Annex' })];
  for (const { id } of [box, other]) {
    await ask('POST', `/api/places/${hall.id}/devices`, { device_id: id });
  }
  const { code } = await ask('POST', `/api/places/${annex.id}/codes`);
  const { context, page } = await visit(box);
  await typePin(page, '4711');
  await page.getByText('Other boxes stand here too').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Finish' }).count(), 0);
  await page.getByLabel('Code from its owner').fill('AAAAAAAAAA');
  await page.getByRole('button', { name: 'Join this place' }).click();
  await page.getByText('not good, or not any more. Ask for a new one').first().waitFor();
  await page.getByLabel('Code from its owner').fill(code.toLowerCase());
  await page.getByRole('button', { name: 'Join this place' }).click();
  await page.getByText('✓ Done: this box counts for Annex.').waitFor();
  assert.equal((await ask('GET', `/api/device/${box.id}`)).device.place_id, annex.id);
  await context.close();

  await ask('POST', '/api/users', { email: 'o@example.org', password, name: 'o', role: 'owner', places: [annex.id] });
  const owned = await visit(box);
  await typePin(owned.page, '4711');
  await owned.page.getByText('This place has an owner.').waitFor();
  assert.equal(await owned.page.getByRole('button', { name: 'Finish' }).count(), 0);
  assert.deepEqual(await faults(owned.page), []);
  await owned.context.close();
});

for (const [scheme, locale, hears] of [
  ['light', 'en-GB', 'What does this box hear?'],
  ['dark', 'es-ES', '¿Qué oye este equipo?'],
]) {
  test(`the notice for the door is one page in two languages, with place and contact: ${scheme}, ${locale}`, async () => {
    const box = await newBox();
    const place = await ask('POST', '/api/places', { name: 'Bakery Mill Street' });
    await ask('POST', `/api/places/${place.id}/devices`, { device_id: box.id });
    const { context, page, errors } = await visit(box, { scheme, locale });
    await page.getByLabel(locale === 'en-GB' ? 'Digit 1 of 4' : 'Cifra 1 de 4').focus();
    await page.keyboard.type('4711');
    await page.getByRole('heading', { name: hears }).waitFor();
    await page.locator('[data-test="hears"]').waitFor();
    assert.deepEqual(await faults(page), []);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth), false);
    await page.locator('a[href$="/notice"]').click();
    await page.locator('.sheet').getByText('Bakery Mill Street').waitFor();
    await page.locator('main input').nth(1).fill('Ann, 030 1234');
    const sheet = await page.locator('.sheet').innerText();
    for (const text of [
      'A box here counts phones nearby. Addresses are scrambled, forgotten minutes after a phone leaves and never sent; only counts are.',
      'Un equipo cuenta aquí los teléfonos cercanos.',
      'Questions: Ann, 030 1234',
      'Preguntas: Ann, 030 1234',
    ]) {
      assert.ok(sheet.includes(text), `${text} is not in: ${sheet}`);
    }
    assert.deepEqual(await page.locator('.sheet [lang]').evaluateAll((nodes) => [...new Set(nodes.map((node) => node.lang))]), [
      'en',
      'es',
    ]);
    assert.deepEqual(await faults(page), []);
    for (const format of ['A4', 'Letter']) {
      const pdf = (await page.pdf({ format })).toString('latin1');
      assert.equal(pdf.match(/\/Type\s*\/Page\b/g).length, 1, format);
    }
    assert.deepEqual(errors, []);
    await context.close();
  });
}
