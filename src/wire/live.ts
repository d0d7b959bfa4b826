import { z } from 'zod';
import type { Alert, AlertEvent } from '../model/alert.ts';
import { idSchema } from '../model/names.ts';
import type { Quality, Value } from '../model/reading.ts';

/** The frames of /api/v1/live, as the contract has them. */

/** A reading as consoles see it. `ts` is event time in ms since 1970. */
export interface LiveReading {
  readonly point: string;
  readonly metric: string;
  readonly value: Value;
  readonly ts: number;
  readonly quality: Quality;
}

/** A condition of the server that the alert log cannot hold, because nothing can be written at all. */
export interface Notice {
  readonly type: 'notice';
  /** Stable code, such as journal-failing. */
  readonly condition: string;
  readonly active: boolean;
  readonly detail: string | null;
  readonly at: number;
}

/** What the server says. An earlier server does not name its log. */
export type ServerFrame =
  | {
      readonly type: 'snapshot';
      readonly seq: number;
      readonly log?: string;
      readonly alerts: readonly Alert[];
      /** Closed alerts whose response goes on; left out when there are none. */
      readonly responding?: readonly Alert[];
    }
  | AlertEvent
  | { readonly type: 'readings'; readonly readings: readonly LiveReading[]; readonly merged: number }
  | { readonly type: 'heartbeat'; readonly seq: number; readonly log?: string; readonly at: number }
  | Notice
  /** What the client said was not understood. */
  | { readonly type: 'error'; readonly code: 'bad-message'; readonly detail: string };

/** The most points a client may list; whoever wants more subscribes to "*". */
export const SUBSCRIBED_POINTS_MAX = 2_000;

export const clientFrameSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('subscribe'),
    readings: z.union([z.literal('*'), z.array(idSchema).max(SUBSCRIBED_POINTS_MAX).readonly()]),
  }),
  z.object({ type: z.literal('unsubscribe') }),
  z.object({ type: z.literal('seen'), seq: z.number().int().nonnegative() }),
]);

/** What a client may say. Unknown keys are ignored, so that a newer console can talk to an older server. */
export type ClientFrame = z.infer<typeof clientFrameSchema>;
