import { describe, expect, test } from 'vitest';
import { createIntake } from '../../src/decode/intake.ts';
import { createRouteTable } from '../../src/decode/routes.ts';
import type { UplinkEntry } from '../../src/model/entry.ts';
import { problemsOfIssues } from '../../src/model/issue.ts';
import { isTopicPattern, messageSchema, parsePath } from '../../src/model/messages.ts';
import type { DeviceRecord } from '../../src/model/registry.ts';
import { profileSchema } from '../../src/model/site.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const NOW = Date.UTC(2026, 5, 1);
const messages = [
  messageSchema.parse({ topic: 'gw/+/data', each: '*[]', device: '{key}' }),
  messageSchema.parse({ topic: 'gw/+/log', ignore: true }),
  messageSchema.parse({ topic: 'gw/{device}/#' }),
];

function started(ids: readonly string[]) {
  const record = (id: string): DeviceRecord => ({
    id,
    profile: 'gauge',
    family: 'waterlogging',
    name: { zh: '', en: '' },
    reportEveryMs: 60_000,
    hasSecret: false,
    grantedAlerts: false,
    points: ['p'],
    fields: [{ field: 'level', metric: { type: 'number' }, series: [ids.indexOf(id)] }],
    messages,
  });
  const records = new Map(ids.map((id) => [id, record(id)]));
  const intake = createIntake({
    clock: createFakeClock(NOW),
    device: (id) => records.get(id),
    devicesVersion: () => 1,
    futureMaxMs: 60_000,
    newestMs: () => undefined,
    newestInstant: () => undefined,
  });
  const routeOf = createRouteTable({ futureMaxMs: 60_000 }, { profiles: () => [{ messages }], version: () => 1 });
  const send = (topic: string, payload: unknown, mayFeed?: (device: string) => boolean) => {
    const route = routeOf(topic);
    if (route === undefined) throw new Error(`no route for ${topic}`);
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
    const entries = intake.entries({ route, device: 'gw-1', topic, payload: Buffer.from(text), mayFeed });
    return entries.map((entry) => {
      if (entry.kind === 'message') return entry.readings.map(({ series, value }) => [ids[series], value]);
      return entry.kind === 'quarantine' ? `${entry.device}: ${entry.reason}` : entry.kind;
    });
  };
  return { intake, send };
}

describe('a message of several devices', () => {
  test('is read for each; one that is not registered, or not the sender’s, is quarantined beside them', () => {
    const { send, intake } = started(['a', 'Device-B', 'c']);
    const payload = {
      A: [{ level: 1 }],
      'Device B': [{ level: 2 }, { level: 3 }],
      c: [{ level: 4 }],
      d: [{ level: 5 }],
    };
    expect(send('gw/1/data', payload, (device) => device !== 'c')).toEqual([
      [['a', 1]],
      [
        ['Device-B', 2],
        ['Device-B', 3],
      ],
      'c: not-its-own',
      'd: unknown-device',
    ]);
    expect(intake.traffic('a').messages).toBe(1);
    expect(intake.traffic('c').messages).toBe(0);
  });

  test('is kept in quarantine whole, once where it is large, and of ever so many devices only some', () => {
    const { send } = started([]);
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`d${i}`, [{ level: i }]]));
    expect(send('gw/1/data', many)).toHaveLength(64);
    expect(send('gw/1/data', Object.fromEntries([['x', Array(10_001).fill(0)]]))).toEqual(['gw-1: too-many-readings']);
  });

  test('that says nothing of a sensor is taken and counted', () => {
    const { send, intake } = started(['1']);
    expect(send('gw/1/log', 'no JSON')).toEqual([[]]);
    expect(send('gw/1/x', '')).toEqual([[]]);
    expect(intake.totals()).toMatchObject({ aside: 2, rejected: 0 });
    // The topic with more words was asked first; the others are of the device in them.
    expect(send('gw/1/x/y', { level: 2 })).toEqual([[['1', 2]]]);
  });
});

test('a table of routes follows the profiles, and telemetry stays what it is', () => {
  let version = 1;
  let profiles: { messages: typeof messages }[] = [];
  const routeOf = createRouteTable({ futureMaxMs: 0 }, { profiles: () => profiles, version: () => version });
  expect(routeOf('gw/1/log')).toBeUndefined();
  profiles = [{ messages }];
  expect(routeOf('gw/1/log')).toBeUndefined();
  version++;
  expect(routeOf('gw/1/log')?.pattern).toBe('gw/+/log');
  expect(routeOf('telemetry/gw')?.kind).toBe('device');
});

test.each([
  ['a.b[0].c', [{ key: 'a' }, { key: 'b' }, { index: 0 }, { key: 'c' }]],
  ['data[n=ch4].v', [{ key: 'data' }, { where: 'n', is: 'ch4' }, { key: 'v' }]],
  ['*[]', [{ every: 'key' }, { every: 'item' }]],
  ['$', []],
  ['$.a', [{ key: 'a' }]],
])('%s is a path', (path, steps) => {
  expect(parsePath(path)).toEqual({ isFromRoot: path.startsWith('$'), steps });
});

test.each(['', '.', 'a.', 'a..b', 'a]', '[', 'a[=]', 'a b[x'])('%j is no path', (path) => {
  expect(parsePath(path)).toBeUndefined();
});

