import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { RegistryChange } from '../../registry/core.ts';
import type { ScheduledChanges } from '../../registry/scheduled.ts';
import { lookEvery } from './look-every.ts';

export interface ScheduledOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly registry: ScheduledChanges;
  /** Resolves once a change of the registry is in force. */
  readonly change: (change: RegistryChange) => Promise<void>;
  readonly stampMs: () => number;
}

/**
 * Puts changes in force whose time has come; those that fell due while the server was down, at its start. Nothing is kept
 * here that the registry does not know.
 */
export function startScheduledChanges({ clock, log, registry, change, stampMs }: ScheduledOptions): { stop(): void } {
  return lookEvery({
    clock,
    log,
    due: () => registry.dueChanges(clock.nowMs()),
    async take({ point, author }) {
      const outcome = registry.makeScheduled(point, stampMs());
      if (outcome.ok) await change(outcome.change);
      else log.warn({ point, author, error: outcome.error }, 'a change could not come into force at its time');
      return true;
    },
    failure: 'changes whose time has come could not be put in force',
  });
}
