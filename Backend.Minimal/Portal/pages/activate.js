// Activation, for a phone at the counter: the PIN of the label, the name of the place, its hours; and what the box hears.

import { ApiError, get, post } from '../core/api.js';
import { announce, data, fill, h, newId } from '../core/dom.js';
import { form } from '../core/form.js';
import { duration, number, time } from '../core/format.js';
import { loading, reason, view } from '../core/states.js';
import { refresh } from '../core/store.js';
import { t } from '../core/text.js';
import { status } from '../parts/status.js';
import { dayName, hoursText, readSpans, spansText, weekdays } from './hours-part.js';
import { keepPass, passOf } from './pass-part.js';

/** @typedef {import('api-types').components['schemas']} Schemas */
/** @typedef {Schemas['BoxLook']} Look */

/** How often state and what is heard are asked for anew, ms. */
const againMs = 20_000;

/** @type {Record<string, string[]>} */
const usualHours = Object.fromEntries(weekdays.map((name, index) => [name, index < 5 ? ['09:00-18:00'] : []]));

/** @type {import('../core/router.js').Page} */
export const page = {
  title: 'activate.title',
  needs: null,
  texts: 'activate',
  mount(root, context) {
    const box = context.params.device.toUpperCase();
    const path = `/api/activate/${encodeURIComponent(box)}`;
    const state = h('div');
    const [pinCard, placeCard, hearsCard] = [
      h('section', { class: 'card' }),
      h('section', { class: 'card' }),
      h('section', { class: 'card' }),
    ];
    const noticeLink = h('p', null, h('a', { href: `/activate/${encodeURIComponent(box)}/notice` }, t('activate.notice'), ' ›'));
    fill(root, h('div', { class: 'activate stack' }, h('h1', null, box), state, pinCard, placeCard, hearsCard, noticeLink));
    context.title(box);
    view(state, {
      key: `activate ${box}`,
      context,
      lines: 1,
      fetch: (signal) => get(path, { signal }),
      show: (/** @type {Schemas['BoxState']} */ { state: word }) =>
        word === 'online'
          ? h('p', null, status('online'), ' ', t('activate.online'))
          : [h('p', null, status('offline')), h('p', { class: 'soft' }, t('activate.offline'))],
    });
    const timer = setInterval(() => {
      if (!document.hidden) {
        refresh(`activate ${box}`);
        refresh(`hears ${box}`);
      }
    }, againMs);
    context.later(() => clearInterval(timer));

    const started = { hears: false };
    const locked = () => {
      started.hears = false;
      fill(pinCard, ...pinView(look));
      fill(placeCard, h('h2', null, t('activate.place')), h('p', { class: 'soft' }, t('activate.pinFirst')));
      fill(hearsCard, h('h2', null, t('activate.hears')), h('p', { class: 'soft' }, t('activate.pinFirst')));
    };
    /** @param {{ pin: string } | { pass: string }} who */
    const look = async (who) => {
      /** @type {Look} */
      const found = await post(`${path}/look`, who, { signal: context.signal, quiet: true });
      keepPass(box, found.pass);
      fill(pinCard, h('p', null, `✓ ${t('activate.pinRight')}`));
      showPlace(found);
      showHears(found.pass);
    };
    /** @param {Look} found */
    const showPlace = (found) => {
      const made = placeView(found, async (body) => {
        try {
          return await post(path, { pass: found.pass, ...body }, { quiet: true });
        } catch (fault) {
          if (fault instanceof ApiError && fault.status === 403 && /type the PIN again/.test(fault.message)) {
            keepPass(box, null);
            locked();
          }
          throw fault;
        }
      });
      fill(placeCard, ...made.nodes);
      context.guard(made.isChanged);
    };
    /** @param {string} pass */
    const showHears = (pass) => {
      if (started.hears) {
        return;
      }
      started.hears = true;
      const body = h('div');
      fill(hearsCard, h('h2', null, t('activate.hears')), body);
      view(body, {
        key: `hears ${box}`,
        context,
        isAside: true,
        fetch: (signal) => post(`${path}/look`, { pass }, { signal, quiet: true }),
        show: hearsView,
      });
    };

    locked();
    const pass = passOf(box);
    if (pass) {
      fill(pinCard, loading(1));
      look({ pass }).catch((fault) => {
        // Left meanwhile, or no answer: it is as good as it was, and a PIN typed again would cost a try.
        if (fault instanceof ApiError && fault.status === 403) {
          keepPass(box, null);
        }
        if (!context.signal.aborted) {
          locked();
        }
      });
    }
  },
};

