// Classic and blocking, so that nobody sees a flash of the other theme.
(() => {
  'use strict';
  let stored = null;
  try {
    stored = localStorage.getItem('jambox-theme');
  } catch {
    // Storage may be forbidden: then it is as the system says.
  }
  if (stored === 'light' || stored === 'dark' || stored === 'contrast') {
    document.documentElement.dataset.theme = stored;
  }
})();
