/** A QoS 2 publish that was taken and is not released yet: the proof of exactly once. */
export interface UnreleasedRow {
  /** Whose it is: the principal and the client id together. */
  readonly session: string;
  readonly messageId: number;
  /** Of topic and payload. */
  readonly digest: number;
  readonly atMs: number;
}

/** A row to write, or with no digest to delete. */
export type UnreleasedChange = Omit<UnreleasedRow, 'digest'> & { readonly digest: number | undefined };
