// MD5 (RFC 1321): the loader of a chip says what it wrote by this sum, and browsers do not have it. It finds faults of a cable; nobody's
// word is taken for it.

const shifts = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
const sines = Array.from({ length: 64 }, (_, index) => Math.floor(Math.abs(Math.sin(index + 1)) * 2 ** 32) | 0);

/**
 * @param {Uint8Array} bytes
 * @returns {string} 32 hex digits.
 */
export function md5(bytes) {
  const blocks = Math.floor((bytes.length + 8) / 64) + 1;
  const padded = new Uint8Array(blocks * 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, bytes.length << 3, true);
  view.setUint32(padded.length - 4, Math.floor(bytes.length / 2 ** 29), true);
  const sum = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476];
  const words = new Int32Array(16);
  for (let at = 0; at < padded.length; at += 64) {
    for (let index = 0; index < 16; index += 1) {
      words[index] = view.getInt32(at + index * 4, true);
    }
    add(sum, words);
  }
  return sum.map((word) => [0, 8, 16, 24].map((shift) => ((word >>> shift) & 255).toString(16).padStart(2, '0')).join('')).join('');
}

/**
 * @param {number[]} sum
 * @param {Int32Array} words
 */
function add(sum, words) {
  let [a, b, c, d] = sum;
  for (let index = 0; index < 64; index += 1) {
    const round = index >> 4;
    const mixed = round === 0 ? (b & c) | (~b & d) : round === 1 ? (d & b) | (~d & c) : round === 2 ? b ^ c ^ d : c ^ (b | ~d);
    const word = words[round === 0 ? index : (round === 1 ? 5 * index + 1 : round === 2 ? 3 * index + 5 : 7 * index) & 15];
    const turned = (a + mixed + sines[index] + word) | 0;
    const shift = shifts[round * 4 + (index & 3)];
    [a, d, c, b] = [d, c, b, (b + ((turned << shift) | (turned >>> (32 - shift)))) | 0];
  }
  sum[0] = (sum[0] + a) | 0;
  sum[1] = (sum[1] + b) | 0;
  sum[2] = (sum[2] + c) | 0;
  sum[3] = (sum[3] + d) | 0;
}
