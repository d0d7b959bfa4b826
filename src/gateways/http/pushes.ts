import { isDeepStrictEqual } from 'node:util';
import { brief } from '../../lib/brief.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Guesses } from '../../lib/guesses.ts';
import { createLineLimit } from '../../lib/line-limit.ts';
import type { Log } from '../../lib/log.ts';
import { createTally, type Tally } from '../../lib/tally.ts';
import { costOf, newBucket, type TokenBucket, takeToken } from '../../lib/token-bucket.ts';
import type { CallerSocket, IngestOutcome, PushCall, PushCheck, PushCheckOutcome } from '../../model/http-ingest.ts';
import type { Push } from '../../model/push.ts';
import type { Source, SourceOptions } from '../../model/source.ts';
import type { SourceState, Trouble } from '../../model/source-state.ts';
import { type Body, createBodies } from './body.ts';
import { createLines } from './lines.ts';
import { isSame, isSigned, signatureOf } from './signature.ts';
import { createStoring, createWaits } from './waits.ts';

export interface PushOptions extends SourceOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Bytes of one payload. What is larger is read past and told of. */
  readonly payloadBytesMax: number;
  /** Whether others may speak for a device. */
  readonly mayFeed: (device: string) => boolean;
  /** Shared with the other sources, so that guessing at several of them gains nothing. */
  readonly guesses: Guesses;
}

/**
 * Platforms that post what their devices have sent, a source like the broker: the answer leaves when all of a call is on
 * disk, and what is not answered so is sent again. To the source's seam each push is a device of its name. Routes, headers
 * and words of answers are the API's (api/routes/pushes.ts).
 */
export interface Pushes extends Source {
  receive(call: PushCall): Promise<IngestOutcome>;
  /** OneNET looks before the first push whether its token is known. */
  check(call: PushCheck): Promise<PushCheckOutcome>;
  /** These may push from now on, and no others. */
  use(pushes: readonly Push[]): void;
  state(): readonly SourceState[];
}

/** A platform puts what many devices say into one address. */
const CALLS_PER_SECOND = 1_000;
/** Over which one pushes at a time; who opens more loses the first ones. */
const CONNECTIONS_MAX = 256;
/** Who has to wait for longer is asked to come again. */
const WAIT_MAX_MS = 5_000;
/**
 * Who signs is known when all has come in. So much of how many is held of those who may be anybody; the call that has been
 * under way for the longest makes room, for a platform needs no second.
 */
const UNSIGNED_BYTES_MAX = 1 << 20;
const UNSIGNED_MAX = 64;
const LINES_PER_MINUTE = 60;

const REFUSED = { ok: false, error: 'unknown-caller' } as const;
const TOO_MUCH = { ok: false, error: 'too-fast', retryAfterMs: 1_000 } as const;

interface Known {
  readonly push: Push;
  readonly bucket: TokenBucket;
  readonly messages: Tally;
  trouble: Trouble | null;
}

