// Who changed what, from where, and when: newest first, part by part.

import { download, get } from '../core/api.js';
import { attempt } from '../core/dialog.js';
import { data, throttle, fill, h } from '../core/dom.js';
import { addDays, dateTime } from '../core/format.js';
import { loadPlaces } from '../core/places.js';
import { empty, failed, loading } from '../core/states.js';
import { t, word } from '../core/text.js';
import { readable } from './people-part.js';
import { whoName } from './who-part.js';

/** @typedef {import('api-types').components['schemas']['AuditRow']} Row */

/** Lines of a part. */
const step = 50;

/** What was changed, by the word before the dot of an action. */
const groups = ['user', 'key', 'place', 'device', 'ota', 'rollout', 'deployment', 'gateway', 'alert'];

/** @type {import('../core/router.js').Page} */
export const page = {
  title: 'audit.title',
  needs: 'admin',
  texts: 'people',
  mount(root, context) {
    const field = (/** @type {string} */ name, /** @type {string} */ type, /** @type {string} */ label) => {
      const id = `audit-${name}`;
      const input = h('input', { id, type, name, value: context.query.get(name) ?? '', oninput: changed, autocomplete: 'off' });
      return { input, el: h('div', { class: 'field' }, h('label', { for: id }, label), input) };
    };
    const who = field('who', 'text', t('audit.who'));
    const target = field('target', 'text', t('audit.target'));
    const from = field('from', 'date', t('period.from'));
    const to = field('to', 'date', t('period.to'));
    const what = h(
      'select',
      { id: 'audit-what', onchange: () => ask() },
      h('option', { value: '' }, t('audit.everything')),
      groups.map((group) => h('option', { value: group, selected: group === context.query.get('action') }, t(`audit.group_${group}`))),
    );
    const rows = h('ul', { class: 'plain lines', 'aria-label': t('audit.title') });
    const foot = h('div');
    const askSoon = throttle(() => ask(), 300);
    /** Which question the newest answer must be of. */
    let asked = 0;
    let count = 0;
    // Names of places are worth waiting for, but not what the page hangs on.
    const places = loadPlaces(context.signal).catch(() => []);

    fill(
      root,
      h(
        'div',
        { class: 'fleet-head' },
        h('h1', null, t('audit.title')),
        h(
          'button',
          {
            type: 'button',
            class: 'button',
            onclick: (/** @type {any} */ event) =>
              attempt(event.currentTarget, () => download('/api/audit.csv', 'audit.csv', { query: query() })),
          },
          t('insights.csv'),
        ),
      ),
      h(
        'form',
        {
          class: 'audit-filters',
          role: 'search',
          'aria-label': t('audit.filter'),
          onsubmit: (/** @type {Event} */ event) => event.preventDefault(),
        },
        who.el,
        h('div', { class: 'field' }, h('label', { for: what.id }, t('audit.what')), what),
        target.el,
        from.el,
        to.el,
      ),
      h('section', { class: 'card' }, rows, foot),
    );
    ask();

    function changed() {
      askSoon();
    }

    /** What the API is asked: days are the reader's own, from midnight to midnight. */
    function query() {
      const midnight = (/** @type {string} */ of) => new Date(`${of}T00:00`).toISOString();
      return {
        who: who.input.value.trim(),
        action: what.value,
        target: target.input.value.trim(),
        from: from.input.value && midnight(from.input.value),
        until: to.input.value && midnight(addDays(to.input.value, 1)),
      };
    }

    /** Asks anew, from the newest. */
    function ask() {
      context.setQuery(
        {
          who: who.input.value.trim(),
          action: what.value,
          target: target.input.value.trim(),
          from: from.input.value,
          to: to.input.value,
        },
        { replace: true },
      );
      count = 0;
      fill(rows);
      fill(foot, loading(5));
      asked += 1;
      part(asked, null);
    }

    /**
     * @param {number} mine
     * @param {string | null} next Address of the part; null = the first one.
     */
    async function part(mine, next) {
      try {
        /** @type {Response} */
        const answer = next
          ? await get(next, { signal: context.signal, whole: true })
          : await get('/api/audit', { signal: context.signal, whole: true, query: { ...query(), limit: step } });
        /** @type {Row[]} */
        const some = await answer.json();
        const known = await places;
        if (mine !== asked) {
          return;
        }
        count += some.length;
        rows.append(...some.map((row) => line(row, known)));
        const older = /<([^>]+)>; rel="next"/.exec(answer.headers.get('Link') ?? '')?.[1] ?? null;
        fill(
          foot,
          count === 0
            ? empty(t('audit.none'))
            : h('p', { class: 'soft', role: 'status' }, data('audit-lines', count, t('audit.lines', { n: count }))),
          older
            ? h(
                'button',
                {
                  type: 'button',
                  class: 'button',
                  onclick: (/** @type {any} */ event) => {
                    event.currentTarget.disabled = true;
                    part(mine, older);
                  },
                },
                t('list.older'),
              )
            : null,
        );
      } catch (fault) {
        if (context.signal.aborted || mine !== asked) {
          return;
        }
        fill(
          foot,
          failed(/** @type {any} */ (fault), () => part(mine, next)),
        );
      }
      context.ready();
    }
  },
};

/**
 * @param {Row} row
 * @param {import('../core/places.js').Place[]} places
 */
function line(row, places) {
  const place = /^place (\d+)$/.exec(row.target)?.[1];
  const target = place ? (places.find((one) => String(one.id) === place)?.name ?? row.target) : row.target;
  return h(
    'li',
    { data: { audit: row.id } },
    h(
      'div',
      { class: 'line' },
      h('span', null, h('strong', null, word('act', row.action)), ' ', h('span', { class: 'breaks', title: row.target }, target)),
      h('span', { class: 'soft small nowrap' }, dateTime(row.at)),
    ),
    h(
      'div',
      { class: 'soft small' },
      row.who === '' ? t('audit.nobody') : whoName(row.who),
      row.address ? ` · ${t('audit.address', { address: row.address })}` : '',
      row.times > 1 ? ` · ${t('audit.times', { n: row.times })}` : '',
    ),
    row.before || row.after
      ? h(
          'div',
          { class: 'small breaks' },
          row.before
            ? [
                h('span', { class: 'hidden-text' }, `${t('audit.before')}: `),
                h('del', { class: 'soft' }, readable(row.before, places)),
                ' → ',
              ]
            : null,
          h('span', { class: 'hidden-text' }, `${t('audit.after')}: `),
          row.after ? readable(row.after, places) : row.before ? t('audit.gone') : null,
        )
      : null,
  );
}
