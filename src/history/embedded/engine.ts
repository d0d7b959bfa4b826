import { join } from 'node:path';
import type { Bucket, BucketQuery, SampleQuery } from '../../model/reading.ts';
import { DAY_MS, HOUR_MS } from '../../model/time.ts';
import { createCollector } from '../shared/collector.ts';
import { type Columns, NO_READINGS } from '../shared/columns.ts';
import { type JournalRange, startPosition } from '../shared/protocol.ts';
import { type Chunk, createNewestTimes, noteAll, seriesIn } from '../shared/recent.ts';
import { openArchive } from './archive.ts';
import { openDays } from './days.ts';
import { readBuckets, readSamples, type Sliced } from './reads.ts';
import type { Retention } from './settings.ts';
import { openStore } from './store.ts';
import { sortIntoDays } from './upkeep.ts';

/**
 * The embedded store, all of it synchronous, in one thread; the worker around it decides what runs when.
 *
 * Readings pass through three places. They are first held in memory, in journal order. Every minute, or when a chunk is
 * full, what is held is written to history.db as one segment, in one transaction with the cursor. Every hour, or when
 * half a million have come together, segments are sorted by series into the file of their day and leave history.db.
 * After a day has ended its blocks are merged and summarised. Reads look at the files and at what is still in memory;
 * of the same reading found twice (by its time with the fraction) the first in journal order counts, so no step has to happen at once with another.
 */
export interface Engine {
  /** Takes entries; throws RangeError when they are damaged. */
  ingest(first: number, count: number, data: Uint8Array): void;
  /** Takes readings from outside the journal, marks as they are; `flush` has them on disk. */
  importReadings(data: Uint8Array): void;
  /** Time goes on; what is due by the clock becomes due. */
  setNow(nowMs: number): void;
  nextPosition(): number;
  durablePosition(): number;
  /** Whether readings should be written out now. */
  flushDue(): boolean;
  /** Writes out what is in memory only. When it throws it is to be called again, also if no more readings come. */
  flush(): void;
  /** Whether memory holds so much that no more should be sent. */
  isFull(): boolean;
  /** The next piece of upkeep that is due, in slices; null when nothing is. */
  upkeep(): Sliced<void> | null;
  /**
   * Reads what a chart would read, of some series: the first question after a start would otherwise wait for code to be
   * compiled and files to be opened, twice as long as those after it.
   */
  warm(): Sliced<void>;
  /** Everything at once that would become due in time: all readings in their files, merged and summarised. */
  settle(): Sliced<void>;
  /** Writes a copy of everything to another folder; must not run beside upkeep, which moves readings between files. */
  copyTo(dir: string): Sliced<void>;
  samples(query: SampleQuery): Sliced<Columns>;
  buckets(query: BucketQuery): Sliced<Bucket[]>;
  readings(): number;
  bytesOnDisk(): number;
  /** What an operator should know of, or null. */
  problem(): string | null;
  close(): void;
}

export interface EngineOptions {
  readonly dir: string;
  readonly retention: Retention;
  readonly nowMs: number;
  readonly journal: JournalRange;
}

/** At 80,000 readings a second a flush every 1.6 s, at 200 the clock comes first. */
const CHUNK_READINGS = 131_072;
const FLUSH_AFTER_MS = 60_000;

/** So many readings, or the oldest so old, and they are sorted into their days. */
const SORT_READINGS = 524_288;
const SORT_AFTER_MS = 3_600_000;
/** With very many series a batch is larger, so that it brings each series a block worth the name. */
const SORT_READINGS_MAX = 2_097_152;
const SORT_READINGS_PER_SERIES = 32;

/** A hundred bytes each at most while they are sorted, and then nothing more is taken. */
const MEMORY_READINGS_MAX = 4_194_304;

const RETENTION_EVERY_MS = 60_000;

/** What the longest chart of the console shows. */
const WARM_DAYS = 30;

const STORE_FILE = 'history.db';

/** Years -34,000 to 37,000: what the columns store as integers. A reading outside cannot be meant. */
const TIME_MAX = 2 ** 50;

interface Segment {
  readonly id: number;
  readonly chunk: Chunk;
  readonly sinceMs: number;
}

