import mqtt from 'mqtt';
import { describe, expect, test } from 'vitest';
import { readSparkplug } from '../../src/decode/formats/sparkplug/payload.ts';
import { sparkplugIds } from '../../src/model/sparkplug.ts';
import { afterTest } from '../support/after-test.ts';
import { type Brink, startBrink } from '../support/brink.ts';
import { connectEdgeNode, type EdgeNodeOptions } from '../support/edge-node.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { until } from '../support/until.ts';

/**
 * What a host application of Sparkplug B 3.0 must do, one test for each demand, and the host tests of the Technology Compatibility
 * Kit as far as they can be told of a host that is its edge nodes' server as well: what its kit sees at the server's door
 * (CONNECT, SUBSCRIBE and will of a host) there is none of, and what follows from them for an edge node is what is tested.
 */

const profile = {
  family: 'waterlogging',
  metrics: { Level: { unit: 'cm', range: [-50, 500] }, level: { unit: 'cm' }, Running: { type: 'boolean' } },
  reportEvery: '10m',
};
const point = (id: string) => [{ id, area: 'town' }];
const site = {
  profiles: { pump: profile },
  site: {
    areas: [{ id: 'town' }],
    devices: [
      { id: 'edge', profile: 'pump', secret: 'secret-edge', grants: ['feed'] },
      { id: 'plant:node1', profile: 'pump', points: point('node') },
      { id: 'plant:node1:pump', profile: 'pump', points: point('pump') },
      { id: 'plant:node1:fan', profile: 'pump', points: point('fan') },
    ],
  },
  thresholds: [{ point: 'pump', rules: { deep: { metric: 'Level', levels: { red: { above: 40 } } } } }],
};
const WAIT_MS = 5_000;

const flags = ['--sparkplug', 'brink', '--sparkplug-wait', `${WAIT_MS}ms`];

async function startHost({ clock = createFakeClock(Date.now()) } = {}) {
  return { brink: await startBrink(site, { clock, flags }), clock };
}

interface Shown {
  readonly value: unknown;
  readonly ts: number;
  readonly quality: string;
}
const shown = async (brink: Brink, of = 'pump') =>
  (await brink.get<{ values: Record<string, Shown> }>(`/points/${of}`)).values;
const levelOf = async (brink: Brink, of = 'pump') => (await shown(brink, of)).Level;
const isLevel = (brink: Brink, value: unknown, of = 'pump') =>
  until(`the level ${value} of ${of}`, async () => (await levelOf(brink, of))?.value === value);
const isBad = (brink: Brink, of: string) =>
  until(`that ${of} is stale`, async () => {
    const values = Object.values(await shown(brink, of));
    return values.length > 0 && values.every(({ quality }) => quality === 'bad');
  });

const LEVEL = { name: 'Level', alias: 7, type: 'Int16' } as const;
const RUNNING = { name: 'Running', alias: 8, type: 'Boolean' } as const;

/** An edge node that is there, with its devices `pump` and `fan`. */
async function born(brink: Brink, options: EdgeNodeOptions = {}) {
  const node = await connectEdgeNode(brink, options);
  await node.isBorn([{ name: 'Level', alias: 6, type: 'Int16', value: 1 }]);
  await node.deviceIsBorn(
    [
      { ...LEVEL, value: 10 },
      { ...RUNNING, value: true },
    ],
    'pump',
  );
  await node.deviceIsBorn([{ name: 'Level', alias: 9, type: 'Int16', value: 20 }], 'fan');
  await isLevel(brink, 10);
  await isLevel(brink, 20, 'fan');
  return node;
}

/** A person with a token, who may give commands. */
async function operator(brink: Brink) {
  const made = await brink.call('POST', '/tokens', { name: 'operator', role: 'operator' });
  const { token } = (await made.json()) as { token: string };
  const options = { username: 'token', password: token, reconnectPeriod: 0 } as const;
  const person = await mqtt.connectAsync(brink.app.mqtt, options);
  afterTest(() => void person.end(true));
  return person;
}

const quarantined = async (brink: Brink) =>
  (await brink.get<{ items: { code: string; device: string }[] }>('/quarantine')).items.map(
    ({ code, device }) => `${device}: ${code}`,
  );

