// One roll-out, live: how far it is, what it waits for, how the boxes do, what failed and why; and what an operator can do about it.

import { may, mayEverywhere } from '../core/access.js';
import { all, get, post } from '../core/api.js';
import { ask, attempt } from '../core/dialog.js';
import { announce, data, fill, h } from '../core/dom.js';
import { dateTime, duration, number, percent } from '../core/format.js';
import { on } from '../core/live.js';
import { view } from '../core/states.js';
import { refresh } from '../core/store.js';
import { t, tn } from '../core/text.js';
import { atMostEvery, boxLinks, failures, forWhat, gate, isOpen, keyFor, line } from './releases-part.js';
import { momentText, obstacleList, preflight, runsIt, stateOf, subjectOf, whyWords } from './releases-part.js';
import { boxList } from './rollout-boxes.js';
import { settingsOf } from './rollout-settings.js';

/** @typedef {import('./releases-part.js').Rollout} Rollout */
/** @typedef {import('./releases-part.js').Box} Box */
/** @typedef {import('./releases-part.js').Schemas} Schemas */

/** @typedef {{ rollout: Rollout, rows: Box[], answer: Schemas['PreflightView'] | null, isSigned: boolean }} Known */

/** How long events are kept together, ms, and so much more for each box: thousands tell many a second, and cost as much to ask for. */
const againMs = 500;
const againPerBoxMs = 2;

/** Boxes above which an act wants its number typed. */
const many = 20;

/** @type {import('../core/router.js').Page} */
export const page = {
  title: 'rollout.title',
  needs: 'operator',
  texts: 'releases',
  mount(root, context) {
    const id = Number(context.params.id);
    const key = `rollout ${id} `;
    const name = h('h1', { class: 'breaks' }, t('rollout.title'));
    const body = h('section', { class: 'card' });
    const boxes = boxList(id, () => refresh(key));
    let said = '';
    let count = 0;
    fill(root, h('p', null, h('a', { href: '/releases/rollouts' }, `‹ ${t('releases.tab_rollouts')}`)), name, body, boxes.el);
    view(body, {
      key: `${key}all`,
      context,
      lines: 6,
      fetch: async (signal) => {
        const [rollout, rows] = await Promise.all([
          get(`/api/ota/rollouts/${id}`, { signal }),
          all(`/api/ota/rollouts/${id}/devices`, { signal }),
        ]);
        // Asked before it starts: how many could take it.
        if (!isAhead(rollout) || !mayEverywhere('admin')) {
          return { rollout, rows, answer: null, isSigned: true };
        }
        const [answer, builds] = await Promise.all([
          get('/api/ota/preflight', { signal, query: preflightQuery(rollout) }),
          rollout.product ? [] : all('/api/ota/firmware', { signal, most: 1000 }),
        ]);
        const build = builds.find((/** @type {Schemas['BuildRow']} */ one) => one.id === rollout.firmware_id);
        return { rollout, rows, answer, isSigned: rollout.product !== null || (build?.is_signed ?? false) };
      },
      show: (/** @type {Known} */ { rollout, rows, answer, isSigned }) => {
        name.textContent = t('rollout.of', { version: rollout.version, hw: forWhat(rollout) });
        context.title(t('rollout.named', { id: String(rollout.id), version: rollout.version }));
        boxes.set(rollout, rows);
        count = rows.length;
        const now = `${rollout.state} ${rollout.stage}`;
        if (said !== '' && said !== now) {
          announce(`${t(`rollout.${rollout.state}`)} ${stageWords(rollout)}`);
        }
        said = now;
        return parts(rollout, rows, answer, isSigned, () => refresh(key));
      },
    });
    const again = atMostEvery(
      () => refresh(key),
      () => againMs + againPerBoxMs * count,
    );
    context.later(again.end);
    context.later(on('rollout', (event) => event.rollout_id === id && again.run()));
    context.later(on('ota', (event) => (event.rollout === id || event.rollout === 0) && again.run()));
  },
};

/** Whether it has not begun yet. @param {Rollout} rollout */
function isAhead(rollout) {
  return rollout.state === 'draft' || rollout.state === 'scheduled';
}

