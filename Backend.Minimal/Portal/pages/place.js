// A place: its name and zone, when it is open, who works there, how long people stay, who may look.

import { may, mayLetIn } from '../core/access.js';
import { del, get, post, put } from '../core/api.js';
import { attempt, notice, open as openDialog } from '../core/dialog.js';
import { fill, h } from '../core/dom.js';
import { form } from '../core/form.js';
import { addDays, dateTime, day, number, today } from '../core/format.js';
import { rememberPlace } from '../core/places.js';
import { empty, view } from '../core/states.js';
import { refresh } from '../core/store.js';
import { t } from '../core/text.js';
import { demoNote } from './demo-part.js';
import { dayName, readSpans, spansText, weekdays } from './hours-part.js';
import { placeUsers } from './place-users.js';

/** @typedef {import('api-types').components['schemas']} Schemas */

/** @type {import('../core/router.js').Page} */
export const page = {
  title: 'place.title',
  needs: 'viewer',
  mount(root, context) {
    const id = Number(context.params.id);
    rememberPlace(id);
    const mayChange = may('owner', id);
    const part = () => h('section', { class: 'card' });
    const [about, hours, days, staff, people] = [part(), part(), part(), part(), part()];
    fill(
      root,
      h('h1', null, t('place.title')),
      demoNote(context, id).el,
      h(
        'div',
        { class: 'place-grid' },
        h('div', null, about, days, mayLetIn(id) ? people : null),
        h('div', null, hours, mayChange ? staff : null),
      ),
    );
    /** @type {Set<() => boolean>} */
    const changed = new Set();
    context.guard(() => [...changed].some((isChanged) => isChanged()));
    const watched = (/** @type {import('../core/form.js').Form} */ made) => {
      changed.add(made.isChanged);
      return made.el;
    };
    view(about, {
      key: `place ${id}`,
      context,
      fetch: (signal) => get(`/api/places/${id}`, { signal }),
      show: (/** @type {Schemas['PlaceDetail']} */ detail) => {
        context.title(detail.place.name);
        fill(hours, hoursView(id, detail.hours, mayChange));
        return aboutView(id, detail, mayChange, watched);
      },
    });
    view(days, {
      key: `place-days ${id}`,
      context,
      fetch: (signal) => get(`/api/places/${id}/exceptions`, { signal, query: { from: today(), to: addDays(today(), 365) } }),
      show: (/** @type {Schemas['ExceptionRow'][]} */ rows) => daysView(id, rows, mayChange),
    });
    if (mayChange) {
      view(staff, {
        key: `calibration ${id}`,
        context,
        fetch: (signal) => get(`/api/places/${id}/calibration`, { signal }),
        show: (/** @type {Schemas['CalibrationDetail']} */ detail) => staffView(id, detail, watched),
      });
    }
    if (mayLetIn(id)) {
      view(people, {
        key: `place-users ${id}`,
        context,
        fetch: (signal) => get(`/api/places/${id}/users`, { signal }),
        show: (/** @type {Schemas['PlaceUser'][]} */ rows) => placeUsers(id, rows),
      });
    }
  },
};

/**
 * @param {number} id
 * @param {Schemas['PlaceDetail']} detail
 * @param {boolean} mayChange
 * @param {(made: import('../core/form.js').Form) => HTMLElement} watched
 */
function aboutView(id, { place, boxes, things }, mayChange, watched) {
  const zones = h(
    'datalist',
    { id: 'zones' },
    Intl.supportedValuesOf('timeZone').map((zone) => h('option', { value: zone })),
  );
  return [
    h('h2', null, place.name),
    mayChange
      ? [
          zones,
          watched(
            form({
              fields: [
                { name: 'name', label: t('place.name'), required: true, max: 100, value: place.name },
                {
                  name: 'timezone',
                  label: t('place.zone'),
                  required: true,
                  value: place.timezone,
                  list: 'zones',
                  hint: t('place.zoneHint'),
                },
              ],
              action: t('place.save'),
              run: async (values) => {
                const before = { name: place.name, timezone: place.timezone };
                await put(`/api/places/${id}`, values);
                renew();
                notice(t('place.saved'), { undo: () => put(`/api/places/${id}`, before).then(renew) });
              },
            }),
          ),
        ]
      : h('p', { class: 'soft' }, place.timezone),
    h('p', null, h('a', { href: `/locations?view=map&place=${id}` }, t('place.onMap'))),
    h('h2', null, t('place.boxes')),
    boxes.length === 0
      ? empty(
          t('place.noBoxes'),
          mayChange ? h('button', { type: 'button', class: 'button', onclick: () => joinCode(id) }, t('place.code')) : null,
        )
      : [
          h(
            'ul',
            { class: 'plain lines' },
            boxes.map((box) => h('li', { class: 'line' }, h('span', null, box.device_id), sinceWhen(box))),
          ),
          mayChange
            ? h(
                'div',
                { class: 'actions start' },
                h('button', { type: 'button', class: 'button', onclick: () => joinCode(id) }, t('place.code')),
              )
            : null,
        ],
    things.length > 0
      ? [
          h('h2', null, t('place.things')),
          h(
            'ul',
            { class: 'plain lines' },
            things.map((thing) =>
              h(
                'li',
                { class: 'line', data: { thing: thing.device_id } },
                thing.until
                  ? h('span', null, thing.device_id)
                  : h('a', { href: `/things/${encodeURIComponent(thing.device_id)}` }, thing.device_id),
                sinceWhen(thing),
              ),
            ),
          ),
        ]
      : null,
  ];

  function renew() {
    refresh(`place ${id}`);
    refresh('places');
    refresh(`figures ${id} `);
  }
}

