import net from 'node:net';
import { crc32 } from 'node:zlib';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import mqttPacket, { type Packet } from 'mqtt-packet';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Broker, type BrokerOptions, startBroker } from '../../src/broker/broker.ts';
import { DEFAULT_LIMITS } from '../../src/broker/limits.ts';
import { createRouteTable } from '../../src/decode/routes.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createGuesses } from '../../src/lib/guesses.ts';
import { createRefusedNames } from '../../src/lib/refused-names.ts';
import { newBucket, type TokenBucket } from '../../src/lib/token-bucket.ts';
import { messageSchema } from '../../src/model/messages.ts';
import type { DeviceMessage } from '../../src/model/source.ts';
import type { UnreleasedChange, UnreleasedRow } from '../../src/model/unreleased.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { until } from '../support/until.ts';

let broker: Broker;
let refusedNames = createRefusedNames(systemClock);
let port: number;
let taken: DeviceMessage[];
let buckets: Map<string, TokenBucket>;
/** What stands in the ledger, by session and packet id. */
let unreleased: Map<string, UnreleasedRow>;
/** What `ingest` answers; a test may hold the answers back. */
let answer: (done: (error: Error | null) => void) => void;
/** Ends the right of a token. */
const ends = new Map<string, () => void>();
const clients: MqttClient[] = [];
const sockets: net.Socket[] = [];

const MESSAGES = [
  messageSchema.parse({ topic: 'zigbee2mqtt/{device}' }),
  messageSchema.parse({ topic: 'gateways/#', device: 'id' }),
];

const options = (): BrokerOptions => ({
  clock: systemClock,
  log: pino({ level: 'silent' }),
  limits: DEFAULT_LIMITS,
  authenticate(username, password) {
    const secret = password === undefined ? '' : Buffer.from(password).toString();
    if (username === 'token' && secret.startsWith('op')) {
      const whileHeld = (end: () => void) => {
        ends.set(secret, end);
        return () => ends.delete(secret);
      };
      return { kind: 'user', name: 'op', token: secret, whileHeld, mayCommand: true, mayFeed: true };
    }
    if (username === 'siren' && secret === 's') return { kind: 'device', id: 'siren', grantedAlerts: true };
    // Those of ids that begin with gw- speak for others, but not for gas-01.
    const speaksFor = username?.startsWith('gw-') === true ? (id: string) => id !== 'gas-01' : undefined;
    return secret === `secret of ${username}`
      ? { kind: 'device', id: username ?? '', grantedAlerts: false, speaksFor }
      : undefined;
  },
  routeOf: createRouteTable({ futureMaxMs: 60_000 }, { profiles: () => [{ messages: MESSAGES }], version: () => 1 }),
  bucketOf(device) {
    const bucket = buckets.get(device) ?? newBucket();
    buckets.set(device, bucket);
    return bucket;
  },
  ingest(publish, done) {
    taken.push(publish);
    write(publish.unreleased ?? []);
    answer(done);
  },
  unreleased: {
    unreleased: () => [...unreleased.values()],
    changeUnreleased(changes, done) {
      write(changes);
      done(null);
    },
    whenDurable: (done) => done(null),
  },
  guesses: createGuesses(systemClock),
  refusedNames,
});

function write(changes: readonly UnreleasedChange[]): void {
  for (const { digest, ...row } of changes) {
    const key = `${row.session}/${row.messageId}`;
    if (digest === undefined) unreleased.delete(key);
    else unreleased.set(key, { ...row, digest });
  }
}

/** Who was refused, with the client id that was given last. */
const refused = () => refusedNames.list().map(({ name, clientId }) => [name, clientId]);

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

/** A connection packet by packet, beside what a client library would do. */
async function speak(username: string, clientId: string, { clean = true } = {}) {
  const socket = net.connect(port, '127.0.0.1');
  sockets.push(socket);
  const parser = mqttPacket.parser();
  const got: string[] = [];
  parser.on('packet', (packet) => got.push(`${packet.cmd} ${packet.messageId ?? ''}`.trim()));
  socket.on('data', (chunk) => parser.parse(chunk));
  socket.on('error', () => {});
  socket.on('close', () => got.push('closed'));
  const send = (packet: Packet) => socket.write(mqttPacket.generate(packet));
  const password = Buffer.from(`secret of ${username}`);
  send({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clean,
    clientId,
    keepalive: 0,
    username,
    password,
  });
  await until('connack', () => got.includes('connack'));
  return { socket, got, send };
}

