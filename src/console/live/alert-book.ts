import type { Alert, AlertEvent } from '../../model/alert.ts';

/**
 * The open alerts as the log tells them: a snapshot and the events after it, by sequence number. An event that is
 * already in is ignored; one that does not follow at once is refused, so that nothing can be missed unnoticed.
 */
export interface AlertBook {
  /** Number of the last event taken in; null before the first snapshot. */
  seq(): number | null;
  /** The name of the log that the number is of; null while no server has named it. */
  log(): string | null;
  open(): ReadonlyMap<string, Alert>;
  replace(seq: number, alerts: readonly Alert[], log: string | null): void;
  apply(event: AlertEvent): 'applied' | 'known' | 'gap';
}

export function createAlertBook(): AlertBook {
  const alerts = new Map<string, Alert>();
  let last: number | null = null;
  let name: string | null = null;
  return {
    seq: () => last,
    log: () => name,
    open: () => alerts,
    replace(seq, list, log) {
      alerts.clear();
      for (const alert of list) if (alert.state !== 'closed') alerts.set(alert.id, alert);
      last = seq;
      name = log;
    },
    apply(event) {
      if (last === null || event.seq > last + 1) return 'gap';
      if (event.seq <= last) return 'known';
      last = event.seq;
      if (event.alert.state === 'closed') alerts.delete(event.alert.id);
      else alerts.set(event.alert.id, event.alert);
      return 'applied';
    },
  };
}
