import type { Thresholds } from '../../api/deps.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { ThresholdRevision } from '../../model/threshold-records.ts';

import type { Revisions } from '../../registry/revisions.ts';
import { lookEvery } from './look-every.ts';

export interface TemporaryOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly registry: Revisions;
  readonly thresholds: Thresholds;
}

/** Who takes temporary values back, in revisions and the audit trail. */
export const SYSTEM_AUTHOR = 'system';

/**
 * Takes temporary threshold values back when their time is over: the document they stood on comes back as a revision of
 * its own. What fell due while the server was down is taken back at its start. Nothing is kept here that the registry
 * does not know.
 */
export function startTemporaryChanges({ clock, log, registry, thresholds }: TemporaryOptions): { stop(): void } {
  /** False when it cannot be. */
  async function takeBack(revision: ThresholdRevision): Promise<boolean> {
    const { point, revertsTo, reason, author } = revision;
    const former = revertsTo === null || revertsTo === 0 ? undefined : registry.revision(point, revertsTo);
    const outcome = await thresholds.put({
      point,
      expectedRevision: revision.revision,
      document: former?.document ?? { rules: {} },
      author: SYSTEM_AUTHOR,
      reason: `temporary values of revision ${revision.revision} by ${author} have ended: ${reason ?? '—'}`,
    });
    // Somebody was faster: then what they have put is what counts.
    if (outcome.ok || outcome.error !== 'invalid') return true;
    log.error(
      { point, revision: revision.revision, problems: outcome.problems },
      'temporary values cannot be taken back',
    );
    return false;
  }

  return lookEvery({
    clock,
    log,
    due: () => registry.temporaryRevisions().filter(({ untilMs }) => untilMs !== null && untilMs <= clock.nowMs()),
    take: takeBack,
    failure: 'temporary values could not be taken back',
  });
}