/**
 * Four boxes for four digits; the last one sends them.
 * @param {(who: { pin: string }) => Promise<void>} look
 */
function pinView(look) {
  const error = h('p', { class: 'error', role: 'alert', hidden: true });
  const legend = newId();
  const inputs = [0, 1, 2, 3].map((index) =>
    h('input', {
      'aria-label': t('activate.digit', { n: index + 1 }),
      inputmode: 'numeric',
      autocomplete: 'off',
      maxlength: 4,
      oninput: () => typed(index),
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key === 'Backspace' && inputs[index].value === '' && index > 0) {
          inputs[index - 1].focus();
        }
      },
    }),
  );
  // What is pasted, or typed quickly, goes on into the next boxes.
  const typed = (/** @type {number} */ index) => {
    const digits = inputs[index].value.replace(/\D/g, '').slice(0, inputs.length - index);
    inputs[index].value = '';
    [...digits].forEach((digit, offset) => {
      inputs[index + offset].value = digit;
    });
    inputs[Math.min(inputs.length - 1, index + digits.length)].focus();
    const pin = inputs.map((input) => input.value).join('');
    if (pin.length === inputs.length) {
      send(pin);
    }
  };
  const lock = (/** @type {boolean} */ isLocked) => inputs.forEach((input) => (input.disabled = isLocked));
  const send = async (/** @type {string} */ pin) => {
    lock(true);
    error.hidden = true;
    try {
      await look({ pin });
      announce(t('activate.pinRight'));
    } catch (fault) {
      lock(false);
      inputs.forEach((input) => (input.value = ''));
      error.hidden = false;
      error.textContent = pinFault(fault instanceof ApiError ? fault : null);
      inputs[0].focus();
    }
  };
  return [
    h('h2', { id: legend }, `1 ${t('activate.pin')}`),
    h('div', { class: 'pin', role: 'group', 'aria-labelledby': legend }, inputs),
    error,
    h('p', { class: 'soft small' }, t('activate.pinWhere')),
  ];
}

/** @param {ApiError | null} fault */
function pinFault(fault) {
  return fault?.status === 403
    ? t('activate.pinWrong')
    : fault?.status === 429
      ? t('activate.tooMany', { span: duration(fault.retryAfter ?? 900) })
      : reason(fault);
}

/**
 * The place of a box that was looked at: named by its PIN, or joined by a code.
 * @param {Look} look
 * @param {(body: Record<string, any>) => Promise<Schemas['DeviceResult']>} send
 * @returns {{ nodes: import('../core/dom.js').Child[], isChanged: () => boolean }}
 */
function placeView(look, send) {
  const done = h('div', { role: 'status' });
  if (look.naming === 'owned') {
    return {
      nodes: [
        h('h2', null, look.place?.name ?? ''),
        h('p', null, t('activate.owned')),
        h('p', null, h('a', { class: 'button', href: '/sign-in' }, t('activate.signIn'))),
      ],
      isChanged: () => false,
    };
  }
  const result = (/** @type {Schemas['DeviceResult']} */ { location_name: name }) => {
    fill(done, h('p', { class: 'note good' }, `✓ ${t('activate.done', { place: name ?? '' })} ${t('activate.next')}`));
    done.scrollIntoView?.({ block: 'nearest' });
  };
  const join = form({
    label: t('activate.join'),
    fields: [{ name: 'code', label: t('activate.code'), required: true, max: 20, autocomplete: 'off', hint: t('activate.codeHint') }],
    action: t('activate.join'),
    run: (values) => explained(send({ code: values.code.trim() })).then(result),
  });
  if (look.naming === 'shared') {
    return {
      nodes: [h('h2', null, look.place?.name ?? ''), h('p', null, t('activate.shared')), join.el, done],
      isChanged: join.isChanged,
    };
  }
  const hours = hoursFields(/** @type {any} */ (look.place?.hours) ?? usualHours);
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  // UTC is what a place has when nobody said anything.
  const isZoneOpen = !look.place || look.place.timezone === 'UTC';
  const made = form({
    label: t('activate.place'),
    fields: [{ name: 'location_name', label: `2 ${t('activate.name')}`, required: true, max: 64, value: look.place?.name ?? '' }],
    action: t('activate.finish'),
    run: async (values) => {
      const spans = hours.read();
      if (!spans) {
        throw new ApiError(400, `3 ${t('activate.open')}: ${t('place.spansRule')}`);
      }
      result(await explained(send({ location_name: values.location_name, ...(isZoneOpen ? { timezone: zone } : {}), ...spans })));
      made.set(values);
      hours.keep();
    },
  });
  const clock = h('p', { class: 'soft small' }, t('activate.zone', { zone: isZoneOpen ? zone : (look.place?.timezone ?? zone) }));
  made.el.querySelector('.actions')?.before(hours.el, clock);
  return {
    nodes: [
      made.el,
      done,
      h('details', null, h('summary', null, t('activate.joinInstead')), h('p', { class: 'soft' }, t('activate.joinWhy')), join.el),
    ],
    isChanged: () => made.isChanged() || hours.isChanged() || join.isChanged(),
  };
}

