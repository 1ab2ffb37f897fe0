// What is written into a board: the parts of its firmware, checked, where they lie, and what must be erased along with them.

import { get, post } from '../core/api.js';
import { Fault } from './provision-fault.js';

/** @typedef {import('api-types').components['schemas']} Schemas */
/** @typedef {Schemas['BoardFirmware']} Firmware */
/** @typedef {Schemas['MadeRow']} Made */
/** @typedef {{ name: string, address: number, bytes: Uint8Array<ArrayBuffer> }} Part */
/** @typedef {{ name: string, type: number, kind: number, address: number, size: number }} Partition */

/** How long a part may take on its way, ms. */
const fetchMs = 120_000;
/** Written at a time; what is erased is a multiple of it. */
const sectorBytes = 4096;
const imageMagic = 0xe9;
/** Where an image names its chip, by a number of Espressif's. */
const chipAt = 12;

const families = /** @type {Record<number, string>} */ ({
  0: 'ESP32',
  2: 'ESP32-S2',
  5: 'ESP32-C3',
  9: 'ESP32-S3',
  12: 'ESP32-C2',
  13: 'ESP32-C6',
  16: 'ESP32-H2',
  18: 'ESP32-P4',
});

/** @param {string} serial */
export const pathOf = (serial) => `/api/manufacturing/devices/${encodeURIComponent(serial)}`;

/**
 * Whether it is a box: the build that runs lies on a nanoCLR, and a modem has to come up first.
 * @param {Firmware} firmware
 * @param {Made} device
 */
export const isBox = (firmware, device) => device.kind === 'box' || firmware.parts.some((part) => part.part === 'deployment');

/**
 * What has to be there, and is not.
 * @param {Firmware} firmware
 * @param {Made} device
 * @returns {string[]}
 */
export function missing(firmware, device) {
  const wanted = ['bootloader', 'partitions', 'app', ...(isBox(firmware, device) ? ['deployment'] : [])];
  return wanted.filter((name) => !firmware.parts.some((part) => part.part === name));
}

/**
 * Fetches the parts one by one, and looks whether they are what the server says they are.
 * @param {Made} device
 * @param {Firmware} firmware
 * @param {AbortSignal} signal
 * @param {(share: number) => void} progress
 * @returns {Promise<Part[]>}
 */
export async function fetchParts(device, firmware, signal, progress) {
  const total = firmware.parts.reduce((sum, part) => sum + part.size, 0);
  let done = 0;
  const parts = [];
  for (const part of firmware.parts) {
    // A version that is uploaded meanwhile changes nothing of this one.
    const version = part.part === 'deployment' || !firmware.parts.some((one) => one.part === 'deployment') ? part.version : undefined;
    parts.push({ name: part.part, address: part.address, bytes: await fetchPart(device, part, version, signal) });
    done += part.size;
    progress(total > 0 ? done / total : 1);
  }
  return parts;
}

/**
 * The firmware that sets the modem up, as the server has it.
 * @param {Made} device
 * @param {Firmware} firmware
 * @param {AbortSignal} signal
 * @returns {Promise<Uint8Array<ArrayBuffer> | null>} Null = it has none.
 */
export async function fetchModemFirmware(device, firmware, signal) {
  const part = firmware.provisioning;
  return part ? isModemFirmware(await fetchPart(device, part, part.version, signal), part.part) : null;
}

/**
 * @param {Made} device
 * @param {Schemas['BoardPart']} part
 * @param {string | undefined} version
 * @param {AbortSignal} signal
 */
async function fetchPart(device, part, version, signal) {
  /** @type {Response} */
  const answer = await get(`${pathOf(device.serial)}/firmware.bin`, {
    query: { part: part.part, version },
    signal,
    limitMs: fetchMs,
    whole: true,
  });
  const bytes = new Uint8Array(await answer.arrayBuffer());
  if (bytes.length !== part.size || (await sha256(bytes)) !== part.sha256) {
    throw new Fault('damaged', { part: part.part });
  }
  return bytes;
}

/**
 * A fresh identity. It holds a secret: it goes into the chip and nowhere else.
 * @param {Made} device
 * @param {AbortSignal} signal
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function fetchIdentity(device, signal) {
  /** @type {Response} */
  const answer = await post(`${pathOf(device.serial)}/nvs.bin`, undefined, { signal, whole: true });
  return new Uint8Array(await answer.arrayBuffer());
}

/**
 * What the images say that they are for.
 * @param {Part[]} parts
 * @returns {{ id: number, family: string } | null}
 */
export function chipOf(parts) {
  const image = parts.find((part) => part.name === 'bootloader' || part.name === 'app')?.bytes;
  if (!image || image[0] !== imageMagic || image.length < chipAt + 2) {
    return null;
  }
  const id = image[chipAt] | (image[chipAt + 1] << 8);
  return { id, family: families[id] ?? `#${id}` };
}

