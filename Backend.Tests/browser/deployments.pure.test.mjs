// What the pages of deployments work out, without a browser: steps, order, shares, what a zip says of itself. Randomised tests print
// their seed.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { makePackage, makeZip } from './deployments.mjs';
import { makeKey } from './firmware.mjs';

// The one thing of a browser's that the reader of zips uses; Node has the same.
globalThis.window = globalThis;

const pages = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../Backend.Minimal/Portal/pages');
const load = (name) => import(pathToFileURL(path.join(pages, `${name}.js`)));
const { groupNames, groupOf, hostRule, inOrder, isSameModule, moduleSums, secondsLeft, sharesOf, spanOf, stepsOf, targetsOf } =
  await load('deployments-steps');
const { isZip, versionOf } = await load('deployments-zip');

const seed = Number(process.env.SEED ?? 20261128);
const told = `SEED=${seed} node --test deployments.pure.test.mjs`;

/** Numbers from 0 to 1 that are the same for the same seed: mulberry32. */
function random(start) {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Steps as the page shows them. */
const shown = (gateway) =>
  stepsOf(gateway)
    .map(({ name, state }) => `${name}${{ done: '✓', now: '…', failed: '✗', todo: '–' }[state]}`)
    .join(' ');

const module = (status) => ({ hostname: `esp32-${status}`, type: 'power', status });

test('steps: what is behind a gateway, what it is at, what is to come', () => {
  for (const [status, wanted] of [
    [null, 'received– unpacked– run– checked–'],
    ['downloading', 'received… unpacked– run– checked–'],
    ['downloaded', 'received✓ unpacked– run– checked–'],
    ['extracting', 'received✓ unpacked… run– checked–'],
    ['deploying', 'received✓ unpacked✓ run… checked–'],
    ['checking', 'received✓ unpacked✓ run✓ checked…'],
    ['completed', 'received✓ unpacked✓ run✓ checked✓'],
    ['removed', 'received✓ unpacked✓ run✓ checked✓'],
    ['of a newer agent', 'received– unpacked– run– checked–'],
  ]) {
    assert.equal(shown({ status }), wanted, String(status));
  }
});

test('steps: where a try failed is marked, and nothing behind it; what nobody knows is not', () => {
  for (const [lastStep, wanted] of [
    ['downloading', 'received✗ unpacked– run– checked–'],
    ['downloaded', 'received✗ unpacked– run– checked–'],
    ['extracting', 'received✓ unpacked✗ run– checked–'],
    ['deploying', 'received✓ unpacked✓ run✗ checked–'],
    ['checking', 'received✓ unpacked✓ run✓ checked✗'],
    [null, 'received– unpacked– run– checked–'],
  ]) {
    assert.equal(shown({ status: 'failed', lastStep }), wanted, String(lastStep));
  }
});

test('steps: modules are one where there are some; while they are at it, the gateway’s own are behind it', () => {
  assert.equal(shown({ status: 'deploying', modules: [module('waiting')] }), 'received✓ unpacked✓ run… checked– modules–');
  assert.equal(shown({ status: 'checking', modules: [module('pushing')] }), 'received✓ unpacked✓ run✓ checked✓ modules…');
  assert.equal(shown({ status: 'completed', modules: [module('done')] }), 'received✓ unpacked✓ run✓ checked✓ modules✓');
  assert.equal(
    shown({ status: 'failed', lastStep: 'checking', modules: [module('done'), module('restored')] }),
    'received✓ unpacked✓ run✓ checked✓ modules✗',
  );
  assert.equal(shown({ status: 'failed', lastStep: 'deploying', modules: [module('waiting'), module('skipped')] }).at(-1), '–');
});

test('every state has one group; those that failed stand first, and like ones by name, numbers as numbers', () => {
  for (const status of [
    null,
    'downloading',
    'downloaded',
    'extracting',
    'deploying',
    'checking',
    'completed',
    'failed',
    'removed',
    'new',
  ]) {
    assert.ok(groupNames.includes(groupOf(status)), String(status));
  }
  const gateways = [
    ['gw-10', 'completed'],
    ['gw-2', 'completed'],
    ['a', null],
    ['z', 'failed'],
    ['b', 'checking'],
  ].map(([gateway, status]) => ({ gateway, status }));
  const before = structuredClone(gateways);
  assert.deepEqual(
    inOrder(gateways).map((one) => one.gateway),
    ['z', 'b', 'a', 'gw-2', 'gw-10'],
  );
  assert.deepEqual(gateways, before, 'what was given stays as it is');
});

test('modules in sums: each is counted once at most, and none is lost', () => {
  const all = ['waiting', 'triggered', 'pushing', 'returning', 'done', 'failed', 'restored', 'skipped'].map(module);
  assert.deepEqual(moduleSums(all), { all: 8, done: 1, failed: 2, open: 4 });
  assert.deepEqual(moduleSums(null), { all: 0, done: 0, failed: 0, open: 0 });
});

test('how long a module took: its two greatest units, nothing where nothing was done', () => {
  for (const [ms, wanted] of [
    [null, []],
    [undefined, []],
    [0, []],
    [1, [1]],
    [499, [1]],
    [12_345, [12]],
    [59_499, [59]],
    [59_500, [60]],
    [72_300, [60, 12]],
    [3_599_499, [3540, 59]],
    [3_600_000, [3600]],
    [3_661_000, [3600, 60]],
    [90_061_000, [86_400, 3600]],
  ]) {
    assert.deepEqual(spanOf({ status: 'done', ms }), wanted, String(ms));
  }
  assert.deepEqual(spanOf({ status: 'waiting', ms: 5_000 }), []);
  assert.deepEqual(spanOf({ status: 'skipped', ms: 5_000 }), []);
  for (const status of ['triggered', 'pushing', 'returning', 'failed', 'restored']) {
    assert.deepEqual(spanOf({ status, ms: 5_000 }), [5], status);
  }
  const next = random(seed + 2);
  for (let i = 0; i < 2000; i += 1) {
    const ms = Math.floor(next() * 10 ** (1 + next() * 9)) + 1;
    const parts = spanOf({ status: 'done', ms });
    const sum = parts.reduce((a, b) => a + b, 0);
    const seconds = Math.max(1, Math.round(ms / 1000));
    // What is left out is less than the smaller of the two units.
    const least = seconds < 3600 ? 1 : seconds < 86_400 ? 60 : 3600;
    assert.ok(parts.length >= 1 && parts.length <= 2 && sum <= seconds && seconds - sum < least, `${ms} ms: ${parts}; ${told}`);
  }
});

test('a module is known by its name, in capital or small letters', () => {
  assert.ok(isSameModule('esp32-AB12CD', 'ESP32-ab12cd'));
  assert.ok(!isSameModule('esp32-AB12CD', 'esp32-AB12C'));
  for (const name of ['esp32-AB12CD', 'a', '-', '7'.repeat(63)]) {
    assert.match(name, hostRule);
  }
  for (const name of ['', 'esp32_1', 'a.local', 'a b', '7'.repeat(64), 'esp32-Ä', 'a\n', '%']) {
    assert.doesNotMatch(name, hostRule);
  }
});

test('shares of stages: rising whole numbers that end with 100, as people write them', () => {
  assert.deepEqual(sharesOf('10, 50, 100'), [10, 50, 100]);
  assert.deepEqual(sharesOf(' 10% 50%;100 '), [10, 50, 100]);
  assert.deepEqual(sharesOf('100'), [100]);
  for (const text of ['', '10, 50', '50, 10, 100', '0, 100', '10, 10, 100', '101', '10.5, 100', '-1, 100', 'all', '10, x, 100', '1e2,x']) {
    assert.equal(sharesOf(text), null, text);
  }
  const next = random(seed);
  for (let i = 0; i < 2000; i += 1) {
    const text = Array.from({ length: 1 + Math.floor(next() * 12) }, () => '0123456789,;% .-ex'[Math.floor(next() * 18)]).join('');
    const shares = sharesOf(text);
    if (shares !== null) {
      assert.ok(
        shares.every((one, index) => Number.isInteger(one) && one >= 1 && one <= 100 && (index === 0 || one > shares[index - 1])),
        `${JSON.stringify(text)}: ${told}`,
      );
      assert.equal(shares.at(-1), 100, `${JSON.stringify(text)}: ${told}`);
    }
  }
});

test('targets are those of the API', () => {
  const chosen = { gateways: ['gw-1'], places: [7] };
  const staged = { stages: '10, 100', waitMinutes: 60, maxFailures: null };
  assert.deepEqual(
    ['all', 'gateways', 'places', 'none'].map((to) => targetsOf(to, chosen, null)),
    [{ all: true }, { gateways: ['gw-1'] }, { places: [7] }, 'none'],
  );
  assert.deepEqual(targetsOf('all', chosen, staged), { all: true, stages: [{ percent: 10 }, { percent: 100 }], waitMinutes: 60 });
  assert.deepEqual(targetsOf('places', chosen, { ...staged, maxFailures: 0 }), {
    places: [7],
    stages: [{ percent: 10 }, { percent: 100 }],
    waitMinutes: 60,
    maxFailures: 0,
  });
  assert.equal(targetsOf('none', chosen, staged), 'none');
});

test('how long an upload will take: by its pace, and nothing before there is one', () => {
  assert.equal(secondsLeft(0, 100, 5000), null);
  assert.equal(secondsLeft(10, 100, 900), null);
  assert.equal(secondsLeft(25, 100, 5000), 15);
  assert.equal(secondsLeft(100, 100, 5000), 0);
});

test('a package says its version: packed or not, with a comment behind it, among many files', async () => {
  const many = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`files/${String(i).padStart(4, '0')}.txt`, `file ${i}`]));
  for (const [version, bytes] of [
    ['1.2.3', makePackage('1.2.3')],
    ['1.2.4', makePackage('1.2.4', { isPacked: true, signer: makeKey() })],
    ['1.2.5+ü', makePackage('1.2.5+ü', { files: many, isPacked: true })],
  ]) {
    assert.equal(await isZip(new Blob([bytes])), true);
    assert.equal(await versionOf(new Blob([bytes])), version);
    const commented = Buffer.concat([bytes, Buffer.alloc(60_000, 0x20)]);
    commented.writeUInt16LE(60_000, bytes.length - 2);
    assert.equal(await versionOf(new Blob([commented])), version);
  }
});

