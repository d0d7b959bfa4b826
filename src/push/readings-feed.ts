import type { Clock } from '../lib/clock.ts';
import type { LiveReading } from '../wire/live.ts';
import { type Conflated, fold, foldAll, readingsFrame } from './conflate.ts';

/** Live readings, best effort: who has subscribed is sent the newest of each series, a few times a second. */

export interface Subscription {
  readonly points: ReadonlySet<string> | '*';
  /** The same for equal subscriptions, so that their frame is made once. */
  readonly key: string;
}

/** What a client has here; only the feed changes it. */
export interface Subscriber {
  readonly sink: { send(frame: Buffer): void };
  subscription: Subscription | undefined;
  /** Readings merged while the client could not take them. */
  held: Conflated;
}

export interface ReadingsFeed<C extends Subscriber> {
  /** In place of what the client asked for before; undefined: nothing. */
  subscribe(client: C, subscription: Subscription | undefined): void;
  publish(readings: readonly LiveReading[]): void;
  close(): void;
}

/** Four frames of readings a second at most (CONTRACT), with some room for a network that squeezes them together. */
const PERIOD_MS = 260;

/** `mustWait`: the client can take no readings at present, so that they are merged for it. */
export function createReadingsFeed<C extends Subscriber>(
  clock: Clock,
  mustWait: (client: C) => boolean,
): ReadingsFeed<C> {
  const pending: Conflated = new Map();
  const subscribers = new Set<C>();
  /** How many clients listed a point; points nobody asked for cost one look-up. */
  const listed = new Map<string, number>();
  let subscribedToAll = 0;
  let flushedAtMs = Number.NEGATIVE_INFINITY;
  let cancelFlush: (() => void) | undefined;

  function subscribe(client: C, subscription: Subscription | undefined): void {
    const count = (points: ReadonlySet<string> | '*', by: 1 | -1) => {
      if (points === '*') {
        subscribedToAll += by;
        return;
      }
      for (const point of points) {
        const total = (listed.get(point) ?? 0) + by;
        if (total === 0) listed.delete(point);
        else listed.set(point, total);
      }
    };
    if (client.subscription !== undefined) count(client.subscription.points, -1);
    if (subscription !== undefined) count(subscription.points, 1);
    client.subscription = subscription;
    client.held = new Map();
    if (subscription === undefined) subscribers.delete(client);
    else subscribers.add(client);
  }

  function flush(): void {
    cancelFlush = undefined;
    flushedAtMs = clock.steadyMs();
    const shared = new Map<string, Buffer | undefined>();
    let someHeld = false;
    for (const client of subscribers) {
      const subscription = client.subscription;
      if (subscription === undefined) continue;
      if (mustWait(client)) {
        foldAll(client.held, pending, subscription.points);
        someHeld ||= client.held.size > 0;
        continue;
      }
      let frame: Buffer | undefined;
      if (client.held.size > 0) {
        foldAll(client.held, pending, subscription.points);
        frame = readingsFrame(client.held, '*');
        client.held = new Map();
      } else {
        if (!shared.has(subscription.key)) {
          shared.set(subscription.key, readingsFrame(pending, subscription.points));
        }
        frame = shared.get(subscription.key);
      }
      if (frame !== undefined) client.sink.send(frame);
    }
    pending.clear();
    if (someHeld) cancelFlush = clock.after(PERIOD_MS, flush);
  }

  function scheduleFlush(): void {
    if (cancelFlush !== undefined) return;
    const waitMs = flushedAtMs + PERIOD_MS - clock.steadyMs();
    if (waitMs <= 0) flush();
    else cancelFlush = clock.after(waitMs, flush);
  }

  return {
    subscribe,
    publish(readings) {
      if (subscribers.size === 0) return;
      for (const reading of readings) {
        if (reading.quality === 'late') continue;
        if (subscribedToAll === 0 && !listed.has(reading.point)) continue;
        fold(pending, reading);
      }
      if (pending.size > 0) scheduleFlush();
    },
    close: () => cancelFlush?.(),
  };
}
