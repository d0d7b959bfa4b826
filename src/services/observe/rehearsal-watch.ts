import { createHash } from 'node:crypto';
import type { Clock } from '../../lib/clock.ts';
import { durationMs } from '../../model/duration.ts';
import { dutyAt } from '../../model/notify/duty.ts';
import { type Rehearsed, rehearsedBy } from '../../model/notify/rehearsal.ts';
import type { Duty } from '../../model/notify/rota.ts';
import type { NotifySetup } from '../../model/notify/setup.ts';
import { withSiteZone } from '../../model/notify/site-zone.ts';
import type { ToldMessage } from '../../model/notify/told.ts';
import { DUTY_UNANSWERED } from '../../model/system-alerts.ts';
import { MINUTE_MS } from '../../model/time.ts';
import {
  createStandingConditions,
  type FoundCondition,
  type StandingConditionsOptions,
} from './standing-conditions.ts';

/** A server that was down when a shift began rehearses it up to so late, and not in the middle of the night. */
const LATE_MAX_MS = 30 * MINUTE_MS;
const LOOK_EVERY_MS = MINUTE_MS;

export interface RehearsalWatchOptions extends Pick<StandingConditionsOptions, 'send' | 'standing'> {
  readonly clock: Clock;
  /** The setup in force; undefined while there is none. */
  readonly setup: () => NotifySetup | undefined;
  /** The site's, an IANA name. */
  readonly timezone: string;
  /** Asks everybody by each of his channels; one of an id that there is already asks nobody again. Rejects when it could not be kept. */
  readonly rehearse: (id: string, of: readonly Rehearsed[]) => Promise<void>;
  /** What came of a rehearsal; empty when there is none. */
  readonly rehearsal: (id: string) => Promise<readonly ToldMessage[]>;
}

/**
 * Rehearses (查岗) each shift of the rotas that ask for it when it has begun, once, whatever the server does in between; and says who
 * has not answered in time, by an alert that ends when he has, or his shift is over.
 */
export function watchRehearsals(options: RehearsalWatchOptions): { stop(): void } {
  const { clock, setup, timezone, rehearse, rehearsal } = options;
  const conditions = createStandingConditions({
    ...options,
    level: 'blue',
    beginnings: [DUTY_UNANSWERED],
    over: 'everybody on duty has answered, or the shift is over',
  });
  /** Shifts that were asked since the start. */
  const asked = new Set<string>();
  let isLooking = false;

  async function look(): Promise<void> {
    const inForce = setup();
    const nowMs = clock.nowMs();
    const found = new Map<string, FoundCondition>();
    const present = inForce === undefined ? undefined : withSiteZone(inForce, timezone);
    for (const rota of present?.rotas ?? []) {
      const duty = rota.rehearse === undefined ? null : dutyAt(rota, present?.calendar ?? NO_DAYS, nowMs);
      if (present === undefined || rota.rehearse === undefined || duty === null) continue;
      const id = idOf(duty);
      const askAtMs = duty.fromMs + durationMs(rota.rehearse.after);
      if (nowMs >= askAtMs && nowMs < askAtMs + LATE_MAX_MS && !asked.has(id)) {
        const of = rehearsedBy(present, { rota: rota.id, people: null }, nowMs);
        if (!('error' in of)) await rehearse(id, of);
        asked.add(id);
      }
      if (nowMs < askAtMs + durationMs(rota.rehearse.within)) continue;
      const detail = unansweredText(present, duty, await rehearsal(id));
      if (detail !== null) found.set(`${DUTY_UNANSWERED}${rota.id}`, { detail, untilMs: duty.toMs });
    }
    conditions.found(found, nowMs);
  }

  const stop = clock.every(LOOK_EVERY_MS, () => {
    if (isLooking) return;
    isLooking = true;
    // While the thread that tells people is away nothing can be asked; it is looked again.
    look()
      .catch(() => undefined)
      .finally(() => {
        isLooking = false;
      });
  });
  return { stop };
}

const NO_DAYS = { off: [], working: [] };

/** Who has not answered, by name; null when everybody has, or nobody was asked. */
function unansweredText({ people }: NotifySetup, duty: Duty, messages: readonly ToldMessage[]): string | null {
  const byPerson = Map.groupBy(messages, ({ to }) => ('person' in to ? to.person : ''));
  const silent = [...byPerson].filter(([, all]) => all.every(({ answeredAtMs }) => answeredAtMs === null));
  if (silent.length === 0) return null;
  const names = silent.map(([id, all]) => {
    const name = people.find((person) => person.id === id)?.name ?? id;
    return all.every(({ state }) => state === 'failed') ? `${name} (not reached)` : name;
  });
  return `shift ${duty.shift} of ${duty.date}: ${names.join(', ')} (${silent.length} of ${byPerson.size})`;
}

/** The same for a shift whenever it is asked, in the form of a UUID (RFC 9562, version 8). */
function idOf({ rota, shift, date }: Duty): string {
  const hash = createHash('sha256').update(['shift', rota, shift, date].join('\n')).digest();
  hash.writeUInt8(((hash[6] ?? 0) & 0x0f) | 0x80, 6);
  hash.writeUInt8(((hash[8] ?? 0) & 0x3f) | 0x80, 8);
  return hash.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
