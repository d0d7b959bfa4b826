import type { Socket } from 'node:net';
import type { Log } from '../../lib/log.ts';
import { createTurns } from '../../lib/turns.ts';
import type { Source } from '../../model/source.ts';
import type { Trouble } from '../../model/source-state.ts';
import { type Commands, createCommands } from './commands.ts';
import { createDatagrams } from './datagrams.ts';
import { createHearing, type HearingOptions } from './hearing.ts';
import { createLeave, createLines, type Line } from './lines.ts';
import type { Speaker } from './speaker.ts';

/**
 * What line protocols over TCP share: a device connects and sends frames, each names the device, and each is answered when
 * it is on disk. There is no log-in, so where a device has a secret its frames must give it, and otherwise whoever reaches
 * the listener may speak for it (docs/devices).
 *
 * Bounds: of connections in all and by network, of what is kept of one while its frame is not whole, of frames that wait for
 * the disk, of the time a frame may take to come in, and of the time without any.
 */
export interface LineSourceOptions extends Omit<HearingOptions, 'publishesPerSecondMax' | 'talk' | 'commands'> {
  readonly log: Log;
  readonly limits: LineLimits;
}

export interface LineLimits {
  readonly connectionsMax: number;
  readonly connectionsPerAddressMax: number;
  readonly publishesPerSecondMax: number;
}

export interface LineSource extends Source {
  /** Tells devices something; left out where a protocol has no commands. */
  readonly commands?: Pick<Commands, 'tell' | 'commandable'>;
  /** Gives the port; rejects when it cannot be had. */
  listen(at: { readonly host: string; readonly port: number }): Promise<number>;
  /** Connections that are open. */
  size(): number;
  /** What went wrong last with one of them. */
  trouble(): Trouble | null;
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
/** What is taken of one connection in a turn of the event loop, frames and bytes; then it is the others' turn. */
const TURN_FRAMES_MAX = 8;
const TURN_BYTES_MAX = 16 * 1_024;
/** Of the time of connections that have more; half of it is for everybody else, however many they are. */
const OTHERS_SHARE = 1;
/** Answers that a device does not fetch. */
const UNSENT_BYTES_MAX = 64 * 1_024;
export function createLineSource(options: LineSourceOptions): LineSource {
  const { clock, protocol, limits } = options;
  const { publishesPerSecondMax } = limits;
  const talk = protocol.talk();
  const commands = createCommands({ ...options, talk });
  const hear = createHearing({ ...options, publishesPerSecondMax, talk, commands });
  const datagrams = protocol.hasDatagrams === true ? createDatagrams({ ...options, hear }) : undefined;
  const lines = createLines({ ...options, name: protocol.name, open: createLine });
  const turns = createTurns(clock, OTHERS_SHARE);
  let isClosed = false;

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
    /** It has had its turn. */
    let isLater = false;
    let isReading = false;
    let awaits: Awaited = 'a frame';
    let cancelLimit = clock.after(LIMIT_MS[awaits], () => end('no frame came in time'));
    const leave = createLeave();
    const line: Line = { devices: new Set(), end: () => end() };

    function end(why?: string): void {
      if (socket.destroyed) return;
      isBroken = true;
      if (why !== undefined) lines.tell(address, why);
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
      isOpen: () => !isClosed && !socket.destroyed && socket.writable,
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
      if (device !== undefined) lines.own(line, device);
      if (waitMs === 0) return;
      cancelRest = clock.after(waitMs, () => {
        cancelRest = undefined;
        readOn();
      });
    }

    /** Takes the frames that are there, as far as the disk and the device's rate go; then reads on. */
    function readOn(): void {
      // What is on disk at once asks to go on from within.
      if (isLater || isReading) return;
      isReading = true;
      let hasFrame = false;
      let frames = 0;
      let bytes = 0;
      while (!socket.destroyed && !isFull() && cancelRest === undefined && !isLater) {
        const next = protocol.next(pending);
        const skipped = next.kind === 'frame' ? next.start : next.keepFrom;
        garbage += skipped;
        if (next.kind === 'more') {
          pending = Buffer.from(pending.subarray(skipped));
          if (pending.length > protocol.frameBytesMax) {
            garbage += pending.length;
            pending = Buffer.alloc(0);
          }
          if (garbage > GARBAGE_BYTES_MAX) end('it speaks another protocol');
          break;
        }
        garbage = 0;
        hasFrame = hasSpoken = true;
        const frame = pending.subarray(next.start, next.end);
        pending = pending.subarray(next.end);
        take(frame);
        bytes += next.end;
        isLater = ++frames === TURN_FRAMES_MAX || bytes >= TURN_BYTES_MAX;
      }
      isReading = false;
      if (socket.destroyed) return;
      watch(hasFrame);
      if (isLater) {
        turns.next(() => {
          isLater = false;
          readOn();
        });
      }
      if (isFull() || cancelRest !== undefined || isLater) socket.pause();
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
      commands.gone(line.devices, speaker);
      pending = Buffer.alloc(0);
    });
    return line;
  }

  return {
    async listen({ host, port: wanted }) {
      const port = await lines.listen({ host, port: wanted });
      await datagrams?.listen({ host, port });
      return port;
    },
    ...(talk.tell === undefined ? {} : { commands }),
    size: lines.size,
    trouble: lines.trouble,
    connections: lines.count,
    disconnect: lines.end,
    forget: lines.end,
    async close() {
      isClosed = true;
      commands.close();
      await Promise.all([lines.close(), datagrams?.close()]);
    },
  };
}
