import type { Intent, NotTold } from './delivery.ts';
import type { Stage } from './explanation.ts';

/** What a run over a recorded period takes for granted of the world. */
export interface PreviewAssumptions {
  /**
   * `nobody`: nobody acknowledges anything, so that every ladder is climbed to its end; `as-recorded`: alerts are
   * acknowledged when they were.
   */
  readonly answers: 'nobody' | 'as-recorded';
  /** How far each message is proven to have come at once: `delivered` by those channels that can prove it. */
  readonly proof: 'accepted' | 'delivered';
  /** The hours in which a message wakes somebody, `HH:MM` to `HH:MM`. */
  readonly night: readonly [string, string];
  readonly timezone?: string | undefined;
}

/** An entry of the log or a deadline, and what live telling would have done at it. */
export interface PreviewMoment {
  readonly atMs: number;
  /** The entry; null for a deadline: the end of a wait, a step of a ladder, a repetition. */
  readonly seq: number | null;
  readonly intents: readonly Intent[];
  readonly stages: readonly Stage[];
}

export interface PreviewedPerson {
  readonly person: string;
  readonly messages: number;
  /** How many by each channel. */
  readonly byChannel: Readonly<Record<string, number>>;
  /** When something rang or buzzed for him in the night, and of which alerts. */
  readonly woken: readonly { readonly atMs: number; readonly channel: string; readonly alerts: readonly string[] }[];
}

/** What telling would have been over a recorded period by a setup. */
export interface PeoplePreview {
  readonly revision: number;
  readonly moments: readonly PreviewMoment[];
  /** Who would have been told, most messages first. */
  readonly persons: readonly PreviewedPerson[];
  /** Messages by each channel, to persons and groups. */
  readonly byChannel: Readonly<Record<string, number>>;
  readonly notTold: readonly (NotTold & { readonly atMs: number })[];
}
