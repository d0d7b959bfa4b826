import type { Alert } from './alert.ts';

/** Why an alert may not be reset. */
export type ResetRefusal = 'closed' | 'not-latched' | 'not-active' | 'still-breaching';

type Standing = Pick<Alert, 'state' | 'latched' | 'recoveredAt' | 'unverified'>;

/**
 * Whether a latched alert may be let go of: when its condition has passed, and also while nothing can be known of it,
 * because the detector is silent or reports nonsense. A dead detector never recovers, and somebody has gone to look.
 * Lifecycle, API, command line and console go by this; null when nothing stands against it.
 */
export function resetRefusal(alert: Standing): ResetRefusal | null {
  if (alert.state === 'closed') return 'closed';
  if (!alert.latched) return 'not-latched';
  if (alert.state !== 'active') return 'not-active';
  return alert.recoveredAt === null && !alert.unverified ? 'still-breaching' : null;
}

/** Whether who resets must write down why: no reading says that the condition has passed, so a person does. */
export function resetNeedsReason(alert: Standing): boolean {
  return resetRefusal(alert) === null && alert.recoveredAt === null;
}
