import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { takeFramesInTurns } from '../../src/api/frame-turns.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createTurns } from '../../src/lib/turns.ts';
import { until } from '../support/until.ts';

/** Masked, as a client's are, with a mask that changes nothing. */
const frame = (opcode: number, payload = '') =>
  Buffer.concat([Buffer.from([opcode, 0x80 | payload.length, 0, 0, 0, 0]), Buffer.from(payload)]);

test('of frames that come by the thousand, so many are taken in a turn, and all in their order', async () => {
  const server = new WebSocketServer({ port: 0, perMessageDeflate: false });
  onTestFinished(() => server.close());
  const turns = createTurns(systemClock, 1);
  const got: string[] = [];
  let most = 0;
  let inTurn = 0;
  server.on('connection', (socket: WebSocket) => {
    takeFramesInTurns(socket, turns);
    const count = (what: string) => {
      got.push(what);
      if (inTurn++ > 0) return;
      setImmediate(() => {
        most = Math.max(most, inTurn);
        inTurn = 0;
      });
    };
    socket.on('ping', () => count('ping'));
    socket.on('pong', () => count('pong'));
    socket.on('message', (data) => count(String(data)));
  });
  const client = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
  onTestFinished(() => void client.destroy());
  client.write(
    'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  await once(client, 'data');
  client.resume();
  const [ping, pong, empty] = [frame(0x89), frame(0x8a), frame(0x00)];
  client.write(
    Buffer.concat([
      ...Array(5_000).fill(ping),
      frame(0x01, 'begun '),
      ...Array(100).fill(empty),
      ...Array(5_000).fill(pong),
      frame(0x80, 'and ended'),
      frame(0x81, 'last'),
    ]),
  );
  await until('the last message', () => got.at(-1) === 'last');
  expect(most).toBeLessThan(200);
  expect([got.filter((what) => what === 'ping').length, got.filter((what) => what === 'pong').length]).toEqual([
    5_000, 5_000,
  ]);
  expect(got.slice(-2)).toEqual(['begun and ended', 'last']);
});
