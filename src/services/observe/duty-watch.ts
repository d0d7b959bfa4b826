import type { Clock } from '../../lib/clock.ts';
import type { Control } from '../../model/entry.ts';
import type { NotifySetup } from '../../model/notify/setup.ts';
import { type UnreachableDuty, unreachableDuties } from '../../model/notify/unreachable.ts';
import { DUTY_UNREACHABLE } from '../../model/system-alerts.ts';
import { HOUR_MS, MINUTE_MS } from '../../model/time.ts';

/** So long before a shift begins somebody must hear that its first person cannot be told: enough to find another. */
const AHEAD_MS = 2 * HOUR_MS;
const LOOK_EVERY_MS = MINUTE_MS;

export interface DutyWatchOptions {
  readonly clock: Clock;
  /** The setup in force; undefined while there is none. */
  readonly setup: () => NotifySetup | undefined;
  /** Whether a channel does not deliver now. */
  readonly isFailing: (channel: string) => boolean;
  readonly send: (control: Control) => void;
  /** Conditions of the server itself that stand from before the start. */
  readonly standing: readonly string[];
}

/**
 * Looks every minute whether everybody who is on duty, or will be within two hours, can be told by some way of his. Whoever
 * cannot is a system alert, which ends when he can or another has taken the shift.
 */
export function watchDuties({ clock, setup, isFailing, send, standing }: DutyWatchOptions): { stop(): void } {
  const raised = new Set(standing.filter((condition) => condition.startsWith(DUTY_UNREACHABLE)));

  function look(): void {
    const present = setup();
    const nowMs = clock.nowMs();
    const found = present === undefined ? [] : unreachableDuties(present, isFailing, nowMs, nowMs + AHEAD_MS);
    const first = new Map<string, UnreachableDuty>();
    for (const one of found) {
      const condition = `${DUTY_UNREACHABLE}${one.duty.rota}`;
      if (!first.has(condition)) first.set(condition, one);
    }
    for (const [condition, one] of first) {
      if (raised.has(condition)) continue;
      raised.add(condition);
      send({ type: 'system', condition, level: 'orange', active: true, detail: detailOf(one) });
    }
    for (const condition of raised) {
      if (first.has(condition)) continue;
      raised.delete(condition);
      send({ type: 'system', condition, level: 'orange', active: false, detail: 'whoever is on duty can be told' });
    }
  }

  return { stop: clock.every(LOOK_EVERY_MS, look) };
}

function detailOf({ duty, person, failing }: UnreachableDuty): string {
  const shift = `shift ${duty.shift} of ${duty.date}`;
  if (person === null) return `${shift}: nobody is its first person`;
  if (failing.length > 0) return `${shift}: ${person}, whose channels do not deliver: ${failing.join(', ')}`;
  return `${shift}: ${person} has no channel with an address`;
}
