// Builds as a bench makes them: deployment images with right checksums, manifests signed with a real key; and a box that takes them over
// HTTP. The layout is that of docs/ota.md and of tools/JamBox.Ota.Tests, written once more so that the server is not checked by itself.
import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { key } from './backend.mjs';
import { caller } from './portal.mjs';

export const hardware = 'atoms3-nb1';

const headerBytes = 124;
const nameIndex = 7;
/** The name of mscorlib in nanoCLR's own table of strings. */
const mscorlib = 0xffff - 813;

export const sha256 = (bytes) => createHash('sha256').update(bytes).digest();

/** A pair of keys; `hex` is the public one as the server takes it: x and y. */
export function makeKey() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x, y } = publicKey.export({ format: 'jwk' });
  return { privateKey, hex: Buffer.concat([Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]).toString('hex') };
}

/** An image by seed: another revision differs in a few places, as the next build does. */
export function makeImage(revision, { seed = 1, kilobytes = 12 } = {}) {
  return Buffer.concat([
    assembly('', 0x1549c856, content(seed, 0, kilobytes * 512), mscorlib),
    assembly('JamBox.Interop', 0x1a2b3c4d, content(seed + 1, 0, kilobytes * 128)),
    assembly('Firmware.Shared', 0, content(seed + 2, revision, kilobytes * 384)),
  ]);
}

/** The firmware that sets up a modem. */
export const makeProvisioning = () =>
  Buffer.concat([makeImage(0, { seed: 5, kilobytes: 6 }), assembly('Firmware.Provisioning', 0, content(9, 0, 2048))]);

/** The signed manifest of an image, 148 bytes. */
export function makeManifest(image, { version, sequence }, key) {
  const bytes = Buffer.alloc(148);
  bytes.write('JBMF', 0, 'ascii');
  bytes.writeUInt16LE(1, 4);
  bytes.writeUInt16LE(84, 6);
  bytes.write(hardware, 8, 'ascii');
  bytes.writeUInt32LE(0x1a2b3c4d, 24);
  bytes.writeUInt32LE(sequence, 28);
  bytes.write(version, 32, 'ascii');
  bytes.writeUInt32LE(image.length, 48);
  sha256(image).copy(bytes, 52);
  sign('sha256', bytes.subarray(0, 84), { key: key.privateKey, dsaEncoding: 'ieee-p1363' }).copy(bytes, 84);
  return bytes;
}

/** How boxes name a key: the first four hex digits of the SHA-256 of x and y. */
export const keyName = (key) => sha256(Buffer.from(key.hex, 'hex')).toString('hex').slice(0, 4);

const signed = (bytes, length, key) => {
  sign('sha256', bytes.subarray(0, length), { key: key.privateKey, dsaEncoding: 'ieee-p1363' }).copy(bytes, length);
  return bytes;
};

/** A key-change record, 208 bytes: these keys are trusted from now on. */
export function makeKeyChange(keys, { epoch, number, isRecovery = false }, signer) {
  const bytes = Buffer.alloc(208);
  bytes.write('JBKR', 0, 'ascii');
  bytes.writeUInt16LE(1, 4);
  bytes.writeUInt16LE(epoch, 6);
  bytes.writeUInt32LE(number, 8);
  keys.forEach((key, i) => Buffer.from(key.hex, 'hex').copy(bytes, 12 + 64 * i));
  bytes[140] = isRecovery ? 1 : 0;
  return signed(bytes, 144, signer);
}

/** A floor, 104 bytes. */
export function makeFloor({ epoch, number, minimum, days }, signer) {
  const bytes = Buffer.alloc(104);
  bytes.write('JBFL', 0, 'ascii');
  bytes.writeUInt16LE(1, 4);
  bytes.writeUInt16LE(epoch, 6);
  bytes.write(hardware, 8, 'ascii');
  bytes.writeUInt32LE(number, 24);
  bytes.writeUInt32LE(minimum, 28);
  const now = Math.floor(Date.now() / 1000);
  bytes.writeUInt32LE(now, 32);
  bytes.writeUInt32LE(now + days * 86_400, 36);
  return signed(bytes, 40, signer);
}

function assembly(name, native, code, ownStringIndex = nameIndex) {
  const strings = Buffer.concat([Buffer.alloc(nameIndex), Buffer.from(name), Buffer.alloc(1)]);
  const length = Math.ceil((headerBytes + strings.length + code.length) / 4) * 4;
  const bytes = Buffer.alloc(length);
  bytes.write('NFMRK1', 0, 'ascii');
  bytes.writeUInt32LE(native, 20);
  bytes.writeUInt32LE(0xffffffff, 24);
  bytes.writeUInt16LE(1, 28);
  bytes.writeUInt16LE(ownStringIndex, 36);
  bytes.writeUInt16LE(1, 38);
  for (let table = 0; table < 16; table += 1) {
    bytes.writeUInt32LE(table <= 11 ? headerBytes : table === 15 ? length : headerBytes + strings.length, 40 + table * 4);
  }
  strings.copy(bytes, headerBytes);
  code.copy(bytes, headerBytes + strings.length);
  bytes.writeUInt32LE(crc(bytes.subarray(headerBytes)), 12);
  bytes.writeUInt32LE(crc(bytes.subarray(0, headerBytes)), 8);
  return bytes;
}

function crc(bytes) {
  let sum = 0;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit -= 1) {
      const isSet = sum >>> 31 !== ((byte >>> bit) & 1);
      sum = ((sum << 1) ^ (isSet ? 0x04c11db7 : 0)) >>> 0;
    }
  }
  return sum;
}

