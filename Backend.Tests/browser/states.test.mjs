// Every state of a figure, in the words of the design: by what boxes and people did where that is possible, else by an answer of the real
// server with some fields changed (a day of silence, a power cut and a calibration that is half done would take days to wait for).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { caller, faults, open, phone, profile } from './portal.mjs';
import { startBrowser, startServer } from './server.mjs';
import { dayOf, fillServer } from './world.mjs';

let server, browser, world, ask, place, box;

before(async () => {
  server = await startServer(
    '--RateLimits:ReadingsPerMinute=1000000',
    '--RateLimits:AdminPerMinute=1000000',
    '--RateLimits:FailedPerMinute=1000000',
  );
  browser = await startBrowser();
  world = await fillServer(server.base, { days: 9 });
  ask = caller(server.base);
  [place] = world.places;
  [box] = world.boxes;
});

after(async () => {
  await browser?.close();
  server?.stop();
});

/**
 * Shows a place, with fields of the server's answer changed, and looks at it with axe.
 * @param {(page: any, figures: any) => Promise<void>} look
 */
async function show(look, { of = place, change, query = '', who = world.people.admin, locale } = {}) {
  const context = await profile(browser, server.base, { who, size: phone, locale });
  let figures;
  await context.route(`**/api/places/${of.id}/figures*`, async (route) => {
    const answer = await route.fetch();
    figures = await answer.json();
    change?.(figures);
    await route.fulfill({ response: answer, json: figures });
  });
  const { page, errors } = await open(context, `${server.base}/?place=${of.id}${query}`);
  await look(page, figures);
  assert.deepEqual(await faults(page), []);
  assert.deepEqual(errors, []);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth), false);
  await context.close();
}

const big = (page) => page.locator('[data-test="headline"]').innerText();
const small = (page) => page.locator('.number-small').innerText();
const notes = async (page) => (await page.locator('[data-test="quality"]').allTextContents()).join(' | ');
const post = (fields) => {
  let n = 0;
  return caller(server.base, box.token)('POST', '/api/reading', {
    d: box.id,
    t: `${new Date().toISOString().slice(0, 19)}Z`,
    i: 90,
    u: 30,
    rssi_near: 30,
    ls: 300,
    iv: 300,
    ts: 1,
    b: 3,
    n: (n += 1),
    ...fields,
  });
};

test('no counts yet: against the usual in words, very roughly how many, and the way to a number', () =>
  show(
    async (page, figures) => {
      assert.equal(figures.certainty.state, 'activity');
      assert.match(await big(page), /busy|busier|quieter|usual|Hardly/i);
      assert.match(
        await small(page),
        /(a usual \w+|for a \w+) by \d\d:\d\d\. Very roughly [\d,]+–[\d,]+ people at a time\. Count 4 times and this becomes a number\./,
      );
      await page.getByRole('link', { name: 'Count now' }).waitFor();
    },
    { of: world.places[1] },
  ));

test('no usual yet: Learning, and when the first comparison comes', async () => {
  const fresh = await ask('POST', '/api/places', { name: 'New shop', timezone: place.timezone });
  const { token } = await ask('POST', '/api/device/register', { device_id: 'JBNB0003' });
  await ask('POST', `/api/places/${fresh.id}/devices`, { device_id: 'JBNB0003' });
  const start = Date.now() - (Date.now() % 300_000);
  for (let i = 24; i > 0; i -= 1) {
    await caller(server.base, token)('POST', '/api/reading', {
      d: 'JBNB0003',
      t: `${new Date(start - i * 300_000 - 1000).toISOString().slice(0, 19)}Z`,
      i: 90,
      u: 30,
      rssi_near: 30,
      ls: 300,
      iv: 300,
      ts: 1,
      b: 1,
      n: 25 - i,
    });
  }
  // What is said of it depends on how much of the day there is; the words for it do not.
  await show(
    async (page) => {
      assert.equal(await big(page), 'Learning');
      assert.match(await small(page), /First comparison on \w+day,? \d+ \w+( \d+)?\. .*Count 4 times and this becomes a number\./);
    },
    {
      of: fresh,
      change: (figures) => {
        assert.equal(figures.certainty.state, 'activity');
        assert.equal(figures.activity, null);
        figures.visitors_missing = 'activity';
        figures.people ??= { low: 2, value: 5, high: 9 };
        figures.usual_from ??= dayOf(-7);
      },
    },
  );
});

