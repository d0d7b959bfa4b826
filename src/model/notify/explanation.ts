import type { Intent, ReasonTold } from './delivery.ts';
import type { Proof, Target } from './setup.ts';

/** Why a route took an alert or did not. */
export type RouteVerdict =
  | 'taken'
  /** One of the routes below it took it. */
  | 'deeper'
  | 'other-area'
  | 'other-family'
  | 'other-level'
  | 'other-kind'
  | 'other-time'
  /** One before it took it and does not go on. */
  | 'not-asked';

/** One thing that deciding did or left, as data: words are chosen where somebody reads it. */
export type Stage = { readonly atMs: number; readonly alert: string } & (
  | { readonly code: 'not-announced'; readonly why: 'shelved' | 'suppressed' | 'retrospective' }
  | { readonly code: 'acknowledged' }
  | { readonly code: 'over' }
  | { readonly code: 'route'; readonly route: string; readonly verdict: RouteVerdict }
  | { readonly code: 'no-route' }
  | {
      readonly code: 'waits';
      readonly route: string;
      readonly why: 'group' | 'chattering';
      readonly untilMs: number;
    }
  | { readonly code: 'silenced'; readonly route: string; readonly silence: string; readonly untilMs: number }
  | { readonly code: 'quiet'; readonly route: string; readonly untilMs: number }
  /** Whom a target stands for at that time; `why`: why for nobody. */
  | {
      readonly code: 'target';
      readonly route: string;
      readonly step: number;
      readonly target: Target;
      readonly persons: readonly string[];
      readonly why: 'nobody-on-duty' | 'empty-team' | 'unknown' | 'channel-off' | null;
    }
  /** A channel that a person is not told by, and why. */
  | {
      readonly code: 'passed-over';
      readonly route: string;
      readonly step: number;
      readonly person: string;
      readonly channel: string;
      readonly why: 'no-address' | 'channel-off' | 'unknown-channel';
    }
  /** None of the channels asked for reaches him, so he is told by this one of his own. */
  | {
      readonly code: 'instead';
      readonly route: string;
      readonly step: number;
      readonly person: string;
      readonly channel: string;
    }
  /** No channel reaches him. */
  | { readonly code: 'unreachable'; readonly route: string; readonly step: number; readonly person: string }
  | {
      readonly code: 'told';
      readonly route: string;
      readonly step: number;
      readonly reason: ReasonTold;
      readonly channel: string;
      readonly person: string | null;
    }
  /** Another route had told him the same already. */
  | {
      readonly code: 'told-already';
      readonly route: string;
      readonly step: number;
      readonly channel: string;
      readonly person: string | null;
    }
  /** The proof that a step waits for is there, so nobody of it is told. */
  | { readonly code: 'step-passed'; readonly route: string; readonly step: number; readonly unless: Proof }
  /** Nobody of it could be told, or nobody was reached: the next step is climbed at once. */
  | { readonly code: 'nobody'; readonly route: string; readonly step: number }
);

/** Who would get an alert, stage by stage, if it were raised at that time, nobody answered and no proof came. */
export interface Explanation {
  readonly revision: number;
  readonly atMs: number;
  readonly stages: readonly Stage[];
  /** What would be told, in the order of time. */
  readonly told: readonly Intent[];
  /** Whether it goes on being repeated after what is shown. */
  readonly goesOn: boolean;
}
