import type { Alert, AlertEvent } from '../../model/alert.ts';
import type { Intent, NotTold } from '../../model/notify/delivery.ts';
import type { Silence } from '../../model/notify/silence.ts';
import type { Row } from './state.ts';

/** What deciding hears of. `atMs` is the server's clock when it came; of one log they come in the order of its entries. */
export type Input = { readonly atMs: number } & (
  | {
      /** Telling begins, or goes on in another log: what is open is known, and nobody is told of it by itself. */
      readonly type: 'begin';
      readonly open: readonly AlertInPlace[];
    }
  | {
      readonly type: 'entry';
      readonly event: AlertEvent;
      /** The area of the alert's point and those above it, nearest first. */
      readonly areas: readonly string[];
    }
  /** The time of a row has come (`nextDue` of the state). */
  | { readonly type: 'due'; readonly key: string }
  /** What came of an intent; `withdrawn`: it was dropped unsent, as this stage had asked or as those it follows had failed. */
  | {
      readonly type: 'proof';
      readonly intent: Pick<Intent, 'id' | 'alerts' | 'channel' | 'to' | 'atMs'>;
      readonly proof: 'accepted' | 'delivered' | 'answered' | 'failed' | 'withdrawn';
    }
  /** A person's console has shown him an alert. */
  | { readonly type: 'seen'; readonly alert: string; readonly person: string }
  /** A silence was made or changed. One that has run out by itself falls `due`. */
  | { readonly type: 'silence'; readonly silence: Silence }
  | { readonly type: 'silence-ended'; readonly id: string }
  /** Another revision of the setup is in force: the step is given it. */
  | { readonly type: 'setup' }
);

export interface AlertInPlace {
  readonly alert: Alert;
  readonly areas: readonly string[];
}

/** What comes of an input; all of it is kept in one transaction with the place in the log. */
export interface StepResult {
  /** Rows by key; null: it is gone. */
  readonly changed: ReadonlyMap<string, Row | null>;
  /** In the order in which they are best sent. The same input on the same state gives the same ids. */
  readonly intents: readonly Intent[];
  /** Ids of intents that nobody needs any more; those that have not been tried are dropped and come back as `withdrawn`. */
  readonly withdrawn: readonly string[];
  /** Alerts that should have been told and reached nobody at all: a reason for an alert of the system itself. */
  readonly notTold: readonly NotTold[];
}