test('calibrated: range, best guess, how sure', () =>
  show(async (page, figures) => {
    assert.equal(figures.certainty.state, 'calibrated');
    assert.match(await big(page), /^[\d,]+–[\d,]+$/);
    assert.match(await small(page), /^Best guess [\d,]+\. /);
    assert.match(
      await small(page),
      new RegExp(`From your ${figures.certainty.counts} counts; of 100 such ranges about 80 hold the true number\\.`),
    );
  }));

test('a few counts: a rough number, and how many more complete it', () =>
  show(
    async (page) => {
      assert.match(await big(page), /^[\d,]+–[\d,]+$/);
      assert.match(await small(page), /A rough number, from 6 counts\. 6 more, over 3 days in all, complete it\./);
    },
    {
      change: (figures) => Object.assign(figures.certainty, { state: 'rough', counts: 6, count_days: 1, counts_needed: 6, days_needed: 2 }),
    },
  ));

test('readings on their way: how many, when they are here, and that the number can rise', async () => {
  await post({ cd: 4, n: 101 });
  await show(async (page, figures) => {
    assert.equal(figures.quality.waiting, 4);
    assert.match(await notes(page), /4 readings on their way(, here by about \d\d:\d\d)?\. The number can still rise\./);
  });
  await post({ cd: 0, n: 102, t: `${new Date(Date.now() + 1000).toISOString().slice(0, 19)}Z` });
});

test('too busy to tell phones apart: which hour', async () => {
  await post({ of: 40, n: 103 });
  await show(async (page, figures) => {
    assert.equal(figures.quality.busy_hours.length, 1);
    const hour = Number(figures.quality.busy_hours[0].slice(11, 13));
    assert.ok((await notes(page)).includes(`${hour}–${hour + 1} was too busy to tell all phones apart: may be too low.`));
  });
});

for (const [reason, why] of [
  ['power', 'the box had no power'],
  ['restart', 'the box started anew'],
  ['offline', 'no news from the box since'],
  ['silent', 'nothing came from the box'],
  ['deaf', 'the box could not listen'],
  ['no_box', 'no box stood here'],
]) {
  test(`an hour without figures says why: ${reason}`, () =>
    show(
      async (page, figures) => {
        const hour = Number(figures.rows.find((row) => row.gap === reason).label.slice(11, 13));
        assert.match(await notes(page), new RegExp(`No figures ${hour}–${hour + 1}: ${why}\\.`));
        await page.getByRole('button', { name: 'Table' }).click();
        const row = page.locator('.chart-table tr', { hasText: `${hour}–${hour + 1}` }).first();
        assert.match(await row.innerText(), new RegExp(why));
      },
      {
        query: `&from=${dayOf(1)}&to=${dayOf(1)}`,
        change: (figures) => {
          const row = figures.rows.find((one) => one.label.endsWith(' 10:00'));
          const next = figures.rows[figures.rows.indexOf(row) + 1];
          Object.assign(row, { gap: reason, people: null, visitors: null, activity: null, coverage: 0 });
          figures.quality.gaps = [{ from: row.start, until: next.start, reason }];
          figures.quality.coverage = 0.92;
        },
      },
    ));
}

test('listened for less than half of the time: no number, and why', () =>
  show(
    async (page) => {
      assert.equal(await big(page), 'No number');
      assert.match(await small(page), /The box listened in 2 of 6 open hours\./);
    },
    {
      change: (figures) => {
        Object.assign(figures, { visitors: null, people: null, visitors_missing: 'no_figure' });
        Object.assign(figures.quality, { listened_s: 7200, open_s: 21_600, coverage: 0.33 });
      },
    },
  ));

