// The board at the other end of the cable, over Web Serial and Espressif's esptool-js: who it is, what is written, what it says.

import { ESPLoader, Transport } from '../vendor/esptool-js.js';
import { Fault } from './provision-fault.js';
import { md5 } from './provision-md5.js';

/** @typedef {import('./provision-images.js').Part} Part */
/** @typedef {{ family: string, id: number | null, mac: string, flashBytes: number | null }} Chip id: its number in images. */

/** The rate of a chip's loader, and of what firmware says. */
const startBaud = 115_200;
/** The rate at which is written, where there is one: USB of the chip's own has none. */
const writeBaud = 460_800;
/** Espressif's own USB port, as an AtomS3 has it. */
const ownUsb = { vendor: 0x303a, product: 0x1001 };

/** How long a chip may take to answer in its loader, ms: seven resets of two seconds, its stub, the rate. */
const connectMs = 60_000;
/** How long it may take to write all parts, ms: 8 MB at the first rate take twelve minutes. */
const writeMs = 20 * 60_000;
/** How long a port may take to open or to close, ms. */
const portMs = 5_000;
/** How long a reset line is held, ms. */
const pulseMs = 100;

/** Bit 0 brings the next reset into the loader, of an ESP32-S3 that was brought there over its own USB. */
const forceDownload = { chip: 9, register: 0x6000_812c };

/** @param {number} ms */
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Fails when something takes too long. What it does goes on: its result is dropped.
 * @template T
 * @param {Promise<T>} work
 * @param {number} ms
 * @param {string} fault
 * @returns {Promise<T>}
 */
async function within(work, ms, fault) {
  let timer = 0;
  const late = new Promise((_, fail) => {
    timer = window.setTimeout(() => fail(new Fault(fault)), ms);
  });
  try {
    return await Promise.race([work, /** @type {Promise<T>} */ (late)]);
  } finally {
    clearTimeout(timer);
  }
}

/** Espressif's line to a chip; what it asks of a port that is gone fails, and lets go of it. */
class Line extends Transport {
  /** @param {Uint8Array} packet */
  async write(packet) {
    const writer = this.device.writable?.getWriter();
    if (!writer) {
      throw new Fault('cable');
    }
    try {
      await writer.write(this.slipWriter(packet));
    } finally {
      writer.releaseLock();
    }
  }
}

/** A board at a port. One thing at a time is done with it. */
export class Board {
  #port;
  /** @type {Line | null} */
  #transport = null;
  /** @type {ESPLoader | null} */
  #loader = null;
  /** @type {(fault: Fault) => void} */
  #lose = () => {};
  /** Fails when the cable is pulled. @type {Promise<never>} */
  #lost = new Promise(() => {});

  /** @param {any} port */
  constructor(port) {
    this.#port = port;
  }

  /**
   * Starts what is in its flash and hears what it says.
   * @param {(text: string) => void} heard
   * @param {() => boolean} isEnough
   * @param {number} ms How long at most; it is no fault when it is over.
   * @param {AbortSignal} signal Ends it.
   */
  async listen(heard, isEnough, ms, signal) {
    await this.close();
    await this.#open();
    /** @type {ReadableStreamDefaultReader<Uint8Array> | null} */
    let reader = null;
    const stop = () => reader?.cancel().catch(() => {});
    const timer = setTimeout(stop, ms);
    signal.addEventListener('abort', stop);
    try {
      reader = this.#port.readable.getReader();
      const decoder = new window.TextDecoder('utf-8');
      await this.#reset();
      while (!isEnough() && !signal.aborted) {
        const { value, done } = await /** @type {ReadableStreamDefaultReader<Uint8Array>} */ (reader).read();
        if (done) {
          break;
        }
        heard(decoder.decode(value, { stream: true }));
      }
    } catch (fault) {
      throw lostOr(fault);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      await reader?.cancel().catch(() => {});
      reader?.releaseLock();
      await this.close();
    }
  }

