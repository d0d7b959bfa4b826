import type { LogPlace } from '../model/log-place.ts';
import type { AnswerPage } from '../model/notify/answer-page.ts';
import type { Rehearsed } from '../model/notify/rehearsal.ts';
import type { Silence } from '../model/notify/silence.ts';
import type { ChannelFigures } from '../model/notify/told.ts';
import type { Outcome, ProofOf } from './channel.ts';
import type { SystemCondition } from './outbox/desk.ts';
import type { LiveSetup, OfferedEntry, OpenAlert } from './outbox/outbox.ts';
import type { Answer, PastRequest, StoredIntent } from './outbox/store.ts';

/** What the thread that tells people and the main thread say to each other. */

export interface NotifySettings {
  readonly path: string;
  /** Targets that the server may connect to, beside the well-known gateways. */
  readonly allow: readonly string[];
  /** The site's, an IANA name. */
  readonly timezone: string;
  /** Of the alert log. */
  readonly log: string;
  /** What it had come to is lost, in part or wholly: telling begins anew at the end of the log. */
  readonly isAnew: boolean;
  /** Where phones reach the pages that answer, and the key of their links; null: messages have no links. */
  readonly links: { readonly publicUrl: string; readonly key: Uint8Array } | null;
}

/** What is asked, with what is answered; every question has an answer, or fails with words. */
export interface Questions {
  /** Telling begins here, unless it goes on in the same log. */
  begin: {
    readonly asked: {
      readonly place: LogPlace;
      readonly open: readonly OpenAlert[];
      readonly standing: readonly string[];
    };
    readonly answer: null;
  };
  take: { readonly asked: { readonly entries: readonly OfferedEntry[] }; readonly answer: null };
  setUp: { readonly asked: LiveSetup; readonly answer: null };
  silence: { readonly asked: Silence; readonly answer: null };
  endSilence: { readonly asked: { readonly id: string }; readonly answer: null };
  /** Sends a test message to the group, or to a person. */
  test: { readonly asked: { readonly channel: string; readonly person: string | null }; readonly answer: TestResult };
  /** Asks everybody by each of his channels; answered when it is kept, with how it stands then. */
  rehearse: {
    readonly asked: { readonly id: string; readonly of: readonly Rehearsed[] };
    readonly answer: readonly StoredIntent[];
  };
  rehearsal: { readonly asked: { readonly id: string }; readonly answer: readonly StoredIntent[] };
  deliveriesOf: { readonly asked: { readonly alert: string }; readonly answer: readonly StoredIntent[] };
  deliveriesBetween: {
    readonly asked: { readonly fromMs: number; readonly toMs: number; readonly after: number; readonly limit: number };
    readonly answer: readonly (StoredIntent & { readonly number: number })[];
  };
  requestsOf: {
    readonly asked: { readonly channel: string; readonly before: number; readonly limit: number };
    readonly answer: readonly PastRequest[];
  };
  /** What a gateway has posted; answered when it is kept. */
  proofs: { readonly asked: { readonly channel: string; readonly proofs: readonly ProofOf[] }; readonly answer: null };
  /** What a request told of, for the page behind its link; null when there is no such request any more. */
  answerPage: { readonly asked: { readonly request: string }; readonly answer: AnswerPage | null };
  /** The link of a request was answered; `by`: an id or name, where it does not say whose it is. False when it is not there. */
  answerByLink: { readonly asked: { readonly request: string; readonly by: string | null }; readonly answer: boolean };
  close: { readonly asked: null; readonly answer: null };
}
export type QuestionName = keyof Questions;

/** What came of a test message; null when the channel cannot be used, and `words` say why. */
export interface TestResult {
  readonly outcome: Outcome | null;
  readonly words: string;
}

export type ToThread =
  | {
      [Name in QuestionName]: {
        readonly type: 'ask';
        readonly id: number;
        readonly name: Name;
        readonly asked: Questions[Name]['asked'];
      };
    }[QuestionName]
  | { readonly type: 'seen'; readonly user: string; readonly seq: number; readonly atMs: number }
  | { readonly type: 'answered'; readonly id: number }
  | { readonly type: 'published'; readonly id: number; readonly failure: string | null }
  | { readonly type: 'heard'; readonly id: number; readonly payload: string };

export type FromThread =
  | { readonly type: 'ready'; readonly place: LogPlace | null }
  | { readonly type: 'answer-to'; readonly id: number; readonly answer: unknown }
  | { readonly type: 'failed'; readonly id: number; readonly words: string }
  | { readonly type: 'system'; readonly condition: SystemCondition }
  | { readonly type: 'answer'; readonly answer: Answer }
  | { readonly type: 'channels'; readonly channels: readonly ChannelFigures[] }
  | { readonly type: 'bug'; readonly words: string; readonly input: unknown }
  | {
      readonly type: 'publish';
      readonly id: number;
      readonly topic: string;
      readonly payload: string;
      readonly retain: boolean;
    }
  | { readonly type: 'subscribe'; readonly id: number; readonly topic: string }
  | { readonly type: 'unsubscribe'; readonly id: number };
