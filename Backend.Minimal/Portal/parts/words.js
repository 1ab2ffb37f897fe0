// What is said about figures, in plain words: the number, what it is compared with, how sure it is, what is wrong with it.

import { data, h } from '../core/dom.js';
import { dateTime, day, number, time } from '../core/format.js';
import { has, locale, t } from '../core/text.js';
import { busyText, guessText, rangeData, rangeText, ratioWord } from './range.js';
import { shape } from './status.js';

/** @typedef {import('api-types').components['schemas']['PlaceRange']} Figures */
/** @typedef {import('./period.js').Period} Period */
/** @typedef {import('../core/dom.js').Child} Child */

/** Words that go on with "as on a usual Friday" and with "for a Friday"; all others with "than a usual Friday". */
const asOn = ['quieter_half', 'busier_half', 'busier_twice', 'busier_three_times', 'busier_many_times'];
const forA = ['usual', 'hardly_any'];

/** Whether a period still goes on. @param {Figures} figures */
export function goesOn(figures) {
  return Date.parse(figures.until) > Date.parse(figures.as_of);
}

/**
 * Of which days a number is: `Visitors today, so far`.
 * @param {Figures} figures
 * @param {Period} period
 * @param {string} what Group of texts: `visitors` or `people`.
 */
export function titleOf(figures, period, what) {
  const isOpenEnd = goesOn(figures);
  return period.from === period.to
    ? period.name === 'today'
      ? t(isOpenEnd ? `${what}.todaySoFar` : `${what}.today`)
      : period.name === 'yesterday'
        ? t(`${what}.yesterday`)
        : t(`${what}.day`, { day: day(period.from) })
    : t(isOpenEnd ? `${what}.daysSoFar` : `${what}.days`, { from: day(period.from), to: day(period.to) });
}

/**
 * What figures are compared with, named: `a usual Friday`.
 * @param {Figures} figures
 * @param {string} vs usual, before, week, year.
 */
export function baseName(figures, vs) {
  const isDay = figures.first_day === figures.last_day;
  return isDay ? t(`base.${vs}`, { weekday: day(figures.first_day, undefined, 'weekday') }) : t(`bases.${vs}`);
}

/**
 * How busy against the base, as one ratio of the hours that both have.
 * @param {Figures} figures
 * @returns {number | null}
 */
export function ratioOf(figures) {
  if (figures.then?.vs === 'usual' && figures.activity) {
    return figures.activity.ratio;
  }
  let [mine, theirs] = [0, 0];
  for (const row of figures.rows) {
    if (row.activity !== null && row.then !== null) {
      mine += row.activity;
      theirs += row.then;
    }
  }
  return theirs > 0 ? mine / theirs : null;
}

/**
 * How busy, in two parts: large (`A third busier`) and small (`than a usual Friday by 14:00.`).
 * @param {Figures} figures
 * @returns {{ big: string, small: string } | null}
 */
export function comparison(figures) {
  const ratio = ratioOf(figures);
  if (ratio === null || !figures.then) {
    return null;
  }
  const name = figures.then.vs === 'usual' && figures.activity ? figures.activity.word : ratioWord(ratio);
  const base = baseName(figures, figures.then.vs);
  const link = asOn.includes(name) ? 'as' : forA.includes(name) ? 'for' : 'than';
  const isDay = figures.first_day === figures.last_day;
  const isToday = isDay && goesOn(figures);
  const values = { base, weekday: day(figures.first_day, undefined, 'weekday'), time: time(figures.as_of, figures.timezone) };
  if (name === 'usual' && figures.then.vs === 'usual') {
    return { big: busyText(name), small: t(isToday ? 'link.usualBy' : isDay ? 'link.usual' : 'link.usualDays', values) };
  }
  return { big: busyText(name), small: t(isToday ? `link.${link}By` : `link.${link}`, values) };
}

/**
 * The number, or what is said in its place, and the sentence below it.
 * @param {Figures} figures
 * @param {Period} period
 * @param {{ count: string | null, place: string | null, sure: Child, opens?: Child }} links Where one counts, where one says how
 *   long people stay (null = may not); what opens the explanation; when it is open again.
 * @returns {{ title: string, big: Child, small: Child[], isOld: boolean, isNumber: boolean }}
 */
