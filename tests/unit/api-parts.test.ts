import { describe, expect, test } from 'vitest';
import { createPasswords, TooBusyError } from '../../src/api/passwords.ts';
import { conflictCode, PROBLEMS, preferredLanguage } from '../../src/api/problems.ts';
import { parseTimeMs } from '../../src/model/time.ts';

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

  test('a crowd of strangers does not keep out those who are known', async () => {
    const passwords = createPasswords();
    const crowd = Array.from({ length: 80 }, () => passwords.verify(undefined, 'a guess').catch(() => 'refused'));
    let before = 0;
    for (const one of crowd) void one.then((outcome) => (before += outcome === 'refused' ? 0 : 1));
    expect(await passwords.verify(undefined, 'mistyped', true)).toBe(false);
    expect(before).toBeLessThan(10);
    await Promise.all(crowd);
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
