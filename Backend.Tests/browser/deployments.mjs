// Packages for gateways as the bench makes them, and a gateway that takes them over HTTP. The layout is that of docs/deployments.md,
// written once more so that the server is not checked by itself.
import assert from 'node:assert/strict';
import { sign } from 'node:crypto';
import { crc32, deflateRawSync } from 'node:zlib';
import { key } from './backend.mjs';
import { sha256 } from './firmware.mjs';
import { caller, deadline, until } from './portal.mjs';

/** How a key is named in a signature: 16 hex digits of the SHA-256 of x and y. */
export const keyId = (signer) => sha256(Buffer.from(signer.hex, 'hex')).toString('hex').slice(0, 16);

/** A zip of `{ path, bytes, mode?, isPacked? }`, in that order. */
export function makeZip(entries) {
  const parts = [];
  const directory = [];
  let at = 0;
  for (const { path, bytes, mode = 0o100644, isPacked = false } of entries) {
    const name = Buffer.from(path);
    const packed = isPacked ? deflateRawSync(bytes) : bytes;
    // What stands in both headers: version, flags (names are UTF-8), method, time, day, CRC-32, sizes, length of the name.
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x0800, 2);
    common.writeUInt16LE(isPacked ? 8 : 0, 4);
    common.writeUInt16LE(0x5b7c, 8);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, name, packed]);
    const tail = Buffer.alloc(14);
    // Unix's mode in the upper half of the outer attributes.
    tail.writeUInt32LE((mode << 16) >>> 0, 6);
    tail.writeUInt32LE(at, 10);
    directory.push(Buffer.from('PK\x01\x02', 'latin1'), Buffer.from([20, 3]), common, tail, name);
    parts.push(local);
    at += local.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, list, end]);
}

/**
 * A package. `files`: its files by path, bytes or text; `signer`: a key of `makeKey`, null = it is not signed, undefined = it has no list
 * either, as old ones.
 */
export function makePackage(version, { files = { 'deploy.sh': '#!/bin/sh\nexit 0\n' }, signer = null, isPacked = false } = {}) {
  const entries = Object.keys(files)
    .sort()
    .map((path) => ({ path, bytes: Buffer.from(files[path]), mode: path.endsWith('.sh') ? 0o100755 : 0o100644, isPacked }));
  const list = Buffer.from(
    JSON.stringify({
      format: 1,
      version,
      made: '2026-11-28T18:00:00Z',
      files: entries.map(({ path, bytes, mode }) => ({
        path,
        size: bytes.length,
        sha256: sha256(bytes).toString('hex'),
        executable: mode === 0o100755,
      })),
    }),
  );
  entries.push({ path: 'deployment.json', bytes: list, isPacked });
  if (signer) {
    const signature = sign('sha256', Buffer.concat([Buffer.from('JamBox deployment 1\n'), list]), {
      key: signer.privateKey,
      dsaEncoding: 'ieee-p1363',
    });
    entries.push({ path: 'deployment.sig', bytes: Buffer.from(`${keyId(signer)} ${signature.toString('hex')}\n`) });
  }
  return makeZip(entries);
}