describe('what a host application must do', () => {
  test('1 clean session: of what was before its start it knows nothing', async () => {
    const { brink, clock } = await startHost();
    const before = await born(brink);
    const [former] = before.states();
    clock.advance(1_000);
    const again = await brink.restart();
    const node = await connectEdgeNode(again, { bdSeq: 2n });
    const [state] = await until('the state', () => (node.states().length > 0 ? node.states() : undefined));
    expect(state).toEqual({ online: true, timestamp: (former?.timestamp ?? 0) + 1_000 });
    await node.data({ alias: 7, value: 30 });
    await until('the request', () => node.rebirths().length === 1);
    expect((await levelOf(again))?.value).not.toBe(30);
  });

  test('2 its will: who is connected when it goes learns that it is offline, QoS 1 and retained', async () => {
    const { brink, clock } = await startHost();
    const node = await born(brink);
    clock.advance(7_000);
    await brink.app.close();
    await until('that it is offline', () => node.states().length === 2);
    expect(node.states().map(({ online }) => online)).toEqual([true, false]);
    expect(node.heard.at(-1)).toMatchObject({ topic: 'spBv1.0/STATE/brink', qos: 1 });
  });

  test('3 its state is the first of all it says: retained with QoS 1, there before an edge node can connect', async () => {
    const clock = createFakeClock(Date.now());
    const startedMs = clock.nowMs();
    const { brink } = await startHost({ clock });
    const node = await connectEdgeNode(brink);
    await until('the state', () => node.states().length > 0);
    expect(node.heard).toEqual([
      {
        topic: 'spBv1.0/STATE/brink',
        payload: Buffer.from(JSON.stringify({ online: true, timestamp: startedMs })),
        qos: 1,
        retain: true,
      },
    ]);
  });

  test('4 that it is offline nobody says in its place: it stays online with the same time', async () => {
    const { brink } = await startHost();
    const node = await born(brink);
    const [state] = node.states();
    const lie = JSON.stringify({ online: false, timestamp: brink.nowMs() });
    await node.client.publishAsync('spBv1.0/STATE/brink', lie, { qos: 1, retain: true });
    const other = await connectEdgeNode(brink, { bdSeq: 2n, node: 'node2' });
    await until('the state', () => other.states().length > 0);
    expect(other.states()).toEqual([state]);
    expect(node.states()).toEqual([state]);
  });

  test('5 an intended stop: offline with the time of stopping, before the connections end', async () => {
    const { brink, clock } = await startHost();
    const node = await born(brink);
    const order: string[] = [];
    node.client.on('message', () => order.push('state'));
    node.client.on('close', () => order.push('closed'));
    clock.advance(60_000);
    await brink.app.close();
    await until('the end', () => order.includes('closed'));
    expect(order).toEqual(['state', 'closed']);
    expect(node.states().at(-1)).toEqual({ online: false, timestamp: clock.nowMs() });
  });

  test('6 one time for its one server, and one host of its id: what another of it says is nothing', async () => {
    const { brink, clock } = await startHost();
    const startedMs = clock.nowMs();
    clock.advance(1_000);
    const first = await born(brink);
    const twin = JSON.stringify({ online: true, timestamp: startedMs + 500 });
    await first.client.publishAsync('spBv1.0/STATE/brink', twin, { qos: 1, retain: true });
    clock.advance(1_000);
    const second = await connectEdgeNode(brink, { bdSeq: 2n, node: 'node2' });
    await until('the state', () => second.states().length > 0);
    for (const node of [first, second]) expect(node.states()).toEqual([{ online: true, timestamp: startedMs }]);
  });

  test('7 a birth of an edge node replaces all of before, 0 follows 255, and the death of an earlier session is none', async () => {
    const { brink, clock } = await startHost();
    const node = await born(brink);
    for (let n = 0; n < 300; n++) await node.data({ alias: 7, value: n });
    await isLevel(brink, 299);
    clock.advance(10 * WAIT_MS);
    expect(node.rebirths()).toEqual([]);
    // Alias 7 is of another metric now, and what the devices were is forgotten.
    await node.isBorn([{ ...LEVEL, value: 2 }]);
    await node.data({ alias: 7, value: 30 });
    await until('the request', () => node.rebirths().length === 1);
    await node.nodeData({ alias: 7, value: 3 });
    await isLevel(brink, 3, 'node');
    expect((await levelOf(brink))?.value).toBe(299);
    await node.publish('NDEATH', { metrics: [{ name: 'bdSeq', type: 'Int64', value: 0n }] }, '');
    await node.nodeData({ alias: 7, value: 4 });
    await isLevel(brink, 4, 'node');
    expect((await levelOf(brink, 'node'))?.quality).toBe('good');
  });

  test('8 the death of an edge node: it and all its devices are stale, by the host’s clock', async () => {
    const { brink, clock } = await startHost();
    const node = await born(brink);
    clock.advance(30_000);
    node.client.stream.destroy();
    for (const id of ['node', 'pump', 'fan']) await isBad(brink, id);
    expect((await levelOf(brink))?.ts).toBe(clock.nowMs());
    expect(await shown(brink)).toMatchObject({ Level: { value: null }, Running: { value: null } });
  });

  test('9 the death of a device: it alone is stale, at the time that the message says', async () => {
    const { brink, clock } = await startHost();
    const node = await born(brink);
    clock.advance(30_000);
    const diedMs = clock.nowMs() - 2_000;
    await node.deviceDies(diedMs);
    await isBad(brink, 'pump');
    expect((await levelOf(brink))?.ts).toBe(diedMs);
    expect((await levelOf(brink, 'fan'))?.quality).toBe('good');
    expect((await levelOf(brink, 'node'))?.quality).toBe('good');
  });

  test('10 the birth of a device: it is there again, with the time that the message says and the metrics it names', async () => {
    const { brink, clock } = await startHost();
    const node = await born(brink);
    await node.deviceDies(clock.nowMs());
    await isBad(brink, 'pump');
    clock.advance(5_000);
    const bornMs = clock.nowMs() - 500;
    await node.deviceIsBorn([{ name: 'Level', alias: 11, type: 'Int16', value: 33 }], 'pump', bornMs);
    await isLevel(brink, 33);
    expect(await levelOf(brink)).toMatchObject({ quality: 'good', ts: bornMs });
    // Of what was born before, the alias means nothing any more.
    await node.data({ alias: 8, value: true });
    await until('the request', () => node.rebirths().length === 1);
  });

  test('11 a number that stays away: one rebirth is asked for when it was waited for, without a number, QoS 0, not retained', async () => {
    const { brink, clock } = await startHost();
    const node = await born(brink);
    node.skip();
    await node.data({ alias: 7, value: 30 });
    await isLevel(brink, 30);
    clock.advance(WAIT_MS - 1);
    expect(node.rebirths()).toEqual([]);
    clock.advance(1);
    const [request] = await until('the request', () => (node.rebirths().length > 0 ? node.rebirths() : undefined));
    expect(request).toMatchObject({ topic: 'spBv1.0/plant/NCMD/node1', qos: 0, retain: false });
    expect(readSparkplug(request?.payload ?? Buffer.alloc(0)).message).toMatchObject({
      timestampMs: clock.nowMs(),
      seq: undefined,
      metrics: [{ name: 'Node Control/Rebirth', type: 11, raw: true }],
    });
    // While it is owed an answer it is not asked again.
    await node.data({ alias: 99, value: 1 });
    await node.data({ alias: 7, value: 31 });
    await isLevel(brink, 31);
    expect(node.rebirths()).toHaveLength(1);
  });

  test('12 data before a birth, or by an alias that no birth has named: no reading, and a rebirth is asked for', async () => {
    const { brink, clock } = await startHost();
    const early = await connectEdgeNode(brink);
    await early.data({ alias: 7, value: 30 });
    await until('the request', () => early.rebirths().length === 1);
    expect(await shown(brink)).toEqual({});
    clock.advance(60_000);
    const node = await born(brink, { bdSeq: 2n });
    await node.data({ alias: 99, value: 30 });
    await until('the second request', () => node.rebirths().length === 1);
    expect((await levelOf(brink))?.value).toBe(10);
    await until('both in quarantine', async () => (await quarantined(brink)).length === 2);
    expect(await quarantined(brink)).toEqual(['plant:node1:pump: not-born', 'plant:node1:pump: not-born']);
  });

  test('13 names differ in upper and lower case; an alias is one metric of one of an edge node’s devices', async () => {
    const { brink } = await startHost();
    const node = await born(brink);
    await node.deviceIsBorn([
      { ...LEVEL, value: 11 },
      { name: 'level', alias: 17, type: 'Int16', value: 12 },
    ]);
    await isLevel(brink, 11);
    await node.data({ alias: 17, value: 13 });
    await until('the other level', async () => (await shown(brink)).level?.value === 13);
    expect((await levelOf(brink))?.value).toBe(11);
    // 9 is of the fan; and the device PUMP is none that anybody knows.
    await node.data({ alias: 9, value: 30 });
    await until('the request', () => node.rebirths().length === 1);
    await node.deviceIsBorn([{ name: 'Level', alias: 18, type: 'Int16', value: 30 }], 'PUMP');
    await until('that it is not known', async () => (await quarantined(brink)).some((one) => one.includes('PUMP')));
    expect((await levelOf(brink))?.value).toBe(11);
  });

  test('14 types are those of the birth; what was stored clears no alarm; null is no value; quality is heard', async () => {
    const { brink, clock } = await startHost();
    const node = await born(brink);
    await node.data({ alias: 7, value: BigInt(-4) });
    await isLevel(brink, -4);
    await node.data({ alias: 7, value: 60 });
    const alert = async () => (await brink.alerts()).find(({ rule }) => rule === 'deep');
    await until('the alert', async () => (await alert())?.state === 'active');
    clock.advance(1_000);
    await node.data({ alias: 7, value: 1, historical: true, timestamp: clock.nowMs() });
    await node.data({ alias: 8, isNull: true });
    await node.data({ alias: 7, value: 61, quality: 500, timestamp: clock.nowMs() });
    await until('that it is stale', async () => (await levelOf(brink))?.quality === 'bad');
    expect((await alert())?.state).toBe('active');
    expect((await shown(brink)).Running).toMatchObject({ value: true, quality: 'good' });
    await node.data({ alias: 7, value: 62, quality: 192, timestamp: clock.nowMs() + 1 });
    await until('that it is good', async () => (await levelOf(brink))?.quality === 'good');
    // What is stale leaves open whether it is still so, and nothing has ended it.
    expect((await brink.events()).filter(({ alert: { rule } }) => rule === 'deep').map(({ event }) => event)).toEqual([
      'raised',
      'unverified',
      'verified',
    ]);
  });

  test('15 a command is of metrics that were born, in their types; any other is not sent', async () => {
    const brink = await startBrink(site, { flags });
    const node = await born(brink);
    for (const refused of [
      { Unknown: 1 },
      { Level: 'high' },
      { Level: 70_000 },
      { Running: 1 },
      { Level: 3, Unknown: 1 },
      {},
    ]) {
      const person = await operator(brink);
      const ended = new Promise<void>((resolve) => person.once('close', () => resolve()));
      person.publish('commands/plant:node1:pump', JSON.stringify(refused), { qos: 1 });
      await ended;
    }
    const person = await operator(brink);
    await person.publishAsync('commands/plant:node1:pump', JSON.stringify({ Level: -3, Running: false }), { qos: 1 });
    await until('the command', () => node.heard.some(({ topic }) => topic.includes('/DCMD/')));
    const commands = node.heard.filter(({ topic }) => !topic.includes('/STATE/'));
    expect(commands).toHaveLength(1);
    expect(readSparkplug(commands[0]?.payload ?? Buffer.alloc(0)).message?.metrics).toMatchObject([
      { name: 'Level', type: 2, raw: 4_294_967_293n },
      { name: 'Running', type: 11, raw: false },
    ]);
  });

  test('16 as a server: data of QoS 0 and 1, what is retained, and wills with QoS 1', async () => {
    const { brink } = await startHost();
    const node = await born(brink);
    const data = (seq: number, value: number) => ({ timestamp: brink.nowMs(), seq, metrics: [{ alias: 7, value }] });
    await node.publish('DDATA', data(3, 31), 'pump', 0);
    await isLevel(brink, 31);
    await node.publish('DDATA', data(4, 32), 'pump', 1);
    // It was acknowledged, so it is on disk.
    await isLevel(brink, 32);
    expect(node.grants).toEqual([1, 1, 1]);
    const later = await connectEdgeNode(brink, { bdSeq: 2n, node: 'node2' });
    await until('the retained state', () => later.states().length === 1);
    node.client.stream.destroy();
    await isBad(brink, 'pump');
  });
});

