import { setTimeout as delay } from 'node:timers/promises';
import { createCollector } from '../shared/collector.ts';
import { type JournalRange, startPosition } from '../shared/protocol.ts';
import { createNewestTimes, noteAll } from '../shared/recent.ts';
import { createBell } from './bell.ts';
import { type InfluxFailure, noAnswer, type OutageCause } from './failure.ts';
import { probeStatement } from './influxql.ts';
import { createLedger } from './ledger.ts';
import { createOutages } from './outages.ts';
import { createRejected } from './rejected.ts';
import type { RejectedReadings, RejectionKind } from './rejections.ts';
import { createInsist } from './retry.ts';
import { createSending, LINES_MAX } from './sending.ts';
import type { InfluxServer } from './server.ts';
import type { SeriesTags } from './settings.ts';
import type { FollowerState } from './state.ts';

/**
 * Writes the journal's readings to the server, in journal order, one request at a time. Writing the same reading twice
 * changes nothing, so after a crash everything from the cursor on is written again.
 */
export interface Follower {
  /** Throws RangeError when the entries are damaged or not the next ones. */
  ingest(first: number, count: number, data: Uint8Array): void;
  /** Takes readings from outside the journal, marks as they are. */
  importReadings(data: Uint8Array): void;
  nextPosition(): number;
  durablePosition(): number;
  /** Bytes of entries whose readings the server has. */
  takenBytes(): number;
  readings(): number;
  /** Why readings cannot be written, or not be read, at present; null when they can. */
  failure(): InfluxFailure | null;
  /** Outages since the start, by cause. */
  outages(): Readonly<Partial<Record<OutageCause, number>>>;
  /** Readings the server would not take since the start, by kind. */
  rejected(): Readonly<Partial<Record<RejectionKind, number>>>;
  /** In words, while readings were rejected a short while ago. */
  rejecting(): string | null;
  /** What was rejected of imported readings since it was asked for last. */
  takeRejectedImports(): readonly RejectedReadings[];
  /** Tells at once of rejections that otherwise wait to be summed up with later ones. */
  tellRejected(): void;
  /** Resolves when the server has answered for the first time, or has failed to. */
  readonly heard: Promise<void>;
  /**
   * Resolves when everything taken in so far is on the server and the cursor says so. Rejects after `timeoutMs`; soon,
   * unless `patient`, when it is known why nothing can be stored.
   */
  stored(timeoutMs: number, patient: boolean): Promise<void>;
  /** Ends after the request under way; what the server does not have yet stays the journal's. */
  stop(): Promise<void>;
}

export interface FollowerOptions {
  readonly server: InfluxServer;
  readonly state: FollowerState;
  readonly journal: JournalRange;
  readonly retryMaxMs: number;
  readonly probeEveryMs: number;
  readonly describe: (series: readonly number[]) => Promise<ReadonlyMap<number, SeriesTags>>;
  readonly onRejected: (rejected: RejectedReadings) => void;
  /** Something is wrong, or wrong in another way, or (null) no longer. */
  readonly onOutage: (failure: InfluxFailure | null) => void;
  /** Something a caller may show has changed. */
  readonly onProgress: () => void;
}

/** How long single readings wait for company. */
const GATHER_MS = 200;
/** At most this much is written again after a crash. */
const COMMIT_EVERY_MS = 1_000;
const PROBE_TIMEOUT_MS = 10_000;
/** What is known to be wrong is tried once more for a question that waits, and the question waits for that so long. */
const KNOWN_FAILURE_WAIT_MS = 1_000;
/** Room that a batch is begun with at most. */
const ROOM_MAX = 1 << 16;