export function createPushes(options: PushOptions): Pushes {
  const { clock, log, guesses } = options;
  let known = new Map<string, Known>();
  const lines = createLines(CONNECTIONS_MAX);
  const bodies = createBodies(options.payloadBytesMax);
  const unsignedBodies = createBodies(Math.min(options.payloadBytesMax, UNSIGNED_BYTES_MAX));
  const unsigned = new Set<CallerSocket>();
  const waited = createWaits(clock);
  const stored = createStoring(clock, options.ingest);
  const mayLog = createLineLimit(clock, LINES_PER_MINUTE, (calls) =>
    log.warn({ calls }, 'refused pushes of platforms that were too many to log'),
  );
  let isClosed = false;

  /** Lets who is right go on, after a wait where many were wrong; undefined then. */
  async function admit(
    { name, address, socket }: Pick<PushCall, 'name' | 'address' | 'socket'>,
    isRight: boolean,
  ): Promise<Extract<IngestOutcome, { readonly ok: false }> | undefined> {
    const waitMs = guesses.waitMs(address, name, isRight);
    const isTurn = await waited(waitMs, isRight ? 'is-guessed-at' : 'is-wrong', socket);
    if (!isTurn) return { ok: false, error: 'too-fast', retryAfterMs: waitMs };
    if (isRight) return undefined;
    if (mayLog()) log.warn({ address, push: brief(name) }, 'push of a platform refused');
    const found = known.get(name);
    if (found !== undefined) found.trouble = { words: 'a call with a wrong key was refused', atMs: clock.nowMs() };
    return REFUSED;
  }

  /** The body of a call that shows with its last byte alone whose it is. */
  async function signedBody(call: PushCall, { secret }: Push): Promise<Body | IngestOutcome> {
    const { socket } = call;
    unsigned.add(socket);
    const [oldest] = unsigned.size > UNSIGNED_MAX ? unsigned : [];
    oldest?.destroy();
    try {
      const body = await unsignedBodies.read(call.body);
      if (body === undefined) return TOO_MUCH;
      const isRight = body.oversizedBytes === undefined && isSigned(body.payload, secret);
      return (await admit(call, isRight)) ?? body;
    } finally {
      unsigned.delete(socket);
    }
  }

  /** What one that is known has to say. */
  async function take(call: PushCall, found: Known, read: () => Promise<Body | undefined>): Promise<IngestOutcome> {
    const { socket } = call;
    const { name, platform } = found.push;
    call.onKnown();
    const line = lines.open(socket, name, name);
    try {
      const body = await read();
      if (body === undefined) return TOO_MUCH;
      if (isClosed || socket.destroyed) return REFUSED;
      // What a call costs is counted when its length is known; the next one waits for it.
      takeToken(found.bucket, CALLS_PER_SECOND, clock.steadyMs(), costOf(body.payload.length));
      const topic = `${platform}/${name}`;
      const route = options.routeOf(topic);
      if (route === undefined) return { ok: false, error: 'no-such-topic' };
      const mayFeed = (device: string) => device === name || options.mayFeed(device);
      const message = { route, device: name, topic, connection: line.connection, mayFeed, ...body };
      found.messages.note();
      const outcome = await stored(socket, message);
      line.answered(outcome.ok);
      return outcome;
    } finally {
      line.close();
    }
  }

  return {
    use(pushes) {
      const before = known;
      known = new Map(
        pushes.map((push) => {
          const same = before.get(push.name);
          const isSamePush = same !== undefined && isDeepStrictEqual(same.push, push);
          return [
            push.name,
            isSamePush ? same : { push, bucket: newBucket(), messages: createTally(clock), trouble: null },
          ];
        }),
      );
      for (const [name, { push }] of before) if (known.get(name)?.push !== push) lines.end(name);
    },
    async receive(call) {
      const found = known.get(call.name);
      const isSigning = found?.push.platform === 'onenet';
      // Who signs is right until it is seen that it is not.
      const isRight = found !== undefined && (isSigning || isSame(call.key ?? '', found.push.secret));
      const refused = await admit(call, isRight);
      if (refused !== undefined || found === undefined) return refused ?? REFUSED;
      const waitMs = takeToken(found.bucket, CALLS_PER_SECOND, clock.steadyMs(), 0);
      if (waitMs > WAIT_MAX_MS || !(await waited(waitMs, 'is-fast', call.socket))) {
        return { ok: false, error: 'too-fast', retryAfterMs: waitMs };
      }
      if (!isSigning) return take(call, found, () => bodies.read(call.body));
      const body = await signedBody(call, found.push);
      return 'ok' in body ? body : take(call, found, async () => body);
    },

    async check(call) {
      const { name, msg, nonce, signature } = call;
      const push = known.get(name)?.push;
      // A plus sign that was not escaped in a query arrives as a blank.
      const given = signature.replaceAll(' ', '+');
      const isRight = push?.platform === 'onenet' && isSame(given, signatureOf(push.secret, nonce, msg));
      return (await admit(call, isRight)) ?? { ok: true };
    },

    state: () =>
      [...known.values()].map(({ push: { name }, messages, trouble }) => ({
        kind: 'push',
        name,
        isUp: true,
        connections: lines.count(name),
        connectedAtMs: null,
        messages: messages.count(),
        lastMessageAtMs: messages.lastAtMs(),
        unread: 0,
        trouble,
      })),
    connections: lines.count,
    disconnect: lines.end,
    forget: lines.end,
    async close() {
      isClosed = true;
      lines.endAll();
      for (const socket of unsigned) socket.destroy();
    },
  };
}
