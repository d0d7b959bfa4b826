import { expect, test } from 'vitest';
import { openAlertFollower } from '../../src/alerts/follower.ts';
import { openAlertStore } from '../../src/alerts/store.ts';
import { createEvaluator } from '../../src/evaluate/evaluator.ts';
import type { JournalEntry } from '../../src/model/entry.ts';

const tick: JournalEntry = { kind: 'control', receivedAtMs: 1, control: { type: 'tick' } };

test('entries that were taken are skipped, and where one is missing nothing is taken', () => {
  const store = openAlertStore(':memory:');
  const alerts = openAlertFollower({
    evaluation: createEvaluator(),
    store,
    definitions: () => [],
    onEvents: () => {},
    onBug(error) {
      throw error;
    },
  });
  alerts.take(1, [tick, tick]);
  alerts.take(2, [tick, tick]);
  expect(alerts.position()).toBe(3);
  expect(() => alerts.take(5, [tick])).toThrow('entry 4 is next to be judged, and 5 came');
  expect(alerts.position()).toBe(3);
  alerts.take(4, [tick]);
  expect(alerts.position()).toBe(4);
  store.close();
});
