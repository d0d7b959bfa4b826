import { durationMs, formatDuration } from './duration.ts';
import { LEVELS } from './level.ts';
import { ownOf } from './own.ts';
import type { FieldProblem, ProblemPath } from './problem.ts';
import type { Criterion, LevelRule, Levels, Rule, ThresholdDocument } from './threshold.ts';
import { conversionBetween, unconvert } from './units.ts';

/**
 * Limits that what the sensor can measure never reaches, or never leaves: 9999 with a range to 300, a battery at or below
 * −5 %. It can be meant, so it is told and nothing is refused.
 */
export type ImplausibleLimit = Extract<
  FieldProblem,
  { code: 'limit-never' | 'limit-always' | 'limit-never-left' | 'silence-between-reports' }
>;
type OfRange = Exclude<ImplausibleLimit, { code: 'silence-between-reports' }>['code'];

/** What is known of the point whose document it is. */
export interface MeasuredPoint {
  readonly metrics: Readonly<
    Record<
      string,
      {
        readonly type: 'number' | 'boolean' | 'string';
        readonly unit?: string | undefined;
        readonly range?: readonly [number, number] | undefined;
      }
    >
  >;
  readonly reportEveryMs?: number;
}

/** What a rule's metric can be, in the rule's unit. */
interface Bounds {
  readonly low: number;
  readonly high: number;
  readonly unit: string;
}

/** Every limit of a document that its point's metrics never reach, or never leave. */
export function implausibleLimits(
  document: Pick<ThresholdDocument, 'rules'>,
  point: MeasuredPoint,
): ImplausibleLimit[] {
  return Object.entries(document.rules).flatMap(([id, rule]) => {
    const bounds = boundsOf(document, rule, point);
    const sets: (readonly [Levels | undefined, ProblemPath])[] = [
      [rule.levels, ['rules', id, 'levels']],
      ...(rule.schedule ?? []).map((entry, at) => [entry.levels, ['rules', id, 'schedule', at, 'levels']] as const),
    ];
    return [
      ...(bounds === undefined ? [] : sets.flatMap(([levels, path]) => ofLevels(rule, levels, path, bounds))),
      ...(bounds === undefined ? [] : stuckAlways(rule, ['rules', id, 'stuck', 'tolerance'], bounds)),
      ...silentBetweenReports(rule, ['rules', id, 'noData', 'after'], point),
    ];
  });
}

/** Undefined without a range, or where the units do not convert, which is an error of its own. */
function boundsOf(
  { rules }: Pick<ThresholdDocument, 'rules'>,
  rule: Rule,
  { metrics }: MeasuredPoint,
): Bounds | undefined {
  const { metric = '', unit } = rule;
  const sensor = ownOf(metrics, metric);
  if (sensor === undefined || sensor.type !== 'number') return undefined;
  const own = Object.values(rules).find(
    ({ metric: of, range }) => of === metric && range && range.limits !== undefined,
  );
  const range = (own?.range === false ? undefined : own?.range?.limits) ?? sensor.range;
  if (range === undefined) return undefined;
  const conversion = unit === undefined ? undefined : conversionBetween(unit, sensor.unit, metric);
  if (conversion !== undefined && !conversion.ok) return undefined;
  const [low, high] = range.map((value) =>
    conversion === undefined ? value : unconvert(value, conversion.conversion),
  );
  if (low === undefined || high === undefined) return undefined;
  return { low: Math.min(low, high), high: Math.max(low, high), unit: unit ?? sensor.unit ?? '' };
}

function ofLevels(rule: Rule, levels: Levels | undefined, path: ProblemPath, bounds: Bounds): ImplausibleLimit[] {
  return LEVELS.flatMap((name) => {
    const level = levels?.[name];
    if (level === undefined) return [];
    const found = ofCriterion(level, [...path, name], bounds);
    return found.length > 0 ? found : ofRecovery(rule, level, [...path, name], bounds);
  });
}

