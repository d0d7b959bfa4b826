import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Alert, AlertEvent, EventType } from '../../src/model/alert.ts';
import type { Level } from '../../src/model/level.ts';
import { type FakePoint, fakeAlert, fakeAreas, fakePoints } from './fake-site.ts';

/**
 * A stand-in for the server whose live stream a test holds in its hand: silence, gaps, floods, weeks of events in
 * minutes. It speaks only what those tests need of the contract; everything else is tested against the real server.
 */
export interface FakeServer {
  readonly url: string;
  readonly points: readonly FakePoint[];
  raise(pointIndex: number, level: Level): Alert;
  change(alert: Alert, event: EventType, by?: string | null): void;
  /** The server's own alert that a flood has begun. */
  flood(): void;
  /** A condition that the alert log cannot hold; null ends it. */
  notice(condition: string, detail: string | null): void;
  /** Heartbeats and readings stop while true; sockets stay open. */
  silence(on: boolean): void;
  /** Closes every live connection with this code. */
  disconnect(code: number): void;
  /** Becomes a server that was restored from a backup of entry `seq`: another log, whose connections are all new. */
  restore(seq: number): void;
  open(): readonly Alert[];
  seq(): number;
  /** The largest number a console said it has drawn. */
  seen(): number;
  /** How many live connections were opened, and with which `since`. */
  readonly connections: readonly (number | null)[];
  close(): Promise<void>;
}

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

/** The policy the real server sends, so that a forbidden request fails here too. */
const POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self' 'nonce-of-a-test'; img-src 'self' data: blob:; worker-src 'self' blob:; object-src 'none'; base-uri 'none'";

let opened: Promise<{ readonly http: Server; readonly url: string }> | undefined;

/** One address for all stand-ins of a process, one after the other: a browser has the console's sources by then. */
function front() {
  opened ??= new Promise((resolve) => {
    const http = createServer();
    http.listen(0, '127.0.0.1', () => {
      http.unref();
      resolve({ http, url: `http://127.0.0.1:${(http.address() as AddressInfo).port}` });
    });
  });
  return opened;
}

