import type { z } from 'zod';
import type { Level } from '../model/level.ts';
import type { ChannelKind } from '../model/notify/channel.ts';
import type { Person } from '../model/notify/people.ts';

/**
 * The seam of ways to tell people: a file each in channels/. Everything but `open` is pure. What a channel is given is
 * stored before, and what came of it is stored after; it keeps nothing itself.
 */
export interface ChannelType<Settings> {
  readonly kind: ChannelKind;
  /** What a person sets, secrets among it. */
  readonly settings: z.ZodType<Settings>;
  /** Names of the settings that are secrets: sealed at rest, masked wherever they are shown, never exported. */
  readonly secrets: readonly string[];
  /** How far a message can be proven to have come. */
  readonly proof: 'accepted' | 'delivered' | 'answered';
  /** What of a person it needs; `group` when one message reaches everybody behind it. */
  readonly reaches: 'group' | 'phone' | 'email';
  budget(settings: Settings): Budget;
  /** What one request says, cut to what the channel takes; what was left out is counted in it. */
  compose(notice: Notice, to: readonly Person[], settings: Settings): Composed;
  /**
   * What a request's body shows to people, as plain text without its form, and without links: by one of those an alert can be
   * answered. Null for a body that is none of its own. Left out by channels that are no chat.
   */
  shownText?(body: unknown): string | null;
  open(settings: Settings, edge: Edge): OpenChannel;
  /**
   * What a gateway posts to the channel's own address: receipts, replies, keys, and what it is to be answered, which it
   * takes for "heard". `settings`: as they stand in the setup, without secrets. Undefined for a body that it never posts. Left out by channels that nothing is posted to.
   */
  readCallback?(body: unknown, nowMs: number, settings?: Readonly<Record<string, unknown>>): Callback | undefined;
}

/** What a callback says. `answer` is JSON. */
export interface Callback {
  readonly proofs: readonly ProofOf[];
  readonly answer: Readonly<Record<string, unknown>>;
}

/** How much a channel may be used. Going beyond it is never tried: at some gateways it costs ten minutes of silence. */
export interface Budget {
  /** At most so many requests in any period of `perMs`, of which `keptForRed` are for red alone. */
  readonly windows: readonly { readonly count: number; readonly perMs: number; readonly keptForRed: number }[];
  /** The same for one number or address; failed ones are counted too. */
  readonly perRecipient: readonly { readonly count: number; readonly perMs: number }[];
  /** How many may be told by one request: 1 for a call. */
  readonly recipientsMax: number;
  /** Minutes of an hour that others crowd, which what is not red or orange keeps clear of by some seconds. */
  readonly crowdedMinutes: readonly number[];
}

/** What is said, in fields, as plain text; each channel writes it in its own form, escaped and cut for it. */
export interface Notice {
  /** The same in each attempt: gateways and people know it again by it. */
  readonly id: string;
  readonly kind: 'alert' | 'situation' | 'cleared' | 'system' | 'rehearsal' | 'test';
  /** `alarm`: somebody is to act; `news`: how it stands, such as that somebody has taken it; `over`: everything it tells of is. */
  readonly tone: 'alarm' | 'news' | 'over';
  readonly language: 'zh' | 'en';
  readonly level: Level | null;
  readonly title: string;
  /** Lines of text beneath the title. */
  readonly body: string;
  /** Every alert that it tells of, most severe first; a situation names them all. */
  readonly items: readonly NoticeItem[];
  /** Named fields (NOTICE_FIELDS) but those that the notice has itself, for texts that a gateway keeps and webhooks. */
  readonly fields: Readonly<Record<string, string>>;
  /** The page where a person answers without login, absolute; null when phones outside cannot reach one. */
  readonly link: string | null;
  /** Digits by which an SMS is answered. */
  readonly code: string | null;
  /** The alert whose messages are one thread; null for those of several. */
  readonly thread: string | null;
  readonly atMs: number;
}

