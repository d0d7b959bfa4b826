import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { expect, test } from 'vitest';
import type { WatchedMessages } from '../../src/wire/devices.ts';
import { afterTest } from '../support/after-test.ts';
import { type Brink, plainSite, publish, startBrink } from '../support/brink.ts';
import { runBrinkCli } from '../support/cli.ts';
import { until } from '../support/until.ts';

/** A device's messages beside what was read of them, for who looks at it. */

interface Points {
  readonly items: readonly { readonly values: Readonly<Record<string, { readonly value: unknown }>> }[];
}

const messagesOf = (brink: Brink, device: string) => brink.get<WatchedMessages>(`/devices/${device}/messages`);

test('from the first question on a device is watched: payload, readings and what was not read, of it alone', async () => {
  const brink = await startBrink(plainSite(2, {}));
  const client = await brink.device('dev-1');
  const other = await brink.device('dev-2');
  await publish(client, { v: 1 });
  await publish(client, { v: 1.25 });
  await publish(client, { v: 1.5 });
  await publish(client, { v: 1.75 });
  // What came after a silence was kept before anybody looked; what went on after it was not.
  const first = await messagesOf(brink, 'dev-1');
  expect(first.messages.map(({ number, payload, readings }) => [number, payload, readings[0]?.value])).toEqual([
    [3, '{"v":1.5}', 1.5],
    [2, '{"v":1.25}', 1.25],
    [1, '{"v":1}', 1],
  ]);
  expect(first.since).toBe(first.messages[2]?.receivedAt);
  await publish(client, { ts: 1_700_000_000_000, values: { v: 2, on: true } });
  await publish(other, { v: 3 });
  await client.publishAsync('telemetry/dev-1', Buffer.from([0xff, 0x00]), { qos: 1 });
  await client.publishAsync('telemetry/dev-1', `{"v": 5, "note": "${'量'.repeat(2_000)}"}`, { qos: 1 });
  const { messages, since, until: end } = await messagesOf(brink, 'dev-1');
  expect(end - since).toBeGreaterThanOrEqual(600_000);
  expect(messages.map(({ number }) => number)).toEqual([6, 5, 4, 3, 2, 1]);
  expect(messages[2]).toMatchObject({
    topic: 'telemetry/dev-1',
    format: 'native',
    payload: '{"ts":1700000000000,"values":{"v":2,"on":true}}',
    payloadBase64: null,
    readings: [
      { field: 'v', value: 2, unit: 'cm', ts: 1_700_000_000_000 },
      { field: 'on', value: true, unit: null, ts: 1_700_000_000_000 },
    ],
    readingCount: 2,
    waiting: false,
    rejection: null,
  });
  expect(messages[1]).toMatchObject({ payloadBase64: '/wA=', readings: [], rejection: { reason: 'not-json' } });
  // Cut in the midst of a character it is text all the same.
  expect(messages[0]).toMatchObject({ payloadBase64: null, payloadBytes: 6_020, readings: [{ field: 'v', value: 5 }] });
  expect((await brink.call('GET', '/devices/nobody/messages')).status).toBe(404);

  for (let v = 0; v < 25; v++) await publish(client, { v });
  const later = (await messagesOf(brink, 'dev-1')).messages;
  expect([later.length, later[0]?.number, later[0]?.readings[0]?.value]).toEqual([20, 31, 24]);

  const { flags } = brink;
  const data = flags[flags.indexOf('--data') + 1] ?? '';
  const cli = await runBrinkCli(['device', 'watch', 'dev-1', '--count', '2', '--data', data]);
  expect(cli).toMatchObject({ status: 0, stderr: '' });
  expect(cli.stdout).toMatch(
    /telemetry\/dev-1 \(native, 7 bytes\)\n{"v":5}\nfield +value +unit +time +quality\n-*\s*v +5 +cm/,
  );
  const lines = await runBrinkCli(['device', 'watch', 'dev-1', '--count', '20', '--json', '--data', data]);
  expect(
    lines.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).number),
  ).toEqual(later.map(({ number }) => number).reverse());
  expect((await runBrinkCli(['device', 'watch', 'dev-1', '--count', 'few', '--data', data])).status).toBe(2);
});

test('what a network server says of a device is with the device, and has its readings once the codec has read it', async () => {
  const eui = 'A84041000000000C';
  const profile = {
    family: 'waterlogging',
    metrics: { depth: { unit: 'cm', range: [0, 500] } },
    messages: [{ format: 'uplink', metrics: { depth: { at: 'mm', scale: 0.1 } } }],
    codec: 'codec.js',
  };
  const devices = [
    { id: 'lora', profile: 'gauge', secret: 'secret-lora', grants: ['feed'] },
    { id: eui, profile: 'gauge', points: [{ id: 'underpass', area: 'town' }] },
  ];
  const codec = `function decodeUplink({ bytes, fPort }) {
    if (fPort !== 2) throw new Error('unknown port ' + fPort);
    return { data: { mm: bytes[0] } };
  }`;
  const brink = await startBrink(
    { profiles: { gauge: profile }, site: { areas: [{ id: 'town' }], devices } },
    { prepare: ({ devices: folder }) => writeFileSync(join(folder, 'gauge', 'codec.js'), codec) },
  );
  const server = await mqtt.connectAsync(brink.app.mqtt, { username: 'lora', password: 'secret-lora' });
  afterTest(() => void server.end(true));
  const topic = `application/7d0/device/${eui.toLowerCase()}/event/up`;
  const deviceInfo = { devEui: eui.toLowerCase() };
  const frame = (fCnt: number, fPort: number) =>
    server.publishAsync(topic, JSON.stringify({ deviceInfo, fCnt, fPort, data: 'ZA==' }), { qos: 1 });
  await frame(1, 2);
  await until(
    'the first to be decoded',
    async () => (await brink.get<Points>('/points')).items[0]?.values.depth?.value === 10,
  );
  expect((await messagesOf(brink, eui)).messages).toMatchObject([{ readings: [{ field: 'depth', value: 10 }] }]);
  await frame(2, 9);
  const read = await until('both to be decoded', async () => {
    const { messages } = await messagesOf(brink, eui);
    return messages.length === 2 && messages.every(({ waiting }) => !waiting) ? messages : undefined;
  });
  expect(read[1]).toMatchObject({ topic, format: 'chirpstack', readings: [{ field: 'depth', value: 10, unit: 'cm' }] });
  expect(read[0]).toMatchObject({ readings: [], rejection: { reason: 'codec-refused' } });
});
