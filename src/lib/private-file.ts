import { closeSync, existsSync, openSync } from 'node:fs';

export const OWNER_ONLY = 0o600;

/**
 * Makes a file that its owner alone may read, if it is not there, whatever the umask: SQLite would make it for everybody
 * to read, and gives its logs the rights of the database.
 */
export function makePrivate(file: string): void {
  // One that is there is left alone: closing it here would let go of the locks that SQLite holds on it in this process.
  if (file !== ':memory:' && !existsSync(file)) closeSync(openSync(file, 'a', OWNER_ONLY));
}
