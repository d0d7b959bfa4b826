import { valueAt } from '../../model/columns.ts';
import { scanReadings } from '../../model/entry.ts';
import { msOf, stepped } from '../../model/instant.ts';
import { LATE, type Value } from '../../model/reading.ts';
import { FALSE, MARKS_SHIFT, NUMBER, TEXT, TRUE, TYPE_MASK } from '../shared/columns.ts';
import { type JournalRange, startPosition } from '../shared/protocol.ts';
import { append, type Chunk, createChunk, createNewestTimes } from '../shared/recent.ts';
import { failureOf, type InfluxFailure, noAnswer, type OutageCause } from './failure.ts';
import { columnsOf, knownStatement, probeStatement } from './influxql.ts';
import { lineHead, lineOf } from './lines.ts';
import {
  byTime,
  createRejectionSums,
  droppedIn,
  judge,
  kindOf,
  type Line,
  parted,
  type RejectedReadings,
  type RejectionKind,
} from './rejections.ts';
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

/** InfluxData's advice for the size of a write. */
const LINES_MAX = 5_000;
/** How long single readings wait for company. */
const GATHER_MS = 200;
/** At most this much is written again after a crash. */
const COMMIT_EVERY_MS = 1_000;
const RETRY_MIN_MS = 100;
const QUERY_TIMEOUT_MS = 30_000;
const PROBE_TIMEOUT_MS = 10_000;
/** Late readings further apart than this are asked for apart. */
const LATE_GAP_MS = 3_600_000;
const STATEMENTS_MAX = 20;
/** Questions to find out which lines of a batch the server means; beyond it they are counted by what it says. */
const REQUESTS_MAX = 100;
/** A server that finds a line of less too large by itself is wrongly set up, which is not the line's fault. */
const LINE_LARGE_CHARACTERS = 4_096;
/** Rejections are told of at once, and later ones at most so often, summed up. */
const REJECTIONS_EVERY_MS = 60_000;
/** For so long after a rejection it is said that some readings are not taken. */
const REJECTING_MS = 600_000;
/** What is known to be wrong is tried once more for a question that waits, and the question waits for that so long. */
const KNOWN_FAILURE_WAIT_MS = 1_000;