/** @param {Rollout} rollout */
function stageWords(rollout) {
  return rollout.stage === null ? '' : t('rollout.stage', { n: rollout.stage + 1, all: rollout.stages.length });
}

/** @param {Rollout} rollout */
function preflightQuery(rollout) {
  const byName = rollout.stages.every((stage) => stage.percent === null) ? rollout.stages.flatMap((stage) => stage.devices ?? []) : [];
  return {
    ...subjectOf(rollout),
    places: rollout.target?.places.join(',') ?? null,
    tags: rollout.target?.tags.join(',') ?? null,
    devices: byName.slice(0, 500).join(','),
  };
}

/**
 * @param {Rollout} rollout
 * @param {Box[]} rows
 * @param {Schemas['PreflightView'] | null} answer How many could take it; null = it has begun, or is not ours to ask.
 * @param {boolean} isSigned Whether its build is.
 * @param {() => void} again
 */
function parts(rollout, rows, answer, isSigned, again) {
  const failed = failures(rows);
  const obstacles = rollout.obstacles ?? [];
  const measures = gate(rows);
  return [
    h(
      'div',
      { class: 'line' },
      h(
        'p',
        null,
        stateOf('rollout', rollout.state),
        rollout.stage === null ? '' : ', ',
        data('stage', rollout.stage, stageWords(rollout)),
      ),
      blocks(rollout),
    ),
    holdWords(rollout),
    rollout.notes ? h('p', { class: 'breaks' }, rollout.notes) : null,
    answer ? [h('h2', null, t('preflight.title')), preflight(answer, isSigned, rollout.product !== null)] : null,
    buttons(rollout, rows, again),
    rollout.started_at ? stages(rollout) : null,
    measures.length > 0 ? [h('h2', null, t('gate.title')), gateTable(rollout, measures)] : null,
    failed.length > 0
      ? [
          h('h2', null, t('rollout.failures')),
          h(
            'ul',
            { class: 'plain lines' },
            failed.map((group) =>
              h(
                'li',
                { data: { failure: `${group.word} ${group.why}` } },
                stateOf('rbox', group.word),
                group.why ? [' – ', whyWords(group.why)] : null,
                ': ',
                data('failures', group.boxes.length, number(group.boxes.length)),
                ' – ',
                boxLinks(group.boxes.map((box) => box.device_id)),
              ),
            ),
          ),
        ]
      : null,
    obstacles.length > 0 && !answer ? [h('h2', null, t('rollout.cannot')), obstacleList(obstacles)] : null,
    settingsOf(rollout),
  ];
}

/** The stages as blocks: those that are full, the one that goes on, those to come. @param {Rollout} rollout */
function blocks(rollout) {
  return h(
    'span',
    { class: 'stage-blocks', 'aria-hidden': 'true' },
    rollout.stages.map((stage) =>
      h('span', {
        class: rollout.state === 'done' || (rollout.stage !== null && stage.number <= rollout.stage) ? 'stage-block on' : 'stage-block',
      }),
    ),
  );
}

/** What it waits for, or why it ended. @param {Rollout} rollout */
function holdWords(rollout) {
  const { hold } = rollout;
  if (rollout.state === 'stopped') {
    return h(
      'p',
      { class: 'note bad breaks' },
      t(keyFor(rollout, `cause.${rollout.cause ?? 'failures'}`)),
      ' ',
      h('span', { class: 'soft' }, rollout.reason ?? ''),
    );
  }
  if (!hold) {
    return isOpen(rollout.state)
      ? h('p', null, t('hold.nothing'))
      : h(
          'p',
          { class: 'soft breaks' },
          rollout.ended_at ? t('rollout.ended', { time: dateTime(rollout.ended_at) }) : null,
          rollout.reason ? ` ${rollout.reason}` : null,
        );
  }
  const needsSomebody = ['blocked', 'failures', 'unhealthy', 'few', 'advance'].includes(hold.word);
  return h(
    'p',
    { class: needsSomebody ? 'note warning' : undefined, data: { hold: hold.word } },
    tn(keyFor(rollout, `hold.${hold.word}`), {
      n: hold.boxes ?? 0,
      boxes: data('hold', hold.boxes, number(hold.boxes)),
      time: hold.until ? momentText(hold.until) : '',
    }),
    rollout.state === 'paused' && rollout.reason ? h('span', { class: 'soft breaks' }, ` ${rollout.reason}`) : null,
  );
}

