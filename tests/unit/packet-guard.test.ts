import { PassThrough } from 'node:stream';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { generate, type ISubscribePacket, type Packet, parser } from 'mqtt-packet';
import { describe, expect, test } from 'vitest';
import { guardPackets, type PacketGuardOptions } from '../../src/broker/packet-guard.ts';

const LIMIT = 2_000;
const CONNECT = { cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, clientId: 'c' } as Packet;

interface Sent {
  readonly bytes: number;
  readonly qos: 0 | 1 | 2;
  readonly dup: boolean;
  readonly retain: boolean;
  readonly topic: string;
}

function publish({ bytes, qos, dup, retain, topic }: Sent, index: number): Packet {
  const payload = Buffer.alloc(bytes, `${index},`);
  return { cmd: 'publish', topic, payload, qos, dup: dup && qos > 0, retain, messageId: index + 1 } as Packet;
}

/** What comes out behind the guard, from pieces of a stream. */
function guarded(pieces: readonly Buffer[], more: Partial<PacketGuardOptions> = {}) {
  const stream = new PassThrough();
  const refused: string[] = [];
  const budget = { bytesMax: 1 << 20, bytes: 0 };
  const guard = guardPackets(stream, {
    publishBytesMax: LIMIT,
    otherBytesMax: 500,
    maySkip: (topic) => topic.startsWith('telemetry/'),
    onRefused: (reason) => refused.push(reason),
    onUnderWay: () => {},
    budget,
    ...more,
  });
  stream.on('error', () => {});
  const told: unknown[] = [];
  const reader = parser();
  reader.on('error', (error) => told.push(error.message));
  reader.on('packet', (packet) => {
    if (packet.cmd !== 'publish') {
      told.push(packet.cmd);
      return;
    }
    const { topic, qos, dup, retain, messageId } = packet;
    const large = guard.takeOversized(packet.payload as Buffer);
    const payload = large?.head ?? (packet.payload as Buffer);
    const bytes = large?.payloadBytes ?? payload.length;
    const digest = large?.digest ?? crc32(payload, crc32(topic));
    told.push({ topic, qos, dup, retain, messageId, bytes, digest, first: payload.subarray(0, 4_096).toString() });
  });
  let longest = 0;
  for (const piece of pieces) {
    stream.write(piece);
    const chunk: unknown = stream.read();
    if (!Buffer.isBuffer(chunk)) continue;
    longest = Math.max(longest, chunk.length);
    reader.parse(chunk);
  }
  return { told, refused, longest, budget, stream };
}

function cut(whole: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0, n = 0; at < whole.length; n++) {
    const size = sizes[n % sizes.length] ?? 1;
    pieces.push(whole.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

const sent: fc.Arbitrary<Sent> = fc.record({
  bytes: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: LIMIT, max: 9 * LIMIT })),
  qos: fc.constantFrom(0, 1, 2),
  dup: fc.boolean(),
  retain: fc.boolean(),
  topic: fc.constantFrom('telemetry/d', 'telemetry/泵站-01'),
});

