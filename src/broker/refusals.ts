import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';

/** The same refusal of the same party is logged again only after this long. */
const LOG_AGAIN_MS = 3_600_000;
/** Parties remembered; beyond it the memory is emptied, so that made-up names cannot fill it. */
const PARTIES_MAX = 10_000;

/** Counts refusals by reason, and logs each party's once rather than once a message. */
export function createRefusals(
  clock: Clock,
  log: Log,
): { count(reason: string, party: string, figures?: Record<string, unknown>): void; counts(): Record<string, number> } {
  const byReason = new Map<string, number>();
  const loggedAtMs = new Map<string, number>();
  return {
    count(reason, party, figures) {
      byReason.set(reason, (byReason.get(reason) ?? 0) + 1);
      const key = `${reason} ${party}`;
      const nowMs = clock.steadyMs();
      const last = loggedAtMs.get(key);
      if (last !== undefined && nowMs - last < LOG_AGAIN_MS) return;
      if (loggedAtMs.size >= PARTIES_MAX) loggedAtMs.clear();
      loggedAtMs.set(key, nowMs);
      log.warn({ reason, party, ...figures }, 'mqtt refused');
    },
    counts: () => Object.fromEntries(byReason),
  };
}
