import type { PointDefinition } from '../model/definition.ts';
import type { Value } from '../model/reading.ts';
import type { CompiledCriterion, CompiledPoint, CompiledRule, RangeOverride } from './compiled.ts';

/**
 * What a backtest may pass over while nothing of a point is under way: good readings of these series, inside their
 * bands, that follow one another by less than `gapMs`. Each such reading changes nothing but the newest value of its
 * series and the time of the last arrival, so feeding only the last one of each series leaves the same state.
 */
export interface QuietBands {
  /** By series number; a series that is not here must be fed. */
  readonly bands: ReadonlyMap<number, QuietBand>;
  readonly gapMs: number;
}

/** Breaches nothing: a number between the two, ends excluded, or any value, that is not one of `alarming`. */
export interface QuietBand {
  readonly above: number;
  readonly below: number;
  readonly alarming: readonly Value[];
}

const known = new WeakMap<CompiledPoint, WeakMap<PointDefinition, QuietBands>>();

/** Undefined when time alone may change something although nothing is under way: a schedule. */
export function quietBandsOf(compiled: CompiledPoint, definition: PointDefinition): QuietBands | undefined {
  if (compiled.rules.some((rule) => rule.schedule !== undefined)) return undefined;
  const ofPoint = known.get(compiled) ?? new WeakMap<PointDefinition, QuietBands>();
  known.set(compiled, ofPoint);
  const made = ofPoint.get(definition) ?? makeBands(compiled, definition);
  ofPoint.set(definition, made);
  return made;
}

function makeBands(compiled: CompiledPoint, { metrics }: PointDefinition): QuietBands {
  const bands = new Map<number, QuietBand>();
  compiled.metrics.forEach((name, metric) => {
    const series = metrics[name]?.series;
    const rules = (compiled.byMetric[metric] ?? []).map((index) => compiled.rules[index]);
    const band = bandOf(rules, compiled.ranges[metric]);
    if (series !== undefined && band !== undefined) bands.set(series, band);
  });
  return { bands, gapMs: compiled.silenceMs };
}

function bandOf(rules: readonly (CompiledRule | undefined)[], range: RangeOverride | undefined): QuietBand | undefined {
  let above = range?.low ?? Number.NEGATIVE_INFINITY;
  let below = range?.high ?? Number.POSITIVE_INFINITY;
  const alarming: Value[] = [...(range?.sentinels ?? [])];
  const visit = (criterion: CompiledCriterion): boolean => {
    if (criterion.kind === 'any') return criterion.parts.every(visit);
    if (criterion.kind === 'equals') alarming.push(criterion.value);
    else if (criterion.kind !== 'limit' || criterion.quantity.of !== 'value') return false;
    else if (criterion.side > 0) below = Math.min(below, criterion.limit);
    else above = Math.max(above, criterion.limit);
    return true;
  };
  for (const rule of rules) {
    if (rule === undefined || rule.kind === 'stuck' || rule.windows.length > 0) {
      return undefined;
    }
    if (rule.kind !== 'levels') continue;
    if (!rule.levels.every((level) => level === undefined || visit(level.criterion))) return undefined;
  }
  return { above, below, alarming };
}
