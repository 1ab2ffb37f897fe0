// Which gateway took over what, when, how long it took, how it ended: newest first, part by part; of one module, what was written to it.
// What is looked for is in the address.

import { all, get } from '../core/api.js';
import { data, fill, h } from '../core/dom.js';
import { dateTime, duration } from '../core/format.js';
import { on } from '../core/live.js';
import { empty, failed, loading } from '../core/states.js';
import { t, word } from '../core/text.js';
import { status } from '../parts/status.js';
import { buttonOf, deploymentAddress, gatewayAddress, gatewayName, head, loadGateways, moduleList, openLog } from './deployments-part.js';
import { groupShape, moduleFacts, versions } from './deployments-part.js';
import { groupOf, hostRule, isSameModule } from './deployments-steps.js';
import { whoName } from './who-part.js';

/**
 * A try of a gateway.
 * @typedef {object} Row
 * @property {number} id
 * @property {string} gateway
 * @property {string | null} name
 * @property {string | null} place
 * @property {string} deploymentId
 * @property {string | null} fromVersion
 * @property {string} toVersion
 * @property {string} status
 * @property {string | null} result
 * @property {string | null} startedAt
 * @property {string | null} endedAt
 * @property {number | null} seconds
 * @property {string | null} error
 * @property {number | null} attempt
 * @property {string | null} by
 * @property {string | null} log
 * @property {import('./deployments-steps.js').Module[] | null} modules
 */

/** Lines of a part. */
const step = 50;

/** What one may look for; the keys are those of the address and of the API. */
const filters = /** @type {const} */ (['gateway', 'module', 'deployment', 'result']);

/** Those of which there are few enough for a list. A module is typed: there may be thousands, and one that is gone has a history. */
const lists = filters.filter((name) => name !== 'module');

/** Modules that are offered while one is typed, at most. */
const mostOffered = 500;

