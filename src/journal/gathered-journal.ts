import { randomUUID } from 'node:crypto';
import { decodeEntries, EntryWriter, type JournalEntry } from '../model/entry.ts';
import type { UnreleasedChange } from '../model/unreleased.ts';
import { BATCH_BYTES_MAX, BATCH_ENTRIES_MAX, type BatchLog, type LoggedBatch, type NamedBatch } from './batch-log.ts';
import { type CommittedBatch, type Journal, type JournalOptions, REFUSED } from './journal.ts';

/**
 * The least time between two commits. What comes in while one is being written waits for the next, so a slow log gathers
 * larger batches by itself; with a fast one this keeps a few messages a second from costing an fsync each.
 */
const COMMIT_INTERVAL_MS = 2;
const RETRY_MS = 500;
const PENDING_BYTES_MAX = 64 << 20;

/** Entries that are committed together, and those who wait for it. */
interface Gathering {
  /** The number of its first entry among all that were appended. */
  readonly own: number;
  readonly entries: JournalEntry[];
  readonly waiting: ((error: Error | null) => void)[];
  readonly unreleased: UnreleasedChange[];
}
interface SealedBatch extends NamedBatch {
  readonly own: number | null;
  readonly entries: readonly JournalEntry[];
  readonly waiting: readonly ((error: Error | null) => void)[];
  /** Those who wait have been told that it is on disk. */
  isTold: boolean;
}

/**
 * A journal upon a log of batches: gathers entries while a batch is under way, tells those who wait, keeps what could not
 * be written and tries again, and knows its own entries when they come back.
 */
