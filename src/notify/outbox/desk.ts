import type { Level } from '../../model/level.ts';
import type { LiveChannels } from './live-channels.ts';
import type { Memory } from './memory.ts';
import type { OutboxStore } from './store.ts';

/** A condition of the server itself that people must see, or that has passed. */
export interface SystemCondition {
  readonly condition: string;
  readonly level: Level;
  readonly active: boolean;
  readonly detail: string;
}

/** What one transaction of the outbox works on, and what it leaves to be done once it is on disk. */
export interface Desk {
  readonly store: OutboxStore;
  /** Made anew from the rows when a transaction fails. */
  memory: Memory;
  /** Of the setup in force. */
  channels: LiveChannels;
  /** Channels of which something has changed: what may leave on them is planned before the transaction ends. */
  readonly touched: Set<string>;
  /** What is told to others, after the write that it follows from. */
  readonly afterwards: (() => void)[];
  /** A condition of the server itself that people must see. It may be said again. */
  readonly onSystem: (condition: SystemCondition) => void;
}
