/** How far a follower has come in the alert log of a name: everything up to `seq` is told. */
export interface LogPlace {
  readonly log: string;
  readonly seq: number;
}
