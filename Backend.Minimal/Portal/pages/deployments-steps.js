// What the pages of deployments work out of what the server says: the steps of a gateway, in which order gateways stand, sums of modules,
// targets, how long an upload will take. Knows no page, so that it is tested without one.

/** @typedef {'waiting' | 'triggered' | 'pushing' | 'returning' | 'done' | 'failed' | 'restored' | 'skipped'} ModuleStatus */
/**
 * A module in a deployment: what it ran before and runs after.
 * @typedef {object} Module
 * @property {string} hostname
 * @property {string} type
 * @property {string | null} [name]
 * @property {string | null} [displayName] Of its type.
 * @property {ModuleStatus} status
 * @property {string | null} [before]
 * @property {string | null} [after]
 * @property {string | null} [expected]
 * @property {number | null} [percent]
 * @property {string | null} [error]
 * @property {number | null} [ms] How long it took, or takes until now.
 */
/** @typedef {'done' | 'now' | 'failed' | 'todo'} StepState */
/** @typedef {{ status: string | null, lastStep?: string | null, modules?: readonly Module[] | null }} Progress */

/** The steps, each with the words of a gateway's that stand for it. @type {[string, string[]][]} */
const steps = [
  ['received', ['downloading', 'downloaded']],
  ['unpacked', ['extracting']],
  ['run', ['deploying']],
  ['checked', ['checking']],
];

/** Words after which a step is over, although the next one has not begun. */
const over = ['downloaded'];

/** Words of modules of which nothing more will come. */
const ended = ['done', 'failed', 'restored', 'skipped'];

/** Groups of states, worst first, and which words of a gateway's belong to them. @type {Record<string, (string | null)[]>} */
const groups = {
  failed: ['failed'],
  running: ['downloading', 'downloaded', 'extracting', 'deploying', 'checking'],
  waiting: [null],
  completed: ['completed'],
  removed: ['removed'],
};

/** What a module calls itself in its network. */
export const hostRule = /^[A-Za-z0-9-]{1,63}$/;

/** Units of time in seconds, greatest first. */
const units = [86_400, 3_600, 60, 1];

/** The groups of states, worst first. */
export const groupNames = Object.keys(groups);

/**
 * The group of a state.
 * @param {string | null} status
 */
export function groupOf(status) {
  return groupNames.find((name) => groups[name].includes(status)) ?? 'running';
}

/**
 * The steps of a gateway, in their order. Modules are a step where there are some.
 * @param {Progress} gateway
 * @returns {{ name: string, state: StepState }[]}
 */
export function stepsOf({ status, lastStep, modules }) {
  const list = modules ?? [];
  const hasFailed = status === 'failed';
  const word = hasFailed ? (lastStep ?? null) : status;
  const at = steps.findIndex(([, words]) => words.includes(word ?? ''));
  const isDone = status === 'completed' || status === 'removed';
  // Modules are pushed when the gateway itself is well: whatever it says then, its own steps are behind it.
  const isAtModules = !isDone && list.some((one) => one.status !== 'waiting' && one.status !== 'skipped');
  /** @type {{ name: string, state: StepState }[]} */
  const all = steps.map(([name], index) => ({
    name,
    state:
      isDone || isAtModules || index < at || (index === at && !hasFailed && over.includes(word ?? ''))
        ? 'done'
        : index === at
          ? hasFailed
            ? 'failed'
            : 'now'
          : 'todo',
  }));
  if (list.length > 0) {
    all.push({ name: 'modules', state: isDone ? 'done' : !isAtModules ? 'todo' : hasFailed ? 'failed' : 'now' });
  }
  return all;
}

/**
 * How modules do, in sums.
 * @param {readonly Module[] | null | undefined} modules
 */
export function moduleSums(modules) {
  const list = modules ?? [];
  return {
    all: list.length,
    done: list.filter((one) => one.status === 'done').length,
    failed: list.filter((one) => one.status === 'failed' || one.status === 'restored').length,
    open: list.filter((one) => !isEnded(one)).length,
  };
}

/** Whether nothing more will come of a module. @param {{ status: string }} module */
export const isEnded = ({ status }) => ended.includes(status);

/**
 * Whether two names are those of one module: the same in other letters is the same.
 * @param {string} a
 * @param {string} b
 */
export const isSameModule = (a, b) => a.toLowerCase() === b.toLowerCase();

/**
 * How long a module took, in its two greatest units: 72,300 ms → 60 s and 12 s. Less than a second counts as one.
 * @param {Pick<Module, 'status' | 'ms'>} module
 * @returns {number[]} Seconds, each for a unit of its own; none = nothing was done with it, or nobody has said.
 */
export function spanOf({ status, ms }) {
  if (!ms || status === 'waiting' || status === 'skipped') {
    return [];
  }
  const seconds = Math.max(1, Math.round(ms / 1000));
  const at = units.findIndex((unit) => seconds >= unit);
  const rest = seconds % units[at];
  const next = units[at + 1] ?? 1;
  return [seconds - rest, rest - (rest % next)].filter((part) => part > 0);
}

/**
 * Gateways as they stand: those that failed first, then those at work, those that wait, those that are done; by name among their like.
 * @template {{ status: string | null, gateway: string, name?: string | null }} G
 * @param {readonly G[]} gateways
 * @returns {G[]}
 */
export function inOrder(gateways) {
  const order = new Intl.Collator(undefined, { numeric: true });
  const rank = (/** @type {G} */ one) => groupNames.indexOf(groupOf(one.status));
  return [...gateways].sort((a, b) => rank(a) - rank(b) || order.compare(a.name || a.gateway, b.name || b.gateway));
}

/**
 * Shares of stages as they are typed: `10, 50, 100`.
 * @param {string} text
 * @returns {number[] | null} Rising whole numbers from 1 to 100, the last of which is 100; null = they are none.
 */
export function sharesOf(text) {
  const shares = text
    .split(/[\s,;]+/)
    .filter(Boolean)
    .map((one) => Number(one.replace('%', '')));
  const isRising = shares.every(
    (one, index) => Number.isInteger(one) && one >= 1 && one <= 100 && (index === 0 || one > shares[index - 1]),
  );
  return shares.length > 0 && isRising && shares[shares.length - 1] === 100 ? shares : null;
}

/**
 * Where a deployment is to go, as the server takes it; `none` = it is only kept.
 * @param {string} to `all`, `gateways`, `places` or `none`.
 * @param {{ gateways: string[], places: number[] }} chosen
 * @param {{ stages: string, waitMinutes: number | null, maxFailures: number | null } | null} staged Null = at once.
 */
export function targetsOf(to, { gateways, places }, staged) {
  if (to === 'none') {
    return 'none';
  }
  const whom = to === 'gateways' ? { gateways } : to === 'places' ? { places } : { all: true };
  return staged === null
    ? whom
    : {
        ...whom,
        stages: (sharesOf(staged.stages) ?? []).map((percent) => ({ percent })),
        // What is left empty is the server's to choose.
        ...(staged.waitMinutes === null ? {} : { waitMinutes: staged.waitMinutes }),
        ...(staged.maxFailures === null ? {} : { maxFailures: staged.maxFailures }),
      };
}

/**
 * Seconds until an upload is over, by its pace so far; null = nobody can say yet.
 * @param {number} sent
 * @param {number} all
 * @param {number} ms Since it began.
 */
export function secondsLeft(sent, all, ms) {
  return sent <= 0 || ms < 1000 ? null : Math.max(0, Math.ceil(((all - sent) * ms) / sent / 1000));
}