describe('the host tests of the compatibility kit', () => {
  test('session establishment: the state is online, retained with QoS 1, of the time of the start, whoever comes when', async () => {
    const { brink, clock } = await startHost();
    const startedMs = clock.nowMs();
    for (const bdSeq of [1n, 2n]) {
      clock.advance(1_000);
      const node = await connectEdgeNode(brink, { bdSeq });
      await until('the state', () => node.states().length > 0);
      expect(node.heard[0]).toMatchObject({ topic: 'spBv1.0/STATE/brink', qos: 1, retain: true });
      expect(node.states()).toEqual([{ online: true, timestamp: startedMs }]);
    }
  });

  test('session termination: offline of a later time than its birth, QoS 1, then the connection ends', async () => {
    const { brink, clock } = await startHost();
    const node = await born(brink);
    const [birth] = node.states();
    clock.advance(1);
    const closed = new Promise<void>((resolve) => node.client.once('close', () => resolve()));
    await brink.app.close();
    await closed;
    const death = node.states().at(-1);
    expect(death?.online).toBe(false);
    expect(death?.timestamp).toBeGreaterThan(birth?.timestamp ?? Number.POSITIVE_INFINITY);
    expect(node.heard.at(-1)?.qos).toBe(1);
  });

  test('send command: a rebirth and a new value, to the edge node and to a device of it', async () => {
    const { brink, clock } = await startHost();
    const node = await born(brink);
    await node.deviceIsBorn([
      { ...LEVEL, value: 10 },
      { name: 'Device Control/Rebirth', type: 'Boolean', value: false },
      { name: 'Label', type: 'String', value: 'a' },
      { name: 'Setpoint', type: 'Float', value: 1 },
      { name: 'Counter', type: 'UInt64', value: 1n },
    ]);
    const person = await operator(brink);
    const command = (to: string, what: object) =>
      person.publishAsync(`commands/${to}`, JSON.stringify(what), { qos: 1 });
    await command('plant:node1', { 'Node Control/Rebirth': true });
    await command('plant:node1', { Level: 5 });
    await command('plant:node1:pump', { 'Device Control/Rebirth': true });
    await command('plant:node1:pump', { Label: '水泵', Setpoint: 0.5, Counter: 9_007_199_254_740_991 });
    const heard = await until('four commands', () => {
      const commands = node.heard.filter(({ topic }) => topic.includes('CMD/'));
      return commands.length === 4 ? commands : undefined;
    });
    expect(heard.map(({ topic, qos, retain }) => [topic, qos, retain])).toEqual([
      ['spBv1.0/plant/NCMD/node1', 0, false],
      ['spBv1.0/plant/NCMD/node1', 0, false],
      ['spBv1.0/plant/DCMD/node1/pump', 0, false],
      ['spBv1.0/plant/DCMD/node1/pump', 0, false],
    ]);
    const said = heard.map(({ payload }) => readSparkplug(payload).message);
    for (const message of said) expect(message).toMatchObject({ timestampMs: clock.nowMs(), seq: undefined });
    expect(said.map((message) => message?.metrics.map(({ name, type, raw }) => [name, type, raw]))).toEqual([
      [['Node Control/Rebirth', 11, true]],
      [['Level', 2, 5n]],
      [['Device Control/Rebirth', 11, true]],
      [
        ['Label', 12, '水泵'],
        ['Setpoint', 9, 0.5],
        ['Counter', 8, 9_007_199_254_740_991n],
      ],
    ]);
  });

  test('receive data: of the edge node and of its device, by name and by alias', async () => {
    const { brink } = await startHost();
    const node = await born(brink);
    await node.nodeData({ alias: 6, value: 2 });
    await isLevel(brink, 2, 'node');
    await node.data({ name: 'Level', value: 11 });
    await isLevel(brink, 11);
    await node.data({ alias: 7, value: 12 }, { alias: 8, value: false });
    await isLevel(brink, 12);
    expect((await shown(brink)).Running?.value).toBe(false);
  });

  test('edge session termination: a device is stale by its death’s time, then all by the host’s', async () => {
    const { brink, clock } = await startHost();
    const node = await born(brink);
    clock.advance(10_000);
    const diedMs = clock.nowMs() - 1_000;
    await node.deviceDies(diedMs);
    await isBad(brink, 'pump');
    expect((await shown(brink)).Running).toMatchObject({ value: null, ts: diedMs, quality: 'bad' });
    clock.advance(10_000);
    node.client.stream.destroy();
    await isBad(brink, 'node');
    await isBad(brink, 'fan');
    expect((await levelOf(brink, 'node'))?.ts).toBe(clock.nowMs());
    expect((await levelOf(brink, 'fan'))?.ts).toBe(clock.nowMs());
  });

  test('message ordering: none is asked for while what is missing may come, one when it does not, none when it came', async () => {
    const { brink, clock } = await startHost();
    const node = await born(brink);
    node.skip();
    await node.data({ alias: 7, value: 30 });
    await isLevel(brink, 30);
    clock.advance(WAIT_MS);
    await until('the request', () => node.rebirths().length === 1);
    await node.isBorn();
    await node.deviceIsBorn([{ ...LEVEL, value: 31 }]);
    await isLevel(brink, 31);
    // Within the time: numbers 3 and 2.
    const data = (seq: number, value: number) => ({ timestamp: clock.nowMs(), seq, metrics: [{ alias: 7, value }] });
    await node.publish('DDATA', data(3, 33));
    await isLevel(brink, 33);
    clock.advance(WAIT_MS - 1);
    await node.publish('DDATA', data(2, 32));
    await node.publish('DDATA', data(4, 34));
    await isLevel(brink, 34);
    clock.advance(60_000);
    // Whatever is asked for comes before this.
    const person = await operator(brink);
    await person.publishAsync('commands/plant:node1:pump', JSON.stringify({ Level: 1 }), { qos: 1 });
    await until('the command', () => node.heard.some(({ topic }) => topic.includes('/DCMD/')));
    expect(node.rebirths()).toHaveLength(1);
  });
});

