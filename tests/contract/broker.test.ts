import net from 'node:net';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import mqttPacket from 'mqtt-packet';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type Broker,
  type BrokerOptions,
  DEFAULT_LIMITS,
  startBroker,
  type TelemetryPublish,
} from '../../src/broker/broker.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { newBucket, type TokenBucket } from '../../src/lib/token-bucket.ts';
import { until } from '../support/until.ts';

let broker: Broker;
let port: number;
let taken: TelemetryPublish[];
let buckets: Map<string, TokenBucket>;
let unreleased: Map<string, number>;
/** What `ingest` answers; a test may hold the answers back. */
let answer: (done: (error: Error | null) => void) => void;
const clients: MqttClient[] = [];

const options = (): BrokerOptions => ({
  clock: systemClock,
  log: pino({ level: 'silent' }),
  limits: DEFAULT_LIMITS,
  authenticate(username, password) {
    const secret = password === undefined ? '' : Buffer.from(password).toString();
    if (username === 'token' && secret === 'op') return { kind: 'user', name: 'op', mayCommand: true, mayFeed: false };
    if (username === 'siren' && secret === 's') return { kind: 'device', id: 'siren', grantedAlerts: true };
    return secret === `secret of ${username}`
      ? { kind: 'device', id: username ?? '', grantedAlerts: false }
      : undefined;
  },
  bucketOf(device) {
    const bucket = buckets.get(device) ?? newBucket();
    buckets.set(device, bucket);
    return bucket;
  },
  ingest(publish, done) {
    taken.push(publish);
    if (publish.qos2 !== undefined)
      unreleased.set(`${publish.qos2.clientId}/${publish.qos2.messageId}`, publish.qos2.digest);
    answer(done);
  },
  qos2: {
    unreleasedDigest: (clientId, messageId) => unreleased.get(`${clientId}/${messageId}`),
    whenDurable: (done) => done(null),
    release(clientId, messageId, done) {
      unreleased.delete(`${clientId}/${messageId}`);
      done(null);
    },
  },
});

async function start(limits: Partial<BrokerOptions['limits']> = {}): Promise<void> {
  broker = await startBroker({ ...options(), limits: { ...DEFAULT_LIMITS, ...limits } });
  port = await broker.listen({ host: '127.0.0.1', port: 0 });
}

function connect(username: string, password: string, more: IClientOptions = {}): Promise<MqttClient> {
  return new Promise((resolve, reject) => {
    const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, { username, password, reconnectPeriod: 0, ...more });
    clients.push(client);
    client.once('connect', () => resolve(client));
    client.once('error', reject);
  });
}
const device = (id: string, more?: IClientOptions) => connect(id, `secret of ${id}`, more);

function closing(client: MqttClient): Promise<void> {
  return new Promise((resolve) => client.once('close', () => resolve()));
}

beforeEach(async () => {
  taken = [];
  buckets = new Map();
  unreleased = new Map();
  answer = (done) => done(null);
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.end(true);
  await broker.close();
});

