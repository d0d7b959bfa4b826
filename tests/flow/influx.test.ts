import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type InfluxHistory,
  type InfluxTarget,
  OrganisationMissingError,
  openInfluxHistory,
  type RejectedReadings,
} from '../../src/history/influx.ts';
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
  let rejected: RejectedReadings[];
  let logged: Record<string, unknown>[];
  let series: number;
  let lastSeries = 0;
  const opened: InfluxHistory[] = [];

  beforeAll(async () => {
    influx = await startInflux(dialect);
  });
  afterAll(async () => {
    await influx.close();
  });
  beforeEach(() => {
    dir = temporaryFolder();
    feed = createJournalFeed();
    rejected = [];
    logged = [];
    series = ++lastSeries;
  });
  afterEach(async () => {
    for (const history of opened.splice(0)) await history.close();
    influx.fault = undefined;
    await influx.setDown(false);
  });

  async function open(target: Partial<InfluxTarget> = {}): Promise<InfluxHistory> {
    const history = await openInfluxHistory({
      dir,
      clock: systemClock,
      log: pino({}, { write: (line) => logged.push(JSON.parse(line)) }),
      target: { url: influx.url, token: influx.token, org: influx.org, bucket: influx.bucket, ...target },
      journal: feed.range,
      describe: (number) => ({
        point: `${site} ${dialect}`,
        metric: `m${number}`,
        area: null,
        family: 'gas',
        device: 'gas-01',
      }),
      onRejected: (readings) => rejected.push(readings),
      retryMaxMs: 200,
      probeEveryMs: 1_000,
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
    // A connection that was open breaks off first, which is another cause.
    await until('the outage to be told', () => history.stats().remote?.outages.refused);
    expect(history.stats().problem).toContain('InfluxDB does not answer');
    expect(history.durablePosition()).toBe(1);
    await influx.setDown(false);
    await history.settle();
    expect(history.stats()).toMatchObject({ problem: null, remote: { outage: null, rejected: {}, rejecting: null } });
    expect(history.durablePosition()).toBe(500);
    expect(await valuesOf(history)).toEqual(upTo(500));
    expect(logged.map(({ cause }) => cause)).toContain('refused');
    expect(logged.at(-1)).toMatchObject({ msg: 'InfluxDB takes and tells readings again' });
  });

  test.each([
    ['a token that it does not know', { token: 'another' }, 'unauthorized', /answers 401: unauthorized/],
    ['an organisation that it does not have', { org: 'another' }, 'not-found', /answers 404: organization name/],
    ['a bucket that it does not have', { bucket: 'another' }, 'not-found', /answers 404: .*another.* not found/],
  ])('%s is told at the start, and rejects nothing', async (_name, wrong, outage, problem) => {
    if (dialect === '1.8') return;
    const history = await open(wrong);
    expect(history.stats()).toMatchObject({ problem: expect.stringMatching(problem), remote: { outage } });
    feed.readings(reading(0));
    await expect(history.samples({ series, ...EVER })).rejects.toThrow(problem);
    expect(history.durablePosition()).toBe(0);
    expect(rejected).toEqual([]);
    expect(logged).toEqual([expect.objectContaining({ level: 40, cause: outage })]);
  });

  test('a database that is not there is told at the start, in words of its own', async () => {
    if (dialect !== '1.8') return;
    const history = await open({ bucket: 'another' });
    expect(history.stats()).toMatchObject({
      problem: expect.stringMatching(/^InfluxDB answers 404: database not found/),
      remote: { outage: 'not-found' },
    });
  });

  test('a token that is taken back is noticed though no reading comes', async () => {
    const history = await open();
    expect(history.stats().problem).toBeNull();
    influx.fault = () => ({ kind: 'answer', status: 403, body: '{"message":"insufficient permissions for write"}' });
    await until('it to be noticed', () => history.stats().remote?.outage === 'forbidden');
    influx.fault = undefined;
    await until('the end', () => history.stats().problem === null);
  });

  test('without the organisation that it asks for it does not open, and while it cannot be asked nothing is rejected', async () => {
    if (dialect === '1.8') {
      expect((await open({ org: '' })).stats().problem).toBeNull();
      return;
    }
    await expect(open({ org: '' })).rejects.toThrow(OrganisationMissingError);
    await influx.setDown(true);
    const history = await open({ org: '' });
    feed.readings(reading(0));
    await influx.setDown(false);
    await until('the question to be told', () => history.stats().remote?.outage === 'organisation');
    expect(history.stats().problem).toMatch(/--influx-org/);
    expect(history.durablePosition()).toBe(0);
    expect(rejected).toEqual([]);
  });

  test('opens while the server is away', async () => {
    await influx.setDown(true);
    const history = await open();
    feed.readings(reading(0));
    await until('the outage to be told', () => history.stats().problem);
    await influx.setDown(false);
    expect(await valuesOf(history)).toEqual([0]);
  });

  // The front gives them, whatever is behind it.
  const faults: [string, Fault][] = [
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
  ];
  test.each(
    dialect === '2.7' ? faults : [],
  )('%s is tried again, and nothing is lost, doubled or rejected', async (_name, fault) => {
    const history = await open();
    let failures = 3;
    const writes = influx.writes();
    influx.fault = () => (failures-- > 0 ? fault : undefined);
    for (let i = 0; i < 100; i++) feed.readings(reading(i), reading(i, -1));
    await until('the failure to be told', () => history.stats().problem);
    await history.settle();
    expect(await valuesOf(history)).toEqual(upTo(100));
    expect(history.stats().problem).toBeNull();
    expect(rejected).toEqual([]);
    expect(influx.writes() - writes).toBeGreaterThan(3);
  });

  test('what the server rejects is handed back with its reason, and the rest of the batch is stored', async () => {
    const history = await open();
    const readings = upTo(1000).map((i) => reading(i, i % 333 === 7 ? Number.POSITIVE_INFINITY : i));
    feed.readings(...readings);
    await history.settle();
    expect(await valuesOf(history)).toEqual(upTo(1000).filter((i) => i % 333 !== 7));
    expect(rejected).toHaveLength(1);
    const [sum] = rejected;
    expect(sum).toMatchObject({ kind: 'unparsable', readings: 3, firstTsMs: NOW + 7, lastTsMs: NOW + 673 });
    expect(sum?.devices).toEqual(['gas-01']);
    expect(sum?.lines.every((line) => line.includes('number=Infinity'))).toBe(true);
    expect(sum?.reason).toMatch(/unable to parse|invalid number/);
    expect(history.stats()).toMatchObject({ readings: 997, problem: null, remote: { rejected: { unparsable: 3 } } });
    expect(history.stats().remote?.rejecting).toMatch(/unable to parse/);
    expect(history.durablePosition()).toBe(feed.nextPosition());
  });

  test('a backlog older than its retention costs a few requests and one sum, and what is young enough is stored', async () => {
    if (dialect !== '1.8') return;
    const create = new URLSearchParams({ q: 'CREATE DATABASE brief WITH DURATION 1h' });
    expect((await fetch(`${influx.url}/query?${create}`, { method: 'POST' })).status).toBe(200);
    const history = await open({ bucket: 'brief' });
    const before = influx.writes();
    const young = upTo(10).map((i) => ({ ...reading(i), tsMs: Date.now() + i }));
    feed.readings(...upTo(4_000).map((i) => reading(i)), ...young);
    await history.settle();
    expect(await valuesOf(history)).toEqual(upTo(10));
    expect(influx.writes() - before).toBeLessThanOrEqual(5);
    expect(rejected).toHaveLength(1);
    expect(rejected[0]).toMatchObject({ kind: 'retention', readings: 4_000, firstTsMs: NOW, lastTsMs: NOW + 3_999 });
    expect(JSON.stringify(rejected).length).toBeLessThan(3_000);
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
