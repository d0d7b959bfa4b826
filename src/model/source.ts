import type { QuarantineEntry } from './entry.ts';
import type { Route, RouteOf } from './route.ts';
import type { UnreleasedChange } from './unreleased.ts';

/**
 * The seam of sources: what listens to devices, in whatever protocol, and hands their messages on. The broker is the first.
 *
 * Lifecycle: a source is started with `SourceOptions`, before anything can come in; it listens last of all, when the server
 * has caught up with its journal; `close` ends its connections, and nothing is handed on after it. In between, for each
 * message:
 * 1. The source knows who speaks (from credentials, a registration, an address) and of which device, and refuses the rest
 *    by itself: nothing is handed on that its sender may not say. A device that sends faster than it may is slowed down
 *    (lib/token-bucket.ts); nothing of it is dropped.
 * 2. `ingest` takes it, at once and without ever throwing, whether or not it can be read. Until its `done` is called the
 *    source remembers what it needs to answer, and bounds how much that is by reading no further.
 * 3. `done(null)`: it is on disk. Only now may the device be told that it has arrived, in the words of its protocol.
 *    `done(error)`: it is not, and the device must not believe so: no answer, and the connection ends, so that it sends
 *    again. `done` is called exactly once for each message; those that are on disk are told in the order in which they were
 *    handed on.
 * What a protocol wants kept with a message (the ledger of QoS 2) goes along with it, into the same transaction.
 */
export interface Source {
  /** Connections a device has open. */
  connections(device: string): number;
  /** Ends a device's connections, because what it may do or its secret changed. What it left for later stays its own. */
  disconnect(device: string): void;
  /** Ends a removed device's connections and forgets what it left, so that no later device of that id inherits it. */
  forget(device: string): void;
  close(): Promise<void>;
}

export interface SourceOptions {
  /** The route of a topic that devices publish to. A protocol without topics has a route of its own. */
  readonly routeOf: RouteOf;
  readonly ingest: Ingest;
}

export type Ingest = (message: DeviceMessage, done: (error: Error | null) => void) => void;

/** What a device has sent, as it came. */
export interface DeviceMessage {
  /** Says in what format it is read. */
  readonly route: Route;
  /** The device; of a message that is opened to see whose it is, who sends it. */
  readonly device: string;
  readonly topic: string;
  readonly payload: Uint8Array;
  /** The connection it came over; left out where every message is answered before the next one is sent. */
  readonly connection?: Connection | undefined;
  /** That it may have come before, says who sent it. */
  readonly isDuplicate?: boolean | undefined;
  /** The size of the payload, where it was larger than can be taken and `payload` is only its beginning. */
  readonly oversizedBytes?: number | undefined;
  /** Of a message that is opened: whether its sender may speak for a device. */
  readonly mayFeed?: ((device: string) => boolean) | undefined;
  /** What must be written in one transaction with it: its place in the ledger of QoS 2. */
  readonly unreleased?: readonly UnreleasedChange[] | undefined;
  /** Told at once, before `done`, what could be read of it: for a protocol whose answer says so. */
  readonly onRead?: ((read: ReadSummary) => void) | undefined;
}

/** What became of a message. */
export interface ReadSummary {
  /** Readings in it, those included that came before. */
  readonly readings: number;
  /** Why it, or a part of it, could not be read and is kept in quarantine; null when all of it could. */
  readonly quarantined: Pick<QuarantineEntry, 'reason' | 'why'> | null;
}

/** A connection of a device; the same object for all that comes over it. */
export interface Connection {
  /** Whether the device has taken its leave. Then it knows what became of all that it sent, and sends nothing again. */
  readonly endedWell: boolean;
}
