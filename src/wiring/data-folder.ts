import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ConfigError } from '../lib/errors.ts';

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
const OWNER_ONLY = 0o600;
const SERVER_FILE = 'server.json';

/** Opens the folder, made if it is not there. Throws ConfigError when it cannot be used or another server has it. */
export function openDataFolder(folder: string): DataFolder {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw unusable(folder, error instanceof Error ? error.message : String(error), 'a folder that can be written');
  }
  const path = (name: string) => join(folder, name);
  const lock = lockFolder(folder, path('lock'));
  const localToken = randomBytes(KEY_BYTES).toString('base64url');
  return {
    path,
    key: readKey(path('installation.key')),
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
}

/** SQLite's own file lock, because the system lets go of it however the process ends. */
function lockFolder(folder: string, file: string): DatabaseSync {
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(file);
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT;');
    return lock;
  } catch (error) {
    lock?.close();
    const message = error instanceof Error ? error.message : String(error);
    if (message.includes('locked')) throw unusable(folder, 'a folder another server is using', 'a folder of its own');
    throw unusable(folder, message, 'a folder that can be written');
  }
}

function readKey(file: string): Uint8Array {
  if (!existsSync(file)) writeFileSync(file, randomBytes(KEY_BYTES), { mode: OWNER_ONLY, flag: 'wx' });
  return readFileSync(file);
}

function unusable(folder: string, found: string, expected: string): ConfigError {
  return new ConfigError([{ file: 'configuration', path: 'data', found: `${folder}: ${found}`, expected }]);
}
