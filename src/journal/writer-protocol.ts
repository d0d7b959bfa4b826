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
      readonly keyChanges: readonly KeyChange[];
    }
  | { readonly type: 'trim'; readonly position: number }
  | { readonly type: 'close' };

export type FromWriter =
  /** The answer to one `write`; they come in order. */
  | { readonly type: 'written'; readonly error: string | null }
  /** Everything before `first` is gone. */
  | { readonly type: 'trimmed'; readonly first: number }
  | { readonly type: 'closed' };

/** A packet id to remember, or with no digest to forget. */
export interface KeyChange {
  readonly clientId: string;
  readonly messageId: number;
  readonly digest: number | undefined;
}
