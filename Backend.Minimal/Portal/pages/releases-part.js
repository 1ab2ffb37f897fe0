// What the pages of releases share: words of states and reasons, boxes grouped by what became of them, the health gate in sums.

import { data, h } from '../core/dom.js';
import { dateTime, number } from '../core/format.js';
import { has, t, tn, word } from '../core/text.js';
import { status } from '../parts/status.js';

/** @typedef {import('api-types').components['schemas']} Schemas */
/** @typedef {Schemas['RolloutView']} Rollout */
/** @typedef {Schemas['RolloutBoxView']} Box */
/** @typedef {{ word: string, why: string, boxes: Box[] }} Group */
/** @typedef {{ name: string, before: number | null, after: number | null, well: number, worse: number, waiting: number }} Gate */

/** States of boxes in the order in which a box goes through them. */
export const boxStates = [
  'confirmed',
  'current',
  'trial',
  'staged',
  'applying',
  'verifying',
  'downloading',
  'offered',
  'waiting',
  'blocked',
  'unhealthy',
  'silent',
  'failed',
  'rolled_back',
  'excluded',
];

/** Shapes of states: those of boxes everywhere else. @type {Record<string, string>} */
const shapes = {
  confirmed: 'online',
  current: 'online',
  trial: 'late',
  staged: 'late',
  applying: 'late',
  verifying: 'late',
  downloading: 'late',
  offered: 'late',
  waiting: 'new',
  blocked: 'odd',
  unhealthy: 'odd',
  silent: 'silent',
  failed: 'silent',
  rolled_back: 'silent',
  ready: 'online',
  making: 'late',
  useless: 'retired',
  pruned: 'retired',
  excluded: 'retired',
  draft: 'new',
  scheduled: 'new',
  canary: 'late',
  rolling: 'late',
  paused: 'odd',
  stopped: 'silent',
  aborted: 'retired',
  done: 'online',
};

/** Whether a box runs the release of a roll-out, on trial or for good. @param {Rollout} rollout @param {Box} box */
export function runsIt(rollout, box) {
  return ['confirmed', 'unhealthy', 'trial'].includes(box.state) || box.version === rollout.version;
}

/** What of the health gate things are judged by: they send heartbeats, no readings. */
export const gateOfThings = ['max_unhealthy_percent', 'min_heap_percent', 'max_resets', 'proof_hours'];

/** What a release is for: the hardware of boxes, or product and platform of things. @param {Rollout} rollout */
export function forWhat(rollout) {
  return rollout.product
    ? [rollout.product, rollout.platform, rollout.env === 'prod' ? null : rollout.env].filter(Boolean).join(', ')
    : rollout.hw;
}

/** What the server is asked and told of a release by. @param {Rollout} rollout */
export function subjectOf(rollout) {
  const { product, platform, env, version } = rollout;
  return product ? { product, platform, env, version } : { firmware: rollout.firmware_id };
}

/** The key of a text about boxes, or of that about things where there is one. @param {Rollout} rollout @param {string} key */
export function keyFor(rollout, key) {
  return rollout.product && has(`${key}_things`) ? `${key}_things` : key;
}

/** The shape of a state of a box, a patch or a roll-out. @param {string} state */
export function shapeOf(state) {
  return shapes[state] ?? 'retired';
}

/** Words of states, of boxes, patches, roll-outs. @type {Record<'rbox' | 'patch' | 'rollout', (state: string) => string>} */
const words = { rbox: (state) => word('rbox', state), patch: (state) => word('patch', state), rollout: (state) => word('rollout', state) };

/**
 * A state as shape and words.
 * @param {'rbox' | 'patch' | 'rollout'} of
 * @param {string} state
 */
export function stateOf(of, state) {
  return status(shapeOf(state), h('span', { data: { word: state } }, words[of](state)));
}

/** Whether a roll-out goes on, or may: it stands first. @param {string} state */
export function isOpen(state) {
  return !['done', 'aborted', 'stopped'].includes(state);
}

/**
 * A reason in plain words; what a newer server calls otherwise stays as it is.
 * @param {string} why
 */
export function whyWords(why) {
  return why
    .split(', ')
    .map((one) => (has(`why.${one}`) ? t(`why.${one}`) : one))
    .join(', ');
}

/**
 * What to do about a reason, if there is something.
 * @param {string} why
 */
export function adviceFor(why) {
  return has(`advice.${why}`) ? t(`advice.${why}`) : null;
}

/**
 * Boxes that failed, by what happened and why, the most frequent first.
 * @param {Box[]} boxes
 * @returns {Group[]}
 */
export function failures(boxes) {
  /** @type {Map<string, Group>} */
  const groups = new Map();
  for (const box of boxes.filter((one) => ['failed', 'rolled_back', 'silent', 'unhealthy'].includes(one.state))) {
    const key = `${box.state} ${box.why ?? ''}`;
    const group = groups.get(key) ?? { word: box.state, why: box.why ?? '', boxes: [] };
    group.boxes.push(box);
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => b.boxes.length - a.boxes.length || a.why.localeCompare(b.why));
}

/**
 * The measures of the health gate over all boxes that were compared: the median before and after, and how many do well.
 * @param {Box[]} boxes
 * @returns {Gate[]}
 */
