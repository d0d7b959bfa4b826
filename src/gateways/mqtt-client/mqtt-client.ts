import { isDeepStrictEqual } from 'node:util';
import type { MqttClient } from 'mqtt';
import { generate, type IPublishPacket, type Packet } from 'mqtt-packet';
import { brief } from '../../lib/brief.ts';
import type { Clock } from '../../lib/clock.ts';
import { createLineLimit } from '../../lib/line-limit.ts';
import type { Log } from '../../lib/log.ts';
import { createTally } from '../../lib/tally.ts';
import type { Feed, FeedState } from '../../model/feed.ts';
import type { DeviceMessage, Source, SourceOptions } from '../../model/source.ts';
import type { Trouble } from '../../model/source-state.ts';

export interface MqttClientOptions extends SourceOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** What tells this installation from others that are clients of the same broker. */
  readonly installation: string;
  /** Bytes of one payload. Of what is larger the beginning is kept. */
  readonly payloadBytesMax: number;
  /** Whether others may speak for a device. */
  readonly mayFeed: (device: string) => boolean;
}

/**
 * Messages of other brokers, whose client this is: of network servers that hand theirs out themselves. A message of QoS 1 is
 * acknowledged to the broker when it is on disk, and the session is kept there while this program is away, so that what the
 * broker keeps is lost nowhere. To the source's seam each feed is a device of its name.
 */
export interface MqttFeeds extends Source {
  /**
   * These are the feeds from now on: connects to those that are new or other than before, again whenever a connection has
   * ended, and leaves those that are not among them.
   */
  use(feeds: readonly RunningFeed[]): Promise<void>;
  state(): readonly FeedState[];
}

export interface RunningFeed extends Feed {
  /** Filters of earlier settings, which the session at its broker may still have. */
  readonly formerTopics?: readonly string[];
}

/** So many messages of a feed are under way to the disk; then nothing more is read of its connection. */
const UNDER_WAY_MAX = 1_000;
const RETRY_FIRST_MS = 1_000;
const RETRY_LAST_MS = 60_000;
const CONNECT_WITHIN_MS = 30_000;
const UNSUBSCRIBE_WITHIN_MS = 2_000;
const KEEPALIVE_S = 30;
const OVERSIZED_KEPT_BYTES = 4_096;
const LINES_PER_MINUTE = 10;
/** A broker refuses a filter with this in place of a quality of service. */
export const FILTER_REFUSED = 128;

type Connect = typeof import('mqtt')['connect'];

export function createMqttFeeds(options: MqttClientOptions): MqttFeeds {
  const feeds = new Map<string, { readonly of: RunningFeed; readonly running: RunningFeedHandle }>();
  let isClosed = false;

  return {
    async use(wanted) {
      const gone = [...feeds].filter(([, { of }]) => !wanted.some((feed) => isDeepStrictEqual(feed, of)));
      for (const [name] of gone) feeds.delete(name);
      // Two connections of one client would throw each other out, so that the former is over before the next begins.
      await Promise.all(gone.map(([name, { running }]) => running.leave(!wanted.some((feed) => feed.name === name))));
      const fresh = wanted.filter(({ name }) => !feeds.has(name));
      if (fresh.length === 0) return;
      // The library is loaded where there are feeds alone: it costs a start time.
      const { connect } = await import('mqtt');
      if (isClosed) return;
      for (const feed of fresh) {
        const running = createFeed(feed, options, connect);
        feeds.set(feed.name, { of: feed, running });
        running.open();
      }
    },
    state: () => [...feeds.values()].map(({ running }) => running.state()),
    connections: (device) => feeds.get(device)?.running.state().connections ?? 0,
    disconnect: (device) => feeds.get(device)?.running.end(),
    forget: (device) => feeds.get(device)?.running.end(),
    async close() {
      isClosed = true;
      for (const { running } of feeds.values()) running.close();
    },
  };
}

type RunningFeedHandle = ReturnType<typeof createFeed>;

