import type { Duplex } from 'node:stream';
import type { Clock } from '../lib/clock.ts';

export interface DoorOptions {
  readonly clock: Clock;
  readonly perSecondMax?: number;
  readonly perNetworkMax?: number;
  readonly max?: number;
  readonly onRefused: (network: string) => void;
}

/**
 * Lets new connections in at a rate, so that whoever is connected already is served at its usual pace while thousands
 * come at once: after a power cut, or because somebody means ill. The networks that come take turns, so one that sends
 * thousands delays its own.
 */
export interface Door {
  /** Calls `enter` when it is the stream's turn, at once if nobody is waiting. */
  arrive(stream: Duplex, network: string, enter: () => void): void;
  waiting(): number;
  close(): void;
}

/** 20,000 devices are back within 40 s, for a tenth of a processor. */
const PER_SECOND = 500;
const TURN_MS = 4;
const WAITING_PER_NETWORK_MAX = 5_000;
const WAITING_MAX = 20_000;

export function createDoor(options: DoorOptions): Door {
  const { clock } = options;
  const perTurn = Math.max(1, Math.round(((options.perSecondMax ?? PER_SECOND) * TURN_MS) / 1_000));
  const perNetworkMax = options.perNetworkMax ?? WAITING_PER_NETWORK_MAX;
  const max = options.max ?? WAITING_MAX;
  /** In the order of their turns; each network's streams in the order in which they came. */
  const networks = new Map<string, Map<Duplex, () => void>>();
  let waiting = 0;
  let left = perTurn;
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
        left--;
        enter();
        return;
      }
    }
  }

  function turn(): void {
    cancelTurn = undefined;
    left = perTurn;
    while (left > 0 && waiting > 0) enterNext();
    if (left < perTurn) cancelTurn = clock.after(TURN_MS, turn);
  }

  return {
    arrive(stream, network, enter) {
      if (waiting === 0 && left > 0) {
        left--;
        cancelTurn ??= clock.after(TURN_MS, turn);
        enter();
        return;
      }
      const streams = networks.get(network) ?? new Map<Duplex, () => void>();
      if (streams.size >= perNetworkMax || waiting >= max) {
        stream.destroy();
        options.onRefused(network);
        return;
      }
      networks.set(network, streams.set(stream, enter));
      waiting++;
      stream.once('close', () => forget(network, stream));
    },
    waiting: () => waiting,
    close() {
      cancelTurn?.();
      for (const streams of networks.values()) for (const stream of streams.keys()) stream.destroy();
    },
  };
}
