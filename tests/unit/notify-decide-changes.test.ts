import { describe, expect, test } from 'vitest';
import { deciding, EVENING, MINUTE_MS, setupWith } from '../support/deciding.ts';

/** What is decided while the setup changes, and while an alert turns more severe, behind messages that are under way. */

const minutes = (count: number): number => EVENING + count * MINUTE_MS;
const NIGHT = { hours: ['22:00', '07:00'], timezone: 'Asia/Shanghai' };
const LADDERS = [{ id: 'climb', steps: [{ after: '5m', to: [{ person: 'li' }], by: ['sms'] }] }];

describe('a route that has another name in the next setup', () => {
  const named = (id: string, more: Record<string, unknown> = {}) =>
    setupWith({ routes: [{ id, to: [{ channel: 'robot' }], ladder: 'climb', ...more }], ladders: LADDERS });

  test('leads what it was telling of up its ladder, from the beginning, and tells nobody twice', () => {
    const d = deciding(named('old'));
    d.raise('p1', 'red');
    d.at(minutes(3));
    d.setup(named('new'));
    d.at(minutes(20));
    expect(d.told()).toEqual(['0m raised p1 robot>*', '8m step p1 sms>li']);
  });

  test('and whose alert somebody has taken says nothing more', () => {
    const d = deciding(named('old'));
    d.raise('p1', 'red');
    d.entry('acknowledged', 'p1', { acknowledged: true }, 'zhang3');
    d.told();
    d.setup(named('new'));
    d.at(minutes(20));
    expect(d.told()).toEqual([]);
  });

  test('and whose ladder has come to its end begins no new one', () => {
    const d = deciding(named('old'));
    d.raise('p1', 'red');
    d.at(minutes(6));
    d.told();
    d.setup(named('new'));
    d.at(minutes(20));
    expect(d.told()).toEqual([]);
  });

  test('tells what its quiet hours held back when another route had told of it already', () => {
    const both = (id: string) =>
      setupWith({
        routes: [
          { id: 'robot', to: [{ channel: 'robot' }], goOn: true },
          { id, to: [{ person: 'li' }], quiet: NIGHT },
        ],
      });
    const d = deciding(both('old'));
    d.at(minutes(180));
    d.raise('p1', 'orange');
    expect(d.told()).toEqual(['180m raised p1 robot>*']);
    d.at(minutes(200));
    d.setup(both('new'));
    d.at(minutes(24 * 60));
    expect(d.told().filter((line) => line.includes('sms>li'))).toEqual(['660m quiet-ended p1 sms>li']);
  });
});

describe('proof of what was told before an alert turned more severe', () => {
  const setup = setupWith({
    routes: [{ id: 'all', to: [{ person: 'zhang' }], ladder: 'climb' }],
    ladders: LADDERS,
  });

  test('stops no step of what was told after it', () => {
    for (const proof of ['delivered', 'answered'] as const) {
      const d = deciding(setup);
      d.raise('p1', 'yellow');
      const [first] = d.intents;
      d.at(minutes(1));
      d.entry('escalated', 'p1', { level: 'red' });
      d.at(minutes(2));
      if (first !== undefined) d.give({ type: 'proof', intent: first, proof });
      d.at(minutes(20));
      expect(d.told()).toEqual(['0m raised p1 sms>zhang', '1m escalated p1 sms>zhang', '6m step p1 sms>li']);
    }
  });

  test('that it did not come hurries no step of what did', () => {
    const d = deciding(setup);
    d.raise('p1', 'yellow');
    const [first] = d.intents;
    d.at(minutes(1));
    d.entry('escalated', 'p1', { level: 'red' });
    d.at(minutes(2));
    if (first !== undefined) d.give({ type: 'proof', intent: first, proof: 'failed' });
    expect(d.told()).toEqual(['0m raised p1 sms>zhang', '1m escalated p1 sms>zhang']);
    d.at(minutes(20));
    expect(d.told()).toEqual(['6m step p1 sms>li']);
  });
});