/** Throws DamagedFileError when history.db itself is damaged; files of single days are set aside instead. */
export function openEngine({ dir, retention, nowMs, journal }: EngineOptions): Engine {
  const archive = openArchive(dir);
  const store = openStore(join(dir, STORE_FILE), nowMs);
  const days = openDays({ archive, store, retention, startedAtMs: nowMs });
  const newest = createNewestTimes();
  const archivedNewest = createNewestTimes();
  /** What of `archivedNewest` changed since the store last took it. */
  let unsavedNewest: ReturnType<typeof archivedNewest.takeChanged> = [];
  let segments: Segment[] = [];
  const active = createCollector(newest, TIME_MAX);
  let activeSinceMs = nowMs;
  let clockMs = nowMs;
  let next = startPosition(store.cursor(), journal);
  let durable = next;
  let retentionDueMs = nowMs;
  let seriesInBatch = 0;
  for (const { page, times } of store.newest()) {
    newest.load(page, times.slice());
    archivedNewest.load(page, times);
  }
  for (const { id, chunk } of store.segments()) {
    noteAll(newest, chunk);
    segments.push({ id, chunk, sinceMs: nowMs });
  }
  newest.takeChanged();
  const held = (): number => segments.reduce((sum, { chunk }) => sum + chunk.length, 0);
  const chunks = (): Chunk[] => [...segments.map(({ chunk }) => chunk), active.chunk];
  const recent = (query: { series: number; fromMs: number; toMs: number }): Columns =>
    seriesIn(chunks(), query.series, query.fromMs, query.toMs);

  function flush(): void {
    if (next > durable || active.chunk.length > 0) storeActive();
    store.checkpoint();
  }

  function storeActive(): void {
    const { chunk } = active;
    const id = store.write(chunk.length > 0 ? chunk : null, next);
    if (chunk.length > 0) segments.push({ id, chunk, sinceMs: clockMs });
    durable = next;
    active.take(Math.min(chunk.length, CHUNK_READINGS));
    activeSinceMs = clockMs;
  }

  /** The oldest segments that make up a batch. */
  function batch(everything: boolean): Segment[] {
    const wanted = Math.min(Math.max(SORT_READINGS, seriesInBatch * SORT_READINGS_PER_SERIES), SORT_READINGS_MAX);
    const taken: Segment[] = [];
    let readings = 0;
    for (const segment of segments) {
      if (readings >= wanted) break;
      taken.push(segment);
      readings += segment.chunk.length;
    }
    const oldest = taken[0];
    if (oldest === undefined) return [];
    const due = everything || readings >= wanted || clockMs - oldest.sinceMs >= SORT_AFTER_MS;
    return due ? taken : [];
  }

  function* sort(taken: readonly Segment[]): Sliced<void> {
    const last = taken[taken.length - 1];
    if (last === undefined) return;
    const result = yield* days.condemning(
      sortIntoDays(
        archive,
        taken.map(({ chunk }) => chunk),
        last.id,
      ),
    );
    seriesInBatch = result.series;
    for (const { chunk } of taken) {
      noteAll(archivedNewest, chunk);
      yield;
    }
    unsavedNewest = [...unsavedNewest, ...archivedNewest.takeChanged()];
    store.retire({
      segments: taken.map(({ id }) => id),
      newest: unsavedNewest,
      days: result.days,
    });
    unsavedNewest = [];
    segments = segments.filter((segment) => !taken.includes(segment));
    days.added(result.days, clockMs);
    store.checkpoint();
  }

  function* warm(): Sliced<void> {
    const last = archive.raw.starts().at(-1);
    if (last === undefined) return;
    const series = archive.raw.find(last)?.seriesAfter(-1) ?? 0;
    const range = { fromMs: (last + 1 - WARM_DAYS) * DAY_MS, toMs: (last + 1) * DAY_MS };
    // Of no unit's length, so that the readings themselves are read.
    yield* readBuckets(archive, NO_READINGS, { series, ...range, everyMs: HOUR_MS - 1 });
  }

  function upkeep(): Sliced<void> | null {
    // Before sorting, which on a full disk needs the room that this makes.
    if (clockMs >= retentionDueMs) {
      retentionDueMs = clockMs + RETENTION_EVERY_MS;
      return days.dropOld(clockMs);
    }
    const due = batch(false);
    if (due.length > 0) return sort(due);
    const day = days.dueToTidy(clockMs);
    return day === undefined ? null : days.tidy(day);
  }

  function* settle(): Sliced<void> {
    flush();
    for (let due = batch(true); due.length > 0; due = batch(true)) yield* sort(due);
    yield* days.tidyAll();
    yield* days.dropOld(clockMs);
  }

  function* copyTo(to: string): Sliced<void> {
    flush();
    store.copyTo(join(to, STORE_FILE));
    yield;
    yield* days.condemning(archive.copyTo(to));
  }

  return {
    ingest(first, count, data) {
      if (first !== next) throw new RangeError(`history was given position ${first} instead of ${next}`);
      if (next === durable && active.chunk.length === 0) activeSinceMs = clockMs;
      const entries = active.add(data);
      if (entries !== count) throw new RangeError(`history was given ${entries} entries instead of ${count}`);
      next += count;
    },
    importReadings(data) {
      if (next === durable && active.chunk.length === 0) activeSinceMs = clockMs;
      active.addImported(data);
    },
    setNow(now) {
      clockMs = now;
    },
    nextPosition: () => next,
    durablePosition: () => durable,
    flushDue() {
      const pending = next > durable || active.chunk.length > 0;
      return active.chunk.length >= CHUNK_READINGS || (pending && clockMs - activeSinceMs >= FLUSH_AFTER_MS);
    },
    flush,
    isFull: () => held() + active.chunk.length >= MEMORY_READINGS_MAX,
    upkeep,
    warm: () => days.condemning(warm()),
    settle,
    copyTo,
    samples: (query) => readSamples(archive, recent(query), query),
    buckets: (query) => readBuckets(archive, recent(query), query),
    readings: () => days.readings() + held() + active.chunk.length,
    bytesOnDisk: () => store.bytesOnDisk() + archive.bytesOnDisk(),
    problem() {
      const aside = archive.setAside();
      const problems = [
        ...(aside.length === 0
          ? []
          : [`damaged history files were set aside: ${aside.join(', ')}; restore them from a backup, or delete them`]),
        ...(days.gone.length === 0
          ? []
          : [
              `history files of days that had readings were gone or empty: ${days.gone.join(', ')}; restore them from a backup`,
            ]),
      ];
      return problems.length === 0 ? null : problems.join('; ');
    },
    close() {
      flush();
      store.close();
      archive.close();
    },
  };
}
