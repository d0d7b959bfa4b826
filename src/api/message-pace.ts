import type { Clock } from '../lib/clock.ts';
import { newBucket, type TokenBucket, takeToken } from '../lib/token-bucket.ts';
import type { Turns } from '../lib/turns.ts';

export interface MessagePaceOptions {
  readonly clock: Clock;
  /** Shared by all peers: what is large waits for a turn. */
  readonly turns: Turns;
  /** What the user has spent on what is large, over all its channels. */
  readonly bytes: TokenBucket;
  readonly hear: (text: string) => void;
  /** Stops and goes on reading from the peer; what was read already may still come in. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** More waits than any honest peer sends. */
  readonly onFlood: () => void;
}

export interface MessagePace {
  message(text: string): void;
  /** Something small came that is answered by itself, such as a ping. */
  ping(): void;
  close(): void;
}

/** A screen says what it shows with each of its frames, up to 120 times a second in a flood; five times that at once. */
const MESSAGES_PER_SECOND = 150;
/** A list of 2,000 points is some milliseconds of work. */
const LARGE_BYTES = 1_024;
const LARGE_BYTES_PER_SECOND = 128 * 1_024;
const HELD_MAX = 500;

/** Hears a peer's messages at a rate. What is above it waits in its order, and meanwhile nothing is read. */
export function paceMessages(options: MessagePaceOptions): MessagePace {
  const { clock, turns, bytes, hear, pause, resume, onFlood } = options;
  const bucket = newBucket();
  const held: string[] = [];
  /** Reading is held back; what has come in already waits. */
  let isHolding = false;
  let cancelWait: (() => void) | undefined;
  let isClosed = false;

  function hold(): void {
    if (!isHolding) pause();
    isHolding = true;
  }

  function waitFor(waitMs: number): void {
    hold();
    cancelWait = clock.after(waitMs, goOn);
  }

  /** Hears a message, now or when it is its turn; what comes behind it waits meanwhile. */
  function take(text: string): void {
    const waitMs = takeToken(bucket, MESSAGES_PER_SECOND, clock.steadyMs());
    if (text.length <= LARGE_BYTES) {
      hear(text);
      if (waitMs > 0) waitFor(waitMs);
      return;
    }
    hold();
    turns.next(() => {
      if (isClosed) return;
      hear(text);
      const bytesMs = takeToken(bytes, LARGE_BYTES_PER_SECOND, clock.steadyMs(), text.length);
      if (waitMs > 0 || bytesMs > 0) waitFor(Math.max(waitMs, bytesMs));
      else goOn();
    });
  }

  function goOn(): void {
    cancelWait = undefined;
    isHolding = false;
    for (let next = held.shift(); next !== undefined; next = held.shift()) {
      take(next);
      if (isHolding || isClosed) return;
    }
    resume();
  }

  function close(): void {
    isClosed = true;
    held.length = 0;
    cancelWait?.();
  }

  return {
    message(text) {
      if (isClosed) return;
      if (!isHolding) take(text);
      else if (held.length < HELD_MAX) held.push(text);
      else {
        close();
        onFlood();
      }
    },
    ping() {
      const waitMs = takeToken(bucket, MESSAGES_PER_SECOND, clock.steadyMs());
      if (waitMs > 0 && !isHolding && !isClosed) waitFor(waitMs);
    },
    close,
  };
}