export function startFollower(options: FollowerOptions): Follower {
  const { server, state } = options;
  const newest = createNewestTimes();
  const storedNewest = createNewestTimes();
  for (const { page, times } of state.newest()) {
    newest.load(page, times.slice());
    storedNewest.load(page, times);
  }
  let next = startPosition(state.cursor(), options.journal);
  let stored = next;
  let durable = next;
  let readings = state.readings();
  let active = createChunk(0);
  let activeBytes = 0;
  /** Series that readings from outside the journal were taken of. */
  let activeImports = new Set<number>();
  /** Which of the rows they are: from, and up to, in turn. */
  let activeImported: number[] = [];
  const importSums = createRejectionSums([]);
  let importing = false;
  let takenBytes = 0;
  /** What was taken in is numbered, whether it moves the journal's cursor or not. */
  let lastTaken = 0;
  let lastStored = 0;
  let lastDurable = 0;
  let writeFailure: InfluxFailure | null = null;
  let readFailure: InfluxFailure | null = null;
  let toldFailure: InfluxFailure | null = null;
  const outages: Partial<Record<OutageCause, number>> = {};
  const rejected: Partial<Record<RejectionKind, number>> = {};
  const sums = createRejectionSums(state.rejected());
  let toldRejectedAtMs = Number.NEGATIVE_INFINITY;
  let lastRejection = { atMs: Number.NEGATIVE_INFINITY, reason: '' };
  let probedAtMs = Number.NEGATIVE_INFINITY;
  let hurryRetry: (() => void) | null = null;
  const heard = Promise.withResolvers<void>();
  let committedAtMs = performance.now();
  let wake: (() => void) | null = null;
  let hurried = 0;
  const stopping = new AbortController();
  const waiting: { readonly taken: number; readonly resolve: () => void }[] = [];

  const keep = (series: number, tsMs: number, value: number, type: number, marks: number): void => {
    const standing = newest.pass(series, tsMs);
    if (standing === 'same' && !importing) return;
    append(active, series, tsMs, value, type, standing === 'late' && !importing ? marks | LATE : marks);
    if (importing) activeImports.add(series);
  };
  const visitor = {
    number: (series: number, tsMs: number, value: number, marks: number) =>
      keep(series, tsMs, value + 0, NUMBER, marks),
    boolean: (series: number, tsMs: number, value: boolean, marks: number) =>
      keep(series, tsMs, value ? 1 : 0, value ? TRUE : FALSE, marks),
    text(series: number, tsMs: number, value: string, marks: number) {
      keep(series, tsMs, active.texts.length, TEXT, marks);
      active.texts.push(value);
    },
  };

  function commit(tellRejected = false): void {
    const isDue = performance.now() - toldRejectedAtMs >= REJECTIONS_EVERY_MS;
    const telling = (isDue || tellRejected) && sums.pending().length > 0;
    if (lastStored === lastDurable && !telling) return;
    if (telling) {
      for (const one of sums.take()) options.onRejected(one);
      toldRejectedAtMs = performance.now();
    }
    state.commit({ cursor: stored, readings, rejected: sums.pending(), newest: storedNewest.takeChanged() });
    durable = stored;
    lastDurable = lastStored;
    committedAtMs = performance.now();
    while (waiting[0] !== undefined && waiting[0].taken <= lastDurable) waiting.shift()?.resolve();
    options.onProgress();
  }

  /** Waits until there is something to do; gives false when it is time to end. */
  async function somethingToStore(): Promise<boolean> {
    await probeWhenDue();
    while (lastTaken === lastStored && !stopping.signal.aborted) {
      const rest = COMMIT_EVERY_MS - (performance.now() - committedAtMs);
      const untilProbe = probedAtMs + options.probeEveryMs - performance.now();
      if (lastDurable !== lastStored && (rest <= 0 || hurried > 0)) commit();
      else if (untilProbe <= 0) await probeWhenDue();
      else await signalOr(lastDurable === lastStored ? untilProbe : Math.min(rest, untilProbe));
    }
    if (hurried === 0 && active.length < LINES_MAX)
      await signalOr(GATHER_MS, () => hurried > 0 || active.length >= LINES_MAX);
    return !stopping.signal.aborted;
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
        readFailure = failure;
        tellFailure();
        heard.resolve();
      });
  }

  function tellFailure(): void {
    const failure = writeFailure ?? readFailure;
    if (stopping.signal.aborted) return;
    if (failure?.outage !== toldFailure?.outage) {
      if (failure !== null) outages[failure.outage] = (outages[failure.outage] ?? 0) + 1;
      options.onOutage(failure);
    }
    toldFailure = failure;
    options.onProgress();
  }

  /** Waits for something to happen, until `enough`, or for so long. */
  async function signalOr(ms: number | undefined, enough: () => boolean = () => true): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      wake = () => {
        if (enough() || stopping.signal.aborted) resolve();
      };
      if (ms !== undefined) timer = setTimeout(resolve, ms);
    });
    wake = null;
    clearTimeout(timer);
  }

  async function run(): Promise<void> {
    while (await somethingToStore()) {
      const chunk = active;
      const bytes = activeBytes;
      const upTo = next;
      const taken = lastTaken;
      const imports = activeImports;
      const imported = activeImported;
      active = createChunk(Math.min(chunk.length, 1 << 16));
      activeBytes = 0;
      activeImports = new Set();
      activeImported = [];
      const written = await storeChunk(chunk, imports, imported);
      if (written === null) return;
      for (let i = 0; i < chunk.length; i++) storedNewest.pass(chunk.series[i] ?? 0, chunk.tsMs[i] ?? 0);
      stored = upTo;
      lastStored = taken;
      readings += written;
      takenBytes += bytes;
      if (hurried > 0 || performance.now() - committedAtMs >= COMMIT_EVERY_MS) commit();
      options.onProgress();
    }
  }

  /** Gives the number of readings the server took; null when it is time to end. */
  async function storeChunk(
    chunk: Chunk,
    imports: ReadonlySet<number>,
    imported: readonly number[],
  ): Promise<number | null> {
    const tags = await options.describe([...new Set(chunk.series.subarray(0, chunk.length))]);
    const fresh = await withoutRepeats(chunk, imports, tags);
    if (fresh === null) return null;
    let written = 0;
    for (let start = 0; start < fresh.length; start += LINES_MAX) {
      const lines = linesOf(chunk, tags, fresh.slice(start, start + LINES_MAX), imported);
      const taken = await send(lines);
      if (taken === null) return null;
      written += taken;
    }
    return written;
  }

  /**
   * The indexes of readings to write. The server keeps the last of what is written at one time: so what it has is asked
   * for first of late and imported readings, the only ones that can have been there before, or find their time taken by
   * another value. These are given the next free time of their millisecond, unless that has the value already.
   */
  async function withoutRepeats(
    chunk: Chunk,
    imports: ReadonlySet<number>,
    tags: ReadonlyMap<number, SeriesTags>,
  ): Promise<number[] | null> {
    const lateOf = new Map<number, number[]>();
    for (let i = 0; i < chunk.length; i++) {
      const series = chunk.series[i] ?? 0;
      if ((((chunk.flags[i] ?? 0) >> MARKS_SHIFT) & LATE) === 0 && !imports.has(series)) continue;
      const times = lateOf.get(series);
      if (times === undefined) lateOf.set(series, [chunk.tsMs[i] ?? 0]);
      else times.push(chunk.tsMs[i] ?? 0);
    }
    const known = new Map([...lateOf.keys()].map((series) => [series, createKnown()]));
    const asked = [...lateOf].flatMap(([series, times]) => {
      const tag = tags.get(series);
      return tag === undefined
        ? []
        : spans(times).map(([first, last]) => ({ series, text: knownStatement(tag, first, last) }));
    });
    for (let start = 0; start < asked.length; start += STATEMENTS_MAX) {
      const some = asked.slice(start, start + STATEMENTS_MAX);
      const answers = await insist(() =>
        server.query(
          some.map(({ text }) => text),
          QUERY_TIMEOUT_MS,
        ),
      );
      if (answers === null) return null;
      for (const [i, { series }] of some.entries()) {
        const columns = columnsOf(answers[i] ?? { columns: [], values: [] });
        columns.tsMs.forEach((tsMs, at) => void known.get(series)?.timeFor(tsMs, valueAt(columns, at)));
      }
    }
    const fresh: number[] = [];
    for (let i = 0; i < chunk.length; i++) {
      const tsMs = known.get(chunk.series[i] ?? 0)?.timeFor(chunk.tsMs[i] ?? 0, valueAt(chunk, i));
      if (tsMs === null) continue;
      if (tsMs !== undefined) chunk.tsMs[i] = tsMs;
      fresh.push(i);
    }
    return fresh;
  }

  function linesOf(
    chunk: Chunk,
    tags: ReadonlyMap<number, SeriesTags>,
    indexes: readonly number[],
    imported: readonly number[],
  ): Line[] {
    const heads = new Map<number, string>();
    return indexes.map((i) => {
      const series = chunk.series[i] ?? 0;
      const tsMs = chunk.tsMs[i] ?? 0;
      const flags = chunk.flags[i] ?? 0;
      const tag = tags.get(series) ?? unknownSeries(series);
      let head = heads.get(series);
      if (head === undefined) {
        head = lineHead(tag);
        heads.set(series, head);
      }
      const value = chunk.values[i] ?? 0;
      const type = flags & TYPE_MASK;
      const own = type === NUMBER ? value : type === TEXT ? (chunk.texts[value] ?? '') : type === TRUE;
      const field = type === NUMBER ? 'number' : type === TEXT ? 'text' : 'boolean';
      const text = lineOf(head, tsMs, own, flags >> MARKS_SHIFT);
      return { series, tsMs, device: tag.device, field, text, imported: isWithin(imported, i) };
    });
  }

  /** Sends until each line is taken or rejected. Gives the number taken; null when it is time to end. */
  async function send(lines: readonly Line[]): Promise<number | null> {
    let taken = 0;
    const pieces: (readonly Line[])[] = lines.length === 0 ? [] : [lines];
    for (let requests = 1; ; requests++) {
      const piece = pieces.pop();
      if (piece === undefined) return taken;
      const outcome = await insist(() => write(piece));
      if (outcome === null) return null;
      if (outcome.kind === 'stored') {
        taken += piece.length;
        continue;
      }
      const { reason } = outcome;
      if (outcome.kind === 'too-large') {
        if (piece.length === 1) reject(piece, 1, 'too-large', reason);
        else pieces.push(...parted(piece, piece.length >> 1, byTime));
        continue;
      }
      const dropped = droppedIn(reason);
      if (requests >= REQUESTS_MAX && dropped !== null && dropped < piece.length) {
        // It has stored the others.
        reject(piece, dropped, kindOf(reason), reason);
        taken += piece.length - dropped;
        continue;
      }
      const verdict = judge(piece, reason, requests === 1);
      reject(verdict.rejected, verdict.rejected.length, kindOf(reason), reason);
      pieces.push(...verdict.again);
    }
  }

  async function write(lines: readonly Line[]) {
    const text = lines.map((line) => line.text).join('\n');
    const outcome = await server.write(text);
    const isOdd = outcome.kind === 'too-large' && lines.length === 1 && text.length < LINE_LARGE_CHARACTERS;
    if (isOdd) throw failureOf(413, outcome.reason);
    return outcome;
  }

  function reject(lines: readonly Line[], count: number, kind: RejectionKind, reason: string): void {
    if (count === 0) return;
    sums.add(lines, count, kind, reason);
    rejected[kind] = (rejected[kind] ?? 0) + count;
    const imported = lines.filter((line) => line.imported);
    if (imported.length > 0) importSums.add(imported, Math.min(count, imported.length), kind, reason);
    lastRejection = { atMs: performance.now(), reason };
  }

  /** Tries until it succeeds, waiting longer each time, with jitter so that many servers do not return all at once. */
  async function insist<T>(work: () => Promise<T>): Promise<T | null> {
    for (let waitMs = RETRY_MIN_MS; !stopping.signal.aborted; waitMs = Math.min(waitMs * 2, options.retryMaxMs)) {
      const startedAtMs = performance.now();
      try {
        const result = await work();
        if (writeFailure !== null) {
          writeFailure = null;
          tellFailure();
        }
        return result;
      } catch (error) {
        writeFailure = noAnswer(error);
        commit();
        tellFailure();
        heard.resolve();
        const toldMs = writeFailure.retryAfterMs;
        const pauseMs = Math.min(toldMs ?? waitMs * (0.5 + Math.random() / 2), options.retryMaxMs);
        await pause(pauseMs, toldMs === null ? startedAtMs + KNOWN_FAILURE_WAIT_MS : Number.POSITIVE_INFINITY);
      }
    }
    return null;
  }

  /** Waits so long; less, once somebody asks for another try, but not before `hurriedFromMs`. */
  async function pause(ms: number, hurriedFromMs: number): Promise<void> {
    if (stopping.signal.aborted) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
      hurryRetry = () => {
        if (stopping.signal.aborted || performance.now() >= hurriedFromMs) resolve();
      };
    });
    hurryRetry = null;
    clearTimeout(timer);
  }

  const running = run();

  return {
    ingest(first, count, data) {
      if (first !== next) throw new RangeError(`history was given position ${first} instead of ${next}`);
      const entries = scanReadings(data, visitor);
      if (entries !== count) throw new RangeError(`history was given ${entries} entries instead of ${count}`);
      next += count;
      activeBytes += data.byteLength;
      lastTaken++;
      wake?.();
    },
    importReadings(data) {
      importing = true;
      const from = active.length;
      try {
        scanReadings(data, visitor);
      } finally {
        importing = false;
        activeImported.push(from, active.length);
      }
      lastTaken++;
      wake?.();
    },
    nextPosition: () => next,
    durablePosition: () => durable,
    takenBytes: () => takenBytes,
    readings: () => readings,
    failure: () => writeFailure ?? readFailure,
    outages: () => outages,
    rejected: () => rejected,
    rejecting() {
      if (performance.now() - lastRejection.atMs > REJECTING_MS) return null;
      return `InfluxDB does not take some of the readings: ${lastRejection.reason.slice(0, 300)}`;
    },
    takeRejectedImports: () => importSums.take(),
    tellRejected: () => commit(true),
    heard: heard.promise,
    async stored(timeoutMs, patient) {
      const taken = lastTaken;
      if (taken <= lastDurable) return;
      hurried++;
      let timer: NodeJS.Timeout | undefined;
      try {
        await Promise.race([
          new Promise<void>((resolve) => {
            waiting.push({ taken, resolve });
            wake?.();
          }),
          new Promise<never>((_, reject) => {
            const giveUp = (): void =>
              reject(
                new Error(
                  writeFailure?.message ?? 'InfluxDB has not yet taken the readings that came before the query',
                ),
              );
            const wait = (ms: number, then: () => void): void => {
              timer = setTimeout(then, ms);
            };
            if (writeFailure === null || patient) return wait(timeoutMs, giveUp);
            hurryRetry?.();
            wait(KNOWN_FAILURE_WAIT_MS, () => {
              if (writeFailure !== null) giveUp();
              else wait(timeoutMs - KNOWN_FAILURE_WAIT_MS, giveUp);
            });
          }),
        ]);
      } finally {
        clearTimeout(timer);
        hurried--;
      }
    },
    async stop() {
      stopping.abort();
      wake?.();
      hurryRetry?.();
      await running;
      commit();
    },
  };
}