for (const [state, ago, shape] of [
  ['warning', 2 * 3_600_000, 'late'],
  ['offline', 30 * 3_600_000, 'silent'],
]) {
  test(`no news from the box: since when, that the number stops there, and what to do: ${state}`, () =>
    show(
      async (page) => {
        assert.match(
          await notes(page),
          ago < 86_400_000
            ? /No news since (\d+ \w+)?\d\d:\d\d; the number stops there\./
            : /No news since \d+ \w+, \d\d:\d\d; the number stops there\./,
        );
        await page.locator(`[data-test="quality"] .status-${shape}`).first().waitFor();
        await page.getByRole('button', { name: 'What to do' }).click();
        await page.getByRole('dialog').getByText('Look whether the box has power').waitFor();
        await page.getByRole('button', { name: 'Close' }).click();
      },
      {
        change: (figures) =>
          figures.quality.boxes.forEach((one) => Object.assign(one, { state, last_seen: new Date(Date.now() - ago).toISOString() })),
      },
    ));
}

test('about as usual is said so', () =>
  show(
    async (page) => {
      assert.equal(await big(page), 'About as usual');
      assert.match(await small(page), /^for a \w+day by \d\d:\d\d\./);
    },
    {
      of: world.places[1],
      // On the first of a weekday there is no usual to compare with: the answer says so by having no such field.
      change: (figures) => Object.assign(figures, { activity: { ...figures.activity, ratio: 1.05, word: 'usual' } }),
    },
  ));

for (const [name, open_, words] of [
  ['closed today, open tomorrow', null, /^Open again tomorrow, 07:00\.$/],
  ['closed for some days', [dayOf(-1), dayOf(-2)], /^Open again on \w+day, 07:00\.$/],
]) {
  test(`${name}: says when it is open again`, async () => {
    const days = [dayOf(0), ...(open_ ?? [])];
    for (const day of days) {
      await ask('PUT', `/api/places/${place.id}/exceptions/${day}`, { open: [] });
    }
    await show(async (page, figures) => {
      assert.equal(figures.visitors_missing, 'closed');
      assert.equal(await big(page), 'Closed today');
      const opens = page.locator('[data-test="opens"]');
      await opens.getByText(/\d/).waitFor();
      assert.match(await opens.innerText(), words);
    });
    for (const day of days) {
      await ask('DELETE', `/api/places/${place.id}/exceptions/${day}`);
    }
  });
}

test('without https nobody types a password: who to ask is said', async () => {
  const context = await profile(browser, server.base, { who: null, size: phone });
  await context.route('**/api/access', async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...(await answer.json()), safe_way: false } });
  });
  const { page } = await open(context, `${server.base}/sign-in`);
  await page.getByText('Sign-in needs https. Ask whoever runs this server.').waitFor();
  assert.equal(await page.getByLabel('Password').count(), 0);
  assert.deepEqual(await faults(page), []);
  await context.close();
});

test('no connection: what was known then stays, soft, and says so', async () => {
  const context = await profile(browser, server.base, { who: world.people.owner, size: phone });
  const { page } = await open(context, `${server.base}/?place=${place.id}`);
  const before_ = await big(page);
  await context.setOffline(true);
  await page
    .getByText(/No connection since \d\d:\d\d\. You see what was known then\./)
    .first()
    .waitFor();
  assert.equal(await big(page), before_);
  await context.setOffline(false);
  await context.close();
});

// Last: what was counted before no longer counts.
test('counts that no longer fit: the number is soft, and says since when and why, in the reader’s language', async () => {
  const days = [
    ['en-GB', /on \w+,? \d+ \w+ the box was set otherwise\. Count 4 times to renew\./],
    ['es-ES', /se cambiaron los ajustes del equipo\. Cuente 4 veces/],
  ];
  await ask('PUT', `/api/device/${box.id}/config`, { rssi_far_threshold: -85 });
  for (const [locale, words] of days) {
    await show(
      async (page, figures) => {
        assert.deepEqual([figures.certainty.state, figures.certainty.reason], ['stale', 'settings']);
        assert.match(await big(page), /^[\d,.]+–[\d,.]+$/);
        await page.locator('.number.old').waitFor();
        await page.locator('.number-small .status-odd').first().waitFor();
        assert.match(await small(page), words);
      },
      { locale },
    );
  }
});
