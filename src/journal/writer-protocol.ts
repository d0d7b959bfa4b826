import type { UnreleasedChange } from '../model/unreleased.ts';

/** What the journal and its writing thread say to one another. */
export interface WriterSettings {
  readonly path: string;
}

export type ToWriter =
  | {
      readonly type: 'write';
      readonly first: number;
      readonly count: number;
      readonly data: Uint8Array;
      readonly unreleased: readonly UnreleasedChange[];
    }
  | { readonly type: 'trim'; readonly position: number }
  | { readonly type: 'close' };

export type FromWriter =
  /** The answer to one `write`; they come in order. */
  | { readonly type: 'written'; readonly error: string | null }
  /** Everything before `first` is gone. */
  | { readonly type: 'trimmed'; readonly first: number }
  | { readonly type: 'closed' };
