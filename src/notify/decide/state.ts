import { createTimeHeap } from '../../lib/time-heap.ts';
import type { Alert } from '../../model/alert.ts';
import type { Level } from '../../model/level.ts';
import type { ReasonTold } from '../../model/notify/delivery.ts';
import type { Silence } from '../../model/notify/silence.ts';

/**
 * What deciding remembers, as plain rows by key. A step gives the rows that it changed; whoever keeps them writes them in
 * the transaction that has the intents and the cursor, and can rebuild the state from rows at any point. Each row says
 * itself when something of it falls due: deadlines are rows and no timers.
 */
export type Row = AlertRow | GroupRow | QuietRow | SilenceRow;

interface OfEachRow {
  /** When a `due` input is to be given for it, by the server's clock, ms; null: by itself nothing happens. */
  readonly dueAtMs: number | null;
  /** How often it was moved because the clock was set; left out: never. Ids of intents tell such times apart. */
  readonly clockSets?: number;
}

/** An alert that is open, or of which something is still to be told. Key `alert:ID`. */
export interface AlertRow extends OfEachRow {
  readonly kind: 'alert';
  /** As its last entry has it. */
  readonly alert: Alert;
  /** The area of its point and those above it, nearest first. */
  readonly areas: readonly string[];
  /** Open before telling began, or in another log: nobody is told of it by itself, only of what happens to it next. */
  readonly isFromBefore: boolean;
  readonly tracks: readonly Track[];
  readonly told: readonly Told[];
  /** Persons who have seen it on a console since the level in force. */
  readonly seenBy: readonly string[];
  /** How many rounds of telling there were: each escalation and each return begins one. Ids of intents tell them apart. */
  readonly round: number;
}

/** How far the telling of an alert by one route has come. */
export interface Track {
  readonly route: string;
  /** The route does not take the level in force: those it told before are told on, and nobody else. */
  readonly isFormer: boolean;
  /**
   * `waiting`: with others of its group; `held`: until a silence or quiet hours end; `told`: its recipients were told and its
   * ladder is climbed; `over`: the alert is, and quiet hours hold back that those who were told are told so.
   */
  readonly state: 'waiting' | 'held' | 'told' | 'over';
  /** Why its recipients are told when the waiting is over. */
  readonly reason: 'raised' | 'escalated' | 'returned' | 'setup-changed';
  /** The key of the group, the quiet hours or the silence that holds it, also one that is told already: its ladder rests. */
  readonly waitsIn: string | null;
  /** Index of the step of the ladder that comes next. */
  readonly nextStep: number;
  readonly stepAtMs: number | null;
  readonly repeatAtMs: number | null;
}

/** That somebody was told of an alert by a channel, because of a route. */
export interface Told {
  readonly channel: string;
  /** Null: the group behind the channel. */
  readonly person: string | null;
  readonly route: string;
  /** -1: by the route itself, else the step of its ladder. */
  readonly step: number;
  readonly level: Level;
  /** The round in which he was told last. */
  readonly round: number;
  /** When he was first told in that round, ms: proofs of what was decided before are of another one. Left out in old rows. */
  readonly sinceMs?: number | undefined;
  /** The best of that round. */
  readonly proof: 'queued' | 'accepted' | 'delivered' | 'answered' | 'failed';
  /** Whether anything of this alert has come to him, as far as can be known. */
  readonly hasReached: boolean;
  /** Intents that have neither been accepted nor have failed. */
  readonly open: readonly { readonly id: string; readonly reason: ReasonTold }[];
}

/** Alerts of a route that are told together. Key `group:ROUTE|…`. */
export interface GroupRow extends OfEachRow {
  readonly kind: 'group';
  readonly route: string;
  readonly alerts: readonly string[];
}

/** What a route's quiet hours hold back until they end. Key `quiet:ROUTE`. */
export interface QuietRow extends OfEachRow {
  readonly kind: 'quiet';
  readonly route: string;
  readonly alerts: readonly string[];
}

/** A silence and what it holds back. Key `silence:ID`. */
export interface SilenceRow extends OfEachRow {
  readonly kind: 'silence';
  /** With its times as the clock shows them now. */
  readonly silence: Silence;
  /** By how much they were moved because the clock was set back, ms. */
  readonly movedMs?: number;
  readonly alerts: readonly string[];
}

/** What a step reads. */
export interface StateView {
  get(key: string): Row | undefined;
  /** All rows whose key begins with this, in no order. */
  withPrefix(prefix: 'alert:' | 'group:' | 'quiet:' | 'silence:'): Iterable<readonly [string, Row]>;
}

/** All rows in memory, and which of them is due next. */
export interface DecideState extends StateView {
  apply(changed: ReadonlyMap<string, Row | null>): void;
  /** The row that is due first, with its time; undefined when nothing will happen by itself. Of one time the lesser key. */
  nextDue(): { readonly key: string; readonly atMs: number } | undefined;
  rows(): Iterable<readonly [string, Row]>;
}

/** State from the rows that were kept. */
export function createDecideState(kept: Iterable<readonly [string, Row]> = []): DecideState {
  const byPrefix = new Map<string, Map<string, Row>>();
  const heap = createTimeHeap<string>((a, b) => a < b);
  const ofPrefix = (key: string): Map<string, Row> => {
    const prefix = key.slice(0, key.indexOf(':') + 1);
    const known = byPrefix.get(prefix) ?? new Map<string, Row>();
    byPrefix.set(prefix, known);
    return known;
  };

  function put(key: string, row: Row | null): void {
    const rows = ofPrefix(key);
    if (row === null) {
      rows.delete(key);
      return;
    }
    if (row.dueAtMs !== null && rows.get(key)?.dueAtMs !== row.dueAtMs) heap.push(row.dueAtMs, key);
    rows.set(key, row);
  }

  for (const [key, row] of kept) put(key, row);
  return {
    get: (key) => ofPrefix(key).get(key),
    withPrefix: (prefix) => ofPrefix(prefix),
    apply(changed) {
      for (const [key, row] of changed) put(key, row);
    },
    nextDue() {
      // What was pushed for a time that the row no longer has is passed over.
      for (let key = heap.first(); key !== undefined; key = heap.first()) {
        const atMs = heap.firstMs() ?? 0;
        if (ofPrefix(key).get(key)?.dueAtMs === atMs) return { key, atMs };
        heap.pop();
      }
      return undefined;
    },
    *rows() {
      for (const rows of byPrefix.values()) yield* rows;
    },
  };
}
