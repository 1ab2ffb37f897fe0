// A map of places: tiles where the server has an address of some, else the outlines of countries. What stands close together is one mark,
// with the shape of the worst of it. Marks are buttons: keys and screen readers have them as they are.

import { h, s } from '../core/dom.js';
import { number } from '../core/format.js';
import { t } from '../core/text.js';
import { DivIcon, DomEvent, LatLngBounds, Map as LeafletMap, Marker, Point, control, polyline, tileLayer } from '../vendor/leaflet.js';
import { borders } from '../vendor/world.js';
import { boxStates } from './box.js';
import { shape } from './status.js';

/**
 * Something that stands somewhere.
 * @typedef {object} Spot
 * @property {string} key
 * @property {[number, number]} at Latitude and longitude, degrees.
 * @property {string} state The worst of its states, as in parts/box.js.
 * @property {number} n How many boxes.
 * @property {string} name
 */

/** Marks are not closer than this, px: as wide as a mark with a name. */
const cell = [128, 48];

/** The outlines have points for no more. */
const outlineZoom = 7;

/** What servers of tiles have as a rule. */
const tileZoom = 19;

/**
 * Makes a map in an element that is on the page.
 * @param {HTMLElement} el
 * @param {object} options
 * @param {string} options.label Names it to who cannot see it.
 * @param {string | null | undefined} options.tileUrl Where tiles come from; none = outlines.
 * @param {(spots: Spot[]) => void} options.pick A mark was chosen that is no nearer to be taken apart.
 * @param {(spots: Spot[]) => string} options.say What a mark says to who cannot see it.
 * @param {(at: [number, number]) => void} options.click The map was clicked.
 * @param {() => void} options.failed Tiles do not come: outlines stand in.
 */