/** @type {import('../core/router.js').Page} */
export const page = {
  title: 'dep.tab_history',
  needs: 'operator',
  texts: 'deployments',
  mount(root, context) {
    /** Which question the newest answer must be of. */
    let asked = 0;
    let count = 0;
    const rows = h('ul', { class: 'plain lines', 'aria-label': t('dep.tab_history') });
    const foot = h('div');
    const news = h('p', { role: 'status' });
    /** @type {Record<string, HTMLSelectElement>} */
    const selects = Object.fromEntries(
      lists.map((name) => [name, h('select', { id: `history-${name}`, name, onchange: () => change(name, selects[name].value) })]),
    );
    const offered = h('datalist', { id: 'history-modules' });
    const wrong = h('p', { class: 'error', id: 'history-module-error', hidden: true }, t('depMod.hostnameRule'));
    const module = h('input', {
      id: 'history-module',
      name: 'module',
      // Not of the type search: its cross and a list together leave a phone too little room for a name.
      type: 'text',
      list: offered.id,
      placeholder: t('depHist.any_module'),
      autocomplete: 'off',
      autocapitalize: 'off',
      spellcheck: 'false',
      'aria-describedby': wrong.id,
      onchange: () => change('module', module.value.trim()),
    });
    /** What modules are called, by their hostnames. @type {Map<string, string>} */
    const known = new Map();
    const field = (/** @type {string} */ name) =>
      h(
        'div',
        { class: 'field' },
        h('label', { for: `history-${name}` }, t(`depHist.${name}`)),
        name === 'module' ? [module, wrong, offered] : selects[name],
      );
    fill(
      root,
      head('history'),
      h(
        'form',
        {
          class: 'audit-filters',
          role: 'search',
          'aria-label': t('depHist.filter'),
          onsubmit: (/** @type {Event} */ event) => event.preventDefault(),
        },
        filters.map(field),
      ),
      news,
      h('section', { class: 'card' }, rows, foot),
    );
    /** What is in the lists, by filter. @type {Record<string, [string, string][]>} */
    const options = { gateway: [], deployment: [], result: ['completed', 'failed', 'removed'].map((one) => [one, t(`depState.${one}`)]) };
    lists.forEach(fillFilter);
    loadGateways(context.signal)
      .then((list) => {
        options.gateway = list.map((one) => [one.device_id, one.name || one.device_id]);
        fillFilter('gateway');
      })
      .catch(() => {});
    all('/api/deployments', { signal: context.signal, most: 500 })
      .then((list) => {
        options.deployment = list.map((one) => [one.id, one.version]);
        fillFilter('deployment');
      })
      .catch(() => {});
    ask();

    /** The list of a filter; what the address asks for is in it, known or not. @param {string} name */
    function fillFilter(name) {
      const wanted = context.query.get(name) ?? '';
      const list = options[name];
      fill(
        selects[name],
        h('option', { value: '' }, t(`depHist.any_${name}`)),
        (wanted !== '' && !list.some(([value]) => value === wanted)
          ? [.../** @type {[string, string][]} */ ([[wanted, wanted]]), ...list]
          : list
        ).map(([value, text]) => h('option', { value, selected: value === wanted }, text)),
      );
    }

    /**
     * Offers modules while one is typed.
     * @param {{ hostname: string, name?: string | null }[]} modules
     */
    function offer(modules) {
      modules.forEach((one) => known.set(one.hostname, one.name ?? ''));
      fill(
        offered,
        [...known].slice(0, mostOffered).map(([value, text]) => h('option', { value }, text)),
      );
    }

    /** Those of the gateway that is looked for; of others, those that stand in the lines. */
    function offerOfGateway() {
      const gateway = context.query.get('gateway');
      if (gateway) {
        get(`/api/gateways/${encodeURIComponent(gateway)}/modules`, { signal: context.signal }).then(offer, () => {});
      }
    }

    /**
     * @param {string} name
     * @param {string} value
     */
    function change(name, value) {
      if ((context.query.get(name) ?? '') === value) {
        return;
      }
      context.setQuery({ [name]: value || null });
      ask();
    }

    /** Asks anew, from the newest. */
    function ask() {
      const wanted = context.query.get('module') ?? '';
      const isWrong = wanted !== '' && !hostRule.test(wanted);
      module.value = wanted;
      module.setAttribute('aria-invalid', String(isWrong));
      wrong.hidden = !isWrong;
      count = 0;
      fill(rows);
      fill(news);
      asked += 1;
      if (isWrong) {
        fill(foot, empty(t('depHist.noneSo')));
        context.ready();
        return;
      }
      fill(foot, loading(5));
      offerOfGateway();
      part(asked, null);
    }

    /**
     * @param {number} mine
     * @param {string | null} next Address of the part; null = the first one.
     */
    async function part(mine, next) {
      try {
        const query = Object.fromEntries(filters.map((name) => [name, context.query.get(name)]));
        /** @type {Response} */
        const answer = next
          ? await get(next, { signal: context.signal, whole: true })
          : await get('/api/deployments/history', { signal: context.signal, whole: true, query: { ...query, limit: step } });
        /** @type {Row[]} */
        const some = await answer.json();
        if (mine !== asked) {
          return;
        }
        count += some.length;
        rows.append(...some.map((row) => line(row, context.query.get('module'))));
        offer(some.flatMap((row) => row.modules ?? []));
        const older = /<([^>]+)>; rel="next"/.exec(answer.headers.get('Link') ?? '')?.[1] ?? null;
        fill(
          foot,
          count === 0
            ? empty(t(filters.some((name) => context.query.get(name)) ? 'depHist.noneSo' : 'depHist.none'))
            : h('p', { class: 'soft', role: 'status' }, data('history-lines', count, t('depHist.lines', { n: count }))),
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
                t('depHist.older'),
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

    // Lines are not taken from under who reads: it is said that there are newer ones.
    context.later(
      on('deployment', (event) => {
        if (['completed', 'failed'].includes(event?.status) && news.childElementCount === 0) {
          fill(news, t('depHist.news'), ' ', h('button', { type: 'button', class: 'link', onclick: ask }, t('depHist.show')));
        }
      }),
    );
    return {
      query() {
        lists.forEach(fillFilter);
        ask();
      },
    };
  },
};

/**
 * @param {Row} row
 * @param {string | null} wanted The module that is looked for.
 */
function line(row, wanted) {
  const title = gatewayName(row);
  const state = row.result ?? row.status;
  const modules = row.modules ?? [];
  const own = wanted ? modules.find((one) => isSameModule(one.hostname, wanted)) : null;
  return h(
    'li',
    { class: 'stack', data: { history: row.id } },
    h(
      'div',
      { class: 'line' },
      h(
        'span',
        null,
        h('a', { href: gatewayAddress(row.gateway) }, h('strong', null, title)),
        ' · ',
        versions(row.fromVersion, null).slice(0, 3),
        h('span', { class: 'hidden-text' }, ` ${t('dep.after')} `),
        h('a', { href: deploymentAddress(row.deploymentId) }, row.toVersion),
      ),
      status(
        groupShape(groupOf(state)),
        h('span', { data: { word: state } }, word('depState', state)),
      ),
    ),
    row.error ? h('p', { class: 'note bad breaks' }, row.error) : null,
    h(
      'p',
      { class: 'soft small' },
      [
        row.place,
        row.startedAt ? dateTime(row.startedAt) : null,
        row.by ? t('depHist.by', { name: whoName(row.by) }) : null,
        (row.attempt ?? 0) > 1 ? t('dep.attempt', { n: row.attempt ?? 0 }) : null,
      ]
        .filter(Boolean)
        .join(' · '),
      row.seconds === null || row.seconds === undefined
        ? null
        : [' · ', data('seconds', row.seconds, t('depHist.took', { span: duration(row.seconds) }))],
    ),
    own ? h('div', { data: { own: own.hostname } }, moduleFacts(own)) : null,
    own && modules.length === 1 ? null : moduleList(modules, { key: `history-${row.id}` }),
    row.log
      ? h(
          'div',
          { class: 'actions start' },
          buttonOf(t('depLog.open'), `${title} ${row.toVersion}`, {
            class: 'link',
            'data-key': `log-history ${row.id}`,
            onclick: () => openLog(`history ${row.id}`, t('depLog.title', { name: title }), row.log),
          }),
        )
      : null,
  );
}
