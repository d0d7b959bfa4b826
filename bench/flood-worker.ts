import { connect, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import { encodeConnect, encodePublish, PINGREQ } from './wire.ts';

/** One peer that means ill, a process of its own: it sends what it sends as fast as the server takes it. */
export interface FloodOptions {
  readonly kind: FloodKind;
  readonly host: string;
  readonly mqttPort: number;
  readonly http: string;
  readonly username: string;
  readonly password: string;
  readonly token: string;
  readonly points: readonly string[];
}

export const FLOODS = {
  pings: 'PINGREQ without end, 16 connections',
  subscriptions: 'SUBSCRIBE and UNSUBSCRIBE without end, 16 connections',
  releases: 'PUBREL of what was never published, 16 connections',
  answers: 'PUBACK for what was never sent, 16 connections',
  empties: 'empty publishes of QoS 0, 16 connections',
  crumbs: 'a publish byte by byte, 16 connections',
  logins: 'CONNECT with a wrong password, 50 at a time',
  connects: 'CONNECT with the right password, 50 at a time',
  strangers: '3,000 connections that say nothing',
  screens: 'subscriptions to 2,000 points on 16 live channels of a viewer',
  seen: 'small messages on 16 live channels of a viewer',
  requests: 'HTTP requests without waiting for the answers, 16 connections',
  calls: 'calls of nobody, one after the other on 200 connections',
  reads: 'lists of 200 points of a viewer, one after the other on 50 connections',
  visits: 'a connection for each HTTP request, 50 at a time',
  chunks: 'a body in chunks of a byte, 16 connections',
} as const;
export type FloodKind = keyof typeof FLOODS;

const CHUNK_BYTES = 64 * 1024;
const CONNECTIONS = 16;
const CRUMBS_AHEAD = 16;
const AT_A_TIME = 50;
const STRANGERS = 3_000;
const BRACE = 0x7d;
const CALLERS = 200;
const READERS = 50;
const CHUNKED_HEAD =
  'POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';

/** Packets, connections or messages that were sent: what a server does not read fills the buffers of the kernel. */
let done = 0;

process.on('message', (message: FloodOptions | 'count') => {
  if (message === 'count') {
    process.send?.(done);
    return;
  }
  process.on('uncaughtException', () => {});
  start(message);
  process.send?.('begun');
});

function start(options: FloodOptions): void {
  switch (options.kind) {
    case 'pings':
      return flood(options, PINGREQ);
    case 'subscriptions':
      return flood(options, Buffer.concat([subscribing(0x82, 1), subscribing(0xa2, 0)]));
    case 'releases':
      return flood(options, Buffer.from([0x62, 2, 0, 7]));
    case 'answers':
      return flood(options, Buffer.from([0x40, 2, 0, 7]));
    case 'empties':
      return flood(options, Buffer.concat([Buffer.from([0x30, topicOf(options).length]), topicOf(options)]));
    case 'crumbs':
      return times(CONNECTIONS, (index) => crumble(options, index));
    case 'logins':
      return times(AT_A_TIME, () => comeAndGo(options, 'wrong'));
    case 'connects':
      return times(AT_A_TIME, () => comeAndGo(options, options.password));
    case 'strangers':
      return times(STRANGERS, () => openStranger(options));
    case 'screens':
      return times(CONNECTIONS, () => talk(options, { type: 'subscribe', readings: options.points }));
    case 'seen':
      return times(CONNECTIONS, () => talk(options, { type: 'seen', seq: 0 }));
    case 'requests':
      return times(CONNECTIONS, () => pour(options, '', request('/api/v1/me')));
    case 'calls':
      return times(CALLERS, () => call(options, request('/api/v1/me')));
    case 'reads':
      return times(READERS, () => call(options, request('/api/v1/points?limit=200', options.token)));
    case 'visits':
      return times(AT_A_TIME, () => visit(options, request('/api/v1/me')));
    case 'chunks':
      return times(CONNECTIONS, () => pour(options, CHUNKED_HEAD, '1\r\n0\r\n'));
  }
}

function times(count: number, work: (index: number) => void): void {
  for (let i = 0; i < count; i++) work(i);
}

/** The beginning of a publish's body, which is all there is of it when it is empty and of QoS 0. */
function topicOf({ username }: FloodOptions): Buffer {
  const topic = Buffer.from(`telemetry/${username}`);
  return Buffer.concat([Buffer.from([0, topic.length]), topic]);
}

/** A SUBSCRIBE of QoS 1 or an UNSUBSCRIBE of the device's own commands, without its topic's suffix. */
function subscribing(type: number, qosBytes: number): Buffer {
  const filter = Buffer.from('commands/flooder');
  const body = Buffer.concat([Buffer.from([0, 1, 0, filter.length]), filter, Buffer.alloc(qosBytes, 1)]);
  return Buffer.concat([Buffer.from([type, body.length]), body]);
}

/** Fills connections with copies of a packet, as long as the server reads. One that was closed is opened again. */
function flood(options: FloodOptions, packet: Buffer): void {
  const chunk = Buffer.concat(Array(Math.floor(CHUNK_BYTES / packet.length)).fill(packet));
  const open = (index: number) => {
    const socket = join(options, `${index}`, options.password);
    socket.once('data', () => {
      socket.resume();
      const write = () => {
        while (!socket.destroyed && socket.write(chunk));
        done += chunk.length / packet.length;
      };
      socket.on('drain', write);
      write();
    });
    socket.on('close', () => setTimeout(open, 10, index));
  };
  for (let i = 0; i < CONNECTIONS; i++) open(i);
}

/** Sends a long publish a byte at a time, each in a packet of the network's. */
function crumble(options: FloodOptions, index: number): void {
  const socket = join(options, `${index}`, options.password);
  socket.setNoDelay(true);
  const header = Buffer.from([0x30, 0xff, 0xff, 0x7f]);
  socket.once('data', () => {
    socket.resume();
    socket.write(Buffer.concat([header, topicOf(options)]));
    const write = () => {
      if (socket.destroyed) return;
      // What the server has not taken yet is not made longer, or one read would find a thousand bytes.
      if (socket.writableLength < CRUMBS_AHEAD) {
        socket.write(' ');
        done++;
      }
      setImmediate(write);
    };
    write();
  });
  socket.on('close', () => setTimeout(crumble, 10, options, index));
}

function join({ host, mqttPort, username }: FloodOptions, clientId: string, password: string): Socket {
  const socket = connect({ host, port: mqttPort });
  socket.on('error', () => {});
  socket.write(encodeConnect({ clientId, username, password, keepaliveS: 0 }));
  return socket;
}

function comeAndGo(options: FloodOptions, password: string): void {
  const socket = join(options, `${Math.random()}`, password);
  // A message of its own, as a device would send it at once.
  socket.write(encodePublish(`telemetry/${options.username}`, '{}').bytes);
  socket.once('data', () => socket.destroy());
  socket.on('close', () => {
    done++;
    setImmediate(comeAndGo, options, password);
  });
}

function openStranger(options: FloodOptions): void {
  const socket = connect({ host: options.host, port: options.mqttPort });
  socket.on('error', () => {});
  socket.on('connect', () => done++);
  socket.on('close', () => setTimeout(openStranger, 100, options));
}

/** Says the same over and over on a live channel, as long as the server reads. */
function talk(options: FloodOptions, message: unknown): void {
  const socket = new WebSocket(`${options.http.replace('http', 'ws')}api/v1/live`, {
    headers: { authorization: `Bearer ${options.token}` },
  });
  const text = JSON.stringify(message);
  socket.on('error', () => {});
  socket.on('open', () => {
    const say = () => {
      for (let i = 0; i < 100 && socket.bufferedAmount < CHUNK_BYTES; i++) socket.send(text, () => done++);
      if (socket.readyState === WebSocket.OPEN) setImmediate(say);
    };
    say();
  });
  socket.on('close', () => setTimeout(talk, 50, options, message));
}

function request(path: string, token?: string): string {
  const authorization = token === undefined ? '' : `Authorization: Bearer ${token}\r\n`;
  return `GET ${path} HTTP/1.1\r\nHost: x\r\n${authorization}\r\n`;
}

function toHttp({ http }: FloodOptions): Socket {
  const { hostname, port } = new URL(http);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on('error', () => {});
  return socket;
}

/** Fills a connection with copies of a piece, as long as the server reads. One that was closed is opened again. */
function pour(options: FloodOptions, head: string, piece: string): void {
  const socket = toHttp(options).resume();
  const chunk = Buffer.from(piece.repeat(Math.floor(CHUNK_BYTES / piece.length)));
  socket.write(head);
  const write = () => {
    while (!socket.destroyed && socket.write(chunk));
    done += chunk.length / piece.length;
  };
  socket.on('connect', write);
  socket.on('drain', write);
  socket.on('close', () => setTimeout(pour, 10, options, head, piece));
}

/** Asks again as soon as it has an answer. */
function call(options: FloodOptions, text: string): void {
  const socket = toHttp(options);
  socket.write(text);
  socket.on('data', (data: Buffer) => {
    // An answer to any of these calls is JSON and ends with a brace; whether it is the last one matters little.
    if (data.at(-1) !== BRACE) return;
    done++;
    socket.write(text);
  });
  socket.on('close', () => setTimeout(call, 10, options, text));
}

function visit(options: FloodOptions, text: string): void {
  const socket = toHttp(options);
  socket.write(text);
  socket.once('data', () => socket.destroy());
  socket.on('close', () => {
    done++;
    setImmediate(visit, options, text);
  });
}
