// Packages for the computers in the places: what is there, whether it is signed, where it goes, how far it is; how one more gets here.

import { mayEverywhere } from '../core/access.js';
import { all, get } from '../core/api.js';
import { data, fill, h, throttle } from '../core/dom.js';
import { bytes, dateTime, number, percent } from '../core/format.js';
import { on } from '../core/live.js';
import { loadPlaces } from '../core/places.js';
import { empty, view } from '../core/states.js';
import { refresh } from '../core/store.js';
import { t, tn } from '../core/text.js';
import { countWords, deploymentAddress, head, isStaged, loadGateways, rolloutStatus, signature, targetWords } from './deployments-part.js';
import { deploymentButtons } from './deployments-publish.js';
import { uploadForm } from './deployments-upload.js';
import { whoName } from './who-part.js';

/** @typedef {import('./deployments-part.js').Deployment} Deployment */
/** @typedef {{ quotaBytes: number, usedBytes: number, keepNewest: number }} Quota */

/** How long events are kept together, ms. */
const againMs = 2_000;

/** Packages that are shown: the disk has an end before. */
const most = 500;

/** @type {import('../core/router.js').Page} */
export const page = {
  title: 'dep.title',
  needs: 'operator',
  texts: 'deployments',
  mount(root, context) {
    const isOurs = mayEverywhere('operator');
    const upload = h('div');
    const body = h('section', { class: 'card' });
    fill(root, head('packages'), upload, body);
    const again = () => refresh('deployments ');
    if (isOurs) {
      // Made once: a form that is being filled in is not drawn anew.
      Promise.all([loadGateways(context.signal).catch(() => []), loadPlaces(context.signal).catch(() => [])]).then(([gateways, places]) => {
        if (!context.signal.aborted) {
          fill(upload, uploadForm(context, { gateways, places }, again));
        }
      });
    }
    view(body, {
      key: 'deployments list',
      context,
      fetch: async (signal) => {
        const [deployments, quota] = await Promise.all([
          all('/api/deployments', { signal, most }),
          isOurs ? get('/api/deployments/quota', { signal }) : null,
        ]);
        return { deployments, quota };
      },
      show: (/** @type {{ deployments: Deployment[], quota: Quota | null }} */ { deployments, quota }) => [
        quota ? room(quota) : null,
        deployments.length === 0
          ? empty(t(isOurs ? 'dep.none' : 'dep.noneHere'))
          : h(
              'ul',
              { class: 'plain lines', 'aria-label': t('dep.tab_packages') },
              deployments.map((one) => row(one, again)),
            ),
      ],
    });
    context.later(on('deployment', throttle(again, againMs)));
  },
};

/**
 * How much of the disk packages may have, and have.
 * @param {Quota} quota
 */
function room({ quotaBytes, usedBytes, keepNewest }) {
  const share = quotaBytes > 0 ? Math.min(1, usedBytes / quotaBytes) : 0;
  return h(
    'div',
    null,
    h(
      'p',
      { class: share > 0.9 ? 'note warning' : 'soft' },
      tn('dep.room', {
        used: data('quota-used', usedBytes, bytes(usedBytes)),
        all: data('quota', quotaBytes, bytes(quotaBytes)),
        share: percent(share),
      }),
      keepNewest > 0 ? ` ${t('dep.keeps', { n: keepNewest })}` : null,
    ),
    h('div', { class: 'share-line', 'aria-hidden': 'true' }, h('div', { class: 'share-bar', style: { width: `${100 * share}%` } })),
  );
}

/**
 * @param {Deployment} one
 * @param {() => void} again
 */
function row(one, again) {
  const { rollout } = one;
  return h(
    'li',
    { class: 'stack', data: { deployment: one.id } },
    h(
      'div',
      { class: 'line' },
      h('span', null, h('a', { href: deploymentAddress(one.id), data: { key: `open-${one.id}` } }, h('strong', null, one.version)), ' ', signature(one)),
      rolloutStatus(rollout),
    ),
    rollout === null
      ? null
      : h(
          'p',
          null,
          targetWords(rollout),
          isStaged(rollout.stages) && rollout.stage !== null
            ? ` · ${t('dep.stage', { n: rollout.stage + 1, all: number(rollout.stages.length) })}`
            : null,
          ' · ',
          countWords(one.counts),
        ),
    h(
      'p',
      { class: 'soft small breaks' },
      tn('dep.facts', {
        file: one.filename,
        size: data('dep-size', one.size, bytes(one.size)),
        time: dateTime(one.uploadedAt),
        name: one.uploadedBy ? whoName(one.uploadedBy) : '–',
      }),
    ),
    deploymentButtons(one, { again, gone: again }),
  );
}
