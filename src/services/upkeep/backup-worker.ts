import { chmodSync, closeSync, fsyncSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { workerData } from 'node:worker_threads';
import { readSqlite } from '../../lib/sqlite.ts';

/** What the thread that copies databases is started with. */
export interface CopyJob {
  readonly from: string;
  readonly to: string;
  /** File names, copied in this order. */
  readonly names: readonly string[];
}

const OWNER_ONLY = 0o600;

/**
 * Copies databases that are in use. Each copy is one read transaction on a connection of its own: in WAL mode it sees
 * the state of one instant and keeps no writer waiting.
 */
function copyAll({ from, to, names }: CopyJob): void {
  for (const name of names) {
    const file = join(to, name);
    const db = readSqlite(join(from, name));
    try {
      db.prepare('VACUUM INTO ?').run(file);
    } finally {
      db.close();
    }
    chmodSync(file, OWNER_ONLY);
    // SQLite leaves that to the caller.
    const descriptor = openSync(file, 'r+');
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  }
}

copyAll(workerData as CopyJob);
