// What a tool would do with the generated types: every path, parameter and member in here is checked by tsc against openapi.json.
import assert from 'node:assert/strict';
import createClient, { type Client } from 'openapi-fetch';
import type { components, paths } from './api.js';
import { makeImage } from './image.js';

type Box = Client<paths>;

function connect(baseUrl: string, token: string): Box {
  return createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });
}

/** Goes through the life of a box and of a build. */
export async function run(baseUrl: string, key: string): Promise<void> {
  const admin = connect(baseUrl, key);
  const registered = await admin.POST('/api/device/register', {
    body: { device_id: 'JBNB7001', location_name: 'Main hall', timezone: 'Europe/Berlin' },
  });
  assert.equal(registered.response.status, 201);
  const box = connect(baseUrl, registered.data!.token);

  await speak(box);
  await list(admin);
  await configure(admin, box);
  await upload(admin);
  await beRefused(admin, box);
}

async function speak(box: Box): Promise<void> {
  for (const n of [1, 2, 3]) {
    const reading: components['schemas']['Reading'] = {
      d: 'JBNB7001', t: new Date(Date.UTC(2026, 0, 29, 10, 4 + n * 5, 59)).toISOString(), i: 400 + n, u: 37, ts: 1, b: 3735928559, n,
    };
    const ack = await box.POST('/api/reading', { body: reading });
    assert.equal(ack.response.status, 201);
    assert.equal(ack.data!.config_version, 1);
  }

  const beat = await box.POST('/api/heartbeat', { body: { d: 'JBNB7001', v: '6.0.0', uptime: 3600, hc: { br: 2 } } });
  assert.equal(beat.data!.status, 'ok');
}

async function list(admin: Box): Promise<void> {
  const page = await admin.GET('/api/readings', { params: { query: { device_id: 'JBNB7001', limit: 2 } } });
  assert.deepEqual(page.data!.map((row) => row.impressions), [403, 402]);
  assert.match(page.response.headers.get('Link') ?? '', /^<\/api\/readings\?.*cursor=\d+>; rel="next"$/);

  const csv = await admin.GET('/api/readings.csv', { params: { query: { device_id: 'JBNB7001', from: '2026-01-29T00:00:00Z' } }, parseAs: 'text' });
  assert.equal(csv.data!.trimEnd().split('\r\n').length, 4);

  const summary = await admin.GET('/api/summary', { params: { query: { device_id: 'JBNB7001', day: '2026-01-29' } } });
  assert.equal(summary.data!.timezone, 'Europe/Berlin');

  const device = await admin.GET('/api/device/{device_id}', { params: { path: { device_id: 'JBNB7001' } } });
  const state: 'online' | 'warning' | 'offline' | 'new' = device.data!.device.connection_status;
  assert.equal(state, 'online');
  assert.deepEqual(device.data!.last_heartbeat?.hc, { br: 2 });
}

async function configure(admin: Box, box: Box): Promise<void> {
  const path = { device_id: 'JBNB7001' };
  const saved = await admin.PUT('/api/device/{device_id}/config', { params: { path }, body: { report_interval_ms: 600_000 } });
  assert.equal(saved.data!.config_version, 2);
  const wanted = await box.GET('/api/config/{device_id}', { params: { path } });
  assert.equal(wanted.data!.report_interval_ms, 600_000);

  const queued = await admin.POST('/api/device/{device_id}/command', { params: { path }, body: { command: 'send_now' } });
  const commands = await admin.GET('/api/device/{device_id}/commands', { params: { path } });
  assert.deepEqual(commands.data!.map((row) => [row.id, row.state]), [[queued.data!.id, 'queued']]);
}

async function upload(admin: Box): Promise<void> {
  const image = makeImage('6.1.0');
  const build = await admin.POST('/api/ota/firmware', {
    params: { query: { version: '6.1.0', hw: 'atoms3-nb1', seq: 60100, notes: 'Counts better' } },
    body: image as unknown as string,
    bodySerializer: (body) => body as unknown as BodyInit,
    headers: { 'Content-Type': 'application/octet-stream' },
  });
  assert.equal(build.response.status, 201, JSON.stringify(build.error));
  assert.equal(build.data!.size, image.length);

  const back = await admin.GET('/api/ota/firmware/{id}/image', { params: { path: { id: build.data!.id } }, parseAs: 'arrayBuffer' });
  assert.deepEqual(new Uint8Array(back.data!), image);
}

async function beRefused(admin: Box, box: Box): Promise<void> {
  const unknown = await admin.GET('/api/device/{device_id}', { params: { path: { device_id: 'JBNB9999' } } });
  assert.equal(unknown.response.status, 404);
  assert.equal(unknown.error!.error, unknown.error!.detail);

  const wrong = await box.POST('/api/reading', { body: { d: 'JBNB7001', t: '2026-01-29T11:04:59Z', i: 2_000_000, u: 1 } });
  assert.equal(wrong.response.status, 400);
  assert.match(wrong.error!.error, /^i: /);
}
