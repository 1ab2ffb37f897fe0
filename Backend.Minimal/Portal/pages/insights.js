// My Store Insights: today's number first, how sure it is in one sentence, then what is behind it.

import { may } from '../core/access.js';
import { get, now } from '../core/api.js';
import { open as openDialog } from '../core/dialog.js';
import { data, throttle, fill, h } from '../core/dom.js';
import { addDays, day, number, percentRange, time } from '../core/format.js';
import { on } from '../core/live.js';
import { choosePlace, rememberPlace, watchPlaces } from '../core/places.js';
import { go } from '../core/router.js';
import { empty, failed, loading, view } from '../core/states.js';
import { refresh } from '../core/store.js';
import { t } from '../core/text.js';
import { chart } from '../parts/chart.js';
import { heat, heatKey } from '../parts/heat.js';
import { periodOf, periodPicker, periodQuery } from '../parts/period.js';
import { guessText, rangeText, shares } from '../parts/range.js';
import { baseName, headline, hourName, qualityNotes, sureness } from '../parts/words.js';
import { demoNote, tryDemo } from './demo-part.js';

/** @typedef {import('api-types').components['schemas']} Schemas */
/** @typedef {Schemas['PlaceRange']} Figures */
/** @typedef {import('../core/places.js').Place} Place */
/** @typedef {import('../parts/period.js').Period} Period */

/** What days can be compared with; the first unless said. */
const bases = ['usual', 'before', 'week', 'year', 'off'];

/** How often what is on the screen moves by itself, ms. */
const pace = 60_000;

