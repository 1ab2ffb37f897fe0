// Who is let in at a place: for its owner and for admins.

import { access } from '../core/access.js';
import { ApiError, del, post } from '../core/api.js';
import { ask, notice } from '../core/dialog.js';
import { h } from '../core/dom.js';
import { form } from '../core/form.js';
import { refresh } from '../core/store.js';
import { t, word } from '../core/text.js';

/** @typedef {import('api-types').components['schemas']} Schemas */

/**
 * The people of a place, and a form that lets one more in.
 * @param {number} id
 * @param {Schemas['PlaceUser'][]} rows
 * @param {string} [title] Heading; that of the page of a place unless said.
 */
export function placeUsers(id, rows, title) {
  return [
    h('h2', null, title ?? t('place.users')),
    rows.length === 0
      ? h('p', { class: 'soft' }, t('place.noUsers'))
      : h(
          'ul',
          { class: 'plain lines' },
          rows.map((row) => line(id, row)),
        ),
    h(
      'details',
      null,
      h('summary', null, t('place.addUser')),
      form({
        label: `${t('place.addUser')}: ${title ?? ''}`,
        fields: [
          { name: 'email', label: t('field.email'), type: 'email', required: true, max: 254 },
          {
            name: 'role',
            label: t('place.mayDo'),
            type: 'select',
            value: 'viewer',
            options: [
              ['viewer', t('role.viewerHint')],
              ['owner', t('role.ownerHint')],
            ],
          },
        ],
        action: t('place.letIn'),
        run: async (values) => {
          try {
            await post(`/api/places/${id}/users`, values);
          } catch (fault) {
            throw fault instanceof ApiError && fault.status === 409 && !access().mail ? new ApiError(409, t('place.letInNoMail')) : fault;
          }
          refresh(`place-users ${id}`);
          notice(t('place.letInDone', { name: values.email }));
        },
      }).el,
    ),
  ];
}

/**
 * @param {number} id
 * @param {Schemas['PlaceUser']} row
 */
function line(id, row) {
  return h(
    'li',
    { class: 'line', data: { user: row.user_id } },
    h('span', null, row.email, h('span', { class: 'soft' }, ` ${word('role', row.role)}`)),
    // What operators may is an admin's to take; and nobody locks themselves out.
    (row.role === 'viewer' || row.role === 'owner') && row.user_id !== access().user_id
      ? h(
          'button',
          {
            type: 'button',
            class: 'link',
            onclick: () =>
              ask({
                title: t('place.removeUser', { name: row.email }),
                text: t('place.removeUserText'),
                action: t('place.removeUser', { name: row.email }),
                danger: true,
                run: () => del(`/api/places/${id}/users/${row.user_id}`).then(() => refresh(`place-users ${id}`)),
              }),
          },
          t('count.remove'),
          h('span', { class: 'hidden-text' }, ` ${row.email}`),
        )
      : null,
  );
}
