import type { Duplex } from 'node:stream';
import type { Clock } from './clock.ts';

export interface DoorOptions {
  readonly clock: Clock;
  readonly perSecondMax?: number;
  /** So many enter without waiting when nobody has come for a while. */
  readonly atOnceMax?: number;
  readonly perNetworkMax?: number;
  readonly max?: number;
  readonly onRefused: (network: string) => void;
}

/**
 * Lets new connections in at a rate, so that whoever is connected already is served at its usual pace while thousands
 * come at once: after a power cut, or because somebody means ill. The networks that come take turns, so one that sends
 * thousands delays its own. On a slow machine the rate is what a small share of the time allows.
 */
export interface Door {
  /** Calls `enter` when it is the stream's turn, at once if nobody is waiting. After `close` it ends the stream. */
  arrive(stream: Duplex, network: string, enter: () => void): void;
  waiting(): number;
  close(): void;
}

/** 20,000 devices are back within 40 s, for a tenth of a processor. */
const PER_SECOND = 500;
const TURN_MS = 4;
/** What letting them in took is left to everybody else so many times over. */
const OTHERS_SHARE = 8;
/** One that took long because the machine stood still keeps the next ones no longer than this. */
const TURN_MAX_MS = 100;
const WAITING_PER_NETWORK_MAX = 5_000;
const WAITING_MAX = 20_000;

export function createDoor(options: DoorOptions): Door {
  const { clock } = options;
  const perTurn = Math.max(1, Math.round(((options.perSecondMax ?? PER_SECOND) * TURN_MS) / 1_000));
  const atOnceMax = options.atOnceMax ?? perTurn;
  const perNetworkMax = options.perNetworkMax ?? WAITING_PER_NETWORK_MAX;
  const max = options.max ?? WAITING_MAX;
  /** In the order of their turns; each network's streams in the order in which they came. */
  const networks = new Map<string, Map<Duplex, () => void>>();
  let waiting = 0;
  let left = atOnceMax;
  let spentMs = 0;
  let isClosed = false;
  let cancelTurn: (() => void) | undefined;

  function forget(network: string, stream: Duplex): void {
    const streams = networks.get(network);
    if (streams?.delete(stream) !== true) return;
    waiting--;
    if (streams.size === 0) networks.delete(network);
  }

  function enterNext(): void {
    for (const [network, streams] of networks) {
      for (const [stream, enter] of streams) {
        forget(network, stream);
        // To the end of the line with those of its network that are left.
        if (streams.size > 0) {
          networks.delete(network);
          networks.set(network, streams);
        }
        if (stream.destroyed) return;
        letIn(enter);
        return;
      }
    }
  }

  function letIn(enter: () => void): void {
    left--;
    const startMs = clock.steadyMs();
    enter();
    spentMs += clock.steadyMs() - startMs;
  }

  function scheduleTurn(): void {
    cancelTurn = clock.after(Math.min(Math.max(TURN_MS, spentMs * OTHERS_SHARE), TURN_MAX_MS), turn);
    spentMs = 0;
  }

  function turn(): void {
    cancelTurn = undefined;
    left = Math.min(atOnceMax, left + perTurn);
    while (left > 0 && waiting > 0) enterNext();
    if (left < atOnceMax) scheduleTurn();
  }

  return {
    arrive(stream, network, enter) {
      if (!isClosed && waiting === 0 && left > 0) {
        letIn(enter);
        if (cancelTurn === undefined) scheduleTurn();
        return;
      }
      const streams = networks.get(network) ?? new Map<Duplex, () => void>();
      if (isClosed || streams.size >= perNetworkMax || waiting >= max) {
        stream.destroy();
        if (!isClosed) options.onRefused(network);
        return;
      }
      networks.set(network, streams.set(stream, enter));
      waiting++;
      stream.once('close', () => forget(network, stream));
    },
    waiting: () => waiting,
    close() {
      isClosed = true;
      cancelTurn?.();
      for (const streams of networks.values()) for (const stream of streams.keys()) stream.destroy();
    },
  };
}
