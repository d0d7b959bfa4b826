import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { failureOf, type InfluxFailure, noAnswer, statementFailure } from '../../src/history/influx/failure.ts';
import { type Follower, startFollower } from '../../src/history/influx/follower.ts';
import { isAboutLines, type RejectedReadings } from '../../src/history/influx/rejections.ts';
import { connectServer, type InfluxServer, type WriteOutcome } from '../../src/history/influx/server.ts';
import { openFollowerState } from '../../src/history/influx/state.ts';
import { EntryWriter } from '../../src/model/entry.ts';
import type { Reading, Value } from '../../src/model/reading.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until, WAIT_LIMIT_MS } from '../support/until.ts';

/** What the follower makes of a server's words and silences; the words are real servers', from their source. */

const CONFLICT =
  'partial write: field type conflict: input field "number" on measurement "reading" is type float, already exists as type string';
const BEYOND = 'partial write: points beyond retention policy';
const OUTSIDE =
  'failure writing points to database: partial write: dropped 2 points outside retention policy of duration 24h0m0s - oldest point reading,point=p at 2026-01-01T00:00:00Z dropped because it violates a Retention Policy Lower Bound at 2026-05-01T00:00:00Z, newest point reading,point=p at 2026-01-02T00:00:00Z dropped because it violates a Retention Policy Lower Bound at 2026-05-01T00:00:00Z dropped=2 for database: b for retention policy: autogen';

describe('a refusal is about lines only when its words are', () => {
  test.each([
    [400, CONFLICT],
    [422, `failure writing points to database: ${CONFLICT} dropped=3`],
    [400, `${BEYOND} dropped=24`],
    [422, OUTSIDE],
    [500, `unexpected error writing points to database: ${BEYOND} dropped=1`],
    [400, "unable to parse 'reading,point=p number=Infinity 1': invalid number"],
    [400, "partial write: unable to parse 'reading number=1 x': bad timestamp dropped=0"],
  ])('%i %s', (status, words) => {
    expect(isAboutLines(status, words)).toBe(true);
  });

  test.each([
    [400, 'Please provide either orgID or org'],
    [400, 'invalid precision; valid precision units are ns, us, ms, and s'],
    [400, 'database is required'],
    [400, 'user is required to write to database "brink"'],
    [400, 'unexpected EOF'],
    [401, 'unable to parse authentication credentials'],
    [401, 'unauthorized access'],
    [403, 'insufficient permissions for write'],
    [404, 'bucket "readings" not found'],
    [404, 'database not found: "brink"'],
    [422, 'the organisation has used up its quota'],
    [422, 'partial write: shard 17 is pending deletion dropped=5000'],
    [400, 'partial write: max-series-per-database limit exceeded: (1000000) dropped=1'],
    [
      400,
      'partial write: max-values-per-tag limit exceeded (100000/100000): measurement="reading" tag="point" value="p" dropped=1',
    ],
    [429, `${BEYOND} dropped=1`],
    [500, 'engine: write /var/lib/influxdb2/wal: no space left on device'],
    [503, 'timeout'],
  ])('not: %i %s', (status, words) => {
    expect(isAboutLines(status, words)).toBe(false);
  });
});

test('a failure has a stable name, and says what to do where the server asks for something', () => {
  expect(failureOf(400, 'Please provide either orgID or org')).toMatchObject({
    outage: 'organisation',
    message: expect.stringContaining('--influx-org'),
  });
  const causes = [400, 401, 403, 404, 408, 422, 429, 500, 503].map((status) => failureOf(status, 'words').outage);
  expect(causes).toEqual([
    'bad-request',
    'unauthorized',
    'forbidden',
    'not-found',
    'timeout',
    'bad-request',
    'too-many-requests',
    'server-error',
    'server-error',
  ]);
  const coded = (code: string) =>
    noAnswer(new TypeError('fetch failed', { cause: Object.assign(new Error('no'), { code }) }));
  expect(['ECONNREFUSED', 'ETIMEDOUT', 'ENOTFOUND', 'ECONNRESET'].map((code) => coded(code).outage)).toEqual([
    'refused',
    'timeout',
    'unreachable',
    'unreachable',
  ]);
  expect(noAnswer(new DOMException('late', 'TimeoutError')).outage).toBe('timeout');
  expect(statementFailure('database not found: brink')).toMatchObject({
    outage: 'not-found',
    message: expect.stringMatching(/^InfluxDB cannot answer: database not found: brink .*token may not read/),
  });
});

