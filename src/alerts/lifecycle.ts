import { createHash } from 'node:crypto';
import type { Alert, AlertEvent, EventType } from '../model/alert.ts';
import type { OperatorAction } from '../model/entry.ts';
import { type Level, rankOf } from '../model/level.ts';
import type { Transition } from '../model/transition.ts';

/** Where a point belongs, as its definition in the journal says. */
export interface PointPlace {
  readonly area: string;
  readonly device: string;
  readonly family: string;
}

export interface LifecycleState {
  readonly open: readonly Alert[];
  readonly headSeq: number;
}

export type ActionOutcome =
  | { readonly ok: true; readonly alert: Alert }
  | {
      readonly ok: false;
      readonly error: 'unknown-alert' | 'conflict';
      readonly code: string;
      readonly detail: string;
    };

/** The point name of alerts about the server itself. */
export const SYSTEM_POINT = 'brink';

/** The longest an alert may be shelved, ms. ISA-18.2 asks for a maximum; a shift is 8 to 12 h, so a day is generous. */
export const SHELVE_MAX_MS = 24 * 3_600_000;

/**
 * Alerts and their log, as a function of transitions and operators' actions in journal order (ISA-18.2 / IEC 62682:
 * active or cleared, acknowledged or not, shelved, latched). Knows no clock and no disk; whoever calls it writes what
 * `takeChanges` gives, in one transaction with its cursor.
 */
export interface Lifecycle {
  transition(transition: Transition, place: PointPlace, position: number): void;
  act(action: OperatorAction, receivedAtMs: number, reset: ResetRule): ActionOutcome;
  /** A condition of the server itself. */
  system(change: SystemCondition, receivedAtMs: number, position: number): void;
  /** Ends every shelving that is due, each at its own time. */
  tick(receivedAtMs: number): void;
  nextDeadlineMs(): number | undefined;
  /** Log entries and alerts that changed since the last call, in order. */
  takeChanges(): { readonly events: AlertEvent[]; readonly alerts: Alert[] };
  open(): Alert[];
  openOf(point: string): Alert[];
  find(id: string): Alert | undefined;
  headSeq(): number;
}

export interface SystemCondition {
  readonly condition: string;
  readonly level: Level;
  readonly active: boolean;
  readonly detail: string;
}

/** Asks evaluation to let go of a latched rule. */
export type ResetRule = (point: string, rule: string) => 'reset' | 'still-breaching' | 'not-latched';

