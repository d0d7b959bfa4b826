import type { JudgedAlert, Trade } from '../../model/advice.ts';
import type { PointDefinition } from '../../model/definition.ts';
import type { Incident } from '../../model/preview.ts';
import type { Rule, ThresholdDocument } from '../../model/threshold.ts';
import { compareIncidents } from '../compare.ts';
import type { Evaluation } from '../evaluation.ts';
import { stretchesOf } from '../interval.ts';
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

/** Each variant of a rule is judged by the evaluator on the same readings. `count` trials are expected, for the progress. */
export function* beginTrials(
  createEvaluation: () => Evaluation,
  { definition, rule: id, period, readings, verdicts }: AdviceRequest,
  rule: Rule,
  count: number,
): Work<Trials> {
  let done = 0;
  const stretches = stretchesOf(readings, definition.reportEveryMs);

  function* judge(variant: Rule): Work<Incident[]> {
    const document = documentForOne(definition.document, id, variant);
    const judged = { definition: { ...definition, document }, readings, period, stretches };
    const work = incidentsUnder(createEvaluation(), judged);
    for (let step = work.next(); ; step = work.next()) {
      if (step.done === true) {
        yield Math.min(1, ++done / count);
        return step.value.filter((incident) => incident.rule === id);
      }
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