describe('what a server answers over HTTP', () => {
  let http: Server;
  let status: number;
  let version: string;
  let body: object;
  let retryAfter: string | undefined;
  const open: InfluxServer[] = [];

  beforeEach(async () => {
    retryAfter = undefined;
    http = createServer((_, answer) => {
      if (retryAfter !== undefined) answer.setHeader('retry-after', retryAfter);
      answer.writeHead(status, { 'content-type': 'application/json', 'x-influxdb-version': version });
      answer.end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    for (const server of open.splice(0)) server.close();
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
  });

  function connect(org: string, token: string): InfluxServer {
    const { port } = http.address() as AddressInfo;
    const server = connectServer({ url: `http://127.0.0.1:${port}/`, token, org, bucket: 'readings' });
    open.push(server);
    return server;
  }

  test('a wrong token with 1.x: what it takes as the token is said', async () => {
    [status, version, body] = [401, '1.8.10', { error: 'unable to parse authentication credentials' }];
    await expect(connect('', 'secret').tryWriting()).rejects.toThrow(/user:password as the token/);
    await expect(connect('', 'anna:secret').tryWriting()).rejects.toThrow(/credentials$/);
  });

  test('2.x without an organisation asks for one, though it looks at the token first', async () => {
    [status, version, body] = [401, 'v2.7.12', { code: 'unauthorized', message: 'unauthorized access' }];
    await expect(connect('', 'secret').tryWriting()).rejects.toMatchObject({ outage: 'organisation' });
    await expect(connect('city', 'secret').tryWriting()).rejects.toMatchObject({ outage: 'unauthorized' });
  });

  test('the first of 2.x refuse a write of nothing, when all is well', async () => {
    [status, version, body] = [400, '2.0.4', { code: 'invalid', message: 'writing requires points' }];
    await connect('city', 'secret').tryWriting();
  });

  test('an error of InfluxQL comes with the status 200, which nobody is told', async () => {
    [status, version, body] = [
      200,
      '1.8.10',
      { results: [{ statement_id: 0, error: 'database not found: readings' }] },
    ];
    await expect(connect('', '').query(['SELECT 1'], WAIT_LIMIT_MS)).rejects.toMatchObject({
      outage: 'not-found',
      message: expect.stringMatching(/^InfluxDB cannot answer: database not found: readings/),
    });
    [status, body] = [200, {}];
    await expect(connect('', '').query(['SELECT 1'], WAIT_LIMIT_MS)).rejects.toThrow(
      'InfluxDB answers a query without a result',
    );
  });

  test.each([
    ['2', 2_000],
    ['0', null],
    ['soon', null],
    [undefined, null],
  ])('to be left alone, Retry-After: %s', async (header, retryAfterMs) => {
    [status, version, body, retryAfter] = [429, '2.7.12', {}, header];
    await expect(connect('city', 'secret').write('reading number=1 1')).rejects.toMatchObject({ retryAfterMs });
  });

  test('a proxy’s page is nobody’s verdict about a line', async () => {
    [status, version, body] = [400, '', {}];
    await expect(connect('', '').write('reading number=1 1')).rejects.toMatchObject({ outage: 'bad-request' });
    [status, body] = [400, { error: 'partial write: points beyond retention policy dropped=1' }];
    expect(await connect('', '').write('reading number=1 1')).toMatchObject({ kind: 'rejected' });
  });
});

describe('the follower', () => {
  const NOW = Date.UTC(2026, 5, 1, 12);
  let file: string;
  let answer: (lines: readonly string[]) => WriteOutcome;
  let writes: number;
  let stored: Set<string>;
  let told: RejectedReadings[];
  let outages: (string | null)[];
  let position: number;
  let follower: Follower;
  const running: (() => Promise<void>)[] = [];

  beforeEach(() => {
    file = join(temporaryFolder(), 'influx.db');
    answer = () => ({ kind: 'stored' });
    writes = 0;
    stored = new Set();
    told = [];
    outages = [];
    position = 0;
  });
  afterEach(async () => {
    for (const end of running.splice(0)) await end();
  });

  function start(): Follower {
    const state = openFollowerState(file, 'test');
    const server: InfluxServer = {
      async write(text) {
        writes++;
        const lines = text.split('\n');
        const outcome = answer(lines);
        if (outcome.kind === 'stored') for (const line of lines) stored.add(line);
        return outcome;
      },
      query: async (statements) => statements.map(() => ({ columns: [], values: [] })),
      tryWriting: async () => void answer([]),
      close: () => undefined,
    };
    follower = startFollower({
      server,
      state,
      journal: { first: 0, next: position },
      retryMaxMs: 50,
      probeEveryMs: 10,
      describe: async (series) =>
        new Map(
          series.map((one) => [one, { point: 'p', metric: `m${one}`, area: null, family: null, device: `d${one}` }]),
        ),
      onRejected: (rejected) => told.push(rejected),
      onOutage: (failure: InfluxFailure | null) => outages.push(failure?.outage ?? null),
      onProgress: () => undefined,
    });
    running.push(async () => {
      await follower.stop();
      state.close();
    });
    return follower;
  }

  function take(readings: readonly Reading[]): Promise<void> {
    const writer = new EntryWriter();
    writer.write({ kind: 'message', receivedAtMs: NOW, readings });
    follower.ingest(position++, 1, writer.take());
    return follower.stored(WAIT_LIMIT_MS, true);
  }

  const reading = (i: number, series: number, value: Value): Reading => ({ series, tsMs: NOW + i, value, marks: 0 });
  const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
  const refuse = (reason: string): WriteOutcome => ({ kind: 'rejected', reason });

  /** Takes the good lines and drops the others with these words, as real servers do; they say how many. */
  function dropping(isBad: (line: string) => boolean, words: string): typeof answer {
    return (lines) => {
      const bad = lines.filter(isBad);
      for (const line of lines) if (!isBad(line)) stored.add(line);
      return bad.length === 0 ? { kind: 'stored' } : refuse(`${words} dropped=${bad.length}`);
    };
  }
  const tsOf = (line: string): number => Number(line.slice(line.lastIndexOf(' ') + 1)) / 1_000_000;

  test('a conflict of a field’s type costs a few requests, however its lines alternate with good ones', async () => {
    start();
    answer = dropping((line) => line.includes(' number='), CONFLICT);
    await take(upTo(5_600).map((i) => reading(i, i % 40, i % 2 === 0 ? i : i % 4 === 1)));
    expect(stored.size).toBe(2_800);
    expect(follower.rejected()).toEqual({ 'type-conflict': 2_800 });
    expect(writes).toBeLessThanOrEqual(8);
  });

  test('a conflict that holds for a stretch of time alone is found by time', async () => {
    start();
    const isSpoilt = (line: string) => line.includes(' number=') && tsOf(line) < NOW + 1_500;
    answer = dropping(isSpoilt, CONFLICT);
    await take(upTo(4_000).map((i) => reading(i, i % 40, i % 2 === 0 ? i : i % 4 === 1)));
    expect(follower.rejected()).toEqual({ 'type-conflict': 750 });
    expect(writes).toBeLessThanOrEqual(30);
  });

  test('what is older than the retention is told from the rest by its number, and summed up', async () => {
    start();
    answer = dropping((line) => tsOf(line) < NOW + 9_000, BEYOND);
    await take(upTo(10_000).map((i) => reading(i, i % 40, i)));
    follower.tellRejected();
    expect(stored.size).toBe(1_000);
    expect(writes).toBeLessThanOrEqual(6);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ kind: 'retention', readings: 9_000, firstTsMs: NOW, lastTsMs: NOW + 8_999 });
    expect(JSON.stringify(told).length).toBeLessThan(4_000);
  });

  test('lines that the server quotes are taken out, and the rest is sent once more', async () => {
    start();
    const isBad = (line: string) => /number=\d*7,/.test(line);
    answer = (lines) => {
      const bad = lines.filter(isBad);
      return bad.length === 0
        ? { kind: 'stored' }
        : refuse(bad.map((line) => `unable to parse '${line}': invalid number`).join('\n'));
    };
    await take(upTo(5_000).map((i) => reading(i, i % 40, i)));
    expect(stored.size).toBe(4_500);
    expect(follower.rejected()).toEqual({ unparsable: 500 });
    expect(writes).toBe(2);
  });

  test('however bad lines lie among good ones, a batch costs a bounded number of requests, and all are counted', async () => {
    start();
    answer = dropping((line) => tsOf(line) % 2 === 1, 'partial write: bad points');
    await take(upTo(5_000).map((i) => reading(i, i % 40, i)));
    expect(stored.size).toBe(2_500);
    expect(follower.rejected()).toEqual({ other: 2_500 });
    expect(follower.readings()).toBe(2_500);
    expect(writes).toBeLessThanOrEqual(150);
  });

  test('a server that finds everything too large rejects no line', async () => {
    start();
    answer = () => ({ kind: 'too-large', reason: 'Request Entity Too Large' });
    void take(upTo(8).map((i) => reading(i, 1, i))).catch(() => undefined);
    await until('the outage', () => follower.failure());
    expect(follower.failure()?.message).toBe('InfluxDB answers 413: Request Entity Too Large');
    expect(follower.rejected()).toEqual({});
  });

  test('a large text of its own is rejected', async () => {
    start();
    answer = (lines) =>
      lines.join('').length > 5_000 ? { kind: 'too-large', reason: 'too large' } : { kind: 'stored' };
    await take([reading(0, 1, 'x'.repeat(6_000)), reading(1, 1, 'y')]);
    expect(follower.rejected()).toEqual({ 'too-large': 1 });
    expect(stored.size).toBe(1);
  });

  test('later rejections are summed up, are not lost with a restart, and are told again by none', async () => {
    start();
    answer = dropping(() => true, BEYOND);
    await take([reading(0, 1, 0)]);
    await until('the first to be told', () => told.length > 0);
    for (const i of [1, 2, 3]) await take([reading(i, i, i)]);
    expect(told.map(({ readings }) => readings)).toEqual([1]);
    await running.pop()?.();
    start();
    await until('the others to be told', () => told.length > 1);
    expect(told[1]).toMatchObject({ readings: 3, devices: ['d1', 'd2', 'd3'], lines: { length: 3 } });
    await running.pop()?.();
    start();
    await follower.stored(WAIT_LIMIT_MS, true);
    follower.tellRejected();
    expect(told).toHaveLength(2);
  });

  test('an outage is told with its cause, when the cause changes, and when it is over, though nothing is to be stored', async () => {
    answer = () => {
      throw failureOf(401, 'unauthorized access');
    };
    start();
    await follower.heard;
    expect(follower.failure()).toMatchObject({
      outage: 'unauthorized',
      message: 'InfluxDB answers 401: unauthorized access',
    });
    answer = () => {
      throw failureOf(404, 'bucket "readings" not found');
    };
    await until('the other cause', () => outages.length === 2);
    answer = () => ({ kind: 'stored' });
    await until('the end', () => follower.failure() === null);
    expect(outages).toEqual(['unauthorized', 'not-found', null]);
    expect(follower.outages()).toEqual({ unauthorized: 1, 'not-found': 1 });
    answer = () => {
      throw failureOf(403, 'insufficient permissions for write');
    };
    await until('a token that was taken back', () => follower.failure()?.outage === 'forbidden');
  });

  test('a question that comes while it is known what is wrong is answered with that', async () => {
    start();
    answer = () => {
      throw failureOf(401, 'unauthorized access');
    };
    void take([reading(0, 1, 0)]).catch(() => undefined);
    await until('the outage', () => follower.failure());
    // With the patience of the whole test, which would be far too long.
    await expect(follower.stored(10 * WAIT_LIMIT_MS, false)).rejects.toThrow(
      'InfluxDB answers 401: unauthorized access',
    );
    answer = () => ({ kind: 'stored' });
    await follower.stored(WAIT_LIMIT_MS, false);
    expect(follower.failure()).toBeNull();
  });
});
