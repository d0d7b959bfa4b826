import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { expect, test } from 'vitest';
import type { System } from '../../src/wire/system.ts';
import { afterTest } from '../support/after-test.ts';
import { type Brink, startBrink } from '../support/brink.ts';
import { networkServer } from '../support/network-server.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const EUI = 'a84041000000000c';
const site = {
  profiles: {
    gauge: {
      family: 'waterlogging',
      metrics: { depth: { unit: 'cm', range: [0, 500] }, battery: { unit: '%' } },
      reportEvery: '10m',
      messages: [{ format: 'uplink', metrics: { depth: { at: 'mm', scale: 0.1 }, battery: 'uplink.battery' } }],
    },
  },
  site: {
    areas: [{ id: 'town' }],
    devices: [
      { id: 'lora', profile: 'gauge', secret: 'secret-lora', grants: ['feed'] },
      { id: EUI.toUpperCase(), profile: 'gauge', points: [{ id: 'underpass', area: 'town' }] },
    ],
  },
  thresholds: [{ point: 'underpass', rules: { deep: { metric: 'depth', levels: { red: { above: 40 } } } } }],
};

const valuesOf = async (brink: Brink) =>
  (await brink.get<{ values: Record<string, { value: unknown; ts: number }> }>('/points/underpass')).values;
const reasons = async (brink: Brink) =>
  (await brink.get<{ items: { reason: string; device: string }[] }>('/quarantine')).items.map(
    ({ reason, device }) => `${device}: ${reason}`,
  );

test('a network server that publishes as ChirpStack does: events of all kinds, a breach, what is for a codec', async () => {
  const brink = await startBrink(site);
  const server = await mqtt.connectAsync(brink.app.mqtt, {
    protocolVersion: 5,
    clean: false,
    clientId: 'chirpstack',
    username: 'lora',
    password: 'secret-lora',
    reconnectPeriod: 0,
  });
  afterTest(() => void server.end(true));
  // It would ask again without end if this were refused.
  const [granted] = await server.subscribeAsync('application/+/device/+/command/+', { qos: 0 });
  expect(granted?.qos).toBe(0);
  const heard: string[] = [];
  server.on('message', (topic) => heard.push(topic));

  const time = new Date(Date.now() - 5_000).toISOString();
  const event = (kind: string, more: object, devEui = EUI) =>
    server.publishAsync(
      `application/7d0/device/${devEui}/event/${kind}`,
      JSON.stringify({ time, deviceInfo: { deviceName: 'underpass', devEui }, ...more }),
      { qos: 1 },
    );
  const frame = { devAddr: '00bb0001', fCnt: 4, fPort: 2, data: 'AZA=', rxInfo: [{ rssi: -81, snr: 7 }] };
  await event('join', { devAddr: '00bb0001' });
  await event('up', { ...frame, object: { mm: 455 } });
  await event('status', { margin: 8, batteryLevel: 87.5 });
  for (const kind of ['ack', 'txack', 'log', 'location']) await event(kind, {});
  await event('up', { ...frame, object: { mm: 455 } });
  expect(await reasons(brink)).toEqual([]);
  const values = await valuesOf(brink);
  expect([values.depth, values.battery]).toMatchObject([
    { value: 45.5, ts: Date.parse(time) },
    { value: 87.5, ts: Date.parse(time) },
  ]);
  await until('the alert', async () =>
    (await brink.alerts()).some(({ rule, value }) => rule === 'deep' && value === 45.5),
  );
  const { items } = await brink.get<{ items: unknown[] }>('/points/underpass/readings?metric=depth');
  expect(items).toHaveLength(1);

  await event('up', { ...frame, fCnt: 5 });
  await event('up', { ...frame, object: { mm: 1 } }, 'a84041000000000d');
  expect(await reasons(brink)).toEqual(['a84041000000000d: unknown-device', `${EUI.toUpperCase()}: no-codec`]);
  // Somebody else's downlink is not handed on either.
  await server.publishAsync(`application/7d0/device/${EUI}/command/down`, JSON.stringify({ devEui: EUI }), { qos: 1 });
  expect(await reasons(brink)).toHaveLength(2);
  expect([server.connected, heard]).toEqual([true, []]);
});

const uplink = (mm: number, secondsAgo: number, dev_eui = EUI.toUpperCase()) => ({
  end_device_ids: { device_id: 'underpass', dev_eui },
  received_at: new Date(Date.now() - secondsAgo * 1_000).toISOString(),
  uplink_message: { f_port: 2, f_cnt: mm, frm_payload: 'AZA=', decoded_payload: { mm } },
});