export function gate(boxes) {
  /** @type {Map<string, { befores: number[], afters: number[], well: number, worse: number, waiting: number }>} */
  const measures = new Map();
  for (const measure of boxes.flatMap((box) => box.health?.measures ?? [])) {
    const sum = measures.get(measure.name) ?? { befores: [], afters: [], well: 0, worse: 0, waiting: 0 };
    // What is still to be seen rests on too little to be shown.
    if (measure.before !== null && measure.after !== null && measure.verdict !== 'waiting') {
      sum.befores.push(measure.before);
      sum.afters.push(measure.after);
    }
    sum.well += Number(measure.verdict === 'well');
    sum.worse += Number(measure.verdict === 'worse');
    sum.waiting += Number(measure.verdict === 'waiting');
    measures.set(measure.name, sum);
  }
  return [...measures].map(([name, { befores, afters, well, worse, waiting }]) => ({
    name,
    before: median(befores),
    after: median(afters),
    well,
    worse,
    waiting,
  }));
}

/** @param {number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length === 0 ? null : sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * A part of a whole as a line; the words beside it say the same.
 * @param {number | undefined} part
 * @param {number | undefined} whole
 */
export function line(part = 0, whole = 0) {
  const width = whole === 0 ? 0 : Math.min(100, (100 * part) / whole);
  return h('div', { class: 'share-line', 'aria-hidden': 'true' }, h('div', { class: 'share-bar', style: { width: `${width}%` } }));
}

/**
 * A moment by the reader's clock, with its zone: who looks after boxes looks after them in several.
 * @param {string} at
 */
export function momentText(at) {
  return `${dateTime(at)} (${new Intl.DateTimeFormat().resolvedOptions().timeZone})`;
}

/** Where one sees why a box runs what it runs. @param {string} id */
export function boxLink(id) {
  return h('a', { href: `/locations/${encodeURIComponent(id)}/update` }, id);
}

/**
 * Boxes as links, so many at most, and how many more there are.
 * @param {string[]} ids
 * @param {number} [all] How many there are, when not all of them are in `ids`.
 */
export function boxLinks(ids, all = ids.length) {
  const shown = ids.slice(0, 10);
  return [
    shown.map((id, index) => [index > 0 ? ', ' : '', boxLink(id)]),
    all > shown.length ? ` ${t('releases.more', { n: all - shown.length })}` : null,
  ];
}

/**
 * What keeps boxes from a release: the reason in words, how many, which, and what to do.
 * @param {readonly Schemas['ObstacleView'][]} obstacles
 */
export function obstacleList(obstacles) {
  return h(
    'ul',
    { class: 'plain lines' },
    obstacles.map((one) =>
      h(
        'li',
        { data: { reason: one.reason } },
        h(
          'p',
          null,
          h('strong', null, whyWords(one.reason)),
          ': ',
          data(`cannot-${one.reason}`, one.count, number(one.count)),
          ' – ',
          boxLinks(one.devices, one.count),
        ),
        adviceFor(one.reason) ? h('p', { class: 'soft' }, adviceFor(one.reason)) : null,
      ),
    ),
  );
}

/**
 * What a preflight answers: how many boxes can take a release, and why the others cannot.
 * @param {Schemas['PreflightView']} answer
 * @param {boolean} isSigned Whether the build is: no box is offered one that is not.
 * @param {boolean} [isOfThings] Whether it is of things, not of boxes.
 */
export function preflight(answer, isSigned, isOfThings = false) {
  const cannot = answer.obstacles.reduce((sum, one) => sum + one.count, 0);
  return [
    h(
      'p',
      null,
      tn(isOfThings ? 'preflight.words_things' : 'preflight.words', {
        n: answer.boxes,
        boxes: data('pre-boxes', answer.boxes, number(answer.boxes)),
        able: data('pre-able', answer.able, number(answer.able)),
        silent: data('pre-silent', answer.silent, number(answer.silent)),
        current: data('pre-current', answer.current, number(answer.current)),
        cannot: data('pre-cannot', cannot, number(cannot)),
      }),
    ),
    isSigned ? null : h('p', { class: 'note warning' }, t('preflight.unsigned')),
    answer.boxes === 0 ? h('p', { class: 'note warning' }, t(isOfThings ? 'preflight.nobody_things' : 'preflight.nobody')) : null,
    answer.unknown_base > 0
      ? h('p', { class: 'soft' }, tn('preflight.unknown', { count: data('pre-unknown', answer.unknown_base, number(answer.unknown_base)) }))
      : null,
    answer.obstacles.length > 0 ? obstacleList(answer.obstacles) : null,
  ];
}

/**
 * Does something at most once per time, the last time after the newest call: a stream of events that never pauses holds nothing up.
 * @param {() => void} work
 * @param {() => number} ms
 * @returns {{ run: () => void, end: () => void }}
 */
export function atMostEvery(work, ms) {
  let timer = 0;
  return {
    run() {
      timer ||= window.setTimeout(() => {
        timer = 0;
        work();
      }, ms());
    },
    end: () => clearTimeout(timer),
  };
}

/**
 * The moment at which the clocks of a zone show something; where they skip it, the next one that they show.
 * @param {string} day Such as `2026-11-27`.
 * @param {string} time Such as `22:00`.
 * @param {string} zone IANA.
 */
export function momentOf(day, time, zone) {
  const wanted = Date.parse(`${day}T${time}:00Z`);
  let moment = wanted;
  // Twice: the first guess may lie on the other side of a change of the clocks.
  for (let i = 0; i < 2; i += 1) {
    moment += wanted - shownAt(moment, zone);
  }
  return new Date(moment);
}

/**
 * What the clocks of a zone show at a moment, as if it were UTC.
 * @param {number} moment
 * @param {string} zone
 */
function shownAt(moment, zone) {
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat('en', {
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      hourCycle: 'h23',
      timeZone: zone,
    })
      .formatToParts(new Date(moment))
      .map((part) => [part.type, Number(part.value)]),
  );
  return Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute);
}
