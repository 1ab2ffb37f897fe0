// What the pages of deployments share: their head, a gateway's steps, modules before and after, the log, words of states and targets.

import { mayEverywhere, may } from '../core/access.js';
import { all } from '../core/api.js';
import { open } from '../core/dialog.js';
import { data, fill, h } from '../core/dom.js';
import { duration, number, percent } from '../core/format.js';
import { t, word } from '../core/text.js';
import { status } from '../parts/status.js';
import { groupOf, isEnded, moduleSums, spanOf, stepsOf } from './deployments-steps.js';

/** @typedef {import('../core/dom.js').Child} Child */
/** @typedef {import('./deployments-steps.js').Module} Module */
/** @typedef {{ id: string, version: string | null }} Release */
/** @typedef {{ percent: number, gateways: number, completed: number, failed: number }} Stage */
/** @typedef {{ all?: boolean | null, gateways?: string[] | null, places?: number[] | null }} Targets */
/**
 * @typedef {object} Rollout
 * @property {'rolling' | 'paused' | 'stopped' | 'done'} state
 * @property {Targets} targets
 * @property {boolean} earlier Whether an earlier one of the same deployment counts still.
 * @property {boolean} others Whether it is for gateways, too, that we do not see.
 * @property {number | null} stage From 0.
 * @property {Stage[]} stages
 * @property {number | null} waitMinutes
 * @property {number | null} maxFailures
 * @property {string | null} reason Why it is paused or was stopped.
 * @property {string | null} nextAt When the next stage begins.
 * @property {string | null} startedAt
 * @property {string | null} endedAt
 */
/**
 * A package.
 * @typedef {object} Deployment
 * @property {string} id
 * @property {string} version
 * @property {string} filename
 * @property {number} size
 * @property {string} sha256
 * @property {string} uploadedAt
 * @property {string | null} uploadedBy
 * @property {'release' | 'other' | 'none'} signed
 * @property {string | null} keyId
 * @property {boolean} published
 * @property {Rollout | null} rollout
 * @property {{ gateways: number, completed: number, running: number, failed: number, waiting: number, current: number } | null} counts
 * @property {boolean} hasFile Whether the server can hand it out.
 */
/**
 * A gateway that a deployment is for.
 * @typedef {object} Gateway
 * @property {string} gateway
 * @property {string | null} name
 * @property {string | null} place
 * @property {number | null} placeId
 * @property {number | null} stage
 * @property {Release | null} deployment What it is or was at.
 * @property {string | null} status
 * @property {string | null} lastStep
 * @property {number | null} progress
 * @property {number | null} attempt
 * @property {string | null} error
 * @property {string | null} noticeAt
 * @property {string | null} updatedAt
 * @property {Release | null} current
 * @property {Release | null} previous
 * @property {string | null} agentVersion
 * @property {string | null} seenAt When it last asked or said something.
 * @property {string | null} log
 * @property {Module[] | null} modules
 */
/** @typedef {Deployment & { gateways: Gateway[] }} WholeDeployment */
/** @typedef {import('./things-part.js').Thing} Thing */

/** The pages beside one another, by their address. @type {[string, string][]} */
const tabs = [
  ['packages', '/deployments'],
  ['gateways', '/deployments/gateways'],
  ['history', '/deployments/history'],
];

/** Shapes of groups of states: those of boxes everywhere else. @type {Record<string, string>} */
const shapes = { failed: 'silent', running: 'late', waiting: 'new', completed: 'online', removed: 'retired' };

/** Shapes of states of a whole deployment. @type {Record<string, string>} */
const rolloutShapes = { rolling: 'late', paused: 'odd', stopped: 'silent', done: 'online' };

/** Shapes of states of modules. @type {Record<string, string>} */
const moduleShapes = { waiting: 'new', done: 'online', failed: 'silent', restored: 'odd', skipped: 'retired' };

/** How often a log that is looked at is asked for, ms. */
const logMs = 5_000;

/** What stands behind a step. */
const marks = { done: '✓', now: '…', failed: '✗', todo: '–' };

/**
 * Heading and parts of the pages of deployments.
 * @param {string} shown
 */
export function head(shown) {
  return [
    h('h1', null, t('dep.title')),
    h(
      'nav',
      { class: 'tabs', 'aria-label': t('dep.tabs') },
      tabs.map(([name, href]) => h('a', { href, 'aria-current': name === shown ? 'page' : undefined }, t(`dep.tab_${name}`))),
    ),
  ];
}

/** @param {string} id */
export const deploymentAddress = (id) => `/deployments/${encodeURIComponent(id)}`;

/** Where the modules of a gateway stand. @param {string} id */
export const gatewayAddress = (id) => `/deployments/gateways/${encodeURIComponent(id)}`;

/** Where stands what was done with a module, whichever gateway it was behind. @param {string} hostname */
export const moduleAddress = (hostname) => `/deployments/history?module=${encodeURIComponent(hostname)}`;

/** @param {{ gateway: string, name?: string | null }} one */
export const gatewayName = (one) => one.name || one.gateway;

