// The chart of figures: bars of hours, or a line of days, each with its range; a gap is hatched, never zero and never bridged; what it is
// compared with as grey dashed steps. Behind it a table of the same numbers.

import { announce, fill, h } from '../core/dom.js';
import { number } from '../core/format.js';
import { t } from '../core/text.js';
import { guessText, rangeText } from './range.js';
import uPlot from '../vendor/uplot.js';

/**
 * @typedef {object} ChartRow
 * @property {string} label Below the axis: `9`, `Mon 23`.
 * @property {string} name In words: `9–10`, `Monday 23 November`.
 * @property {{ low: number, value: number, high: number } | null} figure null = no figure.
 * @property {number | null} then What it is compared with.
 * @property {string | null} gap Why there is no figure, in words; null = there is one, or nothing is expected (closed, still to come).
 * @property {boolean} [soFar] Still goes on.
 */

/**
 * @typedef {object} ChartOptions
 * @property {'bars' | 'line'} kind
 * @property {ChartRow[]} rows
 * @property {string} label Names the chart: `Visitors by the hour`.
 * @property {string} unit In the table's head: `Visitors`.
 * @property {string | null} thenLabel What it is compared with: `usual Friday`.
 * @property {boolean} [stale] The ranges are old ones: dashed.
 * @property {boolean} [relative] Only the shape means something: no numbers.
 */

/**
 * Makes a chart.
 * @param {ChartOptions} options
 * @returns {{ el: HTMLElement, set: (options: ChartOptions) => void, destroy: () => void }}
 */
