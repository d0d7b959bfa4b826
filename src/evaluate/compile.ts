import type { PointDefinition } from '../model/definition.ts';
import { durationMs } from '../model/duration.ts';
import { LEVELS, type Level, type LevelRank, rankOf } from '../model/level.ts';
import { ownOf } from '../model/own.ts';
import { type FieldProblem, knownOf, type ProblemPath, type Report } from '../model/problem.ts';
import type { Metric } from '../model/site.ts';
import {
  type Aggregate,
  type Criterion,
  DEFAULT_FAULT_LEVEL,
  impliesNoDataRule,
  type LevelRule,
  type Levels,
  NO_DATA_RULE_ID,
  RANGE_RULE_PREFIX,
  type Rule,
  type RuleKind,
} from '../model/threshold.ts';
import { type Conversion, conversionBetween, convert, exact, IDENTITY } from '../model/units.ts';
import type {
  CompiledCriterion,
  CompiledLevel,
  CompiledLevels,
  CompiledPoint,
  CompiledRule,
  Leaf,
  LimitLeaf,
  Quantity,
  RangeOverride,
} from './compiled.ts';
import { calmBandOf } from './quiet-band.ts';
import { compileSchedule } from './schedule.ts';
import type { WindowKind, WindowSpec } from './window.ts';

/** What compiling needs of a point's definition. */
export type Compilable = Pick<PointDefinition, 'metrics' | 'reportEveryMs' | 'document' | 'impliedRules'>;

export type CompileResult =
  | { readonly ok: true; readonly point: CompiledPoint }
  | { readonly ok: false; readonly problems: readonly FieldProblem[] };

/** A point is silent after this many report intervals without an arrival, unless its document says otherwise. */
const SILENT_REPORTS = 3;
/**
 * The pace of a metric is counted in report intervals, and in nothing shorter than this: devices that report faster than
 * they say, and those that report every second, are not told of sooner than others.
 */
const PERIOD_LEAST_MS = 15_000;
/** A sample speaks for at most this share of a window, or for the silence interval, whichever is longer. */
const HOLD_SHARE = 1 / 8;
/** What share of a window must be covered where missing readings could make a criterion true by their absence. */
const COVERAGE_DEFAULT = 0.5;

/**
 * Compiles a point's thresholds against its metrics. The places of the problems begin at the document. The grammar has
 * been checked before (zod schema); here it is about what evaluation could not run: unknown metrics, impossible units,
 * recoveries that could never happen.
 */
export function compilePoint(definition: Compilable): CompileResult {
  const { point, problems } = compileLeniently(definition);
  return problems.length === 0 ? { ok: true, point } : { ok: false, problems };
}

/**
 * As compilePoint, but leaves out the rules that have problems. Evaluation uses this one, because a definition that was
 * accepted once must not stop the replay of a journal when a later version of the program accepts less.
 */
export function compileLeniently(definition: Compilable): { point: CompiledPoint; problems: readonly FieldProblem[] } {
  const problems: FieldProblem[] = [];
  const metrics = Object.keys(definition.metrics);
  const rules: CompiledRule[] = [];
  for (const [id, rule] of Object.entries(definition.document.rules)) {
    const compiled = compileRule(id, rule, definition, metrics, (path, problem) =>
      problems.push({ path: ['rules', id, ...path], ...problem }),
    );
    if (compiled !== undefined) rules.push(compiled);
  }
  const silentAfterMs = SILENT_REPORTS * definition.reportEveryMs;
  if (!hasNoDataRule(definition)) {
    rules.push(noDataRule(NO_DATA_RULE_ID, silentAfterMs, DEFAULT_FAULT_LEVEL, false));
  }
  for (const [metric, name] of metrics.entries()) {
    const sensor = definition.metrics[name];
    if (sensor === undefined || hasRangeRule(definition, name)) continue;
    if (definition.impliedRules === 1 && sensor.range === undefined && sensor.sentinels === undefined) continue;
    rules.push(
      rangeRule(`${RANGE_RULE_PREFIX}${name}`, { metric, metricName: name, sensor }, DEFAULT_FAULT_LEVEL, false),
    );
  }
  return { point: indexRules(definition, metrics, rules, silentAfterMs), problems };
}

function hasNoDataRule({ document, impliedRules }: Compilable): boolean {
  if (impliedRules === undefined) return !impliesNoDataRule(document);
  return document.noData === false || Object.values(document.rules).some((rule) => rule.noData !== undefined);
}

