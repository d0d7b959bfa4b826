import net from 'node:net';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import mqttPacket, { type Packet } from 'mqtt-packet';
import { pino } from 'pino';
import { type Broker, startBroker } from '../../src/broker/broker.ts';
import { type BrokerLimits, DEFAULT_LIMITS } from '../../src/broker/limits.ts';
import { type Clock, systemClock } from '../../src/lib/clock.ts';
import { createGuesses } from '../../src/lib/guesses.ts';
import { createRefusedNames } from '../../src/lib/refused-names.ts';
import { newBucket } from '../../src/lib/token-bucket.ts';
import type { DeviceMessage } from '../../src/model/source.ts';
import type { UnreleasedRow } from '../../src/model/unreleased.ts';
import { afterTest } from './after-test.ts';
import { routeOf } from './native-route.ts';
import { until } from './until.ts';

/** A packet as a client of version 5 gets it. */
export type Got = Packet & {
  readonly reasonCode?: number;
  readonly properties?: Record<string, unknown>;
  readonly granted?: readonly number[];
  readonly sessionPresent?: boolean;
  readonly topic?: string;
  readonly payload?: Buffer;
};

/** A client of version 5, packet by packet, beside what a library would do. */
export interface RawClient {
  readonly got: Got[];
  readonly socket: net.Socket;
  isClosed(): boolean;
  send(packet: Packet): void;
  /** The first packet of that kind that has come and was not asked for yet. */
  next(cmd: Packet['cmd']): Promise<Got>;
}

/** A broker whose devices have `secret of ID` as their secret, and `token` with `op` may command and hear all alerts. */
export interface TestBroker {
  readonly broker: Broker;
  readonly port: number;
  readonly taken: DeviceMessage[];
  payloads(): string[];
  /** What `ingest` answers. */
  answer: (done: (error: Error | null) => void) => void;
  /** A connection that has sent nothing. */
  open(): Promise<RawClient>;
  /** A connection that has sent its CONNECT and had its CONNACK. */
  speak(device: string, more?: Partial<Packet & { cmd: 'connect' }>): Promise<RawClient & { readonly connack: Got }>;
  client(username: string, password: string, more?: IClientOptions): Promise<MqttClient>;
  /** Publishes a command of version 3.1.1. */
  command(device: string, payload: string): Promise<void>;
}

export async function startTestBroker(
  options: {
    readonly clock?: Clock;
    readonly limits?: Partial<BrokerLimits>;
    readonly unreleased?: Map<string, UnreleasedRow>;
  } = {},
): Promise<TestBroker> {
  const { clock = systemClock, unreleased = new Map<string, UnreleasedRow>() } = options;
  const taken: DeviceMessage[] = [];
  const write = (changes: DeviceMessage['unreleased'] = []) => {
    for (const { digest, ...row } of changes) {
      const key = `${row.session}/${row.messageId}`;
      if (digest === undefined) unreleased.delete(key);
      else unreleased.set(key, { ...row, digest });
    }
  };
  const broker = await startBroker({
    clock,
    log: pino({ level: 'silent' }),
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    authenticate(username = '', password) {
      const secret = Buffer.from(password ?? []).toString();
      if (username === 'token' && secret === 'op') {
        return { kind: 'user', name: 'op', token: 'op', whileHeld: () => () => {}, mayCommand: true, mayFeed: false };
      }
      return secret === `secret of ${username}` ? { kind: 'device', id: username, grantedAlerts: true } : undefined;
    },
    routeOf,
    bucketOf: newBucket,
    ingest(message, done) {
      taken.push(message);
      held.answer((error) => {
        if (error === null) write(message.unreleased);
        done(error);
      });
    },
    unreleased: {
      unreleased: () => [...unreleased.values()],
      changeUnreleased(changes, done) {
        write(changes);
        done(null);
      },
      whenDurable: (done) => done(null),
    },
    guesses: createGuesses(clock),
    refusedNames: createRefusedNames(clock),
  });
  const port = await broker.listen({ host: '127.0.0.1', port: 0 });
  const clients: MqttClient[] = [];
  afterTest(async () => {
    for (const client of clients) client.end(true);
    await broker.close();
  });

  const held: TestBroker = {
    broker,
    port,
    taken,
    payloads: () => taken.map(({ payload }) => Buffer.from(payload).toString()),
    answer: (done) => done(null),
    open: () => openRaw(port),
    speak: async (device, more) => connectRaw(await openRaw(port), device, `secret of ${device}`, more),
    async client(username, password, more = {}) {
      const options = { protocolVersion: 5, username, password, reconnectPeriod: 0, ...more } as const;
      const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, options);
      client.on('error', () => {});
      clients.push(client);
      return client;
    },
    async command(device, payload) {
      const person = await held.client('token', 'op', { protocolVersion: 4 });
      await person.publishAsync(`commands/${device}`, payload, { qos: 1 });
      await person.endAsync();
    },
  };
  return held;
}

/** A connection of version 5 that has sent nothing. */
export async function openRaw(port: number): Promise<RawClient> {
  const socket = net.connect(port, '127.0.0.1');
  afterTest(() => void socket.destroy());
  const parser = mqttPacket.parser({ protocolVersion: 5 });
  const got: Got[] = [];
  let isClosed = false;
  parser.on('packet', (packet) => got.push(packet as Got));
  socket.on('data', (chunk) => parser.parse(chunk));
  socket.on('error', () => {});
  socket.on('close', () => {
    isClosed = true;
  });
  return {
    got,
    socket,
    isClosed: () => isClosed,
    send: (packet) => void socket.write(mqttPacket.generate(packet, { protocolVersion: 5 })),
    async next(cmd) {
      const at = await until(`${cmd}, after ${got.map((one) => one.cmd)}`, () => {
        const index = got.findIndex((one) => one.cmd === cmd);
        return index < 0 ? undefined : { index };
      });
      return got.splice(at.index, 1)[0] as Got;
    },
  };
}

/** Sends the CONNECT of a device, and waits for its CONNACK. */
export async function connectRaw(
  client: RawClient,
  device: string,
  secret: string,
  more: Partial<Packet & { cmd: 'connect' }> = {},
): Promise<RawClient & { readonly connack: Got }> {
  client.send({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 5,
    clean: true,
    clientId: device,
    keepalive: 0,
    username: device,
    password: Buffer.from(secret),
    ...more,
  });
  return { ...client, connack: await client.next('connack') };
}
