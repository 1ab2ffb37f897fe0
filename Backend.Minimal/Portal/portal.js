'use strict';

// Everything from outside goes into the page as textContent: never as HTML.
(() => {
  const REFRESH_MS = 10000;
  const ROWS = 100;
  const STORED = 'jambox-admin-key';
  const byId = (id) => document.getElementById(id);
  let timer = 0;

  // The link that the twin prints carries the key behind the #, which browsers never send. It is taken out of the address at once.
  function takeKeyFromAddress() {
    const key = new URLSearchParams(location.hash.slice(1)).get('key');
    if (key) {
      sessionStorage.setItem(STORED, key);
      history.replaceState(null, '', location.pathname);
    }
  }

  function row(cells) {
    const tr = document.createElement('tr');
    for (const cell of cells) {
      const td = document.createElement('td');
      td.textContent = cell ?? '–';
      if (typeof cell === 'number') {
        td.className = 'n';
      }
      tr.append(td);
    }
    return tr;
  }

  const time = (iso) => iso ? iso.slice(0, 19).replace('T', ' ') : null;

  function show(devices, readings) {
    byId('devices').replaceChildren(...devices.map((d) => row([
      d.device_id, d.location_name, time(d.last_seen_at) ?? 'never', d.last_signal_dbm, d.firmware_version])));
    byId('readings').replaceChildren(...readings.map((r) => row([
      time(r.timestamp) ?? 'undated', r.device_id, r.impressions, r.unique_count,
      r.rssi_immediate, r.rssi_near, r.rssi_far, r.rssi_remote,
      r.dwell_0_1, r.dwell_1_5, r.dwell_5_10, r.dwell_10plus,
      r.ble_unique, r.ble_apple, r.ble_android + r.ble_other,
      r.overflow_count, r.age_seconds])));
    byId('empty').hidden = readings.length > 0;
    byId('state').textContent = `Updated ${new Date().toLocaleTimeString()} · every ${REFRESH_MS / 1000} s`;
  }

  function ask(refused) {
    sessionStorage.removeItem(STORED);
    clearTimeout(timer);
    byId('devices').replaceChildren();
    byId('readings').replaceChildren();
    byId('data').hidden = true;
    byId('leave').hidden = true;
    byId('ask').hidden = false;
    byId('refused').hidden = !refused;
    byId('state').textContent = 'Latest readings';
    byId('key').focus();
  }

  async function get(path, key) {
    const answer = await fetch(path, { headers: { Authorization: `Bearer ${key}` }, cache: 'no-store' });
    if (!answer.ok) {
      throw Object.assign(new Error(`${answer.status}`), { status: answer.status });
    }
    return answer.json();
  }

  async function refresh() {
    clearTimeout(timer);
    const key = sessionStorage.getItem(STORED);
    if (!key) {
      ask(false);
      return;
    }
    try {
      show(...await Promise.all([get('/api/devices', key), get(`/api/readings?limit=${ROWS}`, key)]));
      byId('ask').hidden = true;
      byId('data').hidden = false;
      byId('leave').hidden = false;
    } catch (error) {
      if (error.status === 401) {
        ask(true);
        return;
      }
      byId('state').textContent = 'The server does not answer; trying again…';
    }
    timer = setTimeout(refresh, REFRESH_MS);
  }

  byId('ask').addEventListener('submit', (event) => {
    event.preventDefault();
    sessionStorage.setItem(STORED, byId('key').value.trim());
    byId('key').value = '';
    refresh();
  });
  byId('leave').addEventListener('click', () => ask(false));
  window.addEventListener('hashchange', () => {
    takeKeyFromAddress();
    refresh();
  });
  takeKeyFromAddress();
  refresh();
})();
