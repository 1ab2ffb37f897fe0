// Looks into a package before it is sent: whether it is a zip at all, and which version its list says. What is in it is for the server to
// check; here it saves typing, and the sending of a wrong file.

/** Bytes at the end of a zip in which its last record must lie: 22 and a comment of 64 KB. */
const tailBytes = 65_557;
/** A list of 20,000 files is smaller than this, compressed or not. */
const mostBytes = 16 * 1024 * 1024;

const endMark = 0x06054b50;
const entryMark = 0x02014b50;
const localMark = 0x04034b50;

/**
 * Whether a file begins as a zip does.
 * @param {Blob} file
 */
export async function isZip(file) {
  const head = new DataView(await file.slice(0, 4).arrayBuffer());
  return head.byteLength === 4 && head.getUint32(0, true) === localMark;
}

/**
 * The version that a package says it is.
 * @param {Blob} file
 * @returns {Promise<string | null>} Null = it has no list, or none that can be read here.
 */
export async function versionOf(file) {
  try {
    const list = await entryOf(file, 'deployment.json');
    const version = list === null ? null : JSON.parse(list).version;
    return typeof version === 'string' ? version : null;
  } catch {
    // Cut off, damaged, of a kind that is not read here: the server will say.
    return null;
  }
}

/**
 * The text of a file in a zip.
 * @param {Blob} file
 * @param {string} wanted Its path.
 * @returns {Promise<string | null>}
 */
async function entryOf(file, wanted) {
  const tail = await viewOf(file, Math.max(0, file.size - tailBytes), file.size);
  let end = tail.byteLength - 22;
  while (end >= 0 && tail.getUint32(end, true) !== endMark) {
    end -= 1;
  }
  if (end < 0) {
    return null;
  }
  const size = tail.getUint32(end + 12, true);
  const from = tail.getUint32(end + 16, true);
  if (size > mostBytes) {
    return null;
  }
  const directory = await viewOf(file, from, from + size);
  for (let at = 0; at + 46 <= directory.byteLength && directory.getUint32(at, true) === entryMark;) {
    const [nameLength, extraLength, noteLength] = [28, 30, 32].map((field) => directory.getUint16(at + field, true));
    if (textOf(directory, at + 46, nameLength) === wanted) {
      return contentOf(file, directory, at);
    }
    at += 46 + nameLength + extraLength + noteLength;
  }
  return null;
}

/**
 * @param {Blob} file
 * @param {DataView} directory
 * @param {number} at Where the entry stands in it.
 */
async function contentOf(file, directory, at) {
  const method = directory.getUint16(at + 10, true);
  const packed = directory.getUint32(at + 20, true);
  const local = directory.getUint32(at + 42, true);
  if ((method !== 0 && method !== 8) || packed > mostBytes) {
    return null;
  }
  // Name and more stand here once more, and may be longer than in the directory.
  const head = await viewOf(file, local, local + 30);
  const from = local + 30 + head.getUint16(26, true) + head.getUint16(28, true);
  const bytes = file.slice(from, from + packed);
  if (method === 0) {
    return bytes.text();
  }
  // Counted while it is unpacked: what is claimed may be less than what comes.
  const reader = bytes.stream().pipeThrough(new window.DecompressionStream('deflate-raw')).getReader();
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const parts = [];
  for (let sum = 0; ;) {
    const { value, done } = await reader.read();
    if (done) {
      return new Blob(parts).text();
    }
    sum += value.length;
    if (sum > mostBytes) {
      await reader.cancel();
      return null;
    }
    parts.push(value);
  }
}

/**
 * @param {Blob} file
 * @param {number} from
 * @param {number} to
 */
async function viewOf(file, from, to) {
  return new DataView(await file.slice(from, to).arrayBuffer());
}

/**
 * @param {DataView} view
 * @param {number} at
 * @param {number} length
 */
function textOf(view, at, length) {
  let text = '';
  for (let index = 0; index < length; index += 1) {
    text += String.fromCharCode(view.getUint8(at + index));
  }
  return text;
}
