import { expect, test } from 'vitest';
import { askedAfter, type Question } from '../../src/console/review/asked.ts';
import type { Alert, AlertEvent, EventType } from '../../src/model/alert.ts';
import { alert } from '../contract/api-fixture.ts';

let seq = 0;
const event = (of: Alert, type: EventType, by: string | null = null): AlertEvent => ({
  type: 'event',
  seq: ++seq,
  event: type,
  at: 1,
  by,
  note: null,
  cause: null,
  alert: of,
});
const closed = { state: 'closed', acknowledged: true } as const;
const ids = (questions: readonly Question[]) => questions.map(({ alerts }) => alerts.map(({ id }) => id));

test('asked is who closed an alert, or had acknowledged it when it cleared', () => {
  const mine = new Set<string>();
  let asked = askedAfter([], [event(alert('a'), 'acknowledged', 'li')], 'li', mine);
  expect(asked).toEqual([]);
  asked = askedAfter(asked, [event(alert('a', closed), 'cleared')], 'li', mine);
  asked = askedAfter(asked, [event(alert('b', { ...closed, rule: 'other' }), 'reset', 'li')], 'li', mine);
  expect(ids(asked)).toEqual([['a'], ['b']]);
  // Not what somebody else closed, nor what is about a sensor.
  asked = askedAfter(asked, [event(alert('c', closed), 'acknowledged', 'wang')], 'li', mine);
  asked = askedAfter(asked, [event(alert('d', { ...closed, kind: 'noData' }), 'acknowledged', 'li')], 'li', mine);
  expect(ids(asked)).toEqual([['a'], ['b']]);
});

test('alerts of one rule are one question, which a verdict ends', () => {
  const mine = new Set<string>();
  const close = (id: string) => event(alert(id, closed), 'acknowledged', 'li');
  let asked = askedAfter([], [close('a'), close('b'), close('a')], 'li', mine);
  expect(ids(asked)).toEqual([['a', 'b']]);
  asked = askedAfter(asked, [event(alert('a', { ...closed, verdict: 'false' }), 'note', 'wang')], 'li', mine);
  expect(ids(asked)).toEqual([['b']]);
  asked = askedAfter(asked, [event(alert('b', { ...closed, verdict: 'true' }), 'note', 'li')], 'li', mine);
  expect(asked).toEqual([]);
});
