// From a board to a box that speaks: choose a device, connect, write, hear its first word, print its label; next.

import { get, post } from '../core/api.js';
import { announce, data, fill, h } from '../core/dom.js';
import { form } from '../core/form.js';
import { duration } from '../core/format.js';
import { on } from '../core/live.js';
import { empty, view } from '../core/states.js';
import { t, word } from '../core/text.js';
import { byHand } from './provision-hand.js';
import { words } from './provision-fault.js';
import { isBox, missing, pathOf } from './provision-images.js';
import { Run } from './provision-run.js';

/** @typedef {import('api-types').components['schemas']} Schemas */
/** @typedef {Schemas['MadeRow']} Made */
/** @typedef {import('./provision-images.js').Firmware} Firmware */
/** @typedef {import('../core/router.js').Context} Context */

const stepNames = ['choose', 'connect', 'write', 'word', 'label'];
const labelsMs = 60_000;
/** How often the server is asked whether the device has spoken, ms: makers have no stream of events. */
const wordMs = 3_000;
/** After that it is said what to look at; it goes on being asked, ms. A modem may search for five minutes. */
const wordLateMs = 6 * 60_000;

/** What keeps this browser from it; null = nothing. */
export const obstacle = () => (!window.isSecureContext ? 'insecure' : !('serial' in navigator) ? 'noSerial' : null);

/** @type {import('../core/router.js').Page} */
export const page = {
  title: 'wz.title',
  needs: 'maker',
  texts: 'provision',
  mount(root, context) {
    new Wizard(root, context).begin();
  },
};

/** The page: what is chosen, and the step that is shown. */
class Wizard {
  #context;
  #steps = h('ol', { class: 'steps plain' });
  #about = h('div');
  #card = h('section', { class: 'card', data: { part: 'step' } });
  #tally = h('p', { class: 'soft', role: 'status' });
  /** @type {Made | null} */
  #device = null;
  /** @type {Firmware | null} */
  #firmware = null;
  /** @type {Run | null} */
  #run = null;
  /** @type {any} */
  #port = null;
  #batch = '';
  #counts = { done: 0, failed: 0, ms: 0 };
  #startedAt = 0;
  #endList = () => {};

