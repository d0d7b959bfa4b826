import { cpSync, mkdirSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Engine, openEngine } from '../../src/history/embedded/engine.ts';
import { createBucketBuilder } from '../../src/history/shared/cells.ts';
import { samplesOf } from '../../src/history/shared/columns.ts';
import { EntryWriter } from '../../src/model/entry.ts';
import { BAD, type Bucket, LATE, type Reading, type Sample } from '../../src/model/reading.ts';
import { expectedSamples } from '../support/expected-samples.ts';
import { limitFileSize } from '../support/file-size-limit.ts';
import { rounds } from '../support/long.ts';
import { temporaryFolder } from '../support/temporary.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 5, 3, 12);
const FOREVER = { rawMs: 1e14, minuteMs: 1e14, hourMs: 1e14 };
const ALL = { series: 1, fromMs: -(2 ** 49), toMs: 2 ** 49, limit: 1e9 };

function complete<T>(sliced: Generator<void, T, void>): T {
  for (;;) {
    const step = sliced.next();
    if (step.done === true) return step.value;
  }
}

/** The journal that the engine follows, row by row. */
function createJournal() {
  const writer = new EntryWriter();
  const rows: Uint8Array[] = [];
  return {
    rows,
    append(readings: readonly Reading[]): void {
      writer.write({ kind: 'message', receivedAtMs: 1, readings });
      rows.push(writer.take());
    },
    feed(engine: Engine): void {
      for (let row = engine.nextPosition(); row < rows.length; row++)
        engine.ingest(row, 1, rows[row] ?? Buffer.alloc(0));
    },
  };
}

function open(dir: string, nowMs = NOW, retention = FOREVER): Engine {
  return openEngine({ dir, nowMs, retention, journal: { first: 0, next: Number.MAX_SAFE_INTEGER } });
}

const samplesIn = (engine: Engine, query: Partial<typeof ALL> = {}): Sample[] =>
  samplesOf(complete(engine.samples({ ...ALL, ...query })));

function doUpkeep(engine: Engine): void {
  if (engine.flushDue()) engine.flush();
  for (let job = engine.upkeep(); job !== null; job = engine.upkeep()) complete(job);
}

const one = (tsMs: number, value: Reading['value'], series = 1, marks = 0): Reading => ({ series, tsMs, value, marks });

const readingsOf = (series: readonly number[]) =>
  fc.array(
    fc.record({
      series: fc.constantFrom(...series),
      // Two days and a bit, often on the same second.
      tsMs: fc.integer({ min: 0, max: 400 }).map((n) => Date.UTC(2026, 5, 1, 6) + n * 431_000),
      value: fc.oneof(
        { weight: 5, arbitrary: fc.integer({ min: -9999, max: 9999 }).map((n) => n / 100) },
        { weight: 1, arbitrary: fc.double({ noNaN: true, min: -1e6, max: 1e6 }).map((n) => n + 0) },
        { weight: 1, arbitrary: fc.constantFrom<Reading['value']>(true, false, 'x', null) },
      ),
      marks: fc.constantFrom(0, 0, 0, BAD),
    }),
    { minLength: 1, maxLength: 80 },
  );

describe('whatever happens in between', () => {
  const step = fc.oneof(
    { weight: 5, arbitrary: readingsOf([1, 2, 5000]) },
    { weight: 1, arbitrary: fc.constant('minute' as const) },
    { weight: 2, arbitrary: fc.constant('hour' as const) },
    { weight: 1, arbitrary: fc.constant('settle' as const) },
    { weight: 1, arbitrary: fc.constant('reopen' as const) },
    // Killed with this many steps of upkeep done.
    { weight: 2, arbitrary: fc.nat(12) },
  );

  test('the same readings are found, and stored summaries give the same buckets to the last bit', () => {
    const widths = [60_000, 300_000, HOUR, 3 * HOUR, DAY, 7 * DAY];
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 14 }),
        fc.constantFrom(...widths),
        fc.boolean(),
        (steps, everyMs, whole) => {
          const journal = createJournal();
          const all: Reading[] = [];
          let dir = temporaryFolder();
          let clockMs = NOW;
          let engine = open(dir);
          const restart = (): void => {
            engine = open(dir, clockMs);
            journal.feed(engine);
          };
          for (const what of steps) {
            if (typeof what === 'number') {
              // What is on disk now is what a killed process leaves behind.
              engine.flush();
              const job = engine.settle();
              for (let i = 0; i < what; i++) if (job.next().done === true) break;
              const left = temporaryFolder();
              cpSync(dir, left, { recursive: true });
              engine.close();
              dir = left;
              restart();
            } else if (what === 'reopen') {
              engine.close();
              restart();
            } else if (what === 'settle') complete(engine.settle());
            else if (what === 'minute' || what === 'hour') {
              clockMs += what === 'minute' ? 61_000 : HOUR + 1000;
              engine.setNow(clockMs);
              doUpkeep(engine);
            } else {
              journal.append(what);
              journal.feed(engine);
              all.push(...what);
            }
          }
          for (const series of [1, 2, 5000]) {
            const samples = samplesIn(engine, { series });
            expect(samples).toEqual(expectedSamples(all, series));
            const range = whole
              ? { fromMs: Date.UTC(2026, 5, 1), toMs: Date.UTC(2026, 5, 4) }
              : { fromMs: Date.UTC(2026, 5, 1, 7, 30, 20), toMs: Date.UTC(2026, 5, 3, 1, 10, 5) };
            const found = complete(engine.buckets({ series, ...range, everyMs }));
            expect(found).toEqual(bucketsOf(samples, range, everyMs));
          }
          engine.close();
        },
      ),
      { numRuns: rounds(25, 1_000) },
    );
  });
});

