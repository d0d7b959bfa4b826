/** The state of a point's rules as it is kept, so that evaluation can go on from it. */
export interface Checkpoint {
  readonly point: string;
  /** The definition that it is of. */
  readonly definition: number;
  /** The last journal entry that it has seen. */
  readonly position: number;
  readonly state: string;
}
