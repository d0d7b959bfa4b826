import { BAD, type Marks, type Value } from '../model/reading.ts';
import { unconvert } from '../model/units.ts';
import type { CompiledCriterion, CurveLeaf, Leaf, LimitLeaf } from './compiled.ts';
import { amountOf, rowsOf, spokenMsOf, type Window, type WindowSpec } from './window.ts';

/** Yes, no, or not judged: the second metric is missing, the window is not covered, the value is of another type. */
export type Truth = 1 | 0 | -1;
export const YES = 1;
export const NO = 0;
export const UNKNOWN = -1;

/** The newest sample of a metric. */
export interface SeriesSample {
  readonly tsMs: number;
  readonly value: Value;
  readonly marks: Marks;
}

/** What a criterion is judged on. */
export interface JudgedOn {
  readonly tsMs: number;
  /** The newest sample of each metric of the point; those of another time than `tsMs` are not looked at. */
  readonly samples: readonly SeriesSample[];
  /** The rule's own metric. */
  readonly metric: number;
  readonly specs: readonly WindowSpec[];
  /** Windows including the present sample; undefined judges only what one sample can show (late data). */
  readonly windows: readonly Window[] | undefined;
}

/** The verdict on one level, with what was compared, for showing. */
export interface Judgement {
  readonly breach: Truth;
  readonly recovered: Truth;
  readonly value: Value;
  readonly limit: Value;
  /** How far beyond the limit, in the metric's unit; for finding the worst. */
  readonly excess: number;
}

export const NOT_JUDGED: Judgement = { breach: UNKNOWN, recovered: UNKNOWN, value: null, limit: null, excess: 0 };

export function judge(criterion: CompiledCriterion, on: JudgedOn): Judgement {
  if (criterion.kind === 'any' || criterion.kind === 'all') return judgeGroup(criterion.kind, criterion.parts, on);
  return judgeLeaf(criterion, on);
}

/**
 * `any` is breached when one part is, recovered when all are; `all` the other way about. Shown is the first part that
 * is breached, otherwise the first.
 */
function judgeGroup(kind: 'any' | 'all', parts: readonly CompiledCriterion[], on: JudgedOn): Judgement {
  let breach: Truth = kind === 'any' ? NO : YES;
  let recovered: Truth = kind === 'any' ? YES : NO;
  let shown: Judgement | undefined;
  for (const part of parts) {
    const judgement = judge(part, on);
    breach = kind === 'any' ? or(breach, judgement.breach) : and(breach, judgement.breach);
    recovered = kind === 'any' ? and(recovered, judgement.recovered) : or(recovered, judgement.recovered);
    if (shown === undefined || (shown.breach !== YES && judgement.breach === YES)) shown = judgement;
  }
  const { value, limit, excess } = shown ?? NOT_JUDGED;
  return { breach, recovered, value, limit, excess };
}

function or(a: Truth, b: Truth): Truth {
  if (a === YES || b === YES) return YES;
  return a === NO && b === NO ? NO : UNKNOWN;
}

function and(a: Truth, b: Truth): Truth {
  if (a === NO || b === NO) return NO;
  return a === YES && b === YES ? YES : UNKNOWN;
}

function judgeLeaf(leaf: Leaf, on: JudgedOn): Judgement {
  const value = sampleAt(on, on.metric);
  switch (leaf.kind) {
    case 'limit':
      return judgeLimit(leaf, on, value);
    case 'curve':
      return judgeCurve(leaf, on, value);
    case 'equals': {
      const breach = value === leaf.value ? YES : NO;
      return value === null
        ? NOT_JUDGED
        : { breach, recovered: breach === YES ? NO : YES, value, limit: leaf.value, excess: 0 };
    }
    case 'flag':
      return NOT_JUDGED;
  }
}

