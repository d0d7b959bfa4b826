import type { CsvStyle } from '../../history/files/csv.ts';
import type { CsvImportOutcome, ImportSeries } from '../../history/files/csv-import.ts';
import type { ReadingsPage } from '../../history/files/pages.ts';

/** What the server's thread and the one that writes or reads a file of readings say to each other. */

/** What the thread is started for. */
export type TransferJob = ExportJob | ImportJob;

export interface ExportJob {
  readonly kind: 'export';
  readonly format: 'csv' | 'parquet';
  readonly csv: CsvStyle;
}

export interface ImportJob {
  readonly kind: 'import';
  /** What may be imported, by point and metric. */
  readonly series: ReadonlyMap<string, ReadonlyMap<string, ImportSeries>>;
  readonly latestMs: number;
  /** When the readings arrived, as far as history is concerned. */
  readonly receivedAtMs: number;
  /** The file the readings wait in until all lines have been looked at. */
  readonly spool: string;
}

export type TransferRequest =
  | { readonly type: 'page'; readonly page: ReadingsPage }
  | { readonly type: 'bytes'; readonly data: Uint8Array }
  | { readonly type: 'end' }
  /** The next readings that wait. */
  | { readonly type: 'next' };

export type TransferReply =
  | { readonly type: 'file'; readonly data: Uint8Array | null }
  | { readonly type: 'taken' }
  | { readonly type: 'checked'; readonly outcome: CsvImportOutcome }
  | { readonly type: 'no-room' }
  /** Bytes of EntryWriter; null when there are no more. */
  | { readonly type: 'entries'; readonly data: Uint8Array | null; readonly readings: number };