function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function content(seed, revision, size) {
  const next = random(seed * 7919 + 17);
  const bytes = Buffer.from(Array.from({ length: size }, () => Math.floor(next() * 16) * Math.floor(next() * 16)));
  const change = random(revision * 104729 + seed);
  for (let i = 0; i < revision * 5; i += 1) {
    bytes[Math.floor(change() * size)] = Math.floor(change() * 256);
  }
  return bytes;
}

/** A box over HTTP: it says what it runs, fetches chunks, and tells how it ended. */
export class SimulatedBox {
  constructor(base, id, token, build) {
    this.base = base;
    this.id = id;
    this.token = token;
    this.runs = build;
    this.ask = caller(base, token);
    this.number = 0;
  }

  /** Asks for an update; the server's answer. */
  async check() {
    const { version, sequence, image } = this.runs;
    const hash = sha256(image).toString('hex').slice(0, 16);
    return this.ask('POST', '/api/ota/check', { d: this.id, v: version, bh: hash, hw: hardware, seq: sequence, p: 'LHE' });
  }

  /** Fetches chunks of an offer, all of them unless said. */
  async fetch(offer, chunks = offer.chunks) {
    for (let chunk = 0; chunk < chunks; chunk += 1) {
      const answer = await fetch(`${this.base}/api/ota/chunk?id=${offer.id}&chunk=${chunk}`, {
        headers: { Authorization: `Bearer ${this.token}` },
      });
      assert.equal(answer.status, 200, await (answer.status === 200 ? '' : answer.text()));
      assert.ok((await answer.arrayBuffer()).byteLength > 0);
    }
  }

  /** A heartbeat with the state of its update. */
  heartbeat(state) {
    return this.ask('POST', '/api/heartbeat', { d: this.id, v: this.runs.version, b: 1, ob: state, hf: 60_000 });
  }

  /** Tells how an update ended. */
  async end(offer, build, status, why) {
    await this.ask('POST', '/api/ota/complete', { d: this.id, v: build.version, id: offer.id, status, ...(why ? { why } : {}) });
    if (status === 'success') {
      this.runs = build;
    }
  }

  /** A reading of what it runs, closed now. */
  reading() {
    this.number += 1;
    return this.ask('POST', '/api/reading', {
      d: this.id,
      v: this.runs.version,
      t: new Date().toISOString().slice(0, 19) + 'Z',
      i: 90,
      u: 10,
      rssi_immediate: 2,
      rssi_near: 4,
      rssi_far: 3,
      rssi_remote: 1,
      dwell_0_1: 5,
      dwell_1_5: 3,
      dwell_5_10: 1,
      dwell_10plus: 1,
      ble_i: 50,
      ble_u: 15,
      ble_apple: 9,
      ble_other: 6,
      ls: 300,
      iv: 300,
      ts: 1,
      b: 1,
      n: this.number,
    });
  }

  /** A whole update that goes well; then it asks again, as it does after each boot. */
  async update(build) {
    const offer = await this.check();
    assert.equal(offer.update_available, true, JSON.stringify(offer));
    await this.fetch(offer);
    await this.end(offer, build, 'success');
    await this.reading();
    assert.equal((await this.check()).update_available, false);
  }
}

/**
 * Brings two builds to a server, has boxes say that they run the older one, and makes a roll-out of the newer one. It stays a draft: the
 * builds are not signed. Returns its id.
 */
/** An image of an ESP8266: a header, one segment, and the checksum as the last of 16 bytes. @param {number} seed */
export function makeThingImage(seed) {
  const size = 1024;
  const body = Array.from({ length: size }, (_, i) => (i * 31 + seed) & 0xff);
  const head = [0xe9, 1, 2, 0x20, 0x10, 0xf0, 0x10, 0x40, 0, 0, 0x10, 0x40, size & 0xff, size >> 8, 0, 0];
  const image = [...head, ...body];
  while (image.length % 16 !== 15) {
    image.push(0);
  }
  return Buffer.from([...image, body.reduce((sum, one) => sum ^ one, 0xef)]);
}

/** Uploads a release for things, as CI does. */
export async function uploadRelease(base, version, { product = 'clock', platform = 'esp01' } = {}) {
  const form = new FormData();
  form.set('file', new Blob([makeThingImage(version.length + version.charCodeAt(1))]), 'image.bin');
  for (const [name, value] of Object.entries({ version, product, platform })) {
    form.set(name, value);
  }
  const answer = await fetch(`${base}/api/upload`, { method: 'POST', headers: { 'X-API-Key': key }, body: form });
  assert.ok(answer.ok, `${answer.status} ${await answer.text()}`);
}

export async function addReleases(base, boxes) {
  const ask = caller(base);
  const ids = [];
  for (const [version, sequence, revision] of [
    ['6.0.1', 60001, 0],
    ['6.1.0', 60100, 1],
  ]) {
    const image = makeImage(revision);
    const answer = await fetch(`${base}/api/ota/firmware?version=${version}&hw=${hardware}&seq=${sequence}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${key}` },
      body: image,
    });
    assert.ok(answer.ok, String(answer.status));
    ids.push((await answer.json()).id);
    if (ids.length === 1) {
      await Promise.all(boxes.map((box) => new SimulatedBox(base, box.id, box.token, { version, sequence, image }).check()));
    }
  }
  const { id } = await ask('POST', '/api/ota/rollouts', { firmware_id: ids[1], stages: [{ devices: [boxes[0].id] }, { percent: 100 }] });
  return id;
}