describe('who may do what', () => {
  test('a device publishes to its own telemetry and to nothing else', async () => {
    await start();
    const gas = await device('gas-01');
    await gas.publishAsync('telemetry/gas-01', '{"ch4":1}', { qos: 1 });
    expect(taken.map((p) => [p.device, Buffer.from(p.payload).toString()])).toEqual([['gas-01', '{"ch4":1}']]);
    // Blanks around an id are a slip of whoever set the device up.
    await gas.publishAsync('telemetry/ gas-01\u3000', '{"ch4":2}', { qos: 1 });
    expect(taken.splice(1).map((p) => p.device)).toEqual(['gas-01']);
    for (const topic of ['telemetry/gas-02', 'alerts/a/p/r', 'commands/gas-01', 'telemetry/gas-01/x', '$SYS/x']) {
      const other = await device('gas-01', { clientId: 'other' });
      const closed = closing(other);
      other.publish(topic, '1', { qos: 1 });
      await closed;
    }
    expect(taken).toHaveLength(1);
    expect(broker.stats().refused).toEqual({ 'publish-not-allowed': 5 });
  });

  test('wrong and missing passwords are refused', async () => {
    await start();
    await expect(connect('gas-01', 'wrong')).rejects.toMatchObject({ code: 4 });
    await expect(connect('', '')).rejects.toThrow();
    expect(broker.stats().refused).toEqual({ 'bad-credentials': 2 });
  });

  test('a device hears its own commands; alerts only with the grant; all else is refused', async () => {
    await start();
    const gas = await device('gas-01');
    const heard: string[] = [];
    gas.on('message', (topic, payload) => heard.push(`${topic} ${payload}`));
    const granted = await gas.subscribeAsync({ 'commands/gas-01': { qos: 1 }, 'alerts/#': { qos: 1 } }).catch((e) => e);
    expect(granted).toMatchObject({ message: expect.stringContaining('Unspecified error') });
    await expect(gas.subscribeAsync('#')).rejects.toThrow();
    const person = await connect('token', 'op');
    await person.publishAsync('commands/gas-01', 'reboot', { qos: 1 });
    await until('the command', () => heard.includes('commands/gas-01 reboot'));

    broker.publish('alerts/market/p/r', '{"level":"red"}', { retain: true });
    const siren = await connect('siren', 's');
    const alerts: string[] = [];
    siren.on('message', (topic, payload, packet) => alerts.push(`${topic} ${payload} ${packet.retain}`));
    await siren.subscribeAsync('alerts/#', { qos: 1 });
    await until('the retained alert', () => alerts.includes('alerts/market/p/r {"level":"red"} true'));
  });

  test('nobody takes over the client id of somebody else, but a device takes over its own', async () => {
    await start();
    const first = await device('gas-01', { clientId: 'same' });
    await expect(device('gas-02', { clientId: 'same' })).rejects.toMatchObject({ code: 2 });
    expect(first.connected).toBe(true);
    const closed = closing(first);
    await device('gas-01', { clientId: 'same' });
    await closed;
    expect(broker.connections('gas-01')).toBe(1);
  });
});

describe('acknowledgement', () => {
  test('waits for ingest, for QoS 1 and 2, and an error closes the connection instead', async () => {
    await start();
    const held: ((error: Error | null) => void)[] = [];
    answer = (done) => held.push(done);
    const gas = await device('gas-01');
    let acknowledged = 0;
    for (const qos of [1, 2] as const) gas.publish('telemetry/gas-01', `${qos}`, { qos }, () => acknowledged++);
    await until('both publishes', () => held.length === 2);
    expect(acknowledged).toBe(0);
    for (const done of held.splice(0)) done(null);
    await until('both acknowledgements', () => acknowledged === 2);

    const closed = closing(gas);
    gas.publish('telemetry/gas-01', '3', { qos: 1 });
    await until('the third', () => held.length === 1);
    held[0]?.(new Error('disk full'));
    await closed;
    expect(acknowledged).toBe(2);
  });

  test('a QoS 2 publish sent again, also in a new session and after a restart, is taken once', async () => {
    await start();
    const raw = async (sends: { messageId: number; payload: string; dup?: boolean }[], release: boolean) => {
      const socket = net.connect(port, '127.0.0.1');
      const parser = mqttPacket.parser();
      const got: string[] = [];
      parser.on('packet', (packet) => got.push(`${packet.cmd} ${packet.messageId ?? ''}`.trim()));
      socket.on('data', (chunk) => parser.parse(chunk));
      socket.write(
        mqttPacket.generate({
          cmd: 'connect',
          protocolId: 'MQTT',
          protocolVersion: 4,
          clean: true,
          clientId: 'raw',
          keepalive: 0,
          username: 'gas-01',
          password: Buffer.from('secret of gas-01'),
        }),
      );
      await until('connack', () => got.includes('connack'));
      for (const { messageId, payload, dup } of sends) {
        socket.write(
          mqttPacket.generate({
            cmd: 'publish',
            topic: 'telemetry/gas-01',
            payload,
            qos: 2,
            messageId,
            dup: dup ?? false,
            retain: false,
          }),
        );
        await until('pubrec', () => got.includes(`pubrec ${messageId}`));
        if (!release) continue;
        socket.write(mqttPacket.generate({ cmd: 'pubrel', messageId }));
        await until('pubcomp', () => got.includes(`pubcomp ${messageId}`));
      }
      socket.destroy();
    };
    await raw([{ messageId: 5, payload: 'a' }], false);
    await broker.close();
    await start();
    await raw([{ messageId: 5, payload: 'a' }], true);
    expect(taken).toHaveLength(1);
    // Released: the id is free, and an unfinished one serves a new message in a new session.
    await raw([{ messageId: 5, payload: 'a' }], false);
    expect(taken).toHaveLength(2);
    await raw([{ messageId: 5, payload: 'b' }], true);
    expect(taken.map((p) => Buffer.from(p.payload).toString())).toEqual(['a', 'a', 'b']);

    // One that is too large is known by all of it, though only its beginning is kept.
    await broker.close();
    await start({ packetBytesMax: 1_000 });
    const large = `${'x'.repeat(20_000)}1`;
    await raw([{ messageId: 7, payload: large }], false);
    await raw([{ messageId: 7, payload: large, dup: true }], true);
    expect(taken).toHaveLength(4);
    await raw([{ messageId: 7, payload: large }], false);
    await raw([{ messageId: 7, payload: `${'x'.repeat(20_000)}2` }], true);
    expect(taken.slice(3).map((p) => [p.payload.length, p.oversizedBytes])).toEqual(Array(3).fill([4_096, 20_001]));
  });
});

