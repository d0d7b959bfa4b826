import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { expect, test } from 'vitest';
import type { Health } from '../../src/wire/system.ts';
import { afterTest } from '../support/after-test.ts';
import { type Brink, startBrink } from '../support/brink.ts';
import { runBrinkCli } from '../support/cli.ts';
import { until } from '../support/until.ts';

/** Frames that nobody has decoded, from a network server to limits and alerts, by the codec of their device's profile. */

const EUI = 'A84041000000000C';
const GOOD = `function decodeUplink({ bytes, fPort }) {
  if (fPort !== 2) throw new Error('unknown port ' + fPort);
  return { data: { mm: (bytes[0] << 8) | bytes[1], battery: bytes[2] } };
}`;
const SITE = {
  profiles: {
    gauge: {
      family: 'waterlogging',
      metrics: { depth: { unit: 'cm', range: [0, 500] }, rssi: { unit: 'dBm' } },
      reportEvery: '10m',
      messages: [{ format: 'uplink', metrics: { depth: { at: 'mm', scale: 0.1 }, rssi: 'uplink.rssi' } }],
      codec: 'codec.js',
    },
    plain: { family: 'other', metrics: { v: {} } },
  },
  site: {
    areas: [{ id: 'town' }],
    devices: [
      { id: 'lora', profile: 'plain', secret: 'secret-lora', grants: ['feed'] },
      { id: 'dev-1', profile: 'plain', secret: 'secret-1', points: [{ id: 'other', area: 'town' }] },
      { id: EUI, profile: 'gauge', points: [{ id: 'underpass', area: 'town' }] },
    ],
  },
  thresholds: [{ point: 'underpass', rules: { deep: { metric: 'depth', levels: { red: { above: 40 } } } } }],
};
type Contents = { profiles: { id: string; codec?: { file: string; source: string } }[] };

const start = (source: string) =>
  startBrink(SITE, { prepare: ({ devices }) => writeFileSync(join(devices, 'gauge', 'codec.js'), source) });

async function networkServer(brink: Brink) {
  const client = await mqtt.connectAsync(brink.app.mqtt, {
    username: 'lora',
    password: 'secret-lora',
    reconnectPeriod: 0,
  });
  afterTest(() => void client.end(true));
  return (fCnt: number, mm: number, time: number, more: object = {}) =>
    client.publishAsync(
      `application/7d0/device/${EUI.toLowerCase()}/event/up`,
      JSON.stringify({
        time: new Date(time).toISOString(),
        deviceInfo: { devEui: EUI.toLowerCase() },
        devAddr: '00bb0001',
        fCnt,
        fPort: 2,
        data: Buffer.from([mm >> 8, mm & 255, 97]).toString('base64'),
        rxInfo: [{ rssi: -81, snr: 7 }],
        ...more,
      }),
      { qos: 1 },
    );
}

async function depthsOf(brink: Brink): Promise<unknown[]> {
  const { items } = await brink.get<{ items: { ts: number; value: unknown }[] }>(
    '/points/underpass/readings?metric=depth',
  );
  return items.map(({ value }) => value);
}
const quarantined = async (brink: Brink) =>
  (await brink.get<{ items: { reason: string; detail: string; payload: string }[] }>('/quarantine')).items;
const codecOf = async (brink: Brink) =>
  (await brink.get<{ items: { id: string; codec: { off: unknown } | null }[] }>('/profiles')).items.find(
    ({ id }) => id === 'gauge',
  )?.codec;

async function replaceCodec(brink: Brink, source: string | undefined): Promise<void> {
  const contents = await brink.get<Contents>('/site');
  const profiles = contents.profiles.map(({ codec, ...profile }) =>
    profile.id === 'gauge' && source !== undefined ? { ...profile, codec: { file: 'codec.js', source } } : profile,
  );
  expect((await brink.call('POST', '/site', { ...contents, profiles })).status).toBe(200);
}

