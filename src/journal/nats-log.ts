import { type Consumer, DeliverPolicy, type JsMsg, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { SharedLog, SharedMessage } from './shared-log.ts';

/**
 * A shared log as a stream of NATS JetStream. Whether the servers keep what they promise is looked at before
 * (`nats-engine.ts`); here it is only spoken to, with short limits of our own: requests during an election get no answer at
 * all, and a consumer that has lost its leader may wait for half a minute.
 */
export interface NatsLogOptions {
  readonly connection: NatsConnection;
  readonly stream: string;
  readonly subject: string;
}

/** An append that nobody has answered for so long has an unknown outcome, and is made again. */
const APPEND_TIMEOUT_MS = 2_500;
const REQUEST_TIMEOUT_MS = 1_000;
/** How long one request for messages stands; the next follows at once, and waits where the last was slow to be taken. */
const FETCH_MS = 1_000;
const HEARTBEAT_MS = 500;
const GRACE_MS = 1_500;
/** Messages of about 1 MB that are held at once, at most. */
const MESSAGES_MAX = 32;
const PAUSE_MS = 100;

export function createNatsLog({ connection, stream, subject }: NatsLogOptions): SharedLog {
  const client = jetstream(connection, { timeout: REQUEST_TIMEOUT_MS });
  let isClosed = false;
  let stopFetching: (() => void) | undefined;

  async function last(): Promise<number> {
    const manager = await jetstreamManager(connection, { timeout: REQUEST_TIMEOUT_MS, checkAPI: false });
    for (;;) {
      try {
        return (await manager.streams.info(stream)).state.last_seq;
      } catch (error) {
        if (isClosed) throw error;
        await pause();
      }
    }
  }

  /** Hands over until something is wrong; gives the number of the last message that was taken. */
  async function read(after: number, take: (messages: readonly SharedMessage[]) => Promise<void>): Promise<number> {
    const consumer = await client.consumers.get(stream, {
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: after + 1,
    });
    let taken = after;
    try {
      while (!isClosed) {
        const before = taken;
        taken = await fetch(consumer, taken, take);
        // An idle log and a consumer that was lost look alike.
        if (taken === before && (await last()) > taken) return taken;
      }
    } finally {
      void consumer.delete().catch(() => {});
    }
    return taken;
  }

  /** What comes in one request, as much at a time as has come while the last was taken. */
  async function fetch(
    consumer: Consumer,
    after: number,
    take: (messages: readonly SharedMessage[]) => Promise<void>,
  ): Promise<number> {
    const messages = await consumer.fetch({
      max_messages: MESSAGES_MAX,
      expires: FETCH_MS,
      idle_heartbeat: HEARTBEAT_MS,
    });
    let taken = after;
    let waiting: JsMsg[] = [];
    let taking: Promise<void> = Promise.resolve();
    const takeWaiting = async () => {
      const group = waiting.filter(({ seq }) => seq > taken).map(({ seq, data }) => ({ number: seq, message: data }));
      waiting = [];
      if (group.length === 0) return;
      await take(group);
      taken = group.at(-1)?.number ?? taken;
    };
    stopFetching = () => messages.stop();
    let isOver = false;
    // A request whose consumer went with its server never ends by itself.
    const watchdog = setTimeout(() => {
      isOver = true;
      messages.stop();
    }, FETCH_MS + GRACE_MS);
    try {
      for await (const message of messages) {
        waiting.push(message);
        if (waiting.length === 1) taking = taking.then(takeWaiting);
      }
    } finally {
      clearTimeout(watchdog);
      await taking;
    }
    if (isOver) throw new Error('a request for messages was not answered');
    return taken;
  }

  return {
    append(id, message, done) {
      client
        .publish(subject, message, {
          msgID: id,
          timeout: APPEND_TIMEOUT_MS,
          retries: 0,
          expect: { streamName: stream },
        })
        .then(
          () => done(null),
          (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
        );
    },
    follow(after, take) {
      const run = async () => {
        let taken = after;
        while (!isClosed) {
          try {
            taken = await read(taken, async (messages) => {
              await take(messages);
              taken = messages.at(-1)?.number ?? taken;
            });
          } catch {
            // No leader, no connection: whoever waits for an append says so. From where it was taken it goes on.
            await pause();
          }
        }
      };
      void run();
    },
    last,
    async close() {
      isClosed = true;
      stopFetching?.();
      await connection.close();
    },
  };
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}

/** Connects to whichever of the servers is there, and goes on trying when none is. */
export function connectNats(servers: readonly string[], name: string): Promise<NatsConnection> {
  const { username, password } = new URL(servers[0] ?? '');
  return connect({
    servers: servers.map((server) => new URL(server).host),
    name,
    ...(username === '' ? {} : { user: decodeURIComponent(username), pass: decodeURIComponent(password) }),
    ...(servers.every((server) => server.startsWith('tls:')) ? { tls: {} } : {}),
    timeout: 2_000,
    waitOnFirstConnect: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 100,
    reconnectJitter: 50,
    // A server that hangs says nothing; two pings without an answer, and another one is asked.
    pingInterval: 1_000,
    maxPingOut: 2,
  });
}
