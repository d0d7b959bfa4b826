import type { Alert } from './alert.ts';

/** Why an alert may not be reset. */
export type ResetRefusal = 'closed' | 'not-latched' | 'not-active' | 'still-breaching';

/** Why an operator may not do something to an alert. */
export type ActionRefusal = ResetRefusal | 'acknowledged' | 'retrospective' | 'latched-red' | 'not-shelved';

/** What an operator may do to an alert. */
export type AlertAction = 'ack' | 'reset' | 'shelve' | 'unshelve' | 'note';

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

/**
 * Why an operator may not do this to an alert; null when nothing stands against it. Lifecycle and console go by this, so
 * that no button leads to a refusal.
 */
export function refusalOf(alert: Alert, action: AlertAction): ActionRefusal | null {
  switch (action) {
    case 'note':
      return null;
    case 'ack':
      if (alert.state === 'closed') return 'closed';
      return alert.acknowledged ? 'acknowledged' : null;
    case 'reset':
      return resetRefusal(alert);
    case 'shelve':
      if (alert.state === 'closed') return 'closed';
      // It is over; a shelf would keep the next alert of its rule quiet.
      if (alert.retrospective) return 'retrospective';
      return alert.latched && alert.level === 'red' ? 'latched-red' : null;
    case 'unshelve':
      if (alert.state === 'closed') return 'closed';
      return alert.shelvedUntil === null ? 'not-shelved' : null;
  }
}

/** What came of something that an operator did. */
export type ActOutcome =
  | { readonly ok: true; readonly alert: Alert }
  /** `code` is a stable code of api/problems.ts, such as alert-already-acknowledged. */
  | {
      readonly ok: false;
      readonly error: 'unknown-alert' | 'conflict';
      readonly code: string;
      readonly detail: string;
    };
