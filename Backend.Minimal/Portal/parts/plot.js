// What charts have in common: a place that keys reach, a canvas that is made anew with its room and with the looks of the page, a button
// that shows the table behind. This and the charts that stand on it are all that know uPlot.

import { h } from '../core/dom.js';
import { t } from '../core/text.js';
import uPlot from '../vendor/uplot.js';

/** After what of the page's looks a canvas is made anew: it does not follow styles by itself. */
const looked = ['print', '(prefers-color-scheme: dark)', '(prefers-contrast: more)', '(forced-colors: active)'];

/** @typedef {Omit<uPlot.Options, 'width' | 'height'>} Shown */
/** @typedef {{ options: Shown, data: uPlot.AlignedData }} Drawing */
/**
 * @typedef {object} PlotOptions
 * @property {string} key Names the place for tests.
 * @property {HTMLElement} table The same as numbers: the button shows and hides it.
 * @property {(event: KeyboardEvent) => void} press A key was pressed in it.
 * @property {(index: number) => void} point Goes to a point; -1 = to none.
 * @property {(index: number) => void} say Says a point; -1 = none.
 * @property {(colour: (name: string) => string) => Drawing} draw What is drawn, in the colours that hold now.
 */

/**
 * Makes the place of a chart.
 * @param {PlotOptions} options
 */
export function plotFrame({ key, table, press, point, say, draw }) {
  /** @type {uPlot | null} */
  let plot = null;
  const holder = h('div', {
    class: 'chart-plot',
    tabindex: 0,
    role: 'group',
    data: { key },
    onkeydown: press,
    onblur: () => point(-1),
  });
  const toggle = h(
    'button',
    {
      type: 'button',
      class: 'link small no-print',
      'aria-expanded': 'false',
      onclick: () => {
        table.hidden = !table.hidden;
        toggle.setAttribute('aria-expanded', String(!table.hidden));
      },
    },
    t('chart.table'),
  );
  const size = new ResizeObserver(() => {
    if (plot && holder.clientWidth > 0 && (plot.width !== holder.clientWidth || plot.height !== holder.clientHeight)) {
      plot.setSize({ width: holder.clientWidth, height: holder.clientHeight });
    } else if (!plot) {
      build();
    }
  });
  size.observe(holder);
  const rebuild = () => build();
  const looks = looked.map((query) => matchMedia(query));
  document.addEventListener('jambox-theme', rebuild);
  looks.forEach((look) => look.addEventListener('change', rebuild));

  /** Draws everything anew; while there is no room, nothing. */
  function build() {
    plot?.destroy();
    plot = null;
    if (holder.clientWidth === 0) {
      return;
    }
    const style = getComputedStyle(document.documentElement);
    const { options, data } = draw((name) => style.getPropertyValue(`--${name}`).trim());
    plot = new uPlot(
      {
        width: holder.clientWidth,
        height: holder.clientHeight,
        padding: [8, 8, 0, 0],
        legend: { show: false },
        ...options,
        hooks: {
          ...options.hooks,
          setCursor: [
            (self) => {
              const index = self.cursor.idx;
              if (self.cursor.left !== undefined && self.cursor.left >= 0 && index !== null && index !== undefined) {
                say(index);
              } else if (document.activeElement !== holder) {
                say(-1);
              }
            },
          ],
        },
      },
      data,
      holder,
    );
    // The numbers are in the table, and arrows speak them: the canvas is a picture.
    plot.root.setAttribute('aria-hidden', 'true');
  }

  return {
    holder,
    toggle,
    build,
    /** What is drawn; null = nothing yet. */
    drawn: () => plot,
    end() {
      size.disconnect();
      document.removeEventListener('jambox-theme', rebuild);
      looks.forEach((look) => look.removeEventListener('change', rebuild));
      plot?.destroy();
    },
  };
}
