// Counting by hand: three taps. A count at the door runs on while the page is reloaded, and while the phone sleeps.

import { ApiError, all, del, get, now, post } from '../core/api.js';
import { attempt, notice, open as openDialog } from '../core/dialog.js';
import { announce, data, fill, h } from '../core/dom.js';
import { form } from '../core/form.js';
import { dateTime, duration } from '../core/format.js';
import { choosePlace, loadPlaces, rememberPlace } from '../core/places.js';
import { go } from '../core/router.js';
import { empty, reason, view } from '../core/states.js';
import { refresh } from '../core/store.js';
import { t } from '../core/text.js';
import { sureness } from '../parts/words.js';
import { demoNote } from './demo-part.js';

/** @typedef {import('api-types').components['schemas']} Schemas */

/** Minutes at the door that are proposed. */
const doorMinutes = 15;

/** Minutes that a count at the door may have at most: as the server says. */
const mostMinutes = 240;

/** @typedef {{ start: number, people: number }} Door */

/** @type {import('../core/router.js').Page} */
export const page = {
  title: 'count.title',
  needs: 'owner',
  mount(root, context) {
    const id = Number(context.params.place);
    const ask = h('section', { class: 'card' });
    const where = h('section', { class: 'card' });
    const list = h('section', { class: 'card' });
    const placeName = h('p', { class: 'soft' });
    fill(root, placeName, demoNote(context, id).el, ask, where, list);
    rememberPlace(id);
    /** Its clock, once it is known. @type {string | undefined} */
    let zone;
    const known = loadPlaces(context.signal)
      .then((places) => {
        const place = places.find((one) => one.id === id);
        zone = place?.timezone;
        fill(placeName, place?.name ?? '');
        if (places.length > 1) {
          fill(
            placeName,
            h(
              'select',
              { 'aria-label': t('insights.place'), onchange: (/** @type {any} */ event) => go(`/calibrate/${event.target.value}`) },
              places.map((one) => h('option', { value: one.id, selected: one.id === id }, one.name)),
            ),
          );
        } else if (!place && places.length > 0) {
          choosePlace(places, null);
        }
      })
      .catch(() => {});
    // Nothing is said by the reader's clock first and by the place's afterwards.
    const withZone = async (/** @type {Promise<any>} */ answer) => (await Promise.all([answer, known]))[0];

    const show = () => {
      const door = read(id);
      if (door) {
        fill(ask, ...doorView(id, door, show, context));
      } else {
        fill(ask, ...presentView(id, show));
      }
    };
    show();
    view(where, {
      key: `calibration ${id}`,
      context,
      fetch: (signal) => withZone(get(`/api/places/${id}/calibration`, { signal })),
      show: (/** @type {Schemas['CalibrationDetail']} */ detail) => certaintyView(detail, zone),
    });
    view(list, {
      key: `counts ${id}`,
      context,
      isAside: true,
      fetch: (signal) => withZone(all(`/api/places/${id}/counts`, { signal, most: 50 })),
      show: (/** @type {Schemas['CountRow'][]} */ rows) => countsView(id, rows, zone),
    });
  },
};

/**
 * How many are here now.
 * @param {number} id
 * @param {() => void} show
 */
