// Without a line nothing is sent: the buttons that would are off, and say why when they are pressed all the same.

import { notice } from './core/dialog.js';
import { t } from './core/text.js';

const sends = 'main button.primary, button.danger, button[type=submit], button[role=switch]';

/** Begins to watch the line. */
export function watchLine() {
  document.addEventListener(
    'click',
    (event) => {
      if (!navigator.onLine && /** @type {Element} */ (event.target).closest(sends)) {
        event.preventDefault();
        event.stopPropagation();
        notice(t('error.offline'), { bad: true });
      }
    },
    true,
  );
  for (const name of ['online', 'offline']) {
    window.addEventListener(name, () => {
      for (const button of document.querySelectorAll(sends)) {
        button.setAttribute('aria-disabled', String(!navigator.onLine));
      }
    });
  }
}
