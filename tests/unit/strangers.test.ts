import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { createRefusals } from '../../src/broker/refusals.ts';
import { addressGroup } from '../../src/lib/address.ts';
import { brief } from '../../src/lib/brief.ts';
import { createGuesses } from '../../src/lib/guesses.ts';
import { createFakeClock } from '../support/fake-clock.ts';

function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed;
}

describe('what strangers send', () => {
  test('is kept and logged only so far, and seldom, however long and however many their names are', () => {
    const clock = createFakeClock();
    const lines: string[] = [];
    const refusals = createRefusals(clock, pino({ base: null }, { write: (line: string) => void lines.push(line) }));
    const before = heapBytes();
    for (let n = 0; n < 9_000; n++) {
      // Made as a packet is read, so that a part of it would keep all of it.
      const name = Buffer.from(`${n}-`.padEnd(65_000, 'x')).toString();
      refusals.count('bad-credentials', name);
      refusals.count('publish-not-allowed', `gas-01 to ${brief(name)}`);
      clock.advance(10);
    }
    expect(heapBytes() - before).toBeLessThan(8_000_000);
    expect(refusals.remembered()).toBeLessThanOrEqual(1_000);
    expect(refusals.counts()).toEqual({ 'bad-credentials': 9_000, 'publish-not-allowed': 9_000 });
    expect(lines.length).toBeLessThan(200);
    expect(lines.join('').length).toBeLessThan(60_000);
    expect(lines.filter((line) => line.includes('too many to log')).length).toBe(1);
  });

  test('is logged once an hour for each party', () => {
    const clock = createFakeClock();
    const lines: string[] = [];
    const refusals = createRefusals(clock, pino({ base: null }, { write: (line: string) => void lines.push(line) }));
    for (let n = 0; n < 10; n++) refusals.count('bad-credentials', n % 2 === 0 ? 'gas-01' : 'gas-02');
    expect(lines).toHaveLength(2);
    clock.advance(3_600_000);
    refusals.count('bad-credentials', 'gas-01');
    expect(lines).toHaveLength(3);
  });

  test('is shown without what moves a cursor, breaks a line or turns the text round', () => {
    expect(brief('a\u001b[2J\nb\u202ec\u0000\ud800')).toBe('a\\u{1b}[2J\\u{a}b\\u{202e}c\\u{0}\\u{d800}');
    expect(brief('地铁口'.repeat(20))).toBe(`${'地铁口'.repeat(16)}…`);
    expect(brief('😀'.repeat(48)).length).toBeLessThan(60);
  });
});

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['2001:DB8:0:1::7', '2001:db8:0:1::/64'],
  ['2001:db8:0:1:ffff:ffff:ffff:ffff', '2001:db8:0:1::/64'],
  ['2001:db8::7', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['64:ff9b::203.0.113.7', '64:ff9b:0:0::/64'],
  ['', ''],
])('%j counts as %j', (address, group) => {
  expect(addressGroup(address)).toBe(group);
});

describe('guessing the secrets of devices', () => {
  test('costs nothing at first, and then longer and longer', () => {
    const clock = createFakeClock();
    const { waitMs } = createGuesses(clock);
    const waits = Array.from({ length: 60 }, () => {
      const wait = waitMs('10.0.0.1', 'gas-01', false);
      clock.advance(wait);
      return wait;
    });
    expect(waits.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 0));
    expect(waits[10]).toBeGreaterThan(100);
    expect(waits.at(-1)).toBe(2_000);
  });

  test('in parallel gains nothing: each waits behind those before it, ten seconds at most', () => {
    const { waitMs } = createGuesses(createFakeClock());
    const waits = Array.from({ length: 1_000 }, () => waitMs('10.0.0.1', 'gas-01', false));
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(waits.at(-1)).toBe(10_000);
  });

  test('never makes the device wait elsewhere, and on the same address no longer than a wrong secret', () => {
    const clock = createFakeClock();
    const { waitMs } = createGuesses(clock);
    for (let n = 0; n < 100; n++) waitMs('10.0.0.1', 'gas-01', false);
    expect(waitMs('10.0.0.2', 'gas-01', true)).toBe(0);
    expect(waitMs('10.0.0.1', 'gas-02', true)).toBe(0);
    expect(waitMs('10.0.0.1', 'gas-01', true)).toBe(10_000);
    clock.advance(10_000);
    // The right one makes nobody wait longer, itself included.
    for (let n = 0; n < 5_000; n++) expect(waitMs('10.0.0.1', 'gas-01', true)).toBe(0);
  });

  test('of one device after the other is slowed down too, and remembered in bounds', () => {
    const clock = createFakeClock();
    const { waitMs, remembered } = createGuesses(clock);
    let spentMs = 0;
    for (let n = 0; n < 20_000; n++) {
      const wait = waitMs('10.0.0.1', `gas-${n}`, false);
      spentMs += wait;
      clock.advance(wait);
    }
    expect(spentMs).toBeGreaterThan(19_000 * 400);
    expect(remembered()).toBeLessThanOrEqual(20_000);
    clock.advance(600_001);
    expect(waitMs('10.0.0.1', 'gas-1', false)).toBe(0);
  });
});
