import type { JudgedAlert, Trade } from '../../model/advice.ts';
import type { PointDefinition } from '../../model/definition.ts';
import type { Incident } from '../../model/preview.ts';
import type { Rule, ThresholdDocument } from '../../model/threshold.ts';
import { compareIncidents } from '../compare.ts';
import type { PreviewEvaluator } from '../evaluation.ts';
import type { Stretch } from '../interval.ts';
import { incidentsUnder } from '../preview.ts';
import type { SeriesColumns } from '../replay.ts';
import { type Period, statisticsOf } from '../statistics.ts';

export interface AdviceRequest {
  readonly definition: PointDefinition;
  /** The id of a rule with levels. */
  readonly rule: string;
  readonly period: Period;
  readonly readings: readonly SeriesColumns[];
  /** Operators' verdicts on alerts of the rule in the period. */
  readonly verdicts: readonly JudgedAlert[];
}

/** What the trials of one request share. */
export interface TrialsOptions extends AdviceRequest {
  /** At which intervals the readings come. */
  readonly stretches: readonly Stretch[];
  /** Trials that are expected, for the progress. */
  readonly count: number;
}

/** A variant of the rule, and what it would have done. */
export interface Trial {
  readonly rule: Rule;
  readonly incidents: readonly Incident[];
  readonly trade: Trade;
}

/** Work that tells how much of it is done, 0 to 1. */
export type Work<T> = Generator<number, T, void>;

export interface Trials {
  /** The rule as it is. */
  readonly present: Trial;
  /** Tries a variant; what it loses is told against `base`, by default the rule as it is. */
  run(rule: Rule, base?: Trial): Work<Trial>;
}

/** Each variant of a rule is judged by the evaluator on the same readings, and each only once. */
export function* beginTrials(
  createEvaluation: () => PreviewEvaluator,
  { definition, rule: id, period, readings, verdicts, stretches, count }: TrialsOptions,
  rule: Rule,
): Work<Trials> {
  let done = 0;
  /** What was judged, by the rule's text: no deadband, no delay and the rule as it is are often one and the same. */
  const judged = new Map<string, Incident[]>();

  function* judge(variant: Rule): Work<Incident[]> {
    const text = ruleText(variant);
    const incidents = judged.get(text) ?? (yield* judgeAnew(variant));
    judged.set(text, incidents);
    yield Math.min(1, ++done / count);
    return incidents;
  }

  function* judgeAnew(variant: Rule): Work<Incident[]> {
    const document = documentForOne(definition.document, id, variant);
    const work = incidentsUnder(createEvaluation(), {
      definition: { ...definition, document },
      readings,
      period,
      stretches,
    });
    for (let step = work.next(); ; step = work.next()) {
      if (step.done === true) return step.value.filter((incident) => incident.rule === id);
      yield Math.min(1, (done + step.value) / count);
    }
  }

  const raisedIn = (incidents: readonly Incident[]) =>
    incidents.filter(({ raisedAt }) => raisedAt >= period.fromMs).length;

  function trialOf(variant: Rule, incidents: readonly Incident[], base: readonly Incident[]): Trial {
    const { alerts, timeInAlarm, delay } = statisticsOf(incidents, period);
    const before = raisedIn(presentIncidents);
    const untold = verdicts.filter((alert) => !incidents.some((incident) => overlaps(incident, alert)));
    const trade: Trade = {
      alerts,
      removed: before === 0 ? 0 : Number(((before - alerts) / before).toPrecision(3)),
      delay: delay?.median ?? null,
      timeInAlarm,
      lost: compareIncidents(base, incidents).lost.length,
      trueLost: untold.filter(({ verdict }) => verdict === 'true').length,
      falseRemoved: untold.filter(({ verdict }) => verdict === 'false').length,
    };
    return { rule: variant, incidents, trade };
  }

  const presentIncidents = yield* judge(rule);
  const present = trialOf(rule, presentIncidents, presentIncidents);
  return {
    present,
    *run(variant, base = present) {
      return trialOf(variant, yield* judge(variant), base.incidents);
    },
  };
}

/** The same text for rules that say the same, in whatever order their keys are. */
function ruleText(rule: Rule): string {
  return JSON.stringify(rule, (_, value: unknown) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

/** Only what bears on the rule: itself, and what decides on silence and on bad readings. */
function documentForOne(document: ThresholdDocument, id: string, variant: Rule): ThresholdDocument {
  const others = Object.entries(document.rules).filter(
    ([, rule]) => rule.noData !== undefined || rule.range !== undefined,
  );
  return { ...document, rules: { ...Object.fromEntries(others), [id]: variant } };
}

function overlaps({ breachAt, raisedAt, clearedAt }: Incident, { fromMs, toMs }: JudgedAlert): boolean {
  return (breachAt ?? raisedAt) <= toMs && (clearedAt ?? Number.POSITIVE_INFINITY) >= fromMs;
}
