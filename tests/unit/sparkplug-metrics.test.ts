import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toSparkplug } from '../../src/decode/formats/sparkplug/metrics.ts';
import { createPlanner } from '../../src/decode/plan.ts';
import { messageSchema } from '../../src/model/messages.ts';
import { BAD } from '../../src/model/reading.ts';
import type { DeviceRecord } from '../../src/model/registry.ts';
import { rejectionText } from '../../src/model/rejection-words.ts';
import type { Metric } from '../../src/model/site.ts';
import { parseSparkplugId, type SparkplugAddress, sparkplugIds } from '../../src/model/sparkplug.ts';
import { messageReader } from '../support/read-message.ts';
import { type MetricToSend, sparkplugPayload } from '../support/sparkplug.ts';

const ARRIVAL_MS = Date.UTC(2026, 5, 1);
const rules = [
  {
    format: 'sparkplug',
    metrics: {
      ch4: 'Inputs/Gas.1/CH4',
      level: { at: 'Inputs/Level', scale: 0.1, offset: -4, sentinels: [65_535] },
      mode: { at: 'Mode', values: { '0': 'auto', '1': 'manual' } },
      alarm: { at: 'Alarm', values: { true: false, false: true } },
      third: 'Samples[2]',
      odd: { at: ['Tag[0]'] },
    },
  },
];
const text: Metric = { type: 'string', values: ['auto', 'manual'] };
const metrics: Record<string, Metric> = {
  ch4: { type: 'number', range: [0, 100] },
  level: { type: 'number' },
  mode: text,
  alarm: { type: 'boolean' },
  third: { type: 'number' },
  odd: { type: 'number' },
};

/** What is read of metrics that a device was born with: field, value, whether it is bad, and why something was not read. */
function readerOf(fields: Record<string, Metric>, messages?: readonly unknown[]) {
  const record: DeviceRecord = {
    id: 'dev',
    profile: 'gauge',
    family: 'gas',
    name: { zh: '', en: '' },
    reportEveryMs: 60_000,
    hasSecret: false,
    grantedAlerts: false,
    points: ['p'],
    fields: Object.entries(fields).map(([field, metric], series) => ({ field, metric, series: [series] })),
    messages: messages?.map((rule) => messageSchema.parse(rule)),
  };
  const read = messageReader({ ...createPlanner()(record), record, clockOffsetMs: 0 });
  return (...sent: MetricToSend[]) => {
    const payload = sparkplugPayload({ timestamp: ARRIVAL_MS, metrics: sent });
    const { readings, rejection } = read('spBv1.0/plant/DBIRTH/node/dev', payload, ARRIVAL_MS);
    return {
      read: readings.map(({ series, value, marks }) => [record.fields[series]?.field, value, (marks & BAD) !== 0]),
      why: rejection === null ? null : rejectionText(rejection, 'en'),
    };
  };
}
const read = readerOf(metrics, rules);

test('a profile says which metric is which: by its whole name, scaled, by a table, with what means no value', () => {
  const all = read(
    { name: 'Inputs/Gas.1/CH4', type: 'Float', value: 12.7 },
    { name: 'Inputs/Level', type: 'UInt16', value: 437 },
    { name: 'Mode', type: 'UInt8', value: 1 },
    { name: 'Alarm', type: 'Boolean', value: true },
    { name: 'Tag[0]', type: 'Int8', value: 3 },
    { name: 'ch4', type: 'Float', value: 99 },
  );
  expect(all).toEqual({
    read: [
      ['ch4', 12.7, false],
      ['level', 39.7, false],
      ['mode', 'manual', false],
      ['alarm', false, false],
      ['odd', 3, false],
    ],
    why: null,
  });
  expect(read({ name: 'Inputs/Level', type: 'UInt16', value: 65_535 }).read).toEqual([['level', null, true]]);
  expect(read({ name: 'Mode', type: 'UInt8', value: 7 })).toEqual({
    read: [['mode', null, true]],
    why: 'mode: expected one of 0, 1, found 7',
  });
  expect(read({ name: 'inputs/level', type: 'UInt16', value: 1 }).why).toContain('none of the fields');
});

test('what the edge node calls bad or stale is read, scaled as ever, and bad', () => {
  expect(read({ name: 'Inputs/Level', type: 'UInt16', value: 437, quality: 0 }).read).toEqual([['level', 39.7, true]]);
  expect(read({ name: 'Mode', type: 'UInt8', value: 0, quality: 500 }).read).toEqual([['mode', 'auto', true]]);
  expect(read({ name: 'Inputs/Gas.1/CH4', isNull: true, type: 'Float' }).read).toEqual([['ch4', null, false]]);
});

