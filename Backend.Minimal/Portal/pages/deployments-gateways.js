// The gateways: whether they are there, how many modules each has; and what kinds of modules are called.

import { mayEverywhere } from '../core/access.js';
import { ApiError, all, del, get, put } from '../core/api.js';
import { notice } from '../core/dialog.js';
import { data, fill, h, throttle } from '../core/dom.js';
import { form } from '../core/form.js';
import { on } from '../core/live.js';
import { empty, view } from '../core/states.js';
import { refresh } from '../core/store.js';
import { t, word } from '../core/text.js';
import { status } from '../parts/status.js';
import { buttonOf, deploymentAddress, gatewayAddress, gatewayStatus, head, loadGateways, openForm } from './deployments-part.js';

/** @typedef {import('./deployments-part.js').Thing} Thing */
/** @typedef {import('./deployments-part.js').Gateway} Gateway */
/** @typedef {{ type: string, displayName: string }} ModuleType */

/** How long events are kept together, ms. */
const againMs = 5_000;

/** Shapes of states: those of boxes. @type {Record<string, string>} */
const shapes = { offline: 'silent', degraded: 'late', never: 'new', online: 'online' };

/** What the server takes as a type of modules. */
const typeRule = /^[A-Za-z0-9_-]{1,40}$/;

/** @type {import('../core/router.js').Page} */
export const page = {
  title: 'dep.tab_gateways',
  needs: 'operator',
  texts: 'deployments things',
  mount(root, context) {
    const body = h('section', { class: 'card' });
    const kinds = h('section', { class: 'card' });
    fill(root, head('gateways'), h('div', { class: 'place-grid' }, h('div', null, body), h('div', null, kinds)));
    view(body, {
      key: 'gateways',
      context,
      fetch: async (signal) => {
        const [things, states] = await Promise.all([loadGateways(signal), all('/api/deployments/gateways', { signal })]);
        const stateOf = new Map(states.map((one) => [one.gateway, one]));
        return things.map((thing) => ({ thing, state: stateOf.get(thing.device_id) ?? null }));
      },
      show: (/** @type {{ thing: Thing, state: Gateway | null }[]} */ gateways) => [
        h('h2', null, t('dep.tab_gateways')),
        gateways.length === 0
          ? empty(t('dep.noGatewaysYet'), h('span', { class: 'soft' }, t('dep.noGatewaysHow')))
          : [
              h('p', { class: 'soft' }, data('gateways', gateways.length, t('dep.gatewayCount', { n: gateways.length }))),
              h('ul', { class: 'plain lines' }, gateways.map(row)),
            ],
      ],
    });
    view(kinds, {
      key: 'module-types',
      context,
      isAside: true,
      fetch: (signal) => get('/api/module-types', { signal }),
      show: (/** @type {ModuleType[]} */ types) => [
        h('h2', null, t('depType.title')),
        h('p', { class: 'soft' }, t('depType.why')),
        types.length === 0
          ? h('p', { class: 'soft' }, t('depType.none'))
          : h(
              'ul',
              { class: 'plain lines' },
              types.map((one) => typeRow(one)),
            ),
        mayEverywhere('operator')
          ? h(
              'p',
              null,
              h(
                'button',
                { type: 'button', class: 'button', data: { key: 'type-new' }, onclick: () => editType(null, types) },
                t('depType.add'),
              ),
            )
          : null,
      ],
    });
    const again = throttle(() => refresh('gateways'), againMs);
    context.later(on('status', again));
    context.later(on('deployment', again));
  },
};

/** @param {{ thing: Thing, state: Gateway | null }} gateway */
function row({ thing, state }) {
  const { device_id: id, name, place } = thing;
  const history = `/deployments/history?gateway=${encodeURIComponent(id)}`;
  return h(
    'li',
    { data: { gateway: id } },
    h(
      'div',
      { class: 'line' },
      h(
        'span',
        null,
        h('a', { href: gatewayAddress(id), data: { key: `open-${id}` } }, h('strong', null, name || id)),
        name ? h('span', { class: 'soft' }, ` ${id}`) : null,
      ),
      status(shapes[thing.status] ?? thing.status, word('thingState', thing.status)),
    ),
    state?.deployment
      ? h(
          'p',
          null,
          state.current ? `${t('dep.runs', { version: state.current.version ?? t('dep.unknown') })} · ` : null,
          h('a', { href: deploymentAddress(state.deployment.id), data: { key: `deployment-${id}` } }, state.deployment.version ?? t('dep.unknown')),
          ': ',
          gatewayStatus(state),
        )
      : null,
    h(
      'p',
      { class: 'soft small' },
      [place ?? t('dep.noPlace'), state?.agentVersion ? t('dep.agent', { version: state.agentVersion }) : null].filter(Boolean).join(' · '),
      ' · ',
      h('a', { href: history, data: { key: `history-${id}` } }, t('dep.tab_history'), h('span', { class: 'hidden-text' }, `: ${name || id}`)),
    ),
  );
}

/** @param {ModuleType} one */
function typeRow(one) {
  return h(
    'li',
    { class: 'line', data: { type: one.type } },
    h('span', null, h('strong', null, one.displayName), h('span', { class: 'soft' }, ` ${one.type}`)),
    mayEverywhere('operator')
      ? h(
          'span',
          { class: 'row' },
          buttonOf(t('depType.edit'), one.type, { class: 'link', 'data-key': `type-${one.type}`, onclick: () => editType(one, []) }),
          buttonOf(t('depType.delete'), one.type, {
            class: 'link',
            onclick: async (/** @type {any} */ event) => {
              event.currentTarget.disabled = true;
              await removeType(one);
            },
          }),
        )
      : null,
  );
}

/** @param {string} type */
const typePath = (type) => `/api/module-types/${encodeURIComponent(type)}`;

/** @param {ModuleType} one */
async function removeType(one) {
  try {
    await del(typePath(one.type));
    notice(t('depType.deleted', { type: one.type }), {
      undo: () => put(typePath(one.type), { displayName: one.displayName }).then(() => refresh('module-types')),
    });
  } catch (fault) {
    notice(fault instanceof ApiError ? fault.message : t('error.unknown'), { bad: true });
  }
  refresh('module-types');
}

/**
 * Names a kind of modules.
 * @param {ModuleType | null} one Null = a new one.
 * @param {ModuleType[]} known
 */
function editType(one, known) {
  return openForm(
    one ? t('depType.editTitle', { type: one.type }) : t('depType.add'),
    (close) =>
      form({
        fields: [
          ...(one
            ? []
            : [
                {
                  name: 'type',
                  label: t('depType.type'),
                  hint: t('depType.typeHint'),
                  required: true,
                  check: (/** @type {string} */ value) =>
                    !typeRule.test(value)
                      ? t('depType.typeRule')
                      : known.some((each) => each.type === value)
                        ? t('depType.taken', { type: value })
                        : null,
                },
              ]),
          { name: 'displayName', label: t('depType.name'), hint: t('depType.nameHint'), value: one?.displayName, required: true, max: 64 },
        ],
        action: t('depType.save'),
        run: async (values) => {
          await put(typePath(one?.type ?? values.type), { displayName: values.displayName });
          close();
          notice(t('depType.saved', { name: values.displayName }));
          refresh('module-types');
        },
      }).el,
  );
}