export function startFollower(options: FollowerOptions): Follower {
  const { server, state } = options;
  const newest = createNewestTimes();
  const storedNewest = createNewestTimes();
  for (const { page, times } of state.newest()) {
    newest.load(page, times.slice());
    storedNewest.load(page, times);
  }
  const stopping = new AbortController();
  const { signal } = stopping;
  const ledger = createLedger(startPosition(state.cursor(), options.journal));
  const backlog = createCollector(newest, Number.POSITIVE_INFINITY);
  /** Of the entries that the backlog came in. */
  let backlogBytes = 0;
  /** Which rows of the backlog came from outside the journal: from, and up to, in turn. */
  let importedRows: number[] = [];
  let readings = state.readings();
  let takenBytes = 0;
  let probedAtMs = Number.NEGATIVE_INFINITY;
  let committedAtMs = performance.now();
  /** Questions that wait for what was taken in before them. */
  let hurried = 0;
  const heard = Promise.withResolvers<void>();
  const work = createBell(signal);
  const retry = createBell(signal);
  const rejected = createRejected(state.rejected(), options.onRejected);
  const outages = createOutages({ signal, onOutage: options.onOutage, onTried: options.onProgress });
  const insist = createInsist({
    signal,
    hurry: retry,
    hurriedAfterMs: KNOWN_FAILURE_WAIT_MS,
    maxMs: options.retryMaxMs,
    onDone: () => outages.writing(null),
    onFailed(failure) {
      outages.writing(failure);
      commit();
      heard.resolve();
    },
  });
  const send = createSending({ server, describe: options.describe, insist, rejected });

  const isAllStored = () => ledger.stored().intake === ledger.taken().intake;
  const isAllKept = () => ledger.durable().intake === ledger.stored().intake;

  function commit(tellRejected = false): void {
    if (!rejected.tell(tellRejected) && isAllKept()) return;
    const cursor = ledger.stored().position;
    state.commit({ cursor, readings, rejected: rejected.pending(), newest: storedNewest.takeChanged() });
    committedAtMs = performance.now();
    ledger.keep();
    options.onProgress();
  }

  /** Waits until there is something to do; gives false when it is time to end. */
  async function somethingToStore(): Promise<boolean> {
    await probeWhenDue();
    while (isAllStored() && !signal.aborted) {
      const rest = COMMIT_EVERY_MS - (performance.now() - committedAtMs);
      const untilProbe = probedAtMs + options.probeEveryMs - performance.now();
      if (!isAllKept() && (rest <= 0 || hurried > 0)) commit();
      else if (untilProbe <= 0) await probeWhenDue();
      else await work.wait(isAllKept() ? untilProbe : Math.min(rest, untilProbe));
    }
    const isEnough = () => hurried > 0 || backlog.chunk.length >= LINES_MAX;
    if (!isEnough()) await work.wait(GATHER_MS, isEnough);
    return !signal.aborted;
  }

  /** Whether readings would be taken and told is known before the first one comes, and though none comes for hours. */
  async function probeWhenDue(): Promise<void> {
    if (performance.now() - probedAtMs < options.probeEveryMs) return;
    probedAtMs = performance.now();
    commit();
    if ((await insist(() => server.tryWriting().then(() => true))) === null) return;
    // Writing does not wait for it.
    void server
      .query([probeStatement()], PROBE_TIMEOUT_MS)
      .then(
        () => null,
        (error: unknown) => noAnswer(error),
      )
      .then((failure) => {
        outages.reading(failure);
        heard.resolve();
      });
  }

  async function run(): Promise<void> {
    while (await somethingToStore()) {
      const upTo = ledger.taken();
      const bytes = backlogBytes;
      const batch = { chunk: backlog.take(Math.min(backlog.chunk.length, ROOM_MAX)), importedRows };
      backlogBytes = 0;
      importedRows = [];
      const written = await send(batch);
      if (written === null) return;
      noteAll(storedNewest, batch.chunk);
      ledger.store(upTo);
      readings += written;
      takenBytes += bytes;
      if (hurried > 0 || performance.now() - committedAtMs >= COMMIT_EVERY_MS) commit();
      options.onProgress();
    }
  }

  /** Rejects when nothing has come of it in so long; soon, unless `patient`, when it is known why. */
  async function giveUp(timeoutMs: number, patient: boolean, given: AbortSignal): Promise<never> {
    if (outages.ofWriting() !== null && !patient) {
      retry.ring();
      await delay(KNOWN_FAILURE_WAIT_MS, undefined, { signal: given });
      if (outages.ofWriting() === null) await delay(timeoutMs - KNOWN_FAILURE_WAIT_MS, undefined, { signal: given });
    } else await delay(timeoutMs, undefined, { signal: given });
    const why = outages.ofWriting()?.message;
    throw new Error(why ?? 'InfluxDB has not yet taken the readings that came before the query');
  }

  const running = run();

  return {
    ingest(first, count, data) {
      const next = ledger.taken().position;
      if (first !== next) throw new RangeError(`history was given position ${first} instead of ${next}`);
      const entries = backlog.add(data);
      if (entries !== count) throw new RangeError(`history was given ${entries} entries instead of ${count}`);
      backlogBytes += data.byteLength;
      ledger.take(count);
      work.ring();
    },
    importReadings(data) {
      const from = backlog.chunk.length;
      try {
        backlog.addImported(data);
      } finally {
        importedRows.push(from, backlog.chunk.length);
      }
      ledger.take(0);
      work.ring();
    },
    nextPosition: () => ledger.taken().position,
    durablePosition: () => ledger.durable().position,
    takenBytes: () => takenBytes,
    readings: () => readings,
    failure: outages.present,
    outages: outages.counts,
    rejected: rejected.counts,
    rejecting: rejected.recently,
    takeRejectedImports: rejected.takeImported,
    tellRejected: () => commit(true),
    heard: heard.promise,
    async stored(timeoutMs, patient) {
      if (ledger.taken().intake === ledger.durable().intake) return;
      hurried++;
      const given = new AbortController();
      try {
        const durable = ledger.whenDurable();
        work.ring();
        await Promise.race([durable, giveUp(timeoutMs, patient, given.signal)]);
      } finally {
        given.abort();
        hurried--;
      }
    },
    async stop() {
      stopping.abort();
      work.ring();
      retry.ring();
      await running;
      commit();
    },
  };
}
