import { parentPort } from 'node:worker_threads';
import { readFile } from './read-file.ts';
import { type FileFormat, type Table, UnreadableFileError, type Words } from './table.ts';
import { type WrittenTable, writeFile } from './write-file.ts';

/** The thread that packs and unpacks files, which for a large site takes seconds; one thread for each file. */

export type FileJob =
  | { readonly kind: 'read'; readonly bytes: Uint8Array<ArrayBuffer>; readonly format: FileFormat }
  /** The rows have come before, in pieces. */
  | { readonly kind: 'write'; readonly format: FileFormat; readonly tables: readonly Omit<WrittenTable, 'rows'>[] }
  | { readonly kind: 'rows'; readonly table: number; readonly rows: WrittenTable['rows'] };

export type FileReply =
  | { readonly kind: 'table'; readonly name: string; readonly isHidden: boolean }
  /** Rows of the table named last. */
  | { readonly kind: 'rows'; readonly rows: Table['rows'] }
  | { readonly kind: 'read' }
  | { readonly kind: 'written'; readonly bytes: Uint8Array }
  | { readonly kind: 'unreadable'; readonly words: Words }
  | { readonly kind: 'failed'; readonly message: string };

/** Rows in one message: taking them over keeps the other thread busy for a millisecond or two. */
export const ROWS_PER_MESSAGE = 500;

const port = parentPort;
if (port !== null) {
  const pieces = new Map<number, WrittenTable['rows'][number][]>();
  const reply = (message: FileReply) => port.postMessage(message);
  const work = async (job: FileJob): Promise<void> => {
    if (job.kind === 'rows') {
      const rows = pieces.get(job.table) ?? [];
      for (const row of job.rows) rows.push(row);
      pieces.set(job.table, rows);
    } else if (job.kind === 'write') {
      const tables = job.tables.map((table, index) => ({ ...table, rows: pieces.get(index) ?? [] }));
      reply({ kind: 'written', bytes: await writeFile(tables, job.format) });
    } else {
      for (const { name, rows, isHidden = false } of await readFile(job.bytes, job.format)) {
        reply({ kind: 'table', name, isHidden });
        for (let at = 0; at < rows.length; at += ROWS_PER_MESSAGE) {
          reply({ kind: 'rows', rows: rows.slice(at, at + ROWS_PER_MESSAGE) });
        }
      }
      reply({ kind: 'read' });
    }
  };
  port.on('message', (job: FileJob) => {
    work(job).catch((error: unknown) => {
      if (error instanceof UnreadableFileError) reply({ kind: 'unreadable', words: error.words });
      else reply({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
    });
  });
}