export function createLifecycle(from: LifecycleState): Lifecycle {
  const byId = new Map<string, Alert>();
  const byRule = new Map<string, Alert>();
  const byPoint = new Map<string, Set<Alert['id']>>();
  /** The alerts that are shelved: asked for at every commit, and nearly always none. */
  const shelved = new Map<string, Alert>();
  let seq = from.headSeq;
  let events: AlertEvent[] = [];
  let changed = new Map<string, Alert>();
  /** Raises of one (point, rule) at one position are told apart by their number. */
  let raises = { position: -1, counts: new Map<string, number>() };
  for (const alert of from.open) index(alert);

  function index(alert: Alert): void {
    byId.set(alert.id, alert);
    byRule.set(ruleKey(alert.point, alert.rule), alert);
    const ids = byPoint.get(alert.point) ?? new Set();
    byPoint.set(alert.point, ids.add(alert.id));
    if (alert.shelvedUntil === null) shelved.delete(alert.id);
    else shelved.set(alert.id, alert);
  }

  function unindex(alert: Alert): void {
    byId.delete(alert.id);
    shelved.delete(alert.id);
    const key = ruleKey(alert.point, alert.rule);
    if (byRule.get(key)?.id === alert.id) byRule.delete(key);
    const ids = byPoint.get(alert.point);
    ids?.delete(alert.id);
    if (ids?.size === 0) byPoint.delete(alert.point);
  }

  /** Puts a changed alert in its place and writes one log entry about it. */
  function log(event: EventType, alert: Alert, atMs: number, by: string | null, note: string | null): Alert {
    seq++;
    const logged = { ...alert, seq };
    if (logged.state === 'closed') unindex(logged);
    else index(logged);
    changed.set(logged.id, logged);
    events.push({ type: 'event', seq, event, at: atMs, by, note, alert: logged });
    return logged;
  }

  function newId(point: string, rule: string, position: number): string {
    if (raises.position !== position) raises = { position, counts: new Map() };
    const key = ruleKey(point, rule);
    const count = raises.counts.get(key) ?? 0;
    raises.counts.set(key, count + 1);
    return createHash('sha256').update(`${key}\n${position}\n${count}`).digest('base64url').slice(0, 16);
  }

  function create(transition: Transition, place: PointPlace, position: number): Alert {
    return {
      id: newId(transition.point, transition.rule, position),
      point: transition.point,
      area: place.area,
      device: place.device,
      family: place.family,
      metric: transition.metric,
      rule: transition.rule,
      kind: transition.kind,
      level: transition.level,
      label: transition.label,
      state: 'active',
      acknowledged: false,
      unverified: false,
      latched: transition.latched,
      shelvedUntil: null,
      suppressed: false,
      chattering: transition.chattering,
      retrospective: false,
      repeats: 0,
      value: transition.value,
      limit: transition.limit,
      unit: transition.unit,
      raisedAt: transition.atMs,
      receivedAt: transition.receivedAtMs,
      clearedAt: null,
      recoveredAt: null,
      peak: transition.peak,
      thresholdRevision: transition.revision,
      seq: 0,
    };
  }

  function raise(alert: Alert): void {
    const former = byRule.get(ruleKey(alert.point, alert.rule));
    if (former === undefined) {
      log('raised', alert, alert.raisedAt, null, null);
      return;
    }
    // The former one came and went unacknowledged. One rule has one open alert, so the new one takes its place and says
    // how many it stands for; a shelved rule stays shelved unless it has become more severe.
    log('note', { ...former, state: 'closed', shelvedUntil: null }, alert.raisedAt, null, `superseded-by:${alert.id}`);
    const isWorse = rankOf(alert.level) > rankOf(former.level);
    const shelvedUntil = isWorse ? null : former.shelvedUntil;
    const takenOver = { ...alert, repeats: former.repeats + 1, shelvedUntil };
    log('raised', takenOver, alert.raisedAt, null, null);
  }

  function clear(alert: Alert, atMs: number, by: string | null, note: string | null, event: EventType): Alert {
    const state = alert.acknowledged ? 'closed' : 'cleared';
    const shelvedUntil = state === 'closed' ? null : alert.shelvedUntil;
    return log(event, { ...alert, state, clearedAt: atMs, unverified: false, shelvedUntil }, atMs, by, note);
  }

  return {
    transition(transition, place, position) {
      const { atMs, reason, peak, chattering } = transition;
      if (transition.type === 'raised') return raise(create(transition, place, position));
      if (transition.type === 'retrospective') {
        const alert = create(transition, place, position);
        const past: Alert = { ...alert, retrospective: true, state: 'closed', clearedAt: atMs, latched: false };
        // It never was live: it must not displace the open alert of its rule, so it is logged without being indexed.
        seq++;
        changed.set(past.id, { ...past, seq });
        events.push({
          type: 'event',
          seq,
          event: 'retrospective',
          at: atMs,
          by: null,
          note: reason,
          alert: { ...past, seq },
        });
        return;
      }
      const present = byRule.get(ruleKey(transition.point, transition.rule));
      if (present === undefined || present.state !== 'active') {
        throw new Error(`${transition.type} of ${transition.point}/${transition.rule}, which has no active alert`);
      }
      const alert = { ...present, peak, chattering };
      const { level, label, value, limit, unit, revision: thresholdRevision } = transition;
      switch (transition.type) {
        case 'escalated':
          // More severe than what was acknowledged or shelved: a person must look again.
          log(
            'escalated',
            {
              ...alert,
              level,
              label,
              value,
              limit,
              unit,
              thresholdRevision,
              acknowledged: false,
              shelvedUntil: null,
              recoveredAt: null,
            },
            atMs,
            null,
            reason,
          );
          return;
        case 'deescalated':
          log('deescalated', { ...alert, level, label, value, limit, unit, thresholdRevision }, atMs, null, reason);
          return;
        case 'recovered':
          log('note', { ...alert, recoveredAt: atMs }, atMs, null, 'condition-passed');
          return;
        case 'relapsed':
          log('note', { ...alert, recoveredAt: null }, atMs, null, 'condition-returned');
          return;
        case 'cleared':
          clear(alert, atMs, null, reason, 'cleared');
          return;
        case 'unverified':
          log('unverified', { ...alert, unverified: true }, atMs, null, reason);
          return;
        case 'verified':
          log('verified', { ...alert, unverified: false }, atMs, null, reason);
          return;
      }
    },

    act(action, receivedAtMs, reset) {
      const alert = byId.get(action.alert);
      if (alert === undefined) {
        return {
          ok: false,
          error: 'unknown-alert',
          code: 'alert-not-open',
          detail: 'the alert is closed or was never there',
        };
      }
      const { by, note } = action;
      switch (action.do) {
        case 'ack': {
          if (alert.acknowledged) return conflict('alert-already-acknowledged', 'somebody has acknowledged it already');
          const state = alert.state === 'cleared' ? 'closed' : alert.state;
          const acknowledged = {
            ...alert,
            acknowledged: true,
            state,
            shelvedUntil: state === 'closed' ? null : alert.shelvedUntil,
          };
          return { ok: true, alert: log('acknowledged', acknowledged, receivedAtMs, by, note) };
        }
        case 'reset': {
          if (!alert.latched)
            return conflict('alert-not-latched', 'only a latched alert is reset; this one clears by itself');
          if (alert.state !== 'active') return conflict('alert-not-active', 'it has cleared');
          if (reset(alert.point, alert.rule) !== 'reset') {
            return conflict('alert-still-breaching', 'the condition still holds; it can be reset once it has passed');
          }
          // Whoever resets has seen it.
          return { ok: true, alert: clear({ ...alert, acknowledged: true }, receivedAtMs, by, note, 'reset') };
        }
        case 'note':
          return { ok: true, alert: log('note', alert, receivedAtMs, by, note) };
        case 'shelve':
          if (alert.latched && alert.level === 'red')
            return conflict('alert-not-shelvable', 'a latched red alert may not be shelved');
          if (action.untilMs <= receivedAtMs || action.untilMs > receivedAtMs + SHELVE_MAX_MS) {
            return conflict('shelve-time-out-of-range', 'the end must lie ahead, at most 24 h');
          }
          return {
            ok: true,
            alert: log('shelved', { ...alert, shelvedUntil: action.untilMs }, receivedAtMs, by, note),
          };
        case 'unshelve':
          if (alert.shelvedUntil === null) return conflict('alert-not-shelved', 'it is not shelved');
          return { ok: true, alert: log('unshelved', { ...alert, shelvedUntil: null }, receivedAtMs, by, note) };
      }
    },

    system({ condition, level, active, detail }, receivedAtMs, position) {
      const present = byRule.get(ruleKey(SYSTEM_POINT, condition));
      const isRaised = present?.state === 'active';
      if (!active) {
        if (isRaised) clear(present, receivedAtMs, null, detail, 'cleared');
        return;
      }
      if (isRaised) return;
      raise({
        ...create(
          {
            point: SYSTEM_POINT,
            rule: condition,
            kind: 'levels',
            type: 'raised',
            level,
            label: null,
            atMs: receivedAtMs,
            receivedAtMs,
            metric: null,
            value: detail,
            limit: null,
            unit: null,
            peak: { value: detail, at: receivedAtMs, level },
            revision: 0,
            latched: false,
            chattering: false,
            reason: null,
          },
          { area: SYSTEM_POINT, device: SYSTEM_POINT, family: 'other' },
          position,
        ),
        kind: 'system',
        device: null,
      });
    },

    tick(receivedAtMs) {
      const due = [...shelved.values()].filter((alert) => (alert.shelvedUntil ?? 0) <= receivedAtMs);
      due.sort((a, b) => (a.shelvedUntil ?? 0) - (b.shelvedUntil ?? 0) || a.seq - b.seq);
      for (const alert of due)
        log('unshelved', { ...alert, shelvedUntil: null }, alert.shelvedUntil ?? receivedAtMs, null, null);
    },

    nextDeadlineMs() {
      let next: number | undefined;
      for (const { shelvedUntil } of shelved.values()) {
        if (shelvedUntil !== null && (next === undefined || shelvedUntil < next)) next = shelvedUntil;
      }
      return next;
    },

    takeChanges() {
      const taken = { events, alerts: [...changed.values()] };
      events = [];
      changed = new Map();
      return taken;
    },

    open: () => [...byId.values()],
    openOf: (point) => [...(byPoint.get(point) ?? [])].map((id) => byId.get(id)).filter((alert) => alert !== undefined),
    find: (id) => byId.get(id),
    headSeq: () => seq,
  };
}

function ruleKey(point: string, rule: string): string {
  return `${point}\n${rule}`;
}

function conflict(code: string, detail: string): ActionOutcome {
  return { ok: false, error: 'conflict', code, detail };
}
