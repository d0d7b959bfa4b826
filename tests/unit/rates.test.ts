import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openAlertStore } from '../../src/alerts/store.ts';
import type { Alert, AlertEvent } from '../../src/model/alert.ts';
import { startRates } from '../../src/services/observe/rates.ts';
import { alertOf } from '../support/console-alerts.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { placesOf, startLifecycle, transitionOf } from '../support/lifecycle.ts';
import { temporaryFolder } from '../support/temporary.ts';

const NOTHING = { cursor: 1, replayFrom: 1, events: [], alerts: [], retired: [], checkpoints: [], maintenance: [] };

function rates(announcedBefore: readonly Alert[] = []) {
  const clock = createFakeClock(10_000_000);
  const totals = { messages: 0, readings: 0, rejected: 0, repaired: 0, aside: 0 };
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
  cause: null,
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

test('alerts of an hour are those put before people, each once', () => {
  const { clock, started } = rates([
    alertOf('before', { announcedAt: 9_000_000 }),
    alertOf('long before', { announcedAt: 5_000_000 }),
  ]);
  expect(started.figures().rates.alertsLastHour).toBe(1);
  started.take([event({}), event({ event: 'escalated' }), event({ alert: alertOf('b', { announcedAt: null }) })]);
  started.take([event({ alert: alertOf('c', { kind: 'system', announcedAt: 10_000_000 }) })]);
  expect(started.figures().rates.alertsLastHour).toBe(2);
  clock.advance(3_700_000);
  expect(started.figures().rates.alertsLastHour).toBe(0);
});

test('a restart changes nothing about how many alerts an hour has', () => {
  const { clock, started } = rates();
  const lifecycle = startLifecycle(placesOf([{ point: 'p' }, { point: 'q' }]));
  const store = openAlertStore(join(temporaryFolder(), 'alerts.db'));
  onTestFinished(() => store.close());
  let position = 0;
  const take = (point: string, type: 'raised' | 'cleared', atMs: number) =>
    lifecycle.transitions([transitionOf({ point, type, atMs, receivedAtMs: atMs })], atMs, ++position);
  const both = () => {
    const { events, alerts, memory } = lifecycle.takeChanges();
    store.commit({ ...NOTHING, cursor: ++position, events, alerts, memory });
    started.take(events);
    const { started: again } = rates(store.announcedAfter(clock.nowMs() - 3_600_000));
    return [started, again].map((each) => each.figures().rates.alertsLastHour);
  };

  // Raised more than an hour ago while maintenance kept it quiet, put before people only now.
  const longAgoMs = clock.nowMs() - 9_000_000;
  const plan = { id: 'm', kind: 'maintenance', scope: { point: 'p' }, from: 0, to: null, recurring: null } as const;
  lifecycle.planMaintenance({ ...plan, reason: 'pump', by: 'li' }, longAgoMs, ++position);
  take('p', 'raised', longAgoMs);
  expect(both()).toEqual([0, 0]);
  lifecycle.endMaintenance('m', 'li', clock.nowMs(), ++position);
  expect(both()).toEqual([1, 1]);

  // Put before people, over, shelved, and there again behind the shelf: only the first was heard.
  take('q', 'raised', clock.nowMs());
  take('q', 'cleared', clock.nowMs() + 1);
  const alert = lifecycle.open().find(({ point }) => point === 'q')?.id ?? '';
  const untilMs = clock.nowMs() + 60_000;
  lifecycle.act({ alert, by: 'li', note: null, do: 'shelve', untilMs }, clock.nowMs() + 2, ++position, () => 'reset');
  take('q', 'raised', clock.nowMs() + 3);
  expect(both()).toEqual([2, 2]);
});

test('connections and what was refused are told', () => {
  expect(rates().started.figures()).toMatchObject({
    startedAtMs: 10_000_000,
    connections: { mqtt: 7, live: 3 },
    sinceStart: { connectionsRefused: 3 },
  });
});
