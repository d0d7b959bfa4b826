import type { AlertStore } from '../alerts/store.ts';
import type { SystemFigures } from '../api/deps.ts';
import type { Broker } from '../broker/broker.ts';
import type { Intake } from '../decode/intake.ts';
import type { Clock } from '../lib/clock.ts';
import type { AlertEvent } from '../model/alert.ts';

export interface RatesOptions {
  readonly clock: Clock;
  readonly intake: Pick<Intake, 'totals'>;
  readonly broker: Pick<Broker, 'stats'>;
  readonly liveClients: () => number;
  /** When alerts were announced within the last hour before the start, ms. */
  readonly announcedBefore: readonly number[];
}

export interface Rates {
  /** Called with every batch of new events. */
  take(events: readonly AlertEvent[]): void;
  figures(): SystemFigures;
  stop(): void;
}

/** Alerts are counted over this long (ISA-18.2 gives its figures by the hour). */
export const RATES_PERIOD_MS = 3_600_000;
/** More than this in an hour needs no exact figure. */
const COUNTED_MAX = 10_000;

/** When the alerts raised since then were put before people, ms. */
export function announcedSince(store: Pick<AlertStore, 'list'>, fromMs: number): number[] {
  return store
    .list({ state: 'all', fromMs, limit: COUNTED_MAX })
    .flatMap(({ kind, announcedAt }) => (kind === 'system' || announcedAt === null ? [] : [announcedAt]));
}

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
  let announced = [...announcedBefore];
  const isRecent = (ms: number) => ms > clock.nowMs() - RATES_PERIOD_MS;

  const stop = clock.every(SAMPLE_EVERY_MS, () => {
    samples = [...samples.filter(({ atMs }) => atMs >= clock.steadyMs() - OVER_MS), sample()];
    announced = announced.filter(isRecent);
  });

  return {
    stop,

    take(events) {
      for (const event of events) if (isAnnouncement(event)) announced.push(event.alert.announcedAt ?? clock.nowMs());
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
          alertsLastHour: announced.filter(isRecent).length,
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

/** Whether an event puts an alert before people for the first time. */
export function isAnnouncement({ event, alert }: AlertEvent): boolean {
  return event === 'raised' && !alert.suppressed && alert.shelvedUntil === null && alert.kind !== 'system';
}