test.each([
  'telemetry/{device}',
  'commands/x',
  'alerts/#',
  '#',
  '+/x',
  '{device}/up',
  '$SYS/x',
  'a/#/b',
  'a/{device}/{device}',
])('%s is no topic of a profile', (pattern) => expect(isTopicPattern(pattern)).toBe(false));

test('everything wrong with a profile’s messages is told at once', () => {
  const profile = {
    family: 'gas',
    metrics: { ch4: {} },
    messages: [
      { topic: 'telemetry/{device}', metrics: { ch4: 'a..b' } },
      { topic: 'a/b' },
      { topic: 'a/{device}', time: { at: 't', zone: '8' }, metrics: { ch4: { scale: 2 } }, when: { x: 1 }, more: 1 },
    ],
  };
  const { error } = profileSchema.safeParse(profile);
  const problems = problemsOfIssues(error?.issues ?? [], profile).map(({ path, code }) => `${path.join('.')} ${code}`);
  expect(problems).toEqual(
    expect.arrayContaining([
      'messages.0.topic bad-topic-pattern',
      'messages.0.metrics.ch4 bad-path',
      'messages.1 device-nowhere',
      'messages.2.time.zone bad-zone',
      'messages.2 unknown-keys',
    ]),
  );
  const unknown = { ...profile, messages: [{ topic: 'a/{device}', metrics: { h2s: 'x' } }] };
  const found = problemsOfIssues(profileSchema.safeParse(unknown).error?.issues ?? [], unknown);
  expect(found).toMatchObject([{ path: ['messages', 0, 'metrics', 'h2s'], code: 'unknown-profile-metric' }]);
});

describe('a frame in a message, for the profile’s codec', () => {
  const rules = [
    messageSchema.parse({ topic: 'dtu/{device}/up', codec: { bytes: 'data.hex', fPort: 'data.port' } }),
    messageSchema.parse({ topic: 'batch/+', each: '[]', device: 'imei', codec: { bytes: 'b', encoding: 'base64' } }),
    messageSchema.parse({ topic: 'text/{device}', format: 'text', codec: { fPort: 7 } }),
    messageSchema.parse({ topic: 'raw/{device}', codec: { encoding: 'binary', fPort: 9 } }),
  ];

  function framesOf(topic: string, payload: string | Uint8Array, hasCodec = true) {
    const codec = hasCodec ? { codec: { file: 'c.js', source: 'x', freshContext: false } } : {};
    const record = (id: string): DeviceRecord => ({
      id,
      profile: 'dtu',
      family: 'other',
      name: { zh: '', en: '' },
      reportEveryMs: 60_000,
      hasSecret: false,
      grantedAlerts: false,
      points: [],
      fields: [],
      messages: rules,
      ...codec,
    });
    const intake = createIntake({
      clock: createFakeClock(NOW),
      device: record,
      devicesVersion: () => 1,
      futureMaxMs: 60_000,
      newestMs: () => undefined,
      newestInstant: () => undefined,
    });
    const route = createRouteTable(
      { futureMaxMs: 60_000 },
      { profiles: () => [{ messages: rules }], version: () => 1 },
    )(topic);
    if (route === undefined) throw new Error(`no route for ${topic}`);
    const told = ({ device, fPort, bytes, networkAtMs }: UplinkEntry) =>
      `${device} ${fPort} ${Buffer.from(bytes).toString('hex')} ${networkAtMs}`;
    return intake
      .entries({ route, device: 'gw', topic, payload: Buffer.from(payload) })
      .map((entry) =>
        entry.kind === 'uplink' ? told(entry) : entry.kind === 'quarantine' ? entry.reason : entry.kind,
      );
  }

  test('is found in hexadecimal, base64 or as the payload itself, with its port', () => {
    expect(framesOf('dtu/d-1/up', '{"data": {"hex": "01 A4 ff", "port": "12"}}')).toEqual(['d-1 12 01a4ff null']);
    expect(framesOf('batch/1', '[{"imei": "a", "b": "AaQ="}, {"imei": "b", "b": "/w=="}]')).toEqual([
      'a 1 01a4 null',
      'b 1 ff null',
    ]);
    expect(framesOf('text/d-1', ' 01a4\n')).toEqual(['d-1 7 01a4 null']);
    expect(framesOf('raw/d-1', Uint8Array.of(0x7b, 0, 0xff))).toEqual(['d-1 9 7b00ff null']);
  });

  test('that is none, and one that no codec can read, are quarantined', () => {
    expect(framesOf('dtu/d-1/up', '{"data": {"hex": "01a", "port": 1}}')).toEqual(['bad-value']);
    expect(framesOf('dtu/d-1/up', '{"data": {"hex": "01", "port": 256}}')).toEqual(['bad-value']);
    expect(framesOf('dtu/d-1/up', '{}')).toEqual(['bad-value']);
    expect(framesOf('dtu/d-1/up', '01')).toEqual(['not-json']);
    expect(framesOf('raw/d-1', new Uint8Array(5_000))).toEqual(['bad-value']);
    expect(framesOf('raw/d-1', Uint8Array.of(1), false)).toEqual(['no-codec']);
  });

  test('bears no values of its own', () => {
    const refused = messageSchema.safeParse({ topic: 'raw/{device}', codec: {}, metrics: { a: 'a' }, time: 't' });
    expect(refused.error?.issues).toHaveLength(1);
  });
});
