/** A server in a cluster, as it sees itself and the engine under the shared log. */
export interface ClusterState {
  readonly node: string;
  /** The number of the last message of the shared log that is in this server's copy. */
  readonly number: number;
  /** Of all messages up to there: at the same number it is the same on every server. */
  readonly digest: string;
  /** Servers of the engine, and how many of them were sound when they were last looked at. */
  readonly servers: number;
  readonly soundServers: number;
  readonly unreachable: readonly string[];
  /** Why nothing is taken any more, or what would lose data; null when all is well. */
  readonly fault: string | null;
}