test('an element of an array where a profile asks for it; arrays as they stand in the specification', () => {
  const third = (type: MetricToSend['type'], hex: string) =>
    read({ name: 'Samples', ...(type && { type }), value: Buffer.from(hex, 'hex') });
  expect(third('Int16Array', '1e00 88cc ffff'.replaceAll(' ', '')).read).toEqual([['third', -1, false]]);
  expect(third('UInt64Array', `${'00'.repeat(16)}3400000000000000`).read).toEqual([['third', 52, false]]);
  expect(third('FloatArray', `${'00'.repeat(8)}a4709d3f`).read).toEqual([['third', 1.23, false]]);
  expect(third('BooleanArray', '0c00000034d0').read).toEqual([['third', 1, false]]);
  expect(third('StringArray', Buffer.from('ABC\0hello\x005\0').toString('hex')).read).toEqual([['third', 5, false]]);
  // It has no such element.
  expect(third('Int16Array', '1e00').read).toEqual([]);
  // It ends within an element, or before as many as it says.
  for (const [type, hex] of [
    ['Int16Array', '1e0088'],
    ['BooleanArray', 'ff00000034'],
    ['BooleanArray', '0c00'],
    ['StringArray', '414243'],
    ['Bytes', '414243'],
  ] as const) {
    expect(third(type, hex)).toEqual({
      read: [['third', null, true]],
      why: `third: a ${type}, which is no single value`,
    });
  }
  expect(read({ name: 'Samples', type: 'Int8', value: 3 }).why).toBe('third: a single value, expected an array');
});

test('what is no single value is said to be none, and the rest of its message is read', () => {
  const plain = readerOf({ Table: { type: 'number' }, Samples: { type: 'number' }, Level: { type: 'number' } });
  expect(
    plain(
      { name: 'Table', type: 'DataSet', value: Buffer.from('0801', 'hex') },
      { name: 'Samples', type: 'Int16Array', value: Buffer.from('0100', 'hex') },
      { name: 'Other', type: 'DataSet', value: Buffer.from('0801', 'hex') },
      { name: 'Level', type: 'Int8', value: 4 },
    ),
  ).toEqual({
    read: [
      ['Table', null, true],
      ['Samples', null, true],
      ['Level', 4, false],
    ],
    why: 'Table: a DataSet, which is no single value; and 1 more',
  });
});

test('a rule says nothing that its format has no use for', () => {
  const wrong = (rule: object) => messageSchema.safeParse({ format: 'sparkplug', ...rule }).success;
  expect(wrong({ metrics: { a: 'A' } })).toBe(true);
  for (const rule of [
    { topic: 'x/{device}' },
    { each: '[]', metrics: { a: 'A' } },
    { time: 't', metrics: { a: 'A' } },
    { metrics: { a: { constant: 1 } } },
    { metrics: { a: { at: 'A', default: 1 } } },
    { metrics: { a: ['A', 'b'] } },
  ]) {
    expect(wrong(rule), JSON.stringify(rule)).toBe(false);
  }
});

test('a command goes back by the profile’s rules', () => {
  const messages = rules.map((rule) => messageSchema.parse(rule));
  const back = (field: string, value: unknown) => toSparkplug(messages, field, value);
  expect(back('ch4', 3)).toEqual({ name: 'Inputs/Gas.1/CH4', value: 3 });
  expect(back('level', 39.7)).toEqual({ name: 'Inputs/Level', value: 437 });
  expect(back('mode', 'manual')).toEqual({ name: 'Mode', value: 1 });
  expect(back('mode', 'other')).toEqual({ name: 'Mode', value: undefined });
  expect(back('alarm', true)).toEqual({ name: 'Alarm', value: false });
  expect(back('odd', 3)).toEqual({ name: 'Tag[0]', value: 3 });
  expect(back('third', 3)).toEqual({ name: 'third', value: 3 });
  expect(toSparkplug(undefined, 'Level', 3)).toEqual({ name: 'Level', value: 3 });
});

test('ids are of one edge node or device alone, and say which', () => {
  const name = fc.oneof(
    fc.constantFrom('a', 'b', 'a-b', 'a:b', '~', '-', 'A', 'a b', '~3a'),
    fc.string({ minLength: 1 }),
  );
  const addresses = fc.record({
    group: name,
    node: name,
    device: fc.option(name, { nil: undefined }),
  }) satisfies fc.Arbitrary<SparkplugAddress>;
  fc.assert(
    fc.property(addresses, addresses, (one, other) => {
      const [ids, others] = [sparkplugIds(one), sparkplugIds(other)];
      const isSame = one.group === other.group && one.node === other.node && one.device === other.device;
      if (!isSame) for (const id of ids) expect(others).not.toContain(id);
      for (const id of ids) expect(parseSparkplugId(id)).toEqual(one);
    }),
    { numRuns: 2_000 },
  );
  expect(sparkplugIds({ group: 'plant', node: 'node1', device: 'pump' })).toEqual([
    'plant:node1:pump',
    'plant-node1-pump',
  ]);
  expect(sparkplugIds({ group: 'a-b', node: 'c', device: undefined })).toEqual(['a-b:c']);
  expect(sparkplugIds({ group: '一 区', node: 'n:1', device: undefined })).toEqual(['一~20区:n~3a1']);
  expect(sparkplugIds({ group: 'g', node: 'n'.repeat(200), device: undefined })).toEqual([]);
});
