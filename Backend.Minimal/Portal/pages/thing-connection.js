// How a thing gets to the server: for whoever writes its settings. Asked for when it is opened.

import { mayEverywhere } from '../core/access.js';
import { get } from '../core/api.js';
import { fill, h } from '../core/dom.js';
import { view } from '../core/states.js';
import { t, word } from '../core/text.js';
import { newToken } from './thing-menu.js';

/** @typedef {import('./thing.js').Detail} Detail */
/** @typedef {import('api-types').components['schemas']['ThingConnection']} Connection */

/** An example of what is sent. */
const example = '{"data":{"temperature":21.5}}';

/**
 * Shows the part.
 * @param {HTMLElement} root
 * @param {import('../core/router.js').Context} context
 * @param {Detail} thing
 */
export function showConnection(root, context, thing) {
  const body = h('div', { class: 'stack' });
  let isAsked = false;
  fill(
    root,
    h(
      'details',
      {
        ontoggle: () => {
          if (!isAsked) {
            isAsked = true;
            ask();
          }
        },
      },
      h('summary', null, h('h2', null, t('connect.title'))),
      body,
    ),
  );

  function ask() {
    view(body, {
      key: `thing-connection ${thing.device_id}`,
      context,
      isAside: true,
      fetch: (signal) => get(`/api/things/${encodeURIComponent(thing.device_id)}/connection`, { signal }),
      show: (/** @type {Connection} */ answer) => [
        h('p', null, t('connect.why')),
        facts([
          ['user', thing.device_id],
          ['password', t('connect.token')],
        ]),
        mayEverywhere('admin')
          ? h(
              'div',
              { class: 'actions start' },
              h(
                'button',
                { type: 'button', class: 'button', data: { key: 'new-token' }, onclick: () => newToken(thing) },
                t('thingMenu.token'),
              ),
            )
          : null,
        h('h3', null, 'HTTP'),
        facts([['address', location.origin]]),
        tryIt('HTTP', `curl ${location.origin}/telemetry -H 'Authorization: Bearer TOKEN' -d '${example}'`),
        h('h3', null, 'MQTT'),
        answer.mqtt ? mqtt(thing, answer.mqtt) : h('p', { data: { test: 'no-broker' } }, t('connect.noBroker')),
      ],
    });
  }
}

/**
 * @param {Detail} thing
 * @param {NonNullable<Connection['mqtt']>} door
 */
function mqtt(thing, door) {
  const host = door.host ?? location.hostname;
  const topics = (/** @type {boolean} */ sends) =>
    h(
      'ul',
      { class: 'plain lines' },
      door.topics
        .filter((one) => one.sends === sends)
        .map((one) =>
          h(
            'li',
            null,
            h('span', { class: 'soft small' }, word('connectTopic', one.what)),
            h('br'),
            h('code', { class: 'breaks', data: { topic: one.what } }, one.topic),
          ),
        ),
    );
  const values = door.topics.find((one) => one.what === 'values');
  return [
    facts([
      ['host', host],
      ['port', String(door.port)],
      ['tls', t(door.tls ? 'connect.tls_on' : 'connect.tls_off')],
    ]),
    h('h4', null, t('connect.sends')),
    topics(true),
    h('h4', null, t('connect.listens')),
    topics(false),
    values
      ? tryIt(
          'MQTT',
          `mosquitto_pub -h ${host} -p ${door.port}${door.tls ? ' --tls-use-os-certs' : ''} -u ${thing.device_id} -P TOKEN -q 1 -t ${values.topic} -m '${example}'`,
        )
      : null,
  ];
}

/** @param {[string, string][]} rows */
function facts(rows) {
  return h(
    'dl',
    { class: 'box-facts' },
    rows.map(([name, value]) =>
      h('div', null, h('dt', null, t(`connect.${name}`)), h('dd', { class: 'breaks', data: { fact: name } }, value)),
    ),
  );
}

/**
 * A line that can be copied.
 * @param {string} way
 * @param {string} text
 */
function tryIt(way, text) {
  const label = t('connect.tryIt');
  return [
    h('p', { class: 'soft small' }, label),
    h('pre', { class: 'secret breaks', tabindex: 0, role: 'region', 'aria-label': `${way}: ${label}` }, text),
  ];
}
