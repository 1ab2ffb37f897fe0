// What a display shows, as a thing tells it: rows with pixels, a bit each. Pure functions: nothing here knows a page.

/**
 * A row of a display: `dots` are its pixels line by line; null = only its text is known.
 * @typedef {{ width: number, height: number, text: string, dots: boolean[] | null, colour: string | null }} Row
 */

/** More pixels along an edge than any display has that sends them so. */
const most = 1024;

/**
 * The rows of a snapshot.
 * @param {any} snapshot What the thing has sent.
 * @returns {Row[] | null} null = it is something else: shown as it is.
 */
export function rowsOf(snapshot) {
  const rows = Array.isArray(snapshot) ? snapshot : snapshot?.rows;
  if (!Array.isArray(rows) || rows.length === 0) {
    return null;
  }
  const read = rows.map(readRow);
  return read.every((row) => row !== null) ? /** @type {Row[]} */ (read) : null;
}

/**
 * @param {any} row
 * @returns {Row | null}
 */
function readRow(row) {
  const { width, height, text = '', pixels, monoColor } = row ?? {};
  const isSize = (/** @type {any} */ n) => Number.isInteger(n) && n > 0 && n <= most;
  if (!isSize(width) || !isSize(height) || typeof text !== 'string' || (pixels !== undefined && typeof pixels !== 'string')) {
    return null;
  }
  return { width, height, text, dots: pixels ? dotsOf(pixels, width, height) : null, colour: colourOf(monoColor) };
}

/**
 * Pixels of base64, the first in the highest bit; lines begin with a byte of their own, or follow each other without one.
 * @param {string} pixels
 * @param {number} width
 * @param {number} height
 * @returns {boolean[] | null} null = they do not fit the size, or are no base64.
 */
export function dotsOf(pixels, width, height) {
  let bytes;
  try {
    bytes = atob(pixels);
  } catch {
    return null;
  }
  const lineBits = Math.ceil(width / 8) * 8;
  const stride = bytes.length * 8 === lineBits * height ? lineBits : bytes.length === Math.ceil((width * height) / 8) ? width : 0;
  if (stride === 0) {
    return null;
  }
  return Array.from({ length: width * height }, (_, index) => {
    const bit = Math.floor(index / width) * stride + (index % width);
    return ((bytes.charCodeAt(bit >> 3) >> (7 - (bit & 7))) & 1) === 1;
  });
}

/**
 * A colour as `#rrggbb`: of that text, or of a number 0xRRGGBB.
 * @param {any} colour
 * @returns {string | null}
 */
export function colourOf(colour) {
  return typeof colour === 'string' && /^#[0-9a-f]{6}$/i.test(colour)
    ? colour.toLowerCase()
    : Number.isInteger(colour) && colour >= 0 && colour <= 0xffffff
      ? `#${colour.toString(16).padStart(6, '0')}`
      : null;
}
