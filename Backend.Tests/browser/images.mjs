// Images for ESP32 chips as esptool lays them out, with real checksums and hashes: written from the public description of the format.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { key } from './backend.mjs';
import { caller } from './portal.mjs';
import { evil } from './world.mjs';

/** Numbers of chips as image headers have them. */
export const chips = { esp32: 0, esp32c3: 5, esp32s3: 9 };

/** Bytes that look like code, always the same for a seed. */
function filling(seed, bytes) {
  let state = seed * 2654435761 + 1;
  return Buffer.from(Array.from({ length: bytes }, () => (state = (state * 1103515245 + 12345) % 2147483648) >> 16));
}

/** Header, segments, zeros, the checksum as the last of 16 bytes, and the SHA-256 of all that. */
function image(chip, segments) {
  const parts = [
    Buffer.from([0xe9, segments.length, 2, 0x20, 0x10, 0xf0, 0x10, 0x40]),
    Buffer.from([0xee, 0, 0, 0, chip, 0, 0, 0, 0, 0, 0x63, 0, 0, 0, 0, 1]),
  ];
  let sum = 0xef;
  for (const [address, bytes] of segments) {
    const head = Buffer.alloc(8);
    head.writeUInt32LE(address, 0);
    head.writeUInt32LE(bytes.length, 4);
    parts.push(head, bytes);
    sum = bytes.reduce((all, byte) => all ^ byte, sum);
  }
  const length = parts.reduce((all, part) => all + part.length, 0);
  parts.push(Buffer.alloc(15 - (length % 16)), Buffer.from([sum]));
  const whole = Buffer.concat(parts);
  return Buffer.concat([whole, createHash('sha256').update(whole).digest()]);
}

/** An application with its description: project, version, ESP-IDF. */
export function makeApp({ chip = chips.esp32c3, project = 'clock', version = '1.2.3', seed = 1, bytes = 4096 } = {}) {
  const first = filling(seed, bytes);
  const description = Buffer.alloc(256);
  description.writeUInt32LE(0xabcd5432, 0);
  description.write(version, 16);
  description.write(project, 48);
  description.write('10:00:00', 80);
  description.write('Jan 29 2026', 96);
  description.write('v5.3.1', 112);
  description.copy(first);
  return image(chip, [
    [0x3c000020, first],
    [0x42000020, filling(seed + 1, bytes)],
  ]);
}

/** A bootloader: an image without a description. */
export const makeBootloader = (chip = chips.esp32c3) =>
  image(chip, [
    [0x3fcd5820, filling(7, 2000)],
    [0x403cc710, filling(8, 3000)],
  ]);

/** A partition table with a data partition and one application. */
export const makeTable = () =>
  makePartitions([
    ['nvs', 1, 2, 0x9000, 0x6000],
    ['app0', 0, 0, 0x10000, 0x100000],
  ]);

/** A partition table of rows: name, type, kind, address, size. */
export function makePartitions(rows) {
  const table = Buffer.alloc(0xc00, 0xff);
  rows.forEach(([label, type, kind, address, size], index) => {
    const at = index * 32;
    table.fill(0, at, at + 32);
    table.set([0xaa, 0x50, type, kind], at);
    table.writeUInt32LE(address, at + 4);
    table.writeUInt32LE(size, at + 8);
    table.write(label, at + 12);
  });
  return table;
}

/** Brings a release to a server over the API. */
export async function publish(base, key, { file, bootloader, partitions, ...texts }) {
  const form = new FormData();
  for (const [name, bytes] of Object.entries({ file, bootloader, partitions }).filter(([, one]) => one)) {
    form.append(name, new Blob([bytes]), `${name}.bin`);
  }
  for (const [name, text] of Object.entries(texts)) {
    form.append(name, text);
  }
  const answer = await fetch(`${base}/api/upload`, { method: 'POST', headers: { 'X-API-Key': key }, body: form });
  return { status: answer.status, body: await answer.json() };
}

/**
 * Clocks and a bell with firmware of their own: two versions, one device that is kept at the older, updates that went well, failed, and are under
 * way.
 */
