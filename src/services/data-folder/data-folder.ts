import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ConfigError, messageOf, type Problem } from '../../lib/errors.ts';
import { makePrivate, OWNER_ONLY } from '../../lib/private-file.ts';

/** The folder that holds everything Brink keeps. One server at a time may have it. */
export interface DataFolder {
  path(name: string): string;
  /** Key of this installation: device secrets are hashed with it, so that a stolen database alone helps nobody. */
  readonly key: Uint8Array;
  /** A new admin token for programs of this machine that can read the folder, such as the command line tool. */
  readonly localToken: string;
  /** Writes down where this server listens, for the same programs. */
  announce(addresses: { readonly http: string; readonly mqtt: string }): void;
  release(): void;
}

const KEY_BYTES = 32;
const KEY_FILE = 'installation.key';
const SERVER_FILE = 'server.json';
const LOCK_FILE = 'lock';

/** Opens the folder, made if it is not there. Throws ConfigError when it cannot be used or another server has it. */
export function openDataFolder(folder: string): DataFolder {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw unusable(folder, messageOf(error), 'a folder that can be written');
  }
  const path = (name: string) => join(folder, name);
  checkWritable(folder, path('probe'));
  const lock = lockFolder(folder, path(LOCK_FILE));
  try {
    checkAccess(folder);
    const localToken = randomBytes(KEY_BYTES).toString('base64url');
    return {
      path,
      key: readKey(path(KEY_FILE), existsSync(path('registry.db'))),
      localToken,
      announce(addresses) {
        const body = JSON.stringify({ ...addresses, token: localToken, pid: process.pid });
        writeFileSync(path(SERVER_FILE), `${body}\n`, { mode: OWNER_ONLY });
      },
      release() {
        rmSync(path(SERVER_FILE), { force: true });
        lock.close();
      },
    };
  } catch (error) {
    lock.close();
    throw error;
  }
}

/** SQLite's own file lock, because the system lets go of it however the process ends. */
function lockFolder(folder: string, file: string): DatabaseSync {
  let lock: DatabaseSync | undefined;
  try {
    makePrivate(file);
    lock = new DatabaseSync(file);
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT;');
    return lock;
  } catch (error) {
    lock?.close();
    const message = messageOf(error);
    if (message.includes('locked')) throw unusable(folder, 'a folder another server is using', 'a folder of its own');
    const expected = 'a file that says whether a server uses the folder; it holds nothing, so when none does remove it';
    throw new ConfigError([{ file, path: '', found: `something else (${message})`, expected }]);
  }
}

function checkWritable(folder: string, probe: string): void {
  try {
    writeFileSync(probe, '', { mode: OWNER_ONLY });
    rmSync(probe, { force: true });
  } catch (error) {
    throw unusable(folder, `a folder that cannot be written (${messageOf(error)})`, WRITABLE);
  }
}

/**
 * Whether everything can be read and written by whoever starts the server, said before anything is opened: SQLite would
 * call a file it may not open damaged, and one it may not write would only show at the first write. What others could
 * read is closed to them. Throws ConfigError that names each file.
 */
function checkAccess(folder: string): void {
  const folders = [folder, ...FOLDERS.map((name) => join(folder, name))].filter((path) => existsSync(path));
  const problems = [...folders.flatMap(folderProblem), ...folders.flatMap(filesToOpen).flatMap(accessProblem)];
  if (problems.length > 0) throw new ConfigError(problems);
}

const FOLDERS = ['history', 'history/raw', 'history/minute', 'history/hour', 'states'];

/** What stands where a folder should be. */
function folderProblem(path: string): Problem[] {
  if (statSync(path).isDirectory()) return [];
  return [{ file: path, path: '', found: 'a file', expected: 'a folder, or nothing, of this name' }];
}

const WRITABLE =
  'a data folder, with all that is in it, that belongs to the user who starts the server and can be written';

/** Files beside the databases, all of which this program opens, writes or takes away. */
const OWN_FILE =
  /^(?:installation\.key|reserve|server\.json|data-lost\.json|backup-under-way|import-\d+\.spool|.*\.db(?:-wal|-shm)?)$/;

/**
 * What SQLite or this program opens there, also a link (to nowhere while its disk is not mounted) or a folder of that
 * name; the lock is held already, and opening it once more would let go of it.
 */
function filesToOpen(folder: string): string[] {
  if (!statSync(folder).isDirectory()) return [];
  return readdirSync(folder)
    .filter((name) => OWN_FILE.test(name))
    .map((name) => join(folder, name));
}

function accessProblem(file: string): Problem[] {
  try {
    // Opening some of what is no file would wait for ever, or give a key that cannot be read.
    if (!statSync(file).isFile()) throw new Error('it is no file');
    // A key is only read, and may be kept from being changed.
    closeSync(openSync(file, file.endsWith(KEY_FILE) ? 'r' : 'r+'));
    if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, OWNER_ONLY);
    return [];
  } catch (error) {
    return [{ file, path: '', found: `a file that cannot be opened (${messageOf(error)})`, expected: WRITABLE }];
  }
}

/** A registry without its key would lock out every device, so none is made beside one. */
function readKey(file: string, hasRegistry: boolean): Uint8Array {
  if (!existsSync(file) && !hasRegistry) writeFileSync(file, randomBytes(KEY_BYTES), { mode: OWNER_ONLY, flag: 'wx' });
  const key = existsSync(file) ? readFileSync(file) : undefined;
  if (key?.length === KEY_BYTES) return key;
  const found = key === undefined ? 'no key' : `a key of ${key.length} bytes`;
  const expected = `the ${KEY_BYTES} bytes that the device secrets in registry.db are hashed with: put them back, or start on a backup of the data folder (--data BACKUP)`;
  throw new ConfigError([{ file, path: '', found, expected }]);
}

function unusable(folder: string, found: string, expected: string): ConfigError {
  return new ConfigError([{ file: 'configuration', path: 'data', found: `${folder}: ${found}`, expected }]);
}