/** The metrics whose stopping is noticed without a word in the document: not where it says itself what silence is. */
function pacedMetrics(definition: Compilable, metrics: readonly string[]): number[] {
  const { document, impliedRules } = definition;
  if (impliedRules !== undefined || metrics.length < 2 || document.noData === false) return [];
  const said = Object.values(document.rules).filter(({ noData }) => noData !== undefined);
  if (said.some(({ metric, noData }) => metric === undefined && noData === false)) return [];
  return metrics.flatMap((name, metric) => (said.some((rule) => rule.metric === name) ? [] : [metric]));
}

function hasRangeRule({ document }: Compilable, metric: string): boolean {
  return Object.values(document.rules).some((rule) => rule.range !== undefined && rule.metric === metric);
}

function indexRules(
  definition: Compilable,
  metrics: readonly string[],
  rules: readonly CompiledRule[],
  silentAfterMs: number,
): CompiledPoint {
  const ofKind = (kind: RuleKind) => rules.flatMap((rule, index) => (rule.kind === kind ? [index] : []));
  const silences = ofKind('noData');
  const noDataRules = silences.filter((index) => rules[index]?.metric === -1);
  const afters = noDataRules.map((index) => rules[index]?.afterMs ?? silentAfterMs);
  return {
    metrics,
    rules,
    byMetric: metrics.map((_, metric) => rules.flatMap((rule, index) => (looksAt(rule, metric) ? [index] : []))),
    noDataRules,
    metricNoDataRules: silences.filter((index) => rules[index]?.metric !== -1),
    pacedMetrics: pacedMetrics(definition, metrics),
    periodMs: Math.max(PERIOD_LEAST_MS, definition.reportEveryMs),
    voteRules: ofKind('vote'),
    levelRules: ofKind('levels'),
    ranges: metrics.map((name) => rangeOverride(definition, name)),
    silenceMs: afters.length === 0 ? silentAfterMs : Math.min(...afters),
    reportEveryMs: definition.reportEveryMs,
  };
}

function looksAt(rule: CompiledRule, metric: number): boolean {
  if (rule.metric === metric) return true;
  const variants = [rule.levels, ...(rule.schedule?.variants.map(({ levels }) => levels) ?? [])];
  return variants.some((levels) => levels.some((level) => level !== undefined && curvesOver(level.criterion, metric)));
}

function curvesOver(criterion: CompiledCriterion, metric: number): boolean {
  if (criterion.kind === 'any' || criterion.kind === 'all') return criterion.parts.some((p) => curvesOver(p, metric));
  return criterion.kind === 'curve' && criterion.over === metric;
}

function rangeOverride({ document, metrics }: Compilable, name: string): RangeOverride | undefined {
  for (const { range, metric } of Object.values(document.rules)) {
    if (metric !== name || range === undefined || range === false) continue;
    if (range.limits === undefined && range.sentinels === undefined) continue;
    const sensor = metrics[name];
    const [low, high] = range.limits ?? sensor?.range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    return { low, high, sentinels: range.sentinels ?? sensor?.sentinels ?? [] };
  }
  return undefined;
}

const NO_LEVELS: CompiledLevels = [undefined, undefined, undefined, undefined];

function plainRule(id: string, kind: RuleKind, latch: boolean): CompiledRule {
  return {
    id,
    kind,
    key: '',
    latch,
    metric: -1,
    metricName: null,
    unit: null,
    levels: NO_LEVELS,
    schedule: undefined,
    windows: [],
    quietAbove: Number.NaN,
    quietBelow: Number.NaN,
    afterMs: 0,
    tolerance: 0,
    vote: undefined,
  };
}

/** The levels of a rule that has only one. */
function oneLevel(level: Level, criterion: CompiledCriterion, forMs = 0, recoverForMs = 0): CompiledLevels {
  const rank = rankOf(level);
  const only: CompiledLevel = { rank, label: null, forMs, recoverForMs, criterion };
  return [1, 2, 3, 4].map((slot) => (slot === rank ? only : undefined)) as unknown as CompiledLevels;
}

function noDataRule(id: string, afterMs: number, level: Level, latch: boolean): CompiledRule {
  const levels = oneLevel(level, { kind: 'flag', shownLimit: afterMs / 1_000 });
  return { ...plainRule(id, 'noData', latch), key: `noData ${afterMs} ${level} ${latch}`, levels, unit: 's', afterMs };
}

