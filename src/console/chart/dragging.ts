import type { PlotArea } from './plot-area.ts';

/** Where a limit line can be taken hold of, and what it says after it was moved. Pure, in CSS px and units of values. */

export function yOf(value: number, { top, height, low, high }: PlotArea): number {
  return top + ((high - value) / (high - low)) * height;
}

export function valueAt(y: number, { top, height, low, high }: PlotArea): number {
  return high - ((y - top) / height) * (high - low);
}

/** Steps of a limit over the height of a chart: fine enough to aim, coarse enough for round figures. */
const STEPS_OVER_HEIGHT = 100;

/** The width of one step for a span of values: 1, 2 or 5 times a power of ten. */
export function stepFor(span: number): number {
  const raw = Math.abs(span) / STEPS_OVER_HEIGHT;
  if (!(raw > 0) || !Number.isFinite(raw)) return 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  const factor = [1, 2, 5, 10].find((each) => each * power >= raw * 0.999) ?? 10;
  return Number((factor * power).toPrecision(1));
}

/** The nearest multiple of the step, without the dust of binary fractions. */
export function snapped(value: number, step: number): number {
  return Number((Math.round(value / step) * step).toPrecision(12));
}

/** What a key makes of a limit: arrows a step, with Shift or by page ten; undefined for every other key. */
export function valueAfterKey(
  value: number,
  step: number,
  event: { readonly key: string; readonly shiftKey: boolean },
): number | undefined {
  const steps = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: 10, PageDown: -10 }[event.key];
  if (steps === undefined) return undefined;
  return snapped(value + steps * step * (event.shiftKey && Math.abs(steps) === 1 ? 10 : 1), step);
}