/** Buckets of raw readings, by the one definition of their sums. */
function bucketsOf(samples: readonly Sample[], range: { fromMs: number; toMs: number }, everyMs: number): Bucket[] {
  const inside = samples.filter(
    ({ tsMs, value }) => tsMs >= range.fromMs && tsMs < range.toMs && typeof value !== 'string',
  );
  const builder = createBucketBuilder(everyMs);
  builder.readings({
    tsMs: Float64Array.from(inside, ({ tsMs }) => tsMs),
    values: Float64Array.from(inside, ({ value }) => Number(value)),
    flags: Uint8Array.from(inside, ({ marks }) => 1 | (marks << 3)),
    texts: [],
  });
  return builder.end();
}

test('summaries that later readings made wrong are not used, before the day is put in order again', () => {
  const engine = open(temporaryFolder());
  const journal = createJournal();
  const start = Date.UTC(2026, 5, 1);
  const count = (): number[] =>
    complete(engine.buckets({ series: 1, fromMs: start, toMs: start + DAY, everyMs: HOUR })).map(
      (bucket) => bucket.count,
    );
  journal.append([one(start, 1), one(start + 10, 2)]);
  journal.feed(engine);
  complete(engine.settle());
  expect(count()).toEqual([2]);
  journal.append([one(start + 5, 3)]);
  journal.feed(engine);
  expect(count()).toEqual([3]);
  engine.flush();
  engine.setNow(NOW + HOUR);
  doUpkeep(engine);
  expect(count()).toEqual([3]);
  engine.setNow(NOW + 2 * HOUR);
  doUpkeep(engine);
  expect(count()).toEqual([3]);
  engine.close();
});

describe('retention', () => {
  const retention = { rawMs: 10 * DAY, minuteMs: 60 * DAY, hourMs: 400 * DAY };
  const first = Date.UTC(2026, 0, 15);

  function filled(): { engine: Engine; journal: ReturnType<typeof createJournal>; dir: string } {
    const dir = temporaryFolder();
    const journal = createJournal();
    const engine = open(dir, first + 2 * DAY, retention);
    // Every 10 s of an hour, one value a minute higher than the one before.
    journal.append(Array.from({ length: 360 }, (_, i) => one(first + i * 10_000, Math.floor(i / 6))));
    journal.append([one(first + DAY, 5)]);
    journal.feed(engine);
    complete(engine.settle());
    return { engine, journal, dir };
  }

  test('drops a day when it is old enough, and its summaries go on to answer', () => {
    const { engine, dir } = filled();
    const range = { series: 1, fromMs: first, toMs: first + DAY };
    const before = complete(engine.buckets({ ...range, everyMs: 300_000 }));
    const bytesBefore = engine.bytesOnDisk();
    engine.setNow(first + 11 * DAY - 1);
    doUpkeep(engine);
    expect(samplesIn(engine)).toHaveLength(361);
    engine.setNow(first + 11 * DAY + 60_000);
    doUpkeep(engine);
    expect(samplesIn(engine).map(({ tsMs }) => tsMs)).toEqual([first + DAY]);
    expect(readdirSync(join(dir, 'raw'))).toEqual(expect.not.arrayContaining(['2026-01-15.db']));
    expect(engine.bytesOnDisk()).toBeLessThan(bytesBefore);
    expect(complete(engine.buckets({ ...range, everyMs: 300_000 }))).toEqual(before);
    expect(before).toHaveLength(12);
    // A width that minutes do not divide is answered by the minutes there are.
    const odd = complete(engine.buckets({ ...range, everyMs: 90_000 }));
    expect(odd.reduce((sum, { count }) => sum + count, 0)).toBe(360);

    engine.setNow(first + 100 * DAY);
    doUpkeep(engine);
    const hours = complete(engine.buckets({ ...range, everyMs: HOUR }));
    expect(hours).toEqual([{ tsMs: first, min: 0, mean: 29.5, max: 59, count: 360 }]);
    engine.setNow(first + 800 * DAY);
    doUpkeep(engine);
    expect(complete(engine.buckets({ ...range, everyMs: HOUR }))).toEqual([]);
    expect(engine.readings()).toBe(0);
    engine.close();
  });

  test('a straggler of a dropped day joins the summaries and takes nothing away', () => {
    const { engine, journal } = filled();
    engine.setNow(first + 12 * DAY);
    doUpkeep(engine);
    for (const minute of [3, 200]) {
      journal.append([one(first + minute * 60_000 + 5, 1000)]);
      journal.feed(engine);
      complete(engine.settle());
    }
    const buckets = complete(engine.buckets({ series: 1, fromMs: first, toMs: first + DAY, everyMs: HOUR }));
    expect(buckets.map(({ count, max }) => [count, max])).toEqual([
      [360, 59],
      [1, 1000],
    ]);
    engine.close();
  });
});