/** @param {Rollout} rollout */
function stages(rollout) {
  return h(
    'div',
    { class: 'shares' },
    rollout.stages.map((stage) => {
      const { boxes } = stage;
      const isTo = rollout.stage === null || stage.number > rollout.stage;
      return h(
        'div',
        { data: { stage: stage.number } },
        h(
          'div',
          { class: 'share-head' },
          h(
            'span',
            null,
            t('rollout.stageName', { n: stage.number + 1 }),
            ': ',
            stage.percent === null
              ? t(keyFor(rollout, 'rollout.byName'), { n: stage.devices?.length ?? 0 })
              : t(keyFor(rollout, 'rollout.share'), { share: percent(stage.percent / 100) }),
          ),
          isTo || !boxes
            ? h('span', { class: 'soft' }, t('rollout.toCome'))
            : h(
                'span',
                null,
                tn('rollout.inStage', {
                  done: data('stage-confirmed', boxes.confirmed, number(boxes.confirmed)),
                  proved: data('stage-proved', boxes.proved, number(boxes.proved)),
                  all: data('stage-in', boxes.in_stage, number(boxes.in_stage)),
                }),
              ),
        ),
        isTo || !boxes ? line(0, 1) : line((boxes.confirmed ?? 0) + (boxes.current ?? 0), boxes.in_stage),
      );
    }),
    rollout.statistics?.seconds_p50
      ? h(
          'p',
          { class: 'soft' },
          t(keyFor(rollout, 'rollout.took'), {
            half: duration(rollout.statistics.seconds_p50),
            most: duration(rollout.statistics.seconds_p90 ?? 0),
          }),
        )
      : null,
  );
}

/**
 * @param {Rollout} rollout
 * @param {import('./releases-part.js').Gate[]} measures
 */
function gateTable(rollout, measures) {
  const { boxes } = rollout;
  return [
    boxes
      ? h(
          'p',
          null,
          tn(keyFor(rollout, 'gate.proved'), {
            proved: data('proved', boxes.proved, number(boxes.proved)),
            all: data('confirmed', boxes.confirmed, number(boxes.confirmed)),
          }),
        )
      : null,
    h(
      'div',
      { class: 'table-wrap', role: 'region', tabindex: 0, 'aria-label': t('gate.title') },
      h(
        'table',
        null,
        h(
          'thead',
          null,
          h(
            'tr',
            null,
            ['gate.measure', 'gate.change', 'gate.result'].map((key) => h('th', { scope: 'col' }, t(key))),
          ),
        ),
        h(
          'tbody',
          null,
          measures.map((one) =>
            h(
              'tr',
              { data: { measure: one.name } },
              h('th', { scope: 'row' }, t(`gate.${one.name}`)),
              h(
                'td',
                null,
                one.before === null
                  ? '–'
                  : [data('gate-before', one.before, number(one.before, 1)), ' → ', data('gate-after', one.after, number(one.after, 1))],
              ),
              h(
                'td',
                null,
                one.well + one.worse + one.waiting === 0
                  ? t('gate.unknown')
                  : [
                      one.worse > 0 ? h('strong', null, t(keyFor(rollout, 'gate.worse'), { n: one.worse })) : null,
                      one.worse === 0 && one.well > 0 ? t(keyFor(rollout, 'gate.well'), { n: one.well }) : null,
                      one.waiting > 0 ? `${one.worse + one.well > 0 ? ', ' : ''}${t('gate.waiting', { n: one.waiting })}` : null,
                    ],
              ),
            ),
          ),
        ),
      ),
    ),
  ];
}

/**
 * What one may do now: nobody sees a button that is not theirs, or that the server would refuse.
 * @param {Rollout} rollout
 * @param {Box[]} rows
 * @param {() => void} again
 */