export async function addThings(base, place) {
  const ask = caller(base);
  const parts = { bootloader: makeBootloader(), partitions: makeTable(), platform: 'esp32c3', product: 'clock' };
  for (const [version, seed, description] of [
    ['v1.0.0', 11, 'Shows the time'],
    ['v1.1.0', 12, `Shows seconds ${evil}`],
  ]) {
    const { status, body } = await publish(base, key, { ...parts, file: makeApp({ version, seed }), version, description });
    assert.equal(status, 201, JSON.stringify(body));
  }
  const tokens = new Map();
  const updates = {
    'clock-hall': [{ event: 'complete', status: 'success' }],
    'clock-kitchen': [{ event: 'complete', status: 'failed', error: `no space ${evil}` }],
    'bell-door': [{ event: 'progress', progress: 40 }],
  };
  for (const [id, words] of Object.entries(updates)) {
    const [product, platform] = id.startsWith('clock') ? ['clock', 'ESP32-C3'] : ['bell', 'esp01'];
    const { token } = await ask('POST', '/api/device/register', { device_id: id, kind: 'thing', product, platform, place });
    tokens.set(id, token);
    const tell = caller(base, token);
    await tell('POST', `/devices/${id}/telemetry`, { device_token: token, batch: weekOf(id) });
    await tell('POST', '/api/things/heartbeat', { uptime: 90_000, rssi: -61, free_heap: 123_456, ssid: 'Bakery', ip: '192.168.1.7' });
    for (const word of [{ event: 'start', product, platform, old_version: 'v1.0.0', new_version: 'v1.1.0' }, ...words]) {
      await tell('POST', '/api/ota/session', word);
    }
  }
  await tellOfItself(caller(base, tokens.get('clock-hall')));
  await ask('POST', '/api/devices/clock-kitchen/pin-version', { version: 'v1.0.0' });
}

/** What a thing has sent in a week: half an hour each, the last of it now. */
function weekOf(id) {
  const halfHour = 30 * 60_000;
  const now = Date.now();
  return Array.from({ length: 336 }, (_, index) => {
    const at = now - (335 - index) * halfHour;
    const ofDay = ((at / 3_600_000) % 24) / 24;
    return {
      t: new Date(at).toISOString(),
      data: {
        temperature: Math.round((21 + id.length / 10 - 3 * Math.cos(2 * Math.PI * ofDay) + ((index * 7919) % 7) / 10) * 10) / 10,
        v0: ofDay > 0.3 && ofDay < 0.8 ? 1 : 0,
        v1: 40,
        mode: ofDay > 0.3 && ofDay < 0.8 ? 'day' : `night ${evil}`,
      },
    };
  });
}

/** A clock that says what it can, what happened, and what its display shows. */
async function tellOfItself(tell) {
  const commands = ['restart', 'snapshot', 'info', 'rollback'];
  await tell('POST', '/api/things/info', { product: 'clock', board: 'ESP32-C3', version: 'v1.1.0', supported_commands: commands });
  await tell('POST', '/api/things/events/boot', { reason: 'power' });
  await tell('POST', '/api/things/events/button', { pin: 3, note: evil });
  // "12:34" in letters of 5 × 7, with a byte of its own for each line.
  const letters = ['00100 01110 00000 11111 00010', '01100 10001 00100 00010 00110', '00100 00001 00000 00100 01010'];
  letters.push(
    '00100 00010 00000 00010 10010',
    '00100 00100 00000 00001 11111',
    '00100 01000 00100 10001 00010',
    '01110 11111 00000 01110 00010',
  );
  const bits = letters.map((line) => line.split(' ').join('0').padEnd(32, '0'));
  const pixels = Buffer.from(bits.flatMap((line) => line.match(/.{8}/g).map((byte) => parseInt(byte, 2)))).toString('base64');
  await tell('POST', '/api/things/snapshot', { rows: [{ width: 30, height: 7, text: '12:34', pixels, monoColor: '#ffaa00' }] });
}