test('a network server whose client the server is: nothing is lost while it is stopped; what is not its own is told', async () => {
  const server = await networkServer();
  const topics = ['v3/app/devices/+/up', 'telemetry/lora', 'nobody/#'];
  await server.publish('v3/app/devices/underpass/up', uplink(9, 9_000), true);
  const config = join(temporaryFolder(), 'brink.json');
  const feed = { name: 'tts', url: server.url, user: 'app', password: 'key', topics };
  writeFileSync(config, JSON.stringify({ feeds: [feed, { ...feed, name: 'wrong', password: 'no' }] }));
  let brink = await startBrink(site, { flags: ['--config', config] });
  const check = async () =>
    (await (await fetch(`${brink.app.http}/api/v1/health`)).json()) as { checks: { feeds: Record<string, unknown> } };
  await until('both feeds are known', async () => /wrong: .*[Aa]uth/.test(String((await check()).checks.feeds.detail)));
  await until('the connection', async () => (await check()).checks.feeds.connections === 1);
  const depth = async () => (await valuesOf(brink)).depth?.value;

  await server.publish('v3/app/devices/underpass/up', uplink(410, 60));
  await until('the first', async () => (await depth()) === 41);
  await server.publish('v3/app/devices/other/up', uplink(1, 60, '70B3D57ED0000099'));
  // It has a secret, so nobody else says what it measures; and a topic that nobody has here.
  await server.publish('telemetry/lora', { depth: 1 });
  await server.publish('nobody/x', 1);
  await until('what is not read', async () => (await check()).checks.feeds.unread === 2);
  const { sources } = await brink.get<System>('/system');
  expect(sources).toMatchObject([
    { kind: 'feed', name: 'tts', connections: 1, messages: 4, unread: 2, trouble: null },
    { kind: 'feed', name: 'wrong', connections: 0, connectedAt: null, messages: 0, lastMessageAt: null },
  ]);
  expect(sources[0]?.lastMessageAt).toBeGreaterThanOrEqual(sources[0]?.connectedAt ?? Number.POSITIVE_INFINITY);
  expect(sources[1]?.trouble?.words).toMatch(/auth/i);
  const metrics = await (await brink.call('GET', '/metrics')).text();
  expect(metrics).toContain('brink_source_messages_total{kind="feed",source="tts"} 4');
  expect(metrics).toContain('brink_source_connections{kind="feed",source="wrong"} 0');
  expect(metrics).toMatch(/brink_source_last_message_timestamp_seconds\{kind="feed",source="tts"\} 1\d{9}/);
  await brink.close();
  await until('the end', () => server.clients() === 1);

  for (let i = 0; i < 20; i++) await server.publish('v3/app/devices/underpass/up', uplink(420 + i, 50 - i));
  brink = await brink.restart();
  await until('the last', async () => (await depth()) === 43.9);
  const { items } = await brink.get<{ items: { value: number }[] }>('/points/underpass/readings?metric=depth');
  // What was retained is not there: it was said at some time before anybody listened.
  expect(items.map(({ value }) => Math.round(10 * value))).toEqual([
    410,
    ...Array.from({ length: 20 }, (_, i) => 420 + i),
  ]);
  // What was on disk and not acknowledged yet when the server stopped is delivered again.
  expect([...new Set(await reasons(brink))]).toEqual(['70B3D57ED0000099: unknown-device']);
});

test('a station that publishes on $dp with a secret of its own', async () => {
  const profile = { family: 'geohazard', metrics: { L1_LF_1: { unit: 'mm' } }, reportEvery: '1h' };
  const station = {
    id: '10000001',
    profile: 'crack',
    secret: 'secret-10000001',
    points: [{ id: 'slope', area: 'town' }],
  };
  const brink = await startBrink({
    profiles: { crack: profile },
    site: { areas: [{ id: 'town' }], devices: [station] },
  });
  const device = await brink.device('10000001');
  const json = JSON.stringify({ 10000001: { L1_LF_1: { [new Date(Date.now() - 60_000).toISOString()]: 10.86 } } });
  const frame = Buffer.concat([Buffer.of(2, json.length >> 8, json.length & 0xff), Buffer.from(json)]);
  await device.publishAsync('$dp', frame, { qos: 1 });
  const { values } = await brink.get<{ values: Record<string, { value: unknown }> }>('/points/slope');
  expect(values.L1_LF_1?.value).toBe(10.86);
});
