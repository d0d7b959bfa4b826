/** The plotting area of a chart inside its box, CSS px, with the values at its lower and upper edge. */
export interface PlotArea {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly low: number;
  readonly high: number;
}

/** The former object when nothing has changed, so that nobody draws anew for it. */
export function samePlotArea(before: PlotArea | null, now: PlotArea): PlotArea {
  if (before === null) return now;
  const keys = ['left', 'top', 'width', 'height', 'low', 'high'] as const;
  return keys.every((key) => before[key] === now[key]) ? before : now;
}
