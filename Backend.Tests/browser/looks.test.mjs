// How every page looks to who has asked for more contrast, for colours of their own, for no motion, and on paper. Whatever is in pages.mjs is
// looked at; PICTURES=folder keeps what was seen.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { addressIn, pages } from './pages.mjs';
import { deadline, desktop, faults, isTooWide, open, phone, profile, settled } from './portal.mjs';
import { startBrowser, startServer } from './server.mjs';
import { dayOf, fillServer } from './world.mjs';

const pictures = process.env.PICTURES;
let server, browser, world;

before(async () => {
  server = await startServer('--RateLimits:ReadingsPerMinute=1000000', '--RateLimits:AdminPerMinute=1000000');
  browser = await startBrowser();
  world = await fillServer(server.base, { days: 9 });
});

after(async () => {
  await browser?.close();
  server?.stop();
});

/** Figures of the day before: of today there may be none yet. */
const addressOf = (page) => server.base + addressIn(world, page) + (page.name === 'insights' ? `&from=${dayOf(1)}&to=${dayOf(1)}` : '');

/** Looks at every page with a browser that says something of its reader. */
async function everyPage(media, look) {
  for (const [who, theirs] of [
    ['key', pages.filter((one) => one.roles !== null)],
    [null, pages.filter((one) => one.roles === null)],
  ]) {
    const context = await profile(browser, server.base, { ...media, who });
    let tab = null;
    for (const one of theirs) {
      tab = await open(context, addressOf(one), tab);
      await settled(tab.page);
      await look(tab.page, one);
      assert.deepEqual(tab.errors, [], one.url);
    }
    await context.close();
  }
}

/** Keeps what is seen now, if somebody wants to look. */
async function keep(page, one, name) {
  if (pictures) {
    mkdirSync(pictures, { recursive: true });
    await page.screenshot({ path: path.join(pictures, `${one.name}-${name}.png`), fullPage: true });
  }
}

test('more contrast, said by the system or chosen: every text has 7:1, edges are thick, nothing runs over the edge', async () => {
  await everyPage({}, async (page, one) => {
    for (const [name, media, theme] of [
      ['light', { contrast: 'more', colorScheme: 'light' }, ''],
      ['dark', { contrast: 'more', colorScheme: 'dark' }, ''],
      ['dark-chosen', { contrast: 'more', colorScheme: 'light' }, 'dark'],
      ['chosen', { contrast: 'no-preference', colorScheme: 'dark' }, 'contrast'],
    ]) {
      await page.emulateMedia(media);
      await page.evaluate((value) => {
        document.documentElement.dataset.theme = value;
      }, theme);
      for (const size of [desktop, phone]) {
        await page.setViewportSize(size);
        await keep(page, one, `contrast-${name}-${size.width}`);
        const what = `${one.url}, ${name}, ${size.width} px`;
        // Colours do not hang on the size.
        if (size === desktop) {
          assert.deepEqual(await faults(page, 'color-contrast-enhanced'), [], what);
          assert.deepEqual(await page.evaluate(thin), [], what);
        }
        assert.equal(await isTooWide(page), false, what);
      }
    }
    // The next one begins as this one did.
    await page.emulateMedia({ contrast: 'no-preference', colorScheme: 'light' });
    await page.setViewportSize(desktop);
  });
});

/** Cards and controls whose edge is as thin as that of who has not asked for more. */
function thin() {
  return [...document.querySelectorAll('.card, input, select, textarea, .button')]
    .filter((node) => node.checkVisibility() && node.type !== 'checkbox' && node.type !== 'radio')
    .filter((node) => parseFloat(getComputedStyle(node).borderTopWidth) === 1)
    .map((node) => node.className || node.tagName);
}

/**
 * Parts that are there by their ground alone: leaves without a text, whose ground is not that of what lies behind them. Called once as the page
 * is, and once with the reader's colours, which take grounds away.
 */
function figures() {
  const behind = (node) => {
    for (let up = node.parentElement; up; up = up.parentElement) {
      const ground = getComputedStyle(up).backgroundColor;
      if (ground !== 'rgba(0, 0, 0, 0)') {
        return ground;
      }
    }
    return 'none';
  };
  return [...document.querySelectorAll('main *, .bar *, .top *')]
    .filter((node) => !(node instanceof SVGElement) && node.children.length === 0 && node.textContent.trim() === '')
    .filter((node) => !node.matches('input, select, textarea, canvas, option, .bone') && node.checkVisibility())
    .map((node) => {
      const style = getComputedStyle(node);
      const { width, height } = node.getBoundingClientRect();
      const isGround = style.backgroundColor !== 'rgba(0, 0, 0, 0)' && style.backgroundColor !== behind(node);
      const isEdged = ['Top', 'Right', 'Bottom', 'Left'].some((side) => parseFloat(style[`border${side}Width`]) > 0);
      return { name: node.className, width, height, isGround, isEdged, hasPicture: style.backgroundImage !== 'none' };
    })
    .filter((each) => each.width >= 2 && each.height >= 2);
}

