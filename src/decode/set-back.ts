import type { Reading } from '../model/reading.ts';

/**
 * Finds devices whose clock was set back to a time that is wrong but not implausible. Everything such a device sends is
 * older than what it sent before, so it would be late for ever and raise no live alarm any more.
 *
 * Late data alone is no such case: a device sends what it had stored. Stored data comes in one piece, or faster than it
 * was measured, or with data of the present in between. A clock that was set back goes on at the pace of ours, message
 * after message, and nothing of the present is ever among them. That is what is looked for; from then on the device's
 * times are taken to be as far behind as they were when it was found.
 */
export interface SetBackWatch {
  /**
   * How far behind the device's clock is, ms, by which the readings of a message are to be moved forward; 0: not at all.
   * `readings` are sorted by time and at least one. Every message is to be shown.
   */
  behindMs(device: string, readings: readonly Reading[], arrivalMs: number): number;
}

export interface SetBackOptions {
  /** How far ahead of ours a device's clock may be, ms. */
  readonly futureMaxMs: number;
  /** The time of the newest reading of a series that was evaluated, ms; undefined when there is none. */
  readonly newestMs: (series: number) => number | undefined;
}

/** A clock that is behind by less catches up with itself soon: its data is late until then, and no longer. */
const BEHIND_LEAST_MS = 3_600_000;
/** So many messages in a row, over so long, must be behind by the same, give or take what a network may delay them. */
const MESSAGES_LEAST = 3;
const WATCHED_LEAST_MS = 120_000;
const JITTER_MS = 30_000;

/** A device that sends old data. */
interface Suspect {
  /** By how much its times are moved; 0 while it is only watched. */
  movedMs: number;
  /** The messages in a row that were behind by the same. */
  count: number;
  sinceMs: number;
  behindMs: number;
}

export function createSetBackWatch({ futureMaxMs, newestMs }: SetBackOptions): SetBackWatch {
  const suspects = new Map<string, Suspect>();

  /** Of a series that never had a value nothing can be said, so the others decide. */
  function isAllLate(readings: readonly Reading[]): boolean {
    let isAnyKnown = false;
    for (const { series, tsMs } of readings) {
      const knownMs = newestMs(series);
      if (knownMs === undefined) continue;
      if (tsMs >= knownMs - BEHIND_LEAST_MS) return false;
      isAnyKnown = true;
    }
    return isAnyKnown;
  }

  return {
    behindMs(device, readings, arrivalMs) {
      const behindMs = arrivalMs - (readings.at(-1)?.tsMs ?? arrivalMs);
      // A message without a time of its own was given its arrival, and says nothing of the clock.
      if (behindMs === 0) return 0;
      if (behindMs <= BEHIND_LEAST_MS) {
        if (suspects.size > 0) suspects.delete(device);
        return 0;
      }
      const suspect = suspects.get(device) ?? { movedMs: 0, count: 0, sinceMs: arrivalMs, behindMs };
      // What is only old data so far must be older than what is known; data that arrives late in its order is not.
      if (suspect.movedMs === 0 && !isAllLate(readings)) {
        suspects.delete(device);
        return 0;
      }
      suspects.set(device, suspect);
      const isOfItsTime = suspect.movedMs > 0 && behindMs <= suspect.movedMs + BEHIND_LEAST_MS;
      if (isOfItsTime) suspect.count = 0;
      // Set forward, but not far enough.
      if (isOfItsTime && behindMs < suspect.movedMs - futureMaxMs) suspect.movedMs = behindMs;
      if (!isOfItsTime && goesOn(suspect, behindMs, arrivalMs)) suspect.movedMs = behindMs;
      return suspect.movedMs;
    },
  };
}

/** Whether the messages have been behind by the same for long enough. */
function goesOn(suspect: Suspect, behindMs: number, arrivalMs: number): boolean {
  if (suspect.count === 0 || Math.abs(behindMs - suspect.behindMs) > JITTER_MS) {
    suspect.count = 0;
    suspect.sinceMs = arrivalMs;
    suspect.behindMs = behindMs;
  }
  suspect.count++;
  return suspect.count >= MESSAGES_LEAST && arrivalMs - suspect.sinceMs >= WATCHED_LEAST_MS;
}
