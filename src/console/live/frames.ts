import type { Alert, AlertEvent } from '../../model/alert.ts';
import type { Quality, Value } from '../../model/reading.ts';

/** What comes over /api/v1/live, as the contract has it. An earlier server does not name its log. */
export type ServerFrame =
  | { readonly type: 'snapshot'; readonly seq: number; readonly log?: string; readonly alerts: readonly Alert[] }
  | AlertEvent
  | { readonly type: 'readings'; readonly readings: readonly LiveReading[]; readonly merged: number }
  | { readonly type: 'heartbeat'; readonly seq: number; readonly log?: string; readonly at: number }
  | Notice;

/** A condition of the server that the alert log cannot hold, because nothing can be written at all. */
export interface Notice {
  readonly type: 'notice';
  /** Stable code, such as journal-failing. */
  readonly condition: string;
  readonly active: boolean;
  readonly detail: string | null;
  readonly at: number;
}

export interface LiveReading {
  readonly point: string;
  readonly metric: string;
  readonly value: Value;
  readonly ts: number;
  readonly quality: Quality;
}

export type ClientFrame =
  | { readonly type: 'subscribe'; readonly readings: readonly string[] | '*' }
  | { readonly type: 'unsubscribe' }
  | { readonly type: 'seen'; readonly seq: number };

const KNOWN: ReadonlySet<unknown> = new Set(['snapshot', 'event', 'readings', 'heartbeat', 'notice']);

/** The frame of a message, or undefined for what this console does not know (a newer server may say more). */
export function parseFrame(text: string): ServerFrame | undefined {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof frame !== 'object' || frame === null || !('type' in frame)) return undefined;
  const { type } = frame;
  return KNOWN.has(type) ? (frame as ServerFrame) : undefined;
}
