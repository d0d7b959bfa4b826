import type { Calendar } from '../model/calendar.ts';
import type { LevelRank } from '../model/level.ts';
import type { NameText } from '../model/names.ts';
import type { Value } from '../model/reading.ts';
import type { Aggregate, RuleKind } from '../model/threshold.ts';
import type { Conversion } from '../model/units.ts';
import type { WindowSpec } from './window.ts';

/** A point's document made ready to run. Immutable, and shared by all points whose documents and metrics are alike. */
export interface CompiledPoint {
  readonly metrics: readonly string[];
  readonly rules: readonly CompiledRule[];
  /** For each metric the rules (by index) that look at a new sample of it. */
  readonly byMetric: readonly (readonly number[])[];
  /** The rules of kind noData that watch the point, by index. */
  readonly noDataRules: readonly number[];
  /** The rules of kind noData that watch one metric, by index. */
  readonly metricNoDataRules: readonly number[];
  /** The metrics, by index, that are noticed to have stopped while others go on (pace.ts); empty when none is. */
  readonly pacedMetrics: readonly number[];
  /** In what their pace is counted, ms. */
  readonly periodMs: number;
  readonly voteRules: readonly number[];
  /** The rules of kind levels, by index: those that silence makes unverified. */
  readonly levelRules: readonly number[];
  /** For each metric what a rule says in place of the profile about bad values; undefined where none does. */
  readonly ranges: readonly (RangeOverride | undefined)[];
  /** How long a point may be silent before its alerts are unverified. */
  readonly silenceMs: number;
  readonly reportEveryMs: number;
}

export interface RangeOverride {
  readonly low: number;
  readonly high: number;
  readonly sentinels: readonly number[];
}

export interface CompiledRule {
  readonly id: string;
  readonly kind: RuleKind;
  /** Two rules with the same key behave alike, so an edit that leaves the key leaves the running state. */
  readonly key: string;
  readonly latch: boolean;
  /** Index of the metric it judges; -1 when it judges the point (noData of the point, vote). */
  readonly metric: number;
  readonly metricName: string | null;
  /** The unit the rule is written in, for showing. */
  readonly unit: string | null;
  readonly levels: CompiledLevels;
  /** Other levels at given times; undefined for nearly every rule. */
  readonly schedule: Schedule | undefined;
  readonly windows: readonly WindowSpec[];
  /**
   * While nothing is under way, a number strictly between these breaches no level: the quiet path. Empty (NaN) when the
   * rule is not of the plain kind that allows the short cut.
   */
  readonly quietAbove: number;
  readonly quietBelow: number;
  /** noData and stuck: their `after`. */
  readonly afterMs: number;
  /** stuck: how far apart values may be and still count as unchanged. */
  readonly tolerance: number;
  readonly vote: CompiledVote | undefined;
}

/** Sets of levels that replace a rule's own at given times; the first that applies is taken. */
export interface Schedule {
  readonly variants: readonly ScheduleVariant[];
}

export interface ScheduleVariant extends Calendar {
  readonly levels: CompiledLevels;
}

export interface CompiledVote {
  readonly points: readonly string[];
  readonly rule: string | undefined;
  readonly rank: LevelRank;
}

/** By rank: blue first. */
export type CompiledLevels = readonly [LevelSlot, LevelSlot, LevelSlot, LevelSlot];
type LevelSlot = CompiledLevel | undefined;

export interface CompiledLevel {
  readonly rank: LevelRank;
  readonly label: NameText | null;
  readonly forMs: number;
  readonly recoverForMs: number;
  readonly criterion: CompiledCriterion;
}

export type CompiledCriterion = Leaf | Group;
export type Leaf = LimitLeaf | CurveLeaf | EqualsLeaf | FlagLeaf;

export type Group = GroupOf<'any'> | GroupOf<'all'>;
interface GroupOf<Kind> {
  readonly kind: Kind;
  readonly parts: readonly CompiledCriterion[];
}

/** All limits in the metric's own unit. */
export interface LimitLeaf {
  readonly kind: 'limit';
  readonly quantity: Quantity;
  /** +1: breached at or above the limit; -1: at or below. */
  readonly side: 1 | -1;
  readonly limit: number;
  /** The limit as written. */
  readonly shownLimit: number;
  /** Recovered when beyond this on the good side. */
  readonly release: number;
  /** Whether a value exactly at `release` has recovered: so with `recover`, not so with a deadband. */
  readonly releaseIncluded: boolean;
  /** From the written unit to the metric's; the way back shows the value. */
  readonly conversion: Conversion;
}

export type Quantity =
  | { readonly of: 'value' }
  | {
      readonly of: Aggregate | 'rise' | 'fall';
      readonly window: number;
      /** What share of the window must be spoken for, and the window that tells; -1 when none need be. */
      readonly coverage: number;
      readonly covering: number;
    };

export interface CurveLeaf {
  readonly kind: 'curve';
  /** Index of the second metric. */
  readonly over: number;
  readonly xs: readonly number[];
  readonly ys: readonly number[];
  readonly lowest: number;
  readonly highest: number;
  /** How far below the limit the value has recovered; NaN when `recover` says at which value. */
  readonly deadband: number;
  readonly recover: number;
  readonly conversion: Conversion;
}

export interface EqualsLeaf {
  readonly kind: 'equals';
  readonly value: Value;
}

/** Breached when the rule's own step says so: noData, stuck, range. */
export interface FlagLeaf {
  readonly kind: 'flag';
  readonly shownLimit: Value;
}
