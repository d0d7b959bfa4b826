import type { MqttClient } from 'mqtt';
import { expect, test } from 'vitest';
import { readSparkplug } from '../../src/decode/formats/sparkplug/payload.ts';
import { type Brink, startBrink } from '../support/brink.ts';
import { connectEdgeNode } from '../support/edge-node.ts';
import { until } from '../support/until.ts';

const site = {
  profiles: {
    pump: {
      family: 'waterlogging',
      metrics: { 'Inputs/Level': { unit: 'cm', range: [-50, 500] }, 'Outputs/Running': { type: 'boolean' } },
      reportEvery: '10m',
    },
  },
  site: {
    areas: [{ id: 'town' }],
    devices: [
      { id: 'edge', profile: 'pump', secret: 'secret-edge', grants: ['feed'] },
      { id: 'stranger', profile: 'pump', secret: 'secret-stranger', grants: ['feed'] },
      { id: 'plant-node1-pump', profile: 'pump', points: [{ id: 'underpass', area: 'town' }] },
    ],
  },
  thresholds: [{ point: 'underpass', rules: { deep: { metric: 'Inputs/Level', levels: { red: { above: 40 } } } } }],
};

interface Value {
  readonly value: unknown;
  readonly ts: number;
  readonly quality: string;
}
const valuesOf = async (brink: Brink) =>
  (await brink.get<{ values: Record<string, Value> }>('/points/underpass')).values;
const levelOf = async (brink: Brink) => (await valuesOf(brink))['Inputs/Level'];

const quarantined = async (brink: Brink) =>
  (await brink.get<{ items: { reason: string; device: string }[] }>('/quarantine')).items.map(
    ({ reason, device }) => `${device}: ${reason}`,
  );

const LEVEL = { name: 'Inputs/Level', alias: 7, type: 'Int16' } as const;
const RUNNING = { name: 'Outputs/Running', alias: 8, type: 'Boolean' } as const;

const endOf = (client: MqttClient) => new Promise<void>((resolve) => client.once('close', () => resolve()));

/** An edge node of one device. */
async function edgeNode(brink: Brink, bdSeq: bigint, user = 'edge') {
  const node = await connectEdgeNode(brink, { bdSeq, user });
  return {
    ...node,
    async isBorn(level: number) {
      const timestamp = Date.now();
      await node.isBorn();
      await node.deviceIsBorn([
        { ...LEVEL, value: level, timestamp },
        { ...RUNNING, value: true, timestamp },
      ]);
    },
  };
}

