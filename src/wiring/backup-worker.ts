import { chmodSync, closeSync, fsyncSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { workerData } from 'node:worker_threads';

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
    const db = new DatabaseSync(join(from, name), { readOnly: true });
    try {
      db.exec('PRAGMA busy_timeout = 5000');
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
