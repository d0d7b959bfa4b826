import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { COMMAND } from '../../src/gateways/gbt26875/frame.ts';
import { tagOf } from '../../src/gateways/gbt26875/time.ts';
import { frameOf } from '../../src/gateways/hj212/frame.ts';
import { type Brink, publish, startBrink } from '../support/brink.ts';
import { runBrinkCli } from '../support/cli.ts';
import { fireTransmitter } from '../support/fire-transmitter.ts';
import { lineClient } from '../support/line-client.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

/** Devices that were heard before anybody knew them: what they had sent is theirs once they are registered. */

const area = 'town';
const flag = { type: 'boolean' };
const HOST = '0a0b0c0d0e0f';
const BEGIN_MS = Date.parse('2026-07-01T08:00:00Z');
const profiles = {
  host: {
    family: 'fire',
    metrics: { fire: flag, reported_by: { type: 'string' }, alive: flag },
    reportEvery: '5m',
    protocol: { gbt26875: {} },
  },
  detector: { family: 'fire', metrics: { fire: flag }, reportEvery: '24h', protocol: { gbt26875: {} } },
  noise: {
    family: 'weather',
    metrics: { 'LA-Rtd': { unit: 'dB', range: [0, 140] } },
    reportEvery: '1m',
    protocol: { hj212: {} },
  },
  plain: { family: 'other', metrics: { v: {} }, reportEvery: '1m' },
  batch: {
    family: 'other',
    metrics: { v: {} },
    reportEvery: '1m',
    messages: [{ topic: 'gateway/up', each: '*[]', device: '{key}', time: 't', metrics: { v: 'v' } }],
  },
};
const EMPTY = { profiles, site: { areas: [{ id: area }], devices: [] } };

async function readings(brink: Brink, point: string, metric: string): Promise<unknown[]> {
  const query = `metric=${metric}&from=${BEGIN_MS - 86_400_000}&to=${Date.now() + 3_600_000}`;
  const { items } = await brink.get<{ items: { value: unknown; quality: string }[] }>(
    `/points/${point}/readings?${query}`,
  );
  return items.map(({ value, quality }) => [value, quality]);
}

const quarantine = async (brink: Brink) =>
  (await brink.get<{ items: { device: string; reason: string }[] }>('/quarantine?limit=200')).items;

test('a fire host and its detectors that one sheet registers have what was reported before, and no secret that mutes them', async () => {
  const data = temporaryFolder();
  const brink = await startBrink(EMPTY, { data, flags: ['--gbt26875', '0'] });
  const { say } = await fireTransmitter(brink.app.lines.gbt26875, HOST);
  const fires = (...addresses: number[]) => {
    const states = addresses.map((address) =>
      Buffer.concat([
        Buffer.of(1, 1, 40, address, 0, 0, 0, 2, 0),
        Buffer.alloc(31),
        tagOf(Date.now() - 60_000, 'binary'),
      ]),
    );
    return Buffer.concat([Buffer.of(2, states.length), ...states]);
  };
  say(COMMAND.send, fires(5, 9));
  await until('the frame to be kept', async () => (await quarantine(brink)).length === 1);

  // The detector comes first, and a part of the frame is of its host, which is not there yet.
  const file = join(temporaryFolder(), 'devices.csv');
  const rows = [`${HOST}-1-00000005,detector,kitchen,${area},`, `gbt26875-${HOST},host,panel,${area},`];
  writeFileSync(file, `device,profile,point,area,secret\n${rows.join('\n')}\n`);
  const made = await runBrinkCli(['device', 'import', file, '--yes', '--data', data]);
  expect([made.status, made.stdout.match(/none, as a gateway/g)?.length]).toEqual([0, 2]);
  await until('the quarantine to be empty', async () => (await quarantine(brink)).length === 0);
  expect(await readings(brink, 'kitchen', 'fire')).toEqual([[true, 'late']]);
  expect(await readings(brink, 'panel', 'fire')).toEqual([[true, 'late']]);

  const rules = { fire: { metric: 'fire', levels: { red: { equals: true } } } };
  expect((await brink.call('PUT', '/points/kitchen/thresholds', { rules }, { 'if-match': '"0"' })).status).toBe(200);
  say(COMMAND.send, fires(5));
  await until('the fire', async () => (await brink.alerts('active')).length === 1);
  expect(await quarantine(brink)).toEqual([]);
});

test('by command, too, a kind of device that does not log in gets no secret unless one is given', async () => {
  const data = temporaryFolder();
  await startBrink(EMPTY, { data });
  const add = async (id: string, profile: string, ...more: string[]) =>
    (await runBrinkCli(['device', 'add', id, '--profile', profile, '--data', data, ...more])).stdout;
  expect(await add('some-host', 'host')).toBe(
    'Device some-host commissioned, without a secret: its kind does not log in.\n',
  );
  expect(await add('hj212-A1', 'plain')).toContain('without a secret');
  expect(await add('gauge', 'plain')).toMatch(/^Device gauge commissioned\.\nSecret: /);
  expect(await add('air', 'noise', '--secret-stdin')).toBe('');
});

test('what is kept under another name of a device is found when it is registered', async () => {
  const brink = await startBrink(EMPTY, { flags: ['--hj212', '0'] });
  const client = await lineClient(Number(new URL(brink.app.lines.hj212 ?? '').port));
  client.send(
    frameOf(
      'QN=20260701160000000;ST=22;CN=2011;PW=123456;MN=A1;Flag=5;CP=&&DataTime=20260701160000;LA-Rtd=61,LA-Flag=N&&',
    ),
  );
  await until('the frame to be kept', async () => (await quarantine(brink)).length === 1);
  // Under `hj212-A1`, and it is registered by the bare number.
  const put = await brink.call('PUT', '/devices/A1', { profile: 'noise', points: [{ id: 'square', area }] });
  expect(put.status).toBe(201);
  await until('the quarantine to be empty', async () => (await quarantine(brink)).length === 0);
  expect(await readings(brink, 'square', 'LA-Rtd')).toEqual([[61, 'late']]);
});

test('a batch of many devices that is larger than what quarantine shows is read whole for each of them', async () => {
  const brink = await startBrink(EMPTY, { flags: ['--auth', 'none'] });
  const client = await brink.device('gateway');
  const items = Array.from({ length: 60 }, (_, i) => ({ t: BEGIN_MS + i * 1_000, v: i, note: 'as it was' }));
  await new Promise<void>((resolve, reject) => {
    const batch = JSON.stringify({ one: items, two: items.slice(0, 50), three: items.slice(0, 40) });
    expect(batch.length).toBeGreaterThan(4_096);
    client.publish('gateway/up', batch, { qos: 1 }, (error) => (error ? reject(error) : resolve()));
  });
  await publish(
    await brink.device('native'),
    items.map(({ t, v }) => ({ ts: t, values: { v, more: 'x'.repeat(100) } })),
  );
  await until('all to be kept', async () => (await quarantine(brink)).length === 4);
  for (const [id, profile, count] of [
    ['two', 'batch', 50],
    ['native', 'plain', 60],
    ['one', 'batch', 60],
    ['three', 'batch', 40],
  ] as const) {
    const put = await brink.call('PUT', `/devices/${id}`, { profile, points: [{ id: `at-${id}`, area }] });
    expect(put.status).toBe(201);
    await until(`the readings of ${id}`, async () => (await readings(brink, `at-${id}`, 'v')).length === count);
  }
  await until('the quarantine to be empty', async () => (await quarantine(brink)).length === 0);
});