test('a tidied day gives the space back that its first blocks took', () => {
  const dir = temporaryFolder();
  const engine = open(dir);
  const journal = createJournal();
  let clockMs = NOW;
  for (let hour = 0; hour < 12; hour++) {
    const start = NOW - DAY + hour * HOUR;
    for (let series = 1; series <= 20; series++) {
      journal.append(Array.from({ length: 360 }, (_, i) => one(start + i * 10_000, Math.sin(i * series), series)));
    }
    journal.feed(engine);
    engine.flush();
    clockMs += HOUR;
    engine.setNow(clockMs);
    doUpkeep(engine);
  }
  const before = engine.bytesOnDisk();
  complete(engine.settle());
  const readings = 12 * 20 * 360;
  expect(engine.readings()).toBe(readings);
  expect(engine.bytesOnDisk()).toBeLessThan(before / 2);
  engine.close();
});

describe('damage', () => {
  function stored(): string {
    const dir = temporaryFolder();
    const engine = open(dir);
    const journal = createJournal();
    journal.append(Array.from({ length: 20_000 }, (_, i) => one(NOW - 2 * DAY + i * 10_000, Math.sin(i))));
    journal.feed(engine);
    complete(engine.settle());
    engine.close();
    return dir;
  }

  test('of history.db is an error that names the file and the way out', () => {
    const dir = stored();
    writeFileSync(join(dir, 'history.db'), Buffer.alloc(8192, 7));
    expect(() => open(dir)).toThrow(/history\.db is damaged .* restore the file from a backup, or move it away/);
    rmSync(join(dir, 'history.db'));
    const engine = open(dir);
    expect(samplesIn(engine)).toHaveLength(20_000);
    engine.close();
  });

  test('of one day at start sets that day aside, and the rest works', () => {
    const dir = stored();
    truncateSync(join(dir, 'raw', '2026-06-02.db'), 40_960);
    const engine = open(dir);
    expect(engine.problem()).toMatch(/raw\/2026-06-02\.db\.damaged/);
    const days = new Set(samplesIn(engine).map(({ tsMs }) => new Date(tsMs).toISOString().slice(0, 10)));
    expect([...days]).toEqual(['2026-06-01', '2026-06-03']);
    const journal = createJournal();
    journal.append([one(Date.UTC(2026, 5, 2, 1), 1)]);
    engine.ingest(engine.nextPosition(), 1, journal.rows[0] ?? Buffer.alloc(0));
    complete(engine.settle());
    expect(samplesIn(engine).some(({ tsMs }) => tsMs === Date.UTC(2026, 5, 2, 1))).toBe(true);
    engine.close();
  });
});