export async function startFakeServer(options: {
  readonly dist: string;
  readonly points: number;
}): Promise<FakeServer> {
  const points = fakePoints(options.points);
  const log: AlertEvent[] = [];
  const open = new Map<string, Alert>();
  const sockets = new Set<WebSocket>();
  const connections: (number | null)[] = [];
  const logName = () => `log-${restored}`;
  let silent = false;
  let restored = 0;
  let seen = 0;
  let raised = 0;
  let phase = 0;

  const broadcast = (frame: unknown) => {
    const text = JSON.stringify(frame);
    for (const socket of sockets) socket.send(text);
  };

  function record(alert: Alert, event: EventType, by: string | null = null): void {
    const seq = log.length + 1;
    const entry: AlertEvent = {
      type: 'event',
      seq,
      event,
      at: Date.now(),
      by,
      note: null,
      cause: null,
      alert: { ...alert, seq },
    };
    log.push(entry);
    if (alert.state === 'closed') open.delete(alert.id);
    else open.set(alert.id, entry.alert);
    broadcast(entry);
  }

  const valuesOf = (point: FakePoint, index: number) =>
    Object.entries(point.metrics).map(([metric, { type, unit }]) => ({
      metric,
      unit,
      value: type === 'boolean' ? false : Math.round((20 + 8 * Math.sin(phase / 7 + index)) * 100) / 100,
    }));

  function act(id: string, action: string, body: Record<string, unknown>): [number, unknown] {
    const alert = open.get(id);
    if (alert === undefined) return [404, { code: 'unknown-alert', title: 'There is no such alert' }];
    if (action === 'ack') {
      if (alert.acknowledged) return [409, { code: 'alert-already-acknowledged', title: 'Already acknowledged' }];
      record({ ...alert, acknowledged: true }, 'acknowledged', 'admin');
    } else if (action === 'shelve') {
      record({ ...alert, shelvedUntil: Number(body.until ?? Date.now() + 60_000) }, 'shelved', 'admin');
    } else if (action === 'reset') {
      record({ ...alert, state: 'closed', clearedAt: Date.now() }, 'reset', 'admin');
    } else record(alert, 'note', 'admin');
    return [200, open.get(id) ?? alert];
  }

  async function answer(request: IncomingMessage, path: string): Promise<[number, unknown]> {
    const signedIn = request.headers.cookie?.includes('brink_session') ?? false;
    if (path === '/session') return request.method === 'DELETE' ? [204, undefined] : [200, {}];
    if (!signedIn) return [401, { code: 'unauthenticated', title: 'Log in' }];
    if (path === '/me') return [200, { username: 'admin', role: 'admin' }];
    if (path === '/thresholds/proposals') return [200, { items: [], next: null, required: false }];
    if (path === '/areas') return [200, { items: fakeAreas(), next: null }];
    if (path === '/version') {
      return [
        200,
        {
          version: '0',
          node: '0',
          now: Date.now(),
          mqtt: { plain: 1883, tls: null },
          map: { tiles: null, coordinates: 'wgs84' },
        },
      ];
    }
    if (path === '/points') {
      const items = points.map((point, index) => ({
        ...point,
        online: index % 17 !== 16,
        values: Object.fromEntries(
          valuesOf(point, index).map(({ metric, unit, value }) => [
            metric,
            { value, unit, ts: Date.now(), quality: 'good' },
          ]),
        ),
        alerts: [...open.values()].filter((alert) => alert.point === point.id),
      }));
      return [200, { items, next: null }];
    }
    const action = /^\/alerts\/([^/]+)\/(ack|shelve|unshelve|reset|note)$/.exec(path);
    if (action !== null && request.method === 'POST') {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = JSON.parse(Buffer.concat(chunks).toString() || '{}') as Record<string, unknown>;
      return act(decodeURIComponent(action[1] ?? ''), action[2] ?? '', body);
    }
    return [404, { code: 'not-found', title: 'Not here' }];
  }

  async function serveFile(path: string, response: ServerResponse): Promise<void> {
    const name = extname(path) === '' ? 'index.html' : normalize(path).replace(/^[/\\]+/, '');
    try {
      const data = await readFile(join(options.dist, name));
      response.writeHead(200, {
        'content-type': TYPES[extname(name)] ?? 'application/octet-stream',
        'content-security-policy': POLICY,
        'cache-control': name.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
      });
      response.end(extname(name) === '.html' ? String(data).replace('__CSP_NONCE__', 'of-a-test') : data);
    } catch {
      response.writeHead(404).end();
    }
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://fake');
    if (!pathname.startsWith('/api/v1')) return serveFile(pathname, response);
    const [status, body] = await answer(request, pathname.slice('/api/v1'.length));
    if (pathname.endsWith('/session') && request.method === 'POST') {
      response.setHeader('set-cookie', 'brink_session=1; Path=/; HttpOnly');
    }
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  }

  const { http, url } = await front();
  const onRequest = (request: IncomingMessage, response: ServerResponse) => void handle(request, response);
  http.on('request', onRequest);
  const live = new WebSocketServer({ noServer: true });
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) =>
    live.handleUpgrade(request, socket, head, (client) => live.emit('connection', client, request));
  http.on('upgrade', onUpgrade);
  live.on('connection', (socket, request) => {
    const query = new URL(request.url ?? '/', 'http://fake').searchParams;
    const sinceText = query.get('since');
    const since = sinceText === null ? null : Number(sinceText);
    connections.push(since);
    if (since === null || since > log.length || query.get('log') !== logName()) {
      socket.send(JSON.stringify({ type: 'snapshot', seq: log.length, log: logName(), alerts: [...open.values()] }));
    } else for (const entry of log.slice(since)) socket.send(JSON.stringify(entry));
    socket.send(JSON.stringify({ type: 'heartbeat', seq: log.length, at: Date.now(), log: logName() }));
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as { type: string; seq?: number };
      if (frame.type === 'seen') seen = Math.max(seen, frame.seq ?? 0);
    });
  });

  const heartbeat = setInterval(() => {
    if (!silent) broadcast({ type: 'heartbeat', seq: log.length, at: Date.now(), log: logName() });
  }, 5_000);
  const readings = setInterval(() => {
    phase += 1;
    if (silent) return;
    const some = points.slice(0, 400).map((point, index) => {
      const [first] = valuesOf(point, index);
      return { point: point.id, metric: first?.metric, value: first?.value, ts: Date.now(), quality: 'good' };
    });
    broadcast({ type: 'readings', readings: some, merged: 0 });
  }, 1_000);

  return {
    url,
    points,
    raise(pointIndex, level) {
      const point = points[pointIndex % points.length];
      if (point === undefined) throw new RangeError('the fake site has no points');
      raised += 1;
      const alert = fakeAlert(point, level, `alert-${raised}`, Date.now());
      record(alert, 'raised');
      return open.get(alert.id) ?? alert;
    },
    change: record,
    flood() {
      const [point] = points;
      if (point === undefined) throw new RangeError('the fake site has no points');
      const alert = fakeAlert(point, 'blue', 'flood', Date.now());
      record({ ...alert, kind: 'system', rule: 'alarm-flood', point: 'brink', area: 'brink', metric: null }, 'raised');
    },
    notice(condition, detail) {
      broadcast({ type: 'notice', condition, active: detail !== null, detail, at: Date.now() });
    },
    silence(on) {
      silent = on;
    },
    disconnect(code) {
      for (const socket of sockets) socket.close(code);
    },
    restore(seq) {
      for (const { alert } of log.splice(seq)) open.delete(alert.id);
      restored += 1;
      for (const socket of sockets) socket.terminate();
    },
    open: () => [...open.values()],
    seq: () => log.length,
    seen: () => seen,
    connections,
    async close() {
      clearInterval(heartbeat);
      clearInterval(readings);
      for (const socket of sockets) socket.terminate();
      live.close();
      http.off('request', onRequest).off('upgrade', onUpgrade);
      http.closeAllConnections();
    },
  };
}
