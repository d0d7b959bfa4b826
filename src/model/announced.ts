import type { Alert } from './alert.ts';

/** Whether an alert asks for a person: neither shelved nor suppressed. */
export function isAnnounced({ shelvedUntil, suppressed }: Pick<Alert, 'shelvedUntil' | 'suppressed'>): boolean {
  return shelvedUntil === null && !suppressed;
}

/**
 * When this alert itself was put before people, ms; null while it never was. One that took the place of another that
 * nobody had acknowledged bears the time of that one until then.
 */
export function ownAnnouncement({ announcedAt, receivedAt }: Alert): number | null {
  return announcedAt === null || announcedAt < receivedAt ? null : announcedAt;
}
