/** Borders and coasts: arcs of whole numbers, longitude and latitude by turns, each point as the way from the one before, in parts of a degree. */
export const borders: { parts: number; arcs: number[][] };
