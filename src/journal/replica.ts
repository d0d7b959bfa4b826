import { crc32 } from 'node:zlib';
import type { BatchLog, BatchName, LoggedBatch, NamedBatch } from './batch-log.ts';
import { batchOfMessage, batchToMessage } from './batch-message.ts';
import type { CopiedBatch, JournalCopy, RunMark, SharedMark } from './copy.ts';
import type { SharedLog, SharedMessage } from './shared-log.ts';

export interface ReplicaOptions {
  readonly log: SharedLog;
  readonly copy: JournalCopy;
  /** Calls back after a while: a copy that could not be written is tried again. */
  readonly after: (delayMs: number, task: () => void) => void;
  /** What was read of the log can't be true; nothing is taken any more, and somebody has to look. */
  readonly onFault: (error: Error) => void;
  /** Messages between two digests that are kept for comparison; default 1,024. */
  readonly digestEvery?: number;
}

/** A batch log that every server has a copy of. */
export interface Replica extends BatchLog {
  /** How far this copy has come, and why it does not go on, if it does not. */
  state(): { readonly number: number; readonly digest: number; readonly failure: string | null };
  /** Digests at some numbers since it was opened, the newest last. */
  digests(): ReadonlyMap<number, number>;
  /** Nothing is taken any more: what this copy has come to is not what the others have. */
  stop(detail: string): void;
}

const RETRY_MS = 500;
const DIGEST_EVERY = 1_024;
const DIGESTS_MAX = 64;
/** Runs of each server that are remembered: what an earlier run had under way comes soon after its end, or never. */
const RUNS_PER_NODE = 4;
const NOTHING_YET: SharedMark = { number: 0, digest: 0, runs: [] };

/**
 * Makes an order of batches of a shared log and this server's copy of it. Positions are given by counting entries in the
 * order of the log, and a batch that was there already is passed over: both by every server alike, so all copies are equal.
 * Resolves when the copy has all that the log held at the time.
 */
export async function openReplica(options: ReplicaOptions): Promise<Replica> {
  const { log, copy, after, digestEvery = DIGEST_EVERY } = options;
  const digests = new Map<number, number>();
  let mark = copy.mark() ?? NOTHING_YET;
  let failure: Error | undefined;
  let isFaulty = false;
  let onBatch: ((batch: LoggedBatch) => void) | undefined;
  let begin: () => void = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });

  /** Whether a message is the next one; one that was taken already says nothing new. */
  function isNext({ number }: SharedMessage, last: number): boolean {
    if (number <= last) return false;
    if (number === last + 1) return true;
    throw new Error(
      last === 0
        ? `the shared log begins at message ${number}: a new server begins from the copy of another one`
        : `the shared log goes on at message ${number} where ${last + 1} was to come`,
    );
  }

  async function take(messages: readonly SharedMessage[]): Promise<void> {
    if (isFaulty) return;
    const batches: (NamedBatch & CopiedBatch)[] = [];
    let next = mark;
    const passed: (readonly [number: number, digest: number])[] = [];
    try {
      for (const message of messages) {
        if (!isNext(message, next.number)) continue;
        const batch = batchOfMessage(message.message);
        const runs = withBatch(next.runs, batch);
        if (runs !== undefined) batches.push(batch);
        const { number } = message;
        next = { number, digest: digestOf(next.digest, number, batch.crc), runs: runs ?? next.runs };
        if (number % digestEvery === 0) passed.push([number, next.digest]);
      }
    } catch (error) {
      stop(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    if (next === mark) return;
    for (const [number, digest] of passed) {
      digests.set(number, digest);
      if (digests.size > DIGESTS_MAX) digests.delete(digests.keys().next().value ?? 0);
    }
    let first = copy.nextPosition();
    await written(batches, next);
    mark = next;
    for (const { node, run, n, count, data } of batches) {
      onBatch?.({ node, run, n, first, count, data });
      first += count;
    }
  }

  function stop(error: Error): void {
    isFaulty = true;
    failure = error;
    options.onFault(error);
  }

  /** Resolves when the copy has them, however often that has to be tried. */
  function written(batches: readonly CopiedBatch[], next: SharedMark): Promise<void> {
    return new Promise((resolve) => {
      const write = () =>
        copy.write(batches, next, (error) => {
          if (!isFaulty) failure = error ?? undefined;
          if (error === null) resolve();
          else after(RETRY_MS, write);
        });
      write();
    });
  }

  const end = await log.last();
  await new Promise<void>((resolve, reject) => {
    if (mark.number >= end) resolve();
    log.follow(mark.number, async (messages) => {
      // What comes after `end` waits until somebody follows, so that nobody misses it.
      const isBefore = mark.number < end;
      if (!isBefore) await begun;
      await take(messages);
      if (isFaulty) reject(failure);
      else if (mark.number >= end) resolve();
    });
  });

  return {
    append(batch, done) {
      // Who cannot judge what stands there takes nothing more either.
      if (isFaulty) done(failure ?? null);
      else log.append(idOf(batch), batchToMessage(batch), done);
    },
    appendUrgent: (_batch, done) => done(new Error('a shared log has no space kept for emergencies')),
    follow(taker) {
      onBatch = taker;
      begin();
    },
    nextPosition: copy.nextPosition,
    firstPosition: copy.firstPosition,
    read: copy.read,
    unreleased: copy.unreleased,
    trim: copy.trim,
    bytes: copy.bytes,
    state: () => ({ number: mark.number, digest: mark.digest, failure: failure?.message ?? null }),
    digests: () => digests,
    stop: (detail) => stop(new Error(detail)),
    async close() {
      await log.close();
      await copy.close();
    },
  };
}

const idOf = ({ node, run, n }: BatchName): string => `${node}.${run}.${n}`;

/** The runs with a further batch; undefined when it was there already. */
function withBatch(runs: readonly RunMark[], { node, run, n }: BatchName): readonly RunMark[] | undefined {
  const known = runs.find((one) => one.node === node && one.run === run);
  if (known !== undefined && n <= known.n) return undefined;
  const others = runs.filter((one) => one !== known);
  const ofNode = others.filter((one) => one.node === node);
  const forgotten = known === undefined && ofNode.length >= RUNS_PER_NODE ? ofNode[0] : undefined;
  return [...others.filter((one) => one !== forgotten), { node, run, n }];
}

function digestOf(digest: number, number: number, crc: number): number {
  const bytes = Buffer.allocUnsafe(12);
  bytes.writeUInt32LE(number >>> 0, 0);
  bytes.writeUInt32LE(Math.floor(number / 2 ** 32), 4);
  bytes.writeUInt32LE(crc, 8);
  return crc32(bytes, digest);
}
