// One gateway: what it runs and is at; the modules behind it, what they ran when last seen, whether firmware is pushed into them.

import { del, get, put } from '../core/api.js';
import { attempt, notice } from '../core/dialog.js';
import { data, fill, h, throttle } from '../core/dom.js';
import { form } from '../core/form.js';
import { ago } from '../core/format.js';
import { on } from '../core/live.js';
import { empty, view } from '../core/states.js';
import { refresh } from '../core/store.js';
import { t, word } from '../core/text.js';
import {
  buttonOf,
  deploymentAddress,
  gatewayName,
  gatewayStatus,
  mayDeploy,
  moduleName,
  openForm,
  openLog,
  renewLog,
  stepRow,
} from './deployments-part.js';
import { gatewayButtons } from './deployments-publish.js';
import { hostRule, isSameModule } from './deployments-steps.js';

/** @typedef {import('./deployments-part.js').Thing} Thing */
/** @typedef {import('./deployments-part.js').Gateway} Gateway */
/** @typedef {import('./deployments-gateways.js').ModuleType} ModuleType */
/**
 * A module of a gateway.
 * @typedef {object} Module
 * @property {string} hostname
 * @property {string} type
 * @property {string | null} [displayName]
 * @property {string | null} name
 * @property {boolean} enabled
 * @property {string | null} address
 * @property {'wired' | 'wireless'} connection
 * @property {string | null} version
 * @property {string | null} versionAt
 */

/** How long events are kept together, ms. */
const againMs = 2_000;

/** @type {import('../core/router.js').Page} */
export const page = {
  title: 'depMod.title',
  needs: 'operator',
  texts: 'deployments things',
  mount(root, context) {
    const id = context.params.gateway;
    const key = `gateway-modules ${id}`;
    const name = h('h1', { class: 'breaks' }, id);
    const body = h('section', { class: 'card' });
    fill(root, h('p', null, h('a', { href: '/deployments/gateways' }, `‹ ${t('dep.tab_gateways')}`)), name, body);
    view(body, {
      key,
      context,
      fetch: async (signal) => {
        const [gateway, state, modules, types] = await Promise.all([
          get(`/api/things/${encodeURIComponent(id)}`, { signal }),
          get(`/api/deployments/gateways/${encodeURIComponent(id)}`, { signal }),
          get(listPath(id), { signal }),
          get('/api/module-types', { signal }),
        ]);
        return { gateway, state, modules, types };
      },
      show: (
        /** @type {{ gateway: Thing, state: Gateway, modules: Module[], types: ModuleType[] }} */ { gateway, state, modules, types },
      ) => {
        name.textContent = gateway.name || id;
        context.title(name.textContent);
        const isOurs = mayDeploy(gateway.place_id);
        const again = () => refresh(key);
        renewLog(id, state.log);
        return [
          h(
            'p',
            { class: 'soft' },
            [gateway.place ?? t('dep.noPlace'), word('thingState', gateway.status)].join(' · '),
            ' · ',
            h('a', { href: `/things/${encodeURIComponent(id)}` }, t('depMod.thing')),
            ' · ',
            h('a', { href: `/deployments/history?gateway=${encodeURIComponent(id)}` }, t('dep.tab_history')),
          ),
          stateOf(state, again),
          h('h2', null, t('depMod.title')),
          h('p', { class: 'soft' }, t('depMod.why')),
          modules.length === 0
            ? empty(t('depMod.none'))
            : h(
                'ul',
                { class: 'plain lines', 'aria-label': t('depMod.title') },
                modules.map((one) => row(id, one, { modules, types, isOurs, again })),
              ),
          isOurs
            ? h(
                'p',
                null,
                h(
                  'button',
                  { type: 'button', class: 'button', data: { key: 'module-new' }, onclick: () => edit(id, null, modules, types, again) },
                  t('depMod.add'),
                ),
              )
            : null,
        ];
      },
    });
    context.later(
      on(
        'deployment',
        throttle(() => refresh(key), againMs),
      ),
    );
  },
};

/**
 * What the gateway runs, and how far it is with what it took up last.
 * @param {Gateway} state
 * @param {() => void} again
 */
function stateOf(state, again) {
  const { current, deployment } = state;
  return [
    current ? h('p', null, t('dep.runs', { version: current.version ?? t('dep.unknown') })) : null,
    deployment
      ? [
          h(
            'p',
            null,
            h('a', { href: deploymentAddress(deployment.id), data: { key: 'deployment' } }, deployment.version ?? t('dep.unknown')),
            ': ',
            gatewayStatus(state),
          ),
          stepRow(state),
          state.error ? h('p', { class: 'note bad breaks', 'data-test': 'error' }, state.error) : null,
        ]
      : h('p', { class: 'soft' }, t('dep.nothingYet')),
    h(
      'div',
      { class: 'actions start' },
      deployment
        ? buttonOf(t('depLog.open'), gatewayName(state), {
            'data-key': `log-${state.gateway}`,
            onclick: () => openLog(state.gateway, t('depLog.title', { name: gatewayName(state) }), state.log, again),
          })
        : null,
      gatewayButtons(state, { failed: state.status === 'failed' ? deployment : null, runs: current }, again),
    ),
  ];
}

/** @param {string} gateway */
const listPath = (gateway) => `/api/gateways/${encodeURIComponent(gateway)}/modules`;

