import fc from 'fast-check';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createSparkplug } from '../../src/decode/formats/sparkplug/sparkplug.ts';
import { createPlanner } from '../../src/decode/plan.ts';
import { createRouteTable } from '../../src/decode/routes.ts';
import { createSparkplugHost } from '../../src/gateways/sparkplug/host.ts';
import { LATE } from '../../src/model/reading.ts';
import type { DeviceRecord } from '../../src/model/registry.ts';
import { parseSparkplugId, sparkplugIds } from '../../src/model/sparkplug.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { rounds } from '../support/long.ts';
import { type MetricToSend, type PayloadToSend, sparkplugPayload } from '../support/sparkplug.ts';

const FUTURE_MS = 60_000;
const WAIT_MS = 2_000;
const record: DeviceRecord = {
  id: 'g:n:d',
  profile: 'gauge',
  family: 'waterlogging',
  name: { zh: '', en: '' },
  reportEveryMs: 60_000,
  hasSecret: false,
  grantedAlerts: false,
  points: ['p'],
  fields: [
    { field: 'level', metric: { type: 'number', range: [-100, 100] }, series: [0] },
    { field: 'Pump/Running', metric: { type: 'boolean' }, series: [1] },
  ],
};
const device = { ...createPlanner()(record), record, clockOffsetMs: 0 };
const routeOf = createRouteTable({ futureMaxMs: FUTURE_MS, sparkplug: true }, { profiles: () => [], version: () => 0 });

/** A host, what it publishes, and what is read of the messages it is given. */
function newHost() {
  const clock = createFakeClock();
  const published: string[] = [];
  const host = createSparkplugHost({
    clock,
    log: pino({ level: 'silent' }),
    host: 'brink',
    waitMs: WAIT_MS,
    device: () => record,
    ids: { spoken: sparkplugIds, addressOf: parseSparkplugId },
    format: createSparkplug(FUTURE_MS),
    publish: async (topic, payload, { retain, qos }) => {
      published.push(
        `${topic} ${typeof payload === 'string' ? payload : 'rebirth'} ${qos}${retain ? ' retained' : ''}`,
      );
    },
  });
  let read: (readonly [device: string, field: string | undefined, value: unknown, marks: number])[] = [];
  let reasons: string[] = [];
  const ingest = host.ingest(({ route, topic, payload }, done) => {
    if (route.kind !== 'envelope') throw new Error('a route of a device');
    const { parts, rejection } = route.format.open(topic, payload);
    if (rejection !== null) reasons.push(rejection.code);
    for (const part of parts) {
      const decoded = part.read(device, clock.nowMs());
      if (decoded.rejection !== null && !part.isAside) reasons.push(decoded.rejection.code);
      for (const { series, value, marks } of decoded.readings) {
        read.push([part.devices[0] ?? '', record.fields[series]?.field, value, marks]);
      }
    }
    done(null);
  });
  function take(topic: string, payload: Uint8Array, sender = 'edge', mayFeed?: (id: string) => boolean) {
    const route = routeOf(topic);
    if (route === undefined) throw new Error(`no route for ${topic}`);
    [read, reasons] = [[], []];
    ingest({ route, device: sender, topic, payload, mayFeed }, () => {});
    return { read, reasons };
  }
  const say = (type: string, seq: number | undefined, metrics: readonly MetricToSend[] = [], to = 'n/d') =>
    take(
      `spBv1.0/g/${type}/${to}`,
      sparkplugPayload({ timestamp: clock.nowMs(), ...(seq === undefined ? {} : { seq }), metrics }),
    );
  return { clock, host, published, take, say };
}

const LEVEL = { name: 'level', alias: 1, type: 'Int8' } as const;
const REBIRTH = 'spBv1.0/g/NCMD/n rebirth 0';
const bdSeq = (value: bigint) => [{ name: 'bdSeq', type: 'Int64', value }] as const;