/** @type {import('../core/router.js').Page} */
export const page = {
  title: 'insights.title',
  needs: 'viewer',
  mount(root, context) {
    const placeSelect = h('select', {
      class: 'place-select',
      'aria-label': t('insights.place'),
      onchange: () => {
        rememberPlace(Number(placeSelect.value));
        context.setQuery({ place: placeSelect.value });
        show();
      },
    });
    const picker = periodPicker((from, to) => {
      context.setQuery({ from, to });
      show();
    });
    const versus = h('select', {
      class: 'versus no-print',
      'aria-label': t('insights.versus'),
      onchange: () => {
        context.setQuery({ vs: versus.value === 'usual' ? null : versus.value });
        show();
      },
    });
    // On a phone it stands below the chart: above there is room for place and days only.
    const isWide = matchMedia('(min-width: 900px)');
    const body = h('div', { class: 'insights' });
    const demo = demoNote(context, 0);
    const heatCard = h('section', { class: 'card heat-card' });
    const printHead = h('p', { class: 'print-only' });
    const controls = h('div', { class: 'insights-controls no-print' }, placeSelect, picker.el, versus);
    fill(root, h('div', { class: 'insights-top' }, h('h1', null, t('insights.title')), controls), printHead, demo.el, body);

    /** @type {Place[]} */
    let places = [];
    /** @type {(() => void)[]} */
    let ends = [];
    let placeId = 0;
    const plot = makePlot();
    context.later(() => plot.destroy());

    const stop = () => {
      ends.forEach((end) => end());
      ends = [];
    };
    context.later(stop);

    function show() {
      stop();
      const place = choosePlace(places, context.query.get('place'));
      controls.hidden = !place;
      if (!place) {
        fill(
          body,
          may('operator')
            ? empty(t('insights.noPlace'), h('a', { class: 'button primary', href: '/start' }, t('insights.setUp')), tryDemo())
            : empty(t('insights.noPlaceYours')),
        );
        context.ready();
        return;
      }
      placeId = place.id;
      if (context.query.has('place') && context.query.get('place') !== String(place.id)) {
        // One that there is not, or that is not ours to see: the address says what is shown.
        context.setQuery({ place: String(place.id) }, { replace: true });
      }
      demo.show(place.id);
      const period = periodOf(context.query, place.timezone);
      const asked = context.query.get('vs') ?? '';
      const vs = bases.includes(asked) ? asked : bases[0];
      fill(
        placeSelect,
        places.map((one) => h('option', { value: one.id, selected: one.id === place.id }, one.name)),
      );
      placeSelect.classList.toggle('only', places.length === 1);
      picker.show(period, place.timezone);
      fill(
        versus,
        bases.map((name) => h('option', { value: name, selected: name === vs }, t(`vs.${name}`))),
      );
      fill(
        printHead,
        [
          place.name,
          period.from === period.to ? day(period.from, undefined, 'long') : `${day(period.from)} – ${day(period.to)}`,
          place.timezone,
        ].join(' · '),
      );
      const main = h('div', { class: 'insights-main' });
      const lower = h('div', { class: 'insights-lower' });
      fill(body, main, heatCard, lower);
      ends.push(
        view(main, {
          key: `figures ${place.id} ${period.from} ${period.to} ${vs}`,
          context,
          lines: 8,
          shown: placeVersus,
          fetch: (signal) =>
            get(`/api/places/${place.id}/figures`, {
              signal,
              query: { ...periodQuery(period), by: period.from === period.to ? 'hour' : 'day', vs },
            }),
          show: (/** @type {Figures} */ figures) => {
            fill(lower, lowerView(figures));
            return figuresView(figures, period, vs, plot);
          },
        }),
      );
      ends.push(
        view(heatCard, {
          key: `heat ${place.id} ${period.to}`,
          context,
          lines: 8,
          isAside: true,
          fetch: (signal) => get(`/api/places/${place.id}/heat`, { signal, query: { until: period.to, weeks: 8 } }),
          show: heatView,
        }),
      );
    }

    function placeVersus() {
      const home = isWide.matches ? root.querySelector('.insights-controls') : root.querySelector('.chart-card');
      if (home && versus.parentElement !== home) {
        home.append(versus);
      }
    }
    isWide.addEventListener('change', placeVersus);
    context.later(() => isWide.removeEventListener('change', placeVersus));

    fill(body, loading(8));
    context.later(
      watchPlaces((entry) => {
        if (entry.value && entry.value !== places) {
          const isFirst = places.length === 0;
          places = entry.value;
          if (isFirst || !places.some((place) => place.id === placeId)) {
            show();
          }
        } else if (!entry.value && entry.error) {
          fill(
            body,
            failed(entry.error, () => refresh('places'), entry.retryAt),
          );
          context.ready();
        }
      }),
    );

    // What comes in moves the number, but not more than once a minute: nobody can read a number that dances.
    let last = 0;
    const renew = () => {
      last = Date.now();
      refresh(`figures ${placeId} `);
    };
    const later = throttle(renew, 1500);
    let timer = 0;
    const news = () => {
      clearTimeout(timer);
      const wait = last + pace - Date.now();
      if (wait <= 0) {
        later();
      } else {
        timer = window.setTimeout(renew, wait);
      }
    };
    context.later(on('reading', news));
    context.later(
      on(
        'device',
        throttle(() => refresh(`figures ${placeId} `), 1500),
      ),
    );
    context.later(() => clearTimeout(timer));
    watchKeys(context, picker, versus);

    return {
      query: (query) => {
        context.query = query;
        show();
      },
    };
  },
};

/**
 * `t y w m` choose a period, arrows step, `c` compares.
 * @param {import('../core/router.js').Context} context
 * @param {ReturnType<typeof periodPicker>} picker
 * @param {HTMLSelectElement} versus
 */
function watchKeys(context, picker, versus) {
  const press = (/** @type {KeyboardEvent} */ event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      event.defaultPrevented ||
      document.querySelector('dialog[open]') ||
      target.matches('input, select, textarea') ||
      localStorage.getItem('jambox-keys-off')
    ) {
      return;
    }
    const period = { t: 'today', y: 'yesterday', w: 'week', m: 'month' }[event.key];
    if (period) {
      picker.pick(period);
    } else if (event.key === 'ArrowLeft') {
      picker.step(-1);
    } else if (event.key === 'ArrowRight') {
      picker.step(1);
    } else if (event.key === 'c') {
      versus.focus();
    }
  };
  document.addEventListener('keydown', press);
  context.later(() => document.removeEventListener('keydown', press));
}