function buttons(rollout, rows, again) {
  const act = (/** @type {string} */ what, /** @type {Record<string, any>} */ query = {}) =>
    post(`/api/ota/rollouts/${rollout.id}/${what}`, undefined, { query }).finally(again);
  const button = (/** @type {string} */ what, /** @type {(button: HTMLButtonElement) => any} */ work, style = 'button') =>
    h(
      'button',
      { type: 'button', class: style, data: { key: what }, onclick: (/** @type {any} */ event) => work(event.currentTarget) },
      t(`rollout.do_${what}`),
    );
  const simple = (/** @type {string} */ what) => button(what, (node) => attempt(node, () => act(what)));
  const isMoving = rollout.state === 'canary' || rollout.state === 'rolling';
  const isLast = rollout.stage === rollout.stages.length - 1;
  if (!isOpen(rollout.state) || !may('operator')) {
    return null;
  }
  return h(
    'div',
    { class: 'actions start' },
    rollout.state === 'draft' && mayEverywhere('admin') ? button('start', () => start(rollout, act), 'button primary') : null,
    isMoving || rollout.state === 'scheduled' ? simple('pause') : null,
    rollout.state === 'paused' ? button('resume', (node) => attempt(node, () => act('resume')), 'button primary') : null,
    isMoving
      ? h(
          'button',
          {
            type: 'button',
            class: 'button',
            data: { key: 'advance' },
            onclick: () => advance(rollout, () => act('advance', { from: rollout.stage })),
          },
          t(isLast ? 'rollout.do_finish' : 'rollout.do_advance'),
        )
      : null,
    button('abort', () => abort(rollout, rows, act), 'button danger'),
  );
}

/**
 * @param {Rollout} rollout
 * @param {(what: string) => Promise<any>} act
 */
function start(rollout, act) {
  const first = rollout.stages[0];
  return ask({
    title: t('rollout.do_start'),
    text: [
      first.percent === null
        ? t(keyFor(rollout, 'start.byName'), { n: first.devices?.length ?? 0 })
        : t(keyFor(rollout, 'start.share'), { share: percent(first.percent / 100) }),
      ' ',
      rollout.start_at ? t('start.at', { time: momentText(rollout.start_at) }) : t('start.now'),
      ' ',
      t(keyFor(rollout, 'start.ends'), { hw: forWhat(rollout) }),
    ],
    action: t('rollout.do_start'),
    run: () => act('start'),
  });
}

/**
 * @param {Rollout} rollout
 * @param {() => Promise<any>} run
 */
function advance(rollout, run) {
  const next = rollout.stages[(rollout.stage ?? 0) + 1];
  return ask({
    title: t(next ? 'rollout.do_advance' : 'rollout.do_finish'),
    text: !next
      ? t(keyFor(rollout, 'advance.last'))
      : next.percent === null
        ? t(keyFor(rollout, 'advance.byName'), { n: next.devices?.length ?? 0 })
        : t(keyFor(rollout, 'advance.share'), { share: percent(next.percent / 100) }),
    action: t(next ? 'rollout.do_advance' : 'rollout.do_finish'),
    run,
  });
}

/**
 * Says what stays as it is before a roll-out is ended for good.
 * @param {Rollout} rollout
 * @param {Box[]} rows
 * @param {(what: string) => Promise<any>} act
 */
function abort(rollout, rows, act) {
  const stay = rows.filter((box) => runsIt(rollout, box));
  const keep = rows.filter((box) => !runsIt(rollout, box) && box.state !== 'excluded');
  const versions = new Set(keep.map((box) => box.version));
  const [version] = versions;
  if (isAhead(rollout)) {
    return ask({
      title: t('rollout.do_abort'),
      text: [t(keyFor(rollout, 'abort.draft')), ' ', t('abort.final')],
      action: t('rollout.do_abort'),
      danger: true,
      run: () => act('abort'),
    });
  }
  return ask({
    title: t('rollout.do_abort'),
    text: [
      t('abort.stay', { n: stay.length, version: rollout.version }),
      ' ',
      versions.size === 1 && version ? t('abort.keep', { n: keep.length, version }) : t('abort.keepTheirs', { n: keep.length }),
      ' ',
      t('abort.final'),
    ],
    action: t(keyFor(rollout, 'abort.do'), { n: keep.length }),
    danger: true,
    type: keep.length > many ? String(keep.length) : undefined,
    run: () => act('abort'),
  });
}
