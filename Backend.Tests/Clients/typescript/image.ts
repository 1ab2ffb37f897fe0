// The smallest deployment image that the backend takes: assemblies whose headers and checksums nanoCLR would accept.
// What ImageBuilder of the C# tests makes, written anew, so that this client needs nothing but Node.

const headerLength = 124;
const nameIndex = 7;

/** The name of mscorlib in nanoCLR's own table of strings. */
const mscorlib = 0xffff - 813;

export function makeImage(version: string): Uint8Array<ArrayBuffer> {
  const parts = [assembly('', mscorlib), assembly('Firmware.Test', nameIndex, new TextEncoder().encode(`\0${version}\0`))];
  const image = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    image.set(part, at);
    at += part.length;
  }

  return image;
}

function assembly(name: string, ownStringIndex: number, code = new Uint8Array(16)): Uint8Array {
  const text = new TextEncoder().encode(name);
  const stringsLength = nameIndex + text.length + 1;
  const length = Math.ceil((headerLength + stringsLength + code.length) / 4) * 4;
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode('NFMRK1'));
  view.setUint32(24, 0xffffffff, true);
  view.setUint16(28, 1, true);
  view.setUint16(36, ownStringIndex, true);
  view.setUint16(38, 1, true);
  for (let table = 0; table < 16; table++) {
    view.setUint32(40 + table * 4, table <= 11 ? headerLength : table === 15 ? length : headerLength + stringsLength, true);
  }

  bytes.set(text, headerLength + nameIndex);
  bytes.set(code, headerLength + stringsLength);
  view.setUint32(12, crc(bytes.subarray(headerLength)), true);
  view.setUint32(8, crc(bytes.subarray(0, headerLength)), true);
  return bytes;
}

function crc(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      const isSet = sum >>> 31 !== ((byte >> bit) & 1);
      sum = ((sum << 1) ^ (isSet ? 0x04c11db7 : 0)) >>> 0;
    }
  }

  return sum;
}
