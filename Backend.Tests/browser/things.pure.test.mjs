// What the pages of things work out, without a browser: wishes, series, displays, filters. Randomised tests print their seed.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

const pages = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../Backend.Minimal/Portal/pages');
const load = (name) => import(pathToFileURL(path.join(pages, `${name}.js`)));
const { controlOf, isSame, readValue, wishMs, wishOf } = await load('things-wish');
const { axesOf, columnsOf, extremesOf, gapMs, rowsOf, startOf } = await load('thing-series');
const { colourOf, dotsOf, rowsOf: displayOf } = await load('thing-pixels');
const { after, choices, comparer, isWanted } = await load('things-order');

const seed = Number(process.env.SEED ?? 20261128);
const told = `SEED=${seed} node --test things.pure.test.mjs`;

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

const noon = Date.parse('2026-11-27T12:00:00Z');
const at = (seconds) => new Date(noon + seconds * 1000).toISOString();

test('a wish stands until the thing has said the same after it, for a day', () => {
  const wanted = { value: 1, at: at(0) };
  assert.equal(wishOf(undefined, undefined, noon), 'none');
  assert.equal(wishOf(undefined, wanted, noon + 1000), 'asked');
  assert.equal(wishOf({ value: 0, at: at(5) }, wanted, noon + 6000), 'asked', 'a word against it does not undo it');
  assert.equal(wishOf({ value: 1, at: at(-5) }, wanted, noon + 6000), 'asked', 'what it said before is no answer');
  assert.equal(wishOf({ value: true, at: at(5) }, wanted, noon + 6000), 'none', 'true is 1');
  assert.equal(wishOf({ value: 0, at: at(5) }, wanted, noon + wishMs), 'missed');
  assert.equal(isSame('1', 1), false, 'a text is no number');
});

test('what is on or off has a switch, what was asked for a slider, what is measured nothing', () => {
  assert.deepEqual(controlOf('door', true, undefined), { kind: 'switch', on: true, off: false });
  assert.deepEqual(controlOf('v0', 0, undefined), { kind: 'switch', on: 1, off: 0 });
  assert.deepEqual(controlOf('led', 1, undefined), { kind: 'switch', on: 1, off: 0 });
  assert.deepEqual(controlOf('v1', 40, undefined), { kind: 'slider', min: 0, max: 100, step: 1 });
  assert.deepEqual(controlOf('v1', 180, undefined), { kind: 'slider', min: 0, max: 255, step: 1 });
  assert.deepEqual(controlOf('v1', 0.5, undefined), { kind: 'slider', min: 0, max: 1, step: 0.01 });
  assert.deepEqual(controlOf('v0', 0, { value: 70, at: at(0) }), { kind: 'slider', min: 0, max: 100, step: 1 });
  assert.deepEqual(controlOf('brightness', 20, { value: 70, at: at(0) }), { kind: 'slider', min: 0, max: 100, step: 1 });
  for (const [key, value] of [
    ['temperature', 21.5],
    ['people', 1],
    ['v1', -3],
    ['v1', 1e9],
    ['v1', 'on'],
    ['mode', 'eco'],
  ]) {
    assert.deepEqual(controlOf(key, value, undefined), { kind: 'none' }, `${key} ${value}`);
  }
  assert.deepEqual(
    [readValue(' true '), readValue('21,5'), readValue('-3'), readValue('eco'), readValue('0x')],
    [true, 21.5, -3, 'eco', '0x'],
  );
});

const raw = (...pairs) => pairs.map(([minutes, value]) => [noon + minutes * 60_000, value, value, value]);

test('series share one axis; a silence is a gap, a moment of another series is none', () => {
  const [a, b] = [raw([0, 1], [1, 2], [2, 3], [30, 4]), raw([0.5, 7], [1.5, 8])];
  assert.equal(gapMs(a, 0), 240_000);
  const { at: times, columns } = columnsOf(
    [
      { key: 'a', points: a },
      { key: 'b', points: b },
    ],
    0,
  );
  assert.deepEqual(
    times.map((time) => (time - noon) / 60_000).map((minutes) => Math.round(minutes * 10) / 10),
    [0, 0.5, 1, 1.5, 2, 2, 30],
  );
  assert.deepEqual(columns[0].mean, [1, undefined, 2, undefined, 3, null, 4]);
  assert.deepEqual(columns[1].mean, [undefined, 7, undefined, 8, undefined, undefined, undefined]);
  assert.deepEqual(columnsOf([], 0), { at: [], columns: [] });
  assert.deepEqual(columnsOf([{ key: 'a', points: [] }], 0), { at: [], columns: [{ mean: [], low: [], high: [] }] });
});

