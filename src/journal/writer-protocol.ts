import type { CopiedBatch } from './copy.ts';

/** What the journal and its writing thread say to one another. */
export interface WriterSettings {
  readonly path: string;
}

/** What is written in one transaction: batches from position `first` on, and how far a shared log is in the file then. */
export interface Written {
  readonly first: number;
  readonly batches: readonly CopiedBatch[];
  readonly mark: string | undefined;
}

export type ToWriter =
  | (Written & { readonly type: 'write' })
  | { readonly type: 'trim'; readonly position: number }
  | { readonly type: 'close' };

export type FromWriter =
  /** The answer to one `write`; they come in order. */
  | { readonly type: 'written'; readonly error: string | null }
  /** Everything before `first` is gone. */
  | { readonly type: 'trimmed'; readonly first: number }
  | { readonly type: 'closed' };
