// Reports of a week or a month: as PDF and CSV now, and by mail.

import { access } from '../core/access.js';
import { currentKey, download, get, put } from '../core/api.js';
import { attempt, notice } from '../core/dialog.js';
import { fill, h } from '../core/dom.js';
import { form } from '../core/form.js';
import { addDays, dayRange, today } from '../core/format.js';
import { choosePlace, rememberPlace, watchPlaces } from '../core/places.js';
import { empty, failed, loading, view } from '../core/states.js';
import { refresh } from '../core/store.js';
import { languageCode, languages, locale, t } from '../core/text.js';
import { demoNote } from './demo-part.js';

/** @typedef {import('api-types').components['schemas']} Schemas */
/** @typedef {import('../core/places.js').Place} Place */

/** Periods that are offered: so many back. */
const offered = { week: 8, month: 12 };

/** @type {import('../core/router.js').Page} */
export const page = {
  title: 'reports.title',
  needs: 'viewer',
  mount(root, context) {
    const now = h('section', { class: 'card' });
    const mail = h('section', { class: 'card' });
    fill(
      root,
      h('h1', null, t('reports.title')),
      demoNote(context, null).el,
      h('div', { class: 'place-grid' }, h('div', null, now), h('div', null, mail)),
    );
    fill(now, loading(4));
    context.later(
      watchPlaces((entry) => {
        if (entry.value) {
          fill(now, downloads(entry.value));
          context.ready();
        } else if (entry.error) {
          fill(
            now,
            failed(entry.error, () => refresh('places'), entry.retryAt),
          );
          context.ready();
        }
      }),
    );
    if (currentKey()) {
      fill(mail, h('h2', null, t('reports.mail')), empty(t('reports.mailUsers')));
    } else {
      view(mail, {
        key: 'report-choice',
        context,
        isAside: true,
        fetch: (signal) => get('/api/report-choice', { signal }),
        show: mailView,
      });
    }
  },
};

/** @param {Place[]} places */
function downloads(places) {
  const place = choosePlace(places, null);
  if (!place) {
    return empty(t('insights.noPlaceYours'));
  }
  const placeSelect = h(
    'select',
    { id: 'report-place', onchange: () => rememberPlace(Number(placeSelect.value)) },
    places.map((one) => h('option', { value: one.id, selected: one.id === place.id }, one.name)),
  );
  const kind = h(
    'select',
    { id: 'report-kind', onchange: () => fillDays() },
    h('option', { value: 'week' }, t('reports.week')),
    h('option', { value: 'month' }, t('reports.month')),
  );
  const days = h('select', { id: 'report-days' });
  const fillDays = () =>
    fill(
      days,
      periods(kind.value, place.timezone).map(([of, text]) => h('option', { value: of }, text)),
    );
  fillDays();
  const save = (/** @type {string} */ type, /** @type {Record<string, string>} */ more) => (/** @type {any} */ event) =>
    attempt(event.currentTarget, () =>
      download(`/api/reports/${placeSelect.value}.${type}`, `report-${kind.value}-${days.value}.${type}`, {
        query: { period: kind.value, of: days.value, ...more },
      }),
    );
  const field = (/** @type {string} */ label, /** @type {HTMLSelectElement} */ select) =>
    h('div', { class: 'field' }, h('label', { for: select.id }, label), select);
  return [
    h('h2', null, t('reports.now')),
    field(t('insights.place'), placeSelect),
    field(t('reports.kind'), kind),
    field(t('period.label'), days),
    h(
      'div',
      { class: 'actions start' },
      h('button', { type: 'button', class: 'button primary', onclick: save('pdf', { language: languageCode() }) }, t('reports.pdf')),
      h('button', { type: 'button', class: 'button', onclick: save('csv', { by: 'day' }) }, t('reports.csvDays')),
      h('button', { type: 'button', class: 'button', onclick: save('csv', { by: 'hour' }) }, t('reports.csvHours')),
    ),
  ];
}

/**
 * The periods that are over, newest first: a day in each, and its name.
 * @param {string} kind week or month.
 * @param {string} zone
 * @returns {[string, string][]}
 */
function periods(kind, zone) {
  const now = today(zone);
  if (kind === 'week') {
    const weekday = (new Date(`${now}T00:00:00Z`).getUTCDay() + 6) % 7;
    return Array.from({ length: offered.week }, (_, index) => {
      const monday = addDays(now, -weekday - 7 * (index + 1));
      return [monday, dayRange(monday, addDays(monday, 6))];
    });
  }
  const name = new Intl.DateTimeFormat(locale(), { month: 'long', year: 'numeric', timeZone: 'UTC' });
  return Array.from({ length: offered.month }, (_, index) => {
    const first = new Date(Date.UTC(Number(now.slice(0, 4)), Number(now.slice(5, 7)) - 2 - index, 1));
    return [first.toISOString().slice(0, 10), name.format(first)];
  });
}

/** @param {Schemas['ReportChoice']} choice */
function mailView(choice) {
  return [
    h('h2', null, t('reports.mail')),
    access().mail
      ? h('p', { class: 'soft' }, t('reports.mailWhy', { name: access().name ?? '' }))
      : h('p', { class: 'note warning' }, t('reports.noMail')),
    form({
      label: t('reports.mail'),
      fields: [
        { name: 'week', label: t('reports.mailWeek'), type: 'checkbox', value: choice.week },
        { name: 'month', label: t('reports.mailMonth'), type: 'checkbox', value: choice.month },
        {
          name: 'format',
          label: t('reports.format'),
          type: 'select',
          value: choice.format,
          options: [
            ['pdf', 'PDF'],
            ['csv', 'CSV'],
            ['both', t('reports.both')],
          ],
        },
        {
          name: 'language',
          label: t('account.language'),
          type: 'select',
          // Nobody has chosen yet: the language that is read here.
          value: choice.week || choice.month ? choice.language : languageCode(),
          options: Object.entries(languages),
        },
      ],
      action: t('reports.save'),
      run: async (values) => {
        await put('/api/report-choice', { ...values, ...(choice.places ? { places: choice.places } : {}) });
        refresh('report-choice');
        notice(t('place.saved'), {
          undo: () =>
            put('/api/report-choice', {
              week: choice.week,
              month: choice.month,
              format: choice.format,
              language: choice.language,
              ...(choice.places ? { places: choice.places } : {}),
            }).then(() => refresh('report-choice')),
        });
      },
    }).el,
  ];
}
