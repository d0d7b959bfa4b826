import { CLOSE_TOO_SLOW, CLOSE_UNAUTHENTICATED } from '../../model/close-codes.ts';
import type { ClientFrame } from '../../wire/live.ts';
import type { AlertBook } from './alert-book.ts';
import { type HeardFrame, parseFrame } from './frames.ts';

/** Silence after which the screen may no longer be believed: two heartbeats of 5 s. */
export const STALE_AFTER_MS = 10_000;
/** Silence after which an open socket is taken for dead, as when a cable was pulled: nothing closes it then. */
const DEAD_AFTER_MS = 15_000;
const BACK_OFF_FIRST_MS = 500;
const BACK_OFF_MAX_MS = 10_000;

export type Phase = 'connecting' | 'live' | 'waiting' | 'signed-out' | 'stopped';

/** The part of a browser's WebSocket that is used; tests put their own behind it. */
export interface Socket {
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  readonly readyState: number;
  send(text: string): void;
  close(): void;
}

const OPEN = 1;

export interface ConnectionOptions {
  readonly book: AlertBook;
  /** Opens a socket; `since` is the last event this console has, `log` the log it is of. */
  readonly open: (since: number | null, log: string | null) => Socket;
  /** Whether the server still knows the session; asked when a connection fails before it is open. */
  readonly signedIn: () => Promise<boolean>;
  readonly monotonicMs: () => number;
  readonly random: () => number;
  readonly onFrame: (frame: HeardFrame) => void;
  readonly onPhase: (phase: Phase) => void;
}

export interface Connection {
  start(): void;
  stop(): void;
  /** Sent now when the socket is open. Subscriptions are repeated after each reconnect. */
  subscribe(readings: readonly string[] | '*'): void;
  seen(seq: number): void;
  /** Time since anything came from the server, ms. */
  silenceMs(): number;
  /** To be called every second or so: notices a dead socket. */
  check(): void;
}

/**
 * Keeps one live connection: resumes with the last sequence number, notices gaps, silence and dead sockets, backs off
 * with jitter so that a hundred consoles do not fall upon a server that has just come back.
 */
export function createConnection(options: ConnectionOptions): Connection {
  const { book } = options;
  let socket: Socket | null = null;
  let wanted = false;
  let isOpen = false;
  let failures = 0;
  let retryTimer: ReturnType<typeof setTimeout> | undefined;
  let lastHeardMs = options.monotonicMs();
  let attemptMs = lastHeardMs;
  let subscription: readonly string[] | '*' = [];
  /** The number of a heartbeat that was ahead of us; if it still is at the next one, events are missing. */
  let aheadSeq: number | null = null;
  let resumable = true;

  function send(frame: ClientFrame): void {
    // A socket that is closing has not said so yet, and a browser complains of what is sent then.
    if (isOpen && socket?.readyState === OPEN) socket.send(JSON.stringify(frame));
  }

  function sendSubscription(): void {
    if (subscription === '*' || subscription.length > 0) send({ type: 'subscribe', readings: subscription });
    else send({ type: 'unsubscribe' });
  }

  function connect(): void {
    clearTimeout(retryTimer);
    options.onPhase('connecting');
    aheadSeq = null;
    attemptMs = options.monotonicMs();
    const current = options.open(resumable ? book.seq() : null, book.log());
    socket = current;
    let opened = false;
    current.onopen = () => {
      if (current !== socket) return;
      opened = true;
      isOpen = true;
      sendSubscription();
    };
    current.onmessage = ({ data }) => {
      if (current === socket && typeof data === 'string') receive(data);
    };
    current.onclose = ({ code }) => {
      if (current === socket) void closed(opened, code);
    };
  }

  function receive(text: string): void {
    const frame = parseFrame(text);
    if (frame === undefined) return;
    lastHeardMs = options.monotonicMs();
    failures = 0;
    resumable = true;
    options.onPhase('live');
    if (frame.type === 'snapshot')
      book.replace(frame.seq, [...frame.alerts, ...(frame.responding ?? [])], frame.log ?? null);
    if (frame.type === 'event') {
      const outcome = book.apply(frame);
      if (outcome === 'gap') reconnectNow();
      if (outcome !== 'applied') return;
    }
    if (frame.type === 'heartbeat' && !heartbeatFits(frame.seq, frame.log ?? null)) return;
    options.onFrame(frame);
  }

  /** False when the heartbeat shows that this console and the server no longer speak of the same log. */
  function heartbeatFits(seq: number, log: string | null): boolean {
    const last = book.seq();
    if (last === null) return true;
    const known = book.log();
    if (seq < last || (log !== null && known !== null && log !== known)) {
      // A shorter log than ours, or one of another name: the server was restored. Only a fresh snapshot can be right.
      resumable = false;
      reconnectNow();
      return false;
    }
    if (aheadSeq !== null && last < aheadSeq) {
      reconnectNow();
      return false;
    }
    aheadSeq = seq > last ? seq : null;
    return true;
  }

  function drop(): void {
    const old = socket;
    socket = null;
    isOpen = false;
    old?.close();
  }

  function reconnectNow(): void {
    drop();
    if (wanted) connect();
  }

  async function closed(opened: boolean, code: number): Promise<void> {
    socket = null;
    isOpen = false;
    if (!wanted) return;
    options.onPhase('waiting');
    // A refused upgrade looks like a broken network to a browser; only a plain request can tell them apart.
    if ((!opened || code === CLOSE_UNAUTHENTICATED) && !(await options.signedIn())) {
      if (!wanted) return;
      wanted = false;
      options.onPhase('signed-out');
      return;
    }
    if (!wanted || socket !== null) return;
    const ceilingMs = Math.min(BACK_OFF_MAX_MS, BACK_OFF_FIRST_MS * 2 ** failures);
    const delayMs = code === CLOSE_TOO_SLOW ? 0 : ceilingMs * (0.5 + options.random() / 2);
    failures = Math.min(failures + 1, 10);
    retryTimer = setTimeout(connect, delayMs);
  }

  return {
    start() {
      if (wanted) return;
      wanted = true;
      failures = 0;
      lastHeardMs = options.monotonicMs();
      connect();
    },
    stop() {
      wanted = false;
      clearTimeout(retryTimer);
      drop();
      options.onPhase('stopped');
    },
    subscribe(readings) {
      subscription = readings;
      sendSubscription();
    },
    seen: (seq) => send({ type: 'seen', seq }),
    silenceMs: () => options.monotonicMs() - lastHeardMs,
    check() {
      if (wanted && socket !== null && options.monotonicMs() - Math.max(lastHeardMs, attemptMs) > DEAD_AFTER_MS) {
        reconnectNow();
      }
    },
  };
}
