/** What comes in beside MQTT to this server: other brokers' feeds, platforms that push, listeners of line protocols. */
export const SOURCE_KINDS = ['feed', 'push', 'listener'] as const;
export type SourceKind = (typeof SOURCE_KINDS)[number];

/** How one of them is doing, since the start. */
export interface SourceState {
  readonly kind: SourceKind;
  /** A feed's and a push's own name; what a listener speaks. */
  readonly name: string;
  /** Whether what it is for can come in: a feed has its connection, a listener its port; a push waits for its platform. */
  readonly isUp: boolean;
  /** Open now. A push has none when it has nothing to say. */
  readonly connections: number;
  /** Since when a feed has its connection; null without one, and where devices connect and go. */
  readonly connectedAtMs: number | null;
  readonly messages: number;
  readonly lastMessageAtMs: number | null;
  /** Messages of a feed whose topic is nobody's here. */
  readonly unread: number;
  /** What went wrong last, in words, and when; null while nothing did. A feed's is over when it is connected again. */
  readonly trouble: Trouble | null;
}

export interface Trouble {
  readonly words: string;
  readonly atMs: number;
}
