import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Publish as Sent } from '../../simulator/actions.ts';
import { loadSiteFiles } from '../../simulator/site-files.ts';
import { openAlertStore } from '../../src/alerts/store.ts';
import type { AlertEvent } from '../../src/model/alert.ts';
import { decodeEntries } from '../../src/model/entry.ts';
import { evaluateJournal } from '../../src/services/analysis/backtest.ts';
import { createPeople, publishesOf } from '../support/bad-day.ts';
import { createChance } from '../support/chance.ts';
import { type Core, type Instant, openCore, openTestFollower } from '../support/core.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { temporaryFolder } from '../support/temporary.ts';

/**
 * Replay equals live (DESIGN, promise 3). Hours of the simulator's bad day run through the real intake, journal and
 * followers under a clock in hand, while people acknowledge, shelve, edit thresholds, plan maintenance and move devices,
 * and the power fails between one disk write and the next: the files as they are then are all the next core has.
 */

const START_MS = Date.parse('2026-07-01T08:00:00+08:00');
const HOUR = 3_600_000;
const MINUTE = 60_000;
/** Publishes committed together, at most. */
const GROUP_MAX = 80;
/** A deed for so many publishes. */
const DEED_EVERY = 25;
const CRASH_CHANCE = 0.06;

const seed = Number(process.env.BRINK_TEST_SEED ?? randomBytes(4).readUInt32LE());
console.log(`replay test: BRINK_TEST_SEED=${seed}`);
const files = await loadSiteFiles('devices', 'thresholds');

const cores: Core[] = [];
afterEach(async () => {
  for (const core of cores.splice(0)) await core.close();
});

interface Run {
  readonly core: Core;
  readonly crashes: number;
}

type Crashes = 'none' | 'unnoticed' | 'outages';

/**
 * One bad day. Crashes are `unnoticed` when the next core goes on at the same moment with all that was not on disk sent
 * again, so that the day must come out as without them; in `outages` it comes back later, as a server does.
 */
async function live(hours: number, crashes: Crashes): Promise<Run> {
  const story = createChance(seed);
  const fate = createChance(seed + 1);
  const clock = createFakeClock(START_MS);
  const people = createPeople(files, story);
  const root = temporaryFolder();
  const all = publishesOf(files, seed, START_MS, hours * HOUR);
  // What intake has seen of a wrong clock is not on disk: after a crash it is found again, and meanwhile times are others.
  const sent = crashes === 'outages' ? all : all.filter(({ faults }) => !faults.some(isOfClock));
  let count = 0;
  let planned: Instant | 'pending' | undefined;
  let copy: string | undefined;

  function open(dir: string): Core {
    const opened = openCore({
      dir,
      clock,
      onInstant(instant) {
        if (planned === instant) copyNow();
      },
    });
    cores.push(opened);
    opened.replay();
    return opened;
  }
  function copyNow(): void {
    planned = undefined;
    copy = join(root, `${++count}`);
    core.copyTo(copy);
  }
  async function closePresent(): Promise<void> {
    cores.splice(cores.indexOf(core), 1);
    await core.close();
  }

  mkdirSync(join(root, '0'));
  let core = open(join(root, '0'));
  core.registry.apply({ ...files, profiles: [...files.profiles] }, 'files', START_MS);
  await begin(core);

  for (let next = 0; next < sent.length; ) {
    const size = 1 + Math.floor(story() * GROUP_MAX);
    for (const publish of sent.slice(next, next + size)) {
      clock.advance(Math.max(0, publish.atMs - virtualMs(clock)));
      send(core, publish);
      if (story() * DEED_EVERY < 1) people(core, clock.nowMs());
      if (crashes === 'outages' && fate() < 0.000_5) setClock(clock, fate);
    }
    next += size;
    if (crashes === 'none' || fate() >= CRASH_CHANCE) {
      await core.settled();
    } else {
      planned = (['pending', 'committed', 'evaluated'] as const)[Math.floor(fate() * 3)];
      const cutOff = planned === 'pending' ? core.pending() : [];
      if (planned === 'pending') copyNow();
      await core.settled();
      if (copy !== undefined) {
        await closePresent();
        const dir: string = copy;
        copy = undefined;
        if (crashes === 'unnoticed') {
          core = open(dir);
          core.startTicker();
          core.append(cutOff);
          await core.settled();
        } else {
          const backMs = virtualMs(clock) + Math.floor(fate() ** 3 * 30 * MINUTE);
          const waiting: Sent[] = [];
          for (; (sent[next]?.atMs ?? backMs) < backMs; next++)
            if (sent[next]?.qos !== 0) waiting.push(sent[next] as Sent);
          clock.advance(backMs - virtualMs(clock));
          core = open(dir);
          await begin(core);
          for (const publish of waiting) send(core, publish);
          await core.settled();
        }
      }
    }
    if (story() < 0.3) core.alerts.checkpoint(Math.ceil(story() * 40));
  }
  return { core, crashes: count };
}

