import { conversionBetween, convert } from '../../../model/units.ts';

/** Units of SenML (RFC 8428 and 8798) that are called otherwise here. */
const OURS: Readonly<Record<string, string>> = { Cel: '°C', '/100': '%', '/1000': '‰', '%RH': '%', m2: 'm²' };
/** Units of SenML that are something else here: coulomb, farad, gram, henry, siemens, tesla. */
const OTHERS = new Set(['C', 'F', 'g', 'H', 'S', 'T']);

/**
 * A value in the unit of its metric: as it is where one of the two is not known, which the profile has put side by side;
 * undefined where they measure different things.
 */
export function inUnitOf(value: number, unit: string, ofMetric: string, metric: string): number | undefined {
  if (unit === ofMetric || OTHERS.has(unit)) return value;
  const theirs = Object.hasOwn(OURS, unit) ? (OURS[unit] ?? unit) : unit;
  const known = Object.hasOwn(OURS, ofMetric) ? (OURS[ofMetric] ?? ofMetric) : ofMetric;
  if (theirs === known) return value;
  const result = conversionBetween(theirs, known, metric);
  if (result.ok) return convert(value, result.conversion);
  const isUnknown = result.problem.code === 'unknown-unit' || result.problem.code === 'unknown-unit-of-metric';
  return isUnknown ? value : undefined;
}
