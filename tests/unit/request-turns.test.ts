import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { takeRequestsInTurns } from '../../src/api/request-turns.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createGathering } from '../../src/lib/gathering.ts';
import { until } from '../support/until.ts';

async function serve(listener: RequestListener) {
  const server = createServer(listener);
  takeRequestsInTurns(server, systemClock);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connect = () => {
    const socket = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    return socket;
  };
  return { server, connect };
}

/** How often something happened in the turn of the event loop in which it happened most. */
function countInTurns() {
  let most = 0;
  let inTurn = 0;
  const count = () => {
    if (inTurn++ > 0) return;
    setImmediate(() => {
      most = Math.max(most, inTurn);
      inTurn = 0;
    });
  };
  return { count, most: () => most };
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
const post = (path: string, body: string) =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

test('of requests that come by the thousand, few are begun in a turn, and all are answered in their order', async () => {
  const turns = countInTurns();
  const { connect } = await serve((request, response) => {
    turns.count();
    let body = '';
    request.on('data', (piece) => {
      body += String(piece);
    });
    request.on('end', () => response.end(`<${request.url}${body}>`));
  });
  const heard = [0, 1, 2].map((n) => {
    const socket = connect();
    const told: string[] = [];
    socket.on('data', (data) => told.push(String(data)));
    const calls = Array.from({ length: 700 }, (_, i) =>
      i % 2 === 0 ? get(`/${n}-${i}`) : post(`/${n}-${i}`, '\r\n\r\nx'),
    );
    socket.write(calls.join(''));
    return () => [...told.join('').matchAll(/<([^>]*)>/g)].map(([, what]) => what);
  });
  await until('all answers', () => heard.every((of) => of().length === 700));
  const expected = (n: number) => Array.from({ length: 700 }, (_, i) => `/${n}-${i}${i % 2 === 0 ? '' : '\r\n\r\nx'}`);
  expect(heard.map((of) => of())).toEqual([0, 1, 2].map(expected));
  expect(turns.most()).toBeLessThan(5);
});

test('whose answers are not taken is begun no more requests of, until they are', async () => {
  const answer = Buffer.alloc(1 << 20, 'a');
  let begun = 0;
  const { connect } = await serve((_request, response) => {
    begun++;
    response.end(answer);
  });
  const [socket, other] = [connect(), connect()];
  socket.write(get('/').repeat(120));
  // What the network holds of them is some megabytes.
  await until('the first', () => begun > 0);
  let heard = 0;
  for (let i = 0; i < 3; i++) {
    other.write(get('/'));
    await until('an answer to somebody else', () => {
      other.read();
      return other.bytesRead > (i + 1) * answer.length;
    });
  }
  expect(begun).toBeLessThan(50);
  socket.on('data', (piece) => {
    heard += piece.length;
  });
  await until('all of them', () => begun === 123 && heard > 120 * answer.length);
});

test('a body in chunks of a byte is taken in turns and comes whole, and the call behind it too', async () => {
  const turns = countInTurns();
  const got: string[] = [];
  const { connect } = await serve((request, response) => {
    const gathered = createGathering();
    request.on('data', (piece) => {
      turns.count();
      gathered.add(piece);
    });
    request.on('end', () => {
      got.push(Buffer.from(gathered.bytes()).toString());
      response.end();
    });
  });
  const text = Array.from({ length: 20_000 }, (_, i) => i % 10).join('');
  const chunked = [...text].map((digit) => `1\r\n${digit}\r\n`).join('');
  const socket = connect();
  socket.write(
    `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${chunked}0\r\n\r\n${post('/', 'behind')}`,
  );
  await until('both', () => got.length === 2);
  expect(got).toEqual([text, 'behind']);
  expect(turns.most()).toBeLessThan(1_000);
});

test('what is sent along with the opening of a WebSocket is not lost, and what is no HTTP ends its connection', async () => {
  const { server, connect } = await serve((_request, response) => void response.end());
  const sockets = new WebSocketServer({ server });
  const messages: string[] = [];
  sockets.on('connection', (socket) => socket.on('message', (data) => messages.push(String(data))));
  const socket = connect();
  const opening =
    'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
  const frame = Buffer.concat([Buffer.from([0x81, 0x82, 0, 0, 0, 0]), Buffer.from('hi')]);
  socket.write(Buffer.concat([Buffer.from(get('/') + opening), frame, frame]));
  await until('both messages', () => messages.length === 2);
  expect(messages).toEqual(['hi', 'hi']);

  const junk = connect();
  junk.resume();
  const ended = once(junk, 'close');
  junk.write(`${get('/')}no http at all\r\n\r\n${get('/')}`);
  await ended;
});

test('bytes are gathered in their order, whatever pieces they come in', () => {
  const gathered = createGathering();
  expect(gathered.bytes()).toEqual(new Uint8Array(0));
  const first = Buffer.from('ab');
  gathered.add(first.subarray(0, 1));
  gathered.add(new Uint8Array(0));
  gathered.add(Buffer.from('c'));
  gathered.add(Buffer.alloc(10_000, 'd'));
  expect(gathered.length).toBe(10_002);
  expect(Buffer.from(gathered.bytes()).toString()).toBe(`ac${'d'.repeat(10_000)}`);
  expect(String(first)).toBe('ab');
});