test('devices whose names have hyphens are told apart', async () => {
  const brink = await startBrink(site, { flags });
  for (const [group, name] of [
    ['a-b', 'c'],
    ['a', 'b-c'],
    ['a b', 'c'],
  ] as const) {
    const node = await connectEdgeNode(brink, { bdSeq: BigInt(group.length), group, node: name });
    await node.publish(
      'NBIRTH',
      {
        timestamp: brink.nowMs(),
        seq: 0,
        metrics: [{ name: 'Level', type: 'Int16', value: 1 }],
      },
      '',
    );
  }
  await until('all', async () => (await quarantined(brink)).length === 3);
  expect((await quarantined(brink)).sort()).toEqual([
    'a-b:c: unknown-device',
    'a:b-c: unknown-device',
    'a~20b:c: unknown-device',
  ]);
});

/** An edge node's birth with a level of its own. */
const bornWith = (brink: Brink, node: Awaited<ReturnType<typeof connectEdgeNode>>, level: number) =>
  node.publish(
    'NBIRTH',
    { timestamp: brink.nowMs(), seq: 0, metrics: [{ name: 'Level', type: 'Int16', value: level }] },
    '',
  );

test.each([
  ['plant-1', 'edge-2'],
  ['plant.1', 'edge.2'],
  ['一号厂', '2 区·泵房'],
])('names with hyphens, dots and Chinese are registered as GROUP:NODE: %s, %s', async (group, name) => {
  const [id = ''] = sparkplugIds({ group, node: name, device: undefined });
  const devices = [...site.site.devices, { id, profile: 'pump', points: [{ id: 'there', area: 'town' }] }];
  const brink = await startBrink({ ...site, site: { ...site.site, devices } }, { flags });
  const node = await connectEdgeNode(brink, { group, node: name });
  await bornWith(brink, node, 7);
  await isLevel(brink, 7, 'there');
  expect(await quarantined(brink)).toEqual([]);
});

test('an id with hyphens is of whoever spoke first by it, also after a start; another one is not taken for him', async () => {
  const devices = [...site.site.devices, { id: 'a-b-c', profile: 'pump', points: [{ id: 'there', area: 'town' }] }];
  const brink = await startBrink({ ...site, site: { ...site.site, devices } }, { flags });
  await bornWith(brink, await connectEdgeNode(brink, { group: 'a-b', node: 'c' }), 7);
  await isLevel(brink, 7, 'there');
  const again = await brink.restart();
  // The other one is the first to speak this time.
  await bornWith(again, await connectEdgeNode(again, { group: 'a', node: 'b-c', bdSeq: 2n }), 99);
  await until('the other', async () => (await quarantined(again)).length === 1);
  await bornWith(again, await connectEdgeNode(again, { group: 'a-b', node: 'c', bdSeq: 3n }), 8);
  await isLevel(again, 8, 'there');
  expect(await quarantined(again)).toEqual(['a:b-c: unknown-device']);
});
