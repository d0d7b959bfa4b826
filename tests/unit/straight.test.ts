import type { PublishPacket } from 'aedes';
import fc from 'fast-check';
import { generate, type Packet, parser } from 'mqtt-packet';
import { expect, test } from 'vitest';
import { readStraight } from '../../src/broker/straight.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 300 });
const publish = fc.record({
  cmd: fc.constant('publish' as const),
  topic: fc.oneof(
    fc.constant('telemetry/d'),
    text.filter((topic) => topic !== ''),
  ),
  payload: text,
  qos: fc.constantFrom(0 as const, 1 as const, 1 as const, 1 as const, 2 as const),
  messageId: fc.integer({ min: 1, max: 65_535 }),
  dup: fc.boolean(),
  retain: fc.boolean(),
});
const other = fc.constantFrom<Packet>(
  { cmd: 'pingreq' },
  { cmd: 'puback', messageId: 7 },
  { cmd: 'subscribe', messageId: 8, subscriptions: [{ topic: 'a/#', qos: 1 }] },
);

interface Seen {
  readonly packets: readonly string[];
  readonly error: string | undefined;
  readonly straight: number;
}

/** What a parser makes of chunks, in order; with `declines`, every third publish that is offered to it is declined. */
function seenOf(chunks: readonly Buffer[], way: 'usual' | 'straight' | 'declines'): Seen {
  const packets: string[] = [];
  let error: string | undefined;
  let straight = 0;
  let offered = 0;
  const told = (packet: Packet) => {
    const { cmd, topic, payload, qos, messageId, dup, retain } = packet as PublishPacket;
    packets.push(JSON.stringify([cmd, topic, payload?.toString('base64' as never), qos, messageId, dup, retain]));
  };
  const reader = parser();
  reader.on('packet', told);
  reader.on('error', (failure) => {
    error ??= String(failure);
  });
  if (way !== 'usual') {
    readStraight(reader, {
      begin() {},
      take(packet) {
        if (way === 'declines' && offered++ % 3 === 0) return false;
        straight++;
        told(packet);
        return true;
      },
      end() {},
    });
  }
  for (const chunk of chunks) if (error === undefined) reader.parse(chunk);
  return { packets, error, straight };
}

function cut(bytes: Buffer, at: readonly number[]): Buffer[] {
  const places = [...new Set(at.map((each) => each % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((from, i) => bytes.subarray(from, places[i])).filter(({ length }) => length > 0);
}

test('publishes read straight from the socket’s bytes are those that the parser reads, however the bytes are cut', () => {
  const packets = fc.array(fc.oneof({ arbitrary: publish, weight: 5 }, other), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(packets, fc.array(fc.nat(), { maxLength: 6 }), (sent, at) => {
      const chunks = cut(Buffer.concat(sent.map((packet) => generate(packet as Packet))), at);
      const usual = seenOf(chunks, 'usual');
      for (const way of ['straight', 'declines'] as const) {
        const { packets: read, error } = seenOf(chunks, way);
        expect({ read, error }).toEqual({ read: usual.packets, error: usual.error });
      }
    }),
    { numRuns: 500 },
  );
});

test('bytes that are no packets end as they do in the parser', () => {
  const header = fc.constantFrom(0x32, 0x3a, 0x33, 0x30);
  const bytes = fc.array(fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 255 })), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(header, bytes, fc.array(fc.nat(), { maxLength: 3 }), (first, rest, at) => {
      const chunks = cut(Buffer.from([first, ...rest]), at);
      const usual = seenOf(chunks, 'usual');
      const { packets, error } = seenOf(chunks, 'straight');
      expect({ packets, error }).toEqual({ packets: usual.packets, error: usual.error });
    }),
    { numRuns: 2_000 },
  );
});

test('whole publishes of one read do not pass through the parser', () => {
  const sent: Packet = {
    cmd: 'publish',
    topic: 'telemetry/d',
    payload: '{}',
    qos: 1,
    messageId: 1,
    dup: false,
    retain: false,
  };
  const { straight, packets } = seenOf(
    [Buffer.concat([sent, sent, sent].map((packet) => generate(packet)))],
    'straight',
  );
  expect(straight).toBe(3);
  expect(packets).toHaveLength(3);
});
