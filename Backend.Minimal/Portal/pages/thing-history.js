// How values were before: a chart of the chosen keys over any period, and for texts a list of what they changed to.

import { all, get } from '../core/api.js';
import { fill, h, throttle } from '../core/dom.js';
import { addDays, dateTime, duration, today } from '../core/format.js';
import { empty, view } from '../core/states.js';
import { refresh, watch } from '../core/store.js';
import { t } from '../core/text.js';
import { seriesChart } from './thing-plot.js';
import { startOf } from './thing-series.js';
import { valueText } from './things-part.js';
import { isOutput } from './things-wish.js';

/** @typedef {import('./thing-series.js').Answer} Answer */
/** @typedef {import('./thing-series.js').Type} Type */
/** @typedef {{ key: string, type: Type, last: any, last_at: string | null, first_at: string | null }} Key */
/** @typedef {{ at: string, by: string, what: string, key: string, before: any, after: any }} Change */

/** Keys that a chart shows at once: as many as there are colours. */
const mostKeys = 4;

/** Points of a series that are asked for: more than a screen has pixels for is of no use. */
const points = 800;

/** Points that the server gives for all series together. */
const mostPoints = 2000;

/** Changes of texts that are shown. */
const mostChanges = 50;

const periods = ['1h', '24h', '7d', '30d', '90d', '1y', '2y'];

/** How often a chart is drawn anew while values come, ms. */
const againMs = 10_000;

/**
 * Shows the part.
 * @param {HTMLElement} root
 * @param {import('../core/router.js').Context} context
 * @param {string} id The thing.
 * @param {string | undefined} zone IANA, of its place.
 */