/** Brings a package over the API. `targets`: as the API has them; 'none' = it is only stored; undefined = all at once. */
export async function uploadPackage(base, version, bytes, targets) {
  const body = new FormData();
  body.append('version', version);
  if (targets !== undefined) {
    body.append('targets', typeof targets === 'string' ? targets : JSON.stringify(targets));
  }
  body.append('file', new Blob([bytes], { type: 'application/zip' }), `package-${version}.zip`);
  const answer = await fetch(`${base}/api/deployments/upload`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${key}` },
    body,
    signal: AbortSignal.timeout(deadline),
  });
  const text = await answer.text();
  assert.equal(answer.status, 201, text);
  return JSON.parse(text);
}

/** A gateway that does over HTTP what the agent does: it asks for its notice, fetches the package, says what it is at. */
export class SimulatedGateway {
  constructor(base, id, token) {
    this.base = base;
    this.id = id;
    this.token = token;
    this.ask = caller(base, token);
    this.seq = 0;
    this.current = null;
    this.previous = null;
    this.notice = null;
  }

  /** Registers it, at a place if need be. */
  static async register(base, id, { place, name } = {}) {
    const manage = caller(base);
    const { token } = await manage('POST', '/api/device/register', { device_id: id, kind: 'gateway', ...(place ? { place } : {}) });
    if (name) {
      await manage('PUT', `/api/things/${id}/name`, { name });
    }
    return new SimulatedGateway(base, id, token);
  }

  /** The newest notice for it; null = none. */
  async look() {
    const answer = await fetch(`${this.base}/api/deployments/notice`, {
      headers: { Authorization: `Bearer ${this.token}` },
      signal: AbortSignal.timeout(deadline),
    });
    assert.ok(answer.status === 200 || answer.status === 204, `notice of ${this.id}: ${answer.status}`);
    this.notice = answer.status === 204 ? null : await answer.json();
    return this.notice;
  }

  /** Looks until there is a notice of a deployment. */
  async hear(id) {
    await until(async () => (await this.look())?.id === id, `${this.id} was not told of ${id}`);
    return this.notice;
  }

  /** Says what it is at. */
  async say(status, more = {}) {
    this.seq += 1;
    if (status === 'completed') {
      this.previous = this.current;
      this.current = this.notice;
    }
    await this.ask('POST', '/api/deployments/status', {
      deploymentId: this.notice.id,
      version: this.notice.version,
      status,
      timestamp: new Date().toISOString(),
      noticeTimestamp: this.notice.timestamp,
      gateway: this.id,
      seq: this.seq,
      attempt: 1,
      agentVersion: '1.0.0',
      ...(this.current ? { current: this.current.id } : {}),
      ...(this.previous ? { previous: this.previous.id } : {}),
      ...more,
    });
  }

  /** Fetches the package of its notice, and compares it with it. */
  async fetch() {
    const answer = await fetch(new URL(this.notice.downloadUrl, this.base), {
      headers: { Authorization: this.token },
      signal: AbortSignal.timeout(deadline),
    });
    assert.equal(answer.status, 200);
    const bytes = Buffer.from(await answer.arrayBuffer());
    assert.deepEqual([bytes.length, sha256(bytes).toString('hex')], [this.notice.size, this.notice.sha256]);
    return bytes;
  }

  /** Takes a deployment over, from the first word to the last. */
  async take(id, more = {}) {
    await this.hear(id);
    await this.say('downloading', { progress: 0 });
    await this.fetch();
    for (const status of ['downloaded', 'extracting', 'deploying', 'checking', 'completed']) {
      await this.say(status, status === 'completed' ? more : {});
    }
  }
}

/**
 * Fills a server with two gateways at a place and two packages: one that both run, one on its way that failed at one of them. Returns what
 * pages are named by.
 */
export async function addDeployments(base, place, evil) {
  const ask = caller(base);
  const [hall, kitchen] = [
    await SimulatedGateway.register(base, 'gateway-hall', { place, name: `Hall ${evil}` }),
    await SimulatedGateway.register(base, 'gateway-kitchen', { place }),
  ];
  await ask('PUT', '/api/module-types/power', { displayName: 'Power Control Module' });
  for (const [hostname, type, name] of [
    ['esp32-A1B2C3', 'power', 'Fridge on the left'],
    ['esp32-A1B2C4', 'power', `Oven ${evil}`],
    ['esp32-A1B2C5', 'lamp', null],
  ]) {
    await ask('PUT', `/api/gateways/${hall.id}/modules/${hostname}`, {
      type,
      name: name ?? '',
      enabled: type !== 'lamp',
      connection: 'wired',
    });
  }
  const modules = (after, status, error) => [
    { hostname: 'esp32-A1B2C3', type: 'power', status: 'done', before: '1.1.0', after, expected: after, ms: 42_000 },
    {
      hostname: 'esp32-A1B2C4',
      type: 'power',
      status,
      before: '1.1.0',
      after: status === 'done' ? after : '1.1.0',
      expected: after,
      error,
    },
  ];
  const first = await uploadPackage(base, '1.2.2', makePackage('1.2.2'), { all: true });
  await hall.take(first.id, { modules: modules('1.1.0', 'done'), log: 'deploy.sh: done\n' });
  await kitchen.take(first.id, { log: 'deploy.sh: done\n' });
  const second = await uploadPackage(base, '1.3.0', makePackage('1.3.0', { isPacked: true }), { all: true });
  await hall.hear(second.id);
  await hall.say('deploying');
  await hall.say('failed', {
    error: `1 of 2 modules failed ${evil}`,
    modules: modules('1.2.0', 'restored', 'No answer in 60 s'),
    log: `deploy.sh: 2 modules\nesp32-A1B2C4: no answer ${evil}\n`,
  });
  await kitchen.hear(second.id);
  await kitchen.say('downloading', { progress: 40 });
  return { deployment: second.id, gateway: hall.id };
}
