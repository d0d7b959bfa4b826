import { describe, expect, test } from 'vitest';
import { createLoginGuard } from '../../src/api/login-guard.ts';
import { createPasswords, TooBusyError } from '../../src/api/passwords.ts';
import { conflictCode, PROBLEMS, preferredLanguage } from '../../src/api/problems.ts';
import { parseTimeMs } from '../../src/model/time.ts';
import { createFakeClock } from '../support/fake-clock.ts';

describe('the login guard', () => {
  const clock = createFakeClock();
  const guard = () => createLoginGuard({ steadyMs: clock.steadyMs, failuresMax: 3, windowMs: 60_000 });

  test('refuses an address after so many failures, until the window ends', () => {
    const { attempt } = guard();
    for (const user of ['a', 'b', 'c']) expect(attempt('10.0.0.1', user).allowed).toBe(true);
    clock.advance(20_000);
    expect(attempt('10.0.0.1', 'd')).toEqual({ allowed: false, retryAfterMs: 40_000 });
    expect(attempt('10.0.0.2', 'd').allowed).toBe(true);
    clock.advance(40_000);
    expect(attempt('10.0.0.1', 'd').allowed).toBe(true);
  });

  test('refuses a name after so many failures from many addresses', () => {
    const { attempt } = guard();
    for (const n of [1, 2, 3]) attempt(`10.0.0.${n}`, 'admin');
    expect(attempt('10.0.0.4', 'admin').allowed).toBe(false);
    expect(attempt('10.0.0.4', 'wang').allowed).toBe(true);
  });

  test('counts an attempt from its beginning, so that a volley gains nothing', () => {
    const { attempt } = guard();
    const volley = [1, 2, 3, 4, 5].map(() => attempt('10.0.0.1', 'admin').allowed);
    expect(volley).toEqual([true, true, true, false, false]);
  });

  test('does not count successes', () => {
    const { attempt } = guard();
    for (let i = 0; i < 10; i++) {
      const tried = attempt('10.0.0.1', 'wang');
      expect(tried.allowed).toBe(true);
      if (tried.allowed) tried.succeeded();
    }
  });

  test('does not let a stranger lock out somebody at a desk they have used', () => {
    const { attempt } = guard();
    const before = attempt('10.0.0.1', 'wang');
    if (before.allowed) before.succeeded();
    for (const n of [2, 3, 4, 5]) attempt(`10.0.0.${n}`, 'wang');
    expect(attempt('10.0.0.9', 'wang').allowed).toBe(false);
    expect(attempt('10.0.0.1', 'wang').allowed).toBe(true);
  });

  test('also a known desk may guess only so often', () => {
    const { attempt } = guard();
    const before = attempt('10.0.0.1', 'wang');
    if (before.allowed) before.succeeded();
    expect([1, 2, 3, 4].map(() => attempt('10.0.0.1', 'wang').allowed)).toEqual([true, true, true, false]);
  });
});

describe('passwords', () => {
  test('are checked in turn, and a crowd is sent away rather than piled up', async () => {
    const passwords = createPasswords();
    const hashed = await passwords.hash('a password');
    const crowd = await Promise.allSettled(Array.from({ length: 80 }, () => passwords.verify(hashed, 'a password')));
    const refused = crowd.filter((one) => one.status === 'rejected' && one.reason instanceof TooBusyError);
    expect(refused.length).toBe(80 - 2 - 64);
    expect(crowd.filter((one) => one.status === 'fulfilled' && one.value).length).toBe(66);
    // The turns were handed back.
    expect(await passwords.verify(hashed, 'a password')).toBe(true);
    expect(await passwords.verify(undefined, 'a password')).toBe(false);
  });
});

test.each([
  [undefined, 'en'],
  ['', 'en'],
  ['zh', 'zh'],
  ['zh-Hans-CN', 'zh'],
  ['en;q=0.5, zh;q=0.6', 'zh'],
  ['de, en;q=0.2, zh;q=0.1', 'en'],
  ['zh;q=0', 'en'],
  ['*', 'en'],
])('Accept-Language %j is read as %s', (header, language) => {
  expect(preferredLanguage(header)).toBe(language);
});

test.each([
  ['1700000000000', 1_700_000_000_000],
  ['0', 0],
  ['-5', -5],
  ['2026-07-01', Date.UTC(2026, 6, 1)],
  ['2026-07-01T08:00Z', Date.UTC(2026, 6, 1, 8)],
  ['2026-07-01T08:00:00.5+08:00', Date.UTC(2026, 6, 1) + 500],
  ['2026-07-01T08:00:00 08:00', Date.UTC(2026, 6, 1)],
  ['2026-07-01T08:00:00', undefined],
  ['2026-13-01', undefined],
  ['now', undefined],
  ['', undefined],
  ['9'.repeat(400), undefined],
])('the time %j is %s', (text, ms) => {
  expect(parseTimeMs(text)).toBe(ms);
});

test('codes of other stages are passed on if they are known here', () => {
  expect(conflictCode('alert-still-breaching')).toBe('alert-still-breaching');
  expect(conflictCode('something-new')).toBe('conflict');
  expect(conflictCode('constructor')).toBe('conflict');
  for (const { title } of Object.values(PROBLEMS)) expect(title.zh).toMatch(/\p{Script=Han}/u);
});
