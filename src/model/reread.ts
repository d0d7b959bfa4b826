/** What became of the messages in a device's quarantine that were read once more. */
export interface Reread {
  /** Messages that have left it, or stand in it for another reason. */
  readonly messages: number;
  /** Readings of them. */
  readonly readings: number;
  /** Messages that are as unreadable as they were. */
  readonly unread: number;
}
