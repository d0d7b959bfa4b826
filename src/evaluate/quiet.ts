import type { PointDefinition } from '../model/definition.ts';
import type { Value } from '../model/reading.ts';
import type { CompiledCriterion, CompiledPoint, CompiledRule, LimitLeaf, RangeOverride } from './compiled.ts';
import { calmBandOf, type QuietBand } from './quiet-band.ts';
import { ACTIVE, IDLE, type RuleState } from './state.ts';

/**
 * What a backtest may pass over as a point stands: good readings of these series, inside their bands, that follow one
 * another by less than `gapMs`. Each such reading changes nothing but the newest value of its series, the time of the
 * last arrival and the pace, so handing over only the last one of each series (`pass`) leaves the same state.
 */
export interface QuietBands {
  /** By series number; a series that is not here must be fed. */
  readonly bands: ReadonlyMap<number, QuietBand>;
  readonly gapMs: number;
  /**
   * Where the pace of the metrics is watched: to be asked before the readings of an instant are passed over. false: they
   * may not be, for a metric is found to have stopped.
   */
  readonly begin?: (atMs: number) => boolean;
  /** A reading of the series is passed over. */
  readonly came?: (series: number) => void;
}

/**
 * Undefined when something is under way that every reading or time alone may change: a delay, a schedule, an alert of a
 * rule that is more than plain limits on one side.
 */
export function quietBandsOf(
  compiled: CompiledPoint,
  { metrics }: PointDefinition,
  states: readonly RuleState[],
): QuietBands | undefined {
  const bandOfRule: (QuietBand | undefined)[] = [];
  if (compiled.metricNoDataRules.length > 0) return undefined;
  for (let index = 0; index < compiled.rules.length; index++) {
    const rule = compiled.rules[index] as CompiledRule;
    const state = states[index] as RuleState;
    if (rule.schedule !== undefined) return undefined;
    const isBusy = state.busy || state.alert !== null;
    const band = isBusy ? steadyBand(rule, state) : calmBand(rule);
    if (isBusy && band === undefined) return undefined;
    bandOfRule.push(band);
  }
  const bands = new Map<number, QuietBand>();
  compiled.metrics.forEach((name, metric) => {
    const series = metrics[name]?.series;
    const band = joined(
      (compiled.byMetric[metric] ?? []).map((index) => bandOfRule[index]),
      compiled.ranges[metric],
    );
    if (series !== undefined && band !== undefined) bands.set(series, band);
  });
  return { bands, gapMs: compiled.silenceMs };
}

function joined(bands: readonly (QuietBand | undefined)[], range: RangeOverride | undefined): QuietBand | undefined {
  let above = range?.low ?? Number.NEGATIVE_INFINITY;
  let below = range?.high ?? Number.POSITIVE_INFINITY;
  let alarming: readonly Value[] = range?.sentinels ?? [];
  for (const band of bands) {
    if (band === undefined) return undefined;
    above = Math.max(above, band.above);
    below = Math.min(below, band.below);
    if (band.alarming.length > 0) alarming = [...alarming, ...band.alarming];
  }
  return { above, below, alarming };
}

const EVERYTHING: QuietBand = {
  above: Number.NEGATIVE_INFINITY,
  below: Number.POSITIVE_INFINITY,
  alarming: [],
};

const calmBands = new WeakMap<CompiledRule, { readonly band: QuietBand | undefined }>();

/** While nothing is under way: where no level is breached. */
function calmBand(rule: CompiledRule): QuietBand | undefined {
  const known = calmBands.get(rule) ?? { band: makeCalmBand(rule) };
  calmBands.set(rule, known);
  return known.band;
}

function makeCalmBand(rule: CompiledRule): QuietBand | undefined {
  if (rule.kind === 'stuck' || rule.windows.length > 0) return undefined;
  if (rule.kind !== 'levels') return EVERYTHING;
  return calmBandOf(rule.levels);
}

/**
 * While an alert stands: where no active level recovers, no further one is reached, and the peak is not exceeded. Only
 * for plain limits on one side, with no delay running and nothing to verify.
 */
function steadyBand({ kind, levels, windows }: CompiledRule, state: RuleState): QuietBand | undefined {
  const { alert, breach, peak, rank } = state;
  if (kind !== 'levels' || windows.length > 0 || alert === null || breach === null || peak === null) return undefined;
  if (alert.unverified || alert.recovered || rank === 0 || breach.rank < rank || peak.rank < rank) return undefined;
  let side = 0;
  // In the direction of the breach: the outermost value that keeps an active level, the first that reaches another.
  let keeps = Number.NEGATIVE_INFINITY;
  let reaches = Number.POSITIVE_INFINITY;
  for (let index = 0; index < levels.length; index++) {
    const level = levels[index];
    if (level === undefined) continue;
    const leaf = level.criterion;
    const phase = state.levels[index]?.phase;
    if (!isPlainLimit(leaf) || (side !== 0 && leaf.side !== side) || (phase !== IDLE && phase !== ACTIVE))
      return undefined;
    side = leaf.side;
    if (phase === IDLE) reaches = Math.min(reaches, side * leaf.limit);
    else keeps = Math.max(keeps, side * leaf.release);
    if (level.rank === peak.rank) reaches = Math.min(reaches, side * leaf.limit + peak.excess);
  }
  if (side === 0) return undefined;
  const band = side > 0 ? { above: keeps, below: reaches } : { above: -reaches, below: -keeps };
  return { ...band, alarming: [] };
}

function isPlainLimit(criterion: CompiledCriterion): criterion is LimitLeaf {
  return criterion.kind === 'limit' && criterion.quantity.of === 'value';
}
