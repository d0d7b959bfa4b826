import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Level } from '../../src/model/level.ts';
import type { Outcome } from '../../src/notify/channel.ts';
import { openOutbox } from '../../src/notify/outbox/outbox.ts';
import { createSender } from '../../src/notify/sender.ts';
import { createChance } from '../support/chance.ts';
import { createFakeClock, uptimeOf } from '../support/fake-clock.ts';
import { isLong } from '../support/long.ts';
import { createRobotGateway, entryOf, offered, robotType, setupWith, tellAll } from '../support/telling.ts';
import { temporaryFolder } from '../support/temporary.ts';

/**
 * NOTIFY.md's acceptance test 1: a flood against a robot that takes 20 messages a minute. Every alert is in an accepted
 * message within 3 minutes, each red one within 5 s, and the robot never has enough of us.
 */

const STEP_MS = 100;
const AFTER_MS = 180_000;
const NOT_CALLED = (): never => {
  throw new Error('no channel of this test needs it');
};

interface Flood {
  readonly minutes: number;
  readonly perMinute: number;
  /** How many of a hundred are red. */
  readonly redShare: number;
  readonly blockMs: number | null;
  readonly seed: number;
  /** Over how long they are raised; left out: all the time. */
  readonly withinMs?: number | undefined;
  /** From when to when, in minutes, the gateway does not answer. */
  readonly silent?: readonly [from: number, to: number] | undefined;
}

async function runFlood(flood: Flood) {
  const { minutes, perMinute, redShare, blockMs, seed, silent = [0, 0], withinMs = minutes * 60_000 } = flood;
  const chance = createChance(seed);
  const clock = createFakeClock();
  const gateway = createRobotGateway(clock, chance, blockMs);
  const startMs = clock.nowMs();
  const [silentFromMs, silentToMs] = silent.map((minute) => startMs + minute * 60_000) as [number, number];
  const isSilent = () => clock.nowMs() >= silentFromMs && clock.nowMs() < silentToMs;
  const noAnswer = () =>
    new Promise<Outcome>(
      (resolve) =>
        void clock.after(10_000, () =>
          resolve({ state: 'later', why: 'no-answer', afterMs: null, words: 'time-out', clockOffsetMs: null }),
        ),
    );
  const sender = createSender({
    clock,
    edge: {
      nowMs: clock.nowMs,
      after: clock.after,
      http: { request: NOT_CALLED },
      publish: NOT_CALLED,
      subscribe: NOT_CALLED,
      resolve: NOT_CALLED,
    },
    onProof: () => undefined,
  });
  const outbox = openOutbox({
    timezone: 'Asia/Shanghai',
    uptime: uptimeOf(clock),
    path: join(temporaryFolder(), 'notify.db'),
    clock,
    step: tellAll,
    dutyAt: () => null,
    startsAnew: (place) => place === undefined,
    types: { wecom: robotType((body) => (isSilent() ? noAnswer() : gateway.post(body))) },
    send: (channel, { composed }) => sender.send(channel, composed),
    newId: randomUUID,
    newCode: () => '1234',
    linkOf: () => null,
    onSystem: () => undefined,
    onAnswer: () => undefined,
    onBug(error) {
      throw error;
    },
  });
  outbox.begin({ log: 'log', seq: 0 }, []);
  outbox.setUp({ revision: 1, setup: setupWith(['robot']) });

  const raised = new Map<string, { atMs: number; level: Level }>();
  let seq = 0;
  const endMs = startMs + minutes * 60_000;
  /** After the flood there is time for what still waits. */
  while (clock.nowMs() < endMs + AFTER_MS) {
    const share = Math.min(1, (clock.nowMs() - startMs) / withinMs);
    const due = Math.floor(share * minutes * perMinute) - seq;
    if (due > 0) {
      const entries = Array.from({ length: due }, () => {
        const level: Level = chance() * 100 < redShare ? 'red' : chance() < 0.5 ? 'orange' : 'yellow';
        seq += 1;
        raised.set(`a-${seq}`, { atMs: clock.nowMs(), level });
        return offered(entryOf(seq, { id: `a-${seq}`, level, atMs: clock.nowMs() }));
      });
      outbox.take(entries);
    }
    clock.advance(STEP_MS);
    // What was answered meanwhile is taken up before time goes on.
    await new Promise((resolve) => setImmediate(resolve));
  }
  outbox.close();
  sender.close();

  const toldAtMs = new Map<string, number>();
  for (const { alerts, accepted, atMs } of gateway.posts) {
    if (!accepted) continue;
    for (const alert of alerts) if (!toldAtMs.has(alert)) toldAtMs.set(alert, atMs);
  }
  const waits = [...raised].map(([id, { atMs, level }]) => ({
    id,
    level,
    waitMs: (toldAtMs.get(id) ?? Infinity) - atMs,
  }));
  return { gateway, waits, raised, silentToMs };
}

