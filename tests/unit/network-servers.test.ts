import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createFormats } from '../../src/decode/formats.ts';
import { createIntake } from '../../src/decode/intake.ts';
import { createRouteTable } from '../../src/decode/routes.ts';
import { problemsOfIssues } from '../../src/model/issue.ts';
import { messageSchema } from '../../src/model/messages.ts';
import type { DeviceRecord } from '../../src/model/registry.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const formats = createFormats({ futureMaxMs: 60_000 });

/** Messages of real network servers, which lie beside the checkout where there are any; they are not copied into it. */
const ENVELOPES = new URL('../../../shared/messages/envelopes.jsonl', import.meta.url);

interface Envelope {
  readonly network: string;
  readonly payload: Record<string, unknown>;
  readonly expect: {
    readonly eui?: string;
    readonly fPort?: number;
    readonly points: readonly { readonly ts?: number | string; readonly values: Record<string, unknown> }[];
  };
}

function formatOf(network: string) {
  if (network.startsWith('ThingsStack')) return formats['the-things-stack'];
  if (network.startsWith('ThingPark')) return formats.thingpark;
  return network === 'LORIOT' ? formats.loriot : formats.chirpstack;
}

/** What the network says of a frame, by the names of the expectations. */
const RADIO = {
  fCnt: 'lora_frame_counter',
  fPort: 'lora_frame_port',
  frequencyHz: 'lora_frequency',
  spreadingFactor: 'lora_spreading_factor',
  rssi: 'lora_rssi',
  snr: 'lora_snr',
} as const;

/**
 * Some of The Things Stack are expected at the time that its network server had them, some at that of its application server,
 * a quarter of a second later.
 */
const TWO_SERVERS_MS = 500;

test.runIf(existsSync(ENVELOPES))('frames of real network servers: device, port, counter, bytes, time, radio', () => {
  const envelopes = readFileSync(ENVELOPES, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Envelope);
  let frames = 0;
  for (const { network, payload, expect: expected } of envelopes) {
    const { parts, rejection } = formatOf(network).open('topic', Buffer.from(JSON.stringify(payload)));
    const [part] = parts;
    expect([rejection, parts.length]).toEqual([null, 1]);
    if (expected.points.length === 0) {
      expect(part?.isAside).toBe(true);
      continue;
    }
    frames++;
    if (expected.eui !== undefined) expect(part?.devices).toContain(expected.eui);
    const times = expected.points.flatMap(({ ts }) => (ts === undefined ? [] : [new Date(ts).getTime()]));
    const { atMs } = part?.once ?? {};
    if (times.length > 0) expect(times.some((ms) => Math.abs(ms - (atMs ?? 0)) <= TWO_SERVERS_MS)).toBe(true);
    // Those of one vendor in v3 have a decoded object that is not of the sensor; the others are for a codec.
    if (part?.raw === undefined) {
      expect(payload.objectJSON).toBeDefined();
      continue;
    }
    const { raw } = part;
    expect(raw.receivedAtMs).toBe(atMs);
    expect(raw.bytes.length).toBeGreaterThan(0);
    if (expected.fPort !== undefined) expect(raw.fPort).toBe(expected.fPort);
    for (const [name, theirs] of Object.entries(RADIO)) {
      const value = expected.points[0]?.values[theirs];
      if (value !== undefined) expect([name, raw.network[name]]).toEqual([name, value]);
    }
  }
  expect(frames).toBe(envelopes.length - 1);
});

const EUI = '70b3d57ed0000003';
const AT = Date.UTC(2026, 5, 1);

function started(id: string, profile: readonly unknown[] = []) {
  const messages = profile.map((rule) => messageSchema.parse(rule));
  const record: DeviceRecord = {
    id,
    profile: 'gauge',
    family: 'waterlogging',
    name: { zh: '', en: '' },
    reportEveryMs: 600_000,
    hasSecret: false,
    grantedAlerts: false,
    points: ['p'],
    fields: [
      { field: 'level', metric: { type: 'number' }, series: [0] },
      { field: 'uplink.rssi', metric: { type: 'number' }, series: [1] },
    ],
    ...(messages.length === 0 ? {} : { messages }),
  };
  const intake = createIntake({
    clock: createFakeClock(AT + 2_000),
    device: (name) => (name === id ? record : undefined),
    devicesVersion: () => 1,
    futureMaxMs: 60_000,
    newestMs: () => undefined,
    newestInstant: () => undefined,
  });
  const routeOf = createRouteTable({ futureMaxMs: 60_000 }, { profiles: () => [{ messages }], version: () => 1 });
  return (topic: string, payload: unknown, mayFeed?: (device: string) => boolean) => {
    const route = routeOf(topic);
    if (route === undefined) throw new Error(`no route for ${topic}`);
    const bytes = Buffer.from(JSON.stringify(payload));
    return intake.entries({ route, device: 'server', topic, payload: bytes, mayFeed }).flatMap((entry): unknown[] => {
      if (entry.kind === 'quarantine') return [`${entry.device}: ${entry.reason}`];
      return entry.kind === 'message'
        ? entry.readings.map(({ series, tsMs, value }) => [series, tsMs - AT, value])
        : [];
    });
  };
}

