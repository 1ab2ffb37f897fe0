// How much one has not read, beside Alerts in the navigation; live.

import { badge } from './app/frame.js';
import { access, may } from './core/access.js';
import { get } from './core/api.js';
import { throttle } from './core/dom.js';
import { number } from './core/format.js';
import { on } from './core/live.js';
import { refresh, watch } from './core/store.js';

/** Beyond that the number says nothing more. */
const most = 99;

let text = '';
let end = () => {};

/** Begins to show it, for whoever is signed in. */
export function watchUnread() {
  on(
    'notification',
    throttle(() => refresh('unread'), 200),
  );
  // What is told again is unread again, and what was chosen otherwise is not counted: the server counts.
  document.addEventListener('jambox-navigation', show);
  document.addEventListener('jambox-access', begin);
  begin();
}

function begin() {
  end();
  text = '';
  end =
    access().kind === 'user' && may('viewer')
      ? watch(
          'unread',
          (signal) => get('/api/notifications/unread', { signal }),
          (entry) => {
            const unread = entry.value?.unread ?? 0;
            text = unread === 0 ? '' : unread > most ? `${number(most)}+` : number(unread);
            show();
          },
        )
      : () => {};
  show();
}

function show() {
  badge('alerts', text);
}