test('a frame becomes readings at the time of its reception, breaches, and is not decoded again by another codec', async () => {
  let brink = await start(GOOD);
  const publish = await networkServer(brink);
  const time = Date.now() - 5_000;
  await publish(1, 455, time);
  await until('the alert', async () =>
    (await brink.alerts()).some(({ rule, value }) => rule === 'deep' && value === 45.5),
  );
  const { values } = await brink.get<{ values: Record<string, unknown> }>('/points/underpass');
  expect(values).toMatchObject({ depth: { value: 45.5, ts: time }, rssi: { value: -81, ts: time } });
  expect(await codecOf(brink)).toEqual({ file: 'codec.js', bytes: GOOD.length, freshContext: false, off: null });

  const tried = await brink.call('POST', '/trials', {
    profile: 'gauge',
    topic: `application/7d0/device/${EUI.toLowerCase()}/event/up`,
    payload: JSON.stringify({
      time: new Date(time).toISOString(),
      deviceInfo: { devEui: EUI.toLowerCase() },
      fPort: 2,
      data: Buffer.from([1, 0, 97]).toString('base64'),
    }),
    encoding: 'text',
  });
  expect(await tried.json()).toMatchObject({
    trials: [{ format: 'chirpstack', devices: [{ readings: [{ field: 'depth', value: 25.6, ts: time }] }] }],
  });

  // Another gateway's copy is the same reading; what the codec refuses is kept, and says why.
  await publish(1, 455, time + 300);
  await publish(2, 100, time + 1_000, { fPort: 9 });
  await publish(3, 300, time + 2_000);
  await until('what follows', async () => (await depthsOf(brink)).length === 2);
  expect(await depthsOf(brink)).toEqual([45.5, 30]);
  const [refused, ...more] = await quarantined(brink);
  expect(more).toEqual([]);
  expect(refused).toMatchObject({ reason: 'codec-refused', detail: expect.stringContaining('unknown port 9') });
  expect(JSON.parse(refused?.payload ?? '')).toMatchObject({
    fPort: 9,
    bytes: '006461',
    fCnt: 2,
    networkAtMs: time + 1_000,
  });

  // Everything is read back from the journal, where another codec would find half of it.
  await replaceCodec(brink, GOOD.replace('<< 8', '<< 9'));
  brink = await brink.restart();
  expect(await depthsOf(brink)).toEqual([45.5, 30]);
  const again = await networkServer(brink);
  await again(4, 256, time + 3_000);
  await until('the other codec', async () => (await depthsOf(brink)).at(-1) === 51.2);
});

test('a codec that misbehaves is switched off and told; its frames wait, and are decoded by the next one', async () => {
  const brink = await start('function decodeUplink() { for (;;) {} }');
  const publish = await networkServer(brink);
  const time = Date.now() - 60_000;
  await publish(1, 455, time);
  const alert = await until('the alert', async () =>
    (await brink.alerts()).find(({ rule }) => rule === 'codec-off.gauge'),
  );
  expect(alert).toMatchObject({ level: 'orange', state: 'active', value: expect.stringContaining('deadline') });
  await publish(2, 300, time + 1_000);
  await until('both in quarantine', async () => (await quarantined(brink)).length === 2);
  expect((await quarantined(brink)).map(({ reason }) => reason)).toEqual(['codec-off', 'codec-off']);
  const { status, checks } = await brink.get<Health>('/health');
  expect([status, checks.codecs]).toMatchObject([
    'degraded',
    { status: 'degraded', detail: expect.stringMatching(/^gauge: /), refused: 2, decoded: 0 },
  ]);
  expect(await codecOf(brink)).toMatchObject({ off: { fault: 'deadline' } });
  expect((await brink.call('POST', '/profiles/gauge/retry')).status).toBe(409);
  const device = await brink.device('dev-1');
  await device.publishAsync('telemetry/dev-1', '{"v": 1}', { qos: 1 });
  expect(await depthsOf(brink)).toEqual([]);

  // Without a codec frames come into quarantine as they were sent.
  await replaceCodec(brink, undefined);
  await until(
    'the alert is over',
    async () => !(await brink.alerts()).some(({ rule, state }) => rule === 'codec-off.gauge' && state === 'active'),
  );
  await publish(3, 200, time + 2_000);
  expect((await quarantined(brink))[0]).toMatchObject({ reason: 'no-codec' });

  await replaceCodec(brink, GOOD);
  const { flags } = brink;
  const cli = await runBrinkCli(['profile', 'retry', 'gauge', '--data', flags[flags.indexOf('--data') + 1] ?? '']);
  expect(cli).toMatchObject({ status: 0, stdout: '3 uplinks taken from the quarantine to be decoded again.\n' });
  await until('all are decoded', async () => (await depthsOf(brink)).length === 3);
  // They are history: what is so now says the next frame.
  expect((await brink.alerts()).filter(({ rule, retrospective }) => rule === 'deep' && !retrospective)).toEqual([]);
  expect(await depthsOf(brink)).toEqual([45.5, 30, 20]);
  expect(await quarantined(brink)).toEqual([]);
});

test('frames of a device that nobody knew are decoded once it is registered, as its label has its number', async () => {
  const brink = await start(GOOD);
  expect((await brink.call('DELETE', `/devices/${EUI}`)).status).toBe(204);
  const publish = await networkServer(brink);
  const time = Date.now() - 60_000;
  await publish(1, 120, time);
  await publish(2, 130, time + 1_000);
  await until('both in quarantine', async () => (await quarantined(brink)).length === 2);
  expect((await quarantined(brink)).map(({ reason }) => reason)).toEqual(['unknown-device', 'unknown-device']);
  const device = { profile: 'gauge', points: [{ id: 'underpass', area: 'town' }] };
  expect((await brink.call('PUT', `/devices/${EUI}`, device)).status).toBe(201);
  await until('both are decoded', async () => (await depthsOf(brink)).length === 2);
  expect(await depthsOf(brink)).toEqual([12, 13]);
  expect(await quarantined(brink)).toEqual([]);
});