/** A series the registry has never known cannot be told where it belongs; it is kept under its number. */
function unknownSeries(series: number): SeriesTags {
  return { point: `series-${series}`, metric: 'unknown', area: null, family: null, device: null };
}

/** What the server has, or is sent, of one series. */
function createKnown() {
  const byMs = new Map<number, Map<number, Value>>();
  return {
    /** The time to write a reading at; null when it is there already. */
    timeFor(wantedMs: number, value: Value): number | null {
      const ms = msOf(wantedMs);
      const present = byMs.get(ms) ?? new Map<number, Value>();
      byMs.set(ms, present);
      let tsMs = wantedMs;
      if (present.has(tsMs)) {
        if ([...present.values()].includes(value)) return null;
        while (present.has(tsMs)) tsMs = stepped(tsMs, 1);
      }
      present.set(tsMs, value);
      return tsMs;
    },
  };
}

/** Whether a row lies in one of the stretches, each given by its first row and the one after its last. */
function isWithin(stretches: readonly number[], row: number): boolean {
  for (let i = 0; i < stretches.length; i += 2) {
    if (row >= (stretches[i] ?? 0) && row < (stretches[i + 1] ?? 0)) return true;
  }
  return false;
}

/** First and last of each group of times that lie close together. */
function spans(times: readonly number[]): [number, number][] {
  const found: [number, number][] = [];
  for (const time of [...times].sort((a, b) => a - b)) {
    const last = found[found.length - 1];
    if (last !== undefined && time - last[1] <= LATE_GAP_MS) last[1] = time;
    else found.push([time, time]);
  }
  return found;
}
