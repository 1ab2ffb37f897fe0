// Updates of the firmware: the builds that there are, the patches between them, and the roll-outs that bring them to the boxes; beside
// them the firmware of devices that are no boxes.

import { fill, h } from '../core/dom.js';
import { t } from '../core/text.js';
import { showBuilds } from './releases-builds.js';
import { showFirmware } from './releases-firmware.js';
import { showKeys } from './releases-keys.js';
import { showPatches } from './releases-patches.js';
import { showRollouts } from './releases-rollouts.js';

/** @type {Record<string, (root: HTMLElement, context: import('../core/router.js').Context) => void>} */
const tabs = { builds: showBuilds, patches: showPatches, rollouts: showRollouts, keys: showKeys, firmware: showFirmware };

/** @type {import('../core/router.js').Page} */
export const page = {
  title: 'releases.title',
  needs: 'operator',
  texts: 'releases firmware',
  mount(root, context) {
    const asked = context.params.tab ?? '';
    // What one looks for is what goes on.
    const tab = Object.hasOwn(tabs, asked) ? asked : 'rollouts';
    const body = h('div', { class: 'stack' });
    fill(
      root,
      h('h1', null, t('releases.title')),
      h(
        'nav',
        { class: 'tabs', 'aria-label': t('releases.tabs') },
        Object.keys(tabs).map((one) =>
          h('a', { href: `/releases/${one}`, 'aria-current': one === tab ? 'page' : undefined }, t(`releases.tab_${one}`)),
        ),
      ),
      body,
    );
    context.title(t(`releases.tab_${tab}`));
    tabs[tab](body, context);
  },
};
