// The pages of the portal, a row each: what the tests and the pictures go through.
// name: as in app/routes.js; url: `{place}`, `{box}`, `{rollout}`, `{thing}`, `{batch}`, `{made}`, `{deployment}` and `{gateway}` are those of
// the filled server; roles: who sees it (null = everybody, signed in or not); asks: part of the address of the question without whose answer
// it has nothing to show: the tests make it fail.

export const pages = [
  { name: 'sign-in', url: '/sign-in', roles: null },
  { name: 'insights', url: '/?place={place}', roles: ['viewer', 'owner', 'operator', 'admin'], asks: '/figures' },
  { name: 'calibrate', url: '/calibrate/{place}', roles: ['owner', 'operator', 'admin'], asks: '/calibration' },
  { name: 'compare', url: '/compare', roles: ['viewer', 'owner', 'operator', 'admin'], asks: '/api/comparison' },
  { name: 'place', url: '/places/{place}', roles: ['viewer', 'owner', 'operator', 'admin'], asks: '/exceptions' },
  { name: 'reports', url: '/reports', roles: ['viewer', 'owner', 'operator', 'admin'], asks: '/api/report-choice' },
  { name: 'activate', url: '/activate/{box}', roles: null, asks: '/api/activate/' },
  { name: 'notice', url: '/activate/{box}/notice', roles: null },
  { name: 'locations', url: '/locations', roles: ['viewer', 'owner', 'operator', 'admin'], asks: '/api/devices' },
  { name: 'locations-map', url: '/locations?view=map', roles: ['viewer', 'owner', 'operator', 'admin'], asks: '/api/devices' },
  { name: 'device', url: '/locations/{box}/now', roles: ['viewer', 'owner', 'operator', 'admin'], asks: '/api/readings' },
  { name: 'device-health', url: '/locations/{box}/health', roles: ['viewer', 'owner', 'operator', 'admin'], asks: '/api/heartbeats' },
  {
    name: 'device-settings',
    url: '/locations/{box}/settings',
    roles: ['viewer', 'owner', 'operator', 'admin'],
    asks: '/api/device/*/config',
  },
  {
    name: 'device-commands',
    url: '/locations/{box}/commands',
    roles: ['viewer', 'owner', 'operator', 'admin'],
    asks: '/api/device/*/commands',
  },
  { name: 'device-update', url: '/locations/{box}/update', roles: ['viewer', 'owner', 'operator', 'admin'], asks: '/api/device/*/update' },
  {
    name: 'device-history',
    url: '/locations/{box}/history',
    roles: ['viewer', 'owner', 'operator', 'admin'],
    asks: '/api/device/*/timeline',
  },
  {
    name: 'device-compare',
    url: '/locations/{box}/now?with=JBNB0002',
    roles: ['viewer', 'owner', 'operator', 'admin'],
    asks: '/api/summary',
  },
  { name: 'things', url: '/things', roles: ['viewer', 'owner', 'operator', 'admin'], asks: '/api/things' },
  { name: 'thing', url: '/things/{thing}', roles: ['viewer', 'owner', 'operator', 'admin'], asks: '/api/things/' },
  { name: 'notifications', url: '/notifications', roles: ['viewer', 'owner', 'operator', 'admin'], asks: '/api/notifications' },
  { name: 'people', url: '/people', roles: ['owner', 'admin'], asks: '/api/users' },
  { name: 'people-invite', url: '/people?user=new', roles: ['owner', 'admin'], asks: '/api/places' },
  { name: 'keys', url: '/keys', roles: ['admin'], asks: '/api/keys' },
  { name: 'audit', url: '/audit', roles: ['admin'], asks: '/api/audit' },
  { name: 'releases', url: '/releases/rollouts', roles: ['operator', 'admin'], asks: '/api/ota/rollouts' },
  { name: 'releases-builds', url: '/releases/builds', roles: ['operator', 'admin'], asks: '/api/ota/firmware' },
  { name: 'releases-patches', url: '/releases/patches', roles: ['operator', 'admin'], asks: '/api/ota/patches' },
  { name: 'releases-keys', url: '/releases/keys', roles: ['operator', 'admin'], asks: '/api/ota/trust' },
  { name: 'releases-firmware', url: '/releases/firmware', roles: ['operator', 'admin'], asks: '/api/releases' },
  { name: 'rollout', url: '/releases/rollouts/{rollout}', roles: ['operator', 'admin'], asks: '/api/ota/rollouts/' },
  { name: 'rollout-new', url: '/releases/rollouts/new', roles: ['admin'], asks: '/api/ota/firmware' },
  { name: 'deployments', url: '/deployments', roles: ['operator', 'admin'], asks: '/api/deployments' },
  { name: 'deployment', url: '/deployments/{deployment}', roles: ['operator', 'admin'], asks: '/api/deployments/' },
  { name: 'deployments-gateways', url: '/deployments/gateways', roles: ['operator', 'admin'], asks: '/api/deployments/gateways' },
  { name: 'deployments-modules', url: '/deployments/gateways/{gateway}', roles: ['operator', 'admin'], asks: '/api/gateways/*/modules' },
  { name: 'deployments-history', url: '/deployments/history', roles: ['operator', 'admin'], asks: '/api/deployments/history' },
  { name: 'provision', url: '/provision', roles: ['admin', 'maker'], asks: '/api/manufacturing/batches' },
  { name: 'manufacturing', url: '/manufacturing', roles: ['admin', 'maker'], asks: '/api/manufacturing/dashboard' },
  { name: 'batch', url: '/manufacturing/{batch}', roles: ['admin', 'maker'], asks: '/api/manufacturing/batch/' },
  { name: 'made', url: '/manufacturing/devices/{made}', roles: ['admin', 'maker'], asks: '/api/manufacturing/devices/' },
  { name: 'account', url: '/account', roles: ['viewer', 'owner', 'operator', 'admin', 'maker'], asks: '/api/sessions' },
];

/** The address of a page in a filled world. */
export const addressIn = (world, { url }) =>
  url
    .replace('{place}', world.places[0].id)
    .replace('{box}', world.boxes[0].id)
    .replace('{rollout}', world.rollout)
    .replace('{thing}', 'clock-hall')
    .replace('{deployment}', world.deployment)
    .replace('{gateway}', world.gateway)
    .replace('{batch}', world.batch.id)
    .replace('{made}', world.batch.devices[0].serial);