  /**
   * Brings it into its loader and asks who it is.
   * @returns {Promise<Chip>}
   */
  async enter() {
    await this.close();
    const transport = new Line(this.#port);
    this.#watchCable(transport);
    this.#transport = transport;
    const terminal = { clean() {}, write() {}, writeLine() {} };
    const loader = new ESPLoader({ transport, baudrate: writeBaud, romBaudrate: startBaud, terminal });
    try {
      return await within(Promise.race([this.#identify(loader), this.#lost]), connectMs, 'noAnswer');
    } catch (fault) {
      await this.close();
      throw connectFault(fault);
    }
  }

  /** @param {ESPLoader} loader */
  async #identify(loader) {
    await loader.detectChip('default_reset');
    if (loader.secureDownloadMode) {
      throw new Fault('secured');
    }
    const { chip } = loader;
    const mac = await chip.readMac(loader);
    await chip.postConnect?.(loader);
    await loader.runStub();
    const info = this.#port.getInfo();
    if (info.usbVendorId !== ownUsb.vendor || info.usbProductId !== ownUsb.product) {
      await loader.changeBaud();
    }
    const size = await loader.detectFlashSize();
    this.#loader = loader;
    return { family: chip.CHIP_NAME, id: chip.IMAGE_CHIP_ID ?? null, mac, flashBytes: size ? loader.flashSizeBytes(size) : null };
  }

  /**
   * Writes parts, and has the chip say of each that it is there.
   * @param {Part[]} parts
   * @param {(index: number, share: number) => void} progress
   */
  async write(parts, progress) {
    const loader = this.#loader;
    if (!loader) {
      throw new Fault('noAnswer');
    }
    const options = {
      fileArray: parts.map(({ bytes, address }) => ({ data: bytes, address })),
      flashSize: 'keep',
      flashMode: 'keep',
      flashFreq: 'keep',
      eraseAll: false,
      compress: true,
      calculateMD5Hash: md5,
      reportProgress: (/** @type {number} */ index, /** @type {number} */ written, /** @type {number} */ total) =>
        progress(index, total > 0 ? written / total : 1),
    };
    try {
      await within(Promise.race([loader.writeFlash(options), this.#lost]), writeMs, 'writeStopped');
      if (loader.chip.IMAGE_CHIP_ID === forceDownload.chip) {
        await Promise.race([loader.writeReg(forceDownload.register, 0, 1), this.#lost]);
      }
    } catch (fault) {
      await this.close();
      if (fault instanceof Error && fault.message.includes('MD5')) {
        throw new Fault('notKept');
      }
      throw fault instanceof Fault ? fault : isLost(fault) ? new Fault('cable') : new Fault('writeStopped');
    }
  }

  /** Lets go of the port, whatever state it is in. */
  async close() {
    const transport = this.#transport;
    this.#transport = null;
    this.#loader = null;
    this.#lose = () => {};
    try {
      if (transport) {
        await within(transport.disconnect(), portMs, 'busy');
      } else if (this.#port.readable || this.#port.writable) {
        await within(this.#port.close(), portMs, 'busy');
      }
    } catch {
      // It is gone, or somebody still reads: opening it again says so.
    }
  }

  async #open() {
    try {
      await within(this.#port.open({ baudRate: startBaud }), portMs, 'busy');
    } catch (fault) {
      throw connectFault(fault);
    }
  }

  /** Presses its reset button: DTR off, so that the firmware starts and not the loader. */
  async #reset() {
    await this.#port.setSignals({ dataTerminalReady: false, requestToSend: true });
    await sleep(pulseMs);
    await this.#port.setSignals({ dataTerminalReady: false, requestToSend: false });
  }

  /** @param {Line} transport */
  #watchCable(transport) {
    this.#lost = new Promise((_, fail) => {
      this.#lose = fail;
    });
    // Nobody may be waiting just then.
    this.#lost.catch(() => {});
    const lose = () => this.#lose(new Fault('cable'));
    // It tells the console what it does, whoever listens; that reading has failed it tells nobody else.
    transport.trace = (message) => message.startsWith('Unrecoverable') && lose();
    this.#port.addEventListener?.('disconnect', lose, { once: true });
  }
}

/** @param {unknown} fault */
function isLost(fault) {
  return fault instanceof DOMException && (fault.name === 'NetworkError' || fault.name === 'InvalidStateError');
}

/** @param {unknown} fault */
function lostOr(fault) {
  return isLost(fault) ? new Fault('cable') : fault;
}

/**
 * What keeps us from the loader.
 * @param {unknown} fault
 */
function connectFault(fault) {
  if (fault instanceof Fault) {
    return fault;
  }
  if (fault instanceof DOMException) {
    // Chromium says NetworkError of a port that another program has, and of one that may not be opened.
    return new Fault(fault.name === 'InvalidStateError' || fault.name === 'NetworkError' ? 'busy' : 'portForbidden');
  }
  const message = fault instanceof Error ? fault.message : '';
  return new Fault(/chip (id|magic)|Unexpected/i.test(message) ? 'unknownChip' : 'noAnswer');
}