test('an edge node from its birth to its death: aliases, a breach, what it had stored, a gap, its devices stale at once', async () => {
  const brink = await startBrink(site, { flags: ['--sparkplug', 'brink', '--sparkplug-wait', '10ms'] });
  const node = await edgeNode(brink, 4n);
  expect(node.grants).toEqual([1, 1, 1]);
  const state = await until('the state of the host', () => node.heard.find(({ topic }) => topic.includes('/STATE/')));
  expect(state.topic).toBe('spBv1.0/STATE/brink');
  expect(JSON.parse(String(state.payload))).toEqual({ online: true, timestamp: expect.any(Number) });

  await node.isBorn(20);
  await until('the birth', async () => (await levelOf(brink))?.value === 20);
  await node.data({ alias: 7, value: BigInt(-4) }, { alias: 8, value: false });
  await until('a level below zero', async () => (await levelOf(brink))?.value === -4);
  expect((await valuesOf(brink))['Outputs/Running']).toMatchObject({ value: false, quality: 'good' });
  await node.data({ alias: 7, value: 60n });
  const alert = async () => (await brink.alerts()).find(({ rule }) => rule === 'deep');
  await until('the alert', async () => (await alert())?.state === 'active');
  // Newer than the breach by its own word, and yet it is history, which never clears one.
  await node.data({ alias: 7, value: 1n, historical: true, timestamp: Date.now() });
  await node.data({ alias: 8, isNull: true });
  await node.data({ alias: 7, value: 59n });
  await until('the next level', async () => (await levelOf(brink))?.value === 59);
  // Without a value it is neither faulty nor anything else than it was.
  expect((await valuesOf(brink))['Outputs/Running']).toMatchObject({ value: false, quality: 'good' });
  expect((await brink.events()).filter(({ alert: { rule } }) => rule === 'deep').map(({ event }) => event)).toEqual([
    'raised',
  ]);
  expect(node.rebirths()).toEqual([]);

  // One message of it is lost: it is asked to say everything again.
  node.skip();
  await node.data({ alias: 7, value: 61n });
  const { payload } = await until('the request', () => node.rebirths()[0]);
  expect(readSparkplug(payload).message).toMatchObject({
    seq: undefined,
    metrics: [{ name: 'Node Control/Rebirth', type: 11, raw: true }],
  });
  await node.isBorn(62);
  await until('the second birth', async () => (await levelOf(brink))?.value === 62);

  // Somebody else who may speak for the same device has other numbers, and changes nothing of these.
  const stranger = await edgeNode(brink, 9n, 'stranger');
  await stranger.isBorn(63);
  await until('what the other says', async () => (await levelOf(brink))?.value === 63);
  await node.data({ alias: 7, value: 64n });
  await until('what it says itself', async () => (await levelOf(brink))?.value === 64);
  stranger.client.end();

  // It connects anew; only then does the will of its old connection come: it is of an earlier session.
  const again = await edgeNode(brink, 5n);
  await again.isBorn(65);
  await until('the third birth', async () => (await levelOf(brink))?.value === 65);
  node.client.stream.destroy();
  await again.data({ alias: 7, value: 66n });
  await until('that it goes on', async () => (await levelOf(brink))?.value === 66);
  expect((await levelOf(brink))?.quality).toBe('good');

  again.client.stream.destroy();
  await until('that it is stale', async () => (await levelOf(brink))?.quality === 'bad');
  expect((await valuesOf(brink))['Outputs/Running']).toMatchObject({ value: null, quality: 'bad' });
  expect((await alert())?.state).toBe('active');
  expect(await quarantined(brink)).toEqual([]);
});

test('a device alone dies; the server stops and says so; after a start births are asked for', async () => {
  const flags = ['--sparkplug', 'brink'];
  let brink = await startBrink(site, { flags });
  let node = await edgeNode(brink, 1n);
  await node.isBorn(20);
  await until('the birth', async () => (await levelOf(brink))?.value === 20);
  await node.deviceDies(Date.now());
  await until('that it is stale', async () => (await levelOf(brink))?.quality === 'bad');
  await node.data({ alias: 7, value: 30n });
  await until('the request', () => node.rebirths().length === 1);
  expect((await levelOf(brink))?.quality).toBe('bad');
  await until('it in quarantine', async () => (await quarantined(brink)).length === 1);
  expect(await quarantined(brink)).toEqual(['plant-node1-pump: unknown-message']);
  await node.isBorn(31);
  await until('the birth after its death', async () => (await levelOf(brink))?.value === 31);

  const { heard } = node;
  const ended = endOf(node.client);
  await brink.app.close();
  await ended;
  const states = heard.filter(({ topic }) => topic === 'spBv1.0/STATE/brink').map(({ payload }) => String(payload));
  expect(states.map((text) => JSON.parse(text).online)).toEqual([true, false]);

  brink = await brink.restart();
  node = await edgeNode(brink, 2n);
  await node.data({ alias: 7, value: 33n });
  await until('the request after a start', () => node.rebirths().length === 1);
  await node.isBorn(34);
  await until('the birth after a start', async () => (await levelOf(brink))?.value === 34);
});

test('it is off until it is given', async () => {
  const brink = await startBrink(site);
  const node = await edgeNode(brink, 1n);
  const closed = endOf(node.client);
  await node.isBorn(20);
  await closed;
  expect(node.heard).toEqual([]);
});
