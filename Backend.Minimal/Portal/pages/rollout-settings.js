// How a roll-out was set up: whom it is for, when boxes are served, what it bears before it stops.

import { h } from '../core/dom.js';
import { dateTime, number, percent } from '../core/format.js';
import { t } from '../core/text.js';
import { boxLinks, gateOfThings, keyFor, momentText } from './releases-part.js';
import { whoName } from './who-part.js';

/** @typedef {import('./releases-part.js').Rollout} Rollout */

/** Whether the settings were opened: what is drawn anew stays as it was. */
const opened = { is: false };

/** @param {Rollout} rollout */
export function settingsOf(rollout) {
  const share = (/** @type {number} */ value) => percent(value / 100);
  /** @type {[string, import('../core/dom.js').Child][]} */
  const rows = [
    ['target', targetWords(rollout)],
    ['named', rollout.stages.some((one) => one.devices?.length) ? boxLinks(rollout.stages.flatMap((one) => one.devices ?? [])) : null],
    ['start_at', rollout.start_at ? momentText(rollout.start_at) : t('setup.atOnce')],
    [
      'window',
      rollout.window
        ? t('setup.hours', { from: rollout.window.from, to: rollout.window.to, zone: rollout.window.timezone })
        : t('setup.always'),
    ],
    ['auto_advance', t(rollout.auto_advance ? 'setup.yes' : 'setup.no')],
    ['soak_minutes', number(rollout.soak_minutes)],
    ['max_failures', number(rollout.max_failures)],
    ['max_failure_percent', share(rollout.max_failure_percent)],
    ['min_sample', number(rollout.min_sample)],
    ['min_proved_percent', share(rollout.min_proved_percent)],
    ['silent_hours', number(rollout.silent_hours)],
    ['silent_intervals', number(rollout.silent_intervals)],
    ...Object.entries(rollout.health_gate)
      .filter(([name]) => !rollout.product || gateOfThings.includes(name))
      .map(([name, value]) => /** @type {[string, string]} */ ([`gate_${name}`, number(value)])),
  ];
  return h(
    'details',
    {
      open: opened.is,
      ontoggle: (/** @type {any} */ event) => {
        opened.is = event.currentTarget.open;
      },
    },
    h('summary', { data: { key: 'settings' } }, t('setup.title')),
    h(
      'dl',
      { class: 'pairs' },
      rows
        .filter(([, value]) => value !== null)
        .map(([name, value]) => h('div', null, h('dt', null, t(keyFor(rollout, `setup.${name}`))), h('dd', null, value))),
    ),
    h(
      'p',
      { class: 'soft small breaks' },
      t('rollouts.by', {
        id: String(rollout.id),
        time: dateTime(rollout.created_at),
        name: whoName(rollout.created_by),
      }),
    ),
  );
}

/** @param {Rollout} rollout */
function targetWords(rollout) {
  const { target } = rollout;
  return target
    ? [
        target.places.length > 0 ? t(keyFor(rollout, 'setup.places'), { n: target.places.length }) : null,
        target.places.length > 0 && target.tags.length > 0 ? ', ' : null,
        target.tags.length > 0 ? t(keyFor(rollout, 'setup.tags'), { list: target.tags.join(', ') }) : null,
      ]
    : t(keyFor(rollout, 'setup.all'));
}
