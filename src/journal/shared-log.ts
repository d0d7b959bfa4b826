/**
 * A log that several machines share, as an engine such as NATS JetStream keeps it: messages in one order, numbered from 1.
 * What Brink needs of one, and nothing else; `replica.ts` makes an order of batches of it.
 */
export interface SharedLog {
  /**
   * Appends a message. `done(null)`: it is on the disks of a majority. An error says that nobody knows: it may be in the
   * log, now or later, once or twice. `id` is the same for the same message, by which an engine may drop what it has.
   */
  append(id: string, message: Uint8Array, done: (error: Error | null) => void): void;
  /**
   * Hands over the messages behind number `after`, in order and without a gap, and goes on when `take` has resolved. What
   * was handed over may come again, after a connection was lost; `take` knows.
   */
  follow(after: number, take: (messages: readonly SharedMessage[]) => Promise<void>): void;
  /** The number of the last message in the log, 0 when it holds none; resolves once somebody who knows could be asked. */
  last(): Promise<number>;
  close(): Promise<void>;
}

export interface SharedMessage {
  readonly number: number;
  readonly message: Uint8Array;
}