/** Whether we may tell the gateways of a place what to run. @param {number | null | undefined} place Null = it stands at none. */
export function mayDeploy(place) {
  return place === null || place === undefined ? mayEverywhere('operator') : may('operator', place);
}

/** The gateways that we see. @param {AbortSignal} signal @returns {Promise<Thing[]>} */
export function loadGateways(signal) {
  return all('/api/things', { signal, query: { kind: 'gateway' } });
}

/** The shape of a group of states. @param {string} group */
export const groupShape = (group) => shapes[group] ?? 'retired';

/**
 * The state of a gateway as shape and words.
 * @param {{ status: string | null, progress?: number | null }} gateway
 */
export function gatewayStatus({ status: state, progress }) {
  const name = state ?? 'waiting';
  const share = groupOf(state) === 'running' && typeof progress === 'number' ? ` ${percent(progress / 100)}` : '';
  return status(groupShape(groupOf(state)), h('span', { data: { word: name } }, word('depState', name), share));
}

/** The state of a whole deployment as shape and words. @param {Rollout | null} rollout */
export function rolloutStatus(rollout) {
  return rollout === null
    ? status('new', h('span', { data: { word: 'stored' } }, t('depRoll.stored')))
    : status(rolloutShapes[rollout.state] ?? 'retired', h('span', { data: { word: rollout.state } }, word('depRoll', rollout.state)));
}

/** Whether a package is signed, and by whom. @param {Deployment} one */
export function signature(one) {
  return h(
    'span',
    { class: one.signed === 'release' ? 'badge badge-good' : 'badge', data: { signed: one.signed }, title: one.keyId ?? undefined },
    word('depSign', one.signed),
  );
}

/**
 * The steps of a gateway: `received ✓ unpacked ✓ running … checked –`.
 * @param {import('./deployments-steps.js').Progress} gateway
 */
export function stepRow(gateway) {
  return h(
    'ol',
    { class: 'steps dep-steps', 'aria-label': t('depStep.title') },
    stepsOf(gateway).map(({ name, state }) =>
      h(
        'li',
        { data: { step: name, 'step-state': state }, 'aria-current': state === 'now' ? 'step' : undefined },
        t(`depStep.${name}${state === 'now' ? '_now' : ''}`),
        ' ',
        h('span', { 'aria-hidden': 'true' }, marks[state]),
        h('span', { class: 'hidden-text' }, t(`depStep.is_${state}`)),
      ),
    ),
  );
}

/**
 * Modules before and after, in sums first. `isOpen` and `toggled` keep what the reader has unfolded while the page is drawn anew.
 * @param {readonly Module[] | null | undefined} modules
 * @param {{ key: string, isOpen?: boolean, toggled?: (isOpen: boolean) => void }} options
 */
export function moduleList(modules, { key, isOpen, toggled }) {
  const sums = moduleSums(modules);
  if (!modules || sums.all === 0) {
    return null;
  }
  return h(
    'details',
    { open: isOpen, ontoggle: (/** @type {any} */ event) => toggled?.(event.currentTarget.open) },
    h(
      'summary',
      { data: { key: `modules-${key}` } },
      h(
        'span',
        null,
        t('depMod.sum', { n: sums.all, done: number(sums.done) }),
        sums.failed > 0 ? [' · ', h('strong', null, t('depMod.failed', { n: sums.failed }))] : null,
        sums.open > 0 ? ` · ${t('depMod.open', { n: sums.open })}` : null,
      ),
    ),
    h(
      'ul',
      { class: 'plain lines' },
      modules.map((one) => h('li', { data: { module: one.hostname } }, moduleFacts(one))),
    ),
  );
}

/**
 * What a module is called; it leads to its history.
 * @param {{ hostname: string, name?: string | null }} one
 */
export function moduleName(one) {
  return h(
    'span',
    null,
    h(
      'a',
      { href: moduleAddress(one.hostname) },
      h('strong', null, one.name || one.hostname),
      h('span', { class: 'hidden-text' }, ` ${t('dep.tab_history')}`),
    ),
    one.name ? h('span', { class: 'soft' }, ` ${one.hostname}`) : null,
  );
}

/**
 * A module in a deployment: what it is at, its versions, how long it took.
 * @param {Module} one
 */
export function moduleFacts(one) {
  const span = spanOf(one).map(duration).join(' ');
  return [
    h(
      'div',
      { class: 'line' },
      moduleName(one),
      status(
        moduleShapes[one.status] ?? 'late',
        h(
          'span',
          { data: { word: one.status } },
          word('depModState', one.status),
          one.status === 'pushing' && typeof one.percent === 'number' ? ` ${percent(one.percent / 100)}` : null,
        ),
      ),
    ),
    h(
      'p',
      { class: 'small breaks' },
      h('span', { class: 'soft' }, one.displayName || one.type),
      ' · ',
      versions(one.before, one.after),
      one.expected && one.after !== one.expected && (one.status === 'failed' || one.status === 'restored')
        ? h('span', { class: 'soft' }, ` ${t('depMod.expected', { version: one.expected })}`)
        : null,
      // A number and its unit stay together on a narrow screen.
      span === ''
        ? null
        : [' · ', h('span', { class: 'nowrap' }, data('module-ms', one.ms, t(isEnded(one) ? 'depHist.took' : 'depMod.soFar', { span })))],
    ),
    one.error ? h('p', { class: 'small error breaks' }, one.error) : null,
  ];
}

