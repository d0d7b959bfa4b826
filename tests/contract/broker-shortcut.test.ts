import { once } from 'node:events';
import net from 'node:net';
import { generate, type IConnectPacket, type Packet, parser } from 'mqtt-packet';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Broker, startBroker } from '../../src/broker/broker.ts';
import { DEFAULT_LIMITS } from '../../src/broker/limits.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createGuesses } from '../../src/lib/guesses.ts';
import { createRefusedNames } from '../../src/lib/refused-names.ts';
import { newBucket } from '../../src/lib/token-bucket.ts';
import { routeOf } from '../support/native-route.ts';
import { until } from '../support/until.ts';

let broker: Broker;
let socket: net.Socket;
let taken: string[];
let held: ((error: Error | null) => void)[];
let replies: Packet[];

const CONNECT: IConnectPacket = {
  cmd: 'connect',
  protocolId: 'MQTT',
  protocolVersion: 4,
  clean: true,
  clientId: 'c',
  username: 'd',
  keepalive: 0,
};

/** QoS 1 telemetry takes a shorter way through the broker than the packets around it; nobody outside may notice. */
beforeEach(async () => {
  taken = [];
  held = [];
  replies = [];
  broker = await startBroker({
    clock: systemClock,
    log: pino({ level: 'silent' }),
    limits: DEFAULT_LIMITS,
    authenticate: (username) => ({ kind: 'device', id: username ?? '', grantedAlerts: false }),
    routeOf,
    bucketOf: newBucket,
    ingest(publish, done) {
      taken.push(Buffer.from(publish.payload).toString());
      held.push(done);
    },
    unreleased: {
      unreleased: () => [],
      changeUnreleased: (_changes, done) => done(null),
      whenDurable: (done) => done(null),
    },
    guesses: createGuesses(systemClock),
    refusedNames: createRefusedNames(systemClock),
  });
  socket = net.connect(await broker.listen({ host: '127.0.0.1', port: 0 }), '127.0.0.1');
  const reader = parser();
  reader.on('packet', (packet) => replies.push(packet));
  socket.on('data', (chunk) => reader.parse(chunk));
  socket.on('error', () => {});
  send(CONNECT);
  await until('CONNACK', () => replies.length === 1);
});
afterEach(async () => {
  socket.destroy();
  await broker.close();
});

function send(...packets: Packet[]): void {
  socket.write(Buffer.concat(packets.map((packet) => generate(packet))));
}

function publish(payload: string, qos: 0 | 1 | 2, messageId: number, topic = 'telemetry/d'): Packet {
  return { cmd: 'publish', topic, payload, qos, messageId, dup: false, retain: false } as Packet;
}

const isPuback = (packet: Packet) => packet.cmd === 'puback';

test('packets of all kinds in one write are taken in their order, and acknowledged only when durable', async () => {
  send(
    publish('a', 1, 1),
    publish('b', 0, 0),
    publish('c', 1, 2),
    { cmd: 'pingreq' },
    publish('d', 2, 3),
    publish('e', 1, 4),
  );
  await until('all are taken', () => taken.length === 5);
  expect(taken).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(replies.some(isPuback)).toBe(false);
  for (const done of held) done(null);
  await until('acknowledgements', () => replies.filter(isPuback).length === 3);
  expect(replies.filter(isPuback)).toMatchObject([{ messageId: 1 }, { messageId: 2 }, { messageId: 4 }]);
});

test('an error closes the connection without an acknowledgement', async () => {
  send(publish('a', 1, 1));
  await until('it is taken', () => held.length === 1);
  const closed = once(socket, 'close');
  held[0]?.(new Error('disk full'));
  await closed;
  expect(replies.some(isPuback)).toBe(false);
});

test.each([
  'telemetry/other',
  'telemetry/+',
  'telemetry/d/#',
  'telemetry',
])('%s closes the connection', async (topic) => {
  const closed = once(socket, 'close');
  // The parser of a client would refuse to write such a topic, so it is written as bytes.
  const bytes = Buffer.concat([
    Buffer.from([0, topic.length]),
    Buffer.from(topic),
    Buffer.from([0, 1]),
    Buffer.from('x'),
  ]);
  socket.write(Buffer.concat([Buffer.from([0x32, bytes.length]), bytes]));
  await closed;
  expect(taken).toEqual([]);
});
