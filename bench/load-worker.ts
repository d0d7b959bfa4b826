import { connect, type Socket } from 'node:net';
import type { LoadCommand, LoadOptions, LoadReport } from './load.ts';
import { createReplyReader, DISCONNECT, encodeConnect, encodePublish, PINGREQ, writeTimeDigits } from './wire.ts';

/**
 * The load generator, a process of its own (see load.ts for its owner's side). Every packet is encoded once; sending one
 * again is a copy, a packet id and 13 digits of time. What one socket read acknowledged is sent anew in one write.
 */

/** Values that breach no limit of the bench's threshold documents, all of one width, so that they can be written over. */
const VALUES = Array.from({ length: 64 }, (_, i) => Buffer.from((10 + (i * 3) / 10).toFixed(1)));
const PACED_SLICE_MS = 5;
const KEEPALIVE_S = 120;

interface Publisher {
  readonly socket: Socket;
  /** One packet for each of its devices, sent in turn. */
  readonly templates: readonly Template[];
  next: number;
  nextPacketId: number;
  /** Device time of the next message; rises by 1 ms a message, so that no reading is a duplicate or late. */
  nextTsMs: number;
  inFlight: number;
}

interface Template {
  readonly bytes: Buffer;
  readonly packetIdAt: number;
  readonly tsAt: number;
  readonly valueAt: number;
}

const report = (message: LoadReport) => process.send?.(message);

let publishers: Publisher[] = [];
let mode: 'idle' | 'window' | 'paced' = 'idle';
let windowSize = 0;
let sent = 0;
let acknowledged = 0;
let drained: (() => void) | undefined;
let stopPacing: (() => void) | undefined;

function makeTemplate(device: string, metric: string): Template {
  const payload = `{"ts":1700000000000,"values":{"${metric}":10.0}}`;
  const { bytes, packetIdAt, payloadAt } = encodePublish(`telemetry/${device}`, payload);
  return { bytes, packetIdAt, tsAt: payloadAt + payload.indexOf('17'), valueAt: payloadAt + payload.indexOf('10.0') };
}

/** Sends `count` messages in one write. */
function send(publisher: Publisher, count: number): void {
  const parts: Buffer[] = [];
  for (let i = 0; i < count; i++) {
    const template = publisher.templates[publisher.next % publisher.templates.length];
    const value = VALUES[publisher.next % VALUES.length];
    if (template === undefined || value === undefined) return;
    const bytes = Buffer.from(template.bytes);
    bytes.writeUInt16BE(publisher.nextPacketId, template.packetIdAt);
    writeTimeDigits(bytes, template.tsAt, publisher.nextTsMs++);
    value.copy(bytes, template.valueAt);
    publisher.nextPacketId = publisher.nextPacketId === 0xffff ? 1 : publisher.nextPacketId + 1;
    publisher.next++;
    parts.push(bytes);
  }
  publisher.inFlight += count;
  sent += count;
  publisher.socket.write(parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts));
}

/** Brings the devices' clocks to the present, never back. */
function setClocks(): void {
  const nowMs = Date.now();
  for (const publisher of publishers) publisher.nextTsMs = Math.max(publisher.nextTsMs, nowMs);
}

function open(options: LoadOptions, index: number): Promise<Publisher> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: options.host, port: options.port, noDelay: true });
    const templates: Template[] = [];
    for (let i = index; i < options.devices.length; i += options.connections) {
      templates.push(makeTemplate(options.devices[i] ?? '', options.metric));
    }
    const publisher: Publisher = { socket, templates, next: 0, nextPacketId: 1, nextTsMs: 0, inFlight: 0 };
    const clientId = `${options.clientPrefix}${index}`;
    socket.on('connect', () => socket.write(encodeConnect({ clientId, keepaliveS: KEEPALIVE_S })));
    socket.on('error', reject);
    socket.on('close', () => {
      if (publishers.includes(publisher)) report({ type: 'lost', clientId });
    });
    let freed = 0;
    const read = createReplyReader({
      onConnack: (returnCode) => {
        if (returnCode === 0) resolve(publisher);
        else reject(new Error(`${clientId} was refused with code ${returnCode}`));
      },
      onPuback: () => {
        freed++;
      },
    });
    socket.on('data', (chunk) => {
      freed = 0;
      read(chunk);
      if (freed === 0) return;
      acknowledged += freed;
      publisher.inFlight -= freed;
      if (mode === 'window') send(publisher, windowSize - publisher.inFlight);
      else if (mode === 'idle') drained?.();
    });
  });
}

/** Sends `ratePerS` messages a second, spread over the publishers, in slices that make up for late timers. */
function pace(ratePerS: number): () => void {
  const startedAtMs = performance.now();
  let due = 0;
  let turn = 0;
  const timer = setInterval(() => {
    const wanted = ((performance.now() - startedAtMs) * ratePerS) / 1_000;
    for (; due < wanted; due++) {
      const publisher = publishers[turn++ % publishers.length];
      if (publisher !== undefined) send(publisher, 1);
    }
  }, PACED_SLICE_MS);
  return () => clearInterval(timer);
}

async function openAll(options: LoadOptions): Promise<void> {
  const opened: Publisher[] = [];
  // A listening socket's backlog is some hundreds; connecting in slices keeps a ramp of thousands from timing out.
  for (let from = 0; from < options.connections; from += 100) {
    const slice = Array.from({ length: Math.min(100, options.connections - from) }, (_, i) => open(options, from + i));
    opened.push(...(await Promise.all(slice)));
  }
  publishers = opened;
  setInterval(() => {
    for (const { socket } of publishers) socket.write(PINGREQ);
  }, KEEPALIVE_S * 500).unref();
}

function drain(): Promise<void> {
  const isEmpty = () => publishers.every(({ inFlight }) => inFlight === 0);
  return new Promise((resolve) => {
    drained = () => {
      if (isEmpty()) resolve();
    };
    drained();
  });
}

async function handle(command: LoadCommand): Promise<void> {
  switch (command.type) {
    case 'open':
      await openAll(command.options);
      break;
    case 'window':
      mode = 'window';
      windowSize = command.size;
      setClocks();
      for (const publisher of publishers) send(publisher, windowSize);
      break;
    case 'pace':
      mode = 'paced';
      setClocks();
      stopPacing = pace(command.ratePerS);
      break;
    case 'drain':
      mode = 'idle';
      stopPacing?.();
      await drain();
      break;
    case 'mark':
      break;
    case 'close': {
      const closing = publishers;
      publishers = [];
      for (const { socket } of closing) socket.end(DISCONNECT);
      process.disconnect();
      return;
    }
  }
  report({ type: 'done', sent, acknowledged, atMs: performance.timeOrigin + performance.now() });
}

process.on('message', (command: LoadCommand) => {
  handle(command).catch((error: unknown) => report({ type: 'failed', reason: String(error) }));
});
process.on('disconnect', () => process.exit(0));