describe('limits', () => {
  test('a message that is too large is read past and acknowledged, and what stands behind it is taken', async () => {
    await start({ packetBytesMax: 1_000 });
    const gas = await device('gas-01', { keepalive: 60 });
    const large = (letter: string) => letter.repeat(200_000);
    const retained = { qos: 1, retain: true } as const;
    await Promise.all([
      gas.publishAsync('telemetry/gas-01', large('a'), { qos: 0 }),
      gas.publishAsync('telemetry/gas-01', large('b'), { qos: 1 }),
      gas.publishAsync('telemetry/gas-01', large('c'), { qos: 2 }),
      gas.publishAsync('telemetry/gas-01', 'between', { qos: 1 }),
      gas.publishAsync('telemetry/gas-01', large('d'), retained),
      gas.publishAsync('telemetry/gas-01', 'behind', { qos: 2 }),
    ]);
    expect(taken.map(({ payload, oversizedBytes }) => [Buffer.from(payload).toString(), oversizedBytes])).toEqual(
      ['a', 'b', 'c', 'between', 'd', 'behind'].map((letter) =>
        letter.length > 1 ? [letter, undefined] : [letter.repeat(4_096), 200_000],
      ),
    );
    expect(unreleased.size).toBe(0);
    expect(broker.stats().refused).toEqual({});
  });

  test('one that is too large is refused where any other is, and so is a packet that is no message', async () => {
    await start({ packetBytesMax: 1_000 });
    for (const topic of ['telemetry/gas-02', 'commands/gas-01', 'telemetry/+']) {
      const gas = await device('gas-01');
      const closed = closing(gas);
      gas.stream.write(
        mqttPacket.generate({
          cmd: 'publish',
          topic,
          payload: 'x'.repeat(2_000),
          qos: 1,
          messageId: 1,
          dup: false,
          retain: false,
        }),
      );
      await closed;
    }
    const gas = await device('gas-01');
    const closed = closing(gas);
    gas.subscribe(Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`commands/${n}`, { qos: 1 as const }])));
    await closed;
    expect(taken).toEqual([]);
    expect(broker.stats().refused).toEqual({ 'packet-too-large': 4 });
  });

  test('connections beyond the limit are refused and the place is free again afterwards', async () => {
    await start({ connectionsMax: 1 });
    const gas = await device('gas-01');
    await expect(
      new Promise((resolve, reject) => {
        const socket = net.connect(port, '127.0.0.1');
        socket.once('close', () => reject(new Error('closed')));
        socket.once('data', resolve);
      }),
    ).rejects.toThrow('closed');
    await gas.endAsync(true);
    await until('the free place', () => broker.stats().connections === 0);
    await device('gas-02');
  });

  test('a device above its rate is slowed down and loses nothing', async () => {
    await start({ publishesPerSecondMax: 50 });
    const gas = await device('gas-01');
    const count = 300;
    await Promise.all(
      Array.from({ length: count }, (_, i) => gas.publishAsync('telemetry/gas-01', `${i}`, { qos: 1 })),
    );
    expect(taken.map((p) => Number(Buffer.from(p.payload).toString()))).toEqual(
      Array.from({ length: count }, (_, i) => i),
    );
    expect(broker.stats().throttled).toBeGreaterThan(0);
  });
});

test('a will is telemetry like any other', async () => {
  await start();
  const gas = await device('gas-01', {
    will: { topic: 'telemetry/gas-01', payload: Buffer.from('{"offline":true}'), qos: 1 },
  });
  gas.stream.destroy();
  await until('the will', () => taken.some((p) => Buffer.from(p.payload).toString() === '{"offline":true}'));
});
