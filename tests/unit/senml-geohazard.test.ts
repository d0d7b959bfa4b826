import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createPlanner } from '../../src/decode/plan.ts';
import { createRouteTable } from '../../src/decode/routes.ts';
import type { DeviceRecord } from '../../src/model/registry.ts';
import type { Metric } from '../../src/model/site.ts';

const AT = Date.UTC(2026, 5, 1);
const routeOf = createRouteTable({ futureMaxMs: 60_000 }, { profiles: () => [], version: () => 0 });

/** What a message says of devices with these metrics, by the first of the ids that is registered. */
function read(topic: string, payload: Uint8Array, registered: Record<string, Record<string, Partial<Metric>>>) {
  const route = routeOf(topic);
  if (route?.kind !== 'envelope') throw new Error(`no route for ${topic}`);
  const { parts, rejection } = route.format.open(topic, payload);
  const found = parts.map((part) => {
    const id = part.devices.find((one) => Object.hasOwn(registered, one));
    if (id === undefined) return `unknown ${part.devices[0]}`;
    const fields = Object.entries(registered[id] ?? {});
    const record: DeviceRecord = {
      id,
      profile: id,
      family: 'other',
      name: { zh: '', en: '' },
      reportEveryMs: 60_000,
      hasSecret: false,
      grantedAlerts: false,
      points: ['p'],
      fields: fields.map(([field, metric], series) => ({
        field,
        metric: { type: 'number', ...metric },
        series: [series],
      })),
    };
    const decoded = part.read({ ...createPlanner()(record), record, clockOffsetMs: 0 }, AT + 0.5);
    const readings = decoded.readings.map(({ series, tsMs, value, marks }) => ({
      device: id,
      field: fields[series]?.[0],
      tsMs: Math.floor(tsMs),
      value,
      ...(marks === 0 ? {} : { marks }),
    }));
    return decoded.rejection === null ? readings : [...readings, decoded.rejection];
  });
  return { found, rejection };
}

const json = (value: unknown) => Buffer.from(JSON.stringify(value));

describe('SenML', () => {
  test('in words that name the device by the topic, or by a namespace and a name', () => {
    const metrics = { level: {}, warm: {} };
    const registered = { '10e2': metrics, b: metrics, 'urn:dev:ow:3': { warm: {} } };
    const pack = [
      { bn: 'urn:dev:ow:', bt: AT / 1_000, n: '10e2:level', v: 1 },
      { n: '10e2:warm', v: 2 },
      { n: '3', v: 3 },
    ];
    const values = ({ found }: ReturnType<typeof read>) =>
      (found.flat() as { device: string; field: string; value: number }[]).map((one) => [
        one.device,
        one.field,
        one.value,
      ]);
    expect(values(read('senml/x/y', json(pack), registered))).toEqual([
      ['10e2', 'level', 1],
      ['10e2', 'warm', 2],
      ['urn:dev:ow:3', 'warm', 3],
    ]);
    expect(
      values(
        read(
          'senml/b',
          json([
            { n: 'level', v: 1 },
            { n: 'warm', v: 2 },
          ]),
          registered,
        ),
      ),
    ).toEqual([
      ['b', 'level', 1],
      ['b', 'warm', 2],
    ]);
  });

  test('of several devices, each by its base name, whole or without what URNs begin with', () => {
    const pack = [
      { bn: 'urn:dev:mac:0024befffe804ff1/', bt: AT / 1_000, bu: 'Cel', n: 'temperature', v: 21.5 },
      { n: 'level', u: 'm', v: 0.42 },
      { bn: 'Pump 2;', n: 'level', u: 'mm', v: 120 },
      { bn: 'urn:dev:os:32473-1:', n: 'level', v: 1, u: 'm' },
      { bn: '', n: 'urn:dev:ow:10e2073a01080063', u: 'Cel', v: 23.1 },
    ];
    const registered = {
      '0024BEFFFE804FF1': { temperature: { unit: '°C' }, level: { unit: 'cm' } },
      'pump-2': { level: { unit: 'cm' } },
      'urn:dev:ow:10e2073a01080063': { warm: { unit: '℉' } },
    };
    expect(read('senml/plant/7', json(pack), registered)).toEqual({
      found: [
        [
          { device: '0024BEFFFE804FF1', field: 'temperature', tsMs: AT, value: 21.5 },
          { device: '0024BEFFFE804FF1', field: 'level', tsMs: AT, value: 42 },
        ],
        [{ device: 'pump-2', field: 'level', tsMs: AT, value: 12 }],
        'unknown urn:dev:os:32473-1',
        [{ device: 'urn:dev:ow:10e2073a01080063', field: 'warm', tsMs: AT, value: 73.58 }],
      ],
      rejection: null,
    });
  });

  test('a unit of another quantity is bad and told of; one that nobody knows is as the profile says', () => {
    const pack = [
      { n: 'level', u: 'Cel', v: 3 },
      { n: 'rate', u: 'beat/min', v: 61 },
      { n: 'hum', u: '%RH', v: 40 },
    ];
    const metrics = { level: { unit: 'cm' }, rate: { unit: '次/分' }, hum: { unit: '%' } };
    const [found] = read('senml/a', json(pack), { a: metrics }).found;
    expect(found).toMatchObject([
      { field: 'level', value: null, marks: 1 },
      { field: 'rate', value: 61 },
      { field: 'hum', value: 40 },
      { code: 'unit-of-other-quantity', values: { name: 'level', expected: 'cm', found: 'Cel' } },
    ]);
  });
});

test('a message of more devices, values or records than one may have is refused whole', () => {
  const many = (value: unknown) => Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`a${i}`, value]));
  const reasons = [
    read('$dp', json(many({})), {}),
    read('$dp', json({ a: { L1_LF_1: many(1) } }), {}),
    read('senml/a', json(Array(10_001).fill({ n: 'level', v: 1 })), {}),
  ].map(({ found, rejection }) => [found.length, rejection?.reason]);
  expect(reasons).toEqual(Array(3).fill([0, 'too-many-readings']));
});

/** Frames of the field, which lie beside the checkout where there are any; they are not copied into it. */
const FRAMES = new URL('../../../shared/messages/frames.jsonl', import.meta.url);

interface Frame {
  readonly protocol: string;
  readonly name: string;
  readonly topic: string;
  readonly hex: string;
  readonly expect: {
    readonly refuse?: boolean;
    readonly device?: string;
    readonly readings?: readonly { readonly metric: string; readonly value: number; readonly at: string }[];
  };
}

test.runIf(existsSync(FRAMES))('frames of real stations of geological hazards give the values that they should', () => {
  const frames = readFileSync(FRAMES, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Frame)
    .filter(({ protocol }) => protocol === 'geohazard-dp');
  expect(frames.length).toBeGreaterThan(4);
  for (const { name, topic, hex, expect: expected } of frames) {
    const { device = '', readings = [] } = expected;
    const metrics = Object.fromEntries(readings.map(({ metric }) => [metric, {}]));
    const { found, rejection } = read(topic, Buffer.from(hex, 'hex'), { [device]: metrics });
    if (expected.refuse) expect([name, rejection?.reason]).toEqual([name, 'encrypted']);
    else {
      const sorted = (list: readonly { field: string | undefined }[]) =>
        list.toSorted((a, b) => (String(a.field) < String(b.field) ? -1 : 1));
      const wanted = readings.map(({ metric, value, at }) => ({ device, field: metric, tsMs: Date.parse(at), value }));
      expect([name, sorted(found.flat() as { field: string }[])]).toEqual([name, sorted(wanted)]);
    }
  }
});
