import type { Level } from '../level.ts';
import type { Intent } from './delivery.ts';

/** How far a message has come; `withdrawn`: nobody needed it any more before it was sent. */
export type ToldState = 'queued' | 'accepted' | 'delivered' | 'answered' | 'failed' | 'withdrawn';

/** A message to one recipient, with what came of it and when, ms since 1970. */
export interface ToldMessage extends Intent {
  readonly state: ToldState;
  readonly acceptedAtMs: number | null;
  readonly deliveredAtMs: number | null;
  readonly answeredAtMs: number | null;
  readonly failedAtMs: number | null;
  /** The gateway's last words, or why it was never sent. */
  readonly words: string | null;
}

/** What a channel was given to show to people, in the words that it was given. */
export interface ChannelMessage {
  readonly id: string;
  /** Rises from message to message. */
  readonly number: number;
  readonly level: Level | null;
  /** It says of every alert in it that it has cleared. */
  readonly isOver: boolean;
  /** Without links, by which alerts are answered; null for channels that are no chat. */
  readonly text: string | null;
  /** `failed`: the gateway refused it for good; `waiting`: it was not taken yet. */
  readonly state: 'waiting' | 'sending' | 'accepted' | 'failed';
  readonly atMs: number;
  readonly acceptedAtMs: number | null;
}

/** What came of a test message, in the gateway's own words. */
export interface ChannelTest {
  readonly state: 'accepted' | 'later' | 'refused' | 'unusable';
  /** Why it was not accepted; null when it was. */
  readonly why: string | null;
  readonly words: string;
  /** The gateway's clock minus ours, ms; null when it does not say. */
  readonly clockOffsetMs: number | null;
}

/** How a channel fares, for people. */
export interface ChannelFigures {
  readonly id: string;
  readonly waiting: number;
  readonly underWay: number;
  /** In the gateway's own words, for who set it up. */
  readonly failure: string | null;
  /** The same in ours, for everybody. */
  readonly trouble: string | null;
  readonly failingSinceMs: number | null;
  readonly blockedUntilMs: number | null;
  readonly lastAcceptedAtMs: number | null;
  readonly clockOffsetMs: number | null;
}
