import { describe, expect, test } from 'vitest';
import { createKnownDevices } from '../../src/api/known-devices.ts';
import { createLoginGuard, type LoginAttempt } from '../../src/api/login-guard.ts';
import { createFakeClock } from '../support/fake-clock.ts';

/** A guard, and what becomes of attempts on a site whose users are admin, wang and li with the password `right`. */
function site() {
  const clock = createFakeClock();
  const guard = createLoginGuard({ steadyMs: clock.steadyMs });
  function logIn(address: string, name: string, password: string, device?: string): 'in' | 'wrong' | 'later' {
    const user = ['admin', 'wang', 'li'].includes(name) ? name : undefined;
    const made: LoginAttempt = { address, name, user, device, password };
    const attempt = guard.attempt(made);
    if (!attempt.allowed) return 'later';
    if (user !== undefined && password === 'right') {
      attempt.succeeded();
      return 'in';
    }
    return attempt.failed() === undefined ? 'wrong' : 'later';
  }
  /** How many of so many guesses are looked at. */
  function guess(times: number, address: (n: number) => string, name: (n: number) => string): number {
    let looked = 0;
    for (let n = 0; n < times; n++) {
      const user = ['admin', 'wang', 'li'].includes(name(n)) ? name(n) : undefined;
      const attempt = guard.attempt({
        address: address(n),
        name: name(n),
        user,
        device: undefined,
        password: `guess ${Math.random()}`,
      });
      if (attempt.allowed) {
        looked += 1;
        attempt.failed();
      }
    }
    return looked;
  }
  return { clock, guard, logIn, guess };
}

const ADDRESS = '10.0.0.1';

describe('guessing', () => {
  test('from one address is looked at twenty times, and then seldom', () => {
    const { clock, guess } = site();
    expect(
      guess(
        1_000,
        () => ADDRESS,
        () => 'admin',
      ),
    ).toBe(21);
    clock.advance(29_000);
    expect(
      guess(
        1_000,
        () => ADDRESS,
        () => 'admin',
      ),
    ).toBe(0);
    clock.advance(1_000);
    expect(
      guess(
        1_000,
        () => ADDRESS,
        () => 'admin',
      ),
    ).toBe(1);
  });

  test('is looked at less than a thousand times a day, however patient it is', () => {
    const { clock, guess } = site();
    let looked = 0;
    for (let second = 0; second < 86_400; second += 5) {
      clock.advance(5_000);
      looked += guess(
        1,
        () => ADDRESS,
        () => 'admin',
      );
    }
    expect(looked).toBeLessThan(1_000);
    expect(looked).toBeGreaterThan(100);
  });

  test('from thousands of addresses is looked at a hundred times an hour', () => {
    const { guess } = site();
    expect(
      guess(
        2_000,
        (n) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`,
        () => 'admin',
      ),
    ).toBe(101);
  });

  test('from the addresses of one IPv6 network is that from one address', () => {
    const { guess } = site();
    expect(
      guess(
        100,
        (n) => `2001:db8:7:1::${n.toString(16)}`,
        () => 'admin',
      ),
    ).toBe(21);
  });

  test.each([
    ['one address', () => '10.9.9.9'],
    ['many addresses', (n: number) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`],
  ])('made-up names from %s make nothing forgotten that protects a user', (_from, address) => {
    const { guess, logIn } = site();
    guess(
      100,
      () => ADDRESS,
      () => 'admin',
    );
    guess(12_000, address, (n) => `made-up-${n}`);
    guess(
      3_000,
      () => ADDRESS,
      (n) => `made-up-too-${n}`,
    );
    expect(
      guess(
        100,
        () => ADDRESS,
        () => 'admin',
      ),
    ).toBe(0);
    expect(logIn(ADDRESS, 'admin', 'guess')).toBe('later');
  });

  test('looks the same for a name that does not exist', () => {
    const outcomes = ['admin', 'nobody'].map((name) => {
      const { logIn } = site();
      return Array.from({ length: 60 }, (_, n) => logIn(n < 30 ? ADDRESS : '10.0.0.2', name, `guess ${n % 23}`));
    });
    expect(outcomes[0]).toEqual(outcomes[1]);
  });

  test('counts from its beginning, so that a volley gains nothing', () => {
    const { guard } = site();
    const volley = Array.from({ length: 100 }, (_, n) =>
      guard.attempt({ address: ADDRESS, name: 'admin', user: 'admin', device: undefined, password: `guess ${n}` }),
    );
    expect(volley.filter(({ allowed }) => allowed)).toHaveLength(21);
    const told = volley.filter((attempt) => !attempt.allowed && attempt.isFirst);
    expect(told).toHaveLength(1);
  });
});

describe('the right password', () => {
  test('gets in from an address where a stranger has used up the attempts', () => {
    for (const names of [(n: number) => `made-up-${n}`, () => 'wang']) {
      const { logIn, guess } = site();
      guess(20, () => ADDRESS, names);
      expect(logIn(ADDRESS, 'wang', 'right')).toBe('in');
      expect(logIn(ADDRESS, 'wang', 'right')).toBe('in');
      expect(logIn(ADDRESS, 'li', 'right')).toBe('in');
    }
  });

  test('gets in after the same wrong one, however often', () => {
    const { logIn } = site();
    const outcomes = Array.from({ length: 200 }, () => logIn(ADDRESS, 'wang', 'caps lock'));
    expect(outcomes.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 'wrong'));
    expect(new Set(outcomes.slice(20))).toEqual(new Set(['later']));
    expect(logIn(ADDRESS, 'wang', 'right')).toBe('in');
  });

  test('gets in from a browser, and from an address, that are known, while the name is guessed at from everywhere', () => {
    const { logIn, guess } = site();
    expect(logIn('10.0.0.7', 'wang', 'right')).toBe('in');
    for (let round = 0; round < 5; round++) {
      guess(
        1_000,
        (n) => (n % 10 === 0 ? ADDRESS : `10.1.${n >> 8}.${n & 255}`),
        () => 'wang',
      );
      expect(logIn('10.0.0.7', 'wang', 'right')).toBe('in');
      expect(logIn(ADDRESS, 'wang', 'right', 'desk')).toBe('in');
    }
    expect(logIn('10.0.0.8', 'wang', 'right')).toBe('later');
  });

  test('of one user, again and again, uses nothing up', () => {
    const { logIn } = site();
    for (let n = 0; n < 300; n++) expect(logIn(ADDRESS, 'wang', 'right')).toBe('in');
  });
});

