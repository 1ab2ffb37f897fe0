// The boxes on a map, by the places where they stand; what has no position beside it; putting places where they are.

import { access, may } from '../core/access.js';
import { put } from '../core/api.js';
import { notice } from '../core/dialog.js';
import { fill, h } from '../core/dom.js';
import { form } from '../core/form.js';
import { watchPlaces } from '../core/places.js';
import { failed } from '../core/states.js';
import { refresh } from '../core/store.js';
import { t, word } from '../core/text.js';
import { boxState, boxStates, boxWords } from '../parts/box.js';
import { status } from '../parts/status.js';
import { addressOf } from './fleet-order.js';

/** @typedef {import('../parts/box.js').Box} Box */
/** @typedef {import('../core/places.js').Place} Place */
/** @typedef {import('../parts/map.js').Spot} Spot */

/**
 * A place with its boxes, or a box that stands at none.
 * @typedef {object} Stand
 * @property {string} key `p7` = place 7, `bJBNB0001` = a box.
 * @property {string} name
 * @property {number | null} place
 * @property {Box[]} boxes
 * @property {[number, number] | null} at
 */

/** So many without a position are listed; who has more searches. */
const mostListed = 50;

/**
 * Makes the map.
 * @param {HTMLElement} root
 * @param {import('../core/router.js').Context} context
 * @returns {{ set: (boxes: Box[], isFiltered: boolean) => void, end: () => void }}
 */
