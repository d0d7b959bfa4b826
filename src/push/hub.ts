import type { Clock } from '../lib/clock.ts';
import type { Alert, AlertEvent } from '../model/alert.ts';
import { CLOSE_TOO_SLOW } from '../model/close-codes.ts';
import type { LiveReading } from '../wire/live.ts';
import { frameOf } from './frame.ts';
import { parseClientMessage } from './messages.ts';
import { createReadingsFeed, type Subscriber } from './readings-feed.ts';
import { createRecentFrames } from './recent-frames.ts';

/** Where the frames of one client go: a WebSocket, or an array in a test. */
export interface LiveSink {
  /** Takes one text frame (UTF-8). Frames are shared between clients and must not be changed. */
  send(frame: Buffer): void;
  /** Bytes taken by `send` that the network has not taken yet. */
  bufferedBytes(): number;
  close(code: number, reason: string): void;
}

export interface LiveConnection {
  /** A text message of the client. */
  onMessage(text: string): void;
  /** The client is gone; nothing is sent any more. */
  close(): void;
}

export interface HubOptions {
  readonly clock: Clock;
  /** The name of the alert log. */
  readonly log: string;
  /** The alert log. An event is readable here before it is published, unless the log can't be written at present. */
  readonly alerts: {
    open(): readonly Alert[];
    /** Closed alerts whose response goes on. */
    responding(): readonly Alert[];
    /** Entries with seq > after, oldest first, without a gap. */
    events(after: number, limit: number): readonly AlertEvent[];
    headSeq(): number;
  };
  /** A person's screen has shown everything up to `seq`. */
  readonly onSeen?: (seen: { readonly user: string; readonly seq: number; readonly atMs: number }) => void;
  readonly heartbeatMs?: number;
  /** Above this many unsent bytes a client gets no readings and heartbeats, and events page by page from the log. */
  readonly highWaterBytes?: number;
  /** A client for which this many bytes of new events had to wait in the log is disconnected with 4408. */
  readonly backlogBytesMax?: number;
}

export interface Hub {
  /**
   * Adds a client. It is sent a snapshot, or with `since` the events it has missed when the log still has them (and a
   * heartbeat when it has them all), and from then on everything that is published. `sink.send` is called before this returns.
   * `log` is the log that `since` is of; without it, this one.
   */
  attach(
    sink: LiveSink,
    options: { readonly since?: number | undefined; readonly log?: string | undefined; readonly user: string },
  ): LiveConnection;
  /** Called right after the events were committed. Every client that keeps up has them when this returns. */
  publishEvents(events: readonly AlertEvent[]): void;
  /** New readings, best effort. Late ones are left out: they are never the newest value of their series. */
  publishReadings(readings: readonly LiveReading[]): void;
  /**
   * Tells everybody, and those who come later, of a condition that the alert log cannot hold because nothing can be written
   * at all; `null` ends it. A frame of its own, without a seq: `{type:"notice", condition, active, detail, at}`.
   */
  notice(condition: string, detail: string | null): void;
  clients(): number;
  /** Disconnects everybody with 1001 (going away) and stops the timers. */
  close(): void;
}

const CLOSE_GOING_AWAY = 1001;
const CLOSE_INTERNAL = 1011;

/** How soon a replay that waits for the client's network looks again. */
const DRAIN_POLL_MS = 50;

interface Client extends Subscriber {
  readonly sink: LiveSink;
  readonly user: string;
  /** The last event sent, or contained in the snapshot sent. */
  sentSeq: number;
  /** Stops the next step of a replay; undefined when the client has everything and is sent events as they come. */
  cancelReplay: (() => void) | undefined;
  /** Bytes of events published while the client was behind. */
  waitingBytes: number;
  closed: boolean;
}

/**
 * The hub of the live channel: knows clients, not sockets.
 *
 * An event reaches a client in one of two ways. A client that has everything is sent the frame as it is published. A
 * client that is behind (resuming, or with a full network buffer) is sent pages from the log until the log has nothing
 * more, in one turn with the switch back; publishing passes it over meanwhile, because what is published can be had
 * from the log by then. Either way the next frame is the one after `sentSeq`, so there is no gap and no doubling to take care of.
 */
