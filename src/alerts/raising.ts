import type { Alert, Cause } from '../model/alert.ts';
import type { Level } from '../model/level.ts';
import { FLOOD_RULE, SYSTEM_POINT } from '../model/system-alerts.ts';
import type { Transition } from '../model/transition.ts';
import type { Agenda } from './agenda.ts';
import type { Book, Occasion } from './book.ts';
import { announced, FLOOD_BEGINS_ABOVE, type FloodMemory, floodEndsAtMs, NO_FLOOD, restarted } from './flood.ts';
import type { Memory } from './memory.ts';
import type { Places } from './places.ts';
import { type Quiet, suppressedAs } from './quiet.ts';
import type { Shelves } from './shelves.ts';

/** A flood of alerts asks nobody to do anything by itself, so it must not compete with those that do. */
const FLOOD_LEVEL: Level = 'blue';

/** Three raises in this time are chattering (ISA-18.2); after as long without another it is over. */
const CHATTER_MS = 60_000;

export interface SystemCondition {
  readonly condition: string;
  readonly level: Level;
  readonly active: boolean;
  readonly detail: string;
}

/** What raises alerts and clears them: transitions, conditions of the server itself, and floods of alerts. */
export interface Raising {
  transition(given: Transition): void;
  system(change: SystemCondition, nowMs: number): void;
  /** Ends a live alert. One that was never announced asks nobody for anything, so it closes when it clears. */
  clear(alert: Alert, event: 'cleared' | 'reset', occasion: Occasion): Alert;
  /** An alert has been put before people. */
  noteAnnounced(alert: Alert, nowMs: number): void;
  /** An alert was not raised again for so long that it chatters no more. */
  chatterEnds(alert: string, atMs: number): void;
  floodEnds(atMs: number): void;
  /** The clock may have been set back. */
  restart(nowMs: number): void;
}

export interface RaisingOptions {
  readonly book: Book;
  readonly quiet: Quiet;
  readonly shelves: Shelves;
  readonly places: Places;
  readonly agenda: Agenda;
  readonly memory: Memory;
  /** Of the journal entry that is being taken. */
  readonly position: () => number;
}