export function boxMap(root, context) {
  const frame = h('div', { class: 'map' });
  const foot = h('p', { class: 'soft small' });
  const side = h('div', { class: 'map-side card stack' });
  fill(root, h('div', { class: 'map-split' }, h('div', null, frame, foot), side));
  const { tile_url: tileUrl, tile_attribution: attribution } = access();
  foot.textContent = tileUrl ? (attribution ?? '') : t('map.noTiles');

  /** @type {Box[]} */
  let boxes = [];
  /** @type {Place[] | null} */
  let places = null;
  let isFiltered = false;
  let isFitted = false;
  /** @type {Stand[]} */
  let stands = [];
  /** Keys of what was chosen. @type {string[]} */
  let picked = [];
  /** What is being put somewhere. @type {{ stand: Stand, to: (at: [number, number]) => void } | null} */
  let placing = null;
  /** What the side shows, so that nothing is made anew under who reads it. */
  let drawn = '';
  /** @type {ReturnType<import('../parts/map.js')['makeMap']> | null} */
  let map = null;
  let isEnded = false;

  const styles = h('link', { rel: 'stylesheet', href: new URL('../map.css', import.meta.url).pathname });
  const load = async () => {
    try {
      const styled = new Promise((resolve, reject) => {
        styles.addEventListener('load', resolve);
        styles.addEventListener('error', reject);
      });
      document.head.append(styles);
      const [{ makeMap }] = await Promise.all([import('../parts/map.js'), styled]);
      if (isEnded) {
        return;
      }
      map = makeMap(frame, {
        label: t('map.label'),
        tileUrl,
        pick: (spots) => pick(spots.map((spot) => spot.key)),
        say,
        click: (at) => placing?.to(at),
        failed: () => {
          foot.textContent = t('map.tilesFailed');
        },
      });
      draw();
    } catch (fault) {
      console.error(fault);
      fill(
        root,
        failed(null, () => location.reload()),
      );
      context.ready();
    }
  };
  load();
  const endPlaces = watchPlaces((entry) => {
    if (entry.value) {
      places = entry.value;
      draw();
    } else if (entry.error) {
      places = [];
      draw();
    }
  });

  /** @param {Spot[]} spots */
  function say(spots) {
    const n = spots.reduce((sum, spot) => sum + spot.n, 0);
    const worst = boxStates.find((state) => spots.some((spot) => spot.state === state)) ?? 'retired';
    return spots.length === 1
      ? t('map.one', { name: spots[0].name, boxes: t('fleet.all', { n }), state: n === 0 ? t('map.noBox') : word('status', worst) })
      : t('map.many', { n: spots.length, boxes: t('fleet.all', { n }), state: word('status', worst) });
  }

  function draw() {
    if (!map || places === null) {
      return;
    }
    stands = standsOf(boxes, places, isFiltered);
    map.set(
      stands.flatMap((stand) =>
        stand.at
          ? [
              {
                key: stand.key,
                at: stand.at,
                state: boxStates.find((state) => stand.boxes.some((box) => boxState(box) === state)) ?? 'retired',
                n: stand.boxes.length,
                name: stand.name,
              },
            ]
          : [],
      ),
    );
    if (!isFitted) {
      isFitted = true;
      map.fit();
      const asked = stands.find((stand) => stand.key === `p${context.query.get('place')}`);
      if (asked?.at) {
        map.look(asked.at);
        picked = [asked.key];
      } else if (asked && mayPlace(asked)) {
        place(asked);
      }
      context.ready();
    }
    drawSide();
  }

  function drawSide() {
    if (placing) {
      return;
    }
    const chosen = stands.filter((stand) => picked.includes(stand.key));
    const without = stands.filter((stand) => stand.at === null);
    const now =
      JSON.stringify(
        (chosen.length > 0 ? chosen : without.slice(0, mostListed)).map((stand) => [
          stand.key,
          stand.name,
          stand.boxes.map((box) => [box.device_id, boxState(box), box.last_seen_at]),
        ]),
        // The address of the list is in the links.
      ) +
      context.query +
      without.length;
    if (now === drawn) {
      return;
    }
    drawn = now;
    const focused = side.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement).dataset.key : undefined;
    if (chosen.length > 0) {
      fill(
        side,
        h('h2', { tabindex: -1 }, chosen.length === 1 ? chosen[0].name : t('map.here', { n: chosen.length })),
        chosen.map((stand) => standView(stand, chosen.length > 1)),
        h('p', null, h('button', { type: 'button', class: 'button', data: { key: 'close' }, onclick: unpick }, t('map.close'))),
      );
    } else {
      fill(
        side,
        h('h2', { tabindex: -1 }, without.length === 0 ? t('map.allThere') : t('map.without', { n: without.length })),
        without.length === 0 ? h('p', { class: 'soft' }, t('map.pick')) : null,
        without.slice(0, mostListed).map((stand) => standView(stand, true)),
        without.length > mostListed ? h('p', { class: 'soft' }, t('map.more', { n: without.length - mostListed })) : null,
      );
    }
    if (focused) {
      /** @type {HTMLElement | null} */ (side.querySelector(`[data-key="${CSS.escape(focused)}"]`) ?? side.querySelector('h2'))?.focus();
    }
  }

  /**
   * @param {Stand} stand
   * @param {boolean} isNamed
   */
  function standView(stand, isNamed) {
    return h(
      'div',
      { class: 'map-stand' },
      isNamed ? h('h3', null, stand.name) : null,
      stand.boxes.length === 0
        ? h('p', { class: 'soft' }, t('map.noBox'))
        : h(
            'ul',
            { class: 'plain lines' },
            stand.boxes.map((box) =>
              h(
                'li',
                null,
                h('a', { href: addressOf(box, context.query), data: { key: box.device_id } }, box.device_id),
                ' ',
                status(boxState(box), boxWords(box)),
              ),
            ),
          ),
      h(
        'p',
        { class: 'row' },
        stand.place === null ? null : h('a', { href: `/places/${stand.place}`, data: { key: `to ${stand.key}` } }, t('map.toPlace')),
        mayPlace(stand)
          ? h(
              'button',
              { type: 'button', class: 'link', data: { key: `put ${stand.key}` }, onclick: () => place(stand) },
              t(stand.at ? 'map.move' : 'map.put'),
            )
          : null,
      ),
    );
  }

  /** @param {string[]} keys */
  function pick(keys) {
    stopPlacing();
    picked = keys;
    drawn = '';
    drawSide();
    side.querySelector('h2')?.focus();
  }

  function unpick() {
    const [first] = picked;
    picked = [];
    drawSide();
    map?.focus(first);
  }

  function stopPlacing() {
    placing = null;
    drawn = '';
    map?.aim(null);
  }

  /** @param {Stand} stand */
  function place(stand) {
    const number = (/** @type {string} */ name, /** @type {number} */ most, /** @type {number | undefined} */ value) => ({
      name,
      label: t(`map.${name}`),
      type: /** @type {const} */ ('number'),
      required: true,
      step: /** @type {const} */ ('any'),
      min: -most,
      max: most,
      value,
    });
    const before = stand.at;
    const save = (/** @type {[number, number]} */ [latitude, longitude]) =>
      put(stand.place === null ? `/api/device/${encodeURIComponent(stand.boxes[0].device_id)}/location` : `/api/places/${stand.place}`, {
        latitude,
        longitude,
      }).then(() => {
        refresh('place');
        refresh('device');
      });
    const edit = form({
      label: t('map.position'),
      fields: [number('latitude', 90, before?.[0]), number('longitude', 180, before?.[1])],
      action: t('map.save'),
      extra: h('button', { type: 'button', class: 'button', onclick: back }, t('dialog.cancel')),
      changed: () => {
        const { latitude, longitude } = edit.values();
        const isPoint = [latitude, longitude].every(Number.isFinite) && Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180;
        map?.aim(isPoint && latitude !== null && longitude !== null ? [latitude, longitude] : null);
      },
      run: async ({ latitude, longitude }) => {
        await save([latitude, longitude]);
        notice(t('map.saved', { name: stand.name }), before ? { undo: () => save(before) } : {});
        picked = [stand.key];
        stopPlacing();
        map?.look([latitude, longitude]);
        drawSide();
        side.querySelector('h2')?.focus();
      },
    });
    function back() {
      stopPlacing();
      drawSide();
      /** @type {HTMLElement | null} */ (side.querySelector(`[data-key="${CSS.escape(`put ${stand.key}`)}"]`))?.focus();
    }
    placing = {
      stand,
      to: ([latitude, longitude]) => {
        for (const [name, value] of Object.entries({ latitude, longitude })) {
          const input = edit.input(name);
          input.value = value.toFixed(5);
          input.dispatchEvent(new Event('input'));
        }
      },
    };
    fill(side, h('h2', { tabindex: -1 }, t('map.placing', { name: stand.name })), h('p', null, t('map.how')), edit.el);
    if (before) {
      map?.look(before);
      map?.aim(before);
    }
    side.querySelector('h2')?.focus();
  }

  return {
    set(next, filtered) {
      boxes = next;
      isFiltered = filtered;
      draw();
    },
    end() {
      isEnded = true;
      endPlaces();
      map?.end();
      styles.remove();
      fill(root);
    },
  };
}

