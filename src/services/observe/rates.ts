import type { Broker } from '../../broker/broker.ts';
import type { Intake } from '../../decode/intake.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Alert, AlertEvent } from '../../model/alert.ts';
import { ownAnnouncement } from '../../model/announced.ts';
import type { SystemFigures } from '../../model/server-figures.ts';

export interface RatesOptions {
  readonly clock: Clock;
  readonly intake: Pick<Intake, 'totals'>;
  readonly broker: Pick<Broker, 'stats'>;
  readonly liveClients: () => number;
  /** Alerts that were put before people within the last hour before the start; others may be among them. */
  readonly announcedBefore: readonly Alert[];
}

export interface Rates {
  /** Called with every batch of new events. */
  take(events: readonly AlertEvent[]): void;
  figures(): SystemFigures;
  stop(): void;
}

/** Alerts are counted over this long (ISA-18.2 gives its figures by the hour). */
export const RATES_PERIOD_MS = 3_600_000;
/** Rates are taken over this long, or since the start while that is shorter. */
const OVER_MS = 60_000;
const SAMPLE_EVERY_MS = 5_000;

interface Sample {
  readonly atMs: number;
  readonly messages: number;
  readonly readings: number;
  readonly rejected: number;
  readonly repaired: number;
}

/** How much comes in and goes out, from counters that are kept anyway; asked for by the system page. */
export function startRates({ clock, intake, broker, liveClients, announcedBefore }: RatesOptions): Rates {
  const startedAtMs = clock.nowMs();
  const sample = (): Sample => ({ atMs: clock.steadyMs(), ...intake.totals() });
  let samples: Sample[] = [sample()];
  /** When, by the alert: whatever is told of it later, and whether before a restart or after, it counts once. */
  const announced = new Map<string, number>();
  const isRecent = (ms: number) => ms > clock.nowMs() - RATES_PERIOD_MS;

  function count(alert: Alert): void {
    const announcedMs = alert.kind === 'system' ? null : ownAnnouncement(alert);
    if (announcedMs !== null && isRecent(announcedMs)) announced.set(alert.id, announcedMs);
  }
  for (const alert of announcedBefore) count(alert);

  const stop = clock.every(SAMPLE_EVERY_MS, () => {
    samples = [...samples.filter(({ atMs }) => atMs >= clock.steadyMs() - OVER_MS), sample()];
    for (const [id, ms] of announced) if (!isRecent(ms)) announced.delete(id);
  });

  return {
    stop,

    take(events) {
      for (const { alert } of events) count(alert);
    },

    figures() {
      const now = sample();
      const [oldest = now] = samples;
      const overMs = now.atMs - oldest.atMs;
      const perSecond = (name: 'messages' | 'readings' | 'rejected') =>
        overMs === 0 ? 0 : ((now[name] - oldest[name]) * 1_000) / overMs;
      const { connections, refused } = broker.stats();
      return {
        startedAtMs,
        rates: {
          overMs,
          messagesPerSecond: perSecond('messages'),
          readingsPerSecond: perSecond('readings'),
          refusedPerSecond: perSecond('rejected'),
          alertsLastHour: [...announced.values()].filter(isRecent).length,
        },
        connections: { mqtt: connections, live: liveClients() },
        sinceStart: {
          messages: now.messages,
          readings: now.readings,
          refused: now.rejected,
          repaired: now.repaired,
          connectionsRefused: Object.values(refused).reduce((sum, count) => sum + count, 0),
        },
      };
    },
  };
}
