// Which page stands at which address, and what is in the navigation. A page that is not finished is not in the navigation.

/** @typedef {import('../core/access.js').Role} Role */

/** @type {import('../core/router.js').Route[]} */
export const routes = [
  { path: '/', page: 'insights', nav: 'insights' },
  { path: '/sign-in', page: 'sign-in' },
  { path: '/start', page: 'start' },
  { path: '/account', page: 'account', nav: 'account' },
  { path: '/calibrate/{place}', page: 'calibrate', nav: 'count' },
  { path: '/compare', page: 'compare', nav: 'compare' },
  { path: '/places/{id}', page: 'place', nav: 'place' },
  { path: '/reports', page: 'reports', nav: 'reports' },
  { path: '/notifications', page: 'notifications', nav: 'alerts' },
  { path: '/alerts', page: 'notifications', nav: 'alerts' },
  { path: '/people', page: 'people', nav: 'people' },
  { path: '/keys', page: 'keys', nav: 'people' },
  { path: '/audit', page: 'audit', nav: 'audit' },
  { path: '/activate/{device}', page: 'activate' },
  { path: '/activate/{device}/notice', page: 'notice' },
  { path: '/locations', page: 'locations', nav: 'boxes' },
  { path: '/locations/{device}/{tab?}', page: 'device', within: 'locations', nav: 'boxes' },
  { path: '/things', page: 'things', nav: 'things' },
  { path: '/things/{device}', page: 'thing', nav: 'things' },
  { path: '/deployments', page: 'deployments', nav: 'deployments' },
  { path: '/deployments/gateways', page: 'deployments-gateways', nav: 'deployments' },
  { path: '/deployments/gateways/{gateway}', page: 'deployments-modules', nav: 'deployments' },
  { path: '/deployments/history', page: 'deployments-history', nav: 'deployments' },
  { path: '/deployments/{id}', page: 'deployment', nav: 'deployments' },
  { path: '/releases/{tab?}', page: 'releases', nav: 'updates' },
  { path: '/releases/rollouts/new', page: 'rollout-new', nav: 'updates' },
  { path: '/releases/rollouts/{id}', page: 'rollout', nav: 'updates' },
  { path: '/provision', page: 'provision', nav: 'provision' },
  { path: '/manufacturing', page: 'manufacturing', nav: 'batches' },
  { path: '/manufacturing/{batch}', page: 'batch', nav: 'batches' },
  { path: '/manufacturing/devices/{serial}', page: 'made', nav: 'batches' },
];

/**
 * @typedef {object} NavItem
 * @property {string} name Its text is `nav.NAME`.
 * @property {string} href `{place}` in it is the place that was looked at last.
 * @property {Role} needs Who sees it.
 * @property {Role} [not] Who does not: who has something better.
 * @property {boolean} [main] Stands in the bar of a phone; the first four do, with More as a fifth where there is more.
 * @property {boolean} [places] Makes sense from two places on.
 * @property {boolean} [things] Makes sense where there is a thing.
 * @property {boolean} [gateways] Makes sense where there is a gateway.
 * @property {string} [key] `g` and this key go there.
 */

/** In the order in which they are shown. @type {NavItem[]} */
export const navigation = [
  { name: 'insights', href: '/', needs: 'viewer', main: true, key: 'i' },
  { name: 'boxes', href: '/locations', needs: 'operator', main: true, key: 'l' },
  { name: 'updates', href: '/releases/rollouts', needs: 'operator', main: true, key: 'r' },
  // The bar of a phone has room for four beside More: who looks after boxes has Count there.
  { name: 'count', href: '/calibrate/{place}', needs: 'owner', not: 'operator', main: true },
  { name: 'count', href: '/calibrate/{place}', needs: 'operator' },
  { name: 'alerts', href: '/notifications', needs: 'viewer', main: true, key: 'a' },
  { name: 'things', href: '/things', needs: 'viewer', things: true },
  { name: 'deployments', href: '/deployments', needs: 'operator', gateways: true },
  { name: 'compare', href: '/compare', needs: 'viewer', places: true },
  { name: 'reports', href: '/reports', needs: 'viewer', key: 'p' },
  { name: 'place', href: '/places/{place}', needs: 'viewer' },
  { name: 'provision', href: '/provision', needs: 'maker' },
  { name: 'batches', href: '/manufacturing', needs: 'maker' },
  { name: 'people', href: '/people', needs: 'admin' },
  { name: 'people', href: '/people', needs: 'owner', not: 'operator' },
  { name: 'audit', href: '/audit', needs: 'admin' },
];