function rangeRule(
  id: string,
  { metric, metricName, sensor }: { readonly metric: number; readonly metricName: string; readonly sensor: Metric },
  level: Level,
  latch: boolean,
): CompiledRule {
  return {
    ...plainRule(id, 'range', latch),
    key: `range ${metricName} ${level} ${latch}`,
    metric,
    metricName,
    unit: sensor.unit ?? null,
    levels: oneLevel(level, { kind: 'flag', shownLimit: null }),
  };
}

function compileRule(
  id: string,
  rule: Rule,
  definition: Compilable,
  metrics: readonly string[],
  report: Report,
): CompiledRule | undefined {
  const { noData, range, stuck, vote } = rule;
  const latch = rule.latch ?? false;
  if (noData !== undefined) {
    refuseDelays(rule, report);
    // Definitions of a former version took it for a rule of the point.
    const ruled = definition.impliedRules === undefined ? rule.metric : undefined;
    if (ruled !== undefined && !metrics.includes(ruled)) {
      report(['metric'], { code: 'unknown-metric', values: { metric: ruled, ...knownOf(metrics) } });
      return undefined;
    }
    if (noData === false) return undefined;
    const afterMs = noData.after === undefined ? SILENT_REPORTS * definition.reportEveryMs : durationMs(noData.after);
    const ofPoint = noDataRule(id, afterMs, noData.level ?? DEFAULT_FAULT_LEVEL, latch);
    if (ruled === undefined) return ofPoint;
    return { ...ofPoint, key: `${ofPoint.key} ${ruled}`, metric: metrics.indexOf(ruled), metricName: ruled };
  }
  if (vote !== undefined) return compileVote(id, rule, vote, report);
  const metricName = rule.metric ?? '';
  const metric = metrics.indexOf(metricName);
  const sensor = ownOf(definition.metrics, metricName);
  if (sensor === undefined) {
    report(['metric'], { code: 'unknown-metric', values: { metric: metricName, ...knownOf(metrics) } });
    return undefined;
  }
  if (range !== undefined) {
    refuseDelays(rule, report);
    if (range === false) return undefined;
    if (sensor.type !== 'number' && (range.limits ?? range.sentinels) !== undefined) {
      report(['range'], { code: 'needs-number', values: { by: 'range', metric: metricName, type: sensor.type } });
    }
    const [low, high] = range.limits ?? [0, 1];
    if (low >= high) report(['range', 'limits'], { code: 'range-reversed', values: {} });
    const key = `${JSON.stringify(range)} ${JSON.stringify(sensor)}`;
    const compiled = rangeRule(id, { metric, metricName, sensor }, range.level ?? DEFAULT_FAULT_LEVEL, latch);
    return { ...compiled, key: `${compiled.key} ${key}` };
  }
  if (stuck !== undefined) {
    refuseDelays(rule, report);
    const conversion = unitOf(rule.unit, sensor, metricName, report);
    return {
      ...plainRule(id, 'stuck', latch),
      key: `stuck ${JSON.stringify([rule, sensor.type, sensor.unit])}`,
      metric,
      metricName,
      unit: rule.unit ?? sensor.unit ?? null,
      levels: oneLevel(stuck.level ?? DEFAULT_FAULT_LEVEL, { kind: 'flag', shownLimit: null }),
      afterMs: durationMs(stuck.after),
      tolerance: exact((stuck.tolerance ?? 0) * (conversion ?? IDENTITY).scale),
    };
  }
  return compileLevelsRule(id, rule, definition, { metrics, metric, metricName, sensor }, report);
}

/** Delays and recoveries mean nothing for a sensor-fault rule; ignoring them in silence would mislead who wrote them. */
function refuseDelays(rule: Rule, report: Report): void {
  for (const key of ['for', 'recoverFor', 'deadband', 'recover'] as const) {
    if (rule[key] !== undefined) report([key], { code: 'only-with-levels', values: {} });
  }
}

