import { BRIEF_LENGTH, brief } from '../lib/brief.ts';
import type { Clock } from '../lib/clock.ts';
import { createLineLimit } from '../lib/line-limit.ts';
import type { Log } from '../lib/log.ts';
import { createRecent } from '../lib/recent.ts';

/** The same refusal of the same party is logged again only after this long. */
const LOG_AGAIN_MS = 3_600_000;
/** Parties remembered; beyond it the one that was not heard of the longest goes. */
const PARTIES_MAX = 1_000;
const LINES_PER_MINUTE = 60;
/** Room for a device and a topic, each already shortened. */
const PARTY_LENGTH = 2 * BRIEF_LENGTH + 6;

export interface Refusals {
  /** `party` may be anything that was sent; only its beginning is kept. `reason` is one of our own words. */
  count(reason: string, party: string, figures?: Record<string, unknown>): void;
  counts(): Record<string, number>;
  /** Parties remembered. */
  remembered(): number;
}

/** Counts refusals by reason, and logs each party's once rather than once a message. */
export function createRefusals(clock: Clock, log: Log): Refusals {
  const byReason = new Map<string, number>();
  const loggedAtMs = createRecent<{ atMs: number }>(PARTIES_MAX);
  const mayLog = createLineLimit(clock, LINES_PER_MINUTE, (refusals) =>
    log.warn({ refusals }, 'mqtt refusals that were too many to log'),
  );

  return {
    count(reason, party, figures) {
      byReason.set(reason, (byReason.get(reason) ?? 0) + 1);
      const name = brief(party, PARTY_LENGTH);
      const nowMs = clock.steadyMs();
      const last = loggedAtMs.take(`${reason} ${name}`, () => ({ atMs: Number.NEGATIVE_INFINITY }));
      if (nowMs - last.atMs < LOG_AGAIN_MS || !mayLog()) return;
      last.atMs = nowMs;
      log.warn({ reason, party: name, ...figures }, 'mqtt refused');
    },
    counts: () => Object.fromEntries(byReason),
    remembered: () => loggedAtMs.size,
  };
}
