import type { Alert, AlertEvent } from '../../model/alert.ts';
import { isResponding } from '../../model/response.ts';

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
  /** Closed alerts whose response goes on. */
  responding(): ReadonlyMap<string, Alert>;
  replace(seq: number, alerts: readonly Alert[], log: string | null): void;
  apply(event: AlertEvent): 'applied' | 'known' | 'gap';
}

export function createAlertBook(): AlertBook {
  const alerts = new Map<string, Alert>();
  const responding = new Map<string, Alert>();
  let last: number | null = null;
  let name: string | null = null;

  function put(alert: Alert): void {
    alerts.delete(alert.id);
    responding.delete(alert.id);
    if (alert.state !== 'closed') alerts.set(alert.id, alert);
    else if (isResponding(alert)) responding.set(alert.id, alert);
  }

  return {
    seq: () => last,
    log: () => name,
    open: () => alerts,
    responding: () => responding,
    replace(seq, list, log) {
      alerts.clear();
      responding.clear();
      list.forEach(put);
      last = seq;
      name = log;
    },
    apply(event) {
      if (last === null || event.seq > last + 1) return 'gap';
      if (event.seq <= last) return 'known';
      last = event.seq;
      put(event.alert);
      return 'applied';
    },
  };
}
