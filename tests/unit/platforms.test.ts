import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createIntake } from '../../src/decode/intake.ts';
import { createRouteTable } from '../../src/decode/routes.ts';
import { isSigned, signatureOf } from '../../src/gateways/http/signature.ts';
import type { DeviceRecord } from '../../src/model/registry.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const AT = Date.UTC(2026, 5, 1);
const routeOf = createRouteTable({ futureMaxMs: 60_000 }, { profiles: () => [], version: () => 1 });

/** What becomes of messages of a platform whose one device has these fields; with a codec where there are none. */
function started(id: string, fields: readonly string[], nowMs = AT + 2_000) {
  const record: DeviceRecord = {
    id,
    profile: 'detector',
    family: 'fire',
    name: { zh: '', en: '' },
    reportEveryMs: 600_000,
    hasSecret: false,
    grantedAlerts: false,
    points: ['p'],
    fields: fields.map((field, series) => ({ field, metric: { type: 'number' }, series: [series] })),
    ...(fields.length > 0 ? {} : { codec: { name: 'codec', source: '' } as unknown as DeviceRecord['codec'] }),
  };
  const intake = createIntake({
    clock: createFakeClock(nowMs),
    device: (name) => (name === id ? record : undefined),
    devicesVersion: () => 1,
    futureMaxMs: 60_000,
    newestMs: () => undefined,
    newestInstant: () => undefined,
  });
  return (topic: string, push: unknown, mayFeed?: (device: string) => boolean) => {
    const route = routeOf(topic);
    if (route === undefined) throw new Error(`no route for ${topic}`);
    const payload = Buffer.from(JSON.stringify(push));
    return intake.entries({ route, device: 'town', topic, payload, mayFeed }).flatMap((entry): unknown[] => {
      if (entry.kind === 'quarantine') return [`${entry.device}: ${entry.reason}`];
      if (entry.kind === 'uplink') return [[Buffer.from(entry.bytes).toString('hex'), entry.networkAtMs, entry.fPort]];
      return entry.kind === 'message'
        ? entry.readings.map(({ series, tsMs, value }) => [fields[series], tsMs, value])
        : [];
    });
  };
}

/** Pushes as platforms' manuals and users show them, which lie beside the checkout where there are any. */
const FRAMES = new URL('../../../shared/messages/frames.jsonl', import.meta.url);

interface Frame {
  readonly protocol: string;
  readonly name: string;
  readonly json: { readonly payload?: { readonly msg?: string }; readonly msg?: unknown };
  readonly token?: string;
  readonly expect: {
    readonly device: string;
    readonly at?: number;
    readonly fields?: Readonly<Record<string, number>>;
    readonly readings?: readonly { readonly metric: string; readonly value: number; readonly at?: string }[];
  };
}

test.runIf(existsSync(FRAMES))('pushes of real platforms: device, time, values, bytes, signature', () => {
  const frames = readFileSync(FRAMES, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Frame)
    .filter(({ protocol }) => protocol === 'nb-iot-push');
  expect(frames).toHaveLength(4);
  for (const { name, json, token, expect: expected } of frames) {
    const readings = [
      ...(expected.readings ?? []),
      ...Object.entries(expected.fields ?? {}).map(([path, value]) => {
        return { metric: path.replace('payload.serviceData.', ''), value, at: undefined };
      }),
    ];
    const nowMs = (expected.at ?? Date.parse(readings.at(-1)?.at ?? '')) + 1_000;
    const send = started(
      expected.device,
      readings.map(({ metric }) => metric),
      nowMs,
    );
    const platform = name.split('-')[0];
    const wanted = readings.map(({ metric, value, at }) => [metric, at ? Date.parse(at) : expected.at, value]);
    const found = send(`${platform}/town`, json);
    if (wanted.length === 0) expect(found).toEqual([[json.payload?.msg, expected.at, 1]]);
    else expect([name, found.toSorted()]).toEqual([name, wanted.toSorted()]);
    if (token !== undefined) {
      expect(isSigned(Buffer.from(JSON.stringify(json)), token)).toBe(true);
      expect(isSigned(Buffer.from(JSON.stringify(json)), `${token}x`)).toBe(false);
    }
  }
});

