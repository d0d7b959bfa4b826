import { transact } from '../../lib/sqlite.ts';
import { copyDatabase, namingDamage, openDatabase, sizeOf } from '../shared/database.ts';
import type { RejectedReadings } from './rejections.ts';

/** How far the journal has been written to the server: the cursor, and what it takes to tell late readings. */
export interface FollowerState {
  cursor(): number;
  newest(): { readonly page: number; readonly times: Float64Array }[];
  /** Readings the server took so far. */
  readings(): number;
  /** Readings the server would not take, and nobody has been told of yet. */
  rejected(): readonly RejectedReadings[];
  /** On disk when it returns. */
  commit(change: {
    readonly cursor: number;
    readonly readings: number;
    readonly rejected: readonly RejectedReadings[];
    readonly newest: readonly { readonly page: number; readonly times: Float64Array }[];
  }): void;
  bytesOnDisk(): number;
  copyTo(file: string): void;
  close(): void;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS newest (page INTEGER PRIMARY KEY, times BLOB NOT NULL) STRICT;
`;

/** `target` names server and bucket: for another one everything begins anew. Throws DamagedFileError. */
export function openFollowerState(file: string, target: string): FollowerState {
  const db = openDatabase(file, 'full', SCHEMA);
  const get = db.prepare('SELECT value FROM meta WHERE key = ?');
  const set = db.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)');
  const setNewest = db.prepare('INSERT OR REPLACE INTO newest VALUES (?, ?)');
  namingDamage(file, () => {
    if (get.get('target')?.value === target) return;
    transact(db, () => {
      db.exec('DELETE FROM newest; DELETE FROM meta');
      set.run('target', target);
      set.run('cursor', 0);
      set.run('readings', 0);
    });
  });
  const numberOf = (key: string): number => Number(get.get(key)?.value ?? 0);

  return {
    cursor: () => numberOf('cursor'),
    readings: () => numberOf('readings'),
    rejected: () => JSON.parse(String(get.get('rejected')?.value ?? '[]')) as RejectedReadings[],
    newest: () =>
      namingDamage(file, () =>
        db
          .prepare('SELECT page, times FROM newest')
          .all()
          .map(({ page, times }) => ({
            page: Number(page),
            times: new Float64Array((times as Uint8Array).slice().buffer),
          })),
      ),
    commit({ cursor, readings, rejected, newest }) {
      transact(db, () => {
        set.run('cursor', cursor);
        set.run('readings', readings);
        set.run('rejected', JSON.stringify(rejected));
        for (const { page, times } of newest) {
          setNewest.run(page, new Uint8Array(times.buffer, times.byteOffset, times.byteLength));
        }
      });
    },
    bytesOnDisk: () => sizeOf(file),
    copyTo: (to) => namingDamage(file, () => copyDatabase(db, to)),
    close: () => db.close(),
  };
}
