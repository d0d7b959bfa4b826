import type { AlertEvent, Cause } from '../model/alert.ts';
import { causeOf } from '../model/cause.ts';

/** An entry of the alert log as it is stored; one from before causes were kept apart from notes is given its cause. */
export function eventOf({ body }: Readonly<Record<string, unknown>>): AlertEvent {
  const event = JSON.parse(String(body)) as AlertEvent | Omit<AlertEvent, 'cause'>;
  return 'cause' in event ? event : { ...event, cause: causeOfOld(event) };
}

/** Every cause that was ever written into a note alone. */
const OLD_CAUSE =
  /^(threshold-changed|schedule-changed|point-removed|reset|condition-passed|condition-returned|suppression-ended|chattering-ended|(superseded-by|alarms-announced|maintenance|out-of-service|caused-by):.+)$/;

/**
 * What a person did may say why in the server's words when a plan or a verdict of theirs is behind it, and then the
 * alert agrees; all else was typed.
 */
function causeOfOld({ event, by, note, alert }: Omit<AlertEvent, 'cause'>): Cause | null {
  if (note === null) return null;
  if (by === null) return OLD_CAUSE.test(note) ? causeOf(note) : null;
  if (event !== 'note') return null;
  if (note === alert.suppressedBy || (note === 'suppression-ended' && !alert.suppressed)) return causeOf(note);
  const [, verdict] = /^verdict:(true|false|test)(?: |$)/.exec(note) ?? [];
  return verdict !== undefined && verdict === alert.verdict ? { code: 'verdict', ref: verdict } : null;
}
