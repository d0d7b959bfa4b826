import { PassThrough } from 'node:stream';
import type { Client } from 'aedes';
import { generate, parser } from 'mqtt-packet';
import { expect, test } from 'vitest';
import { newAllowance, paceReading } from '../../src/broker/pace.ts';
import { guardPackets } from '../../src/broker/packet-guard.ts';
import { createTurns } from '../../src/lib/turns.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { until } from '../support/until.ts';

/** A connection as Aedes builds it, as far as reading goes. */
function connection() {
  const clock = createFakeClock();
  const stream = new PassThrough({ readableHighWaterMark: 64 * 1024, writableHighWaterMark: 1 });
  const guard = guardPackets(stream, {
    publishBytesMax: 1 << 20,
    otherBytesMax: 1 << 16,
    maySkip: () => false,
    onRefused: () => {},
    onUnderWay: () => {},
    budget: { bytesMax: 1 << 20, bytes: 0 },
  });
  const got: string[] = [];
  const packets = parser();
  packets.on('packet', ({ cmd, messageId }) => {
    got.push(`${cmd} ${messageId ?? ''}`.trim());
    if (cmd === 'pingreq') pace.count({ cmd }, false);
  });
  const client = {
    conn: stream,
    closed: false,
    _parser: packets,
    _parsingBatch: 0,
    _nextBatch() {
      client._parsingBatch = Math.max(0, client._parsingBatch - 1);
      if (client._parsingBatch > 0) return;
      const chunk: Buffer | null = stream.read();
      if (chunk !== null) client._parser.parse(chunk);
    },
  };
  const turns = { control: createTurns(clock), bulk: createTurns(clock) };
  const pace = paceReading(client as unknown as Client, {
    clock,
    turns,
    readWork: guard.readWork,
    stranger: newAllowance(),
  });
  stream.on('readable', client._nextBatch);
  return { clock, stream, pace, got };
}

const CONNECT = generate({
  cmd: 'connect',
  protocolId: 'MQTT',
  protocolVersion: 4,
  clean: true,
  clientId: 'c',
} as never);
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('a packet that comes byte by byte is read on at a rate, and then in larger pieces', async () => {
  const { clock, stream, pace, got } = connection();
  stream.write(CONNECT);
  await until('CONNECT', () => got.length === 1);
  pace.begin(newAllowance());
  const packet = generate({ cmd: 'publish', topic: 't', payload: 'x'.repeat(3_000), qos: 1, messageId: 9 } as never);
  let written = 0;
  for (const byte of packet) {
    stream.write(Buffer.from([byte]));
    await turn();
    written++;
    if (stream.readableLength + stream.writableLength > 8) break;
  }
  expect(written).toBeGreaterThan(900);
  expect(written).toBeLessThan(1_100);
  stream.write(packet.subarray(written));
  expect(got).toEqual(['connect']);
  await until('the publish', () => {
    clock.advance(100);
    return got.length === 2;
  });
  expect(got[1]).toBe('publish 9');
});

test('who has spent what it may is not read on, on any of its connections, and what it sends keeps its order', async () => {
  const [one, other] = [connection(), connection()];
  const shared = newAllowance();
  for (const { stream, got, pace } of [one, other]) {
    stream.write(CONNECT);
    await until('CONNECT', () => got.length === 1);
    pace.begin(shared);
  }
  const ping = generate({ cmd: 'pingreq' });
  const last = generate({ cmd: 'publish', topic: 't', payload: '', qos: 1, messageId: 9 } as never);
  one.stream.write(Buffer.concat([...Array(300).fill(ping), last]));
  await until('what it may', () => one.got.length > 250);
  for (let n = 0; n < 50; n++) await turn();
  // A slice begins while it may spend; of what it holds a little is more than that.
  expect(one.got.length).toBeLessThan(262);
  other.stream.write(ping);
  for (let n = 0; n < 5; n++) await turn();
  expect(other.got).toEqual(['connect']);
  await until('the rest', () => {
    one.clock.advance(100);
    return one.got.length === 302;
  });
  expect(one.got.at(-1)).toBe('publish 9');
});