test('types and names come from the birth, numbers are of one edge node and one device of it', () => {
  const { say, published } = newHost();
  say('NBIRTH', 250, bdSeq(1n), 'n');
  expect(say('DBIRTH', 251, [{ ...LEVEL, value: 3 }]).read).toEqual([['g:n:d', 'level', 3, 0]]);
  // 251 is -5 in eight bits.
  expect(say('DDATA', 252, [{ alias: 1, value: 251n }]).read).toEqual([['g:n:d', 'level', -5, 0]]);
  expect(say('DDATA', 253, [{ name: 'level', value: 251n }]).read).toEqual([['g:n:d', 'level', -5, 0]]);
  say('DBIRTH', 254, [{ name: 'Pump/Running', alias: 2, type: 'Boolean', value: true }], 'n/other');
  expect(say('DDATA', 255, [{ alias: 2, value: true }], 'n/other').read).toHaveLength(1);
  // After 255 comes 0; what was stored is late.
  expect(say('DDATA', 0, [{ alias: 1, value: 9n, historical: true }]).read).toEqual([['g:n:d', 'level', 9, LATE]]);
  expect(published).toEqual([]);
  const foreign = say('DDATA', 1, [
    { alias: 2, value: true },
    { alias: 1, value: 4n },
  ]);
  expect(foreign).toEqual({ read: [['g:n:d', 'level', 4, 0]], reasons: ['not-born'] });
  expect(published).toEqual([REBIRTH]);
});

test('a birth takes back what was known before: of the edge node all, of a device its own', () => {
  const { say } = newHost();
  say('NBIRTH', 0, bdSeq(1n), 'n');
  say('DBIRTH', 1, [{ ...LEVEL, value: 3 }]);
  say('DBIRTH', 2, [{ name: 'level', alias: 5, type: 'Int8', value: 3 }]);
  expect(say('DDATA', 3, [{ alias: 1, value: 4n }]).reasons).toEqual(['not-born']);
  expect(say('DDATA', 4, [{ alias: 5, value: 4n }]).read).toHaveLength(1);
  say('NBIRTH', 0, bdSeq(2n), 'n');
  expect(say('DDATA', 1, [{ alias: 5, value: 4n }])).toEqual({ read: [], reasons: ['not-born'] });
});

test('what is missing is waited for; then one rebirth is asked for, and again after longer and longer', () => {
  const { say, published, clock } = newHost();
  say('NBIRTH', 0, bdSeq(1n), 'n');
  say('DBIRTH', 1, [{ ...LEVEL, value: 3 }]);
  // 2 and 3 come in the wrong order, which is no gap.
  say('DDATA', 3, [{ alias: 1, value: 4n }]);
  clock.advance(WAIT_MS - 1);
  say('DDATA', 2, [{ alias: 1, value: 4n }]);
  clock.advance(WAIT_MS);
  expect(published).toEqual([]);
  expect(say('DDATA', 5, [{ alias: 1, value: 4n }]).read).toHaveLength(1);
  clock.advance(WAIT_MS);
  expect(published).toEqual([REBIRTH]);
  const minutes: number[] = [];
  for (let seq = 6, s = 0; s < 600; s++, seq++) {
    say('DDATA', seq % 256, [{ alias: 1, value: 4n }]);
    clock.advance(1_000);
    if (published.length > minutes.length + 1) minutes.push(s);
  }
  // 5, 10, 20, … s, each as late as it is waited for what is missing.
  expect(minutes.length).toBeGreaterThan(4);
  expect(minutes.length).toBeLessThan(8);
  const waits = minutes.map((s, i) => s - (minutes[i - 1] ?? 0)).slice(1);
  for (const [i, wait] of waits.entries()) expect(wait).toBeGreaterThan((waits[i - 1] ?? 0) * 1.5);
  // A birth ends it.
  const { length } = published;
  say('NBIRTH', 9, bdSeq(1n), 'n');
  clock.advance(1_000_000);
  expect(published).toHaveLength(length);
});

test('an edge node whose births leave out what it sends is not asked without end', () => {
  const { say, published, clock } = newHost();
  for (let i = 0; i < 50; i++) {
    say('NBIRTH', 0, bdSeq(1n), 'n');
    say('DDATA', 1, [{ alias: 1, value: 4n }]);
    clock.advance(1_000);
  }
  // At once, and 5, 10 and 20 s after.
  expect(published).toEqual([REBIRTH, REBIRTH, REBIRTH, REBIRTH]);
});