const report = (payload: unknown, more: object = {}) => ({
  messageType: 'dataReport',
  deviceId: '0f3c5a',
  IMEI: '860000000000017',
  timestamp: AT,
  payload,
  ...more,
});

test.each(['0f3c5a', '0F3C5A', '860000000000017'])('a device of a platform is found as %s', (id) => {
  const send = started(id, ['ch4']);
  expect(send('ctwing/town', report({ serviceData: { ch4: 3 } }))).toEqual([['ch4', AT, 3]]);
  const header = { device_id: '0f3c5a', node_id: '860000000000017' };
  const body = { services: [{ service_id: 'Gas', properties: { ch4: 4 }, event_time: '20260601T000001Z' }] };
  const forwarded = { resource: 'device.property', event: 'report', notify_data: { header, body } };
  expect(send('iotda/town', forwarded)).toEqual([['ch4', AT + 1_000, 4]]);
  const point = { type: 1, dev_id: '0f3c5a', imei: '860000000000017', ds_id: 'ch4', at: AT + 2_000, value: 5 };
  expect(send('onenet/town', { msg: point, msg_signature: '', nonce: '' })).toEqual([['ch4', AT + 2_000, 5]]);
});

test('a platform speaks for devices that nobody else may speak for, and what it says of others is kept', () => {
  const send = started('0f3c5a', ['ch4']);
  const push = report({ serviceData: { ch4: 3 } });
  expect(send('ctwing/town', push, () => false)).toEqual(['0f3c5a: not-its-own']);
  const others = [report({ serviceData: { ch4: 1 } }, { deviceId: 'x', IMEI: '' }), push];
  expect(send('ctwing/town', others)).toEqual([['ch4', AT, 3], 'x: unknown-device']);
});

test('bytes that a platform passes through are for the codec of their device, with the time of the platform', () => {
  const send = started('0f3c5a', []);
  expect(send('ctwing/town', report({ APPdata: 'AgGC' }))).toEqual([['020182', AT, 1]]);
  expect(send('ctwing/town', report({ msg: '0201FF' }))).toEqual([['0201ff', AT, 1]]);
  const body = { topic: 'up', content: '0a0b' };
  const notify_data = { header: { device_id: '0f3c5a' }, body };
  const message = { resource: 'device.message', event: 'report', event_time: '20260601T000000Z', notify_data };
  expect(send('iotda/town', message)).toEqual([['0a0b', AT, 1]]);
});

test('a signature is of the text as it was written', () => {
  const token = 'a token of some length';
  const sign = (msg: string) => signatureOf(token, 'n0nce', msg);
  const isSignedText = (msg: string, signature: string) =>
    isSigned(Buffer.from(`{"nonce": "n0nce", "x": {"msg": 1}, "msg": ${msg}, "msg_signature": "${signature}"}`), token);
  const odd = '{"value": 1.50, "dev_id": 1,"note":"\\u6e29 } , {"}';
  expect(isSignedText(odd, sign(odd))).toBe(true);
  expect(isSignedText(odd, sign(JSON.stringify(JSON.parse(odd))))).toBe(true);
  expect(isSignedText(JSON.stringify(odd), sign(odd))).toBe(true);
  expect(isSignedText(odd.replace('1.50', '1.51'), sign(odd))).toBe(false);
  for (const text of [
    '',
    'null',
    '[]',
    '{}',
    '{"msg":1}',
    '{"msg":null,"nonce":"n0nce","msg_signature":""}',
    '{"msg": {',
  ]) {
    expect(isSigned(Buffer.from(text), token)).toBe(false);
  }
});
