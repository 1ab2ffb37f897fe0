// One device on its way into one board: from the port to the firmware's first line.

import { t } from '../core/text.js';
import { percent } from '../core/format.js';
import { Fault } from './provision-fault.js';
import {
  checkChip,
  fetchIdentity,
  fetchModemFirmware,
  fetchParts,
  firmwareParts,
  identityPart,
  readModemFirmware,
} from './provision-images.js';
import { Watch } from './provision-watch.js';

/** @typedef {import('./provision-images.js').Made} Made */
/** @typedef {import('./provision-images.js').Firmware} Firmware */
/** @typedef {import('./provision-images.js').Part} Part */
/** @typedef {import('./provision-chip.js').Board} Board */
/** @typedef {import('./provision-chip.js').Chip} Chip */
/** @typedef {{ say: (text: string) => void, share: (name: 'firmware' | 'identity', share: number) => void }} Shown */

/** How long a board is heard before it is written, for what it runs, ms. */
const greetingMs = 4_000;
/** How long setting up a modem may take, ms: five minutes of searching, twice, and its restart. */
const modemMs = 12 * 60_000;
/** How long is listened for what the firmware says after it was written, ms. */
const wordMs = 10 * 60_000;

/**
 * Lets the person choose a port.
 * @returns {Promise<any>} A `SerialPort`.
 */
async function choosePort() {
  try {
    return await /** @type {any} */ (navigator).serial.requestPort();
  } catch (fault) {
    if (fault instanceof DOMException && fault.name === 'NotFoundError') {
      throw new Fault('noPort');
    }
    if (fault instanceof DOMException && fault.name === 'SecurityError') {
      throw new Fault('portForbidden');
    }
    throw fault;
  }
}

export class Run {
  #signal;
  /** @type {Board | null} */
  #board = null;
  /** @type {Part[]} */
  #parts = [];
  /** Kept over a failure: another one would be one more token. @type {Uint8Array<ArrayBuffer> | null} */
  #identity = null;
  /** @type {Uint8Array<ArrayBuffer> | null} */
  #modemFirmware = null;
  #abort = new AbortController();
  /** What is said on the serial port. */
  watch = new Watch();
  /** Whether something is being written. */
  isBusy = false;
  chip = /** @type {Chip} */ ({ family: '', id: null, mac: '', flashBytes: null });

  /**
   * @param {Made} device
   * @param {Firmware} firmware
   * @param {AbortSignal} signal Of the page.
   */
  constructor(device, firmware, signal) {
    this.device = device;
    this.firmware = firmware;
    this.#signal = signal;
  }

  /** Whether its modem has not come up yet, as far as the board says: nothing was ever in its flash, or the firmware for that is. */
  get wantsModem() {
    const { phase, isReady, wantsModem } = this.watch;
    return phase === 'empty' || (phase === 'modem' && !isReady) || (phase === 'counts' && wantsModem);
  }

  /** What is noted of the step. */
  get why() {
    return `${this.chip.family} ${this.chip.mac}`;
  }