export function headline(figures, period, links) {
  const { certainty, visitors, quality } = figures;
  const versus = comparison(figures);
  const sentence = versus
    ? `${versus.big} ${versus.small}`
    : figures.usual_from
      ? t('headline.usualFrom', { day: day(figures.usual_from, undefined, 'long') })
      : null;
  if (figures.visitors_missing === 'closed') {
    const note = figures.days.find((one) => one.closed && one.note)?.note;
    return {
      title: titleOf(figures, period, 'visitors'),
      big: t(period.name === 'today' ? 'headline.closedToday' : 'headline.closed'),
      small: [note ? `${note}. ` : null, links.opens ?? null],
      isOld: false,
      isNumber: false,
    };
  }
  if (figures.visitors_missing === 'no_figure' || (!visitors && !figures.people)) {
    const nobody = quality.boxes.length === 0;
    const early = quality.open_s === 0;
    return {
      title: titleOf(figures, period, 'visitors'),
      big: t(nobody ? 'headline.noBox' : early ? 'headline.early' : 'headline.noNumber'),
      small: [
        nobody
          ? t('headline.noBoxWhy')
          : early
            ? [links.opens ?? null, ' ', t('headline.earlyWhy')]
            : t('headline.listened', { heard: number(quality.listened_s / 3600, 1), open: number(quality.open_s / 3600, 1) }),
      ],
      isOld: false,
      isNumber: false,
    };
  }
  if (certainty.state === 'activity') {
    return {
      title: titleOf(figures, period, 'activity'),
      big: versus ? data('activity', ratioOf(figures), versus.big) : t('headline.learning'),
      small: [
        h(
          'p',
          null,
          versus
            ? `${versus.small} `
            : figures.usual_from
              ? `${t('headline.usualFrom', { day: day(figures.usual_from, undefined, 'long') })} `
              : `${t('headline.usualLater')} `,
          figures.people ? `${t('headline.roughly', { range: rangeText(figures.people) })} ` : null,
          t('headline.countMore', { n: certainty.counts_needed }),
        ),
        h(
          'p',
          { class: 'row' },
          links.count ? h('a', { href: links.count, class: 'button primary no-print' }, t('headline.countNow')) : null,
          links.sure,
        ),
      ],
      isOld: false,
      isNumber: false,
    };
  }
  const shown = visitors ?? /** @type {any} */ (figures.people);
  return {
    title: titleOf(figures, period, visitors ? 'visitors' : 'people'),
    big: rangeData(visitors ? 'visitors' : 'people', shown),
    small: [
      h('p', null, t('headline.guess', { guess: guessText(shown) }), ' ', sentence),
      h('p', { class: 'soft' }, certainty.state === 'stale' ? shape('odd') : null, sureness(figures), ' ', links.sure),
      !visitors && figures.visitors_missing === 'no_stay'
        ? h('p', { class: 'soft' }, t('headline.noStay'), ' ', links.place ? h('a', { href: links.place }, t('headline.setStay')) : null)
        : null,
    ],
    isOld: certainty.state === 'stale',
    isNumber: true,
  };
}

/**
 * How sure the numbers are, in a sentence.
 * @param {{ certainty: Figures['certainty'], timezone?: string }} figures
 */
export function sureness({ certainty, timezone }) {
  const { counts, counts_needed: more, days_needed: days } = certainty;
  return certainty.state === 'calibrated'
    ? t('sure.calibrated', { n: counts })
    : certainty.state === 'stale'
      ? t('sure.stale', { detail: staleText(certainty, timezone), n: more })
      : certainty.state === 'rough'
        ? [
            t('sure.rough', { n: counts }),
            days > 0 ? t('sure.moreDays', { n: more, days: days + certainty.count_days }) : t('sure.more', { n: more }),
          ].join(' ')
        : t('headline.countMore', { n: more });
}

