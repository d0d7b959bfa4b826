import { generate, parser } from 'mqtt-packet';
import { describe, expect, it } from 'vitest';
import { median, percentile } from '../../bench/report.ts';
import { createReplyReader, encodeConnect, encodePublish, writeTimeDigits } from '../../bench/wire.ts';

function parse(bytes: Buffer) {
  const packets: unknown[] = [];
  const reader = parser();
  reader.on('packet', (packet) => packets.push(packet));
  reader.parse(bytes);
  return packets;
}

describe('the packets of the load generator', () => {
  it('are those of the protocol', () => {
    const payload = '{"ts":1700000000000,"values":{"value":10.0}}';
    const { bytes, packetIdAt, payloadAt } = encodePublish('telemetry/bench-000001', payload);
    bytes.writeUInt16BE(0x1234, packetIdAt);
    writeTimeDigits(bytes, payloadAt + payload.indexOf('17'), 1_795_458_065_537);
    expect(parse(bytes)).toMatchObject([
      { cmd: 'publish', qos: 1, messageId: 0x1234, topic: 'telemetry/bench-000001' },
    ]);
    expect(bytes.subarray(payloadAt).toString()).toBe('{"ts":1795458065537,"values":{"value":10.0}}');
    expect(parse(encodeConnect({ clientId: 'a', username: 'u', password: 'p', keepaliveS: 300 }))).toMatchObject([
      { cmd: 'connect', clientId: 'a', username: 'u', password: Buffer.from('p'), keepalive: 300, clean: true },
    ]);
  });

  it('of more than 127 bytes have a longer length', () => {
    const { bytes } = encodePublish('t', 'x'.repeat(400));
    bytes.writeUInt16BE(1, bytes.length - 402);
    expect(parse(bytes)).toMatchObject([{ cmd: 'publish', payload: Buffer.from('x'.repeat(400)) }]);
  });

  it('are read wherever a socket cuts them', () => {
    const replies = Buffer.concat([
      generate({ cmd: 'connack', returnCode: 0, sessionPresent: false }),
      generate({ cmd: 'puback', messageId: 7 }),
      generate({ cmd: 'pingresp' }),
      generate({ cmd: 'puback', messageId: 0xfffe }),
    ]);
    for (let cut = 0; cut <= replies.length; cut++) {
      const seen: unknown[] = [];
      const read = createReplyReader({
        onConnack: (code) => seen.push(['connack', code]),
        onPuback: (id) => seen.push(['puback', id]),
      });
      read(replies.subarray(0, cut));
      read(replies.subarray(cut));
      expect(seen).toEqual([
        ['connack', 0],
        ['puback', 7],
        ['puback', 0xfffe],
      ]);
    }
  });
});

it('percentiles are values that were measured', () => {
  const values = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect([median(values), percentile(values, 0.99), percentile(values, 1), percentile([5], 0.5)]).toEqual([
    50, 99, 100, 5,
  ]);
});