export function historyPart(root, context, id, zone) {
  const path = `/api/devices/${encodeURIComponent(id)}`;
  /** @type {Key[]} */
  let keys = [];
  /** @type {ReturnType<typeof seriesChart> | null} */
  let chart = null;
  let endWatch = () => {};
  /** What the chart shows: asked for anew only when that is something else. */
  let shownAs = '';
  const choice = h('fieldset', { class: 'row thing-keys' });
  const period = h(
    'select',
    { 'aria-label': t('history.period'), data: { key: 'period' }, onchange: () => choosePeriod(period.value) },
    [...periods, 'days'].map((value) => h('option', { value }, t(`history.period_${value}`))),
  );
  const [from, to] = ['from', 'to'].map((name) =>
    h('input', {
      type: 'date',
      'aria-label': t(`history.${name}`),
      max: today(zone),
      onchange: (/** @type {any} */ event) => event.target.value && ask({ [name]: event.target.value, period: null }),
    }),
  );
  const days = h('span', { class: 'row thing-days', hidden: true }, from, '–', to);
  const plot = h('div', { class: 'stack' });
  const texts = h('div', { class: 'stack', hidden: true });
  const head = h('div');
  fill(root, h('h2', null, t('history.title')), head, plot, texts);
  context.later(() => {
    endWatch();
    chart?.destroy();
  });

  view(head, {
    key: `thing-keys ${id}`,
    context,
    isAside: true,
    fetch: (signal) => get(`${path}/telemetry/keys`, { signal }),
    show: (/** @type {Key[]} */ answer) => {
      keys = answer;
      const drawn = keys.filter((key) => key.type !== 'text');
      fill(
        choice,
        h('legend', { class: 'hidden-text' }, t('history.keys')),
        drawn.map(({ key }) =>
          h(
            'label',
            { class: 'choice' },
            h('input', { type: 'checkbox', value: key, data: { key: `chart ${key}` }, onchange: chooseKeys }),
            h('span', { class: 'breaks' }, key),
          ),
        ),
      );
      showTexts();
      follow();
      return drawn.length === 0 ? empty(t('history.none')) : [choice, h('div', { class: 'row' }, period, days)];
    },
  });

  /** @param {Record<string, string | null>} changes */
  function ask(changes) {
    context.setQuery(changes, { replace: true });
    follow();
  }

  function chosen() {
    const asked = (context.query.get('keys') ?? '')
      .split(',')
      .filter((name) => keys.some((key) => key.key === name && key.type !== 'text'));
    const first =
      keys.find((key) => key.type === 'number' && !isOutput(key.key)) ??
      keys.find((key) => key.type === 'number') ??
      keys.find((key) => key.type === 'boolean');
    return asked.length > 0 ? asked.slice(0, mostKeys) : first ? [first.key] : [];
  }

  function chooseKeys() {
    const ticked = /** @type {HTMLInputElement[]} */ ([...choice.querySelectorAll('input:checked')]).map((input) => input.value);
    ask({ keys: ticked.slice(0, mostKeys).join(',') });
  }

  /** @param {string} value */
  function choosePeriod(value) {
    ask(value === 'days' ? { period: null, from: addDays(today(zone), -6), to: today(zone) } : { period: value, from: null, to: null });
  }

  /** The span that the address asks for. */
  function span() {
    const [first, last] = [context.query.get('from'), context.query.get('to')];
    const isDay = (/** @type {string | null} */ text) => text !== null && /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text));
    if (isDay(first) || isDay(last)) {
      const until = isDay(last) ? String(last) : today(zone);
      const since = isDay(first) && String(first) <= until ? String(first) : until;
      return { since, until, period: null };
    }
    const name = context.query.get('period') ?? '';
    return { since: null, until: null, period: periods.includes(name) ? name : '24h' };
  }

  /** Shows what the address says. */
  function follow() {
    const names = chosen();
    for (const input of /** @type {NodeListOf<HTMLInputElement>} */ (choice.querySelectorAll('input'))) {
      input.checked = names.includes(input.value);
      // One more than there are colours cannot be ticked.
      input.disabled = !input.checked && names.length >= mostKeys;
    }
    const { since, until, period: name } = span();
    period.value = name ?? 'days';
    days.hidden = name !== null;
    [from.value, to.value] = [since ?? '', until ?? ''];
    const query = new URLSearchParams(names.map((key) => ['key', key]));
    if (name) {
      query.set('period', name);
    } else if (since && until) {
      query.set('from', new Date(startOf(since, zone)).toISOString());
      query.set('to', new Date(startOf(addDays(until, 1), zone)).toISOString());
    }
    query.set('points', String(Math.min(mostPoints, points * names.length)));
    const as = `${names.join(',')} ${name ?? `${since} ${until}`}`;
    if (as !== shownAs) {
      shownAs = as;
      endWatch();
      chart?.destroy();
      chart = null;
      fill(plot);
      endWatch = names.length === 0 ? () => {} : show(names, query);
    }
  }

  /**
   * @param {string[]} names
   * @param {URLSearchParams} query
   */
  function show(names, query) {
    const holder = h('div');
    fill(plot, holder);
    return view(holder, {
      key: `thing-series ${id} ${query}`,
      context,
      isAside: true,
      lines: 4,
      fetch: (signal) => get(`${path}/telemetry?${query}`, { signal }),
      show: (/** @type {Answer} */ answer) => {
        const options = {
          label: names.join(', '),
          from: Date.parse(answer.from),
          to: Date.parse(answer.to),
          stepMs: answer.step_s * 1000,
          zone,
          series: names.map((key) => ({
            key,
            type:
              keys.find((one) => one.key === key)?.type === 'boolean' ? /** @type {const} */ ('boolean') : /** @type {const} */ ('number'),
            points: answer.series.find((one) => one.key === key)?.points ?? [],
          })),
        };
        if (options.series.every((one) => one.points.length === 0)) {
          chart?.destroy();
          chart = null;
          return empty(t('history.nothing'));
        }
        if (chart) {
          chart.set(options);
        } else {
          chart = seriesChart(options);
        }
        return [
          h(
            'p',
            { class: 'print-only' },
            t('history.paper', { thing: id, from: dateTime(options.from, zone), to: dateTime(options.to, zone), zone: zone ?? '' }),
          ),
          chart.el,
          h('p', { class: 'soft small' }, answer.step_s > 0 ? t('history.step', { span: duration(answer.step_s) }) : t('history.raw')),
        ];
      },
    });
  }

  function showTexts() {
    const names = keys.filter((key) => key.type === 'text').map((key) => key.key);
    texts.hidden = names.length === 0;
    if (names.length > 0 && !texts.hasChildNodes()) {
      context.later(
        watch(
          `thing-changes ${id}`,
          (signal) => all(`${path}/state/changes`, { signal, most: mostChanges * 4 }),
          (entry) => entry.value && drawTexts(entry.value),
        ),
      );
    }
  }

  /** @param {Change[]} changes */
  function drawTexts(changes) {
    const isText = (/** @type {string} */ name) => keys.some((key) => key.key === name && key.type === 'text');
    // What was only asked for is no change of what it says.
    const mine = changes.filter((one) => ['reported', 'met'].includes(one.what) && isText(one.key)).slice(0, mostChanges);
    fill(
      texts,
      h('h3', null, t('history.texts')),
      mine.length === 0
        ? h('p', { class: 'soft' }, t('history.noTexts'))
        : h(
            'ul',
            { class: 'plain lines' },
            mine.map((one) =>
              h(
                'li',
                { class: 'line', data: { change: one.key } },
                h('span', null, h('strong', null, one.key), ' ', valueText(one.after)),
                h('span', { class: 'soft small' }, dateTime(one.at, zone)),
              ),
            ),
          ),
    );
  }

  const again = throttle(() => {
    refresh(`thing-series ${id}`);
    refresh(`thing-changes ${id}`);
  }, againMs);

  return {
    follow,
    /** The thing has said something. */
    hear: again,
  };
}
