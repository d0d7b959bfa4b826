import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { transact } from '../lib/sqlite.ts';
import { openAlertStore } from './store.ts';

/** A copy of what a follower needs to go on from some position: evaluation from there gives what it gave live. */
export interface StateCopy {
  readonly path: string;
  /** Log entries that come out of later positions are the live ones. */
  readonly cursor: number;
  /** The journal is needed from here on. */
  readonly replayFrom: number;
}

/**
 * As many of the last log entries are looked through for resets. What must be replayed before the cursor is seconds of
 * the journal, and no operator resets so often.
 */
const RECENT_EVENTS = 20_000;

const COPY = `
  INSERT INTO main.checkpoint SELECT * FROM live.checkpoint;
  INSERT INTO main.alert SELECT * FROM live.alert WHERE state <> 'closed' OR body ->> '$.response.stage' <> 'closed';
  INSERT INTO main.memory SELECT * FROM live.memory;
  INSERT INTO main.maintenance SELECT * FROM live.maintenance WHERE ended = 0;
  INSERT INTO main.log SELECT * FROM live.log WHERE seq = (SELECT max(seq) FROM live.log)
    OR (seq > (SELECT max(seq) FROM live.log) - ${RECENT_EVENTS} AND body ->> '$.event' = 'reset');
  UPDATE main.progress SET (cursor, replay_from) = (SELECT cursor, replay_from FROM live.progress);
`;

/**
 * Copies the state of an alert store that is in use, without its history, to `dir/REPLAYFROM-CURSOR.db`. One read
 * transaction: it sees one instant and keeps no writer waiting.
 */
export function copyState(from: string, dir: string): StateCopy {
  const partial = join(dir, 'partial');
  for (const file of [partial, `${partial}-wal`, `${partial}-shm`]) rmSync(file, { force: true });
  openAlertStore(partial).close();
  const db = new DatabaseSync(partial);
  let progress: Record<string, unknown> | undefined;
  try {
    // One file, to be moved; a copy that a power cut damages is a copy less.
    db.exec('PRAGMA journal_mode = DELETE; PRAGMA synchronous = OFF; PRAGMA busy_timeout = 5000');
    db.prepare('ATTACH DATABASE ? AS live').run(`${pathToFileURL(from).href}?mode=ro`);
    transact(db, () => db.exec(COPY));
    progress = db.prepare('SELECT cursor, replay_from FROM main.progress').get();
  } finally {
    db.close();
  }
  const { cursor, replay_from: replayFrom } = progress ?? {};
  const path = join(dir, `${replayFrom}-${cursor}.db`);
  renameSync(partial, path);
  return { path, cursor: Number(cursor), replayFrom: Number(replayFrom) };
}

/** The copy that a file name stands for; undefined for any other file. */
export function stateCopyOf(dir: string, name: string): StateCopy | undefined {
  const match = /^(\d+)-(\d+)\.db$/.exec(name);
  return match === null ? undefined : { path: join(dir, name), replayFrom: Number(match[1]), cursor: Number(match[2]) };
}