/** @param {{ from: string | null, until: string | null }} device */
function sinceWhen({ from, until }) {
  return h(
    'span',
    { class: 'soft small' },
    until ? t('place.until', { day: day(until) }) : from ? t('place.since', { day: day(from) }) : '',
  );
}

/** @param {number} id */
async function joinCode(id) {
  await attempt(null, async () => {
    /** @type {Schemas['JoinCode']} */
    const code = await post(`/api/places/${id}/codes`);
    openDialog({
      title: t('place.code'),
      body: h(
        'div',
        { class: 'prose' },
        h('p', null, t('place.codeWhy')),
        h('p', { class: 'secret big' }, code.code),
        h('p', { class: 'soft small' }, t('place.codeUntil', { time: dateTime(code.expires_at) })),
      ),
      actions: (close) => h('button', { type: 'button', class: 'button', onclick: () => close() }, t('dialog.close')),
    });
  });
}

/**
 * @param {number} id
 * @param {Schemas['HoursChange'] | null} hours
 * @param {boolean} mayChange
 */
function hoursView(id, hours, mayChange) {
  const spansOf = (/** @type {typeof weekdays[number]} */ name) => /** @type {any} */ (hours)?.[name];
  if (!mayChange) {
    return [
      h('h2', null, t('place.hours')),
      hours
        ? h(
            'dl',
            { class: 'pairs' },
            weekdays.map((name, index) =>
              h('div', null, h('dt', null, dayName(index)), h('dd', null, spansText(spansOf(name)) || t('place.closed'))),
            ),
          )
        : empty(t('place.noHours')),
    ];
  }
  const made = form({
    label: t('place.hours'),
    fields: weekdays.map((name, index) => ({
      name,
      label: dayName(index),
      value: spansText(spansOf(name)),
      check: (/** @type {string} */ value) => (readSpans(value) === null ? t('place.spansRule') : null),
    })),
    action: t('place.saveHours'),
    run: async (values) => {
      const before = hours;
      await put(`/api/places/${id}/hours`, Object.fromEntries(weekdays.map((name) => [name, readSpans(values[name]) ?? []])));
      renew();
      notice(t('place.hoursSaved'), {
        undo: () => (before ? put(`/api/places/${id}/hours`, before) : del(`/api/places/${id}/hours`)).then(renew),
      });
    },
    extra: h(
      'button',
      {
        type: 'button',
        class: 'button',
        onclick: () => {
          const first = made.input('monday').value;
          for (const name of weekdays.slice(1, 5)) {
            made.input(name).value = first;
          }
        },
      },
      t('place.copyMonday'),
    ),
  });
  made.el.classList.add('hours-form');
  return [
    h('h2', null, t('place.hours')),
    h('p', { class: 'soft' }, hours ? t('place.hoursHint') : `${t('place.noHours')} ${t('place.hoursHint')}`),
    made.el,
  ];

  function renew() {
    refresh(`place ${id}`);
    refresh(`figures ${id} `);
    refresh(`heat ${id} `);
  }
}

/**
 * @param {number} id
 * @param {Schemas['ExceptionRow'][]} rows
 * @param {boolean} mayChange
 */
