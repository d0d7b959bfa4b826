import { createServer, type Server, type Socket } from 'node:net';
import { addressGroup } from '../../lib/address.ts';
import { createLineLimit } from '../../lib/line-limit.ts';
import type { Log } from '../../lib/log.ts';
import type { Connection, Source } from '../../model/source.ts';
import { createDatagrams } from './datagrams.ts';
import { createHearing, type HearingOptions, type Speaker } from './hearing.ts';

/**
 * What line protocols over TCP share: a device connects and sends frames, each names the device, and each is answered when
 * it is on disk. There is no log-in, so where a device has a secret its frames must give it, and otherwise whoever reaches
 * the listener may speak for it (docs/devices).
 *
 * Bounds: of connections in all and by network, of what is kept of one while its frame is not whole, of frames that wait for
 * the disk, of the time a frame may take to come in, and of the time without any.
 */
export interface LineSourceOptions extends Omit<HearingOptions, 'publishesPerSecondMax'> {
  readonly log: Log;
  readonly limits: LineLimits;
}

export interface LineLimits {
  readonly connectionsMax: number;
  readonly connectionsPerAddressMax: number;
  readonly publishesPerSecondMax: number;
}

export interface LineSource extends Source {
  /** Gives the port; rejects when it cannot be had. */
  listen(at: { readonly host: string; readonly port: number }): Promise<number>;
  /** Connections that are open. */
  size(): number;
}

type Awaited = 'a frame' | 'anything';
const LIMIT_MS: Readonly<Record<Awaited, number>> = {
  /** Whoever has connected must say who it is, and a frame that has begun must come to its end. */
  'a frame': 60_000,
  /** A station that reports each hour is there all the time; one that says nothing for so long is gone. */
  anything: 3 * 3_600_000,
};
/** Frames of one connection that wait for the disk, and their bytes; then no more is read from it. */
const UNDER_WAY_MAX = 64;
const UNDER_WAY_BYTES_MAX = 256 * 1_024;
/** Bytes that belong to no frame, since the last frame; who sends more speaks another protocol. */
const GARBAGE_BYTES_MAX = 64 * 1_024;
/** Answers that a device does not fetch. */
const UNSENT_BYTES_MAX = 64 * 1_024;
/** Of one device; who opens more loses its first ones, as over MQTT. */
const PER_DEVICE_MAX = 16;
/** Devices that speak over one connection, such as that of a concentrator. */
const DEVICES_PER_CONNECTION_MAX = 1_024;
const LINES_PER_MINUTE = 60;

