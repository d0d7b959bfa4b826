import type { Clock } from '../../lib/clock.ts';
import { localMsAt } from '../../model/calendar.ts';
import type { AreasAbove } from '../../model/notify/checked.ts';
import type { DutyGap } from '../../model/notify/rota.ts';
import type { NotifySetup } from '../../model/notify/setup.ts';
import { withSiteZone } from '../../model/notify/site-zone.ts';
import { type UnreachableDuty, unreachableDuties } from '../../model/notify/unreachable.ts';
import { DUTY_GAP, DUTY_UNREACHABLE } from '../../model/system-alerts.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../model/time.ts';
import { gapsOf } from '../../notify/decide/gaps.ts';
import {
  createStandingConditions,
  type FoundCondition,
  type StandingConditionsOptions,
} from './standing-conditions.ts';

/** So long before a shift begins somebody must hear that its first person cannot be told: enough to find another. */
const AHEAD_MS = 2 * HOUR_MS;
/** How far ahead the end of a gap is looked for, to say it. */
const GAP_END_WITHIN_MS = 7 * DAY_MS;
const LOOK_EVERY_MS = MINUTE_MS;

export interface DutyWatchOptions extends Pick<StandingConditionsOptions, 'send' | 'standing'> {
  readonly clock: Clock;
  /** The setup in force; undefined while there is none. */
  readonly setup: () => NotifySetup | undefined;
  /** The site's, an IANA name. */
  readonly timezone: string;
  readonly areas: () => AreasAbove;
  /** Whether a channel does not deliver now. */
  readonly isFailing: (channel: string) => boolean;
}

/**
 * Looks every minute whether there is somebody on duty, now and for two hours, and whether he can be told by some way of his.
 * Where not, that is a system alert, which ends when it is mended.
 */
export function watchDuties({ clock, setup, timezone, areas, isFailing, send, standing }: DutyWatchOptions): {
  stop(): void;
} {
  const conditions = createStandingConditions({
    level: 'orange',
    beginnings: [DUTY_UNREACHABLE, DUTY_GAP],
    over: 'somebody is on duty who can be told',
    standing,
    send,
  });

  function unreachableNow(present: NotifySetup, nowMs: number): Map<string, FoundCondition> {
    const found = new Map<string, FoundCondition>();
    for (const one of unreachableDuties(present, isFailing, nowMs, nowMs + AHEAD_MS)) {
      const condition = `${DUTY_UNREACHABLE}${one.duty.rota}`;
      if (!found.has(condition)) found.set(condition, { detail: detailOf(one), untilMs: one.duty.toMs });
    }
    return found;
  }

  function gapsNow(present: NotifySetup, nowMs: number): Map<string, FoundCondition> {
    const found = new Map<string, FoundCondition>();
    if (gapsOf(present, areas(), nowMs, nowMs + AHEAD_MS).length === 0) return found;
    for (const gap of gapsOf(present, areas(), nowMs, nowMs + GAP_END_WITHIN_MS)) {
      const condition = `${DUTY_GAP}${gap.rotas.join('+')}`;
      if (gap.fromMs >= nowMs + AHEAD_MS || found.has(condition)) continue;
      found.set(condition, { detail: gapText(present, gap, timezone), untilMs: gap.toMs });
    }
    return found;
  }

  function look(): void {
    const inForce = setup();
    const present = inForce === undefined ? undefined : withSiteZone(inForce, timezone);
    const nowMs = clock.nowMs();
    const found =
      present === undefined
        ? new Map<string, FoundCondition>()
        : new Map([...unreachableNow(present, nowMs), ...gapsNow(present, nowMs)]);
    conditions.found(found, nowMs);
  }

  return { stop: clock.every(LOOK_EVERY_MS, look) };
}

/** From when to when, as the clocks of the first rota show it: in figures, which need no language. */
function gapText({ rotas }: NotifySetup, gap: DutyGap, siteZone: string): string {
  const timezone = rotas.find(({ id }) => id === gap.rotas[0])?.timezone ?? siteZone;
  const written = (atMs: number) => new Date(localMsAt(timezone, atMs)).toISOString().slice(0, 16).replace('T', ' ');
  return `${written(gap.fromMs)} – ${written(gap.toMs)} (${timezone})`;
}

function detailOf({ duty, person, failing }: UnreachableDuty): string {
  const shift = `shift ${duty.shift} of ${duty.date}`;
  if (person === null) return `${shift}: nobody is its first person`;
  if (failing.length > 0) return `${shift}: ${person}, whose channels do not deliver: ${failing.join(', ')}`;
  return `${shift}: ${person} has no channel with an address`;
}
