// A filled server: places, boxes with readings of the past days, people of every role. Everything over the API, as boxes and people would.
import assert from 'node:assert/strict';
import { addDeployments } from './deployments.mjs';
import { addReleases } from './firmware.mjs';
import { addThings } from './images.mjs';
import { caller } from './portal.mjs';

export const password = 'correct horse battery staple';
export const evil = '<img src=x onerror="pwned=1"><script>pwned=1</script>';
const fiveMinutes = 5 * 60 * 1000;
/** How long the server may take until counts have made numbers of what was heard, ms. */
const fitMs = 120_000;

/** Hours east of UTC of a place where it is this hour now: what a page shows of today must not hang on when the tests run. */
const eastWhere = (hour) => ((hour - new Date().getUTCHours() + 36) % 24) - 12;
const zoneOf = (east) => `Etc/GMT${east === 0 ? '' : (east > 0 ? '-' : '+') + Math.abs(east)}`;
const east = eastWhere(14);

/** The zone of the first place: early afternoon, its box has counted since the morning. */
export const afternoon = zoneOf(east);

/** The start of an hour by the clock of the first place, so many days ago. */
const hourOf = (before, hour) => {
  const local = new Date(Date.now() + east * 3_600_000 - before * 86_400_000);
  return new Date(local.setUTCHours(hour, 0, 0, 0) - east * 3_600_000);
};

/** A day by the clock of the first place, so many days ago: `2026-11-27`. */
export const dayOf = (before) => new Date(Date.now() + east * 3_600_000 - before * 86_400_000).toISOString().slice(0, 10);

/** Fills an empty server. Returns what was made. */
export async function fillServer(base, { days = 9, isCounted = true } = {}) {
  const ask = caller(base);
  const places = [];
  for (const [name, timezone] of [
    ['Bakery Mill Street', afternoon],
    [`Kiosk ${evil}`, zoneOf(eastWhere(9))],
  ]) {
    const place = await ask('POST', '/api/places', { name, timezone });
    await ask(
      'PUT',
      `/api/places/${place.id}/hours`,
      Object.fromEntries(
        ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'].map((day) => [day, ['07:00-20:00']]),
      ),
    );
    places.push(place);
  }
  const boxes = [];
  for (const [id, place] of [
    ['JBNB0001', places[0]],
    ['JBNB0002', places[1]],
  ]) {
    const { token } = await ask('POST', '/api/device/register', { device_id: id });
    // It has stood there for as long as it has readings.
    await ask('POST', `/api/places/${place.id}/devices`, {
      device_id: id,
      from: new Date(Date.now() - days * 86_400_000).toISOString(),
    });
    boxes.push({ id, token, place });
  }
  await Promise.all(boxes.map((box, index) => report(base, box, days, index)));
  if (isCounted) {
    await count(ask, places[0]);
  }
  const people = {};
  for (const role of ['viewer', 'owner', 'operator', 'admin', 'maker']) {
    const email = `${role}@example.org`;
    const isOfPlace = role === 'viewer' || role === 'owner';
    await ask('POST', '/api/users', { email, password, name: role, role, ...(isOfPlace ? { places: [places[0].id] } : {}) });
    people[role] = { email, password };
  }
  // Devices that are no boxes: the lists of boxes stay as they are.
  const batch = await ask('POST', '/api/manufacturing/batch', {
    board_type: 'NB',
    board_version: '02',
    quantity: 3,
    ids: 'serial',
    note: evil,
  });
  await ask('POST', `/api/manufacturing/devices/${batch.devices[0].serial}/status`, { status: 'flashed', why: evil });
  await addThings(base, places[0].id);
  const deployments = await addDeployments(base, places[0].id, evil);
  return { places, boxes, people, batch, ...deployments, rollout: await addReleases(base, boxes) };
}

/** Counts by hand at the first place: three a day, of some days, and one at the door. */
async function count(ask, place) {
  for (let before = 1; before <= 5; before += 1) {
    for (const [hour, people] of [
      [9, 6],
      [12, 14],
      [17, 9],
    ]) {
      const at = new Date(hourOf(before, hour).getTime() + 30 * 60_000);
      await ask('POST', `/api/places/${place.id}/counts`, { kind: 'present', people, at: at.toISOString() });
    }
  }
  await ask('POST', `/api/places/${place.id}/counts`, { kind: 'door', people: 11, minutes: 15, at: hourOf(1, 10).toISOString() });
  await ask('PUT', `/api/places/${place.id}/stay`, { minutes: 14 });
  // The past was worked out without counts; by the model that rests on them it has numbers too. The server fits it within seconds.
  for (const end = Date.now() + fitMs; ;) {
    // Refused while the newest model is in force already: the one with the counts is still to come.
    await ask('POST', `/api/places/${place.id}/recalculation`, { from: dayOf(8) }).catch(() => {});
    const { certainty } = await ask('GET', `/api/places/${place.id}/figures?day=${dayOf(1)}`);
    if (certainty.state === 'calibrated') {
      return;
    }
    assert.ok(Date.now() < end, `no numbers ${fitMs / 1000} s after the counts: ${JSON.stringify(certainty)}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** Readings of the last days, five minutes each, as a box that was cut off sends them: with the time in them. */
async function report(base, box, days, seed) {
  const ask = caller(base, box.token);
  const now = Date.now();
  const first = now - days * 86_400_000;
  for (let at = first - (first % fiveMinutes), i = 0; at < now; at += fiveMinutes, i += 1) {
    const hour = (new Date(at).getUTCHours() + east + 24) % 24;
    const isOpen = hour >= 7 && hour < 20;
    // Days differ, so that one is never quite the usual.
    const dayFactor = 0.8 + 0.15 * ((Math.floor(at / 86_400_000) * 3 + seed) % 4);
    const level = isOpen ? dayFactor * (8 + 14 * Math.exp(-((hour - 12 - seed) ** 2) / 8)) + ((i * 7919 + seed * 13) % 5) : 1;
    const unique = Math.round(level * 3);
    const [immediate, near, far] = [Math.round(unique * 0.2), Math.round(unique * 0.4), Math.round(unique * 0.25)];
    const ble = Math.round(unique * 1.5);
    await ask('POST', '/api/reading', {
      d: box.id,
      t: new Date(at + fiveMinutes - 1000).toISOString().slice(0, 19) + 'Z',
      i: unique * 9,
      u: unique,
      rssi_immediate: immediate,
      rssi_near: near,
      rssi_far: far,
      rssi_remote: unique - immediate - near - far,
      dwell_0_1: Math.round(unique * 0.5),
      dwell_1_5: Math.round(unique * 0.3),
      dwell_5_10: Math.round(unique * 0.1),
      dwell_10plus: unique - Math.round(unique * 0.5) - Math.round(unique * 0.3) - Math.round(unique * 0.1),
      ble_i: ble * 5,
      ble_u: ble,
      ble_apple: Math.round(ble * 0.5),
      ble_other: ble - Math.round(ble * 0.5),
      ls: 300,
      iv: 300,
      ts: 1,
      b: 1,
      n: i + 1,
    });
  }
}