  /**
   * Opens a port, hears what runs, and asks the chip who it is. Nothing is written.
   * @param {any} port The last one; null = it is asked for.
   * @param {(text: string) => void} say
   * @returns {Promise<any>} The port.
   */
  async open(port, say) {
    const known = port && (await /** @type {any} */ (navigator).serial.getPorts()).includes(port) ? port : null;
    // First of all: the browser lets us ask only right after the click.
    const chosen = known ?? (await choosePort());
    // A third of a megabyte that nobody else needs.
    const { Board } = await import('./provision-chip.js').catch(() => {
      throw new Fault('notLoaded');
    });
    await this.#board?.close();
    const board = new Board(chosen);
    this.#board = board;
    if (this.#parts.length === 0) {
      say(t('wz.fetching'));
      this.#parts = await fetchParts(this.device, this.firmware, this.#signal, (share) => say(t('wz.fetched', { share: percent(share) })));
    }
    say(t('wz.hearing'));
    this.watch = new Watch();
    await board.listen(
      (text) => this.watch.take(text),
      () => this.watch.isKnown,
      greetingMs,
      this.#signal,
    );
    say(t('wz.identifying'));
    this.chip = await board.enter();
    try {
      checkChip(this.chip, firmwareParts(this.firmware, this.#parts, null));
    } catch (fault) {
      await board.close();
      throw fault;
    }
    return chosen;
  }

  /**
   * Whether the modem is set up first, and with which firmware.
   * @param {boolean} isWanted
   * @param {File | null} file Null = the server's.
   */
  async chooseModem(isWanted, file) {
    this.#modemFirmware = null;
    if (isWanted) {
      const bytes = file ? await readModemFirmware(file) : await fetchModemFirmware(this.device, this.firmware, this.#signal);
      if (!bytes) {
        throw new Fault('noModemFile');
      }
      this.#modemFirmware = bytes;
    }
  }

  /**
   * Writes everything: of a board whose modem is set up first, twice.
   * @param {Shown} shown
   */
  async write(shown) {
    this.isBusy = true;
    try {
      // Before anything is written: a refusal leaves the board as it was.
      shown.say(t('wz.identityFetching'));
      this.#identity ??= await fetchIdentity(this.device, this.#signal);
      const identity = identityPart(this.firmware, this.#identity);
      if (this.#modemFirmware) {
        await this.#writeParts(firmwareParts(this.firmware, this.#parts, this.#modemFirmware), identity, shown);
        await this.#setUpModem(shown);
        const again = await this.#theBoard().enter();
        if (again.mac !== this.chip.mac) {
          throw new Fault('otherBoard', { mac: again.mac });
        }
        const deployment = firmwareParts(this.firmware, this.#parts, null).filter(
          (part) => part.name === 'deployment' || part.name === 'boot',
        );
        await this.#writeParts(deployment, null, shown);
      } else {
        await this.#writeParts(firmwareParts(this.firmware, this.#parts, null), identity, shown);
      }
      // It is in the chip: a later one is another identity.
      this.#identity = null;
    } finally {
      this.isBusy = false;
    }
  }

  /**
   * @param {Part[]} firmware
   * @param {Part | null} identity
   * @param {Shown} shown
   */
  async #writeParts(firmware, identity, shown) {
    const total = firmware.reduce((sum, part) => sum + part.bytes.length, 0);
    const before = firmware.map((_, index) => firmware.slice(0, index).reduce((sum, part) => sum + part.bytes.length, 0));
    shown.share('firmware', 0);
    await this.#theBoard().write([...firmware, ...(identity ? [identity] : [])], (index, share) => {
      if (index < firmware.length) {
        shown.share('firmware', (before[index] + share * firmware[index].bytes.length) / total);
        shown.say(t('wz.writing', { part: partName(firmware[index].name) }));
      } else {
        shown.share('firmware', 1);
        shown.share('identity', share);
        shown.say(t('wz.writing', { part: t('wzPart.ident') }));
      }
    });
    shown.share('firmware', 1);
    if (identity) {
      shown.share('identity', 1);
    }
  }

  /** @param {Shown} shown */
  async #setUpModem(shown) {
    this.watch = new Watch();
    const say = () => shown.say(t('wz.modemStep', { n: this.watch.step, step: t(`wz.modem_${this.watch.step}`) }));
    say();
    await this.#theBoard().listen(
      (text) => {
        this.watch.take(text);
        say();
      },
      () => this.watch.isOver,
      modemMs,
      this.#signal,
    );
    if (this.watch.failure) {
      throw new Fault('modemFailed', { name: this.watch.failure.name, advice: this.watch.failure.advice });
    }
    if (!this.watch.isReady) {
      throw new Fault('modemSilent');
    }
  }

  /**
   * Starts the firmware and hears what it says, until `hush`.
   * @param {() => void} heard
   */
  async hear(heard) {
    this.watch = new Watch();
    try {
      await this.#theBoard().listen(
        (text) => {
          this.watch.take(text);
          heard();
        },
        () => false,
        wordMs,
        this.#abort.signal,
      );
    } catch {
      // Whoever pulls the cable now takes the board to where it gets its power.
    }
  }

  /** Ends `hear`. */
  hush() {
    this.#abort.abort();
    this.#abort = new AbortController();
  }

  /** Lets go of the board, and forgets its identity. */
  end() {
    this.hush();
    this.#identity = null;
    this.#board?.close();
    this.#board = null;
  }

  #theBoard() {
    if (!this.#board) {
      throw new Fault('noAnswer');
    }
    return this.#board;
  }
}

/** @param {string} name */
function partName(name) {
  return ['bootloader', 'partitions', 'app', 'deployment'].includes(name) ? t(`wzPart.${name}`) : name;
}