/**
 * @param {string} gateway
 * @param {{ hostname: string }} one
 */
const pathOf = (gateway, one) => `${listPath(gateway)}/${encodeURIComponent(one.hostname)}`;

/** What the server is told of a module: of what is left out it keeps what it has, so that nothing is an empty text. @param {Module} one */
function bodyOf({ type, name, enabled, address, connection }) {
  return { type, name: name ?? '', enabled, address: address ?? '', connection };
}

/**
 * @param {string} gateway
 * @param {Module} one
 * @param {{ modules: Module[], types: ModuleType[], isOurs: boolean, again: () => void }} options
 */
function row(gateway, one, { modules, types, isOurs, again }) {
  const called = one.name || one.hostname;
  return h(
    'li',
    { data: { module: one.hostname } },
    h(
      'div',
      { class: 'line' },
      moduleName(one),
      isOurs
        ? h(
            'span',
            { class: 'row' },
            h('span', { class: 'small soft', 'aria-hidden': 'true' }, t(one.enabled ? 'depMod.on' : 'depMod.off')),
            h(
              'button',
              {
                type: 'button',
                class: 'switch',
                role: 'switch',
                'aria-checked': String(one.enabled),
                'aria-label': t('depMod.pushed', { name: called }),
                data: { key: `switch-${one.hostname}` },
                onclick: (/** @type {any} */ event) =>
                  attempt(event.currentTarget, () => put(pathOf(gateway, one), { ...bodyOf(one), enabled: !one.enabled })).then(again),
              },
              h('span', { class: 'switch-knob' }),
            ),
          )
        : h('span', { class: 'small soft' }, t(one.enabled ? 'depMod.on' : 'depMod.off')),
    ),
    h(
      'p',
      null,
      one.displayName || typeName(types, one.type),
      h('span', { class: 'soft' }, ` · ${word('depMod', one.connection)}`, one.address ? ` · ${one.address}` : ''),
    ),
    h(
      'p',
      { class: 'soft small' },
      one.version
        ? [
            data('module-version', one.version, t('depMod.version', { version: one.version })),
            one.versionAt ? ` · ${ago(one.versionAt)}` : null,
          ]
        : t('depMod.noVersion'),
    ),
    isOurs
      ? h(
          'div',
          { class: 'actions start' },
          buttonOf(t('depMod.edit'), called, {
            class: 'link',
            'data-key': `edit-${one.hostname}`,
            onclick: () => edit(gateway, one, modules, types, again),
          }),
          buttonOf(t('depMod.delete'), called, {
            class: 'link',
            onclick: async (/** @type {any} */ event) => {
              if (await attempt(event.currentTarget, () => del(pathOf(gateway, one)))) {
                notice(t('depMod.deleted', { name: called }), { undo: () => put(pathOf(gateway, one), bodyOf(one)).then(again) });
              }
              again();
            },
          }),
        )
      : null,
  );
}

/**
 * @param {ModuleType[]} types
 * @param {string} type
 */
function typeName(types, type) {
  return types.find((one) => one.type === type)?.displayName ?? type;
}

/**
 * Adds a module, or changes one.
 * @param {string} gateway
 * @param {Module | null} one Null = a new one.
 * @param {Module[]} modules
 * @param {ModuleType[]} types
 * @param {() => void} again
 */
function edit(gateway, one, modules, types, again) {
  return openForm(one ? t('depMod.editTitle', { name: one.name || one.hostname }) : t('depMod.add'), (close) => {
    const list = 'module-types-known';
    const known = [...new Set([...types.map((each) => each.type), ...modules.map((each) => each.type)])].sort();
    const wanted = form({
      fields: [
        ...(one
          ? []
          : [
              {
                name: 'hostname',
                label: t('depMod.hostname'),
                hint: t('depMod.hostnameHint'),
                required: true,
                check: (/** @type {string} */ value) =>
                  !hostRule.test(value)
                    ? t('depMod.hostnameRule')
                    : modules.some((each) => isSameModule(each.hostname, value))
                      ? t('depMod.taken', { name: value })
                      : null,
              },
            ]),
        { name: 'type', label: t('depMod.type'), hint: t('depMod.typeHint'), value: one?.type, required: true, list, max: 40 },
        { name: 'name', label: t('depMod.name'), hint: t('depMod.nameHint'), value: one?.name, max: 64 },
        {
          name: 'connection',
          label: t('depMod.connection'),
          type: 'select',
          value: one?.connection ?? 'wired',
          options: [
            ['wired', t('depMod.wired')],
            ['wireless', t('depMod.wireless')],
          ],
        },
        { name: 'address', label: t('depMod.address'), hint: t('depMod.addressHint'), value: one?.address, max: 253 },
        { name: 'enabled', label: t('depMod.enabled'), type: 'checkbox', value: one?.enabled ?? true },
      ],
      action: t('depMod.save'),
      run: async (values) => {
        const hostname = one?.hostname ?? values.hostname;
        await put(pathOf(gateway, { hostname }), bodyOf(/** @type {any} */ (values)));
        close();
        notice(t('depMod.saved', { name: values.name || hostname }));
        again();
      },
    });
    wanted.el.append(
      h(
        'datalist',
        { id: list },
        known.map((type) => h('option', { value: type }, typeName(types, type))),
      ),
    );
    return wanted.el;
  });
}
