import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Alert, AlertEvent } from '../model/alert.ts';
import type { LogPlace } from '../model/log-place.ts';
import type { Channel, ChannelState } from './channel.ts';

export interface ChannelFollowerOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly channel: Channel;
  /** The name of the alert log. */
  readonly logName: string;
  readonly alerts: {
    open(): readonly Alert[];
    /** Entries with seq > after, oldest first, without a gap; fewer while the log cannot be written. */
    events(after: number, limit: number): readonly AlertEvent[];
    headSeq(): number;
  };
  readonly places: {
    place(follower: string): LogPlace | undefined;
    keepPlace(follower: string, place: LogPlace): void;
  };
}

/** Leads a channel through the alert log, as channel.ts promises. */
export interface ChannelFollower {
  /** New entries, at once when they are made. Before `start` they are only remembered. */
  offer(events: readonly AlertEvent[]): void;
  /** The log is as it was when the server ended: from here on the channel tells. */
  start(): void;
  state(): ChannelState;
  /** Keeps the place. What is under way counts as not told. */
  close(): void;
}

const ENTRIES_AT_ONCE = 256;
/** Entries kept in memory, so that a channel that keeps up never reads from disk, and goes on while nothing can be written. */
const RECENT_MAX = 4_096;
const RETRY_MS = 2_000;
/** Places are kept once for all that is told in so long: after a crash, so much is told again. */
const KEEP_EVERY_MS = 200;
/** A channel that has not answered for so long is said to be failing, though it may yet answer. */
const SLOW_MS = 60_000;

export function startChannelFollower(options: ChannelFollowerOptions): ChannelFollower {
  const { clock, log, channel, logName, alerts, places } = options;
  /** The last entries that were made, without a gap. */
  let recent: AlertEvent[] = [];
  /** The seq that is to be told next; 0 before the start. */
  let next = 0;
  let hasBegun = false;
  let isRunning = false;
  /** Since when a call is under way. */
  let calledAtMs: number | undefined;
  let failure: string | null = null;
  let cancelRetry: (() => void) | undefined;
  let cancelKeep: (() => void) | undefined;
  let isClosed = false;

  /** What comes next, from memory or from the log; nothing while it is in neither. */
  function entries(): readonly AlertEvent[] {
    const first = recent[0]?.seq;
    if (first !== undefined && first <= next) return recent.slice(next - first, next - first + ENTRIES_AT_ONCE);
    if (next > alerts.headSeq()) return [];
    const read = alerts.events(next - 1, ENTRIES_AT_ONCE);
    return read[0]?.seq === next ? read : [];
  }

  async function call(work: () => Promise<void>): Promise<void> {
    calledAtMs = clock.steadyMs();
    try {
      await work();
    } finally {
      calledAtMs = undefined;
    }
  }

  async function pump(): Promise<void> {
    if (next === 0 || isRunning || cancelRetry !== undefined || isClosed) return;
    isRunning = true;
    try {
      if (!hasBegun) {
        await call(() => channel.begin(alerts.open()));
        hasBegun = true;
      }
      for (let events = entries(); events.length > 0 && !isClosed; events = entries()) {
        const told = events;
        await call(() => channel.deliver(told));
        if (isClosed) return;
        next += told.length;
        cancelKeep ??= clock.after(KEEP_EVERY_MS, keep);
        if (failure !== null) log.info({ channel: channel.name }, 'the channel works again');
        failure = null;
      }
      if (failure !== null && next > alerts.headSeq()) failure = null;
    } catch (error) {
      const isFirst = failure === null;
      failure = error instanceof Error ? error.message : String(error);
      if (isFirst)
        log.warn({ channel: channel.name, err: error }, 'a channel fails; it is tried again and skips nothing');
      if (!isClosed) cancelRetry = clock.after(RETRY_MS, again);
    } finally {
      isRunning = false;
    }
  }

  function again(): void {
    cancelRetry = undefined;
    void pump();
  }

  function keep(): void {
    cancelKeep?.();
    cancelKeep = undefined;
    try {
      places.keepPlace(channel.name, { log: logName, seq: next - 1 });
    } catch (error) {
      // On a full disk the channel goes on; after a crash it would tell more of it again.
      log.warn({ channel: channel.name, err: error }, 'the place of a channel could not be kept');
    }
  }

  return {
    offer(events) {
      const first = events[0];
      if (first === undefined) return;
      if (recent.at(-1)?.seq !== first.seq - 1) recent = [];
      recent.push(...events);
      if (recent.length > 2 * RECENT_MAX) recent = recent.slice(-RECENT_MAX);
      void pump();
    },

    start() {
      const head = alerts.headSeq();
      const place = places.place(channel.name);
      next = (place?.log === logName ? Math.min(place.seq, head) : head) + 1;
      keep();
      void pump();
    },

    state() {
      const isSlow = calledAtMs !== undefined && clock.steadyMs() - calledAtMs > SLOW_MS;
      return {
        name: channel.name,
        waiting: next === 0 ? 0 : Math.max(0, alerts.headSeq() - next + 1),
        failure: failure ?? (isSlow ? 'no answer for a minute' : null),
      };
    },

    close() {
      isClosed = true;
      cancelRetry?.();
      if (next > 0) keep();
    },
  };
}