test('extremes are those of the points, not of their means; a table keeps them however much it is thinned', () => {
  const next = random(seed);
  for (let turn = 0; turn < 200; turn += 1) {
    const points = [];
    let time = noon;
    for (let n = Math.floor(next() * 3000); n >= 0; n -= 1) {
      time += 1 + Math.floor(next() * 600_000);
      const mean = (next() - 0.5) * 100;
      points.push([time, mean - next() * 5, mean, mean + next() * 5]);
    }
    const extremes = extremesOf(points);
    assert.equal(extremes.low, Math.min(...points.map((one) => one[1])), told);
    assert.equal(extremes.high, Math.max(...points.map((one) => one[3])), told);
    assert.equal(points.find((one) => one[0] === extremes.highAt)[3], extremes.high, told);
    const rows = rowsOf([{ key: 'a', points }], 200);
    assert.ok(rows.length <= 200, told);
    assert.equal(Math.min(...rows.map((row) => row.values[0][0])), extremes.low, told);
    assert.equal(Math.max(...rows.map((row) => row.values[0][2])), extremes.high, told);
    const { columns } = columnsOf([{ key: 'a', points }], 0);
    assert.equal(columns[0].mean.filter((value) => value !== null && value !== undefined).length, points.length, told);
  }
  assert.equal(extremesOf([]), null);
  assert.deepEqual(rowsOf([], 10), []);
});

test('what would be a flat line on the first axis stands at the second', () => {
  assert.deepEqual(axesOf([raw([0, 20], [1, 22]), raw([0, 1013], [1, 1011]), raw([0, 21], [1, 25]), []]), [0, 1, 0, 0]);
  assert.deepEqual(axesOf([]), []);
});

test('a day begins by the clock of its place, also when clocks are changed', () => {
  assert.equal(new Date(startOf('2026-11-27', 'Europe/Berlin')).toISOString(), '2026-11-26T23:00:00.000Z');
  assert.equal(new Date(startOf('2026-03-29', 'Europe/Berlin')).toISOString(), '2026-03-28T23:00:00.000Z');
  assert.equal(new Date(startOf('2026-03-30', 'Europe/Berlin')).toISOString(), '2026-03-29T22:00:00.000Z');
  assert.equal(new Date(startOf('2026-10-26', 'Europe/Berlin')).toISOString(), '2026-10-25T23:00:00.000Z');
  assert.equal(new Date(startOf('2026-11-27', 'Asia/Kathmandu')).toISOString(), '2026-11-26T18:15:00.000Z');
});

test('a display is read from its bits, with and without bytes of their own for each line', () => {
  // 10 × 2: the first line has its first and last pixel, the second its second.
  const padded = Buffer.from([0x80, 0x40, 0x40, 0x00]).toString('base64');
  const packed = Buffer.from([0x80, 0x50, 0x00]).toString('base64');
  const want = Array.from({ length: 20 }, (_, index) => [0, 9, 11].includes(index));
  assert.deepEqual(dotsOf(padded, 10, 2), want);
  assert.deepEqual(dotsOf(packed, 10, 2), want);
  assert.equal(dotsOf(packed, 10, 4), null);
  assert.equal(dotsOf('%%%', 8, 1), null);
  assert.deepEqual(
    [colourOf('#FFaa00'), colourOf(0xff8800), colourOf('red'), colourOf(-1), colourOf(null)],
    ['#ffaa00', '#ff8800', null, null, null],
  );
  const rows = displayOf({ rows: [{ width: 10, height: 2, text: '12:00', pixels: padded, monoColor: 0x00ff00 }] });
  assert.deepEqual([rows.length, rows[0].text, rows[0].colour, rows[0].dots.length], [1, '12:00', '#00ff00', 20]);
});

