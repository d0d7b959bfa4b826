import { brief } from '../../lib/brief.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Guesses } from '../../lib/guesses.ts';
import { createLineLimit } from '../../lib/line-limit.ts';
import type { Log } from '../../lib/log.ts';
import { createRecent } from '../../lib/recent.ts';
import type { RefusedNames } from '../../lib/refused-names.ts';
import { costOf, newBucket, type TokenBucket, takeToken } from '../../lib/token-bucket.ts';
import type { IngestCall, IngestOutcome } from '../../model/http-ingest.ts';
import type { Source, SourceOptions } from '../../model/source.ts';
import { createBodies } from './body.ts';
import { createLines } from './lines.ts';
import { createStoring, createWaits } from './waits.ts';

export interface HttpIngestOptions extends SourceOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Bytes of one payload. What is larger is read past and told of. */
  readonly payloadBytesMax: number;
  /** Undefined refuses the call. */
  readonly authenticate: (username: string | undefined, password: Uint8Array | undefined) => Feeder | undefined;
  /** What a device has used of its rate, over whatever source. */
  readonly bucketOf: (device: string) => TokenBucket;
  /** Publishes of a device in a second. */
  readonly publishesPerSecondMax: number;
  /** Shared with the other sources, so that guessing at several of them gains nothing. */
  readonly guesses: Guesses;
  readonly refusedNames: Pick<RefusedNames, 'note' | 'cameIn'>;
}

/** Who calls, once the credentials have been checked. */
export interface Feeder {
  /** What its calls are counted by. */
  readonly owner: string;
  /** The device whose own secret it gave; null for a token, and for those who do not say who they are. */
  readonly device: string | null;
  mayFeed(device: string): boolean;
  /** Of a token: calls `end` when it has ended or may do less; the function it gives stops that. */
  readonly whileHeld?: ((end: () => void) => () => void) | undefined;
}

/**
 * Messages over HTTP, one a call, a source like the broker: the answer leaves when the message is on disk. Routes, headers
 * and words of answers are the API's (api/routes/ingest.ts).
 */
export interface HttpIngest extends Source {
  receive(call: IngestCall): Promise<IngestOutcome>;
}

/** Native messages come by the topic that they have over MQTT, so that quarantine and formats know them by it. */
const topicOf = (device: string): string => `telemetry/${device}`;

/** A call costs ten times as much as a publish; whoever has more to say puts it into batches. */
const CALLS_PER_SECOND = 200;
/** A token may serve a whole gateway. */
const CALLS_OF_OTHERS_PER_SECOND = 1_000;
const OWNERS_MAX = 50_000;
/** Who has to wait for longer is asked to come again: no device keeps a call open for ever. */
const WAIT_MAX_MS = 5_000;
/** Nobody's name or secret is longer. */
const NAME_LENGTH_MAX = 512;
const PASSWORD_BYTES_MAX = 4_096;
const LINES_PER_MINUTE = 60;

const REFUSED: IngestOutcome = { ok: false, error: 'unknown-caller' };

export function createHttpIngest(options: HttpIngestOptions): HttpIngest {
  const { clock, log, guesses, refusedNames } = options;
  const lines = createLines();
  const bodies = createBodies(options.payloadBytesMax);
  const rates = createRecent<TokenBucket>(OWNERS_MAX);
  const mayLog = createLineLimit(clock, LINES_PER_MINUTE, (calls) =>
    log.warn({ calls }, 'refused messages over HTTP that were too many to log'),
  );
  const waited = createWaits(clock);
  const stored = createStoring(clock, options.ingest);
  let isClosed = false;

  function authenticate({ username, password }: IngestCall): Feeder | undefined {
    if ((username?.length ?? 0) > NAME_LENGTH_MAX || (password?.length ?? 0) > PASSWORD_BYTES_MAX) return undefined;
    return options.authenticate(username, password);
  }

  function refuse(call: IngestCall): IngestOutcome {
    const { username, address } = call;
    refusedNames.note(username, '', address);
    if (mayLog()) log.warn({ address, party: brief(username ?? 'no user name') }, 'message over HTTP refused');
    return REFUSED;
  }

  /** How long a call has to wait because of its caller and its device; nothing is spent when that is too long. */
  function spend(feeder: Feeder, device: string): number {
    const perSecond = feeder.device === null ? CALLS_OF_OTHERS_PER_SECOND : CALLS_PER_SECOND;
    const ofCaller = rates.take(feeder.owner, newBucket);
    const ofDevice = options.bucketOf(device);
    const take = (cost: number) => {
      const nowMs = clock.steadyMs();
      return Math.max(
        takeToken(ofCaller, perSecond, nowMs, cost),
        takeToken(ofDevice, options.publishesPerSecondMax, nowMs, cost),
      );
    };
    const dueMs = take(0);
    return dueMs > WAIT_MAX_MS ? dueMs : take(1);
  }

  return {
    async receive(call) {
      const { socket, address, username } = call;
      const feeder = authenticate(call);
      const guessedMs = guesses.waitMs(address, username ?? '', feeder !== undefined);
      const isTurn = await waited(guessedMs, feeder === undefined ? 'is-wrong' : 'is-guessed-at', socket);
      if (!isTurn) return { ok: false, error: 'too-fast', retryAfterMs: guessedMs };
      if (feeder === undefined) return refuse(call);
      refusedNames.cameIn(username ?? '', address);
      call.onKnown();

      const topic = topicOf(call.device);
      const route = /[+#]/.test(topic) ? undefined : options.routeOf(topic);
      // Only the device that calls is known here, so what is opened to see whose it is does not come this way.
      const device = route?.kind === 'device' ? route.device(topic) : undefined;
      if (route === undefined || device === undefined) return { ok: false, error: 'no-such-topic' };
      if (!feeder.mayFeed(device)) return { ok: false, error: 'not-its-own' };

      const waitMs = spend(feeder, device);
      if (waitMs > WAIT_MAX_MS || !(await waited(waitMs, 'is-fast', socket))) {
        return { ok: false, error: 'too-fast', retryAfterMs: waitMs };
      }
      const line = lines.open(socket, device, feeder.device);
      const stopHolding = feeder.whileHeld?.(() => void socket.destroy());
      try {
        const body = await bodies.read(call.body);
        if (body === undefined) return { ok: false, error: 'too-fast', retryAfterMs: 1_000 };
        // What a long one costs is counted now that it is known; the next one waits for it.
        takeToken(
          options.bucketOf(device),
          options.publishesPerSecondMax,
          clock.steadyMs(),
          costOf(body.payload.length) - 1,
        );
        // What held when it began to come in may not hold any more.
        if (isClosed || socket.destroyed || authenticate(call)?.mayFeed(device) !== true) return REFUSED;
        const outcome = await stored(socket, { route, device, topic, connection: line.connection, ...body });
        line.answered(outcome.ok);
        return outcome;
      } finally {
        stopHolding?.();
        line.close();
      }
    },

    connections: lines.count,
    disconnect: lines.end,
    forget: lines.end,
    async close() {
      isClosed = true;
      lines.endAll();
    },
  };
}