test('a death of another session is old; one of this takes all devices with it, once', () => {
  const { say } = newHost();
  say('NBIRTH', 0, bdSeq(7n), 'n');
  say('DBIRTH', 1, [{ ...LEVEL, value: 3 }]);
  expect(say('NDEATH', undefined, bdSeq(6n), 'n').read).toEqual([]);
  expect(say('DDATA', 2, [{ alias: 1, value: 4n }]).read).toHaveLength(1);
  // What it never said of itself cannot be stale.
  expect(say('NDEATH', undefined, bdSeq(7n), 'n').read).toEqual([['g:n:d', 'level', null, 1]]);
  expect(say('NDEATH', undefined, bdSeq(7n), 'n').read).toEqual([]);
  expect(say('DDEATH', 3).read).toEqual([]);
  expect(say('DDATA', 4, [{ alias: 1, value: 4n }]).reasons).toEqual(['not-born']);
});

test('a device that is not born again with its edge node is gone, which the next message tells', () => {
  const { say, clock } = newHost();
  say('NBIRTH', 0, bdSeq(1n), 'n');
  say('DBIRTH', 1, [{ ...LEVEL, value: 3 }]);
  say('DBIRTH', 2, [{ name: 'level', alias: 2, type: 'Int8', value: 3 }], 'n/other');
  // Its will comes too late to count, or never.
  say('NBIRTH', 0, bdSeq(2n), 'n');
  say('NDEATH', undefined, bdSeq(1n), 'n');
  clock.advance(59_000);
  expect(say('DBIRTH', 1, [{ ...LEVEL, value: 4 }]).read).toEqual([['g:n:d', 'level', 4, 0]]);
  clock.advance(1_000);
  expect(say('DDATA', 2, [{ alias: 1, value: 5n }]).read).toEqual([
    ['g:n:other', 'level', null, 1],
    ['g:n:d', 'level', 5, 0],
  ]);
  expect(say('DDATA', 3, [{ alias: 1, value: 6n }]).read).toEqual([['g:n:d', 'level', 6, 0]]);
});

test('who may not speak for a device changes nothing, and is not asked for anything', () => {
  const { take, published } = newHost();
  const birth = sparkplugPayload({ seq: 0, metrics: bdSeq(7n) });
  take('spBv1.0/g/NBIRTH/n', birth, 'stranger', () => false);
  take(
    'spBv1.0/g/DDATA/n/d',
    sparkplugPayload({ seq: 4, metrics: [{ alias: 1, value: 4n }] }),
    'stranger',
    () => false,
  );
  expect(published).toEqual([]);
  // What no id may hold is written in hex.
  take('spBv1.0/g 1/NBIRTH/n', birth, 'own', (id) => id === 'g~201:n');
  take(
    'spBv1.0/g 1/NDATA/n',
    sparkplugPayload({ seq: 1, metrics: [{ alias: 1, value: 4n }] }),
    'own',
    (id) => id === 'g~201:n',
  );
  expect(published).toEqual(['spBv1.0/g 1/NCMD/n rebirth 0']);
});

test('a birth explains what its own sender says, and nothing of another one', () => {
  const { take } = newHost();
  const speak = (sender: string, type: string, metrics: readonly MetricToSend[], to = 'n/d') =>
    take(`spBv1.0/g/${type}/${to}`, sparkplugPayload({ metrics }), sender);
  for (const [sender, name] of [
    ['edge', 'level'],
    ['stranger', 'Pump/Running'],
  ] as const) {
    speak(sender, 'NBIRTH', bdSeq(1n), 'n');
    speak(sender, 'DBIRTH', [{ name, alias: 1, type: 'UInt8', value: 1 }]);
  }
  expect(speak('edge', 'DDATA', [{ alias: 1, value: 1n }]).read).toEqual([['g:n:d', 'level', 1, 0]]);
  expect(speak('stranger', 'NDEATH', bdSeq(1n), 'n').read).toEqual([['g:n:d', 'Pump/Running', null, 1]]);
  expect(speak('edge', 'DDATA', [{ alias: 1, value: 2n }]).read).toEqual([['g:n:d', 'level', 2, 0]]);
});

