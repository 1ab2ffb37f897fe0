// What the server knows of keys over time, made ready to be drawn and read, as pure functions: nothing here knows a page.

/** A moment, and the least, mean and greatest value about it. @typedef {[number, number, number, number]} Point */
/** @typedef {{ key: string, points: Point[] }} Series */
/** @typedef {{ from: string, to: string, step_s: number, series: Series[] }} Answer */
/** @typedef {'number' | 'boolean' | 'text'} Type */
/** undefined = nothing is said at that moment, null = a gap. @typedef {(number | null | undefined)[]} Values */

/** Between raw points a silence longer than so many of the usual spans is a gap. */
const gapSpans = 4;

/** Less than this is never a gap between raw points, ms: a thing may skip a word or two. */
const leastGapMs = 60_000;

/**
 * From which span on two neighbouring points have a gap between them, ms.
 * @param {Point[]} points
 * @param {number} stepMs What each point stands for; 0 = raw.
 */
export function gapMs(points, stepMs) {
  const spans = points.slice(1).map((point, index) => point[0] - points[index][0]);
  const usual = spans.sort((a, b) => a - b)[spans.length >> 1] ?? 0;
  return Math.max(leastGapMs, stepMs * 2.5, usual * gapSpans);
}

/**
 * Puts series on one axis: for each the means, least and greatest values at each moment of any of them. undefined = nothing is said at that
 * moment, null = a gap, which is not bridged.
 * @param {Series[]} series
 * @param {number} stepMs What each point stands for; 0 = raw.
 * @returns {{ at: number[], columns: { mean: Values, low: Values, high: Values }[] }}
 */
export function columnsOf(series, stepMs) {
  const gaps = series.map(({ points }) => {
    const limit = gapMs(points, stepMs);
    return points.flatMap((point, index) => (index > 0 && point[0] - points[index - 1][0] > limit ? [points[index - 1][0] + 1] : []));
  });
  const at = [...new Set([...series.flatMap(({ points }) => points.map((point) => point[0])), ...gaps.flat()])].sort((a, b) => a - b);
  const places = new Map(at.map((time, index) => [time, index]));
  const columns = series.map(({ points }, which) => {
    const empty = () => /** @type {Values} */ (new Array(at.length).fill(undefined));
    const [mean, low, high] = [empty(), empty(), empty()];
    for (const time of gaps[which]) {
      const place = /** @type {number} */ (places.get(time));
      mean[place] = low[place] = high[place] = null;
    }
    for (const [time, least, middle, most] of points) {
      const place = /** @type {number} */ (places.get(time));
      [low[place], mean[place], high[place]] = [least, middle, most];
    }
    return { mean, low, high };
  });
  return { at, columns };
}

/**
 * The extremes of a series and when they were; null = it has no point.
 * @param {Point[]} points
 */
export function extremesOf(points) {
  if (points.length === 0) {
    return null;
  }
  let [low, high] = [points[0], points[0]];
  for (const point of points) {
    low = point[1] < low[1] ? point : low;
    high = point[3] > high[3] ? point : high;
  }
  return { low: low[1], lowAt: low[0], high: high[3], highAt: high[0], last: points[points.length - 1][2] };
}

/**
 * Which of two axes each series of numbers stands at: the second is for what would be a flat line on the first one.
 * @param {Point[][]} all Of numbers only.
 * @returns {(0 | 1)[]}
 */
export function axesOf(all) {
  const spans = all.map((points) => extremesOf(points));
  const first = spans.find((span) => span !== null);
  return spans.map((span) => {
    if (!span || !first || span === first) {
      return 0;
    }
    const room = Math.max(first.high - first.low, Math.abs(first.high) / 4, 1);
    return span.high > first.high + room * 2 || span.low < first.low - room * 2 ? 1 : 0;
  });
}

/**
 * Rows for a table of at most so many: what would be more is thinned, with each extreme kept.
 * @param {Series[]} series
 * @param {number} most
 * @returns {{ at: number, values: ([number, number, number] | null)[] }[]} least, mean, greatest; newest first.
 */
export function rowsOf(series, most) {
  const all = series.flatMap(({ points }) => points);
  if (all.length === 0) {
    return [];
  }
  const first = all.reduce((least, point) => Math.min(least, point[0]), Infinity);
  const last = all.reduce((greatest, point) => Math.max(greatest, point[0]), -Infinity);
  const moments = new Set(all.map((point) => point[0])).size;
  const width = moments <= most ? 0 : (last - first + 1) / most;
  /** @type {Map<number, { at: number, values: ([number, number, number] | null)[], n: number[] }>} */
  const rows = new Map();
  series.forEach(({ points }, which) => {
    for (const [time, low, mean, high] of points) {
      const slot = width === 0 ? time : Math.floor((time - first) / width);
      const row = rows.get(slot) ?? { at: time, values: series.map(() => null), n: series.map(() => 0) };
      rows.set(slot, row);
      row.at = Math.min(row.at, time);
      const known = row.values[which];
      row.n[which] += 1;
      row.values[which] = known
        ? [Math.min(known[0], low), known[1] + (mean - known[1]) / row.n[which], Math.max(known[2], high)]
        : [low, mean, high];
    }
  });
  return [...rows.values()].sort((a, b) => b.at - a.at).map(({ at, values }) => ({ at, values }));
}

/**
 * The moment at which a day begins by the clock of a zone, ms since 1970.
 * @param {string} day Such as `2026-11-27`.
 * @param {string} [zone] The reader's own unless said.
 */
export function startOf(day, zone) {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  const format = new Intl.DateTimeFormat('en', {
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    hourCycle: 'h23',
    timeZone: zone,
  });
  const clock = (/** @type {number} */ at) => {
    const part = Object.fromEntries(format.formatToParts(new Date(at)).map(({ type, value }) => [type, Number(value)]));
    return Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute, part.second);
  };
  // The clock of midnight may itself be changed that day: a second look lands on it.
  const guess = midnight - (clock(midnight) - midnight);
  return guess - (clock(guess) - midnight);
}
