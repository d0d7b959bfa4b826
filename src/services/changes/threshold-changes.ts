import type { Thresholds } from '../../api/deps.ts';
import { weakenings } from '../../model/weakening.ts';
import type { RegistryChange } from '../../registry/core.ts';
import type { Revisions } from '../../registry/revisions.ts';
import type { ScheduledChanges } from '../../registry/scheduled.ts';
import type { SiteReads } from '../../registry/site-reads.ts';

export interface ThresholdChangesOptions {
  readonly registry: Revisions & ScheduledChanges & Pick<SiteReads, 'definitionOf'>;
  readonly stampMs: () => number;
  /** Resolves once a change of the registry is in force. */
  readonly change: (change: RegistryChange) => Promise<void>;
}

/** Changes of thresholds, without asking anybody (review.ts asks): the registry first, then the journal. */
export function createThresholdChanges({ registry, stampMs, change }: ThresholdChangesOptions): Thresholds {
  return {
    get: (point) => registry.thresholds(point),
    revisions: (point, limit, beforeRevision) => registry.revisions(point, limit, beforeRevision),
    revision: (point, revision) => registry.revision(point, revision),
    problems: (point, document) => registry.thresholdProblems(point, document),
    schedule: (wanted) => registry.schedule({ ...wanted, atMs: stampMs() }),
    scheduled: (point) => registry.scheduled(point),
    unschedule: (point, by) => registry.removeScheduled(point, by, stampMs()),
    async put(request) {
      const outcome = registry.putThresholds({ ...request, atMs: stampMs() });
      if (!outcome.ok) return outcome;
      await change(outcome.change);
      return { ok: true, revision: outcome.revision };
    },
    async putAll(requests) {
      const atMs = stampMs();
      const outcome = registry.putThresholdsAll(requests.map((request) => ({ ...request, atMs })));
      if (!outcome.ok) return { ...outcome, error: 'failures' };
      await change(outcome.change);
      return { ok: true, revisions: outcome.revisions };
    },
    weakenings(point, document) {
      const definition = registry.definitionOf(point);
      return definition === undefined ? [] : weakenings(definition.document, document, definition);
    },
  };
}
