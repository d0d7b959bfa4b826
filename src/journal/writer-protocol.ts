import type { UnreleasedChange } from '../model/unreleased.ts';

/** What the journal and its writing thread say to one another. */
export interface WriterSettings {
  readonly path: string;
}

/** What is written in one transaction: `count` entries from position `first` on, and changes of the ledger of QoS 2. */
export interface WrittenBatch {
  readonly first: number;
  readonly count: number;
  readonly data: Uint8Array;
  readonly unreleased: readonly UnreleasedChange[];
}

export type ToWriter =
  | (WrittenBatch & { readonly type: 'write' })
  | { readonly type: 'trim'; readonly position: number }
  | { readonly type: 'close' };

export type FromWriter =
  /** The answer to one `write`; they come in order. */
  | { readonly type: 'written'; readonly error: string | null }
  /** Everything before `first` is gone. */
  | { readonly type: 'trimmed'; readonly first: number }
  | { readonly type: 'closed' };