/** The chart, made once: new figures move it. */
function makePlot() {
  /** @type {ReturnType<typeof chart> | null} */
  let made = null;
  return {
    /** @param {import('../parts/chart.js').ChartOptions} options */
    show(options) {
      if (made) {
        made.set(options);
      } else {
        made = chart(options);
      }
      return made.el;
    },
    destroy() {
      made?.destroy();
    },
  };
}

/**
 * @param {Figures} figures
 * @param {Period} period
 * @param {string} vs
 * @param {ReturnType<typeof makePlot>} plot
 */
function figuresView(figures, period, vs, plot) {
  const mayCount = may('owner', figures.place_id);
  const head = headline(figures, period, {
    opens: period.name === 'today' && figures.quality.listened_s === 0 ? opensAgain(figures) : null,
    count: mayCount ? `/calibrate/${figures.place_id}` : null,
    place: mayCount ? `/places/${figures.place_id}` : null,
    sure: h('button', { type: 'button', class: 'link no-print', data: { key: 'sure' }, onclick: () => howSure(figures) }, t('sure.title')),
  });
  const notes = qualityNotes(figures, whatToDo);
  const options = chartOptions(figures, vs);
  return [
    h(
      'section',
      { class: 'card number-card' },
      h('h2', { class: 'number-title' }, head.title),
      h('p', { class: `number${head.isOld ? ' old' : ''}${head.isNumber ? '' : ' words'}`, data: { test: 'headline' } }, head.big),
      h('div', { class: 'number-small' }, head.small),
      notes.length > 0 ? qualityView(notes) : null,
    ),
    h('section', { class: 'card chart-card' }, plot.show(options)),
    facts(figures),
  ];
}

/**
 * When the place is open again; asked for only where nothing else is to be said.
 * @param {Figures} figures
 */
function opensAgain({ place_id: id, timezone: zone, first_day: here }) {
  const el = h('span', { data: { test: 'opens' } });
  get(`/api/places/${id}/open`, { query: { from: here, until: addDays(here, 14) } })
    .then((/** @type {Schemas['OpenDay'][]} */ days) => {
      const next = days
        .flatMap((one) => one.open.map((span) => ({ day: one.day, at: span.from })))
        .find((one) => Date.parse(one.at) > now());
      if (next) {
        const key =
          next.day === here ? 'headline.opensToday' : next.day === addDays(here, 1) ? 'headline.opensTomorrow' : 'headline.opensOn';
        fill(el, t(key, { day: day(next.day, undefined, 'weekday'), time: time(next.at, zone) }));
      }
    })
    // Without an answer the page says that it is closed, and no more.
    .catch(() => {});
  return el;
}

/** Whether all notes are shown: news of a box does not fold them. */
let isAll = false;

/** @param {HTMLElement[]} notes The first is shown, the others when asked for. */
function qualityView(notes) {
  const others = h('div', { class: 'stack', hidden: !isAll }, notes.slice(1));
  const more = h(
    'button',
    {
      type: 'button',
      class: 'link small no-print',
      'aria-expanded': String(isAll),
      data: { key: 'notes' },
      onclick: () => {
        isAll = !isAll;
        others.hidden = !isAll;
        more.setAttribute('aria-expanded', String(isAll));
      },
    },
    t('quality.more', { n: notes.length - 1 }),
  );
  if (notes.length > 1) {
    notes[0].lastElementChild?.append(' ', more);
  }
  return [notes[0], others];
}

/** @param {Figures} figures */
function lowerView(figures) {
  return [
    h('section', { class: 'card third' }, h('h2', null, t('zones.title')), zonesView(figures)),
    h('section', { class: 'card third' }, h('h2', null, t('stays.title')), staysView(figures)),
    h('section', { class: 'card third' }, h('h2', null, t('phones.title')), phonesView(figures)),
    h(
      'div',
      { class: 'row no-print exports' },
      h('button', { type: 'button', class: 'button', onclick: () => saveCsv(figures) }, t('insights.csv')),
      h('button', { type: 'button', class: 'button', onclick: () => window.print() }, t('insights.print')),
    ),
  ];
}