function daysView(id, rows, mayChange) {
  const renew = () => {
    refresh(`place-days ${id}`);
    refresh(`figures ${id} `);
  };
  const save = (/** @type {string} */ date, /** @type {string[]} */ open, /** @type {string | null} */ note) =>
    put(`/api/places/${id}/exceptions/${date}`, { open, ...(note ? { note } : {}) }).then(renew);
  return [
    h('h2', null, t('place.days')),
    rows.length === 0
      ? h('p', { class: 'soft' }, t('place.noDays'))
      : h(
          'ul',
          { class: 'plain lines' },
          rows.map((row) =>
            h(
              'li',
              { class: 'line' },
              h(
                'span',
                null,
                day(row.day),
                ': ',
                row.open.length > 0 ? spansText(row.open) : t('place.closed'),
                row.note ? h('span', { class: 'soft' }, ` ${row.note}`) : null,
              ),
              mayChange
                ? h(
                    'button',
                    {
                      type: 'button',
                      class: 'link',
                      onclick: (/** @type {any} */ event) =>
                        attempt(event.currentTarget, async () => {
                          await del(`/api/places/${id}/exceptions/${row.day}`);
                          renew();
                          notice(t('place.dayRemoved', { day: day(row.day) }), { undo: () => save(row.day, row.open, row.note) });
                        }),
                    },
                    t('count.remove'),
                    h('span', { class: 'hidden-text' }, ` ${day(row.day)}`),
                  )
                : null,
            ),
          ),
        ),
    mayChange
      ? h(
          'details',
          null,
          h('summary', null, t('place.addDay')),
          form({
            fields: [
              { name: 'day', label: t('place.day'), type: 'date', required: true },
              {
                name: 'open',
                label: t('place.openThen'),
                hint: t('place.openThenHint'),
                check: (value) => (readSpans(value) === null ? t('place.spansRule') : null),
              },
              { name: 'note', label: t('place.why'), max: 100 },
            ],
            action: t('place.saveDay'),
            run: async (values) => {
              await save(values.day, readSpans(values.open) ?? [], values.note || null);
              notice(t('place.saved'));
            },
          }).el,
        )
      : null,
  ];
}

/**
 * @param {number} id
 * @param {Schemas['CalibrationDetail']} detail
 * @param {(made: import('../core/form.js').Form) => HTMLElement} watched
 */
function staffView(id, detail, watched) {
  const { staff, stay } = detail;
  const renew = () => {
    refresh(`calibration ${id}`);
    refresh(`figures ${id} `);
  };
  const staffForm = form({
    label: t('place.staff'),
    fields: weekdays.map((name, index) => ({
      name,
      label: dayName(index),
      type: 'number',
      step: 'any',
      min: 0,
      max: 1000,
      value: staff ? String(/** @type {any} */ (staff)[name] || '') : '',
    })),
    action: t('place.saveStaff'),
    run: async (values) => {
      const before = staff;
      await put(`/api/places/${id}/staff`, Object.fromEntries(weekdays.map((name) => [name, values[name] ?? 0])));
      renew();
      notice(t('place.saved'), {
        undo: () => (before ? put(`/api/places/${id}/staff`, before) : del(`/api/places/${id}/staff`)).then(renew),
      });
    },
  });
  staffForm.el.classList.add('hours-form');
  return [
    h('h2', null, t('place.staff')),
    h('p', { class: 'soft' }, t('place.staffWhy')),
    watched(staffForm),
    h('h2', null, t('place.stay')),
    h(
      'p',
      { class: 'soft' },
      stay ? t(stay.source === 'owner' ? 'sure.stayOwner' : 'sure.stayCounts', { minutes: number(stay.minutes) }) : t('place.stayWhy'),
    ),
    watched(
      form({
        label: t('place.stay'),
        fields: [
          {
            name: 'minutes',
            label: t('place.stayMinutes'),
            type: 'number',
            required: true,
            min: 1,
            max: 1440,
            value: stay?.source === 'owner' ? String(Math.round(stay.minutes)) : '',
          },
        ],
        action: t('place.saveStay'),
        run: async (values) => {
          await put(`/api/places/${id}/stay`, values);
          renew();
          notice(t('place.saved'));
        },
        extra:
          stay?.source === 'owner'
            ? h(
                'button',
                {
                  type: 'button',
                  class: 'button',
                  onclick: (/** @type {any} */ event) =>
                    attempt(event.currentTarget, async () => {
                      await del(`/api/places/${id}/stay`);
                      renew();
                    }),
                },
                t('place.forgetStay'),
              )
            : null,
      }),
    ),
    h('p', null, h('a', { href: `/calibrate/${id}` }, t('place.toCount'))),
  ];
}