function mostIn60s(times: readonly number[]): number {
  return Math.max(...times.map((atMs) => times.filter((other) => other >= atMs && other < atMs + 60_000).length));
}

test.each([
  { what: 'a minute, WeCom', minutes: 1, blockMs: null, redShare: 10 },
  { what: 'those of a minute in one second', minutes: 1, blockMs: 600_000, redShare: 10, withinMs: 1_000 },
  { what: 'half an hour, WeCom', minutes: 30, blockMs: null, redShare: 10 },
  { what: 'half an hour, DingTalk with its ten minutes of silence', minutes: 30, blockMs: 600_000, redShare: 10 },
  { what: 'five minutes, all red', minutes: 5, blockMs: 600_000, redShare: 100 },
])('300 alerts a minute: $what', async ({ minutes, blockMs, redShare, withinMs }) => {
  const seed = 20_261_126 + minutes;
  const { gateway, waits } = await runFlood({ minutes, perMinute: 300, redShare, blockMs, seed, withinMs });
  const reds = waits.filter(({ level }) => level === 'red');
  expect(waits).toHaveLength(300 * minutes);
  expect(gateway.blocks, 'the robot had enough of us').toEqual([]);
  expect(mostIn60s(gateway.posts.map(({ atMs }) => atMs))).toBeLessThanOrEqual(20);
  expect(Math.max(...waits.map(({ waitMs }) => waitMs))).toBeLessThanOrEqual(180_000);
  expect(Math.max(...reds.map(({ waitMs }) => waitMs))).toBeLessThanOrEqual(5_000);
  // Nothing is told twice as if it were new.
  const named = gateway.posts.flatMap(({ alerts }) => alerts);
  expect(new Set(named).size).toBe(named.length);
});

test('a gateway that was silent for minutes: red first, and all of it told soon', async () => {
  const [minutes, silent, redWithinMs] = isLong ? ([30, [10, 20], 45_000] as const) : ([7, [2, 4], 12_000] as const);
  const flood = { minutes, perMinute: 300, redShare: 10, blockMs: 600_000, seed: 20_261_127, silent };
  const { gateway, waits, raised, silentToMs } = await runFlood(flood);
  /** Of those raised in a stretch of time: how long behind its beginning, or behind their own, the last was told. */
  const told = waits.map(({ id, level, waitMs }) => {
    const atMs = raised.get(id)?.atMs ?? 0;
    return { level, atMs, waitMs, behindMs: atMs + waitMs - silentToMs };
  });
  const most = (list: typeof told, key: 'waitMs' | 'behindMs') => Math.max(...list.map((one) => one[key]));
  const before = told.filter(({ atMs }) => atMs < silentToMs);
  const reds = told.filter(({ level }) => level === 'red');
  const redsSince = reds.filter(({ atMs }) => atMs >= silentToMs);
  expect(gateway.blocks, 'the robot had enough of us').toEqual([]);
  // Some three hundred red ones wait for half an hour's flood, and the robot takes one message every four seconds.
  expect(
    most(
      before.filter(({ level }) => level === 'red'),
      'behindMs',
    ),
  ).toBeLessThanOrEqual(45_000);
  expect(most(redsSince, 'waitMs')).toBeLessThanOrEqual(redWithinMs);
  expect(
    most(
      redsSince.filter(({ atMs }) => atMs >= silentToMs + 60_000),
      'waitMs',
    ),
  ).toBeLessThanOrEqual(5_000);
  expect(most(before, 'behindMs')).toBeLessThanOrEqual(180_000);
  const named = gateway.posts.flatMap(({ alerts }) => alerts);
  expect(new Set(named).size).toBe(raised.size);
});