export function chart(options) {
  let now = options;
  let most = 0;
  let at = -1;
  const readout = h('p', { class: 'chart-readout soft small', 'aria-hidden': 'true' });
  const table = h('div', { class: 'chart-table table-wrap', hidden: true });
  const base = plotFrame({ key: 'chart', table, press, point, say, draw });
  const { holder } = base;
  const key = h('div', { class: 'chart-key soft small' });
  const title = h('h2');
  const el = h('figure', { class: 'chart' }, h('div', { class: 'chart-head' }, title, base.toggle), holder, readout, key, table);

  /**
   * @param {(name: string) => string} colour
   * @returns {Drawing}
   */
  function draw(colour) {
    const font = '13px system-ui, sans-serif';
    const count = now.rows.length;
    const room = Math.max(1, Math.ceil(count / Math.max(1, Math.floor((holder.clientWidth - 48) / labelWidth()))));
    most = Math.max(top(), 0);
    return {
      options: {
        cursor: { x: true, y: false, points: { show: false }, drag: { x: false, y: false, setScale: false } },
        scales: { x: { time: false, range: [-0.5, Math.max(0.5, count - 0.5)] }, y: { range: () => [0, most <= 0 ? 1 : most * 1.08] } },
        series: [{}, { show: true, stroke: 'transparent', points: { show: false } }],
        axes: [
          {
            stroke: colour('soft'),
            font,
            size: 28,
            gap: 4,
            grid: { show: false },
            ticks: { show: false },
            splits: () => now.rows.map((_, index) => index).filter((index) => index % room === 0),
            values: (_, splits) => splits.map((index) => now.rows[index]?.label ?? ''),
          },
          {
            stroke: colour('soft'),
            font,
            size: 40,
            gap: 4,
            grid: { stroke: colour('line'), width: 1 },
            ticks: { show: false },
            space: 44,
            values: (_, splits) => splits.map((value) => (now.relative ? '' : number(value, 1))),
            incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000],
          },
        ],
        hooks: {
          drawClear: [(self) => drawGaps(self, colour)],
          draw: [
            (self) => {
              if (now.kind === 'bars') {
                drawBars(self, colour);
              } else {
                drawLine(self, colour);
              }
              drawThen(self, colour);
            },
          ],
        },
      },
      data: [now.rows.map((_, index) => index), now.rows.map((row) => row.figure?.value ?? null)],
    };
  }

  function labelWidth() {
    return Math.max(...now.rows.map((row) => row.label.length), 2) * 7.5 + 10;
  }

  function top() {
    return now.rows.reduce(
      (all, row) => Math.max(all, now.relative ? (row.figure?.value ?? 0) : (row.figure?.high ?? 0), row.then ?? 0),
      0,
    );
  }

  /**
   * @param {uPlot} self
   * @param {(name: string) => string} colour
   */
  function drawGaps(self, colour) {
    const { ctx, bbox } = self;
    const half = (self.valToPos(1, 'x', true) - self.valToPos(0, 'x', true)) / 2;
    ctx.save();
    ctx.strokeStyle = colour('edge');
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([]);
    now.rows.forEach((row, index) => {
      if (row.gap === null || row.figure) {
        return;
      }
      const middle = self.valToPos(index, 'x', true);
      const [left, right] = [middle - half + devicePixelRatio, middle + half - devicePixelRatio];
      ctx.save();
      ctx.beginPath();
      ctx.rect(left, bbox.top, right - left, bbox.height);
      ctx.clip();
      ctx.beginPath();
      const stepSize = 8 * devicePixelRatio;
      for (let x = left - bbox.height; x < right; x += stepSize) {
        ctx.moveTo(x, bbox.top + bbox.height);
        ctx.lineTo(x + bbox.height, bbox.top);
      }
      ctx.globalAlpha = 0.55;
      ctx.stroke();
      ctx.restore();
    });
    ctx.restore();
  }

  /**
   * @param {uPlot} self
   * @param {(name: string) => string} colour
   */
  function drawBars(self, colour) {
    const { ctx } = self;
    const half = (self.valToPos(1, 'x', true) - self.valToPos(0, 'x', true)) / 2;
    const width = Math.min(half * 0.68, 26 * devicePixelRatio);
    const zero = self.valToPos(0, 'y', true);
    ctx.save();
    now.rows.forEach((row, index) => {
      if (!row.figure) {
        return;
      }
      const x = self.valToPos(index, 'x', true);
      const y = self.valToPos(row.figure.value, 'y', true);
      ctx.fillStyle = colour('s1');
      ctx.globalAlpha = 0.35;
      ctx.fillRect(x - width, y, width * 2, zero - y);
      ctx.globalAlpha = 1;
      ctx.strokeStyle = colour('s1');
      ctx.lineWidth = 1.5 * devicePixelRatio;
      ctx.setLineDash(row.soFar ? [4 * devicePixelRatio, 3 * devicePixelRatio] : []);
      ctx.strokeRect(x - width, y, width * 2, Math.max(0, zero - y));
      if (!now.relative) {
        whisker(
          ctx,
          x,
          self.valToPos(row.figure.low, 'y', true),
          self.valToPos(row.figure.high, 'y', true),
          Math.min(width * 0.5, 6 * devicePixelRatio),
          colour('ink'),
        );
      }
      ctx.setLineDash([]);
    });
    ctx.restore();
  }

  /**
   * @param {CanvasRenderingContext2D} ctx
   * @param {number} x
   * @param {number} low
   * @param {number} high
   * @param {number} width
   * @param {string} ink
   */
  function whisker(ctx, x, low, high, width, ink) {
    ctx.strokeStyle = ink;
    ctx.lineWidth = 1.25 * devicePixelRatio;
    ctx.setLineDash(now.stale ? [3 * devicePixelRatio, 3 * devicePixelRatio] : []);
    ctx.beginPath();
    ctx.moveTo(x, low);
    ctx.lineTo(x, high);
    ctx.moveTo(x - width, high);
    ctx.lineTo(x + width, high);
    ctx.moveTo(x - width, low);
    ctx.lineTo(x + width, low);
    ctx.stroke();
    ctx.setLineDash([]);
  }

  /**
   * @param {uPlot} self
   * @param {(name: string) => string} colour
   */
  function drawLine(self, colour) {
    const { ctx } = self;
    const place = (/** @type {number} */ index, /** @type {number} */ value) =>
      /** @type {[number, number]} */ ([self.valToPos(index, 'x', true), self.valToPos(value, 'y', true)]);
    ctx.save();
    for (const run of runs()) {
      const along = (/** @type {(figure: { low: number, value: number, high: number }) => number} */ of, /** @type {boolean} */ back) =>
        (back ? [...run].reverse() : run).map((index) => place(index, of(/** @type {any} */ (now.rows[index].figure))));
      const [lower, upper, middle] = [
        along((figure) => figure.low, true),
        along((figure) => figure.high, false),
        along((figure) => figure.value, false),
      ];
      if (!now.relative) {
        trace(ctx, [...upper, ...lower]);
        ctx.closePath();
        ctx.fillStyle = colour('s1');
        ctx.globalAlpha = 0.18;
        ctx.fill();
        ctx.globalAlpha = 0.7;
        ctx.strokeStyle = colour('s1');
        ctx.lineWidth = devicePixelRatio;
        ctx.setLineDash(now.stale ? [3 * devicePixelRatio, 3 * devicePixelRatio] : []);
        trace(ctx, upper);
        ctx.stroke();
        trace(ctx, lower);
        ctx.stroke();
        ctx.setLineDash([]);
      }
      ctx.globalAlpha = 1;
      ctx.strokeStyle = colour('s1');
      ctx.lineWidth = 2.25 * devicePixelRatio;
      trace(ctx, middle);
      ctx.stroke();
      // A day between two gaps would be a line of no length; the last one still goes on.
      for (const [position, index] of run.entries()) {
        if (run.length === 1 || now.rows[index].soFar || now.rows.length <= 31) {
          ctx.beginPath();
          ctx.arc(middle[position][0], middle[position][1], 3.5 * devicePixelRatio, 0, 7);
          ctx.fillStyle = now.rows[index].soFar ? colour('card') : colour('s1');
          ctx.fill();
          ctx.stroke();
        }
      }
    }
    ctx.restore();
  }

  /** Days that follow each other without a gap. @returns {number[][]} */
  function runs() {
    /** @type {number[][]} */
    const all = [];
    now.rows.forEach((row, index) => {
      if (!row.figure) {
        return;
      }
      const last = all[all.length - 1];
      if (last && last[last.length - 1] === index - 1) {
        last.push(index);
      } else {
        all.push([index]);
      }
    });
    return all;
  }

  /**
   * @param {CanvasRenderingContext2D} ctx
   * @param {[number, number][]} points
   */
  function trace(ctx, points) {
    ctx.beginPath();
    points.forEach(([x, y], index) => (index === 0 ? ctx.moveTo(x, y) : ctx.lineTo(x, y)));
  }

  /**
   * @param {uPlot} self
   * @param {(name: string) => string} colour
   */
  function drawThen(self, colour) {
    const { ctx } = self;
    const half = (self.valToPos(1, 'x', true) - self.valToPos(0, 'x', true)) / 2;
    ctx.save();
    ctx.strokeStyle = colour('then');
    ctx.lineWidth = 2 * devicePixelRatio;
    ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.beginPath();
    let isDrawing = false;
    now.rows.forEach((row, index) => {
      if (row.then === null) {
        isDrawing = false;
        return;
      }
      const x = self.valToPos(index, 'x', true);
      const y = self.valToPos(row.then, 'y', true);
      if (isDrawing) {
        ctx.lineTo(x - half, y);
      } else {
        ctx.moveTo(x - half, y);
      }
      ctx.lineTo(x + half, y);
      isDrawing = true;
    });
    ctx.stroke();
    ctx.restore();
  }

  /** @param {ChartRow} row */
  function words(row) {
    const figure = row.figure
      ? now.relative
        ? null
        : t(row.soFar ? 'chart.soFar' : 'chart.point', { name: row.name, range: rangeText(row.figure), guess: guessText(row.figure) })
      : `${row.name}: ${row.gap ?? t('chart.nothing')}`;
    const then =
      row.then !== null && now.thenLabel && !now.relative
        ? t('chart.then', { then: now.thenLabel, value: number(row.then, row.then < 10 ? 1 : 0) })
        : '';
    const ratio =
      now.relative && row.figure && row.then
        ? t('chart.ratio', { name: row.name, percent: number((row.figure.value / row.then) * 100), then: now.thenLabel ?? '' })
        : '';
    return [figure, then, ratio].filter(Boolean).join(' ') || row.name;
  }

  /** @param {number} index -1 = none. */
  function say(index) {
    readout.textContent = index >= 0 && now.rows[index] ? words(now.rows[index]) : '';
  }

  /** @param {number} index */
  function point(index) {
    at = index;
    say(index);
    const plot = base.drawn();
    plot?.setCursor(index < 0 ? { left: -10, top: -10 } : { left: plot.valToPos(index, 'x'), top: 10 });
  }

  /** @param {KeyboardEvent} event */
  function press(event) {
    const next = { ArrowRight: at + 1, ArrowLeft: at < 0 ? now.rows.length - 1 : at - 1, Home: 0, End: now.rows.length - 1 }[event.key];
    if (event.key === 'Escape') {
      point(-1);
    } else if (next !== undefined && now.rows.length > 0) {
      event.preventDefault();
      event.stopPropagation();
      point(Math.max(0, Math.min(now.rows.length - 1, next)));
      announce(words(now.rows[at]));
    }
  }

  function frame() {
    title.textContent = now.label;
    holder.setAttribute('aria-label', t('chart.label', { label: now.label, n: now.rows.length }));
    fill(
      key,
      h('span', { class: 'key-now' }, now.unit),
      now.thenLabel ? h('span', { class: 'key-then' }, now.thenLabel) : null,
      now.rows.some((row) => row.gap !== null && !row.figure) ? h('span', { class: 'key-gap' }, t('chart.gap')) : null,
    );
    const hasThen = now.thenLabel !== null && !now.relative;
    fill(
      table,
      h(
        'table',
        null,
        h('caption', { class: 'hidden-text' }, now.label),
        h(
          'thead',
          null,
          h(
            'tr',
            null,
            h('th', { scope: 'col' }, t('chart.when')),
            h('th', { scope: 'col', class: 'n' }, now.unit),
            h('th', { scope: 'col', class: 'n' }, t('chart.guess')),
            hasThen ? h('th', { scope: 'col', class: 'n' }, now.thenLabel) : null,
          ),
        ),
        h(
          'tbody',
          null,
          now.rows.map((row) =>
            h(
              'tr',
              null,
              h('th', { scope: 'row' }, row.name, row.soFar ? ` ${t('chart.soFarMark')}` : ''),
              h('td', { class: 'n' }, row.figure && !now.relative ? rangeText(row.figure) : row.figure ? '' : (row.gap ?? '–')),
              h('td', { class: 'n' }, row.figure && !now.relative ? guessText(row.figure) : ''),
              hasThen ? h('td', { class: 'n' }, row.then === null ? '' : number(row.then, row.then < 10 ? 1 : 0)) : null,
            ),
          ),
        ),
      ),
    );
  }

  frame();
  return {
    el,
    set(next) {
      const isSame =
        next.kind === now.kind &&
        next.rows.length === now.rows.length &&
        next.rows.every((row, index) => row.label === now.rows[index].label);
      // While one looks, the axis only grows: bars that shrink by themselves would look like news.
      const before = isSame ? most : 0;
      now = next;
      frame();
      const plot = base.drawn();
      if (plot && isSame) {
        most = Math.max(before, top());
        plot.setData([now.rows.map((_, index) => index), now.rows.map((row) => row.figure?.value ?? null)]);
        plot.redraw();
      } else {
        base.build();
      }
    },
    destroy() {
      base.end();
    },
  };
}

// What charts have in common, those of things too: a place that keys reach, a canvas that is made anew with its room and with the looks of
// the page, a button that shows the table behind. It stands here because a first view asks for few files.

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
