import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type EmbeddedHistory, openEmbeddedHistory } from '../../src/history/embedded.ts';
import type { History } from '../../src/history/history.ts';
import { type InfluxHistory, openInfluxHistory } from '../../src/history/influx.ts';
import { createLog } from '../../src/lib/log.ts';
import { stepped } from '../../src/model/instant.ts';
import { BAD, type Bucket, CLOCK_SKEW, LATE, type Reading, type Sample, type Value } from '../../src/model/reading.ts';
import { expectedSamples } from '../support/expected-samples.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { influxAvailable, startInflux, type TestInflux } from '../support/influx-server.ts';
import { createJournalFeed, type JournalFeed } from '../support/journal-feed.ts';
import { rounds } from '../support/long.ts';
import { temporaryFolder } from '../support/temporary.ts';

const NOW = Date.UTC(2026, 5, 1, 12);
const DAY = 86_400_000;
const EVER = { fromMs: -(2 ** 49), toMs: 2 ** 49, limit: 1_000_000 };

/** What a history is to the suite: it can be closed and opened again on what it stored. */
interface Subject {
  /** Where the next `open` finds its files. */
  moveTo(dir: string): void;
  /** Messages of 10,000 readings that are more than it takes at once. */
  readonly floodMessages: number;
  /** Runs of the property, which cost what opening it costs. */
  readonly propertyRuns: number;
  open(clock: FakeClock, journal: JournalFeed): Promise<History>;
  /** Brings stored readings into the form they have in the long run. */
  settle(history: History): Promise<void>;
}

let influx: TestInflux;

const implementations: Record<string, () => Subject> = {
  embedded() {
    let dir = temporaryFolder();
    return {
      moveTo(other) {
        dir = other;
      },
      floodMessages: 100,
      propertyRuns: rounds(6, 300),
      open: (clock, { range }) => openEmbeddedHistory({ dir, clock, log: createLog('silent'), journal: range }),
      settle: (history) => (history as EmbeddedHistory).settle(),
    };
  },
  ...(influxAvailable() ? { influx: influxSubject } : {}),
};

function influxSubject(): Subject {
  let dir = temporaryFolder();
  // Each subject is a site of its own in the one database, which need not be empty.
  const site = randomUUID();
  return {
    moveTo(other) {
      dir = other;
    },
    floodMessages: 40,
    propertyRuns: rounds(4, 100),
    open: (clock, { range }) =>
      openInfluxHistory({
        dir,
        clock,
        log: createLog('silent'),
        target: influx,
        journal: range,
        // Signs that the line protocol needs escaped, or cannot write at all.
        describe: (series) => ({
          point: `p ${site}\\`,
          metric: `m=${series}\\`,
          area: 'a\\',
          family: 'gas',
          device: 'd\\,1\\',
        }),
        onRejected: ({ reason }) => {
          throw new Error(reason);
        },
      }),
    settle: (history) => (history as InfluxHistory).settle(),
  };
}

if ('influx' in implementations) {
  beforeAll(async () => {
    influx = await startInflux();
  });
  afterAll(async () => {
    await influx.close();
  });
}

const open: History[] = [];
afterEach(async () => {
  for (const history of open.splice(0)) await history.close();
});

function at(tsMs: number, value: Value, extra: Partial<Reading> = {}): Reading {
  return { series: 1, tsMs, value, marks: 0, ...extra };
}

/** What the contract says is stored of readings in journal order. */
function expectedBuckets(
  samples: readonly Sample[],
  query: { fromMs: number; toMs: number; everyMs: number },
): Bucket[] {
  const values = new Map<number, number[]>();
  for (const { tsMs, value, marks } of samples) {
    if (tsMs < query.fromMs || tsMs >= query.toMs || typeof value === 'string' || (marks & BAD) !== 0) continue;
    const start = Math.floor(tsMs / query.everyMs) * query.everyMs;
    const found = values.get(start);
    if (found === undefined) values.set(start, [Number(value)]);
    else found.push(Number(value));
  }
  return [...values].map(([tsMs, list]) => ({
    tsMs,
    min: Math.min(...list),
    mean: list.reduce((sum, value) => sum + value, 0) / list.length,
    max: Math.max(...list),
    count: list.length,
  }));
}

