// Everything that happened to a box, newest first: boots, silences, places, commands, settings, updates, alerts, and who changed what.

import { may } from '../core/access.js';
import { all } from '../core/api.js';
import { data, h } from '../core/dom.js';
import { dateTime, day, duration, time } from '../core/format.js';
import { empty, view } from '../core/states.js';
import { has, t, word } from '../core/text.js';
import { detail, keyOf, pathOf } from './device-part.js';
import { settings, shownOf, textOf } from './device-settings.js';
import { whoName } from './who-part.js';

/** @typedef {import('./device-part.js').Schemas} Schemas */
/** @typedef {import('./device-part.js').Box} Box */
/** @typedef {Schemas['TimelineRow']} Line */

/** Kinds of lines, in the order of their buttons. */
const kinds = ['boot', 'silence', 'alert', 'place', 'command', 'settings', 'update', 'notification', 'change', 'pin'];

/** Kinds of which only who looks after the box is told. */
const forOperators = ['change', 'pin'];

/** Changes whose before and after are words for people, as the audit log calls them. */
const telling = [
  'device.status',
  'device.tags',
  'device.location',
  'device.clear-anomaly',
  'ota.pin',
  'ota.unpin',
  'ota.allow',
  'place.change',
];

/** Lines that come at once. */
const step = 50;

/** Lines that the page holds at most; who wants more chooses kinds. */
const most = 2000;

/**
 * @param {HTMLElement} root
 * @param {import('./device-part.js').Context} context
 * @param {string} id
 */
export function show(root, context, id) {
  const buttons = h('div', { class: 'counters no-print', role: 'group', 'aria-label': t('timeline.kinds') });
  const list = h('div');
  root.append(h('h2', null, t('box.tab_history')), buttons, list);
  /** @type {() => void} */
  let end = () => {};
  let isOperator = false;

  const chosen = () => (context.query.get('kinds') ?? '').split(',').filter((kind) => kinds.includes(kind));
  const wanted = () => Math.min(most, Math.max(step, Number(context.query.get('rows')) || step));

  function draw() {
    const now = chosen();
    buttons.replaceChildren(
      ...kinds
        .filter((kind) => isOperator || !forOperators.includes(kind))
        .map((kind) =>
          h(
            'button',
            {
              type: 'button',
              class: 'counter',
              'aria-pressed': String(now.includes(kind)),
              data: { key: kind },
              onclick: () => {
                const next = now.includes(kind) ? now.filter((one) => one !== kind) : [...now, kind];
                context.setQuery({ kinds: next.join(','), rows: null }, { replace: true });
                draw();
                ask();
                /** @type {HTMLElement | null} */ (buttons.querySelector(`[data-key="${kind}"]`))?.focus();
              },
            },
            t(`timeline.kind_${kind}`),
          ),
        ),
    );
  }

  function ask() {
    end();
    const [only, rows] = [chosen().join(','), wanted()];
    end = view(list, {
      key: keyOf(id, `timeline ${only} ${rows}`),
      context,
      lines: 8,
      fetch: async (signal) => {
        const [lines, one] = await Promise.all([
          all(pathOf(id, '/timeline'), { signal, most: rows, query: { kinds: only } }),
          detail(id, signal),
        ]);
        return { lines: lines.slice(0, rows), box: one.device };
      },
      show: (/** @type {{ lines: Line[], box: Box }} */ { lines, box }) => {
        if (isOperator !== may('operator', box.place_id)) {
          isOperator = !isOperator;
          draw();
        }
        return lines.length === 0
          ? empty(
              t(only === '' ? 'timeline.none' : 'timeline.noneOfThese'),
              only === ''
                ? null
                : h(
                    'button',
                    { type: 'button', class: 'button', onclick: () => (context.setQuery({ kinds: null }), draw(), ask()) },
                    t('timeline.all'),
                  ),
            )
          : [
              days(lines, box),
              lines.length < rows || rows >= most
                ? h('p', { class: 'soft small' }, t(lines.length < rows ? 'timeline.end' : 'timeline.most'))
                : h(
                    'button',
                    {
                      type: 'button',
                      class: 'button',
                      data: { key: 'older' },
                      onclick: () => {
                        context.setQuery({ rows: String(rows + step) }, { replace: true });
                        ask();
                      },
                    },
                    t('timeline.older'),
                  ),
            ];
      },
    });
  }

  draw();
  ask();
}

/**
 * Lines by the days of the place.
 * @param {Line[]} lines
 * @param {Box} box
 */
function days(lines, box) {
  /** @type {[string, Line[]][]} */
  const groups = [];
  for (const line of lines) {
    const name = day(line.at, box.timezone, 'long');
    if (groups[groups.length - 1]?.[0] !== name) {
      groups.push([name, []]);
    }
    groups[groups.length - 1][1].push(line);
  }
  return groups.map(([name, group]) => [
    h('h3', null, name),
    h(
      'ul',
      { class: 'plain lines' },
      group.map((line) => {
        const [title, ...more] = words(line, box);
        return h(
          'li',
          { data: { line: line.id, kind: line.kind } },
          h('span', { class: 'soft' }, data('at', line.at, time(line.at, box.timezone)), ' '),
          h('strong', { class: 'breaks' }, title),
          more.filter(Boolean).map((text) => h('p', { class: 'breaks' }, text)),
          line.who
            ? h(
                'p',
                { class: 'soft small breaks' },
                t(line.kind === 'silence' || line.kind === 'alert' ? 'timeline.noted' : 'timeline.by', { name: whoName(line.who) }),
              )
            : null,
        );
      }),
    ),
  ]);
}

