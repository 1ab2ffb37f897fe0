// One package on its way, live: stages, and what each gateway is at, with its log, its modules before and after, and the way back.

import { get } from '../core/api.js';
import { attempt } from '../core/dialog.js';
import { announce, data, fill, h } from '../core/dom.js';
import { ago, bytes, dateTime, number, percent } from '../core/format.js';
import { on } from '../core/live.js';
import { go } from '../core/router.js';
import { empty, view } from '../core/states.js';
import { refresh } from '../core/store.js';
import { t, tn } from '../core/text.js';
import { shape } from '../parts/status.js';
import { buttonOf, countWords, gatewayAddress, gatewayName, gatewayStatus, groupShape, isStaged, moduleList } from './deployments-part.js';
import { openLog, renewLog, rolloutStatus, signature, stepRow, targetWords } from './deployments-part.js';
import { deploymentButtons, gatewayButtons, isOpen } from './deployments-publish.js';
import { groupNames, groupOf, inOrder } from './deployments-steps.js';
import { whoName } from './who-part.js';

/** @typedef {import('./deployments-part.js').WholeDeployment} WholeDeployment */
/** @typedef {import('./deployments-part.js').Gateway} Gateway */

/** How long events are kept together, ms, and so much more for each gateway. */
const againMs = 500;
const againPerGatewayMs = 2;

/** Gateways that are drawn at once, worst first. */
const step = 50;

