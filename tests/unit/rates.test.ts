import { expect, test } from 'vitest';
import type { AlertEvent } from '../../src/model/alert.ts';
import { startRates } from '../../src/wiring/rates.ts';
import { alertOf } from '../support/console-alerts.ts';
import { createFakeClock } from '../support/fake-clock.ts';

function rates(announcedBefore: readonly number[] = []) {
  const clock = createFakeClock(10_000_000);
  const totals = { messages: 0, readings: 0, rejected: 0, repaired: 0 };
  const started = startRates({
    clock,
    intake: { totals: () => ({ ...totals }) },
    broker: { stats: () => ({ connections: 7, refused: { 'bad-password': 2, rate: 1 }, throttled: 0 }) },
    liveClients: () => 3,
    announcedBefore,
  });
  return { clock, totals, started };
}

const event = (more: Partial<AlertEvent>): AlertEvent => ({
  type: 'event',
  seq: 1,
  event: 'raised',
  at: 0,
  by: null,
  note: null,
  alert: alertOf('a', { announcedAt: 10_000_000 }),
  ...more,
});

test('rates are those of the last minute, whatever came before', () => {
  const { clock, totals, started } = rates();
  expect(started.figures().rates.messagesPerSecond).toBe(0);
  totals.messages = 1_000;
  clock.advance(10_000);
  expect(started.figures().rates).toMatchObject({ overMs: 10_000, messagesPerSecond: 100 });
  clock.advance(600_000);
  expect(started.figures().rates.messagesPerSecond).toBe(0);
  totals.messages += 130;
  totals.readings += 260;
  clock.advance(60_000);
  const { overMs, messagesPerSecond, readingsPerSecond } = started.figures().rates;
  expect(overMs).toBeLessThanOrEqual(65_000);
  expect(messagesPerSecond * (overMs / 1_000)).toBeCloseTo(130);
  expect(readingsPerSecond).toBeCloseTo(2 * messagesPerSecond);
});

test('alerts of an hour are those put before people, also before a restart', () => {
  const { clock, started } = rates([9_000_000, 5_000_000]);
  expect(started.figures().rates.alertsLastHour).toBe(1);
  started.take([event({}), event({ event: 'escalated' }), event({ alert: alertOf('b', { suppressed: true }) })]);
  started.take([event({ alert: alertOf('c', { kind: 'system' }) })]);
  expect(started.figures().rates.alertsLastHour).toBe(2);
  clock.advance(3_700_000);
  expect(started.figures().rates.alertsLastHour).toBe(0);
});

test('connections and what was refused are told', () => {
  expect(rates().started.figures()).toMatchObject({
    startedAtMs: 10_000_000,
    connections: { mqtt: 7, live: 3 },
    sinceStart: { connectionsRefused: 3 },
  });
});
