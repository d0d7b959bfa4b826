import { LEVELS, type Level } from '../src/model/level.ts';
import type { Metric, SiteDevice } from '../src/model/site.ts';
import type { Criterion, ThresholdFileEntry } from '../src/model/threshold.ts';

/** The limits a device's field is compared with, in the field's own unit, by level. */
export interface FieldLimits {
  readonly above: Readonly<Partial<Record<Level, number>>>;
  readonly below: Readonly<Partial<Record<Level, number>>>;
}

const NO_LIMITS: FieldLimits = { above: {}, below: {} };

/** The units threshold documents are written in that differ from a sensor's: factor to the unit of the same line. */
const FACTORS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  length: { mm: 1, cm: 10, m: 1_000 },
  velocity: { 'mm/s': 1, 'cm/s': 10 },
  pressure: { kPa: 1, bar: 100, MPa: 1_000 },
  current: { mA: 1, A: 1_000 },
};

function convert(value: number, from: string | undefined, to: string | undefined): number {
  if (from === undefined || to === undefined || from === to) return value;
  for (const factors of Object.values(FACTORS)) {
    const [fromFactor, toFactor] = [factors[from], factors[to]];
    if (fromFactor !== undefined && toFactor !== undefined) return (value * fromFactor) / toFactor;
  }
  return value;
}

/**
 * The limits of every field of a device, by way of its points' metrics. Of criteria joined by `any` or `all` the first
 * that compares the plain value counts, of a curve the highest limit: what breaches that breaches at every frequency.
 */
export function limitsOfDevice(
  device: SiteDevice,
  metrics: Readonly<Record<string, Metric>>,
  documents: ReadonlyMap<string, readonly ThresholdFileEntry[]>,
): (field: string) => FieldLimits {
  const byField = new Map<string, FieldLimits>();
  for (const point of device.points) {
    for (const rule of (documents.get(point.id) ?? []).flatMap(({ rules }) => Object.values(rules))) {
      if (rule.metric === undefined || rule.levels === undefined) continue;
      const field = point.metrics === undefined ? rule.metric : point.metrics[rule.metric];
      if (field === undefined) continue;
      const known = byField.get(field) ?? NO_LIMITS;
      const above = { ...known.above };
      const below = { ...known.below };
      for (const level of LEVELS) {
        const criterion = rule.levels[level];
        if (criterion === undefined) continue;
        const limits = plainLimits(criterion);
        const inFieldUnit = (value: number) => convert(value, rule.unit, metrics[field]?.unit);
        if (limits.above !== undefined) above[level] = inFieldUnit(limits.above);
        if (limits.below !== undefined) below[level] = inFieldUnit(limits.below);
      }
      byField.set(field, { above, below });
    }
  }
  return (field) => byField.get(field) ?? NO_LIMITS;
}

function plainLimits(criterion: Criterion): { above?: number | undefined; below?: number | undefined } {
  const isWindowed = [criterion.average, criterion.maximum, criterion.minimum, criterion.sum].some(
    (window) => window !== undefined,
  );
  if (!isWindowed && (criterion.above !== undefined || criterion.below !== undefined)) return criterion;
  if (criterion.curve !== undefined) return { above: Math.max(...criterion.curve.points.map(([, limit]) => limit)) };
  for (const part of [...(criterion.any ?? []), ...(criterion.all ?? [])]) {
    const limits = plainLimits(part);
    if (limits.above !== undefined || limits.below !== undefined) return limits;
  }
  return {};
}

/** The limits of one direction that exist, mildest first. */
export function ladder(limits: Readonly<Partial<Record<Level, number>>>): number[] {
  return LEVELS.map((level) => limits[level]).filter((limit) => limit !== undefined);
}

/** A value `share` of the way beyond the most severe upper limit, or `fallback` when there is none. */
export function aboveAll({ above }: FieldLimits, share: number, fallback: number): number {
  const worst = ladder(above).at(-1);
  return worst === undefined ? fallback : worst * (1 + share);
}