test('what is no display is none, whatever it is', () => {
  const next = random(seed + 1);
  const pick = (list) => list[Math.floor(next() * list.length)];
  const anything = (depth) =>
    pick([
      () => null,
      () => next() * 2000 - 100,
      () => Math.floor(next() * 20),
      () => 'AAAA'.repeat(Math.floor(next() * 3)),
      () => next() < 0.5,
      () => ({
        rows: Array.from({ length: 1 + Math.floor(next() * 3) }, () => ({
          width: 1 + Math.floor(next() * 12),
          height: 1 + Math.floor(next() * 3),
          text: 'x',
          pixels: pick([undefined, 'AAAA', 'gA==', '/////w==', '%']),
        })),
      }),
      () => (depth > 0 ? Array.from({ length: Math.floor(next() * 4) }, () => anything(depth - 1)) : []),
      () =>
        depth > 0
          ? Object.fromEntries(['rows', 'width', 'height', 'text', 'pixels', 'monoColor'].map((name) => [name, anything(depth - 1)]))
          : {},
    ])();
  let displays = 0;
  for (let turn = 0; turn < 5000; turn += 1) {
    const read = displayOf(anything(4));
    for (const row of read ?? []) {
      displays += 1;
      assert.ok(row.dots === null || row.dots.length === row.width * row.height, told);
    }
  }
  assert.equal(displayOf({ rows: [{ width: 5000, height: 1, text: '' }] }), null, 'larger than any display');
  assert.ok(displays > 0, told);
});

const thing = (changes) => ({
  device_id: 'clock-hall',
  kind: 'thing',
  name: null,
  product: 'clock',
  platform: 'esp32c3',
  version: 'v1.0.0',
  place_id: 7,
  place: 'Bakery',
  tags: ['floor'],
  status: 'online',
  last_at: at(0),
  values: { v0: 1, mode: 'eco' },
  wanted: {},
  network: null,
  ...changes,
});

test('the address says which things are meant', () => {
  const asks = (text) => isWanted(thing({ name: 'Big clock' }), new URLSearchParams(text));
  for (const yes of ['', 'q=BIG', 'q=hall bakery', 'place=7', 'tag=floor', 'kind=thing', 'status=online', 'q=v1.0']) {
    assert.ok(asks(yes), yes);
  }
  for (const no of ['q=small', 'q=big small', 'place=8', 'tag=roof', 'kind=gateway', 'status=offline']) {
    assert.ok(!asks(no), no);
  }
  assert.deepEqual(
    [thing({ device_id: 'b' }), thing({ device_id: 'a10' }), thing({ device_id: 'a9' }), thing({ device_id: 'z', status: 'offline' })]
      .sort(comparer())
      .map((one) => one.device_id),
    ['z', 'a9', 'a10', 'b'],
  );
  assert.deepEqual(
    choices([
      ['2', 'B'],
      ['1', 'A'],
      ['2', 'B'],
      ['', ''],
    ]),
    [
      ['1', 'A'],
      ['2', 'B'],
    ],
  );
});

test('an event changes what it names; what is late does not set the last word back', () => {
  const next = after(thing(), { values: { v0: 0, temperature: 21, mode: null }, at: at(5) });
  assert.deepEqual(next.values, { v0: 0, temperature: 21 });
  assert.equal(next.last_at, at(5));
  assert.equal(after(next, { at: at(-60) }).last_at, at(5));
  assert.equal(after(next, { status: 'offline' }).status, 'offline');
  assert.equal(after(thing({ status: 'never', last_at: null }), { values: { v0: 1 }, at: at(1) }).status, 'online', 'who speaks is there');
  assert.equal(after(thing({ status: 'degraded' }), { values: { v0: 1 }, at: at(1) }).status, 'degraded');
  assert.deepEqual(after(next, { wanted: { v0: { value: 1, at: at(6) } } }).wanted, { v0: { value: 1, at: at(6) } });
});

test('a configuration is written in lines, and read from them as it was', async () => {
  const { hasTaken, readLines, writeLines } = await load('thing-config-lines');
  const config = {
    temp_offset: -2,
    on: true,
    name: 'Hall = 1',
    digits: '12',
    no: 'false',
    quoted: '"x"',
    blank: ' a ',
    lines: 'a\nb',
    empty: '',
  };
  assert.deepEqual(readLines(writeLines(config)), { config, line: null });
  assert.deepEqual(readLines(' a = 1,5 \n\nb=x'), { config: { a: 1.5, b: 'x' }, line: null });
  assert.deepEqual(readLines(''), { config: {}, line: null });
  for (const [text, line] of [
    ['a', 1],
    ['a = 1\n= 2', 2],
    ['a b = 1', 1],
    ['a = 1\na = 2', 2],
    ['a = "x', 1],
    ['__proto__ = 1\nx', 2],
  ]) {
    assert.deepEqual(readLines(text), { config: null, line }, text);
  }
  assert.ok(hasTaken(0.1, 0.10000000149) && !hasTaken(0.1, 0.2) && !hasTaken(1, true) && !hasTaken('1', 1) && !hasTaken(1, undefined));
});