test('what is no package has no version, and nothing breaks', async () => {
  assert.equal(await isZip(new Blob([])), false);
  assert.equal(await isZip(new Blob(['PK'])), false);
  assert.equal(await isZip(new Blob(['a picture'])), false);
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.alloc(100_000),
    makeZip([]),
    makeZip([{ path: 'deploy.sh', bytes: Buffer.from('x') }]),
    makeZip([{ path: 'deployment.json', bytes: Buffer.from('{"version":7}') }]),
    makeZip([{ path: 'deployment.json', bytes: Buffer.from('not JSON') }]),
    makeZip([{ path: 'a/deployment.json', bytes: Buffer.from('{"version":"1.0.0"}') }]),
    // 20 MB of blanks in 20 KB: a list is never so long.
    makeZip([
      { path: 'deployment.json', bytes: Buffer.concat([Buffer.from('{"version":"1.0.0"}'), Buffer.alloc(20e6, 0x20)]), isPacked: true },
    ]),
  ]) {
    assert.equal(await versionOf(new Blob([bytes])), null);
  }
});

test('a package that is damaged anywhere has a version or none, never an error, never a hang', async () => {
  const next = random(seed + 1);
  const whole = makePackage('1.2.3', { files: { 'deploy.sh': 'x'.repeat(200), 'data/a.txt': 'y'.repeat(300) }, isPacked: true });
  for (let i = 0; i < 1500; i += 1) {
    const bytes = Buffer.from(whole.subarray(0, next() < 0.3 ? Math.floor(next() * whole.length) : whole.length));
    for (let damage = Math.floor(next() * 4); damage >= 0 && bytes.length > 0; damage -= 1) {
      bytes[Math.floor(next() * bytes.length)] = Math.floor(next() * 256);
    }
    const version = await versionOf(new Blob([bytes]));
    assert.ok(version === null || typeof version === 'string', `${i}: ${told}`);
  }
});