/**
 * A line in words: what happened, and more about it.
 * @param {Line} line
 * @param {Box} box
 * @returns {(string | null)[]}
 */
function words(line, box) {
  const lasted = line.until === null ? null : t('timeline.until', { time: dateTime(line.until, box.timezone), span: spanOf(line) });
  switch (line.kind) {
    case 'boot':
      return [
        t('timeline.boot', { why: line.what === null ? t('boxReset.unknown') : word('boxReset', line.what) }),
        line.before !== null && line.after !== null && line.before !== line.after
          ? t('timeline.otherVersion', { before: line.before, after: line.after })
          : null,
      ];
    case 'silence':
      return line.what === 'back' ? [t('timeline.back')] : [t('timeline.silent'), lasted ?? t('timeline.goesOn')];
    case 'alert':
      return [word('boxAlert', line.what ?? ''), line.message, lasted ?? t('timeline.goesOn')];
    case 'place':
      return placeWords(line);
    case 'command':
      return [`${t('timeline.asked')} ${word('command', line.what ?? '')}`, commandWords(line, box)];
    case 'settings':
      return [t('timeline.settings'), ...changes(line)];
    case 'update':
      return [
        line.before === null
          ? t('boxUpdate.fullTo', { to: line.what ?? '' })
          : t('boxUpdate.fromTo', { from: line.before, to: line.what ?? '' }),
        `${word('boxState', line.state ?? '')}${line.result === null ? '' : `: ${word('boxWhy', line.result)}`}.`,
        lasted,
      ];
    case 'notification':
      return [t('timeline.told'), line.message];
    case 'pin':
      return line.what === 'pin.wrong'
        ? [t('timeline.wrongPin', { n: Number(line.message ?? 1) }), line.until === null ? null : lasted]
        : [word('boxAudit', line.what ?? '')];
    default:
      return [word('boxAudit', line.what ?? ''), beforeAfter(line)];
  }
}

/** @param {Line} line */
function placeWords(line) {
  switch (line.what) {
    case 'came':
      return [t('timeline.came', { place: line.after ?? '' })];
    case 'left':
      return [t('timeline.left', { place: line.before ?? '' })];
    case 'place.replace':
      return [t('timeline.replaced', { old: line.before ?? '', by: line.after ?? '' })];
    default:
      return [word('boxAudit', line.what ?? ''), beforeAfter(line)];
  }
}

/**
 * @param {Line} line
 * @param {Box} box
 */
function commandWords(line, box) {
  const at = dateTime(line.until, box.timezone);
  return line.state === 'done'
    ? line.result === 'ok' || line.result === null
      ? t('command.done', { time: at })
      : t('command.failed', { time: at, result: word('commandResult', line.result) })
    : line.state === 'delivered' || line.state === 'given'
      ? t('command.fetched', { time: at })
      : line.state === 'expired'
        ? t(line.until === null ? 'timeline.neverFetched' : 'timeline.noAnswer')
        : t('timeline.waiting');
}

/**
 * The settings that were changed: `Minutes between readings: 5 → 12`.
 * @param {Line} line
 */
function changes(line) {
  try {
    const [before, after] = [line.before, line.after].map((text) => shownOf(JSON.parse(text ?? '')));
    return settings()
      .filter((field) => before[field.name] !== after[field.name])
      .map((field) => `${field.label}: ${textOf(field, before[field.name])} → ${textOf(field, after[field.name])}`);
  } catch {
    // Of another version of the server, whose words are not known.
    return [];
  }
}

/**
 * What was before and is since, of changes that say so in words for people; of several things those that differ.
 * @param {Line} line
 */
function beforeAfter({ what, before, after }) {
  if (!telling.includes(what ?? '')) {
    return null;
  }
  // 'Name' Zone …: what is quoted is one part.
  const [old, fresh] = [before, after].map((one) => one?.match(/'[^']*'|\S+/g)?.map((part) => part.replace(/^'|'$/g, '')) ?? []);
  if (what !== 'device.tags' && old.length > 1 && old.length === fresh.length) {
    return old
      .map((part, index) => (part === fresh[index] ? null : `${part || t('timeline.nothing')} → ${fresh[index] || t('timeline.nothing')}`))
      .filter(Boolean)
      .join(', ');
  }
  const text = (/** @type {string | null} */ value) =>
    value === null || value === '' ? t('timeline.nothing') : has(`boxAuditWord.${value}`) ? t(`boxAuditWord.${value}`) : value;
  return before === null && after === null ? null : before === null ? text(after) : `${text(before)} → ${text(after)}`;
}

/** @param {Line} line */
function spanOf(line) {
  return duration(Math.max(0, (Date.parse(line.until ?? line.at) - Date.parse(line.at)) / 1000));
}