function createFeed(feed: RunningFeed, options: MqttClientOptions, connect: Connect) {
  const { clock, log } = options;
  const { name } = feed;
  const mayLog = createLineLimit(clock, LINES_PER_MINUTE, (messages) =>
    log.warn({ feed: name, messages }, 'messages of a feed that were not read, too many to log'),
  );
  const mayFeed = (device: string) => device === name || options.mayFeed(device);
  let current: FeedConnection | undefined;
  let cancelRetry = () => {};
  let retryMs = RETRY_FIRST_MS;
  let trouble: Trouble | null = null;
  let connectedAtMs: number | null = null;
  const messages = createTally(clock);
  let isClosed = false;
  let unread = 0;

  /** What cannot be told from what devices send with a device of its own; undefined where it is nobody's. */
  function messageOf({ topic, payload, dup }: IPublishPacket, connection: FeedConnection): DeviceMessage | undefined {
    const route = options.routeOf(topic);
    const device = route?.kind === 'device' ? route.device(topic) : name;
    if (route === undefined || device === undefined || (route.kind === 'device' && !mayFeed(device))) return undefined;
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
    const isOversized = bytes.length > options.payloadBytesMax;
    return {
      route,
      device,
      topic,
      payload: isOversized ? bytes.subarray(0, OVERSIZED_KEPT_BYTES) : bytes,
      ...(isOversized ? { oversizedBytes: bytes.length } : {}),
      connection,
      isDuplicate: dup,
      ...(route.kind === 'envelope' ? { mayFeed } : {}),
    };
  }

  function take(packet: IPublishPacket, connection: FeedConnection, done: (error: Error | null) => void): void {
    // What a broker retained is no news: it was said at a time that nobody knows.
    if (packet.retain) return done(null);
    messages.note();
    const message = messageOf(packet, connection);
    if (message !== undefined) return options.ingest(message, done);
    unread++;
    if (mayLog()) log.warn({ feed: name, topic: brief(packet.topic) }, 'no device of this server has such a topic');
    done(null);
  }

  function open(): void {
    cancelRetry();
    if (isClosed || current !== undefined) return;
    const connection: FeedConnection = createConnection(feed, `brink-${name}-${options.installation}`, {
      clock,
      connect,
      take: (packet, done) => take(packet, connection, done),
      onReady() {
        log.info({ feed: name }, 'feed connected');
        trouble = null;
        connectedAtMs = clock.nowMs();
        retryMs = RETRY_FIRST_MS;
      },
      onEnd(why) {
        current = undefined;
        connectedAtMs = null;
        if (isClosed) return;
        if (why !== trouble?.words) log.warn({ feed: name, reason: why }, 'feed has no connection; it is tried again');
        trouble = { words: why, atMs: clock.nowMs() };
        cancelRetry = clock.after(retryMs, open);
        retryMs = Math.min(2 * retryMs, RETRY_LAST_MS);
      },
    });
    current = connection;
  }

  return {
    name,
    open,
    state(): FeedState {
      const granted = current?.granted ?? null;
      return {
        kind: 'feed',
        name,
        isUp: granted !== null,
        connections: granted === null ? 0 : 1,
        connectedAtMs,
        messages: messages.count(),
        lastMessageAtMs: messages.lastAtMs(),
        unread,
        trouble,
        isKeptForUs: granted === null ? null : granted > 0,
      };
    },
    end: () => current?.end('it was ended here'),
    close() {
      isClosed = true;
      cancelRetry();
      current?.end('the server stops');
    },
    /** Ends it for good; `isForGood`: the session at the broker is not to gather messages for it any more either. */
    async leave(isForGood: boolean) {
      isClosed = true;
      cancelRetry();
      if (isForGood) await current?.unsubscribe();
      current?.end('it is not in use any more');
    },
  };
}

interface ConnectionEvents {
  take(packet: IPublishPacket, done: (error: Error | null) => void): void;
  onReady(): void;
  /** Once, with what ended it. */
  onEnd(why: string): void;
}

