import { DAY_MS } from '../../model/time.ts';
import { DamagedFileError } from '../shared/database.ts';
import type { Archive } from './archive.ts';
import type { Sliced } from './reads.ts';
import type { Retention } from './settings.ts';
import type { Store } from './store.ts';
import { tidyDay } from './upkeep.ts';

/** The days on record and their files: which there are, which are to be tidied, and which are older than what is kept. */
export interface Days {
  /** Dates on record whose file was not there at the start, and not for being old or damaged. */
  readonly gone: readonly string[];
  /** Readings were sorted into the files of their days, so many each. */
  added(readings: ReadonlyMap<number, number>, nowMs: number): void;
  /** A day that is over and was left alone for a while, or is in crumbs. */
  dueToTidy(nowMs: number): number | undefined;
  /** Merges and summarises a day's blocks. */
  tidy(day: number): Sliced<void>;
  tidyAll(): Sliced<void>;
  /** Drops what is older than is kept, one file a slice: closing and unlinking takes a few milliseconds. */
  dropOld(nowMs: number): Sliced<void>;
  /** Has a file that turns out damaged set aside; what was under way is done again later, with a new one. */
  condemning<T>(work: Sliced<T>): Sliced<T>;
  readings(): number;
}

/** A day is tidied when it is over, gave late data time to come, and has been left alone for a while; or is in crumbs. */
const TIDY_AFTER_END_MS = 3_600_000;
const TIDY_AFTER_QUIET_MS = 600_000;
const TIDY_BATCHES = 32;

export interface DaysOptions {
  readonly archive: Archive;
  readonly store: Pick<Store, 'days' | 'setDay' | 'dropDay'>;
  readonly retention: Retention;
  readonly startedAtMs: number;
}

export function openDays({ archive, store, retention, startedAtMs }: DaysOptions): Days {
  const days = store.days();
  /** When a day was last written to; days from before the start count as written to at the start. */
  const touchedMs = new Map<number, number>();
  const gone = goneDates();
  reconcile();

  function goneDates(): string[] {
    const found = new Set(archive.raw.starts());
    const lost = [...days].filter(
      ([day, { readings }]) => readings > 0 && !found.has(day) && (day + 1) * DAY_MS > startedAtMs - retention.rawMs,
    );
    const dates = lost.map(([day]) => new Date(day * DAY_MS).toISOString().slice(0, 10));
    return dates.filter((date) => !archive.setAside().some((name) => name.includes(date)));
  }

  /** A crash may have come between a day's file and the list of days, and an operator may have moved a file away. */
  function reconcile(): void {
    const found = new Set(archive.raw.starts());
    for (const day of found) if (!days.has(day)) set(day, { readings: 0, batches: 1 });
    for (const day of [...days.keys()]) {
      if (found.has(day)) continue;
      days.delete(day);
      store.dropDay(day);
    }
  }

  function set(day: number, state: { readings: number; batches: number }): void {
    days.set(day, state);
    store.setDay(day, state);
  }

  function* condemning<T>(work: Sliced<T>): Sliced<T> {
    try {
      return yield* work;
    } catch (error) {
      if (error instanceof DamagedFileError && archive.condemn(error.file)) reconcile();
      throw error;
    }
  }

  function* tidy(day: number): Sliced<void> {
    const readings = yield* condemning(tidyDay(archive, day));
    if (archive.raw.find(day) === null) return;
    set(day, { readings, batches: 0 });
    touchedMs.delete(day);
  }

  return {
    gone,
    added(readings, nowMs) {
      for (const [day, count] of readings) {
        const state = days.get(day) ?? { readings: 0, batches: 0 };
        days.set(day, { readings: state.readings + count, batches: state.batches + 1 });
        touchedMs.set(day, nowMs);
      }
    },
    dueToTidy(nowMs) {
      for (const [day, { batches }] of days) {
        if (batches >= TIDY_BATCHES) return day;
        if (batches === 0 || nowMs < (day + 1) * DAY_MS + TIDY_AFTER_END_MS) continue;
        if (nowMs >= (touchedMs.get(day) ?? startedAtMs) + TIDY_AFTER_QUIET_MS) return day;
      }
      return undefined;
    },
    tidy,
    *tidyAll() {
      for (const [day, { batches }] of [...days]) if (batches > 0) yield* tidy(day);
    },
    *dropOld(nowMs) {
      for (const start of archive.raw.starts()) {
        if (archive.raw.endOf(start) * DAY_MS > nowMs - retention.rawMs) break;
        if ((days.get(start)?.batches ?? 0) > 0) yield* tidy(start);
        days.delete(start);
        // The file first, for on a full disk the list of days can only be written once there is room.
        archive.raw.drop(start);
        store.dropDay(start);
        yield;
      }
      for (const [shelf, keptMs] of [
        [archive.minutes, retention.minuteMs],
        [archive.hours, retention.hourMs],
      ] as const) {
        for (const start of shelf.starts()) {
          if (shelf.endOf(start) * DAY_MS > nowMs - keptMs) break;
          shelf.drop(start);
          yield;
        }
      }
    },
    condemning,
    readings: () => [...days.values()].reduce((sum, day) => sum + day.readings, 0),
  };
}