/** The share of a drawing that stands out from the ground of the page. */
function inked(canvas) {
  const { width, height } = canvas;
  const bytes = canvas.getContext('2d').getImageData(0, 0, width, height).data;
  const ground = getComputedStyle(document.body)
    .backgroundColor.match(/[\d.]+/g)
    .map(Number);
  const light = (rgb) =>
    rgb
      .slice(0, 3)
      .map((value) => value / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
      .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
  const base = light(ground);
  let seen = 0;
  for (let at = 0; at < bytes.length; at += 4) {
    if (bytes[at + 3] > 200) {
      const own = light([...bytes.subarray(at, at + 3)]);
      seen += (Math.max(own, base) + 0.05) / (Math.min(own, base) + 0.05) >= 3 ? 1 : 0;
    }
  }
  return seen / (width * height);
}

test('the reader’s own colours: what is shown by a ground is shown by something else, drawings stand out', async () => {
  await everyPage({ forcedColors: 'active' }, async (page, one) => {
    for (const scheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme: scheme });
      await keep(page, one, `forced-${scheme}`);
      const forced = await page.evaluate(figures);
      await page.emulateMedia({ forcedColors: 'none' });
      const usual = await page.evaluate(figures);
      await page.emulateMedia({ forcedColors: 'active' });
      assert.equal(forced.length, usual.length, one.url);
      const lost = usual.filter(
        (each, index) => each.isGround && !forced[index].isGround && !forced[index].isEdged && !forced[index].hasPicture,
      );
      assert.deepEqual([...new Set(lost.map((each) => each.name))], [], `${one.url}: not to be seen`);
      // Drawn anew when the colours changed, twice: within a moment.
      for (const canvas of await page.locator('.chart canvas').all()) {
        const end = Date.now() + deadline;
        for (let share = 0; (share = await canvas.evaluate(inked)) <= 0.005;) {
          assert.ok(Date.now() < end, `${one.url}: ${(share * 100).toFixed(2)} % of the chart stands out`);
          await page.waitForTimeout(100);
        }
      }
      // Shapes of states take the colour of their words.
      for (const shape of await page.locator('.status-shape:visible').all()) {
        const [own, words] = await shape.evaluate((node) => [getComputedStyle(node).fill, getComputedStyle(node.parentElement).color]);
        assert.equal(own, words, one.url);
      }
    }
    await page.emulateMedia({ colorScheme: 'light' });
  });
});

test('no motion for who has asked for none; for others nothing longer than a blink', async () => {
  const longest = () =>
    Math.max(
      ...[...document.querySelectorAll('*')].flatMap((node) => {
        const style = getComputedStyle(node);
        return `${style.transitionDuration},${style.animationDuration}`.split(',').map((text) => parseFloat(text) || 0);
      }),
    );
  await everyPage({ reducedMotion: 'no-preference' }, async (page, one) => {
    assert.ok((await page.evaluate(longest)) <= 0.2, one.url);
    await page.emulateMedia({ reducedMotion: 'reduce' });
    assert.equal(await page.evaluate(longest), 0, one.url);
    assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).scrollBehavior), 'auto', one.url);
    await page.emulateMedia({ reducedMotion: 'no-preference' });
  });
});

/** Width of what is printed on A4 with margins of 1 cm, px. */
const paper = { width: 718, height: 1000 };

/** Pages of a PDF of Chromium's. */
const sheets = (bytes) => (bytes.toString('latin1').match(/\/Type\s*\/Page\b/g) ?? []).length;

test('on paper: no controls, nothing cut off, the table under each chart, who and when on top', async () => {
  await everyPage({ scheme: 'dark' }, async (page, one) => {
    // First as a browser prints what is on a screen; then the same with a look at its parts.
    const bytes = await page.pdf({ format: 'A4', margin: { top: '1cm', bottom: '1cm', left: '1cm', right: '1cm' } });
    if (pictures) {
      writeFileSync(path.join(pictures, `${one.name}.pdf`), bytes);
    }
    assert.ok(sheets(bytes) >= 1 && (one.name !== 'insights' || sheets(bytes) <= 2), `${one.url}: ${sheets(bytes)} sheets`);
    await page.emulateMedia({ media: 'print' });
    await page.setViewportSize(paper);
    await keep(page, one, 'paper');
    const left = await page.evaluate(() =>
      [...document.querySelectorAll('nav, button, .top, .bar, .skip, dialog')]
        .filter((node) => node.checkVisibility())
        .map((node) => `${node.tagName} ${node.className} ${node.textContent.slice(0, 30)}`),
    );
    assert.deepEqual(left, [], `${one.url}: not for paper`);
    assert.equal(await isTooWide(page), false, `${one.url} is wider than the paper`);
    assert.deepEqual(
      await page.evaluate(() =>
        [document.body, ...document.querySelectorAll('.card')]
          .map((node) => getComputedStyle(node).backgroundColor)
          .filter((ground) => !['rgb(255, 255, 255)', 'rgba(0, 0, 0, 0)'].includes(ground)),
      ),
      [],
      `${one.url}: paper is white, whatever the screen was`,
    );
    const head = page.locator('.print-only').first();
    for (const chart of await page.locator('.chart').all()) {
      assert.ok(await chart.locator('.chart-table tbody tr').first().isVisible(), `${one.url}: no table under the chart`);
      const [drawn, room] = await chart.evaluate((node) => [
        node.querySelector('canvas')?.getBoundingClientRect().right ?? 0,
        node.getBoundingClientRect().right,
      ]);
      assert.ok(drawn <= room + 1, `${one.url}: the chart is cut off`);
      assert.ok(await head.isVisible(), `${one.url}: nobody knows of what and when`);
    }
    if (one.name === 'insights') {
      const text = await head.textContent();
      assert.ok(text.includes(world.places[0].name) && text.includes(world.places[0].timezone) && /\d{4}/.test(text), text);
    }
    await page.emulateMedia({ media: 'screen' });
    await page.setViewportSize(desktop);
  });
});
