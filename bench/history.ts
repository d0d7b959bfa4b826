import { once } from 'node:events';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EmbeddedHistory, openEmbeddedHistory } from '../src/history/embedded.ts';
import { type Clock, systemClock } from '../src/lib/clock.ts';
import { createLog } from '../src/lib/log.ts';
import { EntryWriter } from '../src/model/entry.ts';
import { createTransfer } from '../src/services/reading-files/transfer.ts';
import { type BenchResult, median, percentile, type Row } from './report.ts';
import { withFolder } from './server.ts';

const SECOND = 1_000;
const DAY = 86_400_000;
/** CONTRACT: one point every 10 s. */
const ONE_EVERY_MS = 10 * SECOND;
/** Many points every 20 s, so that ten million readings are more than the full day that the last step drops. */
const MANY_EVERY_MS = 20 * SECOND;
const START = Date.UTC(2026, 0, 5);
const POINTS = 2_000;
/** Entries handed over at a time, as a journal under load commits them. */
const ROW_ENTRIES = 2_000;
const QUERIES = 40;

export const HISTORY_READINGS_DEFAULT = [10_000_000] as const;

/**
 * The embedded history by itself: readings of 2,000 points handed over as fast as it takes them, then queries, then a
 * day dropped; and 30 days of single points, as charts and as files. `sizes` are numbers of readings, to show how the
 * figures grow.
 */
export async function benchHistory(sizes: readonly number[] = HISTORY_READINGS_DEFAULT): Promise<BenchResult> {
  const rows: Row[] = [];
  for (const readings of sizes) rows.push(...(await withFolder((folder) => manyPoints(folder, readings))));
  rows.push(...(await withFolder(onePoint)));
  return {
    bench: 'history',
    conditions:
      'embedded store; 2,000 points every 20 s, and ten every 10 s for 30 days; ±20 ms jitter, two decimals, random walk with noise; one thread hands over, one stores',
    rows,
  };
}

/** A clock that can be put forward; its timers are real. */
interface MovableClock extends Clock {
  moveTo(ms: number): void;
}

function movableClock(startMs: number): MovableClock {
  let offsetMs = startMs - Date.now();
  return {
    ...systemClock,
    nowMs: () => Date.now() + offsetMs,
    moveTo(ms) {
      offsetMs = ms - Date.now();
    },
  };
}

function openHistory(folder: string, clock: Clock, rawMs: number): Promise<EmbeddedHistory> {
  return openEmbeddedHistory({
    dir: join(folder, 'history'),
    log: createLog('error'),
    clock,
    retention: { rawMs, minuteMs: 730 * DAY, hourMs: 3653 * DAY },
    journal: () => ({ first: 0, next: Number.MAX_SAFE_INTEGER }),
    queryTimeoutMs: 600 * SECOND,
  });
}

/** Hands over readings of `points` points and resolves when all are taken. */
async function ingest(
  history: EmbeddedHistory,
  { points, everyMs, readings }: { points: number; everyMs: number; readings: number },
): Promise<void> {
  const writer = new EntryWriter();
  const random = createRandom(1);
  const levels = Float64Array.from({ length: points }, () => 5 + random() * 50);
  let made = 0;
  while (made < readings) {
    const first = history.nextPosition();
    const count = Math.min(ROW_ENTRIES, readings - made);
    for (let i = 0; i < count; i++, made++) {
      const point = made % points;
      const tsMs = START + Math.floor(made / points) * everyMs + Math.floor(random() * 40) - 20;
      const level = (levels[point] ?? 0) + (random() - 0.5) * 0.2;
      levels[point] = level;
      const value = Math.round((level + (random() - 0.5) * 0.4) * 100) / 100;
      writer.write({ kind: 'message', receivedAtMs: tsMs, readings: [{ series: point, tsMs, value, marks: 0 }] });
    }
    const data = writer.take();
    while (!history.offer(first, count, data)) await nextReady(history);
  }
}

const readyOf = new WeakMap<EmbeddedHistory, EventTarget>();

async function nextReady(history: EmbeddedHistory): Promise<void> {
  let target = readyOf.get(history);
  if (target === undefined) {
    const created = new EventTarget();
    history.onReady(() => created.dispatchEvent(new Event('ready')));
    readyOf.set(history, created);
    target = created;
  }
  await once(target, 'ready');
}