/**
 * Two versions, before and after; either may be unknown.
 * @param {string | null | undefined} before
 * @param {string | null | undefined} after
 */
export function versions(before, after) {
  return [
    h('span', { class: 'hidden-text' }, `${t('dep.before')} `),
    h('span', { data: { test: 'before' } }, before || t('dep.unknown')),
    h('span', { 'aria-hidden': 'true' }, ' → '),
    h('span', { class: 'hidden-text' }, ` ${t('dep.after')} `),
    h('span', { data: { test: 'after' } }, after || t('dep.unknown')),
  ];
}

/** The log that is open in a dialog, so that it grows while somebody looks. @type {{ key: string, show: (log: string) => void } | null} */
let logShown = null;

/**
 * Opens the end of a gateway's log.
 * @param {string} key Whose it is: `renewLog` tells what it says by then. Its button has `log-` and this as `data-key`.
 * @param {string} title
 * @param {string | null | undefined} log
 * @param {() => void} [again] Asks anew: of a log that grows no event tells.
 */
export async function openLog(key, title, log, again) {
  const text = h('pre', { class: 'secret dep-log', tabindex: 0, role: 'region', 'aria-label': title, 'data-test': 'log' });
  const show = (/** @type {string} */ now) => {
    // Who has scrolled up is reading there.
    const isAtEnd = text.scrollTop + text.clientHeight >= text.scrollHeight - 4;
    text.textContent = now === '' ? t('depLog.none') : now;
    if (isAtEnd) {
      text.scrollTop = text.scrollHeight;
    }
  };
  logShown = { key, show };
  const timer = again ? setInterval(() => !document.hidden && again(), logMs) : 0;
  // Measured by what is on the screen: a dialog that is not open yet has no height.
  queueMicrotask(() => show(log ?? ''));
  await open({
    title,
    wide: true,
    body: h('div', { class: 'stack' }, h('p', { class: 'soft' }, t(again ? 'depLog.grows' : 'depLog.why')), text),
    actions: (close) => h('button', { type: 'button', class: 'button', autofocus: true, onclick: () => close() }, t('dialog.close')),
  });
  clearInterval(timer);
  logShown = null;
  // The button may have been drawn anew meanwhile.
  if (document.activeElement === document.body) {
    /** @type {HTMLElement | null} */ (document.querySelector(`[data-key="${CSS.escape(`log-${key}`)}"]`))?.focus();
  }
}

/**
 * Tells the log that is open what it says now.
 * @param {string} key
 * @param {string | null | undefined} log
 */
export function renewLog(key, log) {
  if (logShown?.key === key) {
    logShown.show(log ?? '');
  }
}

/** Whether it goes step by step: one stage of all is none. @param {Stage[]} stages */
export const isStaged = (stages) => stages.length > 1;

/**
 * Where a deployment goes, in words.
 * @param {Rollout} rollout
 */
export function targetWords({ targets, stages }) {
  const whom = targets.gateways?.length
    ? t('depTo.toGateways', { n: targets.gateways.length })
    : targets.places?.length
      ? t('depTo.toPlaces', { n: targets.places.length })
      : t('depTo.toAll');
  return isStaged(stages)
    ? `${whom}, ${t('depTo.inStages', { shares: stages.map((one) => percent(one.percent / 100)).join(', ') })}`
    : whom;
}

/**
 * How far a deployment is, in numbers.
 * @param {Deployment['counts']} counts
 */
export function countWords(counts) {
  return counts === null
    ? null
    : [
        data('dep-completed', counts.completed, t('dep.onGateways', { n: counts.gateways, done: number(counts.completed) })),
        counts.current === counts.completed ? null : [' · ', data('dep-current', counts.current, t('dep.current', { n: counts.current }))],
        counts.running > 0 ? [' · ', data('dep-running', counts.running, t('dep.running', { n: counts.running }))] : null,
        counts.failed > 0 ? [' · ', h('strong', null, data('dep-failed', counts.failed, t('dep.failed', { n: counts.failed })))] : null,
      ];
}

/** A button that names what it acts on to who does not see where it stands. */
/**
 * @param {string} text
 * @param {string} of
 * @param {Record<string, any>} props
 */
export function buttonOf(text, of, props) {
  return h('button', { type: 'button', class: 'button', ...props }, text, h('span', { class: 'hidden-text' }, ` ${of}`));
}

/**
 * Closes a dialog's form when what it asked for was done.
 * @param {string} title
 * @param {(close: () => void) => Child} make
 */
export function openForm(title, make) {
  const body = h('div', { class: 'stack' });
  /** @type {() => void} */
  let end = () => {};
  const shown = open({
    title,
    body,
    actions: (close) => {
      end = () => close(true);
      return h('button', { type: 'button', class: 'button', onclick: () => close() }, t('dialog.cancel'));
    },
  });
  fill(
    body,
    make(() => end()),
  );
  return shown;
}
