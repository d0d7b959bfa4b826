import type { Alert } from '../alert.ts';

/** What a message told of, for whoever answers it by its link. */
export interface AnswerPage {
  /** Whoever is on duty is only asked to answer; there are no alerts. */
  readonly isRehearsal: boolean;
  /** The alerts as they were last heard of, with what people call their points. */
  readonly alerts: readonly { readonly id: string; readonly level: Alert['level']; readonly text: string }[];
  /** The person it went to; null when it went to several, and whoever answers says who he is. */
  readonly person: { readonly id: string; readonly name: string } | null;
}
