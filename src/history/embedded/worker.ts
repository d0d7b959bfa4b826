import { parentPort, workerData } from 'node:worker_threads';
import { ownMemory } from '../shared/columns.ts';
import { DamagedFileError } from '../shared/database.ts';
import type { Reply, Request, Status } from '../shared/protocol.ts';
import { type Engine, openEngine } from './engine.ts';
import type { Sliced } from './reads.ts';
import type { WorkerSettings } from './settings.ts';

/**
 * The thread that owns the history. Messages are handled in order; queries and upkeep run between them in slices, so
 * that none of them holds up another for long.
 */

/** What a query and a piece of upkeep may take before something else has its turn. */
const QUERY_SLICE_MS = 5;
const UPKEEP_SLICE_MS = 5;
const QUERIES_AT_A_TIME = 4;
const QUERIES_WAITING_MAX = 256;
/** After a failed write or piece of upkeep, such as on a full disk. */
const RETRY_AFTER_MS = 2_000;
const SIZE_EVERY_MS = 10_000;

/** A query under way; `step` gives true when it has answered. */
interface Task {
  readonly id: number;
  readonly deadlineMs: number;
  readonly step: () => boolean;
}

/** What went wrong, and when it is tried again. */
interface Failure {
  readonly message: string;
  readonly retryAtMs: number;
}

