import { MARKS_SHIFT } from '../model/columns.ts';
import type { PointDefinition } from '../model/definition.ts';
import { durationMs } from '../model/duration.ts';
import { msOf } from '../model/instant.ts';
import type { Incident, PreviewSide, Statistics, ThresholdPreview } from '../model/preview.ts';
import { LATE } from '../model/reading.ts';
import { DURATION_KEYS, type ThresholdDocument } from '../model/threshold.ts';
import { DAY_MS } from '../model/time.ts';
import { weakenings } from '../model/weakening.ts';
import { compareIncidents } from './compare.ts';
import { describeData } from './describe-data.ts';
import type { PreviewEvaluator } from './evaluation.ts';
import { collectIncidents } from './incidents.ts';
import { stretchesOf } from './interval.ts';
import type { Judged } from './judged.ts';
import { replay, type SeriesColumns } from './replay.ts';
import { type Period, statisticsOf } from './statistics.ts';

export interface PreviewRequest {
  /** The point with its present values. */
  readonly definition: PointDefinition;
  readonly proposed: ThresholdDocument;
  readonly period: Period;
  /** The readings of all metrics of the point, from `period.fromMs - warmUpMs(…)` on. */
  readonly readings: readonly SeriesColumns[];
}

/** Incidents listed for each side and comparison; a chart with more marks than this shows nothing. */
export const INCIDENTS_LISTED_MAX = 1_000;

const WARM_UP_MIN_MS = DAY_MS;

/**
 * How long before the period evaluation must begin, so that windows are full, delays have run and what was open is open:
 * twice the longest duration that stands in one of the documents, a day at least.
 */
export function warmUpMs(documents: readonly ThresholdDocument[]): number {
  let longestMs = WARM_UP_MIN_MS / 2;
  JSON.stringify(documents, (key, value: unknown) => {
    if (typeof value === 'string' && DURATION_KEYS.has(key)) longestMs = Math.max(longestMs, durationMs(value));
    return value;
  });
  return 2 * longestMs;
}

/** What the period would have done under the proposed values, beside the present ones. Gives progress from 0 to 1. */
export function* previewThresholds(
  createEvaluation: () => PreviewEvaluator,
  { definition, proposed, period, readings }: PreviewRequest,
): Generator<number, Omit<ThresholdPreview, 'lessons'>, void> {
  const stretches = stretchesOf(readings, definition.reportEveryMs);
  const sides = { definition, readings, period, stretches };
  const before = yield* scaled(incidentsUnder(createEvaluation(), sides), 0, 0.5);
  const after = yield* scaled(
    incidentsUnder(createEvaluation(), { ...sides, definition: { ...definition, document: proposed } }),
    0.5,
    0.5,
  );
  const { gained, lost, levelChanged } = compareIncidents(before, after);
  return {
    point: definition.point,
    from: period.fromMs,
    to: period.toMs,
    revision: definition.revision,
    data: describeData(sides, [definition.document, proposed]),
    present: sideOf(before, period),
    proposed: sideOf(after, period),
    gained: gained.slice(-INCIDENTS_LISTED_MAX),
    gainedTotal: gained.length,
    lost: lost.slice(-INCIDENTS_LISTED_MAX),
    lostTotal: lost.length,
    levelChanged: levelChanged.slice(-INCIDENTS_LISTED_MAX),
    levelChangedTotal: levelChanged.length,
    weakens: weakenings(definition.document, proposed, definition),
  };
}

/**
 * The incidents that were open at some time of the period. Judging begins with the first reading that was not
 * late: what came before it, commissioning or a shorter retention, is not known.
 */
export function* incidentsUnder(
  evaluation: PreviewEvaluator,
  { definition, readings, period, stretches }: Judged,
): Generator<number, Incident[], void> {
  const firstMs = Math.min(...readings.map(firstTimelyMs));
  if (firstMs >= period.toMs) return [];
  const log = collectIncidents((rule) => evaluation.rule(definition.point, rule));
  yield* replay(evaluation, {
    definition,
    readings,
    startMs: firstMs,
    endMs: period.toMs,
    stretches,
    onTransition(transition) {
      if (transition.point === definition.point) log.take(transition);
    },
  });
  const incidents = log.end().filter(({ clearedAt }) => clearedAt === null || clearedAt > period.fromMs);
  return incidents.sort((a, b) => a.raisedAt - b.raisedAt);
}

/** The first that was not late: a late one says nothing of when somebody was heard from. Infinity when there is none. */
function firstTimelyMs({ columns: { tsMs, flags } }: SeriesColumns): number {
  const at = flags.findIndex((flag) => ((flag >> MARKS_SHIFT) & LATE) === 0);
  return msOf(tsMs[at] ?? Number.POSITIVE_INFINITY);
}

function* scaled<T>(work: Generator<number, T, void>, from: number, share: number): Generator<number, T, void> {
  for (let step = work.next(); ; step = work.next()) {
    if (step.done === true) return step.value;
    yield from + step.value * share;
  }
}

function sideOf(incidents: readonly Incident[], period: Period): PreviewSide {
  const rules: Record<string, Statistics> = {};
  for (const rule of new Set(incidents.map((incident) => incident.rule))) {
    rules[rule] = statisticsOf(
      incidents.filter((incident) => incident.rule === rule),
      period,
    );
  }
  return {
    ...statisticsOf(incidents, period),
    rules,
    incidents: incidents.slice(-INCIDENTS_LISTED_MAX),
    incidentsLeftOut: Math.max(0, incidents.length - INCIDENTS_LISTED_MAX),
  };
}