/** @param {Stand} stand */
function mayPlace(stand) {
  return stand.place === null ? may('operator') : may('owner', stand.place);
}

/**
 * Where boxes stand, by name; places without boxes too, unless boxes are searched for.
 * @param {Box[]} boxes
 * @param {Place[]} places
 * @param {boolean} isFiltered
 * @returns {Stand[]}
 */
function standsOf(boxes, places, isFiltered) {
  /** @type {Map<string, Stand>} */
  const stands = new Map();
  const add = (/** @type {number} */ id, /** @type {string} */ name, /** @type {Place | undefined} */ place) => {
    const stand = { key: `p${id}`, name, place: id, boxes: [], at: place ? positionOf(place) : null };
    stands.set(stand.key, stand);
    return stand;
  };
  const known = new Map(places.map((place) => [place.id, place]));
  for (const box of boxes) {
    if (box.retired_at) {
      continue;
    }
    const id = box.place_id;
    const stand = id === null ? undefined : (stands.get(`p${id}`) ?? add(id, box.location_name ?? '', known.get(id)));
    if (stand) {
      stand.boxes.push(box);
      stand.at ??= positionOf(box);
    } else {
      stands.set(`b${box.device_id}`, { key: `b${box.device_id}`, name: box.device_id, place: null, boxes: [box], at: positionOf(box) });
    }
  }
  for (const place of isFiltered ? [] : places) {
    if (!stands.has(`p${place.id}`)) {
      add(place.id, place.name, place);
    }
  }
  const order = new Intl.Collator(undefined, { numeric: true });
  return [...stands.values()].sort((a, b) => order.compare(a.name, b.name));
}

/**
 * @param {{ latitude: number | null, longitude: number | null }} of
 * @returns {[number, number] | null}
 */
function positionOf({ latitude, longitude }) {
  return latitude === null || longitude === null ? null : [latitude, longitude];
}