function isOfClock(fault: string): boolean {
  return fault.startsWith('clock-');
}

/** What a start does: what the registry says and the journal does not, then the beginning of watching. */
async function begin(core: Core): Promise<void> {
  await core.controls.reconcile();
  await core.controls.submit({ type: 'start' });
  core.startTicker();
}

function send(core: Core, { topic, payload }: Sent): void {
  core.publish({ device: topic.slice('telemetry/'.length), topic, payload: Buffer.from(payload) });
}

/** The simulator's time, which goes on evenly while people set the wall clock. */
function virtualMs(clock: FakeClock): number {
  return START_MS + clock.steadyMs();
}

/** A wall clock is put right by a moment, or set by somebody. */
function setClock(clock: FakeClock, chance: () => number): void {
  const byMs = chance() < 0.8 ? (chance() - 0.3) * 5_000 : (chance() - 0.5) * 20 * MINUTE;
  clock.setWall(Math.round(clock.nowMs() + byMs));
}

function stored(core: Core): AlertEvent[] {
  return core.store.events(0, Number.MAX_SAFE_INTEGER);
}

/** Says where two logs part, instead of printing both. */
function expectSame(actual: readonly AlertEvent[], expected: readonly AlertEvent[]): void {
  const parts = expected.findIndex((event, i) => JSON.stringify(actual[i]) !== JSON.stringify(event));
  if (parts >= 0) expect({ seed, event: actual[parts] }).toEqual({ seed, event: expected[parts] });
  expect(actual.length).toBe(expected.length);
}

const SEVERAL = expect.toSatisfy((count: number) => count >= 2, 'several');
const HAPPENS = Object.fromEntries(
  ['raised', 'escalated', 'cleared', 'acknowledged', 'shelved', 'unshelved', 'unverified']
    .concat(['maintenance', 'suppression-ended'])
    .map((kind) => [kind, SEVERAL]),
);

/** How often each event, note and system rule occurs. */
function kindsOf(log: readonly AlertEvent[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { event, note, alert } of log) {
    const kinds = [event, note?.replace(/:.*/, ''), alert.kind === 'system' ? alert.rule : undefined];
    for (const kind of kinds) if (kind !== undefined) counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

test('hours with power cuts, edits, maintenance and clocks that jump: the stored log is what a replay gives', async () => {
  const { core, crashes } = await live(3, 'outages');
  const log = stored(core);
  expect(crashes).toBeGreaterThan(4);
  // A day on which these did not happen would prove little.
  // One flood may last from the first hour to the end, so that it is told once.
  expect(kindsOf(log)).toEqual(expect.objectContaining({ ...HAPPENS, 'alarm-flood': expect.any(Number) }));
  expect(log.map(({ seq }) => seq)).toEqual(log.map((_, i) => i + 1));
  expectSame(evaluateJournal(core.journal, core.registry), log);
  const last = new Map(log.map(({ alert }) => [alert.id, alert]));
  for (const [id, alert] of last) expect(core.store.get(id)).toEqual(alert);
  expectSame(refolded(core), log);
});

test('the same day comes out the same, whether or not the core was cut off again and again', async () => {
  const without = await live(1.5, 'none');
  const { core, crashes } = await live(1.5, 'unnoticed');
  expect(crashes).toBeGreaterThan(10);
  expectSame(stored(core), stored(without.core));
  expectSame(evaluateJournal(core.journal, core.registry), stored(core));
});

/** The journal once more through followers on one store, each dropped at some entry, in batches cut at random. */
function refolded({ journal, registry }: Core): AlertEvent[] {
  const chance = createChance(seed + 2);
  const path = join(temporaryFolder(), 'again.db');
  const entries = journal.read(1, Number.MAX_SAFE_INTEGER).flatMap(({ data }) => decodeEntries(data));
  let store = openAlertStore(path);
  let follower = openTestFollower(store, registry);
  for (let at = 0; at < entries.length; ) {
    const size = 1 + Math.floor(chance() ** 4 * 400);
    follower.take(at + 1, entries.slice(at, at + size));
    at += size;
    if (chance() < 0.2) follower.checkpoint(Math.ceil(chance() * 60));
    if (chance() > 0.01) continue;
    store.close();
    store = openAlertStore(path);
    follower = openTestFollower(store, registry);
    at = follower.replayFrom() - 1;
  }
  const log = store.events(0, Number.MAX_SAFE_INTEGER);
  store.close();
  return log;
}
