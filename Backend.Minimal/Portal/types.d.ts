// Types that JSDoc cannot say. Not served.

/** What may stand in a node. */
export type Plain = Node | string | number | null | undefined | false;

/** The same, or lists of it, however deep. */
export type Child = Plain | Child[];