/**
 * Looks whether a chip is one that the firmware is for, with room for it.
 * @param {import('./provision-chip.js').Chip} chip
 * @param {Part[]} parts
 */
export function checkChip(chip, parts) {
  const wanted = chipOf(parts);
  if (wanted === null) {
    throw new Fault('noImage');
  }
  if (chip.id !== wanted.id) {
    throw new Fault('wrongChip', { found: chip.family, wanted: wanted.family });
  }
  const end = parts.reduce((most, part) => Math.max(most, part.address + part.bytes.length), 0);
  if (chip.flashBytes === null) {
    throw new Fault('noFlash');
  }
  if (end > chip.flashBytes) {
    throw new Fault('smallFlash', { found: chip.flashBytes / 2 ** 20, wanted: Math.ceil(end / 2 ** 20) });
  }
}

/**
 * What is written: firmware with its whole room, so that nothing of a longer one before it stays; records about updates of the firmware
 * before, erased. Settings (`nvs` of a box) are left: what setting up the modem found out stays.
 * @param {Firmware} firmware
 * @param {Part[]} parts
 * @param {Uint8Array<ArrayBuffer> | null} modemFirmware What sets the modem up, in the place of the one that counts; null = that one.
 * @returns {Part[]}
 */
export function firmwareParts(firmware, parts, modemFirmware) {
  const table = partitionsOf(parts);
  const written = parts.map((part) => {
    const bytes = part.name === 'deployment' && modemFirmware ? modemFirmware : part.bytes;
    const room = firmware.parts.find((one) => one.part === part.name)?.room ?? table.find((one) => one.address === part.address)?.size;
    if (room && bytes.length > room) {
      throw new Fault('tooLarge', { part: part.name });
    }
    return { ...part, bytes: part.name === 'deployment' && room ? filled(bytes, room) : bytes };
  });
  // boot = of a box, which image runs; 1/0 = otadata, the same of other firmware.
  for (const stale of table.filter((one) => one.name === 'boot' || (one.type === 1 && one.kind === 0))) {
    written.push({ name: stale.name, address: stale.address, bytes: filled(new Uint8Array(), stale.size) });
  }
  return written;
}

/**
 * The identity, where the firmware looks for it.
 * @param {Firmware} firmware
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {Part}
 */
export function identityPart(firmware, bytes) {
  if (!firmware.identity) {
    throw new Fault('noIdentity');
  }
  if (bytes.length !== firmware.identity.size) {
    throw new Fault('tooLarge', { part: firmware.identity.partition });
  }
  return { name: firmware.identity.partition, address: firmware.identity.address, bytes };
}

/**
 * Looks whether a file is the firmware that sets the modem up.
 * @param {File} file
 */
export async function readModemFirmware(file) {
  return isModemFirmware(new Uint8Array(await file.arrayBuffer()), file.name);
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {string} name What people know it by.
 */
function isModemFirmware(bytes, name) {
  // Names lie in an assembly as they are; Latin 1 has a letter for every byte.
  const text = new window.TextDecoder('latin1').decode(bytes);
  if (!text.startsWith('NFMRK') || !text.includes('Firmware.Provisioning')) {
    throw new Fault('noModemFirmware', { file: name });
  }
  return bytes;
}

/**
 * The partitions of the table among the parts.
 * @param {Part[]} parts
 * @returns {Partition[]}
 */
export function partitionsOf(parts) {
  const bytes = parts.find((part) => part.name === 'partitions')?.bytes;
  const table = [];
  for (let at = 0; bytes && at + 32 <= bytes.length; at += 32) {
    const entry = new DataView(bytes.buffer, bytes.byteOffset + at, 32);
    if (entry.getUint16(0) !== 0xaa50) {
      break;
    }
    const [address, size] = [entry.getUint32(4, true), entry.getUint32(8, true)];
    const name = new window.TextDecoder('latin1').decode(bytes.subarray(at + 12, at + 28)).replace(/\0.*$/s, '');
    table.push({ name, type: bytes[at + 2], kind: bytes[at + 3], address, size });
  }
  // An address that no chip has is no reason to erase for hours.
  return table.filter((one) => one.size > 0 && one.size % sectorBytes === 0 && one.address + one.size <= 2 ** 26);
}

/**
 * @param {Uint8Array} bytes
 * @param {number} length
 */
function filled(bytes, length) {
  const all = new Uint8Array(length).fill(0xff);
  all.set(bytes);
  return all;
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
async function sha256(bytes) {
  const hash = new Uint8Array(await window.crypto.subtle.digest('SHA-256', bytes));
  return [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