/** CPU of all threads but this one, ms. */
function otherThreadsCpuMs(): number {
  const all = process.cpuUsage();
  const own = process.threadCpuUsage();
  return (all.user + all.system - own.user - own.system) / 1_000;
}

async function manyPoints(folder: string, readings: number): Promise<Row[]> {
  const size = `${readings / 1e6} M`;
  const spanMs = (readings / POINTS) * MANY_EVERY_MS;
  const clock = movableClock(START + spanMs);
  const history = await openHistory(folder, clock, 3650 * DAY);
  const rows: Row[] = [];
  const row = (what: string, value: number, unit: string, atMost?: number): void => {
    rows.push({ what: `${what}, ${size}`, value, unit, bound: atMost === undefined ? undefined : { atMost } });
  };

  const startMs = performance.now();
  const cpuMs = otherThreadsCpuMs();
  await ingest(history, { points: POINTS, everyMs: MANY_EVERY_MS, readings });
  await history.samples({ series: 0, fromMs: 0, toMs: 1, limit: 1 });
  const seconds = (performance.now() - startMs) / 1_000;
  row('readings taken', readings / seconds, '/s');
  row('CPU of the storing thread for a reading', ((otherThreadsCpuMs() - cpuMs) * 1_000) / readings, 'µs');
  row('longest query beside the ingest’s upkeep', await worstBesideUpkeep(history), 'ms');
  row(
    'later upkeep for a reading (merging, summaries)',
    ((otherThreadsCpuMs() - cpuMs) * 1_000) / readings - (rows[1]?.value ?? 0),
    'µs',
  );
  row('on disk for a reading, summaries included', history.stats().bytesOnDisk / history.stats().readings, 'bytes', 24);

  const end = START + spanMs;
  const series = (): number => Math.floor(pick() * POINTS);
  const pick = createRandom(7);
  const hour = await times(() =>
    history.samples({ series: series(), fromMs: end - 3_600_000, toMs: end, limit: 10_000 }),
  );
  row('last hour of a point, raw, median', median(hour), 'ms');
  const everyMs = Math.ceil(spanMs / 1_000);
  const chart = await times(() => history.buckets({ series: series(), fromMs: START, toMs: end, everyMs }));
  row('chart of everything, 1,000 buckets of raw readings, median', median(chart), 'ms');
  row('the same, slowest of 40', percentile(chart, 1), 'ms');
  const hours = await times(() => history.buckets({ series: series(), fromMs: START, toMs: end, everyMs: 3_600_000 }));
  row('chart of everything, by the hour, median', median(hours), 'ms');
  await history.close();

  const day = { fromMs: START, toMs: START + DAY };
  const first = await firstCharts(
    () => openHistory(folder, clock, 3650 * DAY),
    (asked, start) => asked.buckets({ series: start * 7, ...day, everyMs: DAY / 1_000 }),
    0,
  );
  row('first chart the moment it has started, a day of a point, median of 10 starts', median(first), 'ms');

  if (spanMs >= DAY) {
    // As long as it all lasts, so that nothing is due at the start.
    const rawMs = Math.ceil(spanMs / DAY) * DAY;
    const again = await openHistory(folder, clock, rawMs);
    const before = again.stats().readings;
    row(
      'longest wait of a query while a full day is dropped',
      await whileDropping(again, () => clock.moveTo(START + DAY + rawMs + 1)),
      'ms',
      50,
    );
    row('readings dropped by it', before - again.stats().readings, '');
    await again.close();
  }
  return rows;
}

/** Runs the remaining upkeep, and small queries all the while. Gives the longest of their times, ms. */
async function worstBesideUpkeep(history: EmbeddedHistory): Promise<number> {
  let done = false;
  const settled = history.settle().then(() => {
    done = true;
  });
  let worst = 0;
  while (!done) {
    const [ms = 0] = await times(
      () => history.samples({ series: 1, fromMs: START, toMs: START + 60_000, limit: 10 }),
      1,
    );
    worst = Math.max(worst, ms);
  }
  await settled;
  return worst;
}

/** Lets the first day grow too old. Gives the longest time a query or this thread had to wait meanwhile, ms. */
async function whileDropping(history: EmbeddedHistory, growOld: () => void): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const before = history.stats().readings;
  delay.enable();
  growOld();
  let worst = 0;
  while (history.stats().readings === before) {
    const [ms = 0] = await times(
      () => history.samples({ series: 1, fromMs: START, toMs: START + 60_000, limit: 10 }),
      1,
    );
    worst = Math.max(worst, ms);
  }
  delay.disable();
  return Math.max(worst, delay.max / 1e6);
}