/** @param {Figures} figures */
function facts(figures) {
  const { busiest_hour: busiest, zones } = figures;
  const isRough = figures.certainty.state === 'activity';
  return !busiest && !zones.turn_in
    ? null
    : h(
        'dl',
        { class: 'card facts' },
        busiest
          ? h(
              'div',
              null,
              h('dt', null, t('facts.busiest')),
              h(
                'dd',
                null,
                data('busiest', busiest.people.value, hourName(busiest.label)),
                figures.first_day === figures.last_day ? null : h('span', null, `, ${day(busiest.label.slice(0, 10))}`),
                isRough ? null : h('span', { class: 'soft small' }, ` ${t('facts.people', { range: rangeText(busiest.people) })}`),
              ),
            )
          : null,
        zones.turn_in
          ? h(
              'div',
              null,
              h('dt', null, t('facts.turnIn')),
              h('dd', null, data('turn-in', zones.turn_in.value, percentRange(zones.turn_in.low, zones.turn_in.high))),
            )
          : null,
      );
}

/**
 * @param {Figures} figures
 * @param {string} vs
 * @returns {import('../parts/chart.js').ChartOptions}
 */
function chartOptions(figures, vs) {
  const isDay = figures.by !== 'day';
  const isRelative = figures.certainty.state === 'activity';
  const hasVisitors = !isRelative && figures.rows.some((row) => row.visitors);
  const figureOf = (/** @type {Figures['rows'][number]} */ row) =>
    isRelative
      ? row.activity === null
        ? null
        : { low: row.activity, value: row.activity, high: row.activity }
      : hasVisitors
        ? row.visitors
        : row.people;
  // What they are compared with is a level; it is drawn in the unit of the bars by what level and bars are to each other.
  let [level, unit] = [0, 0];
  for (const row of figures.rows) {
    const figure = figureOf(row);
    if (figure && row.activity !== null) {
      level += row.activity;
      unit += figure.value;
    }
  }
  const scale = isRelative ? 1 : level > 0 ? unit / level : null;
  const rows = figures.rows.filter((row) => !isDay || row.open_s > 0 || row.people !== null || row.then !== null);
  const what = isRelative ? 'activity' : hasVisitors ? 'visitors' : 'people';
  return {
    kind: isDay ? 'bars' : 'line',
    label: t(isDay ? `chart.hours_${what}` : `chart.days_${what}`),
    unit: t(`chart.unit_${what}`),
    thenLabel: vs === 'off' || !figures.then || scale === null ? null : baseName(figures, figures.then.vs),
    stale: figures.certainty.state === 'stale',
    relative: isRelative,
    rows: rows.map((row) => ({
      label: isDay ? String(Number(row.label.slice(11, 13))) : day(row.label.slice(0, 10)),
      name: isDay ? hourName(row.label) : day(row.label.slice(0, 10), undefined, 'long'),
      figure: figureOf(row),
      then: row.then === null || scale === null || vs === 'off' ? null : row.then * scale,
      gap: row.gap === null || row.gap === 'closed' || row.gap === 'ahead' ? null : t(`gap.${row.gap}`),
      soFar: row.so_far,
    })),
  };
}

/** @param {Schemas['HeatMap']} map */
function heatView(map) {
  const table = heat({ cells: map.cells, most: map.most, label: t('heat.title') });
  return [
    h('div', { class: 'chart-head' }, h('h2', null, t('heat.title')), table ? heatKey() : null),
    table ?? empty(t('heat.empty')),
    table ? h('p', { class: 'soft small' }, t('heat.from', { from: day(map.first_day), to: day(map.last_day) })) : null,
  ];
}

/** @param {Figures} figures */
function zonesView({ zones }) {
  const rows = [
    { key: 'counter', label: t('zones.counter'), value: zones.counter },
    { key: 'store', label: t('zones.store'), value: zones.store },
    { key: 'window', label: t('zones.window'), value: zones.window },
    { key: 'past', label: t('zones.past'), value: zones.past },
  ];
  return rows.every((row) => row.value === 0)
    ? empty(t('figures.none'))
    : [
        shares('zone', rows),
        zones.turn_in
          ? h('p', { class: 'soft small' }, t('zones.turnIn', { range: percentRange(zones.turn_in.low, zones.turn_in.high) }))
          : null,
      ];
}

