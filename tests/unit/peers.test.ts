import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { paceMessages } from '../../src/api/message-pace.ts';
import { createDoor } from '../../src/lib/door.ts';
import { newBucket } from '../../src/lib/token-bucket.ts';
import { createTurns } from '../../src/lib/turns.ts';
import { createWaitingRoom } from '../../src/lib/waiting-room.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { until } from '../support/until.ts';

describe('the waiting room', () => {
  function room(more: { waitMs?: number } = {}) {
    const clock = createFakeClock();
    const turnedOut: string[] = [];
    const onTurnedOut = (network: string, why: string) => turnedOut.push(`${network} ${why}`);
    return { clock, turnedOut, ...createWaitingRoom({ clock, perNetworkMax: 3, max: 5, onTurnedOut, ...more }) };
  }
  const streams = (count: number) => Array.from({ length: count }, () => new PassThrough());

  test('the first of a network makes room for its next, and the first of all when there is none left', () => {
    const { add, leave, size, turnedOut } = room();
    const [a, b] = [streams(4), streams(3)];
    for (const stream of a) add(stream, 'a');
    expect([a[0]?.destroyed, size(), turnedOut]).toEqual([true, 3, ['a crowded']]);
    for (const stream of b) add(stream, 'b');
    expect([a[1]?.destroyed, size(), turnedOut]).toEqual([true, 5, ['a crowded', 'a crowded']]);
    if (a[2] !== undefined) leave(a[2]);
    add(new PassThrough(), 'c');
    expect([a[2]?.destroyed, size(), turnedOut.length]).toEqual([false, 5, 2]);
  });

  test('who says nothing for too long goes', () => {
    const { add, clock, size, turnedOut } = room({ waitMs: 10_000 });
    add(new PassThrough(), 'a');
    clock.advance(6_000);
    add(new PassThrough(), 'a');
    clock.advance(5_000);
    expect([size(), turnedOut]).toEqual([1, ['a late']]);
  });
});

test('the door lets so many in at a time, networks in turn, and turns away beyond what may wait', () => {
  const clock = createFakeClock();
  const [entered, refused]: [string[], string[]] = [[], []];
  const onRefused = (network: string) => refused.push(network);
  const door = createDoor({ clock, perSecondMax: 500, perNetworkMax: 4, max: 6, onRefused });
  const arrive = (network: string, count: number) => {
    for (let n = 0; n < count; n++) door.arrive(new PassThrough(), network, () => entered.push(network));
  };
  arrive('flood', 9);
  expect([entered, refused]).toEqual([
    ['flood', 'flood'],
    ['flood', 'flood', 'flood'],
  ]);
  arrive('honest', 1);
  clock.advance(4);
  expect(entered.slice(2).sort()).toEqual(['flood', 'honest']);
  const gone = new PassThrough();
  door.arrive(gone, 'honest', () => entered.push('gone'));
  gone.destroy();
  clock.advance(1_000);
  expect(entered.filter((network) => network === 'flood')).toHaveLength(6);
  expect([entered.includes('gone'), door.waiting()]).toEqual([false, 0]);
  arrive('honest', 1);
  expect(entered.at(-1)).toBe('honest');
});

test('on a slow machine the door leaves eight times as long to everybody else as it takes, but never stays shut', () => {
  const clock = createFakeClock();
  let takesMs = 3;
  const door = createDoor({ clock, perSecondMax: 250, onRefused: () => {} });
  const enteredAtMs: number[] = [];
  for (let n = 0; n < 6; n++) {
    door.arrive(new PassThrough(), 'a', () => {
      enteredAtMs.push(clock.steadyMs());
      clock.advance(takesMs);
    });
  }
  clock.advance(80);
  takesMs = 1_000;
  clock.advance(3_000);
  const gapsMs = enteredAtMs.slice(1).map((atMs, n) => atMs - (enteredAtMs[n] ?? 0));
  expect(gapsMs).toEqual([27, 27, 27, 27, 1_100]);
});

test('messages above the rate are heard later and in their order, and a flood ends', async () => {
  const clock = createFakeClock();
  const heard: string[] = [];
  const said: string[] = [];
  const open = (bytes = newBucket()) =>
    paceMessages({
      clock,
      turns: createTurns(clock),
      bytes,
      hear: (text) => heard.push(text.slice(0, 10)),
      pause: () => said.push('pause'),
      resume: () => said.push('resume'),
      onFlood: () => said.push('flood'),
    });
  const pace = open();
  for (let n = 0; n < 900; n++) pace.message(`${n}`);
  expect(heard.length).toBeLessThan(800);
  expect(said).toEqual(['pause']);
  clock.advance(60_000);
  expect(heard).toEqual(Array.from({ length: 900 }, (_, n) => `${n}`));
  expect(said.at(-1)).toBe('resume');

  // What is large waits for a turn, and counts for all channels of a user.
  const shared = newBucket();
  const [one, other] = [open(shared), open(shared)];
  heard.length = 0;
  const large = (name: string) => `${name} ${'x'.repeat(64 * 1024)}`;
  for (let n = 0; n < 20; n++) one.message(large(`${n}`));
  one.message('behind');
  other.message(large('other'));
  await until('some', () => heard.length > 8);
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(heard.includes('behind')).toBe(false);
  await until('the last one', () => {
    clock.advance(1_000);
    return heard.includes('behind');
  });
  expect(heard.filter((text) => text.startsWith('o')).length).toBe(1);
  expect(heard.filter((text) => /^\d/.test(text)).map((text) => Number.parseInt(text, 10))).toEqual(
    Array.from({ length: 20 }, (_, n) => n),
  );
  for (let n = 0; n < 1_300; n++) one.message('y');
  expect(said.at(-1)).toBe('flood');
});

test('work that may wait takes a small share of the time, and is done in its order', async () => {
  const clock = createFakeClock();
  const turns = createTurns(clock);
  const done: number[] = [];
  for (let n = 0; n < 5; n++) {
    turns.next(() => {
      done.push(n);
      clock.advance(10);
    });
  }
  await until('the first piece', () => done.length === 1);
  clock.advance(79);
  expect(done).toEqual([0]);
  clock.advance(1);
  expect(done).toEqual([0, 1]);
  await until('the others', () => {
    clock.advance(80);
    return done.length === 5;
  });
  expect(done).toEqual([0, 1, 2, 3, 4]);
});