function run(port: NonNullable<typeof parentPort>, settings: WorkerSettings): void {
  const reply = (message: Reply, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);
  let engine: Engine;
  try {
    engine = openEngine(settings);
  } catch (error) {
    const damagedFile = error instanceof DamagedFileError ? error.file : null;
    reply({ type: 'failed', message: messageOf(error), damagedFile });
    port.close();
    return;
  }

  const tasks: Task[] = [];
  let warming: Sliced<void> | null = engine.warm();
  /** Imports that are answered when there is room for the next one. */
  const imports: number[] = [];
  let upkeep: Sliced<void> | null = null;
  let settling: number | null = null;
  /** Copies that were asked for; while there is one no upkeep begins. */
  const copies: { readonly id: number; readonly work: Sliced<void> }[] = [];
  const failures: { write: Failure | null; upkeep: Failure | null } = { write: null, upkeep: null };
  let nowMs = settings.nowMs;
  let takenBytes = 0;
  let withheldBytes = 0;
  let bytesOnDisk = engine.bytesOnDisk();
  let sizedAtMs = nowMs;
  let scheduled = false;
  let closing: number | null = null;

  const status = (): Status => ({
    takenBytes,
    nextPosition: engine.nextPosition(),
    durablePosition: engine.durablePosition(),
    readings: engine.readings(),
    bytesOnDisk,
    problem: failures.write?.message ?? failures.upkeep?.message ?? engine.problem(),
  });

  /** Says how far it has come; what memory has no room for is not called taken, and so nothing more is sent. */
  function report(): void {
    if (withheldBytes > 0 && !engine.isFull()) {
      takenBytes += withheldBytes;
      withheldBytes = 0;
    }
    if (Math.abs(nowMs - sizedAtMs) >= SIZE_EVERY_MS) {
      sizedAtMs = nowMs;
      bytesOnDisk = engine.bytesOnDisk();
    }
    reply({ type: 'status', status: status() });
  }

  const failureOf = (deed: string, error: unknown): Failure => ({
    message: `${deed}: ${messageOf(error)}`,
    retryAtMs: nowMs + RETRY_AFTER_MS,
  });

  function flush(): void {
    try {
      engine.flush();
      failures.write = null;
    } catch (error) {
      failures.write = failureOf('history cannot be written', error);
    }
  }

  /** A flush that failed is due until one succeeds, whether or not more readings come. */
  function flushIfDue(): void {
    if (failures.write === null ? engine.flushDue() : nowMs >= failures.write.retryAtMs) flush();
  }

  function answer<T>(id: number, work: () => Sliced<T>, send: (result: T) => void): void {
    if (tasks.length >= QUERIES_WAITING_MAX) {
      reply({ type: 'error', id, message: 'too many queries are waiting for the history' });
      return;
    }
    const sliced = startLate(work);
    tasks.push({
      id,
      deadlineMs: performance.now() + settings.queryTimeoutMs,
      step() {
        const result = runSlice(sliced, QUERY_SLICE_MS);
        if (result.done !== true) return false;
        send(result.value);
        return true;
      },
    });
  }

  /** Gives every query that has its turn a slice. */
  function stepQueries(): void {
    for (const task of tasks.slice(0, QUERIES_AT_A_TIME)) {
      try {
        if (performance.now() > task.deadlineMs) throw new Error('the query took too long and was given up');
        if (!task.step()) continue;
      } catch (error) {
        reply({ type: 'error', id: task.id, message: messageOf(error) });
      }
      tasks.splice(tasks.indexOf(task), 1);
    }
  }

  function stepUpkeep(): void {
    flushIfDue();
    if (copies.length === 0 && (failures.upkeep === null || nowMs >= failures.upkeep.retryAtMs)) {
      upkeep ??= engine.upkeep();
      // Settling that failed is not tried again by itself when nothing of it is due.
      if (upkeep === null) failures.upkeep = null;
    }
    if (upkeep === null) {
      stepCopy();
      return;
    }
    try {
      if (runSlice(upkeep, UPKEEP_SLICE_MS).done !== true) return;
      failures.upkeep = null;
    } catch (error) {
      failures.upkeep = failureOf('history cannot be put in order', error);
    }
    upkeep = null;
    if (settling !== null) {
      bytesOnDisk = engine.bytesOnDisk();
      const id = settling;
      settling = null;
      if (failures.upkeep === null) reply({ type: 'done', id });
      else reply({ type: 'error', id, message: failures.upkeep.message });
    }
    report();
  }

  function stepWarming(): void {
    try {
      if (warming === null || runSlice(warming, QUERY_SLICE_MS).done !== true) return;
    } catch (error) {
      failures.upkeep = failureOf('history cannot be read', error);
    }
    warming = null;
  }

  function answerImports(): void {
    const { upkeep: failure } = failures;
    if (engine.isFull() && failure === null) return;
    for (const id of imports.splice(0)) {
      if (!engine.isFull()) reply({ type: 'done', id });
      else reply({ type: 'error', id, message: failure?.message ?? '' });
    }
  }

  function stepCopy(): void {
    const copy = copies[0];
    if (copy === undefined) return;
    try {
      if (runSlice(copy.work, UPKEEP_SLICE_MS).done !== true) return;
      reply({ type: 'done', id: copy.id });
    } catch (error) {
      reply({ type: 'error', id: copy.id, message: messageOf(error) });
    }
    copies.shift();
  }

  function turn(): void {
    scheduled = false;
    if (closing !== null) {
      finish(closing);
      return;
    }
    stepQueries();
    stepUpkeep();
    if (tasks.length === 0) stepWarming();
    answerImports();
    if (tasks.length > 0 || upkeep !== null || copies.length > 0 || warming !== null) schedule();
  }

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    setImmediate(turn);
  }

  function finish(id: number): void {
    try {
      engine.close();
      reply({ type: 'done', id });
    } catch (error) {
      reply({ type: 'error', id, message: messageOf(error) });
    }
    port.close();
  }

  port.on('message', (request: Request) => {
    switch (request.type) {
      case 'ingest':
        engine.ingest(request.first, request.count, request.data);
        if (engine.isFull()) withheldBytes += request.data.byteLength;
        else takenBytes += request.data.byteLength;
        flushIfDue();
        report();
        break;
      case 'import':
        engine.importReadings(request.data);
        flush();
        if (failures.write === null) imports.push(request.id);
        else reply({ type: 'error', id: request.id, message: failures.write.message });
        break;
      case 'tick':
        nowMs = request.nowMs;
        engine.setNow(nowMs);
        report();
        break;
      case 'samples':
        answer(
          request.id,
          () => engine.samples(request.query),
          (columns) => {
            const { own, buffers } = ownMemory(columns);
            reply({ type: 'samples', id: request.id, columns: own }, buffers);
          },
        );
        break;
      case 'buckets':
        answer(
          request.id,
          () => engine.buckets(request.query),
          (buckets) => reply({ type: 'buckets', id: request.id, buckets }),
        );
        break;
      case 'settle':
        // What is under way is broken off, for it is part of settling.
        settling = request.id;
        upkeep = engine.settle();
        break;
      case 'copy':
        copies.push({ id: request.id, work: engine.copyTo(request.dir) });
        break;
      case 'close':
        closing = request.id;
        break;
      case 'note':
        break;
    }
    schedule();
  });
  reply({ type: 'open', status: status() });
  schedule();
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Runs at least one step, and more until the time is up. */
function runSlice<T>(sliced: Sliced<T>, budgetMs: number): IteratorResult<void, T> {
  const endMs = performance.now() + budgetMs;
  let result = sliced.next();
  while (result.done !== true && performance.now() < endMs) result = sliced.next();
  return result;
}

/** A query looks at memory when its first slice runs, by which time everything sent before it has arrived. */
function* startLate<T>(work: () => Sliced<T>): Sliced<T> {
  return yield* work();
}

if (parentPort !== null) run(parentPort, workerData as WorkerSettings);