interface FeedConnection {
  /** A broker that delivers again says so itself; what came over a connection that was lost may come again. */
  readonly endedWell: boolean;
  /** The least quality of service that the broker granted; null as long as it has not. */
  readonly granted: number | null;
  /** Tells the broker that nothing is wanted any more; resolves also where it does not answer. */
  unsubscribe(): Promise<void>;
  end(why: string): void;
}

/**
 * One connection. The library acknowledges a message as soon as it has handed it on, and hands on one after another; here
 * many are under way to the disk at a time. So what it takes for QoS 0 is acknowledged by ourselves.
 */
function createConnection(
  { url, user, password, topics, formerTopics = [] }: RunningFeed,
  clientId: string,
  { clock, connect, ...events }: ConnectionEvents & { readonly clock: Clock; readonly connect: Connect },
): FeedConnection {
  let isOver = false;
  let isLeaving = false;
  let underWay = 0;
  let goOn: (() => void) | undefined;
  let granted: number | null = null;
  const toAcknowledge = new WeakMap<Packet, number>();
  const client: MqttClient = connect(url, {
    clientId,
    username: user,
    password,
    protocolVersion: 4,
    clean: false,
    keepalive: KEEPALIVE_S,
    connectTimeout: CONNECT_WITHIN_MS,
    reconnectPeriod: 0,
    resubscribe: false,
  });

  function end(why: string): void {
    if (isOver) return;
    isOver = true;
    granted = null;
    client.end(true);
    goOn?.();
    events.onEnd(why);
  }

  function acknowledge(messageId: number | undefined): void {
    if (messageId !== undefined) client.stream.write(generate({ cmd: 'puback', messageId }));
  }

  client.on('packetreceive', (packet) => {
    if (packet.cmd !== 'publish' || packet.qos !== 1) return;
    if (packet.messageId !== undefined) toAcknowledge.set(packet, packet.messageId);
    packet.qos = 0;
  });
  client.handleMessage = (packet, callback) => {
    if (isOver || packet.cmd !== 'publish') return callback();
    underWay++;
    if (underWay < UNDER_WAY_MAX) callback();
    else goOn = callback;
    events.take(packet, (error) => {
      underWay--;
      if (isOver) return;
      if (error !== null) return end(error.message);
      acknowledge(toAcknowledge.get(packet));
      const waiting = goOn;
      goOn = undefined;
      waiting?.();
    });
  };
  // Also when the broker knows the session: the topics may have been other ones.
  client.on('connect', () => {
    // The library sends what waited for the connection, which takes the filters from the session, before this.
    if (isLeaving) return;
    const former = formerTopics.filter((topic) => !topics.includes(topic));
    if (former.length > 0) client.unsubscribe(former);
    client.subscribe([...topics], { qos: 1 }, (error, _grants, packet) => {
      const codes = (packet?.granted ?? []).map(Number);
      const refused = topics.filter((_topic, i) => codes[i] === FILTER_REFUSED);
      if (refused.length > 0) return end(`the broker refuses ${refused.join(', ')}`);
      if (error) return end(error.message);
      granted = Math.min(...codes);
      events.onReady();
    });
  });
  client.on('error', (error) => end(error.message || String((error as { code?: unknown }).code)));
  client.on('close', () => end('the connection ended'));
  return {
    endedWell: false,
    get granted() {
      return granted;
    },
    unsubscribe() {
      if (isOver) return Promise.resolve();
      // Also before the broker has granted anything: its session may have the filters of an earlier connection.
      isLeaving = true;
      return new Promise((resolve) => {
        // Whoever does not answer keeps nobody from going on.
        const cancel = clock.after(UNSUBSCRIBE_WITHIN_MS, resolve);
        const done = () => {
          cancel();
          resolve();
        };
        client.once('close', done);
        client.unsubscribe([...new Set([...topics, ...formerTopics])], done);
      });
    },
    end,
  };
}
