import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import mqtt, { type MqttClient } from 'mqtt';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { startBroker } from '../../src/broker/broker.ts';
import { DEFAULT_LIMITS } from '../../src/broker/limits.ts';
import { createRouteTable } from '../../src/decode/routes.ts';
import { COMMAND, frameTo as gbFrameTo } from '../../src/gateways/gbt26875/frame.ts';
import { gbt26875 } from '../../src/gateways/gbt26875/gbt26875.ts';
import { frameOf as hjFrame } from '../../src/gateways/hj212/frame.ts';
import { hj212 } from '../../src/gateways/hj212/hj212.ts';
import { createHttpIngest } from '../../src/gateways/http/http-ingest.ts';
import { createPushes } from '../../src/gateways/http/pushes.ts';
import { crc16 as slCrc } from '../../src/gateways/line/crc16.ts';
import { createLineSource } from '../../src/gateways/line/line-source.ts';
import type { LineProtocol } from '../../src/gateways/line/protocol.ts';
import { sl651 } from '../../src/gateways/sl651/sl651.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createGuesses } from '../../src/lib/guesses.ts';
import { createRefusedNames } from '../../src/lib/refused-names.ts';
import { newBucket } from '../../src/lib/token-bucket.ts';
import type { DeviceRecord } from '../../src/model/registry.ts';
import type { DeviceMessage, Source, SourceOptions } from '../../src/model/source.ts';
import { afterTest } from '../support/after-test.ts';
import { mqttClientSource } from '../support/mqtt-client-source.ts';
import { routeOf } from '../support/native-route.ts';
import { until } from '../support/until.ts';
import { fixture } from './api-fixture.ts';

/** What every source holds to (src/model/source.ts), whatever its protocol. */

/** A device as it is connected to a source. */
interface Speaker {
  /** Sends a message; resolves when the device has been told that it arrived, rejects when it never will be. */
  send(payload: string): Promise<void>;
  isConnected(): boolean;
}

type Ids = Readonly<Record<'a' | 'b' | 'c', string>>;

interface SourceUnderTest {
  readonly source: Source;
  /** Ids that its protocol has addresses for; left out: any. */
  readonly ids?: Ids;
  /** What was to be sent, from the payload that was handed on: left out where that is it. */
  textOf?(payload: Uint8Array): string;
  connect(device: string): Promise<Speaker>;
}

/** A line protocol: each text is a frame's contents, and devices are known when they have said that they are there. */
async function lineSource(options: SourceOptions, words: LineWords): Promise<SourceUnderTest> {
  const routes = createRouteTable(
    { futureMaxMs: 60_000, protocols: [words.protocol] },
    { profiles: () => [], version: () => 0 },
  );
  const source = createLineSource({
    ...options,
    routeOf: routes,
    clock: systemClock,
    log: pino({ level: 'silent' }),
    protocol: words.protocol,
    device: (id) => (Object.values(words.ids).includes(id) ? { ...PLAIN_RECORD, id } : undefined),
    maySpeak: () => true,
    bucketOf: newBucket,
    refusedNames: createRefusedNames(systemClock),
    limits: DEFAULT_LIMITS,
  });
  const port = await source.listen({ host: '127.0.0.1', port: 0 });
  return {
    source,
    ids: words.ids,
    textOf: words.textOf,
    async connect(device) {
      const socket = net.connect(port, '127.0.0.1');
      afterTest(() => void socket.destroy());
      const waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];
      let said = Buffer.alloc(0);
      socket.on('error', () => {});
      socket.on('data', (bytes) => {
        said = Buffer.concat([said, bytes]);
        for (;;) {
          const next = words.protocol.next(said);
          if (next.kind === 'more') return;
          said = said.subarray(next.end);
          waiting.shift()?.resolve();
        }
      });
      socket.on('close', () => {
        for (const { reject } of waiting.splice(0)) reject(new Error('the connection has ended'));
      });
      await once(socket, 'connect');
      const before = source.connections(device);
      socket.write(words.hello(device));
      await until('who is there', () => source.connections(device) > before);
      return {
        isConnected: () => !socket.closed,
        send(payload) {
          socket.write(words.frame(device, payload));
          return new Promise((resolve, reject) => void waiting.push({ resolve, reject }));
        },
      };
    },
  };
}