function compileVote(id: string, rule: Rule, vote: NonNullable<Rule['vote']>, report: Report): CompiledRule {
  for (const key of ['deadband', 'recover', 'metric', 'unit'] as const) {
    if (rule[key] !== undefined) report([key], { code: 'not-with-vote', values: {} });
  }
  const leaf: LimitLeaf = {
    kind: 'limit',
    quantity: { of: 'value' },
    side: 1,
    limit: vote.atLeast,
    shownLimit: vote.atLeast,
    release: vote.atLeast,
    releaseIncluded: false,
    conversion: IDENTITY,
  };
  const forMs = rule.for === undefined ? 0 : durationMs(rule.for);
  const recoverForMs = rule.recoverFor === undefined ? 0 : durationMs(rule.recoverFor);
  return {
    ...plainRule(id, 'vote', rule.latch ?? false),
    key: `vote ${JSON.stringify(rule)}`,
    metric: 0,
    levels: oneLevel(vote.raise ?? vote.level, leaf, forMs, recoverForMs),
    vote: { points: vote.points, rule: vote.rule, rank: rankOf(vote.level) },
  };
}

interface RuleMetric {
  readonly metrics: readonly string[];
  readonly metric: number;
  readonly metricName: string;
  readonly sensor: Metric;
}

function unitOf(unit: string | undefined, sensor: Metric, metricName: string, report: Report): Conversion | undefined {
  if (unit === undefined) return IDENTITY;
  const result = conversionBetween(unit, sensor.unit, metricName);
  if (result.ok) return result.conversion;
  report(['unit'], result.problem);
  return undefined;
}

/** What the criteria of one rule are compiled with. */
interface CriterionContext extends RuleMetric {
  readonly conversion: Conversion;
  readonly definition: Compilable;
  readonly windows: WindowSpec[];
  readonly deadband: number;
  readonly recover: number | undefined;
  readonly report: Report;
}

function compileLevelsRule(
  id: string,
  rule: Rule,
  definition: Compilable,
  on: RuleMetric,
  report: Report,
): CompiledRule | undefined {
  const conversion = unitOf(rule.unit, on.sensor, on.metricName, report);
  if (conversion === undefined || rule.levels === undefined) return undefined;
  let failed = false;
  const noted: Report = (path, problem) => {
    failed = true;
    report(path, problem);
  };
  const windows: WindowSpec[] = [];
  const base = { ...on, conversion, definition, windows };
  const compileAll = (levels: Levels, path: ProblemPath): CompiledLevels =>
    LEVELS.map((name) => {
      const level = levels[name];
      const at: Report = (below, problem) => noted([...path, name, ...below], problem);
      return level === undefined ? undefined : compileLevel(level, rule, rankOf(name), { ...base, report: at });
    }) as unknown as CompiledLevels;
  const levels = compileAll(rule.levels, ['levels']);
  const schedule =
    rule.schedule === undefined || rule.schedule.length === 0
      ? undefined
      : compileSchedule(
          rule.schedule,
          (entry, index) => compileAll(entry.levels, ['schedule', index, 'levels']),
          noted,
        );
  if (failed) return undefined;
  const calm = schedule === undefined && windows.length === 0 ? calmBandOf(levels) : undefined;
  // Where single values alarm too, an interval says too little.
  const quiet = calm?.alarming.length === 0 ? calm : undefined;
  const { type, unit } = on.sensor;
  return {
    ...plainRule(id, 'levels', rule.latch ?? false),
    key: `levels ${JSON.stringify([rule, type, unit, definition.reportEveryMs])}`,
    metric: on.metric,
    metricName: on.metricName,
    unit: rule.unit ?? unit ?? null,
    levels,
    schedule,
    windows,
    quietAbove: quiet?.above ?? Number.NaN,
    quietBelow: quiet?.below ?? Number.NaN,
  };
}

type LevelContext = Omit<CriterionContext, 'deadband' | 'recover'>;

function compileLevel(level: LevelRule, rule: Rule, rank: LevelRank, base: LevelContext): CompiledLevel {
  const own = level.deadband !== undefined || level.recover !== undefined;
  const deadband = own ? level.deadband : rule.deadband;
  const recover = own ? level.recover : rule.recover;
  const scale = Math.abs(base.conversion.scale);
  const context: CriterionContext = {
    ...base,
    deadband: exact((deadband ?? 0) * scale),
    recover: recover === undefined ? undefined : convert(recover, base.conversion),
  };
  const criterion = compileCriterion(level, context);
  if (recover !== undefined) checkRecover(criterion, recover, base.report);
  if ((deadband ?? 0) > 0) checkDeadband(criterion, base.report);
  const forText = level.for ?? rule.for;
  const recoverForText = level.recoverFor ?? rule.recoverFor;
  return {
    rank,
    label: level.label ?? null,
    forMs: forText === undefined ? 0 : durationMs(forText),
    recoverForMs: recoverForText === undefined ? 0 : durationMs(recoverForText),
    criterion,
  };
}