test('however the stream is cut, every publish comes through in its place, large ones by their beginning', () => {
  const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 40_000 })), {
    minLength: 1,
    maxLength: 5,
  });
  fc.assert(
    fc.property(fc.array(sent, { maxLength: 8 }), sizes, (messages, cuts) => {
      const packets = [CONNECT, ...messages.map(publish)];
      const { told, refused } = guarded(cut(Buffer.concat(packets.map((packet) => generate(packet))), cuts));
      expect(told).toEqual([
        'connect',
        ...messages.map((message, index) => {
          const { topic, qos, retain, dup, bytes } = message;
          const payload = Buffer.alloc(bytes, `${index},`);
          return {
            topic,
            qos,
            dup: dup && qos > 0,
            retain,
            messageId: qos === 0 ? undefined : index + 1,
            bytes,
            digest: crc32(payload, crc32(topic)),
            first: payload.subarray(0, 4_096).toString(),
          };
        }),
      ]);
      expect(refused).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test('a publish of 256 MiB less a byte is read past without holding it', () => {
  const topic = Buffer.from('\0\x0btelemetry/d\0\x01', 'latin1');
  const header = Buffer.concat([Buffer.from([0x32, 0xff, 0xff, 0xff, 0x7f]), topic]);
  const piece = Buffer.alloc(1 << 20, 'x');
  const pieces = [
    generate(CONNECT),
    header,
    ...Array<Buffer>(255).fill(piece),
    Buffer.alloc((1 << 20) - 1 - topic.length, 'x'),
  ];
  const { told, longest, budget } = guarded([...pieces, generate({ cmd: 'pingreq' })]);
  expect(told).toMatchObject(['connect', { messageId: 1, qos: 1, bytes: 268_435_455 - topic.length }, 'pingreq']);
  expect([longest < 100, budget.bytes]).toEqual([true, 0]);
});

describe('ends the stream', () => {
  const large = { qos: 1, dup: false, retain: false, bytes: 3 * LIMIT } as const;
  const filters = Array.from({ length: 100 }, (_, n) => ({ topic: `commands/${n}`, qos: 1 as const }));
  const subscribe: ISubscribePacket = { cmd: 'subscribe', messageId: 1, subscriptions: filters };
  test.each([
    ['before a CONNECT', [publish({ ...large, topic: 'telemetry/d' }, 0)]],
    ['to what is no telemetry', [CONNECT, publish({ ...large, topic: 'commands/d' }, 0)]],
    ['of another type', [CONNECT, subscribe as Packet]],
    ['with a CONNECT itself', [{ ...CONNECT, clientId: 'c'.repeat(1_000) } as Packet]],
  ])('a packet that is too large %s', (_what, packets) => {
    const { refused, stream } = guarded(packets.map((packet) => generate(packet)));
    expect([refused, stream.destroyed]).toEqual([['packet-too-large'], true]);
  });

  test('large packets under way, once those of all connections hold too much', async () => {
    const budget = { bytesMax: 150_000, bytes: 0 };
    const more = { publishBytesMax: 1 << 20, budget };
    const packet = generate(publish({ ...large, topic: 'telemetry/d', bytes: 200_000 }, 0));
    const first = guarded([generate(CONNECT), packet.subarray(0, 100_000)], more);
    const second = guarded([generate(CONNECT), packet.subarray(0, 100_000)], more);
    expect([first.refused, second.refused]).toEqual([[], ['too-much-under-way']]);
    first.stream.destroy();
    await new Promise((resolve) => setImmediate(resolve));
    expect(budget.bytes).toBe(0);
    expect(
      guarded([generate(CONNECT), packet], { ...more, budget: { bytesMax: 300_000, bytes: 0 } }).told,
    ).toHaveLength(2);
  });
});

test('a fixed header that never ends is left to the parser, which says so', () => {
  const { told } = guarded([generate(CONNECT), Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1])]);
  expect(told).toEqual(['connect', 'Invalid variable byte integer']);
});

test('each piece of a packet that takes long to come in is a sign of life', () => {
  let signs = 0;
  const more = { onUnderWay: () => signs++ };
  const small = generate(publish({ bytes: 400, qos: 1, dup: false, retain: false, topic: 'telemetry/d' }, 0));
  guarded([generate(CONNECT), ...cut(small, [100])], more);
  expect(signs).toBe(Math.floor(small.length / 100));
  const large = generate(publish({ bytes: 4_000, qos: 1, dup: false, retain: false, topic: 'telemetry/d' }, 0));
  guarded([generate(CONNECT), ...cut(large, [100])], more);
  expect(signs).toBe(Math.floor(small.length / 100) + Math.floor(large.length / 100));
});

test.each([
  ['SUBSCRIBE', 0x82, 1],
  ['UNSUBSCRIBE', 0xa2, 0],
])('a %s of more filters than anybody has ends the stream, however it is cut', (_name, flags, optionBytes) => {
  const filter = Buffer.concat([Buffer.from([0, 1, 97]), Buffer.alloc(optionBytes)]);
  const packet = (count: number) => {
    const body = Buffer.concat([Buffer.from([0, 1]), ...Array(count).fill(filter)]);
    return Buffer.concat([Buffer.from([flags, (body.length & 0x7f) | 0x80, body.length >> 7]), body]);
  };
  const cut = (bytes: Buffer) =>
    Array.from({ length: Math.ceil(bytes.length / 7) }, (_, n) => bytes.subarray(n * 7, n * 7 + 7));
  const limits = { otherBytesMax: 64 * 1024 };
  expect(guarded([packet(1_000), packet(1_000)], limits).refused).toEqual([]);
  expect(guarded([packet(1_001)], limits).refused).toEqual(['too-many-filters']);
  expect(guarded(cut(packet(1_000)), limits).refused).toEqual([]);
  expect(guarded(cut(packet(1_001)), limits).refused).toEqual(['too-many-filters']);
});