export function createJournal(log: BatchLog, options: JournalOptions): Journal {
  const { clock, node = '', run = randomUUID() } = options;
  const { commitIntervalMs = COMMIT_INTERVAL_MS, pendingBytesMax = PENDING_BYTES_MAX } = options;

  const encoder = new EntryWriter();
  let taken = 0;
  let pending = gathering();
  /** Batches that have grown to the bound while another was under way, the oldest first. */
  const full: SealedBatch[] = [];
  /** What was handed to the log and has not come back, by its number. */
  const appended = new Map<number, SealedBatch>();
  let batches = 0;
  let underWay: SealedBatch | undefined;
  /** A batch that is not known to be written: it is appended again as it is, before anything that came later. */
  let failed: SealedBatch | undefined;
  let failure: Error | undefined;
  let scheduled = false;
  let lastCommitMs = Number.NEGATIVE_INFINITY;
  let commits = 0;
  let closed = false;
  let onCommitted: ((batch: CommittedBatch) => void) | undefined;
  let onIdle: (() => void) | undefined;

  function gathering(): Gathering {
    return { own: taken + 1, entries: [], waiting: [], unreleased: [] };
  }

  function schedule(): void {
    if (onCommitted === undefined || scheduled || underWay !== undefined || failure !== undefined || closed) return;
    scheduled = true;
    const sinceMs = clock.steadyMs() - lastCommitMs;
    // setImmediate runs after every socket that is readable now has been read, so one commit covers them all.
    if (sinceMs >= commitIntervalMs || full.length > 0) setImmediate(commit);
    // The disk's pace is the machine's: where a test holds the clock, what is appended is written all the same.
    else setTimeout(commit, commitIntervalMs - sinceMs);
  }

  function seal(): SealedBatch {
    const { own, entries, waiting, unreleased } = pending;
    pending = gathering();
    return {
      ...{ node, run, n: ++batches, count: entries.length, data: encoder.take(), unreleased },
      ...{ own, entries, waiting, isTold: false },
    };
  }

  function commit(): void {
    scheduled = false;
    if (underWay !== undefined || !hasWork()) return;
    const batch = failed ?? full.shift() ?? seal();
    // They asked only to hear when everything before is on disk, and it is.
    if (batch.count === 0 && batch.unreleased.length === 0) return acknowledge(batch);
    lastCommitMs = clock.steadyMs();
    underWay = batch;
    appended.set(batch.n, batch);
    log.append(batch, (error) => {
      // It may have come back before its answer did, and whatever that says, it is there.
      if (underWay !== batch) return;
      underWay = undefined;
      if (error === null) acknowledge(batch);
      else fail(batch, error);
      onIdle?.();
    });
  }

  function hasWork(): boolean {
    return failed !== undefined || full.length > 0 || pending.waiting.length > 0 || pending.unreleased.length > 0;
  }

  function acknowledge(batch: SealedBatch): void {
    if (batch.isTold) return;
    batch.isTold = true;
    if (batch.count > 0) commits++;
    // An urgent entry that could be written says nothing of the batch that could not.
    const hasRecovered = failed === batch;
    if (hasRecovered) failed = failure = undefined;
    for (const done of batch.waiting) done(null);
    if (hasRecovered) options.onRecovery?.();
    // Behind the hand-over, where it comes in the same turn: what sockets hold by then goes into the next batch as well.
    queueMicrotask(scheduleNext);
  }

  function scheduleNext(): void {
    if (hasWork()) schedule();
  }

  /** What the log hands over: every batch there is, of this server and of others. */
  function come(batch: LoggedBatch): void {
    const { first, count, data, n } = batch;
    const mine = batch.node === node && batch.run === run ? appended.get(n) : undefined;
    if (mine !== undefined) {
      appended.delete(n);
      if (underWay === mine) underWay = undefined;
      acknowledge(mine);
      onIdle?.();
    }
    if (count === 0) return;
    const entries = mine?.entries ?? decodeEntries(data);
    onCommitted?.({ first, count, data, node: batch.node, entries, own: mine?.own ?? null });
  }

  function fail(batch: SealedBatch, error: Error): void {
    failed = batch;
    const isFirst = failure === undefined;
    failure = error;
    if (closed) return;
    clock.after(RETRY_MS, retry);
    if (isFirst) options.onFailure?.(error);
  }

  function retry(): void {
    if (closed || failed === undefined) return;
    if (underWay !== undefined || options.mayResume?.() === false) clock.after(RETRY_MS, retry);
    else commit();
  }

  function waitingBatches(): SealedBatch[] {
    return failed === undefined ? full : [failed, ...full];
  }

  function pendingBytes(): number {
    return waitingBatches().reduce((sum, { data }) => sum + data.length, encoder.byteLength);
  }

  return {
    nextPosition: () => log.nextPosition(),
    firstPosition: () => log.firstPosition(),

    append(entry, done, changes) {
      if (closed || (failure !== undefined && pendingBytes() >= pendingBytesMax)) {
        done(failure ?? new Error('the journal is closed'));
        return REFUSED;
      }
      encoder.write(entry);
      pending.entries.push(entry);
      pending.waiting.push(done);
      if (changes !== undefined) pending.unreleased.push(...changes);
      taken++;
      if (pending.entries.length >= BATCH_ENTRIES_MAX || encoder.byteLength >= BATCH_BYTES_MAX) full.push(seal());
      schedule();
      return taken;
    },

    appendUrgent(entry, done) {
      if (closed || onCommitted === undefined || underWay !== undefined) return done(false);
      const alone = new EntryWriter(1 << 12);
      alone.write(entry);
      const batch: SealedBatch = {
        ...{ node, run, n: ++batches, count: 1, data: alone.take(), unreleased: [] },
        ...{ own: null, entries: [entry], waiting: [], isTold: false },
      };
      underWay = batch;
      appended.set(batch.n, batch);
      log.appendUrgent(batch, (error) => {
        underWay = undefined;
        if (error === null) acknowledge(batch);
        else appended.delete(batch.n);
        done(error === null);
        onIdle?.();
      });
    },

    follow(taker) {
      onCommitted = taker;
      log.follow(come);
      if (hasWork()) schedule();
    },

    unreleased: () => log.unreleased(),

    changeUnreleased(changes, done) {
      if (closed) return done(new Error('the journal is closed'));
      pending.unreleased.push(...changes);
      pending.waiting.push(done);
      schedule();
    },

    whenDurable(done) {
      if (closed) return done(new Error('the journal is closed'));
      if (!hasWork() && underWay === undefined) return done(null);
      pending.waiting.push(done);
      schedule();
    },

    read: (position, bytesMax) => (closed ? [] : log.read(position, bytesMax)),

    trim(position) {
      if (!closed) log.trim(position);
    },

    stats: () => ({
      nextPosition: log.nextPosition(),
      firstPosition: log.firstPosition(),
      bytes: log.bytes(),
      pendingEntries: waitingBatches().reduce(
        (sum, { count }) => sum + count,
        pending.entries.length + (underWay?.count ?? 0),
      ),
      commits,
      failure: failure?.message ?? null,
    }),

    async close() {
      if (closed) return;
      // What waits is written out, unless that fails.
      while (failure === undefined && (underWay !== undefined || hasWork())) {
        const idle = new Promise<void>((resolve) => {
          onIdle = resolve;
        });
        if (underWay === undefined) commit();
        await idle;
      }
      closed = true;
      const error = new Error('the journal is closed');
      for (const { waiting } of [...waitingBatches(), pending]) for (const done of waiting) done(error);
      await log.close();
    },
  };
}