function leavesOf(criterion: CompiledCriterion): Leaf[] {
  return criterion.kind === 'any' || criterion.kind === 'all' ? criterion.parts.flatMap(leavesOf) : [criterion];
}

function plainLimits(criterion: CompiledCriterion): LimitLeaf[] {
  return leavesOf(criterion).filter(
    (leaf): leaf is LimitLeaf => leaf.kind === 'limit' && leaf.quantity.of !== 'rise' && leaf.quantity.of !== 'fall',
  );
}

function checkRecover(criterion: CompiledCriterion, recover: number, report: Report): void {
  const limits = plainLimits(criterion);
  const hasCurve = leavesOf(criterion).some(({ kind }) => kind === 'curve');
  if (limits.some(({ side }) => side > 0) && limits.some(({ side }) => side < 0)) {
    report(['recover'], { code: 'recover-two-sides', values: {} });
  } else if (limits.length === 0 && !hasCurve) {
    report(['recover'], { code: 'recover-needs-limit', values: {} });
  }
  for (const { side, limit, release, shownLimit } of limits) {
    const values = { recover, limit: shownLimit };
    if (side > 0 && release >= limit) report(['recover'], { code: 'recover-not-below', values });
    if (side < 0 && release <= limit) report(['recover'], { code: 'recover-not-above', values });
  }
}

/** Two sides whose deadbands overlap could only be left by a jump over the limit. */
function checkDeadband(criterion: CompiledCriterion, report: Report): void {
  if (criterion.kind !== 'any') return;
  const values = criterion.parts.filter((p): p is LimitLeaf => p.kind === 'limit' && p.quantity.of === 'value');
  for (const above of values) {
    for (const below of values) {
      if (above.side > 0 && below.side < 0 && below.limit < above.limit && below.release >= above.release) {
        const values = { low: below.shownLimit, high: above.shownLimit };
        report(['deadband'], { code: 'deadband-too-wide', values });
      }
    }
  }
}

const AGGREGATES: readonly Aggregate[] = ['average', 'maximum', 'minimum', 'sum'];

/** Several keys of one criterion are joined with "or". */
function compileCriterion(criterion: Criterion, context: CriterionContext): CompiledCriterion {
  const group = criterion.any ?? criterion.all;
  if (group !== undefined) {
    const parts = group.map((part) => compileCriterion(part, context));
    return { kind: criterion.any === undefined ? 'all' : 'any', parts };
  }
  const parts: Leaf[] = [];
  const { sensor, metricName, report } = context;
  if (criterion.equals !== undefined) parts.push(equalsLeaf(criterion.equals, context));
  const by = AGGREGATES.some((key) => criterion[key] !== undefined) ? 'window' : 'limit';
  const numeric = [criterion.above, criterion.below, criterion.rise, criterion.fall, criterion.curve];
  if (sensor.type !== 'number' && numeric.some((x) => x !== undefined)) {
    report([], { code: 'needs-number', values: { by, metric: metricName, type: sensor.type } });
    return { kind: 'any', parts };
  }
  const { above, below, rise, fall, curve } = criterion;
  if (above !== undefined) parts.push(limitLeaf(1, above, quantityOf(criterion, 1, context), context));
  if (below !== undefined) parts.push(limitLeaf(-1, below, quantityOf(criterion, -1, context), context));
  const within = criterion.within === undefined ? 0 : durationMs(criterion.within);
  if ((rise ?? fall) !== undefined && within === 0) report(['within'], { code: 'window-empty', values: {} });
  if (rise !== undefined) parts.push(changeLeaf('rise', rise, within, criterion.coverage ?? 0, context));
  if (fall !== undefined) parts.push(changeLeaf('fall', fall, within, criterion.coverage ?? 0, context));
  if (curve !== undefined) {
    const leaf = curveLeaf(curve, context);
    if (leaf !== undefined) parts.push(leaf);
  }
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : { kind: 'any', parts };
}

function equalsLeaf(value: number | boolean | string, { sensor, metricName, report }: CriterionContext): Leaf {
  if (typeof value !== sensor.type) {
    report(['equals'], { code: 'equals-other-type', values: { metric: metricName, type: sensor.type, value } });
  } else if (typeof value === 'string' && sensor.values !== undefined && !sensor.values.includes(value)) {
    const values = { metric: metricName, value, ...knownOf(sensor.values) };
    report(['equals'], { code: 'equals-unknown-value', values });
  }
  return { kind: 'equals', value };
}