describe('a disk that takes no more', () => {
  const whileLimited = (bytes: number, work: () => void): void => {
    limitFileSize(process.pid, bytes);
    try {
      work();
    } finally {
      limitFileSize(process.pid, 'unlimited');
    }
  };

  test('of the file, but did of the log, has what was written stored, and once', () => {
    const dir = temporaryFolder();
    const engine = open(dir);
    const journal = createJournal();
    const append = (from: number, count: number): void => {
      journal.append(Array.from({ length: count }, (_, i) => one(NOW + (from + i) * 1000, Math.sin(from + i))));
      journal.feed(engine);
    };
    append(0, 60_000);
    engine.flush();
    append(60_000, 30_000);
    whileLimited(statSync(join(dir, 'history.db')).size + 100_000, () => expect(engine.flush).toThrow());
    expect(engine.durablePosition()).toBe(journal.rows.length);
    append(90_000, 1);
    engine.flush();
    expect(engine.durablePosition()).toBe(journal.rows.length);

    const left = temporaryFolder();
    cpSync(dir, left, { recursive: true });
    const again = open(left);
    expect(again.readings()).toBe(90_001);
    expect(samplesIn(again)).toHaveLength(90_001);
    for (const each of [engine, again]) each.close();
  });

  test('while readings are put into their days leaves known which time of each series is the newest', () => {
    const dir = temporaryFolder();
    const engine = open(dir);
    const journal = createJournal();
    // The newest times of a thousand neighbouring series take up 8 KiB.
    const series = Array.from({ length: 100 }, (_, i) => 1 + i * 1024);
    journal.append(series.map((of) => one(NOW, 1, of)));
    journal.feed(engine);
    engine.flush();
    whileLimited(400_000, () => expect(() => complete(engine.settle())).toThrow());
    complete(engine.settle());
    engine.close();

    const again = open(dir);
    journal.append(series.map((of) => one(NOW - 1000, 2, of)));
    journal.feed(again);
    for (const of of series) {
      expect(samplesIn(again, { series: of })).toEqual([
        { tsMs: NOW - 1000, value: 2, marks: LATE },
        { tsMs: NOW, value: 1, marks: 0 },
      ]);
    }
    again.close();
  });

  test.each([4096, 16_000])('of a new file than %i bytes makes no day that cannot be read', (bytes) => {
    const dir = temporaryFolder();
    const engine = open(dir);
    const journal = createJournal();
    journal.append([one(NOW, 1)]);
    journal.feed(engine);
    engine.flush();
    whileLimited(bytes, () => expect(() => complete(engine.settle())).toThrow());
    const left = temporaryFolder();
    cpSync(dir, left, { recursive: true });
    engine.close();
    expect(readdirSync(join(left, 'raw'))).toContain('2026-06-03.db');

    const again = open(left);
    expect(samplesIn(again)).toEqual([{ tsMs: NOW, value: 1, marks: 0 }]);
    complete(again.settle());
    expect(samplesIn(again)).toEqual([{ tsMs: NOW, value: 1, marks: 0 }]);
    again.close();
  });
});

test('days that a crash left unlisted are found again, and days that were moved away are forgotten', () => {
  const dir = temporaryFolder();
  const engine = open(dir);
  const journal = createJournal();
  journal.append([one(NOW, 1), one(NOW + DAY, 2)]);
  journal.feed(engine);
  complete(engine.settle());
  engine.close();
  const other = temporaryFolder();
  mkdirSync(join(other, 'raw'));
  cpSync(join(dir, 'raw', '2026-06-03.db'), join(other, 'raw', '2026-06-03.db'));
  const found = open(other);
  expect(samplesIn(found)).toEqual([{ tsMs: NOW, value: 1, marks: 0 }]);
  found.close();
  rmSync(join(dir, 'raw', '2026-06-03.db'));
  const rest = open(dir);
  expect(samplesIn(rest)).toEqual([{ tsMs: NOW + DAY, value: 2, marks: 0 }]);
  expect(rest.readings()).toBe(1);
  rest.close();
});

test('an empty file that a crash left behind is no day', () => {
  const dir = temporaryFolder();
  open(dir).close();
  writeFileSync(join(dir, 'raw', '2026-06-02.db'), '');
  const engine = open(dir);
  expect(samplesIn(engine)).toEqual([]);
  expect(engine.problem()).toBeNull();
  const journal = createJournal();
  journal.append([one(Date.UTC(2026, 5, 2), 5)]);
  journal.feed(engine);
  complete(engine.settle());
  expect(samplesIn(engine)).toHaveLength(1);
  engine.close();
});

test('a cursor outside the journal goes to the journal’s start', () => {
  const dir = temporaryFolder();
  const engine = open(dir);
  const journal = createJournal();
  for (let i = 0; i < 10; i++) journal.append([one(NOW + i, i)]);
  journal.feed(engine);
  engine.close();
  const reopened = (first: number, next: number): number => {
    const again = openEngine({ dir, nowMs: NOW, retention: FOREVER, journal: { first, next } });
    again.close();
    return again.nextPosition();
  };
  expect(reopened(0, 10)).toBe(10);
  expect(reopened(25, 30)).toBe(25);
  expect(reopened(0, 4)).toBe(0);
});
