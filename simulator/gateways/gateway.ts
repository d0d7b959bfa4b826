import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerWithFault, type Fault } from './faults.ts';

/**
 * A stand-in for the gateways that channels post to: it speaks their forms, checks what they check, has their limits, and
 * keeps what it was sent. Several gateways can stand at one address, as their paths differ.
 */
export interface Gateway {
  /** Requests to this path are for it; of gateways of the same path the first that answers. */
  readonly path: string;
  answer(request: GatewayRequest): GatewayResult | undefined;
}

export interface GatewayRequest {
  readonly method: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Undefined when it is no JSON. */
  readonly json: unknown;
  /** By the gateway's own clock, ms since 1970. */
  readonly nowMs: number;
}

export interface GatewayResult {
  readonly status: number;
  readonly body: unknown;
  /** Whether it took the message. */
  readonly isTaken: boolean;
  /** What people see of it, where it is a chat. */
  readonly shown?: ShownMessage;
}

/** What a robot of a chat shows in its group. */
export interface ShownMessage {
  readonly title: string;
  readonly text: string;
  readonly mentions: readonly string[];
  readonly link: string | null;
}

/** What was sent to a gateway and what became of it. */
export interface Received {
  readonly path: string;
  readonly atMs: number;
  readonly headers: IncomingHttpHeaders;
  readonly query: URLSearchParams;
  readonly text: string;
  readonly json: unknown;
  /** Null when a fault answered. */
  readonly result: GatewayResult | null;
}

export interface GatewayServer {
  readonly port: number;
  readonly origin: string;
  /** Everything that came, oldest first; at most `keep`. */
  readonly received: readonly Received[];
  /** From here on this instead of what the gateway says; undefined: the gateway again. */
  setFault(fault: Fault | undefined): void;
  close(): Promise<void>;
}

export interface GatewayServerOptions {
  readonly gateways: readonly Gateway[];
  /** The gateway's clock, which need not be right. */
  readonly nowMs: () => number;
  readonly host?: string;
  readonly port?: number;
  readonly keep?: number;
  readonly onReceived?: (received: Received) => void;
}

const REQUEST_BYTES_MAX = 1_024 * 1_024;

export async function startGatewayServer(options: GatewayServerOptions): Promise<GatewayServer> {
  const { gateways, nowMs, host = '127.0.0.1', port = 0, keep = 10_000, onReceived } = options;
  const received: Received[] = [];
  let fault: Fault | undefined;

  function remember(one: Received): void {
    received.push(one);
    if (received.length > keep) received.shift();
    onReceived?.(one);
  }

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await bodyOf(request);
    const { pathname: path, searchParams: query } = new URL(request.url ?? '/', 'http://gateway');
    const { headers, method = 'GET' } = request;
    const atMs = nowMs();
    response.setHeader('date', new Date(atMs).toUTCString());
    const common = { path, atMs, headers, query, text, json: parsed(text) };
    if (fault !== undefined) {
      remember({ ...common, result: null });
      answerWithFault(fault, response);
      return;
    }
    const asked: GatewayRequest = { ...common, method, nowMs: atMs };
    const result = gateways
      .filter((one) => one.path === path)
      .reduce<GatewayResult | undefined>((found, gateway) => found ?? gateway.answer(asked), undefined) ?? {
      status: 404,
      body: { error: 'nothing here' },
      isTaken: false,
    };
    remember({ ...common, result });
    response.writeHead(result.status, { 'content-type': 'application/json; charset=utf-8' });
    response.end(typeof result.body === 'string' ? result.body : JSON.stringify(result.body));
  }

  const server = createServer((request, response) => {
    take(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    port: bound,
    origin: `http://${host}:${bound}`,
    received,
    setFault(next) {
      fault = next;
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request) {
    bytes += (part as Buffer).length;
    if (bytes > REQUEST_BYTES_MAX) throw new Error('too large');
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts).toString();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