/** Limits on means, sums and the like; a window is shared by all criteria of the rule with the same length. */
function quantityOf(criterion: Criterion, side: 1 | -1, context: CriterionContext): Quantity {
  const aggregate = AGGREGATES.find((key) => criterion[key] !== undefined);
  if (aggregate === undefined) return { of: 'value' };
  const lengthMs = durationMs(criterion[aggregate] ?? '');
  if (lengthMs === 0) context.report([aggregate], { code: 'window-empty', values: {} });
  const growsWithData = (side > 0 && aggregate !== 'minimum') || (side < 0 && aggregate === 'minimum');
  const byDefault = aggregate === 'average' || !growsWithData ? COVERAGE_DEFAULT : 0;
  return windowQuantity(aggregate, lengthMs, false, criterion.coverage ?? byDefault, context);
}

const KINDS: Readonly<Record<Aggregate | 'rise' | 'fall', WindowKind>> = {
  average: 'mean',
  sum: 'sum',
  minimum: 'lowest',
  maximum: 'highest',
  rise: 'lowest',
  fall: 'highest',
};

/** How much of a window is covered is told by itself, or for the lowest and highest by one of means beside it. */
function windowQuantity(
  of: Aggregate | 'rise' | 'fall',
  lengthMs: number,
  closed: boolean,
  coverage: number,
  context: CriterionContext,
): Quantity {
  const kind = KINDS[of];
  const window = windowIndex(kind, lengthMs, closed, context);
  if (coverage === 0) return { of, window, coverage, covering: -1 };
  const isExtreme = kind === 'lowest' || kind === 'highest';
  return { of, window, coverage, covering: isExtreme ? windowIndex('mean', lengthMs, closed, context) : window };
}

function windowIndex(kind: WindowKind, lengthMs: number, closed: boolean, on: CriterionContext): number {
  const { windows, definition } = on;
  const found = windows.findIndex((w) => w.kind === kind && w.lengthMs === lengthMs && w.closed === closed);
  if (found >= 0) return found;
  const { reportEveryMs } = definition;
  const holdMs = Math.max(SILENT_REPORTS * reportEveryMs, lengthMs * HOLD_SHARE);
  return windows.push({ kind, lengthMs, closed, holdMs, reportEveryMs }) - 1;
}

function limitLeaf(side: 1 | -1, shown: number, quantity: Quantity, context: CriterionContext): LimitLeaf {
  const { conversion, deadband, recover } = context;
  const limit = convert(shown, conversion);
  return {
    kind: 'limit',
    quantity,
    side,
    limit,
    shownLimit: shown,
    release: recover ?? exact(limit - side * deadband),
    releaseIncluded: recover !== undefined,
    conversion,
  };
}

/** A change is a difference, so only the scale of the unit counts. `recover` speaks of the value and is not for it. */
function changeLeaf(
  of: 'rise' | 'fall',
  shown: number,
  withinMs: number,
  coverage: number,
  context: CriterionContext,
): LimitLeaf {
  const conversion = { scale: context.conversion.scale, offset: 0 };
  const limit = convert(shown, conversion);
  return {
    kind: 'limit',
    quantity: windowQuantity(of, withinMs, true, coverage, context),
    side: 1,
    limit,
    shownLimit: shown,
    release: exact(limit - (context.recover === undefined ? context.deadband : 0)),
    releaseIncluded: false,
    conversion,
  };
}

function curveLeaf(curve: NonNullable<Criterion['curve']>, context: CriterionContext): Leaf | undefined {
  const { definition, metrics, conversion, report, deadband, recover } = context;
  const over = metrics.indexOf(curve.over);
  const sensor = ownOf(definition.metrics, curve.over);
  if (sensor === undefined) {
    report(['curve', 'over'], { code: 'unknown-metric', values: { metric: curve.over, ...knownOf(metrics) } });
    return undefined;
  }
  if (sensor.type !== 'number') {
    report(['curve', 'over'], { code: 'needs-number', values: { by: 'curve', metric: curve.over, type: sensor.type } });
  }
  const ys = curve.points.map(([, y]) => convert(y, conversion));
  return {
    kind: 'curve',
    over,
    xs: curve.points.map(([x]) => x),
    ys,
    lowest: Math.min(...ys),
    highest: Math.max(...ys),
    deadband: recover === undefined ? deadband : Number.NaN,
    recover: recover ?? Number.NaN,
    conversion,
  };
}
