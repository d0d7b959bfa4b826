import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAlertFollower } from '../../alerts/follower.ts';
import type { StateCopy } from '../../alerts/state-copy.ts';
import { type AlertStore, openAlertStore } from '../../alerts/store.ts';
import { createEvaluator } from '../../evaluate/evaluator.ts';
import type { Journal } from '../../journal/journal.ts';
import { positionAt } from '../../journal/journal-time.ts';
import type { AlertEvent } from '../../model/alert.ts';
import type { PointDefinition } from '../../model/definition.ts';
import { decodeEntries } from '../../model/entry.ts';
import type { SiteReads } from '../../registry/site-reads.ts';

const READ_BYTES = 8 << 20;

type ReadableJournal = Pick<Journal, 'read' | 'nextPosition' | 'firstPosition'>;

export interface BacktestSource {
  readonly journal: ReadableJournal;
  readonly definitions: (ids: readonly number[]) => readonly PointDefinition[];
  /** States to begin from, oldest first. */
  readonly states: readonly StateCopy[];
}

/** Arrival times in ms since 1970, `from` included, `to` excluded; undefined: as far as the journal reaches. */
export interface BacktestRange {
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
}

export type Backtest =
  | {
      readonly ok: true;
      /** The position evaluation began at: 1, or where a stored state begins. */
      readonly evaluatedFrom: number;
      /** The positions asked for, the last one excluded. */
      readonly from: number;
      readonly to: number;
      /** The sequence number of the live log before the first of `events`. */
      readonly headBefore: number;
      /** The part of the alert log that the entries of the range made. */
      readonly events: readonly AlertEvent[];
    }
  /** The journal no longer reaches back to `from`. `earliestMs`: what it reaches back to; null for nothing. */
  | { readonly ok: false; readonly earliestMs: number | null };

/**
 * Runs a part of the journal through evaluation once more, and gives the alert log that comes out: what live evaluation
 * wrote, entry by entry, if the promise "replay equals live" holds. Evaluation begins at the nearest stored state before
 * the range, or at the beginning of the journal.
 */
export function backtest({ journal, definitions, states }: BacktestSource, range: BacktestRange): Backtest {
  const first = journal.firstPosition();
  const usable = states.filter(({ replayFrom }) => replayFrom >= first);
  const isWhole = first === 1;
  const earliest = isWhole ? 1 : usable[0] === undefined ? undefined : usable[0].cursor + 1;
  const from = range.fromMs === undefined ? (earliest ?? first) : positionAt(journal, range.fromMs);
  const to = range.toMs === undefined ? journal.nextPosition() : positionAt(journal, range.toMs);
  const state = usable.findLast(({ cursor }) => cursor < from);
  if (state === undefined && !isWhole) return { ok: false, earliestMs: arrivalOf(journal, earliest) };

  const events: AlertEvent[] = [];
  let isInRange = false;
  const { store, close } = openCopy(state);
  try {
    const follower = openAlertFollower({
      evaluation: createEvaluator(),
      store,
      definitions,
      onEvents(made) {
        if (isInRange) events.push(...made);
      },
      onBug(error) {
        throw error;
      },
    });
    const evaluatedFrom = follower.replayFrom();
    const run = (start: number, end: number) => {
      for (const { position, entries, node } of stretches(journal, start, end)) follower.take(position, entries, node);
    };
    run(evaluatedFrom, from);
    const headBefore = follower.headSeq();
    isInRange = true;
    run(from, to);
    return { ok: true, evaluatedFrom, from, to, headBefore, events };
  } finally {
    close();
  }
}

/** The whole of a journal that was never trimmed. */
export function evaluateJournal(journal: ReadableJournal, registry: Pick<SiteReads, 'definitions'>): AlertEvent[] {
  const result = backtest({ journal, definitions: (ids) => registry.definitions(ids), states: [] }, {});
  if (!result.ok) throw new Error('the journal does not begin at its beginning');
  return [...result.events];
}

/** A store that may be written, in memory or as a copy of a stored state. */
function openCopy(state: StateCopy | undefined): { store: AlertStore; close(): void } {
  if (state === undefined) {
    const store = openAlertStore(':memory:');
    return { store, close: () => store.close() };
  }
  const folder = mkdtempSync(join(tmpdir(), 'brink-backtest-'));
  const file = join(folder, 'state.db');
  copyFileSync(state.path, file);
  const store = openAlertStore(file);
  return {
    store,
    close() {
      store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** The entries from one position to another (excluded), row by row, rows cut where they reach beyond. */
function* stretches(journal: ReadableJournal, start: number, end: number) {
  for (let position = start; position < end; ) {
    const rows = journal.read(position, READ_BYTES);
    if (rows.length === 0) return;
    for (const { first, count, data, node } of rows) {
      if (first >= end) return;
      const entries = decodeEntries(data).slice(Math.max(0, position - first), end - first);
      yield { position: Math.max(first, position), entries, node };
      position = first + count;
    }
  }
}

function arrivalOf(journal: ReadableJournal, position: number | undefined): number | null {
  if (position === undefined) return null;
  const [row] = journal.read(position, 1);
  return row === undefined ? null : (decodeEntries(row.data)[position - row.first]?.receivedAtMs ?? null);
}
