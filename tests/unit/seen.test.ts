import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openSeen } from '../../src/push/seen.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { temporaryFolder } from '../support/temporary.ts';

function store(path = join(temporaryFolder(), 'seen.db')) {
  const clock = createFakeClock(0);
  const failures: unknown[] = [];
  const seen = openSeen(path, clock, (error) => failures.push(error));
  /** A screen shows everything up to `seq` at `atMs`. */
  const screen = (user: string, seq: number, atMs: number) => {
    clock.advance(Math.max(0, atMs - clock.nowMs()));
    seen.note({ user, seq, atMs });
  };
  return { seen, clock, failures, screen, path };
}

test('an alert has been seen by whoever’s screen was between its first event and its close', () => {
  const { seen, screen, failures } = store();
  onTestFinished(() => seen.close());
  screen('wang', 10, 1_000);
  screen('token:wall', 12, 3_000);
  screen('wang', 12, 5_000);
  screen('li', 20, 9_000);
  // Raised by event 11, closed by event 15: li came after that.
  expect(seen.between(11, 15)).toEqual([
    { user: 'token:wall', atMs: 3_000 },
    { user: 'wang', atMs: 5_000 },
  ]);
  expect(seen.between(11, null).map(({ user }) => user)).toEqual(['token:wall', 'wang', 'li']);
  expect(seen.between(21, null)).toEqual([]);
  expect(failures).toEqual([]);
});

test('the first time counts, however often a screen says so again, and after a restart', () => {
  const { seen, screen, path } = store();
  screen('wang', 5, 1_000);
  screen('wang', 5, 60_000);
  screen('wang', 4, 70_000);
  expect(seen.between(5, null)).toEqual([{ user: 'wang', atMs: 1_000 }]);
  seen.close();
  const again = store(path);
  onTestFinished(() => again.seen.close());
  again.screen('wang', 5, 90_000);
  expect(again.seen.between(5, null)).toEqual([{ user: 'wang', atMs: 1_000 }]);
});

test('a flood is one row a second for each person, written together', () => {
  const { seen, screen, clock } = store();
  onTestFinished(() => seen.close());
  for (let seq = 1; seq <= 200; seq++) screen('wang', seq, seq * 5);
  clock.advance(1_000);
  // Of the first second only the last confirmation is kept, so what came and went within it was on no screen for long.
  expect(seen.between(1, 150)).toEqual([]);
  expect(seen.between(1, null)).toEqual([{ user: 'wang', atMs: 1_000 }]);
});
