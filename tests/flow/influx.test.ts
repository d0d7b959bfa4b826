import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type InfluxHistory, openInfluxHistory, type RejectedReading } from '../../src/history/influx.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createLog } from '../../src/lib/log.ts';
import type { Reading } from '../../src/model/reading.ts';
import { dialects, type Fault, influxAvailable, startInflux, type TestInflux } from '../support/influx-server.ts';
import { createJournalFeed, type JournalFeed } from '../support/journal-feed.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until, WAIT_LIMIT_MS } from '../support/until.ts';

const NOW = Date.UTC(2026, 5, 1, 12);
const EVER = { fromMs: 0, toMs: 2 ** 49, limit: 1e7 };

/** Series of a site of its own in the one database, so that a server given from outside is not in the way. */
const site = randomUUID();

const available = influxAvailable() ? dialects() : [];

describe.each(available)('InfluxDB %s that misbehaves', (dialect) => {
  let influx: TestInflux;
  let dir: string;
  let feed: JournalFeed;
  let rejected: RejectedReading[];
  let series: number;
  let lastSeries = 0;
  const opened: InfluxHistory[] = [];

  beforeEach(async () => {
    influx = await startInflux(temporaryFolder(), dialect);
    dir = temporaryFolder();
    feed = createJournalFeed();
    rejected = [];
    series = ++lastSeries;
  });
  afterEach(async () => {
    for (const history of opened.splice(0)) await history.close();
    await influx.close();
  });

  async function open(): Promise<InfluxHistory> {
    const history = await openInfluxHistory({
      dir,
      clock: systemClock,
      log: createLog('silent'),
      target: influx,
      journal: feed.range,
      describe: (number) => ({
        point: `${site} ${dialect}`,
        metric: `m${number}`,
        area: null,
        family: 'gas',
        device: 'gas-01',
      }),
      onRejected: (readings) => rejected.push(...readings),
      retryMaxMs: 200,
      queryTimeoutMs: WAIT_LIMIT_MS,
    });
    opened.push(history);
    feed.attach(history);
    return history;
  }

  const reading = (i: number, value: Reading['value'] = i): Reading => ({ series, tsMs: NOW + i, value, marks: 0 });
  const valuesOf = async (history: InfluxHistory) =>
    (await history.samples({ series, ...EVER })).map(({ value }) => value);
  const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

  test('an outage is told, refuses nothing it has room for, and all of it arrives afterwards', async () => {
    const history = await open();
    feed.readings(reading(0));
    await history.settle();
    expect(history.stats()).toMatchObject({ problem: null, readings: 1 });
    await influx.setDown(true);
    for (let i = 1; i < 500; i++) feed.readings(reading(i));
    expect(history.nextPosition()).toBe(500);
    await until('the outage to be told', () => history.stats().problem?.includes('InfluxDB does not answer'));
    expect(history.durablePosition()).toBe(1);
    await influx.setDown(false);
    await history.settle();
    expect(history.stats().problem).toBeNull();
    expect(history.durablePosition()).toBe(500);
    expect(await valuesOf(history)).toEqual(upTo(500));
  });

  test('opens while the server is away', async () => {
    await influx.setDown(true);
    const history = await open();
    feed.readings(reading(0));
    await until('the outage to be told', () => history.stats().problem);
    await influx.setDown(false);
    expect(await valuesOf(history)).toEqual([0]);
  });

  test.each([
    [
      '429 with a time to wait',
      { kind: 'answer', status: 429, headers: { 'retry-after': '1' }, body: '{"message":"slow down"}' },
    ],
    ['500', { kind: 'answer', status: 500, body: '{"error":"timeout"}' }],
    ['503', { kind: 'answer', status: 503 }],
    ['401', { kind: 'answer', status: 401, body: '{"message":"unauthorized access"}' }],
    ['404', { kind: 'answer', status: 404, body: '{"message":"bucket not found"}' }],
    ['400 of a proxy', { kind: 'answer', status: 400, body: '<html>', headers: { 'content-type': 'text/html' } }],
    ['a closed connection', { kind: 'drop' }],
    ['a lost answer', { kind: 'lose-answer' }],
  ] satisfies [
    string,
    Fault,
  ][])('%s is tried again, and nothing is lost, doubled or rejected', async (_name, fault) => {
    const history = await open();
    let failures = 3;
    influx.fault = () => (failures-- > 0 ? fault : undefined);
    for (let i = 0; i < 100; i++) feed.readings(reading(i), reading(i, -1));
    await until('the failure to be told', () => history.stats().problem);
    await history.settle();
    expect(await valuesOf(history)).toEqual(upTo(100));
    expect(history.stats().problem).toBeNull();
    expect(rejected).toEqual([]);
    expect(influx.writes()).toBeGreaterThan(3);
  });

  test('what the server rejects is handed back with its reason, and the rest of the batch is stored', async () => {
    const history = await open();
    const readings = upTo(1000).map((i) => reading(i, i % 333 === 7 ? Number.POSITIVE_INFINITY : i));
    feed.readings(...readings);
    await history.settle();
    expect(await valuesOf(history)).toEqual(upTo(1000).filter((i) => i % 333 !== 7));
    expect(rejected.map(({ tsMs }) => tsMs - NOW)).toEqual([7, 340, 673]);
    expect(rejected[0]).toMatchObject({ series, device: 'gas-01', line: expect.stringContaining('number=Infinity') });
    expect(rejected[0]?.reason).toMatch(/unable to parse|invalid number/);
    expect(history.stats().readings).toBe(997);
    expect(history.durablePosition()).toBe(feed.nextPosition());
  });

  test('a batch that is too large is sent in parts', async () => {
    const history = await open();
    let refusals = 0;
    const whole = influx.writes();
    influx.fault = () => {
      if (influx.writes() - whole > 3) return undefined;
      refusals++;
      return { kind: 'answer', status: 413, body: '{"error":"Request Entity Too Large"}' };
    };
    feed.readings(...upTo(2000).map((i) => reading(i)));
    await history.settle();
    expect(refusals).toBe(3);
    expect(await valuesOf(history)).toEqual(upTo(2000));
    expect(rejected).toEqual([]);
  });

  test('a restart in the middle of a backlog goes on where it was', async () => {
    const first = await open();
    for (let i = 0; i < 50; i++) feed.readings(...upTo(2000).map((k) => reading(i * 2000 + k)));
    await until('some of it to be on the server', () => first.stats().readings > 0);
    await influx.setDown(true);
    await opened.pop()?.close();
    const stored = first.durablePosition();
    expect(stored).toBeLessThan(50);
    const second = await open();
    expect(second.durablePosition()).toBe(stored);
    await influx.setDown(false);
    await second.settle();
    const [bucket] = await second.buckets({ series, fromMs: NOW, toMs: NOW + 100_000, everyMs: 86_400_000 });
    expect(bucket).toMatchObject({ count: 100_000, min: 0, max: 99_999 });
  });

  test('what was taken in and not yet stored when it ended is neither late nor known afterwards', async () => {
    const first = await open();
    feed.readings(reading(0));
    await until('the first to be stored', () => first.stats().readings === 1);
    await influx.setDown(true);
    feed.readings(reading(1), reading(2));
    await until('the outage to be told', () => first.stats().problem);
    await opened.pop()?.close();
    await influx.setDown(false);
    const second = await open();
    expect(await second.samples({ series, ...EVER })).toEqual(
      upTo(3).map((i) => ({ tsMs: NOW + i, value: i, marks: 0 })),
    );
  });

  test('for another server or bucket it begins with what the journal holds', async () => {
    const first = await open();
    feed.readings(reading(0));
    await first.settle();
    await opened.pop()?.close();
    const bucket = influx.bucket;
    const elsewhere = { ...influx, bucket: `${bucket}-other` };
    const other = await openInfluxHistory({
      dir,
      clock: systemClock,
      log: createLog('silent'),
      target: elsewhere,
      journal: feed.range,
      describe: () => null,
      onRejected: () => undefined,
    });
    opened.push(other);
    expect(other.nextPosition()).toBe(0);
  });

  test('a query while the server is away is an error that says so', async () => {
    const history = await open();
    await history.settle();
    await influx.setDown(true);
    await expect(history.samples({ series, ...EVER })).rejects.toThrow(/InfluxDB does not answer/);
  });
});