/**
 * What was refused, in words for who stands there: the server's are good enough, but for the code.
 * @param {Promise<Schemas['DeviceResult']>} sending
 */
async function explained(sending) {
  try {
    return await sending;
  } catch (fault) {
    if (fault instanceof ApiError && fault.status === 403) {
      throw new ApiError(
        400,
        /^That code/.test(fault.message)
          ? `code: ${t('activate.codeWrong')}`
          : /PIN again/.test(fault.message)
            ? t('activate.pinAgain')
            : fault.message,
      );
    }
    throw fault;
  }
}

/**
 * The opening hours in a line, and, when asked for, a field for each day.
 * @param {Record<string, string[]>} hours
 */
function hoursFields(hours) {
  let kept = hours;
  const line = h('span', { data: { test: 'hours' } }, hoursText(hours));
  const inputs = weekdays.map((name, index) => {
    const id = newId();
    return { name, id, label: dayName(index), input: h('input', { id, value: spansText(hours[name]), autocomplete: 'off' }) };
  });
  const fields = h(
    'div',
    { hidden: true },
    h('p', { class: 'soft small' }, t('place.hoursHint')),
    h(
      'div',
      { class: 'days' },
      inputs.map(({ id, label, input }) => h('p', { class: 'field' }, h('label', { for: id }, label), input)),
    ),
  );
  const button = h(
    'button',
    {
      type: 'button',
      class: 'button',
      'aria-expanded': 'false',
      onclick: () => {
        fields.hidden = !fields.hidden;
        button.setAttribute('aria-expanded', String(!fields.hidden));
        if (!fields.hidden) {
          inputs[0].input.focus();
        }
      },
    },
    t('activate.change'),
  );
  const read = () => {
    const spans = inputs.map(({ name, input }) => [name, readSpans(input.value)]);
    return spans.some(([, value]) => value === null) ? null : Object.fromEntries(spans);
  };
  for (const { input } of inputs) {
    input.addEventListener('input', () => {
      const spans = readSpans(input.value);
      input.setAttribute('aria-invalid', String(spans === null));
      line.textContent = hoursText(read() ?? kept);
    });
  }
  return {
    el: h('div', { class: 'field' }, h('p', { class: 'line' }, h('span', null, `3 ${t('activate.open')}: `, line), button), fields),
    read,
    isChanged: () => JSON.stringify(read()) !== JSON.stringify(Object.fromEntries(weekdays.map((name) => [name, kept[name] ?? []]))),
    keep() {
      kept = read() ?? kept;
    },
  };
}

/** @param {Look} look */
function hearsView({ hears, place }) {
  const zone = place?.timezone;
  const [newest] = hears;
  const atATime = (/** @type {Schemas['HeardRow']} */ row, /** @type {number} */ minutes) => (minutes * 60) / row.interval_s;
  const shown = (/** @type {number} */ value) => number(value, value < 10 ? 1 : 0);
  return [
    newest
      ? [
          h(
            'p',
            null,
            t('activate.heard', {
              from: time(newest.at, zone),
              until: time(Date.parse(newest.at) + newest.interval_s * 1000, zone),
            }),
            ' ',
            data('hears', newest.unique_count, t('activate.phones', { n: shown(atATime(newest, newest.unique_count)) })),
          ),
          h(
            'dl',
            { class: 'pairs' },
            [
              ['zones.counter', newest.rssi_immediate],
              ['zones.store', newest.rssi_near],
              ['zones.window', newest.rssi_far],
              ['zones.past', newest.rssi_remote],
            ].map(([key, value]) => h('div', null, h('dt', null, t(String(key))), h('dd', null, shown(atATime(newest, Number(value)))))),
          ),
          hears.length > 1
            ? h(
                'p',
                { class: 'soft small' },
                t('activate.before'),
                ' ',
                hears
                  .slice(1)
                  .map((row) => `${time(row.at, zone)} ${shown(atATime(row, row.unique_count))}`)
                  .join(' · '),
              )
            : null,
        ]
      : h('p', null, t('activate.nothing')),
    h('p', { class: 'soft small' }, t('activate.never')),
  ];
}