export function createLineSource(options: LineSourceOptions): LineSource {
  const { clock, log, protocol, limits } = options;
  const { publishesPerSecondMax } = limits;
  const hear = createHearing({ ...options, publishesPerSecondMax });
  const datagrams = protocol.hasDatagrams === true ? createDatagrams({ ...options, publishesPerSecondMax }) : undefined;
  const open = new Set<Line>();
  const perNetwork = new Map<string, number>();
  /** The connections over which each device speaks, the oldest first. */
  const devices = new Map<string, Set<Line>>();
  const mayLog = createLineLimit(clock, LINES_PER_MINUTE, (lines) =>
    log.warn({ protocol: protocol.name, lines }, 'events of connections that were too many to log'),
  );
  const server: Server = createServer({ allowHalfOpen: false }, accept);
  let isClosed = false;

  function tell(address: string, what: string): void {
    if (mayLog()) log.warn({ protocol: protocol.name, address }, what);
  }

  function accept(socket: Socket): void {
    const address = socket.remoteAddress ?? '';
    const network = addressGroup(address);
    const inNetwork = perNetwork.get(network) ?? 0;
    if (isClosed || open.size >= limits.connectionsMax || inNetwork >= limits.connectionsPerAddressMax) {
      socket.destroy();
      if (!isClosed) tell(address, 'connection refused: there are too many');
      return;
    }
    const line = createLine(socket, address);
    open.add(line);
    perNetwork.set(network, inNetwork + 1);
    socket.once('close', () => {
      open.delete(line);
      const left = (perNetwork.get(network) ?? 1) - 1;
      if (left === 0) perNetwork.delete(network);
      else perNetwork.set(network, left);
      for (const device of line.devices) disown(line, device);
    });
  }

  function disown(line: Line, device: string): void {
    const own = devices.get(device);
    own?.delete(line);
    if (own?.size === 0) devices.delete(device);
  }

  /** Notes that a device speaks over a connection. */
  function own(line: Line, device: string): void {
    if (line.devices.has(device)) return;
    line.devices.add(device);
    const lines = devices.get(device) ?? new Set();
    devices.set(device, lines.add(line));
    const [oldest] = lines.size > PER_DEVICE_MAX ? lines : [];
    oldest?.end();
    const [first] = line.devices.size > DEVICES_PER_CONNECTION_MAX ? line.devices : [];
    if (first === undefined) return;
    line.devices.delete(first);
    disown(line, first);
  }

  function createLine(socket: Socket, address: string): Line {
    let pending: Buffer<ArrayBufferLike> = Buffer.alloc(0);
    let garbage = 0;
    let underWay = 0;
    let underWayBytes = 0;
    let isBroken = false;
    /** Whether a frame has come. */
    let hasSpoken = false;
    /** Its rate is used up until then. */
    let cancelRest: (() => void) | undefined;
    let awaits: Awaited = 'a frame';
    let cancelLimit = clock.after(LIMIT_MS[awaits], () => end('no frame came in time'));
    const leave = createLeave();
    const line: Line = { devices: new Set(), end: () => end() };

    function end(why?: string): void {
      if (socket.destroyed) return;
      isBroken = true;
      if (why !== undefined) tell(address, why);
      socket.destroy();
    }

    /** Sets the limit anew when a frame has come or something else is waited for: bytes alone do not prolong a frame's. */
    function watch(hasFrame: boolean): void {
      const now: Awaited = pending.length > 0 || !hasSpoken ? 'a frame' : 'anything';
      if (!hasFrame && now === awaits && now === 'a frame') return;
      awaits = now;
      cancelLimit();
      cancelLimit = clock.after(LIMIT_MS[now], () => end(`waited too long for ${now}`));
    }

    const isFull = () => underWay >= UNDER_WAY_MAX || underWayBytes >= UNDER_WAY_BYTES_MAX;

    const speaker: Speaker = {
      address,
      connection: leave.connection,
      answer(answers) {
        if (isClosed) return;
        for (const bytes of answers) {
          if (socket.destroyed || !socket.writable) return;
          if (socket.writableLength > UNSENT_BYTES_MAX) return end('answers are not fetched');
          socket.write(bytes);
        }
      },
      begin(payloadBytes) {
        underWay++;
        underWayBytes += payloadBytes;
      },
      end(payloadBytes, error) {
        underWay--;
        underWayBytes -= payloadBytes;
        // The device must not believe what is not so; it connects and sends again.
        if (error !== null) end();
        else if (!isClosed) readOn();
      },
    };

    function take(frame: Uint8Array): void {
      const { device, waitMs } = hear(frame, speaker);
      if (device !== undefined) own(line, device);
      if (waitMs === 0) return;
      cancelRest = clock.after(waitMs, () => {
        cancelRest = undefined;
        readOn();
      });
    }

    /** Takes the frames that are there, as far as the disk and the device's rate go; then reads on. */
    function readOn(): void {
      let hasFrame = false;
      while (!socket.destroyed && !isFull() && cancelRest === undefined) {
        const next = protocol.next(pending);
        const skipped = next.kind === 'frame' ? next.start : next.keepFrom;
        garbage += skipped;
        if (next.kind === 'more') {
          pending = Buffer.from(pending.subarray(skipped));
          if (pending.length > protocol.frameBytesMax) {
            garbage += pending.length;
            pending = Buffer.alloc(0);
          }
          if (garbage > GARBAGE_BYTES_MAX) return end('it speaks another protocol');
          break;
        }
        garbage = 0;
        hasFrame = hasSpoken = true;
        const frame = pending.subarray(next.start, next.end);
        pending = pending.subarray(next.end);
        take(frame);
      }
      if (socket.destroyed) return;
      watch(hasFrame);
      if (isFull() || cancelRest !== undefined) socket.pause();
      else if (socket.isPaused()) socket.resume();
    }

    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      readOn();
    });
    socket.once('end', () => {
      if (!isBroken && underWay === 0 && pending.length === 0) leave.taken();
    });
    socket.once('close', () => {
      cancelLimit();
      cancelRest?.();
      pending = Buffer.alloc(0);
    });
    return line;
  }

  return {
    async listen({ host, port: wanted }) {
      const port = await listen(host, wanted);
      await datagrams?.listen({ host, port });
      return port;
    },
    size: () => open.size,
    connections: (device) => devices.get(device)?.size ?? 0,
    disconnect: endAll,
    forget: endAll,
    async close() {
      isClosed = true;
      for (const line of open) line.end();
      await datagrams?.close();
      if (server.listening) await new Promise((resolve) => void server.close(resolve));
    },
  };

  function listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        server.off('error', reject);
        server.on('error', (error) => log.error({ err: error, protocol: protocol.name }, 'listener'));
        const at = server.address();
        resolve(typeof at === 'object' && at !== null ? at.port : port);
      });
    });
  }

  function endAll(device: string): void {
    for (const line of [...(devices.get(device) ?? [])]) line.end();
  }
}

/** What is remembered of a connection when it has ended is no more than this. */
function createLeave(): { readonly connection: Connection; taken(): void } {
  let isTaken = false;
  const connection = {
    get endedWell() {
      return isTaken;
    },
  };
  return {
    connection,
    taken() {
      isTaken = true;
    },
  };
}

/** A connection. */
interface Line {
  /** The devices that speak over it. */
  readonly devices: Set<string>;
  end(): void;
}
