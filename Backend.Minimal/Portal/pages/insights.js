import { fill, h } from '../core/dom.js';
import { t } from '../core/text.js';

/** @type {import('../core/router.js').Page} */
export const page = {
  title: 'insights.title',
  needs: 'viewer',
  mount(root, context) {
    fill(root, h('h1', null, t('insights.title')));
    context.ready();
  },
};
