import { existsSync, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { damageOf } from '../../history/shared/database.ts';
import { ConfigError, type Problem } from '../../lib/errors.ts';
import { readSqlite } from '../../lib/sqlite.ts';
import { type FolderFindings, judgeFolder } from './folder-findings.ts';
import { type ReadFolder, readFolder } from './folder-marks.ts';

/**
 * What only a database holds, and what the server starts with when it is moved away; the history looks after its files of
 * days. Without the registry the numbers in all the others mean nothing.
 */
const DATABASES: Readonly<Record<string, { readonly holds: string; readonly movedAway: string | undefined }>> = {
  'journal.db': spare('readings that the history does not have yet'),
  'alerts.db': {
    holds: 'the alerts and their log',
    movedAway: 'start with what the journal can make of them again, which is all if it reaches back to its beginning',
  },
  'registry.db': { holds: 'devices, points and thresholds', movedAway: undefined },
  'accounts.db': spare('users and tokens'),
  'quarantine.db': spare('messages that could not be read'),
  'seen.db': spare('who saw which alert'),
  'notify.db': spare('who was told of which alert'),
  'history/history.db': spare('the last hours of the history, which the journal fills in'),
  'history/influx.db': spare('how far InfluxDB has the journal'),
};

function spare(holds: string): { readonly holds: string; readonly movedAway: string } {
  return { holds, movedAway: `start without ${holds}` };
}

/** Larger ones take longer to read through than a start may; of these the beginning and the size are looked at. */
const CHECKED_BYTES_MAX = 32 << 20;

/** What a start found of the databases, all of which fit. */
export interface CheckedFolder {
  readonly read: ReadFolder;
  readonly findings: FolderFindings;
}

/**
 * Looks at the databases of a data folder before they are opened. Throws ConfigError that names every one that is damaged
 * or does not belong to the others, what it held, and the way out: a start on half a state could miss alerts.
 */
export function checkDatabases(path: (name: string) => string, history: 'embedded' | 'influx'): CheckedFolder {
  checkDamage(path);
  const read = readFolder(path, history);
  const findings = judgeFolder(read);
  const problems = findings.refusals.map(
    ({ database, found, expected }): Problem => ({ file: path(database), path: '', found, expected }),
  );
  if (problems.length > 0) throw new ConfigError(problems);
  return { read, findings };
}

function checkDamage(path: (name: string) => string): void {
  const problems = Object.entries(DATABASES).flatMap(([name, { holds, movedAway }]): Problem[] => {
    const file = path(name);
    const damage = existsSync(file) ? damageIn(file) : null;
    if (damage === null) return [];
    const orElse =
      movedAway === undefined ? '' : `; or move this file away (with its -wal, if there is one), and ${movedAway}`;
    const expected = `a whole database with ${holds}: start on a backup of the data folder (--data BACKUP)${orElse}`;
    return [{ file, path: '', found: `damage (${damage})`, expected }];
  });
  if (problems.length > 0) throw new ConfigError(problems);
}

function damageIn(file: string): string | null {
  const outside = damageOf(file);
  if (outside !== null || statSync(file).size > CHECKED_BYTES_MAX) return outside;
  let db: DatabaseSync | undefined;
  try {
    db = readSqlite(file);
    const [verdict] = Object.values(db.prepare('PRAGMA quick_check(1)').get() ?? {});
    return verdict === 'ok' ? null : String(verdict);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    db?.close();
  }
}