test('its state: there at the start, retained, gone at the end', async () => {
  const { host, clock, published } = newHost();
  const timestamp = clock.nowMs();
  await host.begin();
  clock.advance(5_000);
  await host.close();
  expect(published).toEqual([
    `spBv1.0/STATE/brink {"online":true,"timestamp":${timestamp}} 1 retained`,
    `spBv1.0/STATE/brink {"online":false,"timestamp":${timestamp + 5_000}} 1 retained`,
  ]);
});

const metrics = fc.record(
  {
    name: fc.constantFrom('level', 'Pump/Running', 'bdSeq', 'Node Control/Rebirth', ''),
    alias: fc.nat(3),
    timestamp: fc.nat(),
    type: fc.constantFrom('Int8', 'Int64', 'Float', 'Boolean', 'String', 'Template'),
    historical: fc.boolean(),
    isNull: fc.boolean(),
    quality: fc.constantFrom(0, 192, 500),
    value: fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.float(), fc.boolean(), fc.string()),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<MetricToSend>;
const payloads = fc.record(
  { timestamp: fc.nat(), seq: fc.nat(300), metrics: fc.array(metrics, { maxLength: 4 }) },
  { requiredKeys: [] },
);
const messages = fc.record({
  type: fc.constantFrom('NBIRTH', 'NDATA', 'NDEATH', 'DBIRTH', 'DDATA', 'DDEATH', 'NCMD', 'XDATA'),
  node: fc.constantFrom('n', 'm'),
  device: fc.constantFrom('', '/d', '/e', '//'),
  payload: fc.oneof(payloads as fc.Arbitrary<PayloadToSend>, fc.uint8Array({ maxLength: 60 })),
  cut: fc.nat(60),
  put: fc.uint8Array({ maxLength: 3 }),
  isWhole: fc.boolean(),
  laterMs: fc.nat(3_000),
});

test('is total: whatever comes in whatever order, whole or mangled, is taken, and what is read is whole', () => {
  fc.assert(
    fc.property(fc.array(messages, { maxLength: 30 }), (all) => {
      const { take, clock, published } = newHost();
      for (const { type, node, device: of, payload, cut, put, isWhole, laterMs } of all) {
        const whole = payload instanceof Uint8Array ? payload : sparkplugPayload(payload);
        const bytes = isWhole ? whole : Buffer.concat([whole.subarray(0, cut), put, whole.subarray(cut + 1)]);
        const { read } = take(`spBv1.0/g/${type}/${node}${of}`, bytes);
        for (const [, field, value] of read) {
          expect(field).toBeDefined();
          if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
        }
        clock.advance(laterMs);
      }
      // Two edge nodes within 90 s: after 5, 10, 20 and 40 s more.
      expect(published.length).toBeLessThanOrEqual(2 * 5);
    }),
    { numRuns: rounds(300, 100_000), seed: rounds(20_260, Date.now()) },
  );
});

test('a payload of nothing but metrics, or of templates within one another, is refused in no time', () => {
  const { take } = newHost();
  const many = Buffer.alloc(2 << 20);
  for (let at = 0; at < many.length; at += 2) many[at] = 0x12;
  expect(take('spBv1.0/g/NBIRTH/n', many).reasons).toEqual(['too-many-items-within']);
  let deep: MetricToSend = { name: 'x', value: 1 };
  for (let i = 0; i < 40; i++) deep = { name: 'x', type: 'Template', template: [deep] };
  expect(take('spBv1.0/g/NBIRTH/n', sparkplugPayload({ metrics: [deep] })).reasons).toEqual(['too-many-items-within']);
  const shallow = {
    name: 'Pump',
    type: 'Template',
    template: [{ name: 'Running', type: 'Boolean', value: true }],
  } as const;
  const read = take('spBv1.0/g/NBIRTH/n', sparkplugPayload({ metrics: [shallow] })).read;
  expect(read.map(([, field, value]) => [field, value])).toEqual([['Pump/Running', true]]);
});