  /**
   * @param {HTMLElement} root
   * @param {Context} context
   */
  constructor(root, context) {
    this.#context = context;
    const why = obstacle();
    fill(
      root,
      h('h1', null, t('wz.title')),
      why ? h('p', { class: 'note warning', data: { test: 'obstacle' } }, t(why === 'insecure' ? 'wz.insecure' : 'wz.noSerial')) : null,
      this.#steps,
      this.#tally,
      h(
        'div',
        { class: 'place-grid' },
        h('div', { class: 'stack' }, this.#about, this.#card),
        h(
          'aside',
          { class: 'card', 'aria-label': t('wz.ifFails') },
          h('h2', null, t('wz.ifFails')),
          h(
            'ul',
            null,
            ['port', 'loader', 'cable', 'again'].map((name) => h('li', null, t(`wz.ifFails_${name}`))),
          ),
        ),
      ),
    );
    context.later(() => this.#run?.end());
    context.guard(() => this.#run?.isBusy ?? false);
  }

  begin() {
    const serial = this.#context.query.get('serial');
    this.#batch = this.#context.query.get('batch') ?? '';
    this.#mark(0);
    this.#choose(serial, false);
  }

  /** @param {number} at */
  #mark(at) {
    fill(
      this.#steps,
      stepNames.map((name, index) =>
        h(
          'li',
          { class: index < at ? 'done' : '', 'aria-current': index === at ? 'step' : undefined },
          `${index + 1} ${t(`wz.step_${name}`)}`,
        ),
      ),
    );
    const { done, failed, ms } = this.#counts;
    this.#tally.textContent =
      done + failed === 0 ? '' : t('wz.tally', { n: done, failed, each: duration(done > 0 ? Math.round(ms / done / 1000) : 0) });
  }

  /**
   * @param {string | null} wanted The serial number that the address names.
   * @param {boolean} isAgain Whether another step was shown before.
   */
  #choose(wanted, isAgain) {
    const made = form({
      fields: [
        {
          name: 'serial',
          label: t('wz.serial'),
          hint: t('wz.serialHint'),
          required: true,
          max: 40,
          value: wanted ?? '',
        },
      ],
      action: t('wz.take'),
      run: (values) => this.#take(values.serial.trim()),
    });
    const batches = h('div');
    fill(this.#about);
    fill(this.#card, h('h2', null, t('wz.chooseTitle')), made.el, batches);
    this.#endList();
    this.#endList = view(batches, {
      key: 'made batches',
      context: this.#context,
      fetch: (signal) => get('/api/manufacturing/batches', { signal, query: { limit: 20 } }),
      show: (/** @type {Schemas['BatchRow'][]} */ rows) => this.#batchList(rows),
    });
    if (wanted) {
      // As if it had been typed: what is wrong with it stands at the field.
      made.el.requestSubmit();
    } else if (isAgain) {
      // A hand scanner types into it. The first time the heading has the focus, as on every page.
      made.input('serial').focus({ preventScroll: true });
    }
  }

  /** @param {Schemas['BatchRow'][]} rows */
  #batchList(rows) {
    const open = rows.filter((row) => (row.by_status?.manufactured ?? 0) > 0);
    return open.length === 0
      ? empty(t('wz.noBatch'), h('a', { class: 'button', href: '/manufacturing' }, t('wz.batches')))
      : h(
          'ul',
          { class: 'plain lines', 'aria-label': t('wz.batches') },
          open.map((row) => {
            const waiting = row.by_status?.manufactured ?? 0;
            const [id, of] = [row.id ?? 0, row.quantity ?? 0];
            return h(
              'li',
              { class: 'line', data: { batch: id } },
              h(
                'span',
                null,
                t('wz.batch', { id, board: `${row.board_type}${row.board_version}` }),
                ' · ',
                data('waiting', waiting, t('wz.waiting', { n: waiting, of })),
              ),
              h('button', { type: 'button', class: 'button', onclick: () => this.#next(String(id)) }, t('wz.nextOf', { id })),
            );
          }),
        );
  }

  /** @param {string} batch Takes the next device of it that has no firmware. */
  async #next(batch) {
    this.#batch = batch;
    try {
      const { devices } = await get(`/api/manufacturing/batch/${batch}`, { signal: this.#context.signal });
      const device = devices.find((/** @type {Made} */ one) => one.status === 'manufactured');
      if (device) {
        await this.#take(device.serial);
      } else {
        this.#batch = '';
        this.#mark(0);
        this.#choose(null, true);
        announce(t('wz.batchDone'));
      }
    } catch (fault) {
      this.#fail(fault, () => this.#next(batch));
    }
  }

  /** @param {string} serial */
  async #take(serial) {
    const { device, next } = await get(pathOf(serial), { signal: this.#context.signal });
    const firmware = await get(`/api/manufacturing/firmware/${device.hw_type}/${device.hw_version}`, {
      signal: this.#context.signal,
      query: { product: device.product },
    }).catch((fault) => {
      if (fault.status === 404) {
        return null;
      }
      throw fault;
    });
    [this.#device, this.#firmware] = [device, firmware];
    this.#run?.end();
    this.#run = null;
    this.#context.setQuery({ serial: device.serial, batch: this.#batch || null }, { replace: true });
    this.#show(next);
  }

  /** @param {string[]} next */
  #show(next) {
    const device = /** @type {Made} */ (this.#device);
    const firmware = this.#firmware;
    const pair = (/** @type {string} */ key, /** @type {any} */ value) => h('div', null, h('dt', null, t(key)), h('dd', null, value));
    fill(
      this.#about,
      h(
        'section',
        { class: 'card', data: { part: 'device' } },
        h('h2', null, device.serial),
        h(
          'dl',
          { class: 'pairs' },
          device.device_id === device.serial ? null : pair('wz.id', device.device_id),
          pair('wz.board', `${device.hw_type}${device.hw_version} (${device.platform})`),
          pair('wz.status', word('wzLife', device.status)),
          pair('wz.firmware', firmware ? firmware.version : t('wz.none')),
        ),
        h('p', null, h('button', { type: 'button', class: 'link', onclick: () => this.#other() }, t('wz.other'))),
      ),
    );
    const lacks = firmware ? missing(firmware, device) : ['firmware'];
    if (!next.includes('flashed')) {
      this.#say(t('wz.notNow', { status: word('wzLife', device.status) }));
    } else if (firmware === null || lacks.length > 0) {
      this.#say(t('wz.noFirmware', { parts: lacks.map((one) => word('wzPart', one)).join(', ') }));
    } else if (obstacle()) {
      this.#mark(1);
      fill(this.#card, h('h2', null, t('wz.handTitle')), byHand(this.#context, device, firmware));
    } else {
      this.#connectStep(device, firmware);
    }
  }

  /** Back to the first step. */
  #other() {
    this.#run?.end();
    this.#run = null;
    this.#context.setQuery({ serial: null, batch: null });
    this.#mark(0);
    this.#choose(null, true);
  }

  /** @param {string} text */
  #say(text) {
    this.#mark(0);
    fill(this.#card, h('p', { class: 'note bad', role: 'alert' }, text));
  }

  /** Beside what failed, unless the device that is chosen offers it. */
  #otherButton() {
    return this.#about.childElementCount > 0
      ? null
      : h('button', { type: 'button', class: 'button', onclick: () => this.#other() }, t('wz.other'));
  }

  /**
   * @param {Made} device
   * @param {Firmware} firmware
   */
  #connectStep(device, firmware) {
    this.#mark(1);
    this.#run ??= new Run(device, firmware, this.#context.signal);
    const button = h(
      'button',
      { type: 'button', class: 'button primary', data: { key: 'connect' }, onclick: () => this.#connect(button) },
      t('wz.connect'),
    );
    fill(
      this.#card,
      h('h2', null, t('wz.connectTitle')),
      h('p', null, t('wz.connectHow')),
      h('p', null, button),
      h('details', null, h('summary', null, t('wz.handTitle')), byHand(this.#context, device, firmware)),
    );
    button.focus({ preventScroll: true });
  }

  /** @param {HTMLButtonElement} button */
  async #connect(button) {
    const run = /** @type {Run} */ (this.#run);
    button.disabled = true;
    this.#startedAt ||= Date.now();
    const say = this.#progress(t('wz.connecting'));
    try {
      this.#port = await run.open(this.#port, say);
      this.#writeStep(run);
    } catch (fault) {
      this.#fail(fault, () => this.#connectStep(run.device, run.firmware));
    }
  }

  /**
   * What goes on, in words.
   * @param {string} text
   */
  #progress(text) {
    const line = h('p', { role: 'status', data: { test: 'doing' } }, text);
    fill(this.#card, h('h2', null, t('wz.connectTitle')), line);
    return (/** @type {string} */ now) => {
      line.textContent = now;
    };
  }

  /** @param {Run} run The chip is known, and nothing is written. */
  #writeStep(run) {
    this.#mark(2);
    const { chip } = run;
    const pair = (/** @type {string} */ key, /** @type {any} */ value) => h('div', null, h('dt', null, t(key)), h('dd', null, value));
    const box = isBox(run.firmware, run.device);
    const made = form({
      fields: box
        ? [
            { name: 'modem', label: t('wz.modem'), hint: t(`wz.phase_${run.watch.phase}`), type: 'checkbox', value: run.wantsModem },
            {
              name: 'file',
              label: t('wz.modemFile'),
              hint: run.firmware.provisioning
                ? t('wz.modemFileOther', { version: run.firmware.provisioning.version })
                : t('wz.modemFileHint'),
              type: 'file',
            },
          ]
        : [],
      action: t('wz.write'),
      run: async (values) => this.#write(run, box && values.modem, box ? (made.input('file').files?.[0] ?? null) : null),
    });
    fill(
      this.#card,
      h('h2', null, t('wz.writeTitle')),
      h(
        'dl',
        { class: 'pairs', data: { part: 'chip' } },
        pair('wz.chip', chip.family),
        pair('wz.mac', chip.mac),
        pair('wz.flash', data('flash', chip.flashBytes, t('wz.mega', { n: (chip.flashBytes ?? 0) / 2 ** 20 }))),
      ),
      made.el,
    );
    const button = /** @type {HTMLElement | null} */ (made.el.querySelector('[type="submit"]'));
    button?.focus({ preventScroll: true });
  }

  /**
   * @param {Run} run
   * @param {boolean} withModem
   * @param {File | null} file
   */
  async #write(run, withModem, file) {
    try {
      await run.chooseModem(withModem, file);
    } catch (fault) {
      this.#fail(fault, () => this.#writeStep(run));
      return;
    }
    const bar = (/** @type {string} */ name) =>
      h('progress', { max: 1, value: 0, 'aria-label': t(`wz.bar_${name}`), data: { test: `bar-${name}` } });
    const bars = { firmware: bar('firmware'), identity: bar('identity') };
    const line = h('p', { role: 'status', data: { test: 'doing' } });
    fill(
      this.#card,
      h('h2', null, t('wz.writeTitle')),
      h('p', { class: 'note warning' }, t('wz.leaveCable')),
      ['firmware', 'identity'].map((name) => [h('p', null, t(`wz.bar_${name}`)), bars[/** @type {'firmware'} */ (name)]]),
      line,
    );
    try {
      await run.write({
        say: (text) => {
          line.textContent = text;
        },
        share: (name, share) => {
          bars[name].value = share;
        },
      });
      await this.#flashed(run);
    } catch (fault) {
      // The board is asked anew who it is: it may be another one by now.
      this.#fail(fault, () => this.#connectStep(run.device, run.firmware));
    }
  }

  /** @param {Run} run What is written is verified. */
  async #flashed(run) {
    try {
      await post(`${pathOf(run.device.serial)}/status`, { status: 'flashed', why: run.why }, { signal: this.#context.signal });
    } catch (fault) {
      this.#fail(fault, () => this.#flashed(run), t('wz.isWritten'));
      return;
    }
    this.#wordStep(run);
  }

  /** @param {Run} run */
  #wordStep(run) {
    this.#mark(3);
    const line = h('p', { role: 'status', data: { test: 'doing' } }, t('wz.waitWord'));
    const heard = h('p', { class: 'soft', data: { test: 'heard' } });
    const late = h('p', { class: 'note warning', hidden: true }, t('wz.lateWord'));
    fill(
      this.#card,
      h('h2', null, t('wz.wordTitle')),
      line,
      heard,
      late,
      h(
        'p',
        { class: 'row' },
        h('button', { type: 'button', class: 'button', onclick: () => leave(() => this.#labelStep(run, false)) }, t('wz.skipWord')),
      ),
    );
    const begun = Date.now();
    let isOver = false;
    /** @param {() => void} then */
    const leave = (then) => {
      if (!isOver) {
        isOver = true;
        clearInterval(timer);
        end();
        run.hush();
        then();
      }
    };
    const look = async () => {
      late.hidden = Date.now() - begun < wordLateMs;
      try {
        const { device } = await get(pathOf(run.device.serial), { signal: this.#context.signal });
        if (device.status !== 'flashed' && device.status !== 'manufactured') {
          leave(() => this.#labelStep(run, true));
        }
      } catch (fault) {
        if (!isOver && !this.#context.signal.aborted) {
          line.textContent = `${words(fault)} ${t('wz.waitWord')}`;
        }
      }
    };
    const timer = setInterval(look, wordMs);
    const end = on('heartbeat', (event) => event?.device_id === run.device.device_id && look());
    this.#context.later(() => leave(() => {}));
    look();
    run.hear(() => {
      heard.textContent = t(`wz.heard_${run.watch.phase}`, { version: run.watch.version ?? '' });
    });
  }

  /**
   * @param {Run} run
   * @param {boolean} hasSpoken
   */
  #labelStep(run, hasSpoken) {
    this.#counts.done += 1;
    this.#counts.ms += Date.now() - this.#startedAt;
    this.#startedAt = 0;
    run.end();
    this.#mark(4);
    const next = h(
      'button',
      {
        type: 'button',
        class: 'button primary',
        data: { key: 'next' },
        onclick: () => (this.#batch ? this.#next(this.#batch) : this.#other()),
      },
      t('wz.next'),
    );
    const { device } = run;
    fill(
      this.#card,
      h('h2', null, t('wz.labelTitle')),
      h(
        'p',
        { class: hasSpoken ? 'note good' : 'note warning', role: 'status', data: { test: 'result' } },
        t(hasSpoken ? 'wz.spoke' : 'wz.notSpoken', { serial: device.serial }),
      ),
      this.#labelForm(device),
      h('p', { class: 'row' }, next, h('a', { class: 'button', href: '/manufacturing' }, t('wz.batches'))),
    );
    next.focus({ preventScroll: true });
  }

  /** @param {Made} device */
  #labelForm(device) {
    return form({
      fields: [
        {
          name: 'paper',
          label: t('wz.paper'),
          type: 'select',
          value: 'A4',
          options: ['A4', 'Letter'].map((one) => [one, one]),
        },
        { name: 'newPins', label: t('wz.newPin'), hint: t('wz.newPinHint'), type: 'checkbox' },
      ],
      action: t('wz.label'),
      run: async (values) => {
        /** @type {Response} */
        const answer = await post(
          `/api/manufacturing/batch/${device.batch}/labels`,
          {},
          {
            query: { layout: 'single', paper: values.paper, serial: device.serial, newPins: values.newPins ? true : null },
            limitMs: labelsMs,
            whole: true,
          },
        );
        const url = URL.createObjectURL(await answer.blob());
        h('a', { href: url, download: `label-${device.serial}.pdf` }).click();
        setTimeout(() => URL.revokeObjectURL(url), labelsMs);
      },
    }).el;
  }

  /**
   * Says what went wrong and what to do, and lets it be done again.
   * @param {unknown} fault
   * @param {() => void} again
   * @param {string} [before] What is good all the same.
   */
  #fail(fault, again, before) {
    if (this.#context.signal.aborted) {
      return;
    }
    if (/** @type {any} */ (fault)?.key !== 'noPort') {
      this.#counts.failed += 1;
    }
    const text = words(fault);
    const button = h('button', { type: 'button', class: 'button primary', data: { key: 'again' }, onclick: again }, t('wz.again'));
    fill(
      this.#card,
      before ? h('p', { class: 'note good' }, before) : null,
      h('p', { class: 'note bad', role: 'alert', data: { test: 'fault' } }, text),
      h('p', { class: 'row' }, button, this.#otherButton()),
    );
    button.focus({ preventScroll: true });
  }
}
