import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, test } from 'vitest';
import { type EmbeddedHistory, openEmbeddedHistory } from '../../src/history/embedded.ts';
import { createLog } from '../../src/lib/log.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { limitFileSize } from '../support/file-size-limit.ts';
import { FOR_EVER, JOURNAL_END, samplesBefore } from '../support/history-journal.ts';
import { createJournalFeed } from '../support/journal-feed.ts';
import { rounds } from '../support/long.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const EVER = { fromMs: 0, toMs: 2 ** 49, limit: 1e9 };
const children: ChildProcess[] = [];
const opened: EmbeddedHistory[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const history of opened.splice(0)) await history.close();
});

describe('kill -9', () => {
  const seed = Number(process.env.BRINK_TEST_SEED ?? Math.floor(Math.random() * 1e9));
  const ROUNDS = rounds(4, 100);

  test(`of the whole process loses nothing the journal still holds (BRINK_TEST_SEED=${seed})`, async () => {
    let state = seed;
    const random = (): number => {
      state = (state * 48_271 + 11) % 0x7fff_ffff;
      return state / 0x7fff_ffff;
    };
    const dir = temporaryFolder();
    let durable = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const child = spawn(process.execPath, ['tests/support/history-child.ts', dir, String(3 + (round % 4) * 20)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      children.push(child);
      let started = false;
      createInterface({ input: child.stdout }).on('line', (line) => {
        const told = JSON.parse(line) as { durable: number };
        if (!started) expect(told.durable).toBeGreaterThanOrEqual(durable);
        started = true;
        durable = told.durable;
      });
      await until('the child to have started', () => started);
      // Every other time behind a step forward, however slow the machine is.
      const before = durable;
      if (round % 2 === 1) await until('more to be stored', () => durable > before || durable === JOURNAL_END);
      await new Promise((resolve) => setTimeout(resolve, random() * 700));
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    }

    const history = await openEmbeddedHistory({
      dir,
      clock: createFakeClock(),
      log: createLog('silent'),
      journal: () => ({ first: 0, next: JOURNAL_END }),
      retention: FOR_EVER,
    });
    opened.push(history);
    expect(history.nextPosition()).toBe(history.durablePosition());
    expect(history.durablePosition()).toBeGreaterThanOrEqual(durable);
    expect(history.durablePosition()).toBeGreaterThan(0);
    for (const settled of [false, true]) {
      if (settled) await history.settle();
      for (const series of [0, 17, 39]) {
        expect(await history.samples({ series, ...EVER })).toEqual(samplesBefore(history.durablePosition(), series));
      }
    }
  });
});

// Less than one write, and room for some of them.
test.each([
  200_000, 3_000_000,
])('a disk that takes no more of a file than %i bytes loses nothing, is told, and is used again by itself', async (bytes) => {
  const dir = temporaryFolder();
  // The child is born with the limit, for on a busy machine it may have written everything before one comes later.
  const child = spawn(
    'prlimit',
    [`--fsize=${bytes}:unlimited`, process.execPath, 'tests/support/history-child.ts', dir, '10'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  children.push(child);
  const problems = new Set<string>();
  let told = { durable: -1, problem: null as string | null };
  createInterface({ input: child.stdout }).on('line', (line) => {
    told = JSON.parse(line) as typeof told;
    if (told.problem !== null) problems.add(told.problem);
  });
  await until('the failure to be told', () => problems.size > 0);
  for (const problem of problems) expect(problem).toMatch(/history cannot be (written|put in order)/);
  limitFileSize(child.pid, 'unlimited');
  await until('everything to be stored', () => told.durable === JOURNAL_END && told.problem === null);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;

  const history = await openEmbeddedHistory({
    dir,
    clock: createFakeClock(),
    log: createLog('silent'),
    journal: () => ({ first: 0, next: JOURNAL_END }),
    retention: FOR_EVER,
  });
  opened.push(history);
  expect(await history.samples({ series: 3, ...EVER })).toEqual(samplesBefore(JOURNAL_END, 3));
});

describe('a thread that fails', () => {
  test('is started again, says so meanwhile, and asks for what it had not stored', async () => {
    const clock = createFakeClock();
    const feed = createJournalFeed();
    const options = { dir: temporaryFolder(), clock, log: createLog('silent'), journal: feed.range };
    const history = await openEmbeddedHistory(options);
    opened.push(history);
    feed.attach(history);
    feed.readings({ series: 1, tsMs: 1000, value: 1, marks: 0 });
    expect(await history.samples({ series: 1, ...EVER })).toHaveLength(1);

    // No journal holds such bytes; they stand for any fault in the thread.
    history.offer(1, 1, Buffer.alloc(9, 0xff));
    await expect(history.samples({ series: 1, ...EVER })).rejects.toThrow(/history thread failed/);
    expect(history.stats().problem).toMatch(/started again/);
    expect(history.offer(history.nextPosition(), 0, new Uint8Array(0))).toBe(false);

    clock.advance(1000);
    await until('the thread to be back', () => history.stats().problem === null);
    expect(history.nextPosition()).toBe(1);
    expect(history.durablePosition()).toBe(0);
    feed.readings({ series: 1, tsMs: 2000, value: 2, marks: 0 });
    expect(await history.samples({ series: 1, ...EVER })).toHaveLength(2);
  });
});

test('a query that takes longer than allowed is given up with an error', async () => {
  const feed = createJournalFeed();
  const history = await openEmbeddedHistory({
    dir: temporaryFolder(),
    clock: createFakeClock(),
    log: createLog('silent'),
    journal: feed.range,
    queryTimeoutMs: 0,
  });
  opened.push(history);
  await expect(history.samples({ series: 1, ...EVER })).rejects.toThrow(/took too long/);
});
