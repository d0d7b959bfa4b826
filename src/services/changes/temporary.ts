import type { Thresholds } from '../../api/deps.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';

import type { Revisions, ThresholdRevision } from '../../registry/revisions.ts';

export interface TemporaryOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly registry: Revisions;
  readonly thresholds: Thresholds;
}

/** The wall clock may be set at any time, so it is looked at, not waited for. */
const LOOK_EVERY_MS = 500;
/** After values could not be taken back, which a later change of the site may mend. */
const RETRY_AFTER_MS = 60_000;

/** Who takes temporary values back, in revisions and the audit trail. */
export const SYSTEM_AUTHOR = 'system';

/**
 * Takes temporary threshold values back when their time is over: the document they stood on comes back as a revision of
 * its own. What fell due while the server was down is taken back at its start. Nothing is kept here that the registry
 * does not know.
 */
export function startTemporaryChanges({ clock, log, registry, thresholds }: TemporaryOptions): { stop(): void } {
  let lookAgainMs = Number.NEGATIVE_INFINITY;
  let isBusy = false;

  async function takeBack(revision: ThresholdRevision): Promise<void> {
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
    if (outcome.ok || outcome.error !== 'invalid') return;
    log.error(
      { point, revision: revision.revision, problems: outcome.problems },
      'temporary values cannot be taken back',
    );
    lookAgainMs = clock.steadyMs() + RETRY_AFTER_MS;
  }

  async function look(): Promise<void> {
    if (isBusy || clock.steadyMs() < lookAgainMs) return;
    isBusy = true;
    try {
      for (const revision of registry.temporaryRevisions()) {
        if ((revision.untilMs ?? Number.POSITIVE_INFINITY) > clock.nowMs()) break;
        await takeBack(revision);
      }
    } catch (error) {
      log.error({ err: error }, 'temporary values could not be taken back');
      lookAgainMs = clock.steadyMs() + RETRY_AFTER_MS;
    } finally {
      isBusy = false;
    }
  }

  const stop = clock.every(LOOK_EVERY_MS, () => void look());
  void look();
  return { stop };
}
