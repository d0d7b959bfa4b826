import type { ThresholdFailure } from '../model/threshold-change.ts';
import type { ScheduledChange } from '../model/threshold-records.ts';
import type { Core } from './core.ts';
import { type DatedChange, onlyOne, type RevisionWriter, type ThresholdOutcome } from './revisions.ts';

/** Changes of thresholds that come into force at a time ahead, one for each point at most. */
export interface ScheduledChanges {
  /** Keeps a change for a time ahead, checked as if it were to be made now; it takes the place of one that waits. */
  schedule(wanted: DatedChange & { readonly fromMs: number }): ScheduleOutcome;
  /** The point's change that waits for its time, or could not come into force at it. */
  scheduled(point: string): ScheduledChange | undefined;
  /** Those whose time has come and that have not failed, soonest first. */
  dueChanges(atMs: number): ScheduledChange[];
  /** Makes the revision of a change whose time has come. What cannot be made is kept with why, until it is removed. */
  makeScheduled(point: string, atMs: number): ThresholdOutcome;
  /** False when there is none. */
  removeScheduled(point: string, author: string, atMs: number): boolean;
}

export type ScheduleOutcome = { readonly ok: true; readonly scheduled: ScheduledChange } | ThresholdFailure;

type Row = Omit<ScheduledChange, 'document'> & { readonly document: number };

const COLUMNS = `point, revision, document, author, at_ms AS atMs, reason, from_ms AS fromMs, until_ms AS untilMs,
  failure`;

export function createScheduledChanges(core: Core, revisions: RevisionWriter): ScheduledChanges {
  const { database, definitions, trail, change } = core;
  const insert = database.prepare(`
    INSERT OR REPLACE INTO scheduled (point, revision, document, author, at_ms, reason, from_ms, until_ms, failure)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)`);
  const read = database.prepare(`SELECT ${COLUMNS} FROM scheduled WHERE point = ?`);
  const readDue = database.prepare(`
    SELECT ${COLUMNS} FROM scheduled WHERE failure IS NULL AND from_ms <= ? ORDER BY from_ms, point`);
  const update = database.prepare('UPDATE scheduled SET failure = ? WHERE point = ?');
  const deleteOne = database.prepare('DELETE FROM scheduled WHERE point = ?');

  const changeOf = (row: unknown): ScheduledChange => {
    const { document, ...rest } = row as Row;
    return { ...rest, document: definitions.document(document) };
  };

  function get(point: string): ScheduledChange | undefined {
    const row = read.get(point);
    return row === undefined ? undefined : changeOf(row);
  }

  return {
    schedule(wanted) {
      const failure = revisions.refusalOf(wanted);
      if (failure !== undefined) return failure;
      const { point, expectedRevision: revision, document, author, atMs, reason, fromMs, untilMs = null } = wanted;
      change(() => {
        insert.run(point, revision, definitions.putBody(document), author, atMs, reason, fromMs, untilMs);
        const detail = { revision, reason, fromMs, ...(untilMs === null ? {} : { untilMs }) };
        trail.add({ atMs, author, action: 'thresholds-scheduled', subject: point, detail });
      });
      const scheduled = { point, revision, document, author, atMs, reason, fromMs, untilMs, failure: null };
      return { ok: true, scheduled };
    },
    scheduled: get,
    dueChanges: (atMs) => readDue.all(atMs).map(changeOf),
    makeScheduled(point, atMs) {
      const due = get(point);
      if (due === undefined) return { ok: false, error: 'unknown-point' };
      const { document, author, reason, untilMs, revision: expectedRevision } = due;
      const wanted: DatedChange = { point, expectedRevision, document, author, atMs, reason, untilMs };
      const failure = revisions.refusalOf(wanted);
      if (failure !== undefined) {
        change(() => update.run(failure.error, point));
        return failure;
      }
      // Both or neither: a revision without its wish gone would be made a second time after a crash.
      return onlyOne(revisions.make([wanted], undefined, () => deleteOne.run(point)));
    },
    removeScheduled(point, author, atMs) {
      return change(() => {
        if (deleteOne.run(point).changes === 0) return false;
        trail.add({ atMs, author, action: 'thresholds-unscheduled', subject: point, detail: {} });
        return true;
      });
    },
  };
}