/** CONTRACT: 30 days of one point at 10 s. Ten such points, for the store is not empty in life. */
async function onePoint(folder: string): Promise<Row[]> {
  const points = 10;
  const clock = movableClock(START + 40 * DAY);
  const history = await openHistory(folder, clock, 3650 * DAY);
  await ingest(history, { points, everyMs: ONE_EVERY_MS, readings: points * 30 * (DAY / ONE_EVERY_MS) });
  await history.settle();
  await history.close();

  const range = { fromMs: START, toMs: START + 30 * DAY };
  const chartOf = (asked: EmbeddedHistory, series: number) =>
    asked.buckets({ series, ...range, everyMs: (30 * DAY) / 1_000 });
  // The server needs a second after its history has been opened before the first person can ask.
  const first = await firstCharts(() => openHistory(folder, clock, 3650 * DAY), chartOf, SECOND);
  const atOnce = await firstCharts(() => openHistory(folder, clock, 3650 * DAY), chartOf, 0);
  const again = await openHistory(folder, clock, 3650 * DAY);
  let next = 0;
  const chart = await times(() => chartOf(again, next++ % points));
  const raw = await times(() => again.samples({ series: next++ % points, ...range, limit: 1_000_000 }), 20);
  const csv = await exportRate(again, clock, { folder, points, range, format: 'csv' });
  const parquet = await exportRate(again, clock, { folder, points, range, format: 'parquet' });
  const { readings, bytesOnDisk } = again.stats();
  await again.close();
  const chartRow = (what: string, value: number, isBound = true): Row => ({
    what: `30 days of a point, 1,000 buckets, ${what}`,
    value,
    unit: 'ms',
    bound: isBound ? { atMost: 100 } : undefined,
  });
  return [
    chartRow('first, a second after start, median of 10 starts', median(first)),
    chartRow('first, the moment it has started, median of 10 starts', median(atOnce)),
    chartRow('median', median(chart)),
    chartRow('slowest of 40', percentile(chart, 1), false),
    {
      what: '30 days of a point, all 259,200 readings, median',
      value: median(raw),
      unit: 'ms',
      bound: { atMost: 500 },
    },
    { what: 'on disk for a reading of these', value: bytesOnDisk / readings, unit: 'bytes', bound: { atMost: 24 } },
    { what: 'exported as CSV', value: csv, unit: 'readings/s' },
    { what: 'exported as Parquet', value: parquet, unit: 'readings/s' },
  ];
}

/** The first question to each of ten histories that have just been opened, ms. */
async function firstCharts(
  open: () => Promise<EmbeddedHistory>,
  chartOf: (history: EmbeddedHistory, series: number) => Promise<unknown>,
  afterMs: number,
): Promise<number[]> {
  const found: number[] = [];
  for (let start = 0; start < 10; start++) {
    const history = await open();
    if (afterMs > 0) await sleep(afterMs);
    found.push(...(await times(() => chartOf(history, start), 1)));
    await history.close();
  }
  return found;
}

async function exportRate(
  history: EmbeddedHistory,
  clock: Clock,
  asked: { folder: string; points: number; range: { fromMs: number; toMs: number }; format: 'csv' | 'parquet' },
): Promise<number> {
  const { folder, points, range, format } = asked;
  const transfer = createTransfer({ history, registry: { points: () => [] }, clock, folder, futureMaxMs: 0 });
  const series = Array.from({ length: points }, (_, i) => ({
    series: i,
    point: `point-${i}`,
    metric: 'ch4',
    unit: '%LEL',
  }));
  const startMs = performance.now();
  const outcome = await transfer.export({ series, ...range, format, csv: { bom: true, timezone: 'Asia/Shanghai' } });
  if (!outcome.ok) throw new Error(outcome.detail);
  let bytes = 0;
  for await (const piece of outcome.pieces) bytes += piece.length;
  const seconds = (performance.now() - startMs) / 1_000;
  await transfer.close();
  if (bytes === 0) throw new Error('nothing was exported');
  return (points * 30 * (DAY / ONE_EVERY_MS)) / seconds;
}

async function times(work: () => Promise<unknown>, count = QUERIES): Promise<number[]> {
  const found: number[] = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    await work();
    found.push(performance.now() - start);
  }
  return found;
}

/** Numbers from 0 to 1, the same for the same seed. */
function createRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