function presentView(id, show) {
  let people = -1;
  // When it was saved first: a second try, after an answer that was lost, is the same count.
  let at = '';
  const save = h(
    'button',
    {
      type: 'button',
      class: 'button primary wide-button',
      disabled: true,
      onclick: () => {
        at ||= timeOf(Date.now());
        send(save, id, { kind: 'present', people, at });
      },
    },
    t('count.choose'),
  );
  const keys = Array.from({ length: 21 }, (_, number) =>
    h('button', { type: 'button', class: 'count-key', 'aria-pressed': 'false', onclick: () => choose(number) }, String(number)),
  );
  const more = h(
    'button',
    {
      type: 'button',
      class: 'count-key',
      onclick: () => {
        openDialog({
          title: t('count.moreTitle'),
          body: form({
            fields: [{ name: 'people', label: t('count.people'), type: 'number', required: true, min: 0, max: 10000 }],
            action: t('count.take'),
            run: async (values) => {
              choose(values.people);
              document.querySelector('dialog')?.close();
            },
          }).el,
        });
      },
    },
    t('count.more'),
  );

  /** @param {number} number */
  function choose(number) {
    people = number;
    at = '';
    keys.forEach((key, index) => key.setAttribute('aria-pressed', String(index === number)));
    more.textContent = number > 20 ? String(number) : t('count.more');
    more.setAttribute('aria-pressed', String(number > 20));
    save.disabled = false;
    save.textContent = t('count.save', { n: number });
  }

  return [
    h('h1', null, t('count.ask')),
    h('p', { class: 'soft' }, t('count.everyone')),
    h('div', { class: 'count-keys', role: 'group', 'aria-label': t('count.people') }, keys, more),
    save,
    h(
      'p',
      null,
      h(
        'button',
        {
          type: 'button',
          class: 'link',
          onclick: () => {
            write(id, { start: Date.now(), people: 0 });
            show();
          },
        },
        t('count.door', { minutes: doorMinutes }),
      ),
    ),
  ];
}

/**
 * Who comes in, while one stands at the door.
 * @param {number} id
 * @param {Door} door
 * @param {() => void} show
 * @param {import('../core/router.js').Context} context
 */
function doorView(id, door, show, context) {
  const number = h('output', { class: 'door-number', 'aria-live': 'off' }, String(door.people));
  const clock = h('span');
  const add = (/** @type {number} */ step) => {
    door.people = Math.max(0, door.people + step);
    write(id, door);
    number.textContent = String(door.people);
    navigator.vibrate?.(20);
    announce(String(door.people));
  };
  const save = h(
    'button',
    {
      type: 'button',
      class: 'button primary',
      onclick: async () => {
        const minutes = Math.min(mostMinutes, Math.max(1, Math.round((Date.now() - door.start) / 60_000)));
        if (await send(save, id, { kind: 'door', people: door.people, minutes, at: timeOf(door.start) })) {
          write(id, null);
          show();
        }
      },
    },
    '',
  );
  const tick = () => {
    const seconds = Math.floor((Date.now() - door.start) / 1000);
    clock.textContent =
      seconds < doorMinutes * 60
        ? t('count.left', { span: duration(doorMinutes * 60 - seconds) })
        : t('count.over', { span: duration(seconds) });
    save.textContent = t('count.saveDoor', { n: door.people, span: duration(Math.max(60, seconds)) });
  };
  tick();
  const timer = setInterval(tick, 1000);
  context.later(() => clearInterval(timer));
  return [
    h('h1', null, t('count.doorAsk')),
    h('p', { class: 'soft' }, t('count.doorWho'), ' ', clock),
    h(
      'div',
      { class: 'door' },
      h('button', { type: 'button', class: 'button step-big', 'aria-label': t('count.minus'), onclick: () => add(-1) }, '−'),
      number,
      h('button', { type: 'button', class: 'button primary step-big', 'aria-label': t('count.plus'), onclick: () => add(1) }, '+'),
    ),
    h(
      'div',
      { class: 'actions start' },
      save,
      h(
        'button',
        {
          type: 'button',
          class: 'button',
          onclick: () => {
            const before = { ...door };
            write(id, null);
            show();
            notice(t('count.doorStopped'), {
              undo: () => {
                write(id, before);
                show();
              },
            });
          },
        },
        t('count.stop'),
      ),
    ),
  ];
}

/**
 * A moment by this phone's clock, as the server's has it: the phone's may be wrong.
 * @param {number} ms
 */
function timeOf(ms) {
  return new Date(ms + now() - Date.now()).toISOString();
}

/**
 * Sends a count; its moment goes along, so that a second try is no second count.
 * @param {HTMLButtonElement} button
 * @param {number} id
 * @param {{ kind: string, people: number, minutes?: number, at: string }} count
 */
