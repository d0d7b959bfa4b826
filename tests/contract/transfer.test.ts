import { spawn } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { TEXT } from '../../src/model/columns.ts';
import { scanReadings } from '../../src/model/entry.ts';
import type { ExportRequest } from '../../src/model/reading-files.ts';
import type { PointRecord } from '../../src/model/registry.ts';
import { createTransfer, type Transfer } from '../../src/services/reading-files/transfer.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { isLong } from '../support/long.ts';
import { temporaryFolder } from '../support/temporary.ts';

const NOW = Date.UTC(2026, 5, 1);
const POINT: PointRecord = {
  id: 'p',
  area: 'a',
  device: 'd',
  family: 'gas',
  name: { zh: 'p', en: 'p' },
  location: null,
  labels: {},
  metrics: { m: { type: 'number', series: 7 } },
  reportEveryMs: 60_000,
};
const REQUEST: ExportRequest = {
  series: [{ series: 7, point: 'p', metric: 'm', unit: null }],
  fromMs: 0,
  toMs: NOW,
  format: 'csv',
  csv: { bom: false, timezone: 'UTC' },
};

const opened: Transfer[] = [];
afterEach(async () => {
  for (const transfer of opened.splice(0)) await transfer.close();
});

/** A history that counts what is put into it, and fails when it is told to. */
function start(folder = temporaryFolder()) {
  const stored = new Set<number>();
  const history = {
    failure: null as string | null,
    /** Of each batch. */
    rejected: [] as { readings: number; reason: string }[],
    failAfterBatches: Number.POSITIVE_INFINITY,
    /** Pages it has been asked for. */
    asked: 0,
    async importEntries(data: Uint8Array) {
      if (history.failAfterBatches-- <= 0) throw new Error('the store is down');
      const put = (_series: number, tsMs: number) => void stored.add(tsMs);
      scanReadings(data, { number: put, boolean: put, text: put });
      return history.rejected;
    },
    async columns({ fromMs, limit }: { fromMs: number; limit: number }) {
      if (history.failure !== null) throw new Error(history.failure);
      history.asked++;
      return {
        tsMs: Float64Array.from({ length: limit }, (_, i) => fromMs + i),
        values: new Float64Array(limit),
        flags: new Uint8Array(limit).fill(TEXT),
        texts: ['a text that takes some room'],
      };
    },
  };
  const registry = { points: () => [POINT] };
  const transfer = createTransfer({ history, registry, clock: createFakeClock(NOW), folder, futureMaxMs: 60_000 });
  opened.push(transfer);
  return { transfer, history, stored, folder };
}

async function* csv(readings: number, last = ''): AsyncGenerator<Uint8Array> {
  yield Buffer.from('point,metric,time,value\n');
  for (let at = 0; at < readings; at += 1_000) {
    const lines = Array.from(
      { length: Math.min(1_000, readings - at) },
      (_, i) => `p,m,${NOW - readings + at + i},1\n`,
    );
    yield Buffer.from(lines.join(''));
  }
  yield Buffer.from(last);
}

test('an import that the history breaks off says how far it came, and is done by sending it again', async () => {
  const { transfer, history, stored, folder } = start();
  history.failAfterBatches = 2;
  expect(await transfer.import(csv(50_000))).toEqual({
    ok: false,
    error: 'history-unavailable',
    stored: 40_000,
    detail: 'the store is down',
  });
  expect(stored.size).toBe(40_000);
  expect(readdirSync(folder)).toEqual([]);
  history.failAfterBatches = Number.POSITIVE_INFINITY;
  expect(await transfer.import(csv(50_000))).toEqual({ ok: true, readings: 50_000, rejected: [] });
  expect(stored.size).toBe(50_000);
});

test('what the history would not take of each batch is summed up by reason', async () => {
  const { transfer, history } = start();
  history.rejected = [
    { readings: 2, reason: 'too old' },
    { readings: 1, reason: 'another type' },
  ];
  expect(await transfer.import(csv(50_000))).toEqual({
    ok: true,
    readings: 50_000,
    rejected: [
      { readings: 6, reason: 'too old' },
      { readings: 3, reason: 'another type' },
    ],
  });
});

