import type { Duplex } from 'node:stream';
import type { Clock } from './clock.ts';

export interface WaitingRoomOptions {
  readonly clock: Clock;
  readonly perNetworkMax: number;
  readonly max: number;
  /** How long one may stay; without it, as long as there is room. */
  readonly waitMs?: number;
  readonly onTurnedOut: (network: string, why: 'crowded' | 'late') => void;
}

/**
 * Where connections are until it is known whose they are. There is room for so many, and for so many of one network; the
 * one that has been there longest makes room, not the newcomer: who means it says who it is within a moment, and who
 * only takes up room has been there for long. So strangers can take places from one another and from nobody else.
 */
export interface WaitingRoom {
  /** One that is there already goes to the end, as if it had come just now. */
  add(stream: Duplex, network: string): void;
  /** It is known who it is; the stream's end is told as well. */
  leave(stream: Duplex): void;
  size(): number;
  close(): void;
}

const LOOK_MS = 1_000;

interface Waiting {
  readonly network: string;
  readonly sinceMs: number;
}

export function createWaitingRoom(options: WaitingRoomOptions): WaitingRoom {
  const { clock, perNetworkMax, max, waitMs } = options;
  /** Who came first stands first, here and in each network. */
  const waiting = new Map<Duplex, Waiting>();
  const networks = new Map<string, Set<Duplex>>();

  function leave(stream: Duplex): void {
    const found = waiting.get(stream);
    if (found === undefined) return;
    waiting.delete(stream);
    const streams = networks.get(found.network);
    streams?.delete(stream);
    if (streams?.size === 0) networks.delete(found.network);
  }

  function turnOut(streams: Iterable<Duplex>, why: 'crowded' | 'late'): void {
    for (const stream of streams) {
      const network = waiting.get(stream)?.network ?? 'unknown';
      leave(stream);
      stream.destroy();
      options.onTurnedOut(network, why);
      return;
    }
  }

  const stop = clock.every(LOOK_MS, () => {
    if (waitMs === undefined) return;
    const untilMs = clock.steadyMs() - waitMs;
    for (const [stream, { sinceMs }] of waiting) {
      if (sinceMs > untilMs) return;
      turnOut([stream], 'late');
    }
  });

  return {
    add(stream, network) {
      const isNew = !waiting.has(stream);
      leave(stream);
      const streams = networks.get(network) ?? new Set();
      if (streams.size >= perNetworkMax) turnOut(streams, 'crowded');
      else if (waiting.size >= max) turnOut(waiting.keys(), 'crowded');
      networks.set(network, streams.add(stream));
      waiting.set(stream, { network, sinceMs: clock.steadyMs() });
      if (isNew) stream.once('close', () => leave(stream));
    },
    leave,
    size: () => waiting.size,
    close: stop,
  };
}