/** @type {import('../core/router.js').Page} */
export const page = {
  title: 'dep.one',
  needs: 'operator',
  texts: 'deployments',
  mount(root, context) {
    const id = context.params.id;
    const key = `deployments ${id}`;
    const name = h('h1', { class: 'breaks' }, t('dep.one'));
    const body = h('section', { class: 'card' });
    const counters = h('div', { class: 'counters', role: 'group', 'aria-label': t('dep.states') });
    const found = h('p', { class: 'soft', role: 'status' });
    const cards = h('ul', { class: 'plain dep-cards', 'aria-label': t('dep.gateways') });
    const more = h('p');
    const list = h('section', { class: 'stack', hidden: true }, h('h2', null, t('dep.gateways')), counters, found, cards, more);
    /** Modules that the reader has unfolded. @type {Set<string>} */
    const unfolded = new Set();
    /** What was said of gateways before, to tell what has changed. @type {Map<string, string>} */
    const said = new Map();
    /** @type {WholeDeployment | null} */
    let known = null;
    let shown = step;
    let timer = 0;
    const again = () => refresh(key);
    fill(root, h('p', null, h('a', { href: '/deployments' }, `‹ ${t('dep.tab_packages')}`)), name, body, list);

    view(body, {
      key,
      context,
      lines: 6,
      fetch: (signal) => get(`/api/deployments/${encodeURIComponent(id)}`, { signal }),
      show: (/** @type {WholeDeployment} */ answer) => {
        // Who runs it without having said a word of it, by hand or since before, is done.
        const gateways = answer.gateways.map((each) =>
          each.status === null && each.current?.id === id ? { ...each, status: 'completed' } : each,
        );
        const one = { ...answer, gateways };
        known = one;
        name.textContent = t('dep.named', { version: one.version });
        context.title(name.textContent);
        tell(one.gateways);
        draw();
        return facts(one, {
          again,
          gone: () => {
            refresh('deployments list');
            go('/deployments', { replace: true });
          },
        });
      },
    });

    /** Says what a gateway has come to, to who does not see it. @param {Gateway[]} all */
    function tell(all) {
      const isFirst = said.size === 0;
      for (const one of all) {
        const now = groupOf(one.status);
        if (!isFirst && said.get(one.gateway) !== now && (now === 'failed' || now === 'completed')) {
          announce(t(`dep.said_${now}`, { name: gatewayName(one) }));
        }
        said.set(one.gateway, now);
      }
    }

    function draw() {
      const all = known?.gateways ?? [];
      list.hidden = known === null || (known.rollout === null && all.length === 0);
      const wanted = context.query.get('state') ?? '';
      const focused = list.contains(document.activeElement) ? document.activeElement?.getAttribute('data-key') : null;
      fill(
        counters,
        groupNames
          .map((group) => ({ group, n: all.filter((one) => groupOf(one.status) === group).length }))
          .filter(({ group, n }) => n > 0 || group === wanted)
          .map(({ group, n }) =>
            h(
              'button',
              {
                type: 'button',
                class: 'counter',
                'aria-pressed': String(group === wanted),
                data: { key: `state-${group}` },
                onclick: () => {
                  context.setQuery({ state: group === wanted ? null : group }, { replace: true });
                  draw();
                },
              },
              shape(groupShape(group)),
              data(`gateways-${group}`, n, number(n)),
              ' ',
              t(`depGroup.${group}`),
            ),
          ),
      );
      const some = inOrder(all.filter((one) => wanted === '' || groupOf(one.status) === wanted));
      found.textContent = all.length === 0 ? t('dep.noGateways') : t('dep.found', { n: some.length, all: number(all.length) });
      fill(
        cards,
        some.slice(0, shown).map((one) => card(one)),
      );
      fill(
        more,
        some.length > shown
          ? h(
              'button',
              {
                type: 'button',
                class: 'button',
                data: { key: 'more' },
                onclick: () => {
                  shown += step;
                  draw();
                },
              },
              t('dep.more', { n: Math.min(step, some.length - shown) }),
            )
          : null,
      );
      if (focused) {
        /** @type {HTMLElement | null} */ (list.querySelector(`[data-key="${CSS.escape(focused)}"]`))?.focus({ preventScroll: true });
      }
    }

    /** The end of what a gateway printed at this: those of all would be too much to ask for with each event. @param {string} gateway */
    async function logOf(gateway) {
      const path = `/api/deployments/${encodeURIComponent(id)}/gateways/${encodeURIComponent(gateway)}`;
      return /** @type {Gateway} */ (await get(path, { signal: context.signal })).log;
    }

    /**
     * @param {string} gateway
     * @param {string} title
     */
    async function showLog(gateway, title) {
      const which = `${id} ${gateway}`;
      /** @type {string | null | undefined} */
      let log;
      try {
        log = await logOf(gateway);
      } catch (fault) {
        if (context.signal.aborted) {
          return;
        }
        throw fault;
      }
      let isAsking = false;
      void openLog(which, t('depLog.title', { name: title }), log, async () => {
        if (isAsking) {
          return;
        }
        isAsking = true;
        try {
          renewLog(which, await logOf(gateway));
        } catch {
          // What is shown stays; the next look may be luckier.
        } finally {
          isAsking = false;
        }
      });
    }

    /** @param {Gateway} one */
    function card(one) {
      const title = gatewayName(one);
      return h(
        'li',
        { class: 'card', data: { gateway: one.gateway, group: groupOf(one.status) } },
        h('div', { class: 'line' }, h('h3', null, h('a', { href: gatewayAddress(one.gateway), data: { key: `open-${one.gateway}` } }, title)), gatewayStatus(one)),
        h(
          'p',
          { class: 'soft small' },
          [
            one.place ?? t('dep.noPlace'),
            one.stage === null || !isStaged(known?.rollout?.stages ?? []) ? null : t('dep.ofStage', { n: one.stage + 1 }),
            (one.attempt ?? 0) > 1 ? t('dep.attempt', { n: one.attempt ?? 0 }) : null,
            one.updatedAt ? ago(one.updatedAt) : null,
          ]
            .filter(Boolean)
            .join(' · '),
        ),
        stepRow(one),
        one.error ? h('p', { class: 'note bad breaks', 'data-test': 'error' }, one.error) : null,
        one.current
          ? h(
              'p',
              null,
              tn('dep.runs', { version: h('strong', { 'data-test': 'current' }, one.current.version ?? t('dep.unknown')) }),
              one.previous
                ? h('span', { class: 'soft' }, ` ${t('dep.ranBefore', { version: one.previous.version ?? t('dep.unknown') })}`)
                : null,
            )
          : null,
        moduleList(one.modules, {
          key: one.gateway,
          isOpen: unfolded.has(one.gateway),
          toggled: (isUnfolded) => (isUnfolded ? unfolded.add(one.gateway) : unfolded.delete(one.gateway)),
        }),
        h(
          'div',
          { class: 'actions start' },
          one.status === null
            ? null
            : buttonOf(t('depLog.open'), title, {
                'data-key': `log-${id} ${one.gateway}`,
                onclick: (/** @type {Event} */ event) =>
                  attempt(/** @type {HTMLButtonElement} */ (event.currentTarget), () => showLog(one.gateway, title)),
              }),
          known
            ? gatewayButtons(one, { failed: one.status === 'failed' ? known : null, runs: one.current?.id === id ? known : null }, again)
            : null,
        ),
      );
    }

    const soon = () => {
      timer ||= window.setTimeout(
        () => {
          timer = 0;
          again();
        },
        againMs + againPerGatewayMs * (known?.gateways.length ?? 0),
      );
    };
    context.later(() => clearTimeout(timer));
    context.later(on('deployment', (event) => (!event?.deploymentId || event.deploymentId === id) && soon()));
    return {
      query() {
        shown = step;
        draw();
      },
    };
  },
};

