import { once } from 'node:events';
import net from 'node:net';
import mqttPacket, { type Packet } from 'mqtt-packet';
import { expect, test } from 'vitest';
import { createChance, pick } from '../support/chance.ts';
import { rounds } from '../support/long.ts';
import { startTestBroker } from '../support/mqtt5-broker.ts';
import { until } from '../support/until.ts';

const SEED = 20_261_126;

const userProperties = { maker: 'somebody', of: ['a', 'b'] };
const connect = (device: string): Packet => ({
  cmd: 'connect',
  protocolId: 'MQTT',
  protocolVersion: 5,
  clean: false,
  clientId: device,
  keepalive: 60,
  username: device,
  password: Buffer.from(`secret of ${device}`),
  properties: {
    sessionExpiryInterval: 5,
    receiveMaximum: 3,
    maximumPacketSize: 200,
    topicAliasMaximum: 2,
    userProperties,
  },
  will: {
    topic: `telemetry/${device}`,
    payload: Buffer.from('gone'),
    qos: 1,
    retain: false,
    properties: { willDelayInterval: 1, contentType: 'text/plain', userProperties },
  },
});

const packetsOf = (device: string): Packet[] => {
  const message = { topic: `telemetry/${device}`, payload: '{"v": 1}', dup: false, retain: false } as const;
  const properties = {
    payloadFormatIndicator: true,
    messageExpiryInterval: 9,
    contentType: 'application/json',
    responseTopic: 'a/b',
    correlationData: Buffer.from('c'),
    userProperties,
  };
  const reason = { reasonString: 'because', userProperties };
  return [
    { cmd: 'publish', ...message, qos: 0, properties },
    { cmd: 'publish', ...message, qos: 1, messageId: 1, properties },
    { cmd: 'publish', ...message, qos: 2, messageId: 2, properties },
    { cmd: 'publish', ...message, payload: 'x'.repeat(3_000), qos: 1, messageId: 4, properties },
    { cmd: 'pubrel', messageId: 2, reasonCode: 0, properties: reason },
    {
      cmd: 'subscribe',
      messageId: 3,
      properties: { userProperties },
      subscriptions: [
        { topic: `commands/${device}`, qos: 2, nl: true, rap: true, rh: 1 },
        { topic: 'alerts/#', qos: 1, nl: false, rap: false, rh: 2 },
      ],
    },
    { cmd: 'unsubscribe', messageId: 5, properties: { userProperties }, unsubscriptions: ['alerts/#', 'b'] },
    { cmd: 'puback', messageId: 1, reasonCode: 0x10, properties: reason },
    { cmd: 'pubrec', messageId: 1, reasonCode: 0x80, properties: reason },
    { cmd: 'pubcomp', messageId: 1, reasonCode: 0, properties: reason },
    { cmd: 'pingreq' },
    { cmd: 'auth', reasonCode: 0x18, properties: { authenticationMethod: 'none' } },
    { cmd: 'disconnect', reasonCode: 4, properties: { sessionExpiryInterval: 1, ...reason } },
    connect(device),
  ];
};

/** Flips, drops, repeats and cuts bytes, and sets some to what lengths go wrong with. */
function mutated(chance: () => number, bytes: Buffer): Buffer {
  let result = Buffer.from(bytes);
  for (let times = 1 + Math.floor(chance() * 3); times > 0 && result.length > 0; times--) {
    const at = Math.floor(chance() * result.length);
    switch (Math.floor(chance() * 5)) {
      case 0:
        result[at] = (result[at] ?? 0) ^ (1 << Math.floor(chance() * 8));
        break;
      case 1:
        result[at] = pick(chance, [0, 1, 0x26, 0x7f, 0x80, 0xff]) ?? 0;
        break;
      case 2:
        result = Buffer.concat([result.subarray(0, at), result.subarray(at + 1)]);
        break;
      case 3:
        result = Buffer.concat([result.subarray(0, at), result.subarray(Math.floor(at * chance()))]);
        break;
      default:
        result = result.subarray(0, at + 1);
    }
  }
  return result;
}

test('packets of version 5 that are broken at random end no server, and honest devices go on', async () => {
  const chance = createChance(SEED);
  const { broker, client, command, port, payloads, speak } = await startTestBroker({
    limits: { packetBytesMax: 2_000 },
  });
  const honest = await Promise.all(
    ([5, 4] as const).map((protocolVersion) =>
      client(`honest-${protocolVersion}`, `secret of honest-${protocolVersion}`, { protocolVersion }),
    ),
  );
  const failures: unknown[] = [];
  const note = (error: unknown) => failures.push(error);
  process.on('uncaughtException', note);
  process.on('unhandledRejection', note);
  const COUNT = rounds(400, 20_000);
  let sent = 0;
  for (let n = 0; n < COUNT; n++) {
    const device = `odd-${n % 40}`;
    const socket = net.connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.resume();
    await once(socket, 'connect');
    const opening = mqttPacket.generate(connect(device), { protocolVersion: 5 });
    const pieces = [chance() < 0.3 ? mutated(chance, opening) : opening];
    for (let i = Math.floor(chance() * 30); i > 0; i--) {
      const packet = pick(chance, packetsOf(device)) ?? connect(device);
      const bytes = mqttPacket.generate(packet, { protocolVersion: 5 });
      pieces.push(chance() < 0.4 ? mutated(chance, bytes) : bytes);
    }
    const stream = Buffer.concat(pieces);
    sent += pieces.length;
    // Cut anywhere, as a network does.
    const cut = Math.floor(chance() * stream.length);
    socket.write(stream.subarray(0, cut));
    await new Promise((resolve) => setImmediate(resolve));
    socket.end(stream.subarray(cut));
    if (n % 20 === 0) {
      const text = `${SEED} ${n}`;
      await Promise.all(
        honest.map((one, i) => one.publishAsync(`telemetry/honest-${5 - i}`, text, { qos: i === 0 ? 2 : 1 })),
      );
      expect(payloads().filter((payload) => payload === text)).toHaveLength(2);
    }
    if (n % 50 === 0) await command(device, 'open');
  }
  await until('the end of them', () => broker.stats().connections === honest.length);
  process.off('uncaughtException', note);
  process.off('unhandledRejection', note);
  expect(failures, `with the seed ${SEED}`).toEqual([]);
  expect(sent).toBeGreaterThan(COUNT * 5);
  // Whoever comes whole is served, also as one of those.
  const one = await speak('odd-1');
  expect(one.connack).toMatchObject({ reasonCode: 0 });
});
