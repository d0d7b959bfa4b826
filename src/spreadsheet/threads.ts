import { Worker } from 'node:worker_threads';
import { createBoundedWork } from '../lib/bounded-work.ts';
import type { Column } from './columns.ts';
import { type Cell, type FileFormat, type Table, UnreadableFileError } from './table.ts';
import { type FileJob, type FileReply, ROWS_PER_MESSAGE } from './worker.ts';
import type { WrittenTable } from './write-file.ts';

/** A file that takes longer is given up; the largest allowed takes a few seconds. */
const FILE_MS_MAX = 120_000;
const HEAP_MB_MAX = 1_024;
/** Files at a time, each of which may take that much memory and a core, and files that may wait. */
const RUNNING_MAX = 2;
const WAITING_MAX = 8;

/**
 * Reads a file in a thread of its own, which ends with the signal. Rejects with UnreadableFileError when it is no
 * spreadsheet, and with NoTurnError when too many are being read.
 */
export function readInThread(
  bytes: Uint8Array<ArrayBuffer>,
  format: FileFormat,
  signal?: AbortSignal,
): Promise<Table[]> {
  const tables: { name: string; isHidden: boolean; rows: Table['rows'][number][] }[] = [];
  return run<Table[]>(
    (post) => post({ kind: 'read', bytes, format }),
    (reply, resolve) => {
      if (reply.kind === 'table') tables.push({ name: reply.name, isHidden: reply.isHidden, rows: [] });
      else if (reply.kind === 'rows') for (const row of reply.rows) tables.at(-1)?.rows.push(row);
      else if (reply.kind === 'read') resolve(tables);
    },
    signal,
  );
}

/** Tables whose rows are made while they are handed over, so that nobody waits for all of them at once. */
export interface RowSource extends Omit<WrittenTable, 'rows'> {
  readonly rows: Iterable<WrittenTable['rows'][number]>;
}

/** A sheet with these columns, of which the first `fixedColumns` stay in view; `rows` begin with the heading. */
export function tableOf(
  name: string,
  columns: readonly Column<string>[],
  fixedColumns: number,
  rows: Iterable<readonly Cell[]>,
): RowSource {
  const widths = columns.map(({ width }) => width);
  return { name, widths, readOnly: columns.map(({ readOnly = false }) => readOnly), fixedColumns, rows };
}

/** Writes a file in a thread of its own, which ends with the signal. Rejects with NoTurnError. `pause` lets others have their turn between two pieces. */
export function writeInThread(
  sources: readonly RowSource[],
  format: FileFormat,
  pause: () => Promise<void>,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  return run<Uint8Array>(
    async (post) => {
      for (const [table, { rows }] of sources.entries()) {
        let piece: WrittenTable['rows'][number][] = [];
        for (const row of rows) {
          piece.push(row);
          if (piece.length < ROWS_PER_MESSAGE) continue;
          post({ kind: 'rows', table, rows: piece });
          piece = [];
          await pause();
          signal?.throwIfAborted();
        }
        post({ kind: 'rows', table, rows: piece });
      }
      post({ kind: 'write', format, tables: sources.map(({ rows: _rows, ...rest }) => rest) });
    },
    (reply, resolve) => {
      if (reply.kind === 'written') resolve(reply.bytes);
    },
    signal,
  );
}

/** Packing and unpacking files, wherever that is done. */
export interface FileWork {
  readonly read: typeof readInThread;
  readonly write: typeof writeInThread;
}

export const IN_THREADS: FileWork = { read: readInThread, write: writeInThread };

const inTurn = createBoundedWork(RUNNING_MAX, WAITING_MAX);

function run<T>(
  begin: (post: (job: FileJob) => void) => void | Promise<void>,
  take: (reply: FileReply, resolve: (value: T) => void) => void,
  signal: AbortSignal | undefined,
): Promise<T> {
  return inTurn(() => runNow(begin, take, signal), signal);
}

async function runNow<T>(
  begin: (post: (job: FileJob) => void) => void | Promise<void>,
  take: (reply: FileReply, resolve: (value: T) => void) => void,
  signal: AbortSignal | undefined,
): Promise<T> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB_MAX },
  });
  let timer: NodeJS.Timeout | undefined;
  let callOff: (() => void) | undefined;
  try {
    return await new Promise<T>((resolve, reject) => {
      callOff = () => reject(signal?.reason);
      signal?.addEventListener('abort', callOff, { once: true });
      timer = setTimeout(() => reject(new UnreadableFileError({ zh: '读取超时', en: 'takes too long' })), FILE_MS_MAX);
      worker.on('message', (reply: FileReply) => {
        if (reply.kind === 'unreadable') reject(new UnreadableFileError(reply.words));
        else if (reply.kind === 'failed') reject(new Error(reply.message));
        else take(reply, resolve);
      });
      worker.on('error', (error: NodeJS.ErrnoException) => {
        const isTooMuch = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
        const words = { zh: '文件过大，内存不足', en: 'needs more memory than is given' };
        reject(isTooMuch ? new UnreadableFileError(words, { cause: error }) : error);
      });
      Promise.resolve(begin((job) => worker.postMessage(job))).catch(reject);
    });
  } finally {
    clearTimeout(timer);
    if (callOff !== undefined) signal?.removeEventListener('abort', callOff);
    await worker.terminate();
  }
}
