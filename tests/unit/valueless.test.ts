import { expect, test } from 'vitest';
import { createIntake } from '../../src/decode/intake.ts';
import { createEvaluator } from '../../src/evaluate/evaluator.ts';
import type { PointDefinition } from '../../src/model/definition.ts';
import type { DeviceRecord } from '../../src/model/registry.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { NATIVE } from '../support/native-route.ts';

/** A sensor that only says that it has no value: its good values have stopped, and somebody is told. */

const T0 = Date.UTC(2026, 5, 1);
const REPORT_S = 30;
const METRICS = { ch4: { type: 'number' as const, series: 1 }, smoke: { type: 'boolean' as const, series: 2 } };
const device: DeviceRecord = {
  id: 'dev',
  profile: 'gas',
  family: 'gas',
  name: { zh: '', en: '' },
  reportEveryMs: REPORT_S * 1_000,
  hasSecret: true,
  grantedAlerts: false,
  points: ['p'],
  fields: Object.entries(METRICS).map(([field, { type, series }]) => ({ field, metric: { type }, series: [series] })),
};
const definition: PointDefinition = {
  id: 1,
  point: 'p',
  area: 'a',
  family: 'gas',
  device: 'dev',
  reportEveryMs: device.reportEveryMs,
  metrics: METRICS,
  revision: 1,
  document: {
    rules: { high: { metric: 'ch4', levels: { red: { above: 20 } } } },
  } as unknown as PointDefinition['document'],
};

function connected() {
  const clock = createFakeClock(T0);
  const evaluator = createEvaluator();
  evaluator.define(definition, 1, T0);
  const intake = createIntake({
    clock,
    device: () => device,
    devicesVersion: () => 1,
    futureMaxMs: 60_000,
    newestMs: evaluator.newestMs,
    newestInstant: evaluator.newestInstant,
  });
  let position = 1;
  return (atS: number, payload: string | object): string[] => {
    clock.advance(T0 + atS * 1_000 - clock.nowMs());
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
    const entries = intake.entries({
      device: 'dev',
      route: NATIVE,
      topic: 'telemetry/dev',
      payload: Buffer.from(text),
    });
    return entries.flatMap((entry) => {
      if (entry.kind !== 'message') return [entry.kind];
      const told = evaluator.message(entry.readings, entry.receivedAtMs, ++position);
      return told.map(({ rule, type, atMs }) => `${rule} ${type} @${(atMs - T0) / 1_000}`);
    });
  };
}

test.each([
  ['null', '{"ch4": null}'],
  ['a bare nan', '{"ch4": nan}'],
])('%s for longer than three report intervals is a sensor fault, which a value ends', (_what, none) => {
  const send = connected();
  send(0, { ch4: 5 });
  for (let atS = REPORT_S; atS <= 3 * REPORT_S; atS += REPORT_S) expect(send(atS, none)).toEqual([]);
  expect(send(4 * REPORT_S, none)).toEqual([`range-ch4 raised @${4 * REPORT_S}`]);
  for (let atS = 5 * REPORT_S; atS <= 20 * REPORT_S; atS += REPORT_S) expect(send(atS, none)).toEqual([]);
  expect(send(21 * REPORT_S, { ch4: 6 })).toEqual([`range-ch4 cleared @${21 * REPORT_S}`]);
});

test('an open alert becomes unverified, and another metric of the device hides nothing', () => {
  const send = connected();
  expect(send(0, { ch4: 30, smoke: false })).toEqual(['high raised @0']);
  for (const atS of [30, 60, 90]) expect(send(atS, { ch4: null, smoke: false })).toEqual([]);
  expect(send(120, { ch4: null, smoke: false })).toEqual(['high unverified @120', 'range-ch4 raised @120']);
});

test('a metric that never had a value, and values in between, are no fault', () => {
  const send = connected();
  for (let atS = 0; atS < 600; atS += REPORT_S) expect(send(atS, { ch4: null, smoke: null })).toEqual([]);
  send(600, { ch4: 5 });
  for (let atS = 660; atS < 1_200; atS += 60) {
    expect(send(atS, { ch4: null })).toEqual([]);
    expect(send(atS + 20, { ch4: 5 })).toEqual([]);
  }
});

test('in a batch the values within it count', () => {
  const send = connected();
  send(0, { ch4: 5 });
  const ts = (atS: number) => T0 + atS * 1_000;
  const values = [60, 120, 180, 240].map((atS) => ({ ts: ts(atS), values: { ch4: 5 } }));
  expect(send(300, [...values, { ts: ts(300), values: { ch4: null } }])).toEqual([]);
  const none = [360, 420, 480].map((atS) => ({ ts: ts(atS), values: { ch4: null } }));
  expect(send(480, none)).toEqual(['range-ch4 raised @360']);
});
