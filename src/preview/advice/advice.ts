import type { DeadbandTrade, DelayTrade, ThresholdAdvice } from '../../model/advice.ts';
import type { Incident } from '../../model/preview.ts';
import type { Rule } from '../../model/threshold.ts';
import { DAY_MS } from '../../model/time.ts';
import { type Conversion, conversionBetween, IDENTITY, unconvert } from '../../model/units.ts';
import { compareIncidents } from '../compare.ts';
import { describeData } from '../describe-data.ts';
import type { PreviewEvaluator } from '../evaluation.ts';
import { stretchesOf } from '../interval.ts';
import type { Period } from '../statistics.ts';
import {
  bareRule,
  type Delay,
  deadbandCandidates,
  delayCandidates,
  levelCount,
  plainLimits,
  withDeadband,
  withOffDelay,
  withOnDelay,
} from './candidates.ts';
import { kneeOf } from './knee.ts';
import { quantile, type Texture, textureOf } from './noise.ts';
import { reasonsFor } from './reasons.ts';
import { type AdviceRequest, beginTrials, type Trial, type Trials, type Work } from './trials.ts';

/** With fewer alerts there is nothing to learn from. */
const ALERTS_MIN = 5;
/** A deadband that removes less is not worth a change. */
const DEADBAND_GAIN_MIN = 0.2;
/** ISA-18.2: 6 an hour are acceptable for one operator and a whole site, so one a day from one rule is plenty. */
const ALERTS_PER_DAY_WELL = 1;
/** A delay that removes less is not worth waiting for. */
const DELAY_GAIN_MIN = 0.3;
/** No alert may stand for more than this many times as long as with the present values, all in all. */
const TIME_IN_ALARM_GROWTH_MAX = 3;
/** A deadband wider than this share of the way from the limit to the usual value keeps alerts from clearing. */
const DEADBAND_REACH = 0.5;
/** An on-delay may make alerts vanish that lasted this many times its length at most. */
const LOST_DELAYS_MAX = 2;

/** A curve of variants, and the one suggested, if any. */
interface Findings<T> {
  readonly curve: readonly T[];
  readonly chosen: (Trial & { readonly point: T }) | null;
}

/**
 * Looks for a deadband and delays in a point's own history. Every figure is what the evaluator makes of that variant of
 * the rule, so it is what a preview would say and what live evaluation would have done. Each search builds on what the
 * one before it has found: the deadband costs nothing, an off-delay only that alerts stand longer, an on-delay that they
 * come later. Gives progress from 0 to 1.
 */
