// A cable between a page and a simulated chip: Web Serial as Chromium has it, over the chip's pseudo-terminal. Reset lines do what those of
// an ESP32-S3's own USB port do. It can be pulled, at any byte.
import { TerminalPort } from '../../tools/ChipTwin.Tests/esptool-js/terminal.mjs';

export class SerialCable {
  #chip;
  /** @type {import('playwright-core').Page | null} */
  #page = null;
  #terminal = null;
  #reader = null;
  #writer = null;
  #lines = { dtr: false, rts: false };
  #isMarked = false;
  #left = Infinity;
  isPlugged = true;
  /** plugged; none = nobody chooses a port; busy = another program has it; deaf = nothing comes back. */
  state = 'plugged';

  constructor(chip) {
    this.#chip = chip;
  }

  /** Gives the pages of a browser profile this cable in the place of Web Serial. */
  async plug(context) {
    await context.exposeBinding('cableChoose', () => (this.state === 'none' || !this.isPlugged ? 'NotFoundError' : null));
    await context.exposeBinding('cableOpen', ({ page }) => this.#open(page));
    await context.exposeBinding('cableWrite', (_, text) => this.#write(Buffer.from(text, 'base64')));
    await context.exposeBinding('cableSignals', (_, signals) => this.#signals(signals));
    await context.exposeBinding('cableClose', () => this.#close());
    await context.addInitScript(installSerial);
  }

  /** It is pulled when so many more bytes have gone to the chip. */
  pullAfter(bytes) {
    this.#left = bytes;
  }

  /** Pulls it. */
  async pull() {
    if (this.isPlugged) {
      this.isPlugged = false;
      await this.#close();
      await this.#page?.evaluate(() => globalThis.cableLost()).catch(() => {});
    }
  }

  /** Plugs it in again: the chip has had no power meanwhile. */
  async replug() {
    this.isPlugged = true;
    this.#left = Infinity;
    this.#chip.say('reset');
  }

  async #open(page) {
    this.#page = page;
    if (this.state === 'busy' || !this.isPlugged) {
      return 'NetworkError';
    }
    this.#terminal = new TerminalPort(this.#chip.path);
    await this.#terminal.open();
    this.#writer = this.#terminal.writable.getWriter();
    this.#reader = this.#terminal.readable.getReader();
    this.#pump(page, this.#reader);
    return null;
  }

  async #pump(page, reader) {
    for (;;) {
      const { value, done } = await reader.read().catch(() => ({ done: true }));
      if (done) {
        return;
      }
      if (this.state !== 'deaf') {
        await page.evaluate((text) => globalThis.cableHeard(text), Buffer.from(value).toString('base64')).catch(() => {});
      }
    }
  }

  async #write(bytes) {
    if (!this.isPlugged) {
      return 'NetworkError';
    }
    if (bytes.length > this.#left) {
      await this.#writer.write(bytes.subarray(0, this.#left));
      await this.pull();
      return 'NetworkError';
    }
    this.#left -= bytes.length;
    await this.#writer.write(bytes);
    return null;
  }

  /** The chip's own USB port: DTR alone marks the loader, none forgets the mark, RTS alone resets, both mean nothing. */
  #signals(signals) {
    if (!this.isPlugged) {
      return 'NetworkError';
    }
    this.#lines = { dtr: signals.dataTerminalReady ?? this.#lines.dtr, rts: signals.requestToSend ?? this.#lines.rts };
    const { dtr, rts } = this.#lines;
    if (dtr && !rts) {
      this.#isMarked = true;
    } else if (!dtr && !rts) {
      this.#isMarked = false;
    } else if (rts && !dtr) {
      this.#chip.say(this.#isMarked ? 'loader' : 'reset');
    }
    return null;
  }

  async #close() {
    const terminal = this.#terminal;
    this.#terminal = null;
    if (terminal) {
      this.#reader.cancel().catch(() => {});
      this.#writer.releaseLock();
      await terminal.close();
    }
  }
}

/** In the page: as much of Web Serial as there is of it in the specification for one port. */
function installSerial() {
  const fail = (name) => {
    if (name) {
      throw new DOMException(name === 'NotFoundError' ? 'No port selected by the user.' : 'The device has been lost.', name);
    }
  };
  const base64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  let input = null;
  let isOpen = false;

  class SerialPort extends EventTarget {
    readable = null;
    writable = null;

    getInfo() {
      return { usbVendorId: 0x303a, usbProductId: 0x1001 };
    }

    async open() {
      if (isOpen) {
        throw new DOMException('The port is already open.', 'InvalidStateError');
      }
      fail(await globalThis.cableOpen());
      isOpen = true;
      this.#renew();
      this.writable = new WritableStream({ write: async (bytes) => fail(await globalThis.cableWrite(base64(bytes))) });
    }

    /** A stream that was cancelled is followed by another one, as long as the port is open. */
    #renew() {
      this.readable = new ReadableStream({
        start: (controller) => {
          input = controller;
        },
        cancel: () => {
          input = null;
          if (isOpen) {
            this.#renew();
          }
        },
      });
    }

    lose() {
      const stream = input;
      input = null;
      this.readable = null;
      stream?.error(new DOMException('The device has been lost.', 'NetworkError'));
      this.dispatchEvent(new Event('disconnect', { bubbles: true }));
    }

    async setSignals(signals) {
      fail(await globalThis.cableSignals(signals));
    }

    async close() {
      if (this.readable?.locked || this.writable?.locked) {
        throw new TypeError('Cannot cancel a locked stream');
      }
      isOpen = false;
      [this.readable, this.writable, input] = [null, null, null];
      await globalThis.cableClose();
    }
  }

  const port = new SerialPort();
  let isGranted = false;
  globalThis.cableHeard = (text) => input?.enqueue(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)));
  globalThis.cableLost = () => port.lose();
  Object.defineProperty(Navigator.prototype, 'serial', {
    configurable: true,
    value: {
      requestPort: async () => {
        fail(await globalThis.cableChoose());
        isGranted = true;
        return port;
      },
      getPorts: async () => (isGranted ? [port] : []),
    },
  });
}
