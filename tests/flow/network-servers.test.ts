import mqtt from 'mqtt';
import { expect, test } from 'vitest';
import { afterTest } from '../support/after-test.ts';
import { type Brink, startBrink } from '../support/brink.ts';
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
