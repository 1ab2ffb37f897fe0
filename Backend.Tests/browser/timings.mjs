// How long pages take with a year of 50 boxes behind them: npm run timings [-- folder]. Builds and fills a database (a minute or two) unless
// the folder holds one already, and prints: nothing of it is a test, machines differ. First contentful paint should be below 1 s, and nothing
// should move once it is there.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { profile, ready } from './portal.mjs';
import { startBrowser, startServer } from './server.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const release = path.join(root, 'tools/BackendBenchmark/bin/Release/net10.0');
const rounds = 3;
const given = process.argv[2];
const folder = given ?? mkdtempSync(path.join(tmpdir(), 'jambox-year-'));
const database = path.join(folder, 'bench.db');

const run = (...args) => execFileSync('dotnet', args, { cwd: root, stdio: 'inherit' });
if (!existsSync(path.join(release, 'BackendBenchmark.dll'))) {
  run('build', 'tools/BackendBenchmark', '-c', 'Release', '-v', 'q');
}
if (!existsSync(database)) {
  mkdirSync(folder, { recursive: true });
  run(path.join(release, 'BackendBenchmark.dll'), '--figure-years', '1', '--figure-places', '50', '--fill', folder);
}

process.env.JAMBOX_BACKEND = path.join(release, 'jambox-backend.dll');
const server = await startServer(`--Storage:Path=${database}`, '--RateLimits:AdminPerMinute=1000000');
const browser = await startBrowser();
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Notes when something moves, and when the first number is there; runs before the page does. */
function observe() {
  globalThis.shifts = [];
  new PerformanceObserver((list) => globalThis.shifts.push(...list.getEntries().map((entry) => entry.value))).observe({
    type: 'layout-shift',
    buffered: true,
  });
  new MutationObserver((_, self) => {
    if (document.querySelector('main data')) {
      globalThis.firstNumber = performance.now();
      self.disconnect();
    }
  }).observe(document, { childList: true, subtree: true });
}

async function visit(context, url, name) {
  const page = await context.newPage();
  await page.addInitScript(observe);
  await page.goto(server.base + url);
  await ready(page, name);
  await page.waitForTimeout(400);
  const measured = await page.evaluate(() => ({
    paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN,
    number: globalThis.firstNumber ?? NaN,
    shift: globalThis.shifts.reduce((sum, value) => sum + value, 0),
  }));
  await page.close();
  return measured;
}

try {
  console.log('| page | | first paint, ms | first number, ms | layout shift |');
  console.log('| --- | --- | --- | --- | --- |');
  for (const [url, name] of [
    ['/?place=7', 'insights'],
    ['/?place=7&from=2000-01-01', 'insights'],
    ['/compare', 'compare'],
    ['/locations', 'locations'],
    ['/locations/JBNB0007/now', 'device'],
    ['/locations/JBNB0007/health', 'device'],
  ]) {
    // The newest month, whichever day it is.
    const address = url.replace('2000-01-01', new Date(Date.now() - 29 * 86_400_000).toISOString().slice(0, 10));
    const to = address === url ? address : `${address}&to=${new Date().toISOString().slice(0, 10)}`;
    const cold = [];
    const warm = [];
    for (let round = 0; round < rounds; round += 1) {
      const context = await profile(browser, server.base);
      cold.push(await visit(context, to, name));
      warm.push(await visit(context, to, name));
      await context.close();
    }
    for (const [what, all] of [
      ['first visit', cold],
      ['again', warm],
    ]) {
      const of = (field) => all.map((each) => each[field]);
      console.log(
        `| ${url.replace('&from=2000-01-01', ' (a month)')} | ${what} | ${Math.round(median(of('paint')))} | ` +
          `${Math.round(median(of('number')))} | ${Math.max(...of('shift')).toFixed(4)} |`,
      );
    }
  }
} finally {
  await browser.close();
  server.stop();
  if (!given) {
    rmSync(folder, { recursive: true, force: true });
  }
}
