// What is done with a deployment: it is published, held, let on, stopped, deleted; a gateway goes back, or tries again.

import { may, mayEverywhere } from '../core/access.js';
import { ApiError, all, del, post } from '../core/api.js';
import { ask, attempt, notice, open } from '../core/dialog.js';
import { h } from '../core/dom.js';
import { form } from '../core/form.js';
import { percent } from '../core/format.js';
import { loadPlaces } from '../core/places.js';
import { t } from '../core/text.js';
import { buttonOf, gatewayName, loadGateways, mayDeploy, openForm } from './deployments-part.js';
import { onTargets, targetChoice } from './deployments-targets.js';

/** @typedef {import('./deployments-part.js').Deployment} Deployment */
/** @typedef {import('./deployments-part.js').Gateway} Gateway */
/** @typedef {import('./deployments-part.js').Release} Release */

/** Packages that are offered to go back to. */
const mostOffered = 200;

/** Whether a deployment goes on, or may. @param {Deployment} one */
export const isOpen = (one) => one.rollout !== null && (one.rollout.state === 'rolling' || one.rollout.state === 'paused');

/**
 * Whether we may hold, let on or stop it: it concerns all its gateways.
 * @param {Deployment & { gateways?: Gateway[] }} one
 */
function maySteer({ rollout, gateways }) {
  const { places = [], gateways: named = [] } = rollout?.targets ?? {};
  return (
    mayEverywhere('operator') ||
    (!rollout?.others &&
      ((Boolean(places?.length) && places?.every((place) => may('operator', place))) ||
        (Boolean(named?.length) && isOurs(gateways?.filter((gateway) => named?.includes(gateway.gateway))))))
  );
}

/**
 * Whether gateways are ours. Those whose turn has not come are not listed yet; the server says that there are no others.
 * @param {Gateway[] | undefined} listed
 */
const isOurs = (listed) => Boolean(listed?.length) && Boolean(listed?.every((gateway) => mayDeploy(gateway.placeId)));

/**
 * What may be done with a deployment now: nobody sees a button that is not theirs, or that the server would refuse.
 * @param {Deployment & { gateways?: Gateway[] }} one
 * @param {{ again: () => void, gone: () => void }} then Asks anew; and what happens when it was deleted.
 */
export function deploymentButtons(one, { again, gone }) {
  if (!may('operator')) {
    return null;
  }
  const button = (/** @type {string} */ what, /** @type {(button: HTMLButtonElement) => any} */ work, style = 'button') =>
    buttonOf(t(`depDo.${what}`), one.version, {
      class: style,
      'data-key': `${what}-${one.id}`,
      onclick: (/** @type {any} */ event) => work(event.currentTarget),
    });
  const act = (/** @type {string} */ what, /** @type {Record<string, any>} */ query = {}) =>
    post(`/api/deployments/${one.id}/${what}`, undefined, { query }).finally(again);
  const rollout = one.rollout;
  const goesOn = isOpen(one);
  const isRolling = rollout?.state === 'rolling';
  const hasNext = rollout !== null && rollout.stage !== null && rollout.stage < rollout.stages.length - 1;
  const mayAct = maySteer(one);
  const buttons = [
    goesOn || !one.hasFile ? null : button('publish', () => publish(one, again), rollout === null ? 'button primary' : 'button'),
    mayAct && isRolling ? button('pause', (node) => attempt(node, () => act('pause'))) : null,
    mayAct && rollout?.state === 'paused' ? button('resume', (node) => attempt(node, () => act('resume')), 'button primary') : null,
    mayAct && isRolling && hasNext ? button('advance', () => advance(one, () => act('advance', { from: rollout.stage }))) : null,
    mayAct && (goesOn || rollout?.state === 'done' || rollout?.earlier)
      ? button(goesOn ? 'stop' : 'takeBack', () => stop(one, () => act('stop')), 'button danger')
      : null,
    mayEverywhere('operator') ? button('delete', () => remove(one, gone), 'button danger') : null,
  ].filter(Boolean);
  return buttons.length > 0 ? h('div', { class: 'actions start' }, buttons) : null;
}

/**
 * Asks where it is to go.
 * @param {Deployment} one
 * @param {() => void} again
 */
async function publish(one, again) {
  /** @type {import('./deployments-targets.js').Known | null} */
  let known = null;
  const signal = AbortSignal.timeout(10_000);
  if (
    !(await attempt(null, async () => {
      const [gateways, places] = await Promise.all([loadGateways(signal), loadPlaces(signal)]);
      known = { gateways, places };
    })) ||
    known === null
  ) {
    return;
  }
  const choice = targetChoice(known, { mayStore: false, mayAll: mayEverywhere('operator') });
  await openForm(t('depDo.publishTitle', { version: one.version }), (close) => {
    const wanted = form({
      fields: choice.fields,
      action: t('depDo.publishDo', { version: one.version }),
      changed: () => choice.arrange(),
      run: async (values) => {
        await post(`/api/deployments/${one.id}/publish`, { targets: choice.body(values) }).catch(onTargets);
        close();
        notice(t('depDo.published', { version: one.version }));
        again();
      },
    });
    choice.place(wanted);
    return [one.signed === 'release' ? null : h('p', { class: 'note warning' }, t(`depSign.${one.signed}Why`)), wanted.el];
  });
}