function expectBuckets(found: readonly Bucket[], wanted: readonly Bucket[]): void {
  expect(found.map(({ mean: _, ...rest }) => rest)).toEqual(wanted.map(({ mean: _, ...rest }) => rest));
  for (const [i, bucket] of found.entries()) {
    const { mean = Number.NaN, min = 0, max = 0 } = wanted[i] ?? {};
    expect(Math.abs(bucket.mean - mean)).toBeLessThanOrEqual(1e-12 * Math.max(Math.abs(min), Math.abs(max)));
  }
}

// The property opens each history dozens of times.
describe.each(Object.entries(implementations))('%s history', (_name, create) => {
  async function start() {
    const clock = createFakeClock(NOW);
    const subject = create();
    const feed = createJournalFeed();
    const history = await subject.open(clock, feed);
    open.push(history);
    feed.attach(history);
    const reopen = async (): Promise<History> => {
      await open.pop()?.close();
      const again = await subject.open(clock, feed);
      open.push(again);
      feed.attach(again);
      return again;
    };
    return { clock, subject, feed, history, reopen };
  }

  test('numbers, booleans and texts each keep their type, also within one series', async () => {
    const { feed, history, reopen, subject } = await start();
    const values: Value[] = [12.5, true, 'open', false, -7, '12.5', 0, 1e-12, 123456789.123, '', '阀门关', 1 / 3];
    feed.readings(...values.map((value, i) => at(NOW + i, value)));
    const wanted = values.map((value, i) => ({ tsMs: NOW + i, value, marks: 0 }));
    expect(await history.samples({ series: 1, ...EVER })).toEqual(wanted);
    await subject.settle(history);
    expect(await history.samples({ series: 1, ...EVER })).toEqual(wanted);
    expect(await (await reopen()).samples({ series: 1, ...EVER })).toEqual(wanted);
  });

  test('a text that comes first takes no number or boolean away', async () => {
    const { feed, history, reopen } = await start();
    // Weeks of their own, for a server may fix the type of a field week by week.
    const week = NOW - 40 * 7 * DAY;
    const values: Value[] = ['open', 12.5, true, 'closed', 7];
    for (const [i, value] of values.entries()) {
      feed.readings(at(week + i, value, { series: 3 }));
      await history.samples({ series: 3, ...EVER });
    }
    feed.readings(at(week + 10, 'x', { series: 4 }), at(week + 11, 1, { series: 4 }), at(week + 10, 2, { series: 5 }));
    const valuesOf = async (from: History, series: number) =>
      (await from.samples({ series, ...EVER })).map(({ value }) => value);
    const again = await reopen();
    expect([await valuesOf(again, 3), await valuesOf(again, 4), await valuesOf(again, 5)]).toEqual([
      values,
      ['x', 1],
      [2],
    ]);
  });

  test('a null is not a reading', async () => {
    const { feed, history } = await start();
    feed.readings(at(NOW, 1), at(NOW + 5, null), at(NOW + 3, 2));
    expect(await history.samples({ series: 1, ...EVER })).toEqual([
      { tsMs: NOW, value: 1, marks: 0 },
      { tsMs: NOW + 3, value: 2, marks: 0 },
    ]);
  });

  test('the same reading twice is one, another value at its time one of its own, wherever the first is by then', async () => {
    const { feed, history, subject } = await start();
    const second = stepped(NOW, 1);
    // As intake places them: off, on, off within a millisecond.
    feed.readings(at(NOW, false), at(second, true), at(stepped(NOW, 2), false), at(NOW + 1, true));
    feed.readings(at(NOW + 1, true), at(NOW, false), at(second, true));
    const wanted = [
      { tsMs: NOW, value: false, marks: 0 },
      { tsMs: second, value: true, marks: 0 },
      { tsMs: stepped(NOW, 2), value: false, marks: 0 },
      { tsMs: NOW + 1, value: true, marks: 0 },
    ];
    const all = () => history.samples({ series: 1, ...EVER });
    expect(await all()).toEqual(wanted);
    await subject.settle(history);
    feed.readings(at(NOW, true), at(NOW, 7), at(NOW + 1, true));
    wanted.splice(3, 0, { tsMs: stepped(NOW, 3), value: 7 as never, marks: LATE });
    expect(await all()).toEqual(wanted);
    await subject.settle(history);
    feed.readings(at(NOW, 7), at(NOW, true));
    expect(await all()).toEqual(wanted);
    // A page may end within a millisecond, and the next one begins there.
    expect(await history.samples({ series: 1, ...EVER, fromMs: second, limit: 2 })).toEqual(wanted.slice(1, 3));
    const [bucket] = await history.buckets({ series: 1, fromMs: NOW, toMs: NOW + 1, everyMs: 1 });
    expect(bucket).toEqual({ tsMs: NOW, min: 0, mean: 2, max: 7, count: 4 });
  });

  test('marks are kept, and what comes late is marked so, also after a restart', async () => {
    const { feed, history, reopen } = await start();
    feed.readings(at(NOW + 100, 1, { marks: CLOCK_SKEW }), at(NOW + 50, 2, { marks: BAD }));
    feed.readings(at(NOW + 10, 5, { series: 2 }));
    expect(await history.samples({ series: 1, ...EVER })).toHaveLength(2);
    const again = await reopen();
    feed.readings(at(NOW + 60, 3), at(NOW + 20, 6, { series: 2 }), at(NOW + 200, 4));
    expect(await again.samples({ series: 1, ...EVER })).toEqual([
      { tsMs: NOW + 50, value: 2, marks: BAD | LATE },
      { tsMs: NOW + 60, value: 3, marks: LATE },
      { tsMs: NOW + 100, value: 1, marks: CLOCK_SKEW },
      { tsMs: NOW + 200, value: 4, marks: 0 },
    ]);
    expect((await again.samples({ series: 2, ...EVER })).map(({ marks }) => marks)).toEqual([0, 0]);
  });

  test('from is included, to is not, and the limit takes the oldest, or the newest where they are asked for', async () => {
    const { feed, history, subject } = await start();
    const times = [0, 1, 2, 3, 4, 5, 6].map((i) => NOW + i * DAY);
    feed.readings(...times.map((tsMs, i) => at(tsMs, i)));
    const ask = async () => {
      const range = { series: 1, fromMs: NOW + DAY, toMs: NOW + 5 * DAY };
      const all = await history.samples({ ...range, limit: 100 });
      const two = await history.samples({ ...range, limit: 2 });
      const last = await history.samples({ ...range, limit: 2, newest: true });
      return [all, two, last].map((found) => found.map(({ value }) => value));
    };
    const wanted = [
      [1, 2, 3, 4],
      [1, 2],
      [3, 4],
    ];
    expect(await ask()).toEqual(wanted);
    await subject.settle(history);
    expect(await ask()).toEqual(wanted);
    expect(await history.samples({ series: 9, ...EVER })).toEqual([]);
  });

  test('takes entries in order only, and passes those that are not readings', async () => {
    const { feed, history } = await start();
    feed.append([
      { kind: 'control', receivedAtMs: 1, control: { type: 'start' } },
      { kind: 'message', receivedAtMs: 2, readings: [at(NOW, 1)] },
      {
        kind: 'quarantine',
        receivedAtMs: 3,
        device: 'd',
        topic: 't',
        reason: 'not-json',
        why: 'x',
        payload: Buffer.from('{"é'),
      },
      { kind: 'message', receivedAtMs: 4, readings: [at(NOW + 1, 2), at(NOW + 2, null)] },
    ]);
    expect(history.nextPosition()).toBe(4);
    expect(history.offer(3, 1, new Uint8Array(0))).toBe(false);
    expect(history.offer(5, 1, new Uint8Array(0))).toBe(false);
    expect(await history.samples({ series: 1, ...EVER })).toHaveLength(2);
    expect(history.durablePosition()).toBeLessThanOrEqual(4);
  });

  test('readings from outside the journal are stored beside its own, with the marks they have', async () => {
    const { feed, history, reopen, subject } = await start();
    feed.readings(at(NOW, 1), at(NOW + 10, 2));
    await subject.settle(history);
    feed.readings(at(NOW + 20, 3));
    await history.importReadings([
      at(NOW - 40 * DAY, 'then'),
      at(NOW, 99),
      at(NOW + 5, 4, { marks: BAD }),
      at(NOW + 20, 98),
      at(NOW + 30, true, { marks: LATE }),
      at(NOW + 30, 97),
      at(NOW + 20, 3),
      at(NOW, 5, { series: 2 }),
    ]);
    const wanted = [
      { tsMs: NOW - 40 * DAY, value: 'then', marks: 0 },
      { tsMs: NOW, value: 1, marks: 0 },
      { tsMs: stepped(NOW, 1), value: 99, marks: 0 },
      { tsMs: NOW + 5, value: 4, marks: BAD },
      { tsMs: NOW + 10, value: 2, marks: 0 },
      { tsMs: NOW + 20, value: 3, marks: 0 },
      { tsMs: stepped(NOW + 20, 1), value: 98, marks: 0 },
      { tsMs: NOW + 30, value: true, marks: LATE },
      { tsMs: stepped(NOW + 30, 1), value: 97, marks: 0 },
    ];
    expect(await history.samples({ series: 1, ...EVER })).toEqual(wanted);
    const again = await reopen();
    expect(again.nextPosition()).toBe(feed.nextPosition());
    expect(await again.samples({ series: 1, ...EVER })).toEqual(wanted);
    expect(await again.samples({ series: 2, ...EVER })).toEqual([{ tsMs: NOW, value: 5, marks: 0 }]);
  });

  test('a copy made while readings come goes on from its own cursor', async () => {
    const { feed, history, subject, clock } = await start();
    for (let i = 0; i < 300; i++) feed.readings(at(NOW - 2 * DAY + i * 1000, i));
    await subject.settle(history);
    for (let i = 300; i < 600; i++) feed.readings(at(NOW - 2 * DAY + i * 1000, i));
    const copy = temporaryFolder();
    const copied = history.copyTo(copy);
    for (let i = 600; i < 900; i++) feed.readings(at(NOW - 2 * DAY + i * 1000, i));
    await copied;
    await subject.settle(history);
    const wanted = await history.samples({ series: 1, ...EVER });
    expect(wanted).toHaveLength(900);
    await open.pop()?.close();

    subject.moveTo(copy);
    const restored = await subject.open(clock, feed);
    open.push(restored);
    expect(restored.nextPosition()).toBeGreaterThanOrEqual(300);
    feed.attach(restored);
    expect(await restored.samples({ series: 1, ...EVER })).toEqual(wanted);
  });

  test('after it was closed it goes on where it stopped', async () => {
    const { feed, history, reopen } = await start();
    feed.readings(at(NOW, 1));
    await history.samples({ series: 1, ...EVER });
    const again = await reopen();
    expect(again.nextPosition()).toBe(feed.nextPosition());
    expect(again.durablePosition()).toBe(feed.nextPosition());
    expect(await again.samples({ series: 1, ...EVER })).toHaveLength(1);
  });

  test('more than it has room for is refused, asked for again, and nothing of it is lost', async () => {
    const { feed, history, subject } = await start();
    const readings = subject.floodMessages * 10_000;
    let refusals = 0;
    history.onReady(() => refusals++);
    const message = (k: number): Reading[] => Array.from({ length: 10_000 }, (_, i) => at(NOW + k * 10_000 + i, i));
    for (let k = 0; k < subject.floodMessages; k++) feed.readings(...message(k));
    while (history.nextPosition() < feed.nextPosition()) await history.samples({ series: 1, ...EVER, limit: 1 });
    expect(refusals).toBeGreaterThan(0);
    const [bucket] = await history.buckets({ series: 1, fromMs: 0, toMs: NOW * 2, everyMs: NOW });
    const rest = await history.buckets({ series: 1, fromMs: NOW, toMs: NOW + DAY, everyMs: 2 * NOW });
    expect(bucket?.count).toBe(readings);
    expect(rest[0]?.count).toBe(readings);
  });

  test('is what a plain list of readings would be, whatever order they come in and wherever they are stored', async () => {
    const value = fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: -5000, max: 5000 }).map((n) => n / 100) },
      {
        weight: 1,
        arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }).map((n) => n + 0),
      },
      { weight: 1, arbitrary: fc.boolean() },
      { weight: 1, arbitrary: fc.constantFrom('a', 'b', 'ü') },
      { weight: 1, arbitrary: fc.constant(null) },
    );
    const reading = fc.record({
      series: fc.constantFrom(1, 2, 70_000),
      // Three days around midnight, coarse enough that times collide.
      tsMs: fc.integer({ min: -300, max: 300 }).map((n) => Date.UTC(2026, 5, 1) + n * 450_000),
      value,
      marks: fc.constantFrom(0, 0, 0, BAD, CLOCK_SKEW),
    });
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.array(reading, { minLength: 1, maxLength: 60 }) },
      { weight: 1, arbitrary: fc.constant('settle' as const) },
      { weight: 1, arbitrary: fc.constant('reopen' as const) },
      { weight: 1, arbitrary: fc.constant('wait' as const) },
    );
    const from = fc.integer({ min: -400, max: 300 }).map((n) => Date.UTC(2026, 5, 1) + n * 400_000);
    const query = fc.record({
      series: fc.constantFrom(1, 2, 70_000),
      fromMs: fc.oneof(
        from,
        from.map((n) => Math.floor(n / DAY) * DAY),
      ),
      lengthMs: fc.oneof(fc.constant(DAY), fc.constant(10 * DAY), fc.integer({ min: 1, max: 3 * DAY })),
      everyMs: fc.constantFrom(
        1,
        1000,
        60_000,
        90_000,
        300_000,
        3_600_000,
        5_400_000,
        10_800_000,
        DAY,
        7 * DAY,
        123_457,
      ),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 12 }),
        fc.array(query, { maxLength: 12 }),
        async (steps, queries) => {
          const { feed, clock, subject, reopen, ...started } = await start();
          let history = started.history;
          const all: Reading[] = [];
          for (const one of steps) {
            if (one === 'settle') await subject.settle(history);
            else if (one === 'wait') clock.advance(70_000);
            else if (one === 'reopen') history = await reopen();
            else {
              feed.readings(...one);
              all.push(...one);
            }
          }
          for (const { series, fromMs, lengthMs, everyMs } of queries) {
            const range = { fromMs, toMs: fromMs + lengthMs };
            const samples = expectedSamples(all, series).filter(
              ({ tsMs }) => tsMs >= range.fromMs && tsMs < range.toMs,
            );
            expect(await history.samples({ series, ...range, limit: 1000 })).toEqual(samples);
            const last = await history.samples({ series, ...range, limit: 3, newest: true });
            expect(last).toEqual(samples.slice(-3));
            const found = await history.buckets({ series, ...range, everyMs });
            expectBuckets(found, expectedBuckets(samples, { ...range, everyMs }));
          }
          await open.pop()?.close();
        },
      ),
      { numRuns: create().propertyRuns },
    );
  });
});