const publishing = (id: string, messageId: number, payload: string): Packet => ({
  cmd: 'publish',
  topic: `telemetry/${id}`,
  payload,
  qos: 2,
  messageId,
  dup: false,
  retain: false,
});

function closing(client: MqttClient): Promise<void> {
  return new Promise((resolve) => client.once('close', () => resolve()));
}

beforeEach(async () => {
  refusedNames = createRefusedNames(systemClock);
  taken = [];
  buckets = new Map();
  unreleased = new Map();
  answer = (done) => done(null);
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.end(true);
  for (const socket of sockets.splice(0)) socket.destroy();
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

  test('a siren says on its own topic that it sounds, and nobody else says it for it', async () => {
    await start();
    const heard: string[] = [];
    const end = broker.subscribe('states/siren', (payload) => heard.push(payload));
    const siren = await connect('siren', 's');
    const other = await connect('gas-01', 'secret of gas-01');
    const refused = closing(other);
    other.publish('states/siren', 'sounding', { qos: 1 });
    await refused;
    await siren.publishAsync('states/siren', '{"state":"sounding","id":"n1"}', { qos: 1 });
    await until('the state', () => heard.length > 0);
    expect(heard).toEqual(['{"state":"sounding","id":"n1"}']);
    end();
    await siren.publishAsync('states/siren', 'off', { qos: 1 });
    expect(heard.length).toBe(1);
    expect(taken).toEqual([]);
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

  test('what is retained comes with the quality that a subscription asks for, whatever pattern it is', async () => {
    await start();
    broker.publish('alerts/market/p/r', '{"level":"red"}', { retain: true });
    for (const [filter, qos] of [
      ['alerts/#', 0],
      ['alerts/+/p/r', 1],
      ['alerts/market/p/r', 0],
    ] as const) {
      const siren = await connect('siren', 's');
      const heard: unknown[] = [];
      siren.on('message', (topic, payload, packet) => heard.push([topic, String(payload), packet.qos]));
      await siren.subscribeAsync(filter, { qos });
      await until('the retained alert', () => heard.length === 1);
      expect(heard).toEqual([['alerts/market/p/r', '{"level":"red"}', qos]]);
    }
  });
});

describe('whose session it is', () => {
  const kept = { clientId: 'same', clean: false } as const;
  const command = async (text: string) => {
    const person = await connect('token', 'op');
    await person.publishAsync('commands/gas-01', text, { qos: 1 });
    await person.endAsync();
  };

  test.each([0, 1, 2, 3, 4])('one client id serves two devices, and each takes over its own (%i)', async () => {
    await start();
    const first = await device('gas-01', { clientId: 'same' });
    const other = await device('gas-02', { clientId: 'same' });
    const closed = closing(first);
    const again = await device('gas-01', { clientId: 'same' });
    await closed;
    const otherClosed = closing(other);
    const otherAgain = await device('gas-02', { clientId: 'same' });
    await otherClosed;
    expect([again.connected, otherAgain.connected]).toEqual([true, true]);
    expect([broker.connections('gas-01'), broker.connections('gas-02'), broker.stats().connections]).toEqual([1, 1, 2]);
  });

  test.each([
    true,
    false,
  ])('nobody resumes a session of somebody else, and its owner does (clean: %j)', async (clean) => {
    await start();
    const owner = await device('gas-01', kept);
    await owner.subscribeAsync('commands/gas-01', { qos: 1 });
    await owner.endAsync();
    await command('one');
    const heard: string[] = [];
    const thief = mqtt.connect(`mqtt://127.0.0.1:${port}`, {
      ...kept,
      clean,
      username: 'gas-02',
      password: 'secret of gas-02',
    });
    clients.push(thief);
    thief.on('message', (topic, payload) => heard.push(`thief ${topic} ${payload}`));
    const connack = await new Promise<{ sessionPresent: boolean }>((resolve) => thief.once('connect', resolve));
    expect(connack.sessionPresent).toBe(false);
    await command('two');
    const back = mqtt.connect(`mqtt://127.0.0.1:${port}`, {
      ...kept,
      username: 'gas-01',
      password: 'secret of gas-01',
    });
    clients.push(back);
    back.on('message', (topic, payload) => heard.push(`${topic} ${payload}`));
    await until('the commands', () => heard.length === 2);
    await thief.subscribeAsync('commands/gas-02', { qos: 1 });
    expect(heard).toEqual(['commands/gas-01 one', 'commands/gas-01 two']);
    expect([thief.connected, back.connected]).toEqual([true, true]);
  });

  test('commands for a device that is away are kept up to a number, the latest, and what made room is counted', async () => {
    await start();
    const owner = await device('gas-01', kept);
    await owner.subscribeAsync('commands/gas-01', { qos: 1 });
    await owner.endAsync();
    const person = await connect('token', 'op');
    const all = Array.from({ length: 1_100 }, (_, n) => String(n));
    await Promise.all(all.map((text) => person.publishAsync('commands/gas-01', text, { qos: 1 })));
    await until('the oldest to make room', () => (broker.stats().refused['queue-full'] ?? 0) >= 100);
    expect(broker.stats().refused['queue-full']).toBe(100);
    const heard: string[] = [];
    const again = mqtt.connect(`mqtt://127.0.0.1:${port}`, {
      ...kept,
      username: 'gas-01',
      password: 'secret of gas-01',
    });
    clients.push(again);
    again.on('message', (_topic, payload) => heard.push(String(payload)));
    await until('the commands', () => heard.length >= 1_000);
    await command('and one more');
    await until('the last command', () => heard.at(-1) === 'and one more');
    expect(heard).toEqual([...all.slice(100), 'and one more']);
  });

  test('what a device is refused is not kept for it while it is away', async () => {
    await start();
    const thief = await device('gas-02', kept);
    await thief.subscribeAsync({ 'commands/gas-02': { qos: 1 }, 'commands/gas-01': { qos: 1 } }).catch(() => {});
    await thief.endAsync();
    await command('secret');
    const person = await connect('token', 'op');
    await person.publishAsync('commands/gas-02', 'its own', { qos: 1 });
    const heard: string[] = [];
    const again = mqtt.connect(`mqtt://127.0.0.1:${port}`, {
      ...kept,
      username: 'gas-02',
      password: 'secret of gas-02',
    });
    clients.push(again);
    again.on('message', (topic, payload) => heard.push(`${topic} ${payload}`));
    await until('its own command', () => heard.includes('commands/gas-02 its own'));
    expect(heard).toEqual(['commands/gas-02 its own']);
  });

  test('while all that waited for a session is sent, which its client takes slowly, it is heard', async () => {
    await start();
    const owner = await device('gas-01', kept);
    await owner.subscribeAsync('commands/gas-01', { qos: 1 });
    await owner.endAsync();
    const person = await connect('token', 'op');
    for (let n = 0; n < 4; n++) await person.publishAsync('commands/gas-01', 'x'.repeat(1_000_000), { qos: 1 });
    const socket = net.connect(port, '127.0.0.1');
    sockets.push(socket);
    const connecting = { cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, keepalive: 0, ...kept };
    const login = { username: 'gas-01', password: Buffer.from('secret of gas-01') };
    socket.write(mqttPacket.generate({ ...connecting, ...login } as Packet));
    socket.write(mqttPacket.generate({ ...publishing('gas-01', 7, 'heard'), qos: 1 } as Packet));
    // It does not read at all.
    await until('its message', () => taken.length === 1);
  });

  test('a session that was kept gives nothing to an owner who may not have it any more', async () => {
    let isGranted = true;
    const sirenOf = (id: string) => ({ kind: 'device', id, grantedAlerts: isGranted }) as const;
    const { authenticate } = options();
    broker = await startBroker({
      ...options(),
      authenticate: (name, password) => (name === 'gas-07' ? sirenOf(name) : authenticate(name, password)),
    });
    port = await broker.listen({ host: '127.0.0.1', port: 0 });
    const siren = await device('gas-07', kept);
    await siren.subscribeAsync(['alerts/#', 'commands/gas-07'], { qos: 1 });
    await siren.endAsync();
    await broker.publish('alerts/a/b/c', 'while it was away', { retain: true });
    const person = await connect('token', 'op');
    await person.publishAsync('commands/gas-07', 'last', { qos: 1 });
    isGranted = false;
    const heard: string[] = [];
    const options7 = { ...kept, username: 'gas-07', password: 'secret of gas-07' };
    const again = mqtt.connect(`mqtt://127.0.0.1:${port}`, options7);
    clients.push(again);
    again.on('message', (topic) => heard.push(topic));
    await until('the command', () => heard.includes('commands/gas-07'));
    await broker.publish('alerts/a/b/d', 'while it is here', { retain: true });
    await person.publishAsync('commands/gas-07', 'behind it', { qos: 1 });
    await until('the other command', () => heard.filter((topic) => topic === 'commands/gas-07').length === 2);
    expect(heard).toEqual(['commands/gas-07', 'commands/gas-07']);
  });

  test('retained commands have bounds, and go with their device', async () => {
    await start();
    const person = await connect('token', 'op');
    const heard: string[] = [];
    for (const [id, size] of [
      ['gas-01', 10],
      ...Array.from({ length: 5 }, (_, n) => [`other-${n}`, 7 << 20]),
    ] as const) {
      await person.publishAsync(`commands/${id}`, Buffer.alloc(Number(size), 'x'), { qos: 1, retain: true });
    }
    await until('one too many', () => (broker.stats().refused['retained-full'] ?? 0) > 0);
    broker.forget('other-0');
    broker.forget('gas-01');
    await person.publishAsync('commands/gas-02', 'small', { qos: 1, retain: true });
    for (const id of ['gas-01', 'gas-02']) {
      const one = await device(id);
      one.on('message', (topic) => heard.push(topic));
      await one.subscribeAsync(`commands/${id}`, { qos: 1 });
    }
    await until('the retained one', () => heard.length > 0);
    expect(heard).toEqual(['commands/gas-02']);
  });

  test('a gateway publishes for others what is opened to see whose it is, and what it may say is asked of each', async () => {
    await start();
    const gateway = await device('gw-1');
    await gateway.publishAsync('telemetry/gas-02', '{}', { qos: 1 });
    await gateway.publishAsync('zigbee2mqtt/gas-01', '{}', { qos: 1 });
    await gateway.publishAsync('gateways/x', '{}', { qos: 2 });
    expect(taken.map((publish) => publish.device)).toEqual(['gas-02', 'gw-1', 'gw-1']);
    const may = taken.map(({ mayFeed }) => ['gw-1', 'gas-01', 'gas-02'].map((id) => mayFeed?.(id)));
    expect(may[0]).toEqual([undefined, undefined, undefined]);
    expect(may.slice(1)).toEqual([
      [true, false, true],
      [true, false, true],
    ]);
    const closed = closing(gateway);
    gateway.publish('telemetry/gas-01', '{}', { qos: 1 });
    await closed;
    expect(taken).toHaveLength(3);
  });

  test('a device that was removed leaves nothing to the next of its name', async () => {
    await start();
    const owner = await device('gas-01', kept);
    await owner.subscribeAsync('commands/gas-01', { qos: 1 });
    const closed = closing(owner);
    broker.forget('gas-01');
    await closed;
    await command('for the old one');
    const next = mqtt.connect(`mqtt://127.0.0.1:${port}`, {
      ...kept,
      username: 'gas-01',
      password: 'secret of gas-01',
    });
    clients.push(next);
    const connack = await new Promise<{ sessionPresent: boolean }>((resolve) => next.once('connect', resolve));
    expect(connack.sessionPresent).toBe(false);
  });

  test('what somebody leaves unreleased under a client id is in nobody else’s way', async () => {
    await start();
    const thief = await speak('gas-02', 'same');
    for (let messageId = 1; messageId <= 20; messageId++) thief.send(publishing('gas-02', messageId, 'x'));
    await until('the last PUBREC', () => thief.got.includes('pubrec 20'));
    thief.socket.destroy();
    const owner = await speak('gas-01', 'same', { clean: false });
    for (let messageId = 1; messageId <= 20; messageId++) owner.send(publishing('gas-01', messageId, 'x'));
    await until('the last PUBREC', () => owner.got.includes('pubrec 20'));
    expect(taken.filter((publish) => publish.device === 'gas-01')).toHaveLength(20);
  });

  test('a kept session whose client has lost its memory loses no message', async () => {
    await start();
    for (const payload of ['before', 'alarm']) {
      const gas = await speak('gas-01', 'same', { clean: false });
      gas.send(publishing('gas-01', 1, payload));
      await until('PUBREC', () => gas.got.includes('pubrec 1'));
      gas.socket.destroy();
    }
    expect(taken.map((publish) => String(publish.payload))).toEqual(['before', 'alarm']);
  });

  test('a row of an earlier program holds for whom it fits, and for nobody else', async () => {
    const row = { session: '\nsame', messageId: 5, digest: crc32('x', crc32('telemetry/gas-01')), atMs: Date.now() };
    unreleased.set(`${row.session}/5`, row);
    await start();
    const other = await speak('gas-02', 'same');
    other.send(publishing('gas-02', 5, 'x'));
    await until('PUBREC', () => other.got.includes('pubrec 5'));
    other.send({ cmd: 'pubrel', messageId: 5 });
    await until('PUBCOMP', () => other.got.includes('pubcomp 5'));
    expect(taken).toHaveLength(1);
    const owner = await speak('gas-01', 'same');
    owner.send(publishing('gas-01', 5, 'x'));
    await until('PUBREC', () => owner.got.includes('pubrec 5'));
    expect(taken).toHaveLength(1);
    owner.send({ cmd: 'pubrel', messageId: 5 });
    await until('PUBCOMP', () => owner.got.includes('pubcomp 5'));
    owner.send(publishing('gas-01', 5, 'x'));
    await until('PUBREC', () => owner.got.filter((packet) => packet === 'pubrec 5').length === 2);
    expect(taken).toHaveLength(2);
  });
});

describe('a right that ends', () => {
  test('ends the connection of a token, with all that it would still do', async () => {
    await start();
    const feeder = await connect('token', 'op-1', {
      will: { topic: 'telemetry/gas-01', payload: Buffer.from('{"ch4":99}'), qos: 1 },
    });
    const other = await connect('token', 'op-2');
    await feeder.publishAsync('telemetry/gas-01', '{"ch4":1}', { qos: 1 });
    const closed = closing(feeder);
    ends.get('op-1')?.();
    await closed;
    await other.publishAsync('telemetry/gas-01', '{"ch4":2}', { qos: 1 });
    expect(taken.map((publish) => String(publish.payload))).toEqual(['{"ch4":1}', '{"ch4":2}']);
    expect(broker.stats()).toMatchObject({ connections: 1, refused: { 'right-ended': 1 } });
    await other.endAsync();
    await until('nobody watched', () => !ends.has('op-2'));
  });

  test('ends a connection of a device also before what waits for its turn', async () => {
    await start({ publishesPerSecondMax: 5 });
    const gas = await device('gas-01');
    for (let n = 0; n < 30; n++) gas.publish('telemetry/gas-01', `${n}`, { qos: 1 });
    await until('the first ones', () => taken.length >= 25);
    const closed = closing(gas);
    broker.disconnect('gas-01');
    await closed;
    const before = taken.length;
    const again = await device('gas-01');
    await until('the turn of one that waited', () => broker.stats().throttled > 0);
    await again.publishAsync('telemetry/gas-01', 'again', { qos: 1 });
    expect(taken.slice(before).map((publish) => String(publish.payload))).toEqual(['again']);
  });
});

describe('guessing the secret of a device', () => {
  test('has to wait; the device gets in from elsewhere at once, and from the same address as well', async () => {
    await start();
    const order: string[] = [];
    const guesses = Array.from({ length: 22 }, (_, n) =>
      connect('gas-01', `guess ${n}`).catch(({ code }) => order.push(`refused ${code}`)),
    );
    await until('those that cost nothing', () => order.length === 10);
    const elsewhere = new mqtt.MqttClient(() => net.connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2' }), {
      username: 'gas-01',
      password: 'secret of gas-01',
      reconnectPeriod: 0,
    });
    clients.push(elsewhere);
    await until('the device from elsewhere', () => elsewhere.connected);
    order.push('elsewhere');
    await device('gas-01').then(() => order.push('here'));
    await Promise.all(guesses);
    expect(order.filter((one) => one === 'refused 4')).toHaveLength(22);
    expect(order.indexOf('elsewhere')).toBeLessThan(order.lastIndexOf('refused 4'));
    expect(order).toContain('here');
    expect(broker.stats().refused).toEqual({ 'bad-credentials': 22 });
  });

  test('a refused name is listed with the client id it gave, and with none where it gave none', async () => {
    await start();
    await expect(connect('gauge-7', 'wrong', { clientId: 'pump house' })).rejects.toMatchObject({ code: 4 });
    expect(refused()).toEqual([['gauge-7', 'pump house']]);
    await expect(connect('gauge-7', 'wrong', { clientId: '' })).rejects.toMatchObject({ code: 4 });
    expect(refused()).toEqual([['gauge-7', '']]);
  });

  test('with a name, a secret or a client id that nobody has is not looked at', async () => {
    await start();
    const long = 'x'.repeat(64_000);
    await expect(connect(long, 'wrong')).rejects.toMatchObject({ code: 4 });
    await expect(connect('gas-01', 'wrong', { clientId: long })).rejects.toMatchObject({ code: 2 });
    await expect(connect('gas-01', long)).rejects.toMatchObject({ code: 4 });
    expect(broker.stats().refused).toEqual({ 'oversized-login': 2, 'client-id-too-long': 1 });
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
      const { socket, got, send } = await speak('gas-01', 'raw');
      for (const { messageId, payload, dup = false } of sends) {
        send({ ...publishing('gas-01', messageId, payload), dup } as Packet);
        await until('pubrec', () => got.includes(`pubrec ${messageId}`));
        if (!release) continue;
        send({ cmd: 'pubrel', messageId });
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
  test('subscriptions beyond the limit are refused one by one, and the place is free again afterwards', async () => {
    await start();
    const siren = await connect('siren', 's');
    const filters = Array.from({ length: 210 }, (_, n) => `alerts/area/point-${n}/rule`);
    const granted = await new Promise<number[]>((resolve) => {
      siren.subscribe(filters, { qos: 1 }, (_error, _grants, packet) => resolve(packet?.granted as number[]));
    });
    expect(granted.map((qos) => (qos === 0x80 ? 'refused' : qos))).toEqual([
      ...Array(200).fill(1),
      ...Array(10).fill('refused'),
    ]);
    await siren.unsubscribeAsync(filters.slice(0, 5));
    await siren.subscribeAsync(filters.slice(200, 205), { qos: 1 });
    await expect(siren.subscribeAsync('alerts/x/y/z')).rejects.toThrow();
  });

  test('who releases nothing is sent away before it is acknowledged more, and goes on when it has', async () => {
    await start();
    let gas = await speak('gas-01', 'same', { clean: false });
    const send = (messageId: number) => gas.send(publishing('gas-01', messageId, `${messageId}`));
    for (let messageId = 1; messageId <= 1_001; messageId++) send(messageId);
    await until('the end', () => gas.got.includes('closed'));
    const acknowledged = gas.got.filter((packet) => packet.startsWith('pubrec')).length;
    expect(acknowledged).toBeLessThanOrEqual(1_000);
    expect(taken.length).toBe(1_000);
    gas = await speak('gas-01', 'same', { clean: false });
    send(1_001);
    await until('the last one', () => gas.got.includes('pubrec 1001'));
    expect(new Set(taken.map((publish) => String(publish.payload))).size).toBe(1_001);
    expect(unreleased.size).toBe(1_000);
  });

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
    await expect(device('gas-02')).rejects.toMatchObject({ code: 3 });
    expect(broker.stats().refused).toEqual({ 'too-many-connections': 1 });
    // Who holds the place may come again, as when its last connection is dead without a word.
    const closed = closing(gas);
    const again = await device('gas-01', { clientId: 'another' });
    await closed;
    await again.endAsync(true);
    await until('the free place', () => broker.stats().connections === 0);
    await device('gas-02');
  });

  test.each([
    ['in all', { connectionsMax: 20 }],
    ['from its address', { connectionsPerAddressMax: 20 }],
  ])('one device that opens all connections there are %s keeps nobody out', async (_of, limits) => {
    await start(limits);
    for (let n = 0; n < 40; n++) await device('greedy', { clientId: `${n}` });
    for (let n = 0; n < 40; n++) await device('greedy-2', { clientId: `${n}` });
    const honest = await Promise.all(Array.from({ length: 18 }, (_, n) => device(`gas-${n}`)));
    expect(honest.every(({ connected }) => connected)).toBe(true);
    expect(broker.stats().connections).toBe(20);
    expect([broker.connections('greedy'), broker.connections('greedy-2')]).toEqual([1, 1]);
  });

  test('strangers who say nothing take places from one another, and from no device', async () => {
    await start({ connectionsMax: 5 });
    const strangers = Array.from({ length: 250 }, () => net.connect(port, '127.0.0.1').on('error', () => {}));
    sockets.push(...strangers);
    await until('the first ones are turned out', () => strangers.filter(({ destroyed }) => destroyed).length === 50);
    expect(strangers.slice(0, 50).every(({ destroyed }) => destroyed)).toBe(true);
    const honest = await Promise.all(Array.from({ length: 5 }, (_, n) => device(`gas-${n}`)));
    expect(honest.every(({ connected }) => connected)).toBe(true);
    expect(broker.stats().refused).toMatchObject({ 'made-room': expect.any(Number) });
  });

  test('pings and subscriptions without end hold up their own connection alone, in their order', async () => {
    await start();
    const { socket, got, send } = await speak('gas-01', 'loud');
    const ping = mqttPacket.generate({ cmd: 'pingreq' });
    socket.write(Buffer.concat(Array(20_000).fill(ping)));
    send({ ...publishing('gas-01', 1, 'behind them'), qos: 1 } as Packet);
    const gas = await device('gas-01', { clientId: 'calm' });
    const answered = () => got.filter((packet) => packet === 'pingresp').length;
    await until('some answers', () => answered() > 0);
    await gas.publishAsync('telemetry/gas-01', 'calm', { qos: 1 });
    expect(answered()).toBeLessThan(3_000);
    expect(taken.map((publish) => String(publish.payload))).toEqual(['calm']);
  });

  test('who has spent what it may gains nothing by coming again, and holds up nobody else', async () => {
    await start();
    const ping = mqttPacket.generate({ cmd: 'pingreq' });
    let answered = 0;
    for (let n = 0; n < 5; n++) {
      const { socket, got } = await speak('gas-01', `${n}`);
      socket.write(Buffer.concat(Array(1_000).fill(ping)));
      const other = await device(`gas-${n}`, { clientId: 'calm' });
      await other.publishAsync(`telemetry/gas-${n}`, '1', { qos: 1 });
      await other.publishAsync(`telemetry/gas-${n}`, '2', { qos: 1 });
      answered += got.filter((packet) => packet === 'pingresp').length;
      socket.destroy();
    }
    expect(answered).toBeLessThan(700);
    for (let n = 0; n < 400; n++) {
      connect('gas-01', 'secret of gas-01', { clientId: `again ${n}` }).catch(() => {});
    }
    const gas = await device('gas-02');
    await gas.publishAsync('telemetry/gas-02', '3', { qos: 1 });
    let more = 400;
    await until('the first refusal', () => {
      connect('gas-01', 'secret of gas-01', { clientId: `again ${more++}` }).catch(() => {});
      return (broker.stats().refused['comes-too-often'] ?? 0) > 0;
    });
    expect(broker.connections('gas-01')).toBeLessThan(100);
  });

  test.each([
    0, 1,
  ] as const)('of publishes of QoS %i that come by the thousand, so many are taken in a turn', async (qos) => {
    await start();
    const { socket } = await speak('gas-01', 'small');
    let most = 0;
    let inTurn = 0;
    answer = (done) => {
      if (inTurn++ === 0) {
        setImmediate(() => {
          most = Math.max(most, inTurn);
          inTurn = 0;
        });
      }
      done(null);
    };
    const empty = (n: number) => ({ ...publishing('gas-01', (n % 60_000) + 1, ''), qos }) as Packet;
    socket.write(Buffer.concat(Array.from({ length: 20_000 }, (_, n) => mqttPacket.generate(empty(n)))));
    await until('all of them', () => taken.length === 20_000);
    expect(most).toBeLessThan(300);
  });

  test('what is glued to a CONNECT waits for its answer, and is taken then', async () => {
    await start();
    const socket = net.connect(port, '127.0.0.1');
    sockets.push(socket);
    const got: string[] = [];
    const parser = mqttPacket.parser();
    parser.on('packet', ({ cmd, messageId }) => got.push(`${cmd} ${messageId ?? ''}`.trim()));
    socket.on('data', (chunk) => parser.parse(chunk));
    const connecting = { cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, clientId: 'glued' };
    const login = { keepalive: 0, username: 'gas-01', password: Buffer.from('secret of gas-01') };
    const packets = [
      mqttPacket.generate({ ...connecting, ...login } as Packet),
      ...Array(50).fill(mqttPacket.generate({ cmd: 'pingreq' })),
      mqttPacket.generate({ ...publishing('gas-01', 7, 'last'), qos: 1 } as Packet),
    ];
    const bytes = Buffer.concat(packets);
    // The first byte comes by itself, and the rest of the CONNECT with what stands behind it.
    socket.write(bytes.subarray(0, 1));
    socket.write(bytes.subarray(1));
    await until('the last answer', () => got.includes('puback 7'));
    expect(got).toEqual(['connack', ...Array(50).fill('pingresp'), 'puback 7']);
  });

  test('commands without end, and retained messages asked for again and again, hold up their own connection', async () => {
    await start();
    const person = await connect('token', 'op');
    const gas = await device('gas-01');
    let heard = 0;
    gas.on('message', () => heard++);
    await gas.subscribeAsync('commands/gas-01');
    for (let n = 0; n < 8_000; n++) person.publish('commands/gas-01', 'x', { qos: 0 });
    await until('the first ones', () => heard >= 2_000);
    for (let n = 0; n < 20; n++) await gas.publishAsync('telemetry/gas-01', `${n}`, { qos: 1 });
    expect(heard).toBeLessThan(4_000);

    await Promise.all(Array.from({ length: 20 }, (_, n) => broker.publish(`alerts/a/${n}`, 'x', { retain: true })));
    const siren = await connect('siren', 's', { clientId: 'siren' });
    let answered = 0;
    siren.on('packetreceive', ({ cmd }) => {
      if (cmd === 'suback') answered++;
    });
    for (let n = 0; n < 100; n++) siren.subscribe('alerts/#');
    await until('some answers', () => answered > 0);
    for (let n = 0; n < 20; n++) await gas.publishAsync('telemetry/gas-01', `${n}`, { qos: 1 });
    expect(answered).toBeLessThan(30);
  });

  test('who comes too often is not told so at once, or it would come again at once', async () => {
    const clock = createFakeClock();
    broker = await startBroker({ ...options(), clock });
    port = await broker.listen({ host: '127.0.0.1', port: 0 });
    const answers: (number | undefined)[] = [];
    for (let n = 0; n < 400; n++) {
      connect('gas-01', 'secret of gas-01', { clientId: `${n}` }).then(
        () => answers.push(0),
        ({ code }) => answers.push(code),
      );
    }
    await until('the first one too many', () => {
      clock.advance(4);
      return (broker.stats().refused['comes-too-often'] ?? 0) > 5;
    });
    for (let n = 0; n < 20; n++) await new Promise((resolve) => setImmediate(resolve));
    expect(answers.includes(3)).toBe(false);
    await until('the refusals', () => {
      clock.advance(1_000);
      return answers.includes(3);
    });
  });

  test('what a connection sends is taken whole and in order, however it is cut and whatever stands between', async () => {
    await start();
    const { socket, got } = await speak('gas-01', 'mixed');
    const parts: Buffer[] = [];
    for (let n = 0; n < 400; n++) {
      parts.push(mqttPacket.generate({ ...publishing('gas-01', (n % 60_000) + 1, `${n}`), qos: 1 } as Packet));
      if (n % 20 === 0) parts.push(mqttPacket.generate({ cmd: 'pingreq' }));
      // Nobody waits for these; each counts.
      parts.push(mqttPacket.generate({ cmd: 'pubrel', messageId: 60_001 }));
    }
    socket.write(Buffer.concat(parts));
    await until('all acknowledgements', () => got.filter((packet) => packet.startsWith('puback')).length === 400);
    expect(taken.map((publish) => Number(String(publish.payload)))).toEqual(Array.from({ length: 400 }, (_, n) => n));
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

  test('a long message uses up as much of the rate as many short ones', async () => {
    await start({ publishesPerSecondMax: 100 });
    const gas = await device('gas-01');
    // Five seconds' worth at once.
    await gas.publishAsync('telemetry/gas-01', ' '.repeat(499 * 1024), { qos: 1 });
    expect(broker.stats().throttled).toBe(0);
    await gas.publishAsync('telemetry/gas-01', ' '.repeat(50 * 1024), { qos: 1 });
    await gas.publishAsync('telemetry/gas-01', '1', { qos: 1 });
    expect(broker.stats().throttled).toBeGreaterThan(0);
    expect(taken).toHaveLength(3);
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