export function createHub(options: HubOptions): Hub {
  const { clock, log, alerts, onSeen } = options;
  const heartbeatMs = options.heartbeatMs ?? 5_000;
  const highWaterBytes = options.highWaterBytes ?? 1 << 20;
  const backlogBytesMax = options.backlogBytesMax ?? 32 << 20;

  const clients = new Set<Client>();
  // Readings give way to events: a client that is behind gets them when it has caught up.
  const readings = createReadingsFeed<Client>(clock, isBehind);
  const notices = new Map<string, Buffer>();
  const frames = createRecentFrames((after, limit) => alerts.events(after, limit));

  function drop(client: Client): void {
    client.closed = true;
    client.cancelReplay?.();
    client.cancelReplay = undefined;
    readings.subscribe(client, undefined);
    clients.delete(client);
  }

  function disconnect(client: Client, code: number, reason: string): void {
    drop(client);
    client.sink.close(code, reason);
  }

  function isFull(client: Client): boolean {
    return client.sink.bufferedBytes() > highWaterBytes;
  }

  function isBehind(client: Client): boolean {
    return client.cancelReplay !== undefined || isFull(client);
  }

  /** Sends the next page of what the client lacks, and arranges for the one after it. */
  function replay(client: Client): void {
    client.cancelReplay = undefined;
    if (client.closed) return;
    if (isFull(client)) {
      client.cancelReplay = clock.after(DRAIN_POLL_MS, () => replay(client));
      return;
    }
    const page = frames.after(client.sentSeq);
    for (const frame of page) client.sink.send(frame);
    client.sentSeq += page.length;
    if (client.sentSeq >= alerts.headSeq()) {
      client.waitingBytes = 0;
      client.sink.send(heartbeatFrame(client.sentSeq));
    } else if (page.length === 0) {
      // The log no longer reaches back to here. The client comes again and is given a snapshot.
      disconnect(client, CLOSE_INTERNAL, 'events are gone; come again');
    } else {
      client.cancelReplay = clock.after(0, () => replay(client));
    }
  }

  /** Says "you have everything up to seq"; so it is never sent to a client that is behind. */
  function heartbeatFrame(seq: number): Buffer {
    return frameOf({ type: 'heartbeat', seq, at: clock.nowMs(), log });
  }

  function canResume(since: number): boolean {
    const headSeq = alerts.headSeq();
    if (since >= headSeq) return since === headSeq;
    return frames.reachesBackTo(since);
  }

  function sendSnapshot(client: Client): void {
    const seq = alerts.headSeq();
    const responding = alerts.responding();
    const after = responding.length === 0 ? {} : { responding };
    client.sink.send(frameOf({ type: 'snapshot', seq, log, alerts: alerts.open(), ...after }));
    client.sentSeq = seq;
  }

  function publishTo(client: Client, seq: number, frame: Buffer): void {
    if (seq <= client.sentSeq) return;
    if (client.cancelReplay === undefined && seq === client.sentSeq + 1 && !isFull(client)) {
      client.sink.send(frame);
      client.sentSeq = seq;
      return;
    }
    client.waitingBytes += frame.length;
    client.cancelReplay ??= clock.after(0, () => replay(client));
    if (client.waitingBytes > backlogBytesMax) disconnect(client, CLOSE_TOO_SLOW, 'too slow; resume with since');
  }

  const stopHeartbeat = clock.every(heartbeatMs, () => {
    let seq = -1;
    let frame = heartbeatFrame(seq);
    for (const client of clients) {
      if (isBehind(client)) continue;
      if (client.sentSeq !== seq) {
        seq = client.sentSeq;
        frame = heartbeatFrame(seq);
      }
      client.sink.send(frame);
    }
  });

  function onMessage(client: Client, text: string): void {
    const refuse = (detail: string) => client.sink.send(frameOf({ type: 'error', code: 'bad-message', detail }));
    if (client.closed) return;
    // Whoever talks without listening gets no answers piled up.
    if (client.sink.bufferedBytes() > backlogBytesMax) {
      disconnect(client, CLOSE_TOO_SLOW, 'too slow; resume with since');
      return;
    }
    const parsed = parseClientMessage(text);
    if (!parsed.ok) {
      refuse(parsed.detail);
      return;
    }
    const { message } = parsed;
    switch (message.type) {
      case 'subscribe': {
        const points = message.readings === '*' ? '*' : new Set(message.readings);
        readings.subscribe(client, { points, key: points === '*' ? '*' : [...points].sort().join(' ') });
        return;
      }
      case 'unsubscribe':
        readings.subscribe(client, undefined);
        return;
      case 'seen':
        if (message.seq > client.sentSeq) refuse(`seq ${message.seq} has not been sent`);
        else onSeen?.({ user: client.user, seq: message.seq, atMs: clock.nowMs() });
    }
  }

  return {
    attach(sink, { since, log: known = log, user }) {
      const client: Client = {
        sink,
        user,
        sentSeq: 0,
        cancelReplay: undefined,
        waitingBytes: 0,
        subscription: undefined,
        held: new Map(),
        closed: false,
      };
      clients.add(client);
      if (since !== undefined && known === log && canResume(since)) {
        client.sentSeq = since;
        replay(client);
      } else {
        sendSnapshot(client);
      }
      for (const frame of notices.values()) sink.send(frame);
      return {
        onMessage: (text) => onMessage(client, text),
        close: () => drop(client),
      };
    },

    publishEvents(events) {
      for (const event of events) {
        const frame = frames.remember(event);
        for (const client of clients) publishTo(client, event.seq, frame);
      }
    },

    publishReadings: readings.publish,

    notice(condition, detail) {
      if (detail === null && !notices.delete(condition)) return;
      const active = detail !== null;
      const frame = frameOf({ type: 'notice', condition, active, detail, at: clock.nowMs() });
      if (active) notices.set(condition, frame);
      for (const client of clients) client.sink.send(frame);
    },

    clients: () => clients.size,

    close() {
      stopHeartbeat();
      readings.close();
      for (const client of clients) disconnect(client, CLOSE_GOING_AWAY, 'the server is stopping');
    },
  };
}