function ofCriterion(criterion: Criterion, path: ProblemPath, bounds: Bounds): ImplausibleLimit[] {
  const { low, high, unit } = bounds;
  const tell = (key: string, code: OfRange, limit: string): ImplausibleLimit => {
    return { path: key === '' ? path : [...path, key], code, values: { limit, low, high, unit } };
  };
  const found = (['any', 'all'] as const).flatMap((key) =>
    (criterion[key] ?? []).flatMap((part, at) => ofCriterion(part, [...path, key, at], bounds)),
  );
  const { above, below, equals, rise, fall, curve, sum } = criterion;
  if (sum === undefined) {
    if (above !== undefined && above > high) found.push(tell('above', 'limit-never', `above ${above}`));
    if (above !== undefined && above <= low) found.push(tell('above', 'limit-always', `above ${above}`));
    if (below !== undefined && below < low) found.push(tell('below', 'limit-never', `below ${below}`));
    if (below !== undefined && below >= high) found.push(tell('below', 'limit-always', `below ${below}`));
  }
  if (typeof equals === 'number' && (equals < low || equals > high))
    found.push(tell('equals', 'limit-never', `equals ${equals}`));
  if (rise !== undefined && rise > high - low) found.push(tell('rise', 'limit-never', `rise ${rise}`));
  if (fall !== undefined && fall > high - low) found.push(tell('fall', 'limit-never', `fall ${fall}`));
  if (curve !== undefined) {
    const heights = curve.points.map(([, height]) => height);
    if (Math.min(...heights) > high)
      found.push(tell('curve', 'limit-never', `a curve from ${Math.min(...heights)} on`));
    if (Math.max(...heights) <= low) found.push(tell('curve', 'limit-always', `a curve up to ${Math.max(...heights)}`));
  }
  return found.length > 0 ? found : contradiction(criterion, tell);
}

/** Two sides that leave nothing between them, or nothing outside. */
function contradiction(
  { above, below, any, all }: Criterion,
  tell: (key: string, code: OfRange, limit: string) => ImplausibleLimit,
): ImplausibleLimit[] {
  const sides = (parts: readonly Criterion[] | undefined) => {
    const plain = (parts ?? []).filter((part) => isPlain(part));
    const lows = plain.flatMap((part) => (part.above === undefined || part.below !== undefined ? [] : [part.above]));
    const highs = plain.flatMap((part) => (part.below === undefined || part.above !== undefined ? [] : [part.below]));
    return { lows, highs };
  };
  const every = sides(all);
  if (every.lows.length > 0 && every.highs.length > 0 && Math.max(...every.lows) > Math.min(...every.highs)) {
    const limit = `above ${Math.max(...every.lows)} and below ${Math.min(...every.highs)} at once`;
    return [tell('all', 'limit-never', limit)];
  }
  const one = any === undefined && isPlain({ above, below }) ? sides([{ above }, { below }]) : sides(any);
  if (one.lows.length > 0 && one.highs.length > 0 && Math.min(...one.lows) <= Math.max(...one.highs)) {
    const limit = `above ${Math.min(...one.lows)} or below ${Math.max(...one.highs)}`;
    return [tell(any === undefined ? '' : 'any', 'limit-always', limit)];
  }
  return [];
}

/** Compares the value itself, and nothing else. */
function isPlain({ average, maximum, minimum, sum }: Criterion): boolean {
  return (average ?? maximum ?? minimum ?? sum) === undefined;
}

/** A deadband so wide, or a value to recover at so far off, that the metric never comes back that far. */
function ofRecovery(rule: Rule, level: LevelRule, path: ProblemPath, { low, high, unit }: Bounds): ImplausibleLimit[] {
  const own = level.deadband !== undefined || level.recover !== undefined ? level : rule;
  const { deadband, recover } = own;
  const place = own === level ? path : path.slice(0, 2);
  const { above, below, sum } = level;
  // With both sides or a sum, where it recovers lies between, or beyond the range of one reading.
  if (sum !== undefined || (above === undefined) === (below === undefined)) return [];
  const tell = (key: string, limit: string): ImplausibleLimit[] => [
    { path: [...place, key], code: 'limit-never-left', values: { limit, low, high, unit } },
  ];
  if (recover !== undefined) {
    const isBeyond = above === undefined ? recover > high : recover < low;
    return isBeyond ? tell('recover', `recover ${recover}`) : [];
  }
  if (deadband === undefined || deadband === 0) return [];
  const isBeyond = above === undefined ? (below ?? 0) + deadband >= high : above - deadband <= low;
  return isBeyond ? tell('deadband', `deadband ${deadband}`) : [];
}

function stuckAlways({ stuck }: Rule, path: ProblemPath, { low, high, unit }: Bounds): ImplausibleLimit[] {
  const tolerance = stuck?.tolerance ?? 0;
  if (tolerance < high - low) return [];
  return [{ path, code: 'limit-always', values: { limit: `tolerance ${tolerance}`, low, high, unit } }];
}

function silentBetweenReports(
  { noData }: Rule,
  path: ProblemPath,
  { reportEveryMs }: MeasuredPoint,
): ImplausibleLimit[] {
  if (noData === undefined || noData === false || noData.after === undefined || reportEveryMs === undefined) return [];
  if (durationMs(noData.after) > reportEveryMs) return [];
  const reportEvery = formatDuration(reportEveryMs);
  return [{ path, code: 'silence-between-reports', values: { after: noData.after, reportEvery } }];
}