/**
 * @param {Deployment} one
 * @param {() => Promise<any>} run
 */
function advance(one, run) {
  const stages = one.rollout?.stages ?? [];
  const next = stages[(one.rollout?.stage ?? 0) + 1];
  return ask({
    title: t('depDo.advanceTitle', { version: one.version }),
    text: t('depDo.advanceText', { share: percent((next?.percent ?? 100) / 100) }),
    action: t('depDo.advance'),
    run,
  });
}

/**
 * @param {Deployment} one
 * @param {() => Promise<any>} run
 */
function stop(one, run) {
  const what = isOpen(one) ? 'stop' : 'takeBack';
  return ask({
    title: t(`depDo.${what}Title`, { version: one.version }),
    text: [t('depDo.stay', { n: one.counts?.current ?? 0, version: one.version }), ' ', t(`depDo.${what}Text`)],
    action: t(`depDo.${what}`),
    danger: true,
    run,
  });
}

/**
 * Asks before a package is deleted; where somebody runs to it, once more.
 * @param {Deployment} one
 * @param {() => void} gone
 */
function remove(one, gone) {
  let isForced = false;
  return ask({
    title: t('depDo.deleteTitle', { version: one.version }),
    text: t('depDo.deleteText', { n: one.counts?.current ?? 0 }),
    action: t('depDo.deleteDo', { version: one.version }),
    danger: true,
    run: async () => {
      try {
        await del(`/api/deployments/${one.id}`, { query: { force: isForced ? 'true' : null } });
      } catch (fault) {
        if (!isForced && fault instanceof ApiError && fault.status === 409) {
          isForced = true;
          throw new ApiError(409, `${fault.message} ${t('depDo.deleteAgain')}`);
        }
        throw fault;
      }
      notice(t('depDo.deleted', { version: one.version }));
      gone();
    },
  });
}

/**
 * What one gateway may be told: to try again what failed there, or to go back from what it runs.
 * @param {Gateway} gateway
 * @param {{ failed: Release | null, runs: Release | null }} of
 * @param {() => void} again
 */
export function gatewayButtons(gateway, { failed, runs }, again) {
  if (!mayDeploy(gateway.placeId)) {
    return null;
  }
  if (gateway.agentVersion === null && (failed || runs)) {
    return h('span', { class: 'soft small' }, t('dep.oldWatcher'));
  }
  const name = gatewayName(gateway);
  return [
    failed
      ? buttonOf(t('depDo.again'), name, {
          'data-key': `again-${gateway.gateway}`,
          onclick: (/** @type {any} */ event) =>
            attempt(event.currentTarget, () => deploy(gateway, failed.id)).then((isDone) => {
              if (isDone) {
                notice(t('depDo.againDone', { name, version: failed.version ?? '' }));
              }
              again();
            }),
        })
      : null,
    runs
      ? buttonOf(t('depDo.back'), name, {
          'data-key': `back-${gateway.gateway}`,
          onclick: (/** @type {any} */ event) => goBack(event.currentTarget, gateway, runs, again),
        })
      : null,
  ];
}

/**
 * @param {{ gateway: string }} gateway
 * @param {string} id
 */
function deploy(gateway, id) {
  return post(`/api/deployments/gateways/${encodeURIComponent(gateway.gateway)}/deploy`, { deploymentId: id });
}

/**
 * Asks to which version a gateway is to go back: that before this one, unless somebody wants another.
 * @param {HTMLButtonElement} button
 * @param {Gateway} gateway
 * @param {Release} runs
 * @param {() => void} again
 */
async function goBack(button, gateway, runs, again) {
  const name = gatewayName(gateway);
  const before = gateway.previous?.id === runs.id ? null : gateway.previous;
  /** @type {Deployment[]} */
  let others = [];
  if (
    !(await attempt(button, async () => {
      others = (await all('/api/deployments', { most: mostOffered })).filter((each) => each.id !== runs.id && each.hasFile);
    }))
  ) {
    return;
  }
  if (others.length === 0) {
    await open({
      title: t('depDo.backTitle', { name }),
      body: h('p', null, t('depDo.backNone')),
      actions: (close) => h('button', { type: 'button', class: 'button', autofocus: true, onclick: () => close() }, t('dialog.close')),
    });
    return;
  }
  await openForm(t('depDo.backTitle', { name }), (close) => {
    const chosen = others.find((each) => each.id === before?.id) ?? others[0];
    const wanted = form({
      fields: [
        {
          name: 'id',
          label: t('depDo.backTo'),
          type: 'select',
          value: chosen.id,
          options: others.map((each) => [
            each.id,
            each.id === before?.id ? t('depDo.backBefore', { version: each.version }) : each.version,
          ]),
        },
      ],
      action: t('depDo.back'),
      run: async (values) => {
        await deploy(gateway, values.id);
        close();
        notice(t('depDo.backDone', { name, version: others.find((each) => each.id === values.id)?.version ?? '' }));
        again();
      },
    });
    return [
      h('p', null, t('depDo.backText', { name, version: runs.version ?? '' })),
      before && chosen.id !== before.id
        ? h('p', { class: 'note warning' }, t('depDo.backGone', { version: before.version ?? before.id }))
        : null,
      wanted.el,
    ];
  });
}