/**
 * @param {WholeDeployment} one
 * @param {{ again: () => void, gone: () => void }} then
 */
function facts(one, then) {
  const { rollout } = one;
  return [
    h('div', { class: 'line' }, rolloutStatus(rollout), signature(one)),
    one.signed === 'release' ? null : h('p', { class: 'note warning' }, t(`depSign.${one.signed}Why`)),
    one.hasFile ? null : h('p', { class: 'note bad', 'data-test': 'no-file' }, t('dep.noFile')),
    rollout === null
      ? empty(t('dep.notYet'))
      : [
          h('p', null, targetWords(rollout), ' · ', countWords(one.counts)),
          rollout.reason ? h('p', { class: 'note warning breaks', 'data-test': 'reason' }, rollout.reason) : null,
          rollout.state === 'rolling' && rollout.nextAt ? h('p', null, t('dep.nextAt', { time: dateTime(rollout.nextAt) })) : null,
          isStaged(rollout.stages) ? stages(rollout) : null,
        ],
    deploymentButtons(one, then),
    h(
      'dl',
      { class: 'pairs' },
      /** @type {[string, import('../core/dom.js').Child][]} */ ([
        ['file', one.filename],
        ['size', data('dep-size', one.size, bytes(one.size))],
        ['hash', h('code', { class: 'breaks' }, one.sha256)],
        ['key', one.keyId],
        ['uploaded', `${dateTime(one.uploadedAt)}${one.uploadedBy ? ` · ${whoName(one.uploadedBy)}` : ''}`],
        ['published', rollout?.startedAt ? dateTime(rollout.startedAt) : null],
        ['ended', rollout?.endedAt && !isOpen(one) ? dateTime(rollout.endedAt) : null],
      ])
        .filter(([, value]) => value)
        .map(([label, value]) => h('div', null, h('dt', null, t(`depFact.${label}`)), h('dd', null, value))),
    ),
  ];
}

/** @param {import('./deployments-part.js').Rollout} rollout */
function stages(rollout) {
  return h(
    'ul',
    { class: 'plain shares' },
    rollout.stages.map((one, index) => {
      const isTo = rollout.stage === null || index > rollout.stage;
      const width = one.gateways === 0 ? 0 : Math.min(100, (100 * one.completed) / one.gateways);
      return h(
        'li',
        { data: { stage: index } },
        h(
          'div',
          { class: 'share-head' },
          h('span', null, t('dep.stageName', { n: index + 1, share: percent(one.percent / 100) })),
          isTo
            ? h('span', { class: 'soft' }, t('dep.toCome'))
            : h(
                'span',
                null,
                data('stage-completed', one.completed, t('dep.inStage', { n: one.gateways, done: number(one.completed) })),
                one.failed > 0 ? [' · ', h('strong', null, data('stage-failed', one.failed, t('dep.failed', { n: one.failed })))] : null,
              ),
        ),
        h(
          'div',
          { class: 'share-line', 'aria-hidden': 'true' },
          h('div', { class: 'share-bar', style: { width: `${isTo ? 0 : width}%` } }),
        ),
      );
    }),
  );
}