export function* advise(createEvaluation: () => PreviewEvaluator, request: AdviceRequest): Work<ThresholdAdvice> {
  const { definition, period, readings, verdicts } = request;
  const rule = definition.document.rules[request.rule] as Rule;
  const metric = definition.metrics[rule.metric ?? ''];
  const columns = readings.find(({ series }) => series === metric?.series)?.columns;
  const texture = columns === undefined ? undefined : textureOf(columns);
  const conversion = conversionOf(rule, metric?.unit);
  const noise = texture === undefined ? null : texture.sigma / Math.abs(conversion.scale);
  const widths = noise === null ? [] : deadbandCandidates(noise, deadbandMost(rule, texture, conversion));
  const delays = delayCandidates(texture?.intervalMs ?? definition.reportEveryMs);

  const count = widths.length + 2 * delays.length + 2;
  const stretches = stretchesOf(readings, definition.reportEveryMs);
  const trials = yield* beginTrials(createEvaluation, { ...request, stretches, count }, rule);
  const { present } = trials;
  const bare = yield* trials.run(bareRule(rule));
  const deadband = yield* searchDeadband(trials, rule, widths);
  const offDelay = yield* searchOffDelay(trials, deadband.chosen ?? present, delays, period);
  const advisable = definition.family !== 'fire' && !(definition.family === 'gas' && levelCount(rule) < 2);
  const onDelay = yield* searchOnDelay(
    trials,
    offDelay.chosen ?? deadband.chosen ?? present,
    { delays: advisable ? delays : [], sparesTop: definition.family === 'gas' },
    period,
  );

  const best = onDelay.chosen ?? offDelay.chosen ?? deadband.chosen;
  const found = best === null ? null : yield* trials.run(best.rule);
  const unit = rule.unit ?? metric?.unit ?? null;
  return {
    point: definition.point,
    rule: request.rule,
    revision: definition.revision,
    from: period.fromMs,
    to: period.toMs,
    unit,
    data: describeData({ definition, readings, period, stretches }, [definition.document]),
    interval: texture?.intervalMs ?? null,
    noise: noise === null ? null : Number(noise.toPrecision(3)),
    excursions: excursionsOf(bare.incidents, period),
    verdicts: {
      true: verdicts.filter(({ verdict }) => verdict === 'true').length,
      false: verdicts.filter(({ verdict }) => verdict === 'false').length,
      test: verdicts.filter(({ verdict }) => verdict === 'test').length,
    },
    bare: bare.trade,
    present: present.trade,
    deadband:
      deadband.curve.length === 0
        ? null
        : {
            present: rule.deadband ?? null,
            suggested: deadband.chosen?.point.deadband ?? null,
            curve: [...deadband.curve],
          },
    offDelay: { suggested: offDelay.chosen?.point.for ?? null, curve: [...offDelay.curve] },
    onDelay: { suggested: onDelay.chosen?.point.for ?? null, advisable, curve: [...onDelay.curve] },
    suggested:
      found === null
        ? null
        : {
            rule: found.rule,
            document: {
              ...definition.document,
              rules: { ...definition.document.rules, [request.rule]: found.rule },
            },
            ...found.trade,
          },
    reasons: reasonsFor({
      noise,
      unit,
      present: present.trade,
      deadband: deadband.chosen?.point ?? null,
      offDelay: offDelay.chosen?.point ?? null,
      onDelay: onDelay.chosen?.point ?? null,
      advisable,
    }),
  };
}

function conversionOf(rule: Rule, metricUnit: string | undefined): Conversion {
  if (rule.unit === undefined) return IDENTITY;
  const found = conversionBetween(rule.unit, metricUnit, rule.metric ?? '');
  return found.ok ? found.conversion : IDENTITY;
}

/** Beyond it an alert could not clear while the metric is as usual. In the rule's unit. */
function deadbandMost(rule: Rule, texture: Texture | undefined, conversion: Conversion): number {
  if (texture === undefined) return Number.POSITIVE_INFINITY;
  const typical = unconvert(texture.typical, conversion);
  const distances = plainLimits(rule).map((limit) => Math.abs(limit - typical));
  return distances.length === 0 ? Number.POSITIVE_INFINITY : DEADBAND_REACH * Math.min(...distances);
}

/** The deadband after which a wider one gains little, if it gains enough itself. */
function* searchDeadband(trials: Trials, rule: Rule, widths: readonly number[]): Work<Findings<DeadbandTrade>> {
  const tried: (Trial & { point: DeadbandTrade })[] = [];
  for (const deadband of widths) {
    const trial = yield* trials.run(withDeadband(rule, deadband));
    tried.push({ ...trial, point: { deadband, ...trial.trade } });
  }
  const { alerts } = trials.present.trade;
  const knee = kneeOf(soundOf(tried, trials.present), ({ point }) => ({ at: point.deadband, alerts: point.alerts }));
  const isWorthIt =
    knee !== undefined &&
    alerts >= ALERTS_MIN &&
    knee.point.deadband > (rule.deadband ?? 0) &&
    knee.point.removed >= DEADBAND_GAIN_MIN;
  return { curve: tried.map(({ point }) => point), chosen: isWorthIt ? knee : null };
}