/** The good value of a metric at the judged time; null when there is none. */
function sampleAt({ samples, tsMs }: JudgedOn, metric: number): Value {
  const sample = samples[metric];
  return sample === undefined || sample.tsMs !== tsMs || (sample.marks & BAD) !== 0 ? null : sample.value;
}

function judgeLimit(leaf: LimitLeaf, on: JudgedOn, value: Value): Judgement {
  if (typeof value !== 'number') return NOT_JUDGED;
  const { quantity } = leaf;
  if (quantity.of === 'value') return compare(leaf, value);
  const spec = on.specs[quantity.window];
  const window = on.windows?.[quantity.window];
  if (spec === undefined || window === undefined || rowsOf(window) === 0) return NOT_JUDGED;
  const covering = on.windows?.[quantity.covering];
  if (covering !== undefined && spokenMsOf(covering) < quantity.coverage * spec.lengthMs) return NOT_JUDGED;
  const amount = amountOf(window, spec);
  const measured = quantity.of === 'rise' ? value - amount : quantity.of === 'fall' ? amount - value : amount;
  return compare(leaf, snap(measured, leaf));
}

/** Sums and differences of floats within this share of a limit stand at the limit: 0.1 + 0.2 reaches a limit of 0.3. */
const FLOAT_NOISE = 1e-9;

function snap(measured: number, { limit, release }: LimitLeaf): number {
  const noise = FLOAT_NOISE * Math.max(Math.abs(limit), Math.abs(measured));
  if (Math.abs(measured - limit) <= noise) return limit;
  return Math.abs(measured - release) <= noise ? release : measured;
}

function compare(leaf: LimitLeaf, measured: number): Judgement {
  const { side, limit, release, releaseIncluded } = leaf;
  const excess = side * (measured - limit);
  const back = side * (release - measured);
  return {
    breach: excess >= 0 ? YES : NO,
    recovered: back > 0 || (releaseIncluded && back === 0) ? YES : NO,
    value: unconvert(measured, leaf.conversion),
    limit: leaf.shownLimit,
    excess,
  };
}

/**
 * The limit lies on the curve at the second metric's value of the same time. Without it a value at or above the highest
 * limit is a breach, one below the lowest is not, and one in between is not judged: a peak velocity without its frequency
 * can't be.
 */
function judgeCurve(leaf: CurveLeaf, on: JudgedOn, value: Value): Judgement {
  if (typeof value !== 'number') return NOT_JUDGED;
  const over = sampleAt(on, leaf.over);
  if (typeof over === 'number') return compareCurve(leaf, value, limitOnCurve(leaf, over));
  if (value >= leaf.highest) return compareCurve(leaf, value, leaf.highest);
  const low = compareCurve(leaf, value, leaf.lowest);
  if (value >= leaf.lowest) return { ...low, breach: UNKNOWN, recovered: UNKNOWN };
  return low.recovered === YES ? low : { ...low, recovered: UNKNOWN };
}

function compareCurve(leaf: CurveLeaf, value: number, limit: number): Judgement {
  const recovered = Number.isNaN(leaf.deadband) ? value <= leaf.recover : value < limit - leaf.deadband;
  return {
    breach: value >= limit ? YES : NO,
    recovered: recovered && value < limit ? YES : NO,
    value: unconvert(value, leaf.conversion),
    limit: unconvert(limit, leaf.conversion),
    excess: value - limit,
  };
}

/** Straight lines between the points, flat outside them. */
export function limitOnCurve({ xs, ys }: Pick<CurveLeaf, 'xs' | 'ys'>, x: number): number {
  const right = xs.findIndex((at) => x <= at);
  const last = ys.length - 1;
  if (right < 0) return ys[last] as number;
  const yRight = ys[right] as number;
  if (right === 0 || x === xs[right]) return yRight;
  const [xLeft, xRight, yLeft] = [xs[right - 1] as number, xs[right] as number, ys[right - 1] as number];
  return yLeft + ((yRight - yLeft) * (x - xLeft)) / (xRight - xLeft);
}