async function send(button, id, count) {
  button.disabled = true;
  try {
    /** @type {Schemas['CountResult']} */
    const result = await post(`/api/places/${id}/counts`, count);
    const { counts, counts_needed: more } = result.certainty;
    notice(more > 0 ? t('count.savedOf', { n: counts, of: counts + more }) : t('count.saved', { n: counts }), {
      undo: () => remove(id, result.count),
    });
    renew(id);
    if (count.kind === 'present') {
      await go(`/calibrate/${id}`, { replace: true });
    }
    return true;
  } catch (fault) {
    notice(reason(fault instanceof ApiError ? fault : null), { bad: true });
    return false;
  } finally {
    button.disabled = false;
  }
}

/**
 * @param {number} id
 * @param {Schemas['CountRow']} count
 */
async function remove(id, count) {
  await del(`/api/places/${id}/counts/${count.id}`);
  renew(id);
}

/** @param {number} id */
function renew(id) {
  refresh(`counts ${id}`);
  refresh(`calibration ${id}`);
  refresh(`figures ${id} `);
}

/** In the order in which people were counted: one may be brought in later. @param {Schemas['CountRow'][]} rows */
function newestFirst(rows) {
  return rows.toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at));
}

/**
 * @param {Schemas['CalibrationDetail']} detail
 * @param {string | undefined} zone
 */
function certaintyView(detail, zone) {
  const { certainty } = detail;
  const wanted = certainty.counts + certainty.counts_needed;
  return [
    h('h2', null, t('sure.title')),
    h('p', { data: { test: 'certainty' } }, sureness({ certainty, timezone: zone })),
    certainty.counts_needed > 0
      ? h('progress', { max: wanted, value: certainty.counts, 'aria-label': t('count.progress', { n: certainty.counts, of: wanted }) })
      : null,
    h('p', { class: 'soft small' }, t('count.when')),
  ];
}

/**
 * @param {number} id
 * @param {Schemas['CountRow'][]} rows
 * @param {string | undefined} zone Of the place: a count stands at the hour that its clock showed.
 */
function countsView(id, rows, zone) {
  return [
    h('h2', null, t('count.list')),
    rows.length === 0
      ? empty(t('count.none'))
      : h(
          'ul',
          { class: 'plain lines', data: { test: 'counts' } },
          newestFirst(rows).map((row) =>
            h(
              'li',
              { class: 'line' },
              h(
                'span',
                { class: row.used ? undefined : 'soft' },
                data(
                  'count',
                  row.people,
                  row.kind === 'door'
                    ? t('count.rowDoor', { n: row.people, minutes: row.minutes ?? 0 })
                    : t('count.rowPresent', { n: row.people }),
                ),
                h(
                  'span',
                  { class: 'soft small' },
                  ` ${dateTime(row.at, zone)}${row.unused ? ` · ${t(`count.unused.${row.unused}`)}` : ''}`,
                ),
              ),
              h(
                'button',
                {
                  type: 'button',
                  class: 'link',
                  onclick: (/** @type {any} */ event) =>
                    attempt(event.currentTarget, async () => {
                      await remove(id, row);
                      notice(t('count.removed', { n: row.people }), {
                        undo: () =>
                          post(`/api/places/${id}/counts`, {
                            kind: row.kind,
                            people: row.people,
                            at: row.at,
                            ...(row.minutes === null ? {} : { minutes: row.minutes }),
                          }).then(() => renew(id)),
                      });
                    }),
                },
                t('count.remove'),
                h('span', { class: 'hidden-text' }, ` ${t('count.removeOne', { n: row.people, at: dateTime(row.at, zone) })}`),
              ),
            ),
          ),
        ),
  ];
}

/**
 * The count at the door that runs.
 * @param {number} id
 * @returns {Door | null}
 */
function read(id) {
  try {
    const door = JSON.parse(localStorage.getItem(`jambox-door-${id}`) ?? 'null');
    return door && Number.isFinite(door.start) && Number.isFinite(door.people) && Date.now() - door.start < mostMinutes * 60_000
      ? door
      : null;
  } catch {
    return null;
  }
}

/**
 * @param {number} id
 * @param {Door | null} door
 */
function write(id, door) {
  try {
    if (door) {
      localStorage.setItem(`jambox-door-${id}`, JSON.stringify(door));
    } else {
      localStorage.removeItem(`jambox-door-${id}`);
    }
  } catch {
    // Storage may be forbidden: then the count does not survive a reload.
  }
}