/** Calls of a device over one connection, each with this head. */
function httpSpeaker(
  app: Awaited<ReturnType<typeof fixture>>['app'],
  source: Source,
  headOf: (device: string) => string,
) {
  return async (device: string): Promise<Speaker> => {
    if (!app.server.listening) await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as AddressInfo;
    const socket = net.connect(port, '127.0.0.1');
    afterTest(() => void socket.destroy());
    const waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];
    socket.setEncoding('latin1');
    socket.on('error', () => {});
    // Answers are short, and each has a line of its own for its status.
    socket.on('data', (text: string) => {
      for (const [, status] of text.matchAll(/HTTP\/1\.1 (\d{3})/g)) {
        const one = waiting.shift();
        if (status === '200') one?.resolve();
        else one?.reject(new Error(`answered with ${status}`));
      }
    });
    socket.on('close', () => {
      for (const { reject } of waiting.splice(0)) reject(new Error('the connection has ended'));
    });
    await once(socket, 'connect');
    const head = headOf(device);
    // Who calls is known from the head of a call; its payload may take its time.
    socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n`);
    await until('who calls', () => source.connections(device) > 0);
    let isFirst = true;
    return {
      isConnected: () => !socket.closed,
      send(payload) {
        const bytes = Buffer.byteLength(payload);
        const chunk = bytes === 0 ? '' : `${bytes.toString(16)}\r\n${payload}\r\n`;
        socket.write(isFirst ? `${chunk}0\r\n\r\n` : `${head}Content-Length: ${bytes}\r\n\r\n${payload}`);
        isFirst = false;
        return new Promise((resolve, reject) => void waiting.push({ resolve, reject }));
      },
    };
  };
}

/** How a line protocol says what the contract's tests say. */
interface LineWords {
  readonly protocol: LineProtocol;
  readonly ids: Ids;
  /** What is not answered, nor kept. */
  hello(device: string): Uint8Array;
  frame(device: string, payload: string): Uint8Array;
  textOf(payload: Uint8Array): string;
}

const PLAIN_RECORD = {
  profile: 'plain',
  family: 'other',
  name: { zh: '', en: '' },
  reportEveryMs: 60_000,
  hasSecret: false,
  grantedAlerts: false,
  points: [],
  fields: [],
} satisfies Omit<DeviceRecord, 'id'>;

const SOURCES: Record<string, (options: SourceOptions) => Promise<SourceUnderTest>> = {
  async broker(options) {
    const source = await startBroker({
      ...options,
      clock: systemClock,
      log: pino({ level: 'silent' }),
      limits: DEFAULT_LIMITS,
      authenticate: (username = '') => ({ kind: 'device', id: username, grantedAlerts: false }),
      bucketOf: newBucket,
      unreleased: {
        unreleased: () => [],
        changeUnreleased: (_changes, done) => done(null),
        whenDurable: (done) => done(null),
      },
      guesses: createGuesses(systemClock),
      refusedNames: createRefusedNames(systemClock),
    });
    const port = await source.listen({ host: '127.0.0.1', port: 0 });
    const clients: MqttClient[] = [];
    afterTest(() => {
      for (const client of clients) client.end(true);
    });
    return {
      source,
      async connect(username) {
        const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { username, reconnectPeriod: 0 });
        clients.push(client);
        client.on('error', () => {});
        return {
          isConnected: () => client.connected,
          send: (payload) =>
            new Promise((resolve, reject) => {
              client.once('close', () => reject(new Error('the connection has ended')));
              client.publish(`telemetry/${username}`, payload, { qos: 1 }, (error) =>
                error ? reject(error) : resolve(),
              );
            }),
        };
      },
    };
  },

  async http(options) {
    const source = createHttpIngest({
      ...options,
      clock: systemClock,
      log: pino({ level: 'silent' }),
      payloadBytesMax: DEFAULT_LIMITS.packetBytesMax,
      publishesPerSecondMax: DEFAULT_LIMITS.publishesPerSecondMax,
      bucketOf: newBucket,
      guesses: createGuesses(systemClock),
      refusedNames: createRefusedNames(systemClock),
      authenticate: (username = '') => ({ owner: username, device: username, mayFeed: (id) => id === username }),
    });
    const { app } = await fixture({ ingest: source.receive });
    return {
      source,
      connect: httpSpeaker(app, source, (device) => {
        const authorization = `Basic ${Buffer.from(`${device}:secret`).toString('base64')}`;
        return `POST /api/v1/ingest/${device} HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${authorization}\r\n`;
      }),
    };
  },

  async pushes(options) {
    const source = createPushes({
      ...options,
      clock: systemClock,
      log: pino({ level: 'silent' }),
      payloadBytesMax: DEFAULT_LIMITS.packetBytesMax,
      guesses: createGuesses(systemClock),
      mayFeed: () => true,
    });
    source.use(['a', 'b', 'c'].map((name) => ({ name, platform: 'ctwing', secret: `secret of ${name}` })));
    const { app } = await fixture({ push: source });
    const connect = httpSpeaker(
      app,
      source,
      (name) => `POST /api/v1/push/${name}?key=secret%20of%20${name} HTTP/1.1\r\nHost: localhost\r\n`,
    );
    return {
      source,
      textOf: (payload) => JSON.parse(Buffer.from(payload).toString()).payload.serviceData.text,
      async connect(name) {
        const { isConnected, send } = await connect(name);
        const pushOf = (text: string) =>
          JSON.stringify({ messageType: 'dataReport', deviceId: name, payload: { serviceData: { text } } });
        return { isConnected, send: (payload) => send(pushOf(payload)) };
      },
    };
  },

  'mqtt-client': mqttClientSource,

  hj212: (options) =>
    lineSource(options, {
      protocol: hj212,
      ids: { a: 'a', b: 'b', c: 'c' },
      hello: (device) => hjFrame(`ST=22;CN=9012;PW=123456;MN=${device};CP=&&ExeRtn=1&&`),
      frame: (device, text) =>
        hjFrame(`QN=20260701080000000;ST=22;CN=2011;PW=123456;MN=${device};Flag=5;CP=&&${text}&&`),
      textOf: (payload) => /&&(.*)&&/.exec(Buffer.from(payload).toString())?.[1] ?? '',
    }),

  sl651: (options) =>
    lineSource(options, {
      protocol: sl651,
      ids: { a: 'sl651-000000000a', b: 'sl651-000000000b', c: 'sl651-000000000c' },
      hello: (device) => slFrame(device, 0x2f, ''),
      frame: (device, text) => slFrame(device, 0x35, `\xf2\xf2${text}`),
      textOf: (payload) => Buffer.from(payload.subarray(24, -3)).toString('latin1'),
    }),

  gbt26875: (options) =>
    lineSource(options, {
      protocol: gbt26875,
      ids: { a: 'gbt26875-00000000000a', b: 'gbt26875-00000000000b', c: 'gbt26875-00000000000c' },
      hello: (device) => gbFrame(device, COMMAND.confirm, ''),
      frame: (device, text) => gbFrame(device, COMMAND.send, text),
      textOf: (payload) => Buffer.from(payload.subarray(38, 69)).toString('latin1').replace(/\0.*$/, ''),
    }),
};

/** The state of a component with this description; without, but a confirmation. */
function gbFrame(device: string, command: number, text: string): Uint8Array {
  const description = Buffer.alloc(31);
  description.write(text, 'latin1');
  const data = Buffer.concat([Buffer.of(2, 1, 1, 1, 40, 5, 0, 0, 0, 0, 0), description, Buffer.alloc(6)]);
  // As a platform would answer it: so addresses change places.
  const here = { version: [1, 1] as const, source: '000000000001', destination: device.replace('gbt26875-', '') };
  const time = Buffer.alloc(6);
  return gbFrameTo(here, { serial: 1, time, command, data: command === COMMAND.send ? data : Buffer.alloc(0) });
}

/** A report of a station, with this text behind its serial and time. */
function slFrame(device: string, func: number, text: string): Uint8Array {
  const station = Buffer.from(device.replace('sl651-', ''), 'hex');
  const body = Buffer.concat([Buffer.from('0001260701080003', 'hex'), Buffer.from(text, 'latin1')]);
  const head = Buffer.of(0x7e, 0x7e, 1, ...station, 0, 0, func, body.length >> 8, body.length & 0xff, 2);
  const frame = Buffer.concat([head, body, Buffer.of(3)]);
  const crc = slCrc(frame);
  return Buffer.concat([frame, Buffer.of(crc >> 8, crc & 0xff)]);
}

describe.each(Object.entries(SOURCES))('the source %s', (_name, start) => {
  /** A source, with what it has handed on and, unless all is on disk `atOnce`, waits for. */
  async function started({ atOnce = false } = {}) {
    const taken: { readonly message: DeviceMessage; readonly done: (error: Error | null) => void }[] = [];
    const {
      source,
      connect,
      textOf,
      ids = { a: 'a', b: 'b', c: 'c' },
    } = await start({
      routeOf,
      ingest(message, done) {
        taken.push({ message, done });
        if (atOnce) done(null);
      },
    });
    let isClosed = false;
    const close = async () => {
      if (isClosed) return;
      isClosed = true;
      await source.close();
    };
    afterTest(close);
    /** Sends in the background, and notes what becomes of it. */
    const told: string[] = [];
    const send = (speaker: Speaker, payload: string) => {
      speaker.send(payload).then(
        () => told.push(payload),
        () => told.push(`${payload} failed`),
      );
    };
    const text = textOf ?? ((payload: Uint8Array) => Buffer.from(payload).toString());
    return { source, connect, close, taken, told, send, text, ids };
  }

  test('hands a message on with its route, device and connection, and the payload as it came', async () => {
    const { connect, taken, send, source, text, ids } = await started({ atOnce: true });
    const [a, b] = [await connect(ids.a), await connect(ids.b)];
    send(a, '{"ch4": 1}');
    send(a, 'no format at all');
    send(b, '');
    await until('the messages', () => taken.length === 3);
    const of = (device: string) =>
      taken.filter(({ message }) => message.device === device).map(({ message }) => message);
    expect(of(ids.a).map(({ payload }) => text(payload))).toEqual(['{"ch4": 1}', 'no format at all']);
    expect(of(ids.b).map(({ payload }) => text(payload))).toEqual(['']);
    for (const { message } of taken) {
      const { route, device, topic, payload } = message;
      if (route.kind === 'device') expect(route.device(topic)).toBe(device);
      else
        expect(route.format.open(topic, payload).parts.map(({ devices }) => devices)).toContainEqual(
          expect.arrayContaining([device]),
        );
    }
    expect(of(ids.a)[0]?.connection).toBe(of(ids.a)[1]?.connection);
    expect(of(ids.a)[0]?.connection).not.toBe(of(ids.b)[0]?.connection);
    expect([source.connections(ids.a), source.connections(ids.b), source.connections(ids.c)]).toEqual([1, 1, 0]);
  });

  test('tells a device that a message has arrived when it is on disk, not before', async () => {
    const { connect, taken, told, send, ids } = await started();
    const device = await connect(ids.a);
    const payloads = ['1', '2', '3'];
    for (const payload of payloads) send(device, payload);
    for (const n of payloads.keys()) {
      // A source may take one after the other.
      const next = await until('the message', () => taken[n]);
      expect(told).toEqual(payloads.slice(0, n));
      next.done(null);
      await until('its answer', () => told.length > n);
    }
    expect(told).toEqual(payloads);
  });

  test('lets no device believe that a message is on disk that is not, and takes it again', async () => {
    const { connect, taken, told, send, ids } = await started();
    const device = await connect(ids.a);
    send(device, '1');
    await until('the message', () => taken.length === 1);
    taken[0]?.done(new Error('the disk is full'));
    await until('the end', () => !device.isConnected() && told.length > 0);
    expect(told).toEqual(['1 failed']);
    send(await connect(ids.a), '1');
    await until('the message again', () => taken.length === 2);
    taken[1]?.done(null);
    await until('the answer', () => told.length === 2);
    expect(told[1]).toBe('1');
  });

  test.each(['disconnect', 'forget'] as const)('%s ends the connections of that device alone', async (how) => {
    const { source, connect, taken, send, ids } = await started();
    const [a, b] = [await connect(ids.a), await connect(ids.b)];
    source[how](ids.a);
    await until('the end', () => !a.isConnected());
    expect(source.connections(ids.a)).toBe(0);
    expect(b.isConnected()).toBe(true);
    send(await connect(ids.a), '1');
    await until('the message', () => taken.length === 1);
  });

  test('hands on nothing after it was closed, and answers nobody any more', async () => {
    const { connect, close, taken, told, send, ids } = await started();
    const device = await connect(ids.a);
    send(device, '1');
    await until('the message', () => taken.length === 1);
    await close();
    await until('the end', () => !device.isConnected() && told.length > 0);
    // What was under way comes to disk all the same; nobody is there to be told.
    taken[0]?.done(null);
    expect(told).toEqual(['1 failed']);
    expect(taken).toHaveLength(1);
  });
});