function* searchOffDelay(
  trials: Trials,
  base: Trial,
  delays: readonly Delay[],
  period: Period,
): Work<Findings<DelayTrade>> {
  const tried: (Trial & { point: DelayTrade })[] = [];
  for (const { text, ms } of delays) {
    const trial = yield* trials.run(withOffDelay(base.rule, text), base);
    tried.push({ ...trial, point: { for: text, ms, ...trial.trade } });
  }
  const curve = tried.map(({ point }) => point);
  return { curve, chosen: isWell(base, period) ? null : chooseDelay(base, soundOf(tried, trials.present)) };
}

function* searchOnDelay(
  trials: Trials,
  base: Trial,
  { delays, sparesTop }: { readonly delays: readonly Delay[]; readonly sparesTop: boolean },
  period: Period,
): Work<Findings<DelayTrade>> {
  const tried: (Trial & { point: DelayTrade })[] = [];
  for (const { text, ms } of delays) {
    const trial = yield* trials.run(withOnDelay(base.rule, text, sparesTop), base);
    tried.push({ ...trial, point: { for: text, ms, ...trial.trade } });
  }
  const curve = tried.map(({ point }) => point);
  if (isWell(base, period)) return { curve, chosen: null };
  const fair = tried.filter(({ incidents, point }) => !losesLong(base.incidents, incidents, point.ms));
  return { curve, chosen: chooseDelay(base, soundOf(fair, trials.present)) };
}

/** Those that lose no alert an operator called true, and don't keep alerts standing for much longer. */
function soundOf<T extends Trial>(tried: readonly T[], present: Trial): T[] {
  const mostMs = TIME_IN_ALARM_GROWTH_MAX * present.trade.timeInAlarm;
  return tried.filter(({ trade }) => trade.trueLost === 0 && trade.timeInAlarm <= mostMs);
}

function isWell({ trade }: Trial, { fromMs, toMs }: Period): boolean {
  return trade.alerts < ALERTS_MIN || (trade.alerts * DAY_MS) / (toMs - fromMs) <= ALERTS_PER_DAY_WELL;
}

/** The delay after which a longer one gains little, if it gains enough itself. */
function chooseDelay<T extends Trial & { readonly point: DelayTrade }>(base: Trial, tried: readonly T[]): T | null {
  const { alerts } = base.trade;
  const none = { ms: 0, alerts };
  const knee = kneeOf([none, ...tried.map(({ point }) => point)], (one) => ({
    at: Math.sqrt(one.ms),
    alerts: one.alerts,
  }));
  const chosen = tried.find(({ point }) => point === knee);
  return chosen !== undefined && (alerts - chosen.point.alerts) / alerts >= DELAY_GAIN_MIN ? chosen : null;
}

/**
 * Whether an on-delay keeps silent about more than the momentary crossings it is meant for. Where noise takes the value
 * back inside the limit again and again, no breach lasts as long as the delay, however long the excursion; so alerts that
 * follow one another closely are looked at as one stretch.
 */
function losesLong(base: readonly Incident[], delayed: readonly Incident[], delayMs: number): boolean {
  const nearMs = LOST_DELAYS_MAX * delayMs;
  const stretches: Incident[] = [];
  for (const incident of base) {
    const last = stretches.at(-1);
    const endMs = last === undefined ? Number.NEGATIVE_INFINITY : (last.clearedAt ?? Number.POSITIVE_INFINITY);
    if (last === undefined || incident.raisedAt > endMs + nearMs) stretches.push(incident);
    else stretches[stretches.length - 1] = { ...last, clearedAt: incident.clearedAt };
  }
  return compareIncidents(stretches, delayed).lost.some(
    ({ raisedAt, clearedAt }) => clearedAt === null || clearedAt - raisedAt > nearMs,
  );
}

function excursionsOf(bare: readonly Incident[], { toMs }: Period): ThresholdAdvice['excursions'] {
  if (bare.length === 0) return null;
  const lengths = bare.map(({ raisedAt, clearedAt }) => (clearedAt ?? toMs) - raisedAt).sort((a, b) => a - b);
  return {
    count: lengths.length,
    median: quantile(lengths, 0.5),
    p90: quantile(lengths, 0.9),
    longest: lengths.at(-1) ?? 0,
  };
}
