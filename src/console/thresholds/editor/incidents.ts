import type { Incident, ThresholdPreview } from '../../../model/preview.ts';

/** A stretch of time, ms since 1970. */
export interface TimeWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Which incidents of a preview are looked at. */
export const INCIDENT_SETS = ['proposed', 'present', 'gained', 'lost'] as const;
export type IncidentSet = (typeof INCIDENT_SETS)[number];

/** All rules, or one. */
export type Scope = string | null;

export function incidentsOf(preview: ThresholdPreview, set: IncidentSet, scope: Scope): readonly Incident[] {
  const all = set === 'proposed' || set === 'present' ? preview[set].incidents : preview[set];
  return scope === null ? all : all.filter(({ rule }) => rule === scope);
}

/** An incident with room on both sides, so that one sees it come and go, ms. */
export function windowAround(
  { breachAt, raisedAt, clearedAt }: Incident,
  reportEveryMs: number,
  endMs: number,
): TimeWindow {
  const from = Math.min(breachAt ?? raisedAt, raisedAt);
  const to = clearedAt ?? endMs;
  const margin = Math.max(to - from, 20 * reportEveryMs);
  return { fromMs: from - margin, toMs: to + margin };
}

/** The incident at a moment, or the nearest within `reachMs`. */
export function incidentAt(incidents: readonly Incident[], ms: number, reachMs: number, endMs: number) {
  let best: { readonly incident: Incident; readonly distance: number } | undefined;
  for (const incident of incidents) {
    const { raisedAt, clearedAt } = incident;
    const distance = Math.max(0, raisedAt - ms, ms - (clearedAt ?? endMs));
    if (distance <= reachMs && (best === undefined || distance < best.distance)) best = { incident, distance };
  }
  return best?.incident;
}
