import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { RegistryChange } from '../../registry/core.ts';
import type { ScheduledChanges } from '../../registry/scheduled.ts';

export interface ScheduledOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly registry: ScheduledChanges;
  /** Resolves once a change of the registry is in force. */
  readonly change: (change: RegistryChange) => Promise<void>;
  readonly stampMs: () => number;
}

/** The wall clock may be set at any time, so it is looked at, not waited for. */
const LOOK_EVERY_MS = 500;
/** After something went wrong that is not the change's own fault. */
const RETRY_AFTER_MS = 60_000;

/**
 * Puts changes in force whose time has come; those that fell due while the server was down, at its start. Nothing is kept
 * here that the registry does not know.
 */
export function startScheduledChanges({ clock, log, registry, change, stampMs }: ScheduledOptions): { stop(): void } {
  let lookAgainMs = Number.NEGATIVE_INFINITY;
  let isBusy = false;

  async function look(): Promise<void> {
    if (isBusy || clock.steadyMs() < lookAgainMs) return;
    isBusy = true;
    try {
      for (const { point, author } of registry.dueChanges(clock.nowMs())) {
        const outcome = registry.makeScheduled(point, stampMs());
        if (outcome.ok) await change(outcome.change);
        else log.warn({ point, author, error: outcome.error }, 'a change could not come into force at its time');
      }
    } catch (error) {
      log.error({ err: error }, 'changes whose time has come could not be put in force');
      lookAgainMs = clock.steadyMs() + RETRY_AFTER_MS;
    } finally {
      isBusy = false;
    }
  }

  const stop = clock.every(LOOK_EVERY_MS, () => void look());
  void look();
  return { stop };
}