test('also a known browser may guess only so often', () => {
  const { logIn } = site();
  const outcomes = Array.from({ length: 60 }, (_, n) => logIn(ADDRESS, 'wang', `guess ${n}`, 'desk'));
  expect(outcomes.filter((outcome) => outcome === 'wrong')).toHaveLength(20);
});

test('a password that was not looked at is no failure', () => {
  const { guard } = site();
  for (let n = 0; n < 100; n++) {
    const attempt = guard.attempt({ address: ADDRESS, name: 'li', user: 'li', device: undefined, password: 'right' });
    if (attempt.allowed) attempt.unchecked();
    expect(attempt.allowed).toBe(true);
  }
});

describe('known browsers', () => {
  const devices = createKnownDevices(Buffer.alloc(32, 1));

  test('know each of the last sixteen users who have logged in there, and nobody else', () => {
    let cookie: string | undefined;
    for (let n = 0; n < 20; n++) cookie = devices.mark(cookie, `user-${n}`);
    const number = devices.known(cookie, 'user-19');
    expect(number).toMatch(/^[\w-]{22}$/);
    for (let n = 4; n < 20; n++) expect(devices.known(cookie, `user-${n}`)).toBe(number);
    for (const user of ['user-0', 'user-3', 'admin', '']) expect(devices.known(cookie, user)).toBeUndefined();
    expect(devices.mark(cookie, 'user-7').length).toBe(cookie?.length);
  });

  test('are not made up', () => {
    const cookie = devices.mark(undefined, 'wang');
    const [device = '', signature = ''] = cookie.split('.');
    expect(createKnownDevices(Buffer.alloc(32, 2)).known(cookie, 'wang')).toBeUndefined();
    for (const other of [
      undefined,
      '',
      device,
      `${'x'.repeat(22)}.${signature}`,
      `${device}.${'x'.repeat(22)}`,
      `${cookie}.x`,
    ]) {
      expect(devices.known(other, 'wang')).toBeUndefined();
    }
  });
});
