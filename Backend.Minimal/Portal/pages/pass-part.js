// The pass that a PIN gave, kept in this tab: the PIN is typed once, and the notice for the door knows the place.

const name = (/** @type {string} */ box) => `jambox-pass-${box}`;

/** @param {string} box @returns {string | null} */
export function passOf(box) {
  try {
    return sessionStorage.getItem(name(box));
  } catch {
    return null;
  }
}

/** @param {string} box @param {string | null} pass null forgets it. */
export function keepPass(box, pass) {
  try {
    if (pass) {
      sessionStorage.setItem(name(box), pass);
    } else {
      sessionStorage.removeItem(name(box));
    }
  } catch {
    // Storage may be forbidden: then the PIN is typed again.
  }
}