/**
 * Since when, and why, counts no longer fit. What somebody wrote by hand is shown as they wrote it.
 * @param {Figures['certainty']} certainty
 * @param {string} [zone]
 */
function staleText({ reason, detail, stale_since: since }, zone) {
  const key = `stale.${reason}`;
  return reason === 'manual' || !since || !has(key) ? (detail ?? '') : t(key, { day: day(since, zone) });
}

/**
 * What is wrong with figures, worst first.
 * @param {Figures} figures
 * @param {() => void} help Says what to do about a silent box.
 * @returns {HTMLElement[]}
 */
export function qualityNotes(figures, help) {
  const { quality, timezone } = figures;
  /** @type {HTMLElement[]} */
  const notes = [];
  const note = (/** @type {string} */ shapeName, /** @type {Child[]} */ ...children) =>
    notes.push(h('p', { class: 'quality', data: { test: 'quality' } }, shape(shapeName), h('span', null, ...children)));
  const isNow = goesOn(figures);
  // A box that has missed three of its turns is late; after a day it is silent. In both cases the number stops there.
  const silent = quality.boxes.filter((box) => box.stands_there && (box.state === 'offline' || box.state === 'warning'));
  if (isNow && silent.length > 0) {
    const since = silent
      .map((box) => box.last_seen)
      .filter((at) => at !== null)
      .sort()[0];
    note(
      silent.some((box) => box.state === 'offline') ? 'silent' : 'late',
      since ? t('quality.silent', { since: sinceText(since, figures) }) : t('quality.never'),
      ' ',
      h('button', { type: 'button', class: 'link no-print', onclick: help }, t('quality.help')),
    );
  }
  if (quality.waiting > 0) {
    note(
      'late',
      quality.expected_by
        ? t('quality.waitingBy', { n: quality.waiting, time: time(quality.expected_by, timezone) })
        : t('quality.waiting', { n: quality.waiting }),
    );
  }
  for (const reason of ['no_box', 'power', 'restart', 'offline', 'silent', 'deaf']) {
    const spans = quality.gaps.filter(
      (gap) => gap.reason === reason && !(isNow && silent.length > 0 && Date.parse(gap.until) >= Date.parse(figures.as_of) - 900_000),
    );
    if (spans.length > 0) {
      const isDay = figures.first_day === figures.last_day;
      const shown = spans
        .slice(0, 3)
        .map((gap) => (isDay ? spanText(gap, timezone) : `${dateTime(gap.from, timezone)}–${time(gap.until, timezone)}`));
      note(
        'odd',
        t(`quality.gap_${reason}`, {
          spans: enumerate(spans.length > 3 ? [...shown, t('quality.others', { n: spans.length - 3 })] : shown),
        }),
      );
    }
  }
  if (quality.busy_hours.length > 0) {
    note('odd', t('quality.busy', { hours: enumerate(quality.busy_hours.slice(0, 3).map((label) => hourName(label))) }));
  }
  return notes;
}

/**
 * A moment of today by its time alone, another one with its day.
 * @param {string} at
 * @param {Figures} figures
 */
function sinceText(at, { timezone, as_of: now }) {
  return day(at, timezone) === day(now, timezone) ? time(at, timezone) : dateTime(at, timezone);
}

/**
 * From when until when: `10–11` for full hours, else `10:05–11:20`.
 * @param {{ from: string, until: string }} span
 * @param {string} zone
 */
function spanText({ from, until }, zone) {
  const times = [time(from, zone), time(until, zone)];
  return times.every((one) => one.endsWith(':00')) ? times.map((one) => String(Number(one.slice(0, -3)))).join('–') : times.join('–');
}

/**
 * An hour by its label: `2026-11-27 09:00` → `9–10`.
 * @param {string} label
 */
export function hourName(label) {
  const hour = Number(label.slice(11, 13));
  return `${hour}–${(hour + 1) % 24 || 24}`;
}

/**
 * Names one after the other: `A, B and C`.
 * @param {string[]} items
 */
export function enumerate(items) {
  return new Intl.ListFormat(locale()).format(items);
}
