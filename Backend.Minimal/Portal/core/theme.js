// Light, dark, high contrast, or as the system says. theme.js puts the choice in force before anything is painted.

const stored = 'jambox-theme';

/** `auto` = as the system says. */
export const themes = ['auto', 'light', 'dark', 'contrast'];

/** The chosen one. */
export function chosenTheme() {
  return document.documentElement.dataset.theme ?? 'auto';
}

/**
 * Chooses one.
 * @param {string} theme
 */
export function chooseTheme(theme) {
  if (theme === 'auto') {
    delete document.documentElement.dataset.theme;
  } else {
    document.documentElement.dataset.theme = theme;
  }
  try {
    if (theme === 'auto') {
      localStorage.removeItem(stored);
    } else {
      localStorage.setItem(stored, theme);
    }
  } catch {
    // Storage may be forbidden: then it holds until the page is left.
  }
  // What is drawn in a canvas does not follow styles by itself.
  document.dispatchEvent(new Event('jambox-theme'));
}
