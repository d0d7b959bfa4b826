import type { Alert, AlertEvent } from '../model/alert.ts';
import { isAnnounced } from '../model/announced.ts';

/**
 * Keeps the retained messages `alerts/{area}/{point}/{rule}` that sirens and signs on the same network listen to: there
 * while the alert sounds, emptied when it has cleared, was closed or is shelved.
 */
export function createSirens(publish: (topic: string, payload: string) => void): {
  restore(open: readonly Alert[]): void;
  take(events: readonly AlertEvent[]): void;
} {
  function show(alert: Alert): void {
    const sounds = alert.state === 'active' && isAnnounced(alert);
    publish(`alerts/${alert.area}/${alert.point}/${alert.rule}`, sounds ? JSON.stringify(alert) : '');
  }
  return {
    restore(open) {
      for (const alert of open) if (alert.state === 'active') show(alert);
    },
    take(events) {
      // A superseded alert shares its topic with the one that took its place, whose own event follows.
      for (const { event, alert } of events) {
        if (event !== 'retrospective' && !(event === 'note' && alert.state === 'closed')) show(alert);
      }
    },
  };
}