/** @param {Figures} figures */
function staysView({ stays }) {
  const rows = [
    { key: 'glance', label: t('stays.glance'), hint: t('stays.glanceHint'), value: stays.glance },
    { key: 'browsing', label: t('stays.browsing'), hint: t('stays.browsingHint'), value: stays.browsing },
    { key: 'shopping', label: t('stays.shopping'), hint: t('stays.shoppingHint'), value: stays.shopping },
    { key: 'loyal', label: t('stays.loyal'), hint: t('stays.loyalHint'), value: stays.loyal },
  ];
  return rows.every((row) => row.value === 0)
    ? empty(t('figures.none'))
    : [shares('stay', rows), h('p', { class: 'soft small' }, t('stays.note'))];
}

/** @param {Figures} figures */
function phonesView({ phones }) {
  if (!phones) {
    return empty(t('figures.none'));
  }
  const { apple } = phones;
  return [
    h('p', { class: 'phones' }, t('phones.apple'), ' ', data('apple', apple.value, percentRange(apple.low, apple.high))),
    h('p', { class: 'phones' }, t('phones.other'), ' ', data('other', 1 - apple.value, percentRange(1 - apple.high, 1 - apple.low))),
    h('p', { class: 'soft small' }, t(phones.basis === 'in_use' ? 'phones.from' : 'phones.fromAll', { n: apple.from })),
  ];
}

/** @param {Figures} figures */
function howSure(figures) {
  const { certainty, quality, stay } = figures;
  const mayCount = may('owner', figures.place_id);
  return openDialog({
    title: t('sure.title'),
    body: h(
      'div',
      { class: 'prose' },
      h('p', null, sureness(figures)),
      h('p', null, t('sure.staff')),
      stay ? h('p', null, t(stay.source === 'owner' ? 'sure.stayOwner' : 'sure.stayCounts', { minutes: number(stay.minutes) })) : null,
      h('p', null, t('sure.listened', { heard: number(quality.listened_s / 3600, 1), open: number(quality.open_s / 3600, 1) })),
      figures.people ? h('p', null, t('sure.people', { range: rangeText(figures.people), guess: guessText(figures.people) })) : null,
      certainty.state === 'activity' ? h('p', null, t('sure.why')) : null,
      h('p', { class: 'soft small' }, t('sure.asOf', { time: time(figures.as_of, figures.timezone) })),
    ),
    actions: (close) => [
      mayCount
        ? h(
            'button',
            {
              type: 'button',
              class: 'button',
              onclick: () => {
                close();
                go(`/calibrate/${figures.place_id}`);
              },
            },
            t('headline.countNow'),
          )
        : null,
      h('button', { type: 'button', class: 'button', onclick: () => close() }, t('dialog.close')),
    ],
  });
}

function whatToDo() {
  openDialog({
    title: t('silent.title'),
    body: h(
      'ol',
      { class: 'prose' },
      ['silent.power', 'silent.light', 'silent.move', 'silent.ask'].map((key) => h('li', null, t(key))),
    ),
    actions: (close) => h('button', { type: 'button', class: 'button', onclick: () => close() }, t('dialog.close')),
  });
}

/**
 * Saves the rows that are shown. A name that a spreadsheet would run is made text.
 * @param {Figures} figures
 */
function saveCsv(figures) {
  const cell = (/** @type {any} */ value) => {
    const text = value === null || value === undefined ? '' : String(value);
    return `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
  };
  const rows = [
    ['place', 'zone', 'time', 'visitors_low', 'visitors', 'visitors_high', 'people_low', 'people', 'people_high', 'coverage', 'gap'],
    ...figures.rows.map((row) => [
      figures.place,
      figures.timezone,
      row.label,
      row.visitors?.low,
      row.visitors?.value,
      row.visitors?.high,
      row.people?.low,
      row.people?.value,
      row.people?.high,
      row.coverage,
      row.gap,
    ]),
  ];
  const link = h('a', {
    href: URL.createObjectURL(new Blob([`\ufeff${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`], { type: 'text/csv' })),
    download: `visitors-${figures.first_day}-${figures.last_day}.csv`,
  });
  link.click();
}
