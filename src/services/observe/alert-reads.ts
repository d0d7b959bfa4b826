import type { AlertFollower } from '../../alerts/follower.ts';
import type { AlertStore } from '../../alerts/store.ts';
import type { AlertReads } from '../../api/deps.ts';
import type { Evaluator } from '../../evaluate/evaluator.ts';
import type { Alert } from '../../model/alert.ts';
import type { SeenStore } from '../../push/seen.ts';

/**
 * Alerts as people read them. An alert is stored when something happens to it, and a peak that rises is no event of its
 * own; so the worst value of an active alert is taken from evaluation, which has seen every reading since.
 */
export function createAlertReads(
  store: AlertStore,
  alerts: AlertFollower,
  evaluation: Evaluator,
  seen: Pick<SeenStore, 'between'>,
  logName: string,
): AlertReads {
  function withPeak(alert: Alert): Alert {
    if (alert.state !== 'active') return alert;
    const peak = evaluation.rule(alert.point, alert.rule)?.peak;
    return peak === undefined || peak === null ? alert : { ...alert, peak: { ...alert.peak, ...peak } };
  }

  return {
    list: (filter) => store.list(filter).map(withPeak),
    get(id) {
      const alert = store.get(id);
      return alert === undefined ? undefined : withPeak(alert);
    },
    log: store.log,
    seenBy(id) {
      const log = store.log(id);
      const [first] = log;
      // A record of the past, which late data made, was never open; it is seen like any other entry.
      const closed = first?.alert.state === 'closed' ? undefined : log.find(({ alert }) => alert.state === 'closed');
      return first === undefined ? [] : seen.between(first.seq, closed?.seq ?? null);
    },
    events: store.events,
    open: () => alerts.open().map(withPeak),
    headSeq: alerts.headSeq,
    logName: () => logName,
  };
}
