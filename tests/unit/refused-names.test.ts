import { describe, expect, test } from 'vitest';
import { createRefusedNames } from '../../src/lib/refused-names.ts';
import { createFakeClock } from '../support/fake-clock.ts';

describe('names that the broker refused', () => {
  test('are counted for each address, the newest first, and go when they get in or are registered', () => {
    const clock = createFakeClock(1_000);
    const names = createRefusedNames(clock);
    names.note('gauge-7', 'c1', '::ffff:10.0.0.1');
    clock.advance(5_000);
    names.note(' gauge-7 ', 'c2', '10.0.0.1');
    names.note(undefined, 'c3', '10.0.0.2');
    clock.advance(1_000);
    names.note('gauge-7', 'c4', '10.0.0.3');
    expect(names.list().map(({ name, address, count }) => [name, address, count])).toEqual([
      ['gauge-7', '10.0.0.3', 1],
      ['gauge-7', '10.0.0.1', 2],
      ['', '10.0.0.2', 1],
    ]);
    expect(names.list()[1]).toMatchObject({ isWhole: true, clientId: 'c2', firstAtMs: 1_000, lastAtMs: 6_000 });
    names.cameIn('gauge-7', '10.0.0.3');
    expect(names.list()).toHaveLength(2);
    names.forget('gauge-7');
    expect(names.list().map(({ name }) => name)).toEqual(['']);
  });

  test('whoever makes up names pushes out his own only, and none is long', () => {
    const names = createRefusedNames(createFakeClock(1_000));
    names.note('honest', '', '10.0.0.1');
    for (let n = 0; n < 5_000; n++) names.note(`made-up-${n}`, 'c', '10.0.0.66');
    // The same network of IPv6, another address for each.
    for (let n = 0; n < 5_000; n++) names.note(`six-${n}`, 'c', `2001:db8::${n.toString(16)}`);
    names.note('x'.repeat(60_000), 'y'.repeat(60_000), '10.0.0.67');
    names.note('line\nbreak', 'c', '10.0.0.67');
    const list = names.list();
    expect(list.some(({ name }) => name === 'honest')).toBe(true);
    expect(list).toHaveLength(203);
    expect(Math.max(...list.map(({ name, clientId }) => name.length + clientId.length))).toBeLessThan(200);
    expect(list.filter(({ isWhole }) => !isWhole)).toHaveLength(2);
  });

  test('addresses without end are forgotten, the longest unheard first', () => {
    const names = createRefusedNames(createFakeClock(1_000));
    for (let n = 0; n < 1_000; n++) names.note('a', 'c', `10.1.${n >> 8}.${n & 255}`);
    expect(names.list()).toHaveLength(100);
    expect(names.list().some(({ address }) => address === '10.1.3.231')).toBe(true);
  });
});
