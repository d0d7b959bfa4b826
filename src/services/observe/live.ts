import type { LiveReads } from '../../api/deps.ts';
import type { Intake } from '../../decode/intake.ts';
import type { Evaluator } from '../../evaluate/evaluator.ts';
import type { Clock } from '../../lib/clock.ts';
import type { JournalEntry } from '../../model/entry.ts';
import { msOf } from '../../model/instant.ts';
import type { DeviceStatus, LiveValue } from '../../model/live-values.ts';
import { LATE, qualityOf } from '../../model/reading.ts';
import type { SiteReads } from '../../registry/site-reads.ts';
import type { LiveReading } from '../../wire/live.ts';

export interface LiveOptions {
  readonly registry: SiteReads;
  readonly evaluation: Evaluator;
  readonly intake: Intake;
  readonly clock: Clock;
  readonly connections: (device: string) => number;
}

/** A device that missed this many reports in a row counts as offline unless its connection is open. */
const MISSED_REPORTS = 3;

/** The newest values and who is online, read from evaluation and intake. */
export function createLiveReads(options: LiveOptions): LiveReads & {
  readingsOf(entries: readonly JournalEntry[]): LiveReading[];
} {
  const { registry, evaluation, intake, clock } = options;

  function lastSeenMs(device: string, points: readonly string[]): number | null {
    const { lastSeenMs: heard } = intake.traffic(device);
    if (heard !== null) return heard;
    // Since the start nothing came; evaluation remembers from before it.
    const arrivals = points.map((point) => evaluation.lastArrivalMs(point)).filter((ms) => ms !== undefined);
    return arrivals.length === 0 ? null : Math.max(...arrivals);
  }

  return {
    values(point) {
      const values: Record<string, LiveValue> = {};
      for (const [metric, { value, tsMs, marks }] of Object.entries(evaluation.values(point))) {
        values[metric] = { value, tsMs, quality: qualityOf(marks) };
      }
      return values;
    },

    device(id): DeviceStatus {
      const record = registry.device(id);
      const traffic = intake.traffic(id);
      const seenMs = lastSeenMs(id, record?.points ?? []);
      const connected = options.connections(id) > 0;
      const silentMs = (record?.reportEveryMs ?? 0) * MISSED_REPORTS;
      return {
        online: connected || (seenMs !== null && clock.nowMs() - seenMs <= silentMs),
        connected,
        lastSeenMs: seenMs,
        clockSkewed: traffic.clockSkewed,
        clockOffsetMs: traffic.clockOffsetMs,
        refused: traffic.rejected,
        repaired: traffic.repaired,
        lastRefusal: traffic.lastRejection,
      };
    },

    readingsOf(entries) {
      const readings: LiveReading[] = [];
      for (const entry of entries) {
        if (entry.kind !== 'message') continue;
        for (const { series, value, tsMs, marks } of entry.readings) {
          const where = registry.series(series);
          if (where === undefined || (marks & LATE) !== 0 || isOvertaken(tsMs, evaluation.newestTimeMs(series)))
            continue;
          readings.push({ ...where, value, ts: msOf(tsMs), quality: qualityOf(marks) });
        }
      }
      return readings;
    },
  };
}

/** Whether its millisecond has had another value since: of one time the last in the order of arrival is shown. */
function isOvertaken(tsMs: number, newestMs: number | undefined): boolean {
  return newestMs !== undefined && tsMs < newestMs && msOf(tsMs) === msOf(newestMs);
}
