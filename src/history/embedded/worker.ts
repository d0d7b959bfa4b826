import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../lib/errors.ts';
import { ownMemory } from '../shared/columns.ts';
import { DamagedFileError } from '../shared/database.ts';
import type { Reply, Request, Status } from '../shared/protocol.ts';
import { createCopies } from './copies.ts';
import { type Engine, openEngine } from './engine.ts';
import { createQueries } from './queries.ts';
import type { Sliced } from './reads.ts';
import type { WorkerSettings } from './settings.ts';
import { runSlice } from './slices.ts';

/**
 * The thread that owns the history. Messages are handled in order; queries and upkeep run between them in slices, so
 * that none of them holds up another for long.
 */

/** What a query and a piece of upkeep may take before something else has its turn. */
const QUERY_SLICE_MS = 5;
const UPKEEP_SLICE_MS = 5;
/** After a failed write or piece of upkeep, such as on a full disk. */
const RETRY_AFTER_MS = 2_000;
const SIZE_EVERY_MS = 10_000;

/** What went wrong, and when it is tried again. */
interface Failure {
  readonly message: string;
  readonly retryAtMs: number;
}

function failureAt(nowMs: number, deed: string, error: unknown): Failure {
  return { message: `${deed}: ${messageOf(error)}`, retryAtMs: nowMs + RETRY_AFTER_MS };
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

  const done = (id: number): void => reply({ type: 'done', id });
  const fail = (id: number, message: string): void => reply({ type: 'error', id, message });
  const queries = createQueries({ timeoutMs: settings.queryTimeoutMs, sliceMs: QUERY_SLICE_MS, onError: fail });
  let warming: Sliced<void> | null = engine.warm();
  /** Imports that are answered when there is room for the next one. */
  const imports: number[] = [];
  let upkeep: Sliced<void> | null = null;
  let settling: number | null = null;
  const copies = createCopies({ sliceMs: UPKEEP_SLICE_MS, onDone: done, onError: fail });
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

  const failureOf = (deed: string, error: unknown): Failure => failureAt(nowMs, deed, error);

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

  function stepUpkeep(): void {
    flushIfDue();
    if (!copies.areUnderWay() && (failures.upkeep === null || nowMs >= failures.upkeep.retryAtMs)) {
      upkeep ??= engine.upkeep();
      // Settling that failed is not tried again by itself when nothing of it is due.
      if (upkeep === null) failures.upkeep = null;
    }
    if (upkeep === null) {
      copies.step();
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
      if (failures.upkeep === null) done(id);
      else fail(id, failures.upkeep.message);
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
      if (!engine.isFull()) done(id);
      else fail(id, failure?.message ?? '');
    }
  }

  function turn(): void {
    scheduled = false;
    if (closing !== null) {
      finish(closing);
      return;
    }
    queries.step();
    stepUpkeep();
    if (!queries.areUnderWay()) stepWarming();
    answerImports();
    if (queries.areUnderWay() || upkeep !== null || copies.areUnderWay() || warming !== null) schedule();
  }

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    setImmediate(turn);
  }

  function finish(id: number): void {
    try {
      engine.close();
      done(id);
    } catch (error) {
      fail(id, messageOf(error));
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
        else fail(request.id, failures.write.message);
        break;
      case 'tick':
        nowMs = request.nowMs;
        engine.setNow(nowMs);
        report();
        break;
      case 'samples':
        queries.begin(
          request.id,
          () => engine.samples(request.query),
          (columns) => {
            const { own, buffers } = ownMemory(columns);
            reply({ type: 'samples', id: request.id, columns: own }, buffers);
          },
        );
        break;
      case 'buckets':
        queries.begin(
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
        copies.add(request.id, engine.copyTo(request.dir));
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

if (parentPort !== null) run(parentPort, workerData as WorkerSettings);
