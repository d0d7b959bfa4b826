import { expect, test } from 'vitest';
import { startTicker } from '../../src/alerts/ticker.ts';
import { createFakeClock } from '../support/fake-clock.ts';

function setUp() {
  const clock = createFakeClock(1_000_000);
  const log: string[] = [];
  let deadlines: number[] = [];
  let notBeforeMs: number | undefined;
  const ticker = startTicker({
    clock,
    nextDeadlineMs: () => deadlines[0],
    deadlineNotBeforeMs: () => notBeforeMs ?? deadlines[0],
    tick() {
      log.push(`tick ${clock.nowMs()}`);
      deadlines = deadlines.filter((deadline) => deadline > clock.nowMs());
    },
    restart: (reason) => log.push(reason),
  });
  const set = (...ms: number[]) => {
    deadlines = ms;
    ticker.check();
  };
  /** Makes the cheap answer an early one, as it is when readings have put the deadline off. */
  const putOffFrom = (ms: number) => {
    notBeforeMs = ms;
  };
  return { clock, log, ticker, set, putOffFrom };
}

test('a deadline that has been put off is not ticked for at its old time', () => {
  const { clock, log, set, putOffFrom } = setUp();
  putOffFrom(1_000_100);
  set(1_000_300);
  clock.advance(299);
  expect(log).toEqual([]);
  clock.advance(1);
  expect(log).toEqual(['tick 1000300']);
});

test('a tick is journalled when a deadline falls due, at the moment it does', () => {
  const { clock, log, set, ticker } = setUp();
  set(1_000_100, 1_000_300);
  clock.advance(99);
  expect(log).toEqual([]);
  clock.advance(1);
  expect(log).toEqual(['tick 1000100']);
  ticker.check();
  clock.advance(1_000);
  expect(log).toEqual(['tick 1000100', 'tick 1000300']);
});

test('an earlier deadline that comes up later is not slept through, and a cancelled one costs nothing', () => {
  const { clock, log, set } = setUp();
  set(1_010_000);
  set(1_000_050);
  clock.advance(50);
  expect(log).toEqual(['tick 1000050']);
  set();
  clock.advance(20_000);
  expect(log).toHaveLength(1);
});

test('one tick at a time: the next waits until the first has been evaluated', () => {
  const { clock, log, set, ticker } = setUp();
  set(1_000_010);
  clock.advance(10);
  set(1_000_020);
  clock.advance(100);
  expect(log).toHaveLength(2);
  ticker.stop();
});

test('a wall clock that jumps, either way, begins anew instead of making everybody silent', () => {
  const { clock, log, set } = setUp();
  set(1_600_000);
  clock.advance(400);
  clock.setWall(clock.nowMs() + 3_600_000);
  clock.advance(200);
  expect(log).toEqual(['clock-jump']);
  clock.setWall(clock.nowMs() - 7_200_000);
  clock.advance(500);
  expect(log).toEqual(['clock-jump', 'clock-jump']);
});
