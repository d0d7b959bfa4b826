import type { Alert, AlertEvent, EventType } from '../../src/model/alert.ts';

/** An alert as the console gets it, active and unacknowledged unless `more` says otherwise. */
export function alertOf(id: string, more: Partial<Alert> = {}): Alert {
  return {
    id,
    point: `point-${id}`,
    area: 'town',
    metric: 'depth',
    rule: 'depth',
    level: 'yellow',
    state: 'active',
    acknowledged: false,
    unverified: false,
    latched: false,
    shelvedUntil: null,
    value: 17,
    limit: 15,
    unit: 'cm',
    raisedAt: 1_000,
    receivedAt: 1_000,
    clearedAt: null,
    peak: { value: 17, at: 1_000, level: 'yellow' },
    thresholdRevision: 1,
    seq: 1,
    kind: 'levels',
    device: 'gauge',
    family: 'waterlogging',
    recoveredAt: null,
    retrospective: false,
    suppressed: false,
    suppressedBy: null,
    announcedAt: 1_000,
    chattering: false,
    repeats: 0,
    label: null,
    ...more,
  };
}

export function eventOf(seq: number, event: EventType, alert: Alert): AlertEvent {
  return { type: 'event', seq, event, at: 1_000, by: null, note: null, cause: null, alert: { ...alert, seq } };
}