export interface NoticeItem {
  readonly alert: string;
  readonly level: Level;
  readonly text: string;
  /** Told as cleared or closed. */
  readonly isOver: boolean;
}

/** One request, complete, as it is stored before it is sent: JSON, so that a repetition is the same byte for byte. */
export interface Composed {
  readonly body: unknown;
  /** Alerts named in it. */
  readonly alerts: readonly string[];
  /** Alerts that did not fit and are only counted in it. */
  readonly leftOut: number;
}

/** What a channel has of the world. */
export interface Edge {
  readonly nowMs: () => number;
  readonly after: (delayMs: number, task: () => void) => () => void;
  /** HTTP to allowed targets alone: resolved once, no redirects, bounded answers. See transport.ts. */
  readonly http: HttpTransport;
  /** Publishes on our own broker with QoS 1; resolves when it is there. */
  readonly publish: (topic: string, payload: string, options: { readonly retain: boolean }) => Promise<void>;
  /** Hears a topic of our own broker. The returned function ends it. */
  readonly subscribe: (topic: string, heard: (payload: string) => void) => () => void;
  /** Checks and resolves an address of a line or a mail server by the same list; rejects with why not. */
  readonly resolve: ResolveTarget;
  /** What arrives by itself: receipts, replies, keys. */
  readonly onProof: (proof: ProofOf) => void;
}

export type ResolveTarget = (
  host: string,
  port: number,
) => Promise<{ readonly address: string; readonly port: number }>;

export interface HttpTransport {
  request(request: HttpRequest): Promise<HttpAnswer>;
}
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly timeoutMs?: number;
}
/** What came of a request: an answer, or why there was none. Never throws. */
export type HttpAnswer =
  | {
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      /** At most 64 KiB; what is beyond is not read. */
      readonly text: string;
      readonly receivedAtMs: number;
    }
  | {
      readonly failure: 'not-allowed' | 'no-address' | 'no-connection' | 'time-out' | 'broken-off';
      readonly words: string;
    };

/** What one request came to. `words` are the gateway's own, for who set the channel up; without secrets. */
export type Outcome = { readonly words: string; readonly clockOffsetMs: number | null } & (
  | { readonly state: 'accepted'; readonly refs: readonly (string | null)[] }
  /** To be tried again with the same id, not before `afterMs` from now where the gateway says so. */
  | { readonly state: 'later'; readonly why: LaterReason; readonly afterMs: number | null }
  /** It will never be accepted as it is. */
  | { readonly state: 'refused'; readonly why: RefusedReason }
);
export type LaterReason = 'no-answer' | 'server-error' | 'too-many' | 'unreadable-answer' | 'not-allowed';
export type RefusedReason = 'settings' | 'signature' | 'recipient' | 'content' | 'quota';

/** A receipt, a reply or a key pressed, by the reference that the gateway gave, or by number and digits. */
export interface ProofOf {
  readonly state: 'delivered' | 'undelivered' | 'answered';
  /** The gateway's reference of the message, when it names one. */
  readonly ref: string | null;
  readonly phone: string | null;
  /** What was typed or pressed. */
  readonly text: string | null;
  readonly atMs: number;
  readonly words: string;
}

export interface OpenChannel {
  /** Sends one request; never throws. */
  send(composed: Composed): Promise<Outcome>;
  /**
   * Asks the gateway what has become of what it took, where no callback can come in; never throws. Left out by channels
   * that are told by themselves. Asked again and again until a proof is there or `pending` is given up.
   */
  poll?(pending: readonly Pending[]): Promise<readonly ProofOf[]>;
  close(): void;
}

/** A message that the gateway took, and that is not on the device yet, or not answered where an answer can come. */
export interface Pending {
  readonly ref: string;
  readonly phone: string;
  readonly acceptedAtMs: number;
  /** It is on the device; what may still come is an answer. */
  readonly isDelivered: boolean;
}