export function createRaising(options: RaisingOptions): Raising {
  const { book, quiet, shelves, places, agenda, memory, position } = options;
  let flood = memory.recall<FloodMemory>('flood', NO_FLOOD);

  for (const alert of book.open()) chattersUntil(alert);
  agenda.set({ kind: 'flood' }, floodEndsAtMs(flood));

  function chattersUntil({ id, receivedAt, chattering }: Alert): void {
    if (chattering) agenda.set({ kind: 'chatter', alert: id }, receivedAt + CHATTER_MS);
  }

  function setFlood(next: FloodMemory): void {
    if (next === flood) return;
    flood = next;
    memory.remember('flood', flood);
    agenda.set({ kind: 'flood' }, floodEndsAtMs(flood));
  }

  /** An alert to which nothing has happened yet. */
  function fresh(given: Omit<Alert, 'id' | keyof typeof FRESH>): Alert {
    return { id: book.newId(given.point, given.rule, position()), ...given, ...FRESH };
  }

  function alertOf(given: Transition): Alert {
    const place = places.get(given.point);
    if (place === undefined) throw new Error(`transition of ${given.point}, which is not in force`);
    const { point, rule, kind, level, label, metric, value, limit, comparison, unit, peak, latched, chattering } =
      given;
    const shared = {
      point,
      rule,
      kind,
      level,
      label,
      metric,
      value,
      limit,
      comparison,
      unit,
      peak,
      latched,
      chattering,
    };
    const { area, device, family } = place;
    const times = { raisedAt: given.atMs, receivedAt: given.receivedAtMs };
    return fresh({ ...shared, area, device, family, ...times, thresholdRevision: given.revision });
  }

  function raiseOwn(given: Pick<Alert, 'rule' | 'level' | 'value' | 'limit' | 'unit'>, nowMs: number): void {
    const { value, level } = given;
    const times = { raisedAt: nowMs, receivedAt: nowMs, peak: { value, at: nowMs, level } };
    raise(fresh({ ...OF_THE_SERVER, ...given, ...times }), null);
  }

  function raise(alert: Alert, reason: Cause | null): void {
    const occasion = { atMs: alert.raisedAt, nowMs: alert.receivedAt, by: null, words: null };
    const shelf = shelves.shelfOf(alert);
    const suppressor = quiet.suppressorOfRaise(alert);
    const raised: Alert = { ...alert, shelvedUntil: shelf?.untilMs ?? null, ...suppressedAs(suppressor) };
    const cause = suppressor ?? reason;
    const former = book.ofRule(alert.point, alert.rule);
    if (former === undefined) {
      chattersUntil(book.log('raised', raised, { ...occasion, cause }));
      return;
    }
    // The former one came and went unacknowledged. One rule has one open alert, so the new one takes its place and says
    // how many it stands for; what was announced then still waits for its acknowledgement.
    agenda.set({ kind: 'chatter', alert: former.id }, undefined);
    book.log(
      'note',
      { ...former, state: 'closed', shelvedUntil: null },
      { ...occasion, cause: { code: 'superseded-by', ref: alert.id } },
    );
    const takenOver = { ...raised, repeats: former.repeats + 1, announcedAt: former.announcedAt };
    chattersUntil(book.log('raised', takenOver, { ...occasion, cause }));
  }

  function clear(alert: Alert, event: 'cleared' | 'reset', occasion: Occasion): Alert {
    const state = alert.acknowledged || alert.announcedAt === null ? 'closed' : 'cleared';
    const shelvedUntil = state === 'closed' ? null : alert.shelvedUntil;
    const cleared: Alert = { ...alert, state, clearedAt: occasion.atMs, unverified: false, shelvedUntil };
    return book.log(event, cleared, occasion);
  }

  function transition(given: Transition): void {
    const { atMs, receivedAtMs, reason, peak } = given;
    const cause = reason === null ? null : { code: reason };
    const occasion: Occasion = { atMs, nowMs: receivedAtMs, by: null, cause, words: null };
    if (given.type === 'raised') return raise(alertOf(given), cause);
    if (given.type === 'retrospective') {
      const alert = alertOf(given);
      const past = { retrospective: true, state: 'closed', clearedAt: atMs, latched: false } as const;
      const suppressed = suppressedAs(quiet.suppressorOf(alert));
      book.logPast('retrospective', { ...alert, ...past, ...suppressed }, occasion);
      return;
    }
    const present = book.ofRule(given.point, given.rule);
    if (present === undefined || present.state !== 'active') {
      throw new Error(`${given.type} of ${given.point}/${given.rule}, which has no active alert`);
    }
    const alert = { ...present, peak };
    const { level, label, value, limit, comparison, unit, revision: thresholdRevision } = given;
    const shown = { level, label, value, limit, comparison, unit, thresholdRevision };
    switch (given.type) {
      case 'escalated': {
        // More severe than what was acknowledged or shelved: a person must look again.
        shelves.remove(given);
        const anew = { acknowledged: false, shelvedUntil: null, recoveredAt: null };
        book.log('escalated', { ...alert, ...shown, ...anew }, occasion);
        return;
      }
      case 'deescalated':
        book.log('deescalated', { ...alert, ...shown }, occasion);
        return;
      case 'recovered':
        book.log('note', { ...alert, recoveredAt: atMs }, { ...occasion, cause: { code: 'condition-passed' } });
        return;
      case 'relapsed':
        book.log('note', { ...alert, recoveredAt: null }, { ...occasion, cause: { code: 'condition-returned' } });
        return;
      case 'cleared':
        clear(alert, 'cleared', occasion);
        return;
      case 'unverified':
        book.log('unverified', { ...alert, unverified: true }, occasion);
        return;
      case 'verified':
        book.log('verified', { ...alert, unverified: false }, occasion);
        return;
    }
  }

  return {
    transition,
    system({ condition, level, active, detail }, nowMs) {
      const present = book.ofRule(SYSTEM_POINT, condition);
      const isRaised = present?.state === 'active';
      if (active && !isRaised) raiseOwn({ rule: condition, level, value: detail, limit: null, unit: null }, nowMs);
      if (!active && isRaised) {
        clear(present, 'cleared', { atMs: nowMs, nowMs, by: null, cause: null, words: detail });
      }
    },
    clear,
    noteAnnounced({ rule, point }, nowMs) {
      if (rule === FLOOD_RULE && point === SYSTEM_POINT) return;
      const wasOn = flood.count !== null;
      setFlood(announced(flood, nowMs));
      if (wasOn || flood.count === null) return;
      const { count: value } = flood;
      raiseOwn({ rule: FLOOD_RULE, level: FLOOD_LEVEL, value, limit: FLOOD_BEGINS_ABOVE, unit: 'alarms/10min' }, nowMs);
    },
    chatterEnds(id, atMs) {
      const alert = book.find(id);
      if (alert === undefined || !alert.chattering) return;
      const cause = { code: 'chattering-ended' };
      book.log('note', { ...alert, chattering: false }, { atMs, nowMs: atMs, by: null, cause, words: null });
    },
    floodEnds(atMs) {
      const { times, count } = flood;
      setFlood({ times, count: null });
      const alert = book.ofRule(SYSTEM_POINT, FLOOD_RULE);
      if (alert?.state !== 'active') return;
      const cause = { code: 'alarms-announced', ref: String(count) };
      clear(alert, 'cleared', { atMs, nowMs: atMs, by: null, cause, words: null });
    },
    restart(nowMs) {
      setFlood(restarted(flood, nowMs));
    },
  };
}

/** What an alert is before anything has happened to it. */
const FRESH = {
  state: 'active',
  acknowledged: false,
  unverified: false,
  shelvedUntil: null,
  suppressed: false,
  suppressedBy: null,
  announcedAt: null,
  retrospective: false,
  repeats: 0,
  clearedAt: null,
  recoveredAt: null,
  seq: 0,
} as const;

/** What all alerts about the server itself have in common. */
const OF_THE_SERVER = {
  point: SYSTEM_POINT,
  area: SYSTEM_POINT,
  device: null,
  family: 'other',
  metric: null,
  kind: 'system',
  label: null,
  latched: false,
  chattering: false,
  thresholdRevision: 0,
} as const;
