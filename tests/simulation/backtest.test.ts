import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadSiteFiles } from '../../simulator/site-files.ts';
import { copyState, type StateCopy } from '../../src/alerts/state-copy.ts';
import { positionAt } from '../../src/journal/journal-time.ts';
import { openJournalReader } from '../../src/journal/reader.ts';
import type { AlertEvent } from '../../src/model/alert.ts';
import { decodeEntries } from '../../src/model/entry.ts';
import { openDefinitions } from '../../src/registry/read-definitions.ts';
import { backtest } from '../../src/services/analysis/backtest.ts';
import { createPeople, publishesOf } from '../support/bad-day.ts';
import { createChance } from '../support/chance.ts';
import { type Core, openCore } from '../support/core.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { until } from '../support/until.ts';

const START_MS = Date.parse('2026-07-01T08:00:00+08:00');
const MINUTE = 60_000;
const SEED = 7;

/** Forty minutes of a bad day, with a copy of the state in the middle, while the core that wrote them still runs. */
let core: Core;
let copy: StateCopy;
let log: AlertEvent[];
/** The sequence number of the log at each journal position. */
let arrivals: number[];
let dir: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'brink-test-'));
  mkdirSync(join(dir, 'states'));
  const clock = createFakeClock(START_MS);
  const files = await loadSiteFiles('devices', 'thresholds');
  core = openCore({ dir, clock, onInstant: () => {} });
  core.replay();
  core.registry.apply({ ...files, profiles: [...files.profiles] }, 'files', START_MS);
  await core.controls.reconcile();
  await core.controls.submit({ type: 'start' });
  core.startTicker();
  const chance = createChance(SEED);
  const people = createPeople(files, chance);
  const sent = publishesOf(files, SEED, START_MS, 40 * MINUTE);
  for (const [index, { topic, payload, atMs }] of sent.entries()) {
    clock.advance(Math.max(0, atMs - clock.nowMs()));
    core.publish({ device: topic.slice('telemetry/'.length), topic, payload: Buffer.from(payload) });
    if (chance() < 0.03) people(core, clock.nowMs());
    if (index % 20 !== 0) continue;
    await core.settled();
    if (chance() < 0.3) core.alerts.checkpoint(20);
    if (copy === undefined && atMs > START_MS + 20 * MINUTE)
      copy = copyState(join(dir, 'alerts.db'), join(dir, 'states'));
  }
  await core.settled();
  log = core.store.events(0, Number.MAX_SAFE_INTEGER);
  arrivals = core.journal
    .read(1, Number.MAX_SAFE_INTEGER)
    .flatMap(({ data }) => decodeEntries(data).map(({ receivedAtMs }) => receivedAtMs));
});

afterAll(async () => {
  await core.close();
  rmSync(dir, { recursive: true, force: true });
});

function run(range: { fromMs?: number; toMs?: number }, states: readonly StateCopy[] = []) {
  const journal = openJournalReader(join(dir, 'journal.db'));
  const definitions = openDefinitions(join(dir, 'registry.db'));
  try {
    return backtest({ journal, definitions: definitions.get, states }, range);
  } finally {
    definitions.close();
    journal.close();
  }
}

function partOf(range: { fromMs?: number; toMs?: number }, states: readonly StateCopy[] = []) {
  const result = run(range, states);
  if (!result.ok) throw new Error('refused');
  expect(result.events).toEqual(log.slice(result.headBefore, result.headBefore + result.events.length));
  return result;
}

test('a position is found by the time its entry arrived, also in the middle of a row', () => {
  for (const position of [1, 2, 500, 1_501, arrivals.length]) {
    const atMs = arrivals[position - 1] ?? 0;
    expect(positionAt(core.journal, atMs)).toBe(arrivals.findIndex((ms) => ms >= atMs) + 1);
  }
  expect(positionAt(core.journal, Number.MAX_SAFE_INTEGER)).toBe(arrivals.length + 1);
  expect(positionAt(core.journal, 0)).toBe(1);
});

describe('a backtest beside the core that writes', () => {
  test('gives the whole log, any part of it, and nothing twice', () => {
    expect(partOf({}).events).toHaveLength(log.length);
    const cuts = [START_MS, START_MS + 7 * MINUTE, START_MS + 25 * MINUTE + 1_234, START_MS + 60 * MINUTE];
    const parts = cuts.slice(1).flatMap((toMs, i) => partOf({ fromMs: cuts[i] ?? 0, toMs }).events);
    expect(parts).toEqual(log);
  });

  test('begins at a stored state where there is one before the range', () => {
    const fromMs = START_MS + 30 * MINUTE;
    const result = partOf({ fromMs }, [copy]);
    expect(result.evaluatedFrom).toBe(copy.replayFrom);
    expect(result.evaluatedFrom).toBeGreaterThan(1);
    expect(result.events.length).toBeGreaterThan(5);
    expect(partOf({ fromMs: START_MS + 5 * MINUTE }, [copy]).evaluatedFrom).toBe(1);
  });

  test('once the journal is trimmed, reaches back to the oldest state and says so', async () => {
    core.journal.trim(copy.replayFrom);
    await until(
      'the trimming',
      () => core.journal.firstPosition() > copy.replayFrom - 2_000 && core.journal.firstPosition() > 1,
    );
    expect(run({}, [])).toEqual({ ok: false, earliestMs: null });
    const earliestMs = arrivals[copy.cursor];
    expect(run({ fromMs: START_MS + 5 * MINUTE }, [copy])).toEqual({ ok: false, earliestMs });
    expect(partOf({}, [copy]).from).toBe(copy.cursor + 1);
  });
});
