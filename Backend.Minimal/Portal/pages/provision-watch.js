// What a board says on its serial port: which firmware it runs, and how far its modem is.

/**
 * modem = the firmware that sets the modem up; counts = the one after it.
 * @typedef {'unknown' | 'loader' | 'empty' | 'modem' | 'counts'} Phase
 */

/** More than any line of ours; the rest of a longer one is dropped. */
const lineChars = 500;

const greeting = /JamBox NB (provisioning )?(\d[\w.-]*), started by/;
const request = /^(?:\d[\d.:]* )?> (AT\S*)/;
const stepFailed = /step (\d{1,2}) of 12 failed: (.*)$/;
const failed = /PROVISIONING FAILED: ([A-Z_]+)\. (.*)$/;

/** Commands of the twelve steps by their beginning; AT alone is step 1, and 6 after the modem's restart. */
const commands = /** @type {[string, number][]} */ ([
  ['ATE0', 2],
  ['AT+CPSMS=0', 2],
  ['AT+CSCLK=0', 2],
  ['AT+CPIN?', 3],
  ['AT+QCBAND=', 4],
  ['AT+CFUN=1,1', 5],
  ['AT+CEREG?', 7],
  ['AT+NETCLOSE', 8],
  ['AT+CGDCONT=', 9],
  ['AT+CGATT=1', 10],
  ['AT+NETOPEN', 11],
  ['AT+CGDCONT?', 12],
]);

/** Follows the lines of a board from its start on. */
export class Watch {
  /** @type {Phase} */
  phase = 'unknown';
  /** Of its firmware, as it says. @type {string | null} */
  version = null;
  /** Of the twelve steps of the modem; 0 = none yet. */
  step = 0;
  /** Whether the modem came up, now or before. */
  isReady = false;
  /** Why it did not, with what the firmware says to do. @type {{ name: string, advice: string } | null} */
  failure = null;
  /** Whether the firmware that counts misses what setting the modem up leaves behind. */
  wantsModem = false;
  #hasRestarted = false;
  #text = '';

  /** Whether it is known which firmware runs. What the loader says may be left from before the start. */
  get isKnown() {
    return this.phase !== 'unknown' && this.phase !== 'loader';
  }

  /** Whether nothing more comes of setting the modem up. */
  get isOver() {
    return this.isReady || this.failure !== null;
  }

  /**
   * Takes what came, which may end amid a line.
   * @param {string} text
   */
  take(text) {
    const lines = (this.#text + text).split(/\r?\n/);
    this.#text = (lines.pop() ?? '').slice(0, lineChars);
    for (const line of lines) {
      this.#line(line.slice(0, lineChars));
    }
  }

  /** @param {string} line */
  #line(line) {
    const greeted = greeting.exec(line);
    const asked = request.exec(line);
    if (greeted) {
      this.phase = greeted[1] ? 'modem' : 'counts';
      this.version = greeted[2];
      [this.step, this.#hasRestarted] = [0, false];
    } else if (/invalid header: 0x|nothing to run in|No bootable app partitions|load partition table error/.test(line)) {
      this.phase = 'empty';
    } else if (line.includes('waiting for download')) {
      this.phase = 'loader';
    } else if (asked) {
      this.step = Math.max(this.step, this.#stepOf(asked[1]));
    } else {
      this.#result(line);
    }
  }

  /** @param {string} line */
  #result(line) {
    const at = stepFailed.exec(line);
    const end = failed.exec(line);
    if (at) {
      this.step = Number(at[1]);
    } else if (end) {
      this.phase = 'modem';
      this.failure = { name: end[1], advice: end[2] };
    } else if (line.includes('PROVISIONING SUCCESS') || line.includes('provisioned before.')) {
      this.phase = 'modem';
      this.isReady = true;
    } else if (line.includes('button: trying again')) {
      [this.step, this.failure, this.#hasRestarted] = [0, null, false];
    } else if (line.includes("'cellular_ok' is missing")) {
      this.wantsModem = true;
    }
  }

  /** @param {string} command */
  #stepOf(command) {
    if (command === 'AT') {
      return this.#hasRestarted ? 6 : 1;
    }
    this.#hasRestarted ||= command.startsWith('AT+CFUN=1,1');
    return commands.find(([beginning]) => command.startsWith(beginning))?.[1] ?? 0;
  }
}