test('an import that nobody waits for any more ends between two batches', async () => {
  const { transfer, history, stored, folder } = start();
  const gone = new AbortController();
  const store = history.importEntries;
  history.importEntries = (data) => {
    if (stored.size > 0) gone.abort();
    return store(data);
  };
  expect(await transfer.import(csv(100_000), gone.signal)).toMatchObject({ ok: false, stored: 40_000 });
  expect([stored.size, readdirSync(folder)]).toEqual([40_000, []]);
});

test('a wrong line at the end of a long file keeps every line before it out', async () => {
  const { transfer, stored, folder } = start();
  const outcome = await transfer.import(csv(100_000, 'p,m,now,1\n'));
  expect(outcome).toMatchObject({ ok: false, error: 'refused', refused: 1, problems: [{ line: 100_002 }] });
  expect(stored.size).toBe(0);
  expect(readdirSync(folder)).toEqual([]);
});

test('what a crash left of an import is taken away at the next start, and nothing else', () => {
  const folder = temporaryFolder();
  for (const name of ['import-1.spool', 'journal.db']) writeFileSync(join(folder, name), '');
  start(folder);
  expect(readdirSync(folder)).toEqual(['journal.db']);
});

test('one import and two exports at a time; the next may begin when one has ended', async () => {
  const { transfer } = start();
  const first = await transfer.export(REQUEST);
  const second = await transfer.export(REQUEST);
  expect(await transfer.export(REQUEST)).toMatchObject({ ok: false, error: 'busy' });
  if (first.ok) await first.pieces.return();
  const third = await transfer.export(REQUEST);
  expect([second.ok, third.ok]).toEqual([true, true]);
  for (const outcome of [second, third]) if (outcome.ok) await outcome.pieces.return();

  const importing = transfer.import(csv(10));
  expect(await transfer.import(csv(10))).toMatchObject({ ok: false, error: 'busy' });
  expect(await importing).toEqual({ ok: true, readings: 10, rejected: [] });
});

test('a history that does not answer is told before the file begins', async () => {
  const { transfer, history } = start();
  history.failure = 'InfluxDB does not answer';
  expect(await transfer.export(REQUEST)).toEqual({
    ok: false,
    error: 'history-unavailable',
    detail: 'InfluxDB does not answer',
  });
});

test('an export goes at the speed it is taken: the history is asked for a page more than was taken', async () => {
  const { transfer, history } = start();
  const outcome = await transfer.export(REQUEST);
  if (!outcome.ok) throw new Error(outcome.detail);
  for (let taken = 1; taken < 5; taken++) {
    await outcome.pieces.next();
    expect(history.asked).toBeLessThanOrEqual(taken + 1);
  }
  await outcome.pieces.return();
});

test('an export that the end of the server breaks off fails, and is not taken for a whole one', async () => {
  const { transfer } = start();
  const outcome = await transfer.export(REQUEST);
  if (!outcome.ok) throw new Error(outcome.detail);
  await outcome.pieces.next();
  const closed = transfer.close();
  await expect(
    (async () => {
      for await (const _ of outcome.pieces);
    })(),
  ).rejects.toThrow(/stopping/);
  await closed;
});

/** As CSV 45 bytes each, and as objects several times that: far more than the heap has room for. */
const [MANY, HEAP_MIB] = isLong ? [1_000_000, 48] : [500_000, 40];

test.each([
  ['csv', { bytes: expect.toSatisfy((bytes: number) => bytes > 40 * MANY), stored: 0 }],
  ['parquet', { bytes: expect.toSatisfy((bytes: number) => bytes > 8 * MANY), stored: 0 }],
  ['import', { ok: true, readings: MANY, rejected: [], stored: MANY }],
])(`${MANY} readings go through a heap of ${HEAP_MIB} MiB: %s`, async (kind, expected) => {
  const program = fileURLToPath(new URL('../support/transfer-child.ts', import.meta.url));
  const child = spawn(process.execPath, [
    `--max-old-space-size=${HEAP_MIB}`,
    program,
    kind,
    String(MANY),
    temporaryFolder(),
  ]);
  const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  expect(errors).toBe('');
  expect(JSON.parse(out)).toEqual(expected);
});