export function makeMap(el, { label, tileUrl, pick, say, click, failed }) {
  const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const mostZoom = tileUrl ? tileZoom : outlineZoom;
  const map = new LeafletMap(el, {
    attributionControl: false,
    zoomControl: false,
    minZoom: 1,
    maxZoom: mostZoom,
    maxBounds: [
      [-85, -200],
      [85, 200],
    ],
    maxBoundsViscosity: 1,
    fadeAnimation: !isStill,
    zoomAnimation: !isStill,
    markerZoomAnimation: false,
    inertia: !isStill,
  });
  el.setAttribute('role', 'region');
  el.setAttribute('aria-label', label);
  control.zoom({ zoomInTitle: t('map.nearer'), zoomOutTitle: t('map.farther') }).addTo(map);
  control.scale({ imperial: false }).addTo(map);
  /** @type {Spot[]} */
  let spots = [];
  /** @type {Marker[]} */
  let marks = [];
  /** @type {Marker | null} */
  let aimed = null;
  let hasOutline = false;

  const outline = () => {
    if (!hasOutline) {
      hasOutline = true;
      polyline(lines(), { className: 'map-border', weight: 1, interactive: false, smoothFactor: 0.5 }).addTo(map);
    }
  };
  if (tileUrl) {
    const tiles = tileLayer(tileUrl, { maxZoom: tileZoom });
    tiles.once('tileerror', () => {
      outline();
      failed();
    });
    tiles.addTo(map);
  } else {
    outline();
  }

  function draw() {
    const focused = el.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement).dataset.key : undefined;
    for (const mark of marks) {
      mark.remove();
    }
    // Only what is in sight: a mark that has the focus must not push the map aside.
    marks = clusters().map((group) => {
      const sum = group.spots.reduce((n, spot) => n + spot.n, 0);
      const worst = boxStates.find((state) => group.spots.some((spot) => spot.state === state)) ?? 'retired';
      const isOne = group.spots.length === 1;
      const button = h(
        'button',
        {
          type: 'button',
          class: 'map-mark',
          'aria-label': say(group.spots),
          title: say(group.spots),
          data: { key: group.spots[0].key, state: worst, n: sum },
          onclick: () => open(group.spots),
        },
        shape(worst),
        isOne ? h('span', { class: 'clip' }, group.spots[0].name) : null,
        !isOne || sum > 1 ? h('b', null, number(sum)) : null,
      );
      DomEvent.disableClickPropagation(button);
      return new Marker(map.layerPointToLatLng(group.at), {
        icon: new DivIcon({ className: 'map-pin', html: button, iconSize: undefined }),
        keyboard: false,
        interactive: false,
      }).addTo(map);
    });
    if (focused) {
      /** @type {HTMLElement | null} */ (el.querySelector(`[data-key="${CSS.escape(focused)}"]`))?.focus({ preventScroll: true });
    }
  }

  /** What is in sight, by cells of a grid that does not move with the map. */
  function clusters() {
    const sight = map.getBounds();
    const zoom = map.getZoom();
    const origin = map.getPixelOrigin();
    /** @type {Map<string, Group>} */
    const cells = new Map();
    for (const spot of spots) {
      if (sight.contains(spot.at)) {
        const at = map.project(spot.at, zoom);
        const key = `${Math.floor(at.x / cell[0])} ${Math.floor(at.y / cell[1])}`;
        const found = cells.get(key);
        if (found) {
          found.spots.push(spot);
          found.sum = found.sum.add(at);
        } else {
          cells.set(key, { spots: [spot], sum: at });
        }
      }
    }
    return apart([...cells.values()]).map((group) => ({ spots: group.spots, at: middle(group).subtract(origin) }));
  }

  /** @param {Spot[]} group */
  function open(group) {
    const bounds = new LatLngBounds(group.map((spot) => spot.at));
    const isApart = !bounds.getNorthEast().equals(bounds.getSouthWest());
    if (group.length > 1 && isApart && map.getZoom() < mostZoom) {
      const zoom = Math.max(map.getZoom() + 1, Math.min(mostZoom, map.getBoundsZoom(bounds, false, new Point(cell[0], cell[1]))));
      map.setView(bounds.getCenter(), zoom, { animate: false });
      // The mark that was pressed is gone: one of those in its place has the focus.
      if (!el.contains(document.activeElement)) {
        /** @type {HTMLElement | null} */ (el.querySelector('.map-mark'))?.focus({ preventScroll: true });
      }
    } else {
      pick(group);
    }
  }

  map.on('moveend', draw);
  map.on('click', (event) => {
    const at = event.latlng.wrap();
    click([at.lat, at.lng]);
  });
  const resized = new ResizeObserver(() => map.invalidateSize({ animate: false }));
  resized.observe(el);
  map.setView([20, 0], 1, { animate: false });

  return {
    /**
     * Shows spots in the place of those that are there; the map stays where it is.
     * @param {Spot[]} next
     */
    set(next) {
      spots = next;
      draw();
    },
    /** Brings all spots in sight. */
    fit() {
      if (spots.length > 0) {
        const bounds = new LatLngBounds(spots.map((spot) => spot.at));
        map.fitBounds(bounds, { padding: [64, 32], maxZoom: Math.min(mostZoom, 12), animate: false });
      }
    },
    /**
     * Brings a point in sight, and no nearer than it is unless that is far.
     * @param {[number, number]} at
     */
    look(at) {
      map.setView(at, Math.max(map.getZoom(), Math.min(mostZoom, 6)), { animate: false });
    },
    /**
     * Marks the point that something is to be put at; null = none.
     * @param {[number, number] | null} at
     */
    aim(at) {
      aimed?.remove();
      aimed = at
        ? new Marker(at, {
            icon: new DivIcon({
              className: 'map-pin map-aim',
              html: /** @type {any} */ (s('svg', { viewBox: '0 0 24 24', 'aria-hidden': 'true' }, s('path', { d: 'M12 0v24M0 12h24' }))),
            }),
            keyboard: false,
            interactive: false,
          }).addTo(map)
        : null;
      el.classList.toggle('map-aiming', at !== null);
    },
    /**
     * Goes to a mark.
     * @param {string} key
     */
    focus(key) {
      (/** @type {HTMLElement | null} */ (el.querySelector(`[data-key="${CSS.escape(key)}"]`)) ?? el).focus({ preventScroll: true });
    },
    end() {
      resized.disconnect();
      map.remove();
    },
  };
}

/** @typedef {{ spots: Spot[], sum: Point }} Group */

/** @param {Group} group */
function middle(group) {
  return group.sum.divideBy(group.spots.length);
}

/**
 * Joins groups whose marks would lie on one another: neighbours across the border of two cells.
 * @param {Group[]} groups
 * @returns {Group[]}
 */
function apart(groups) {
  /** @type {Group[]} */
  const kept = [];
  for (const group of groups) {
    const at = middle(group);
    const near = kept.find((other) => Math.abs(middle(other).x - at.x) < cell[0] && Math.abs(middle(other).y - at.y) < cell[1]);
    if (near) {
      near.spots.push(...group.spots);
      near.sum = near.sum.add(group.sum);
    } else {
      kept.push({ spots: [...group.spots], sum: group.sum });
    }
  }
  // Joining moves a mark: it may be near another one now. Each round has fewer.
  return kept.length < groups.length ? apart(kept) : kept;
}

/** Borders and coasts as lines of degrees; what goes round the back of the world is cut there. */
function lines() {
  /** @type {[number, number][][]} */
  const all = [];
  for (const arc of borders.arcs) {
    let [x, y] = [0, 0];
    /** @type {[number, number][]} */
    let line = [];
    for (let i = 0; i < arc.length; i += 2) {
      if (i > 0 && Math.abs(arc[i]) > 180 * borders.parts) {
        all.push(line);
        line = [];
      }
      x += arc[i];
      y += arc[i + 1];
      line.push([y / borders.parts, x / borders.parts]);
    }
    all.push(line);
  }
  return all.filter((line) => line.length > 1);
}