const loriot = (more: object) => ({
  cmd: 'rx',
  EUI: EUI.toUpperCase(),
  ts: AT,
  fcnt: 7,
  port: 2,
  data: '2a',
  decoded: { level: 42 },
  rssi: -80,
  ...more,
});

describe('a device behind a network server', () => {
  test.each([EUI, EUI.toUpperCase(), 'gauge-3'])('is found as %s', (id) => {
    const send = started(id);
    const ids = { device_id: 'gauge-3', dev_eui: EUI.toUpperCase() };
    const uplink = { f_port: 2, f_cnt: 1, frm_payload: 'Kg==', decoded_payload: { level: 42 } };
    const message = { end_device_ids: ids, received_at: new Date(AT).toISOString(), uplink_message: uplink };
    expect(send('v3/app/devices/gauge-3/up', message)).toEqual([[0, 0, 42]]);
  });

  test('that is not registered, or not the sender’s, is told of by its DevEUI; of its status nobody is told', () => {
    const send = started('another');
    expect(send('loriot/x', loriot({}))).toEqual([`${EUI.toUpperCase()}: unknown-device`]);
    expect(send('loriot/x', loriot({}), () => false)).toEqual([`${EUI.toUpperCase()}: not-its-own`]);
    const status = { deviceInfo: { devEui: EUI }, margin: 3, batteryLevel: 90 };
    expect(send(`application/1/device/${EUI}/event/status`, status)).toEqual([]);
  });

  test('is one reading by however many gateways or deliveries, at the time of the first', () => {
    const send = started(EUI);
    const first = [
      [0, 0, 42],
      [1, 0, -80],
    ];
    expect(send('loriot/x', loriot({}))).toEqual(first);
    // The copy that names all gateways, a little later: the same reading, and nothing more of the radio.
    const copy = loriot({ cmd: 'gw', ts: AT + 30, rssi: undefined, gws: [{ rssi: -71 }] });
    expect(send('loriot/x', copy)).toEqual([[0, 0, 42]]);
    expect(send('loriot/x', loriot({ fcnt: 8, ts: AT + 1_000, decoded: { level: 43 } }))).toEqual([
      [0, 1_000, 43],
      [1, 1_000, -80],
    ]);
    // Another frame may bear the number of one before, when its device has begun anew.
    expect(send('loriot/x', loriot({ data: '2b', ts: AT + 1_500, decoded: { level: 44 } }))).toEqual([
      [0, 1_500, 44],
      [1, 1_500, -80],
    ]);
    expect(send('loriot/x', loriot({ ts: AT - 600_000 }))).toEqual([
      [0, -600_000, 42],
      [1, -600_000, -80],
    ]);
  });

  test('is read as its profile says, whatever server it comes over, and from a topic of one’s own', () => {
    const send = started(EUI, [
      { format: 'uplink', metrics: { level: { at: 'depth', scale: 0.1 } } },
      { topic: 'town/+', format: 'loriot' },
    ]);
    expect(send('town/a', loriot({ decoded: { depth: 420, level: 1 } }))).toEqual([[0, 0, 42]]);
    const device = { deviceInfo: { devEui: EUI }, time: new Date(AT + 1_000).toISOString(), fCnt: 8, fPort: 2 };
    const event = { ...device, data: '', object: { depth: 430 } };
    expect(send(`application/1/device/${EUI}/event/up`, event)).toEqual([[0, 1_000, 43]]);
  });
});

test('a profile says of uplinks and of a server’s messages only what they leave open', () => {
  const rules = [
    { format: 'uplink', topic: 'a/b' },
    { format: 'chirpstack' },
    { format: 'chirpstack', topic: 'a/b', metrics: { level: 'x' } },
    { topic: 'a/b', format: 'chirpstack' },
    { format: 'uplink', metrics: { level: 'x' } },
  ];
  const problems = rules.map((rule) => {
    const { error } = messageSchema.safeParse(rule);
    return problemsOfIssues(error?.issues ?? [], rule).map(({ code }) => code);
  });
  expect(problems).toEqual([['not-of-format'], ['topic-nowhere'], ['not-of-format'], [], []]);
});
