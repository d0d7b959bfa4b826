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
  let upkeep: Sliced<void> | null = null;
  let settling: number | null = null;
  /** Copies that were asked for; while there is one no upkeep begins. */
  const copies: { readonly id: number; readonly work: Sliced<void> }[] = [];
  const failures: { write: string | null; upkeep: string | null } = { write: null, upkeep: null };
  let retryAtMs = 0;
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
    problem: failures.write ?? failures.upkeep ?? engine.problem(),
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

  function attempt(what: keyof typeof failures, work: () => void): void {
    try {
      work();
      failures[what] = null;
    } catch (error) {
      const deed = what === 'write' ? 'history cannot be written' : 'history cannot be put in order';
      failures[what] = `${deed}: ${messageOf(error)}`;
      retryAtMs = nowMs + RETRY_AFTER_MS;
    }
  }

  function flushIfDue(): void {
    // Upkeep that was asked for writes too, and what has been written is no failure any more.
    if (!engine.flushDue()) failures.write = null;
    else if (failures.write === null || nowMs >= retryAtMs) attempt('write', engine.flush);
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
    const mayBegin = copies.length === 0 && (failures.upkeep === null || nowMs >= retryAtMs);
    if (mayBegin) upkeep ??= engine.upkeep();
    const current = upkeep;
    if (current === null) {
      stepCopy();
      return;
    }
    let ended = true;
    attempt('upkeep', () => {
      ended = runSlice(current, UPKEEP_SLICE_MS).done === true;
    });
    if (!ended) return;
    upkeep = null;
    if (settling !== null) {
      bytesOnDisk = engine.bytesOnDisk();
      const id = settling;
      settling = null;
      if (failures.upkeep === null) reply({ type: 'done', id });
      else reply({ type: 'error', id, message: failures.upkeep });
    }
    report();
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
    if (tasks.length > 0 || upkeep !== null || copies.length > 0) schedule();
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
        attempt('write', engine.flush);
        if (failures.write === null) reply({ type: 'done', id: request.id });
        else reply({ type: 'error', id: request.id, message: failures.write });
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
