import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { Clock } from '../../lib/clock.ts';
import { messageOf } from '../../lib/errors.ts';
import { type Errand, startErrand } from '../../lib/thread.ts';
import type { BackupOutcome } from '../../model/server-figures.ts';
import { markCopy } from '../data-folder/folder-marks.ts';
import type { CopyJob } from './backup-worker.ts';

export interface BackupOptions {
  readonly clock: Clock;
  /** The data folder. */
  readonly folder: string;
  /** The folder that backups are written into when they are asked for by name; made when it is needed. */
  readonly backups: string;
  readonly history: { copyTo(dir: string): Promise<void> };
  /** The position before which no follower needs the journal any more. */
  readonly neededFrom: () => number;
}

export interface Backup {
  /**
   * Writes a copy of the data folder to a new folder, from which a server can be started: a name below the backups
   * folder, or a path, which has to lie below it unless `anywhere`.
   */
  readonly run: (target: string, anywhere: boolean) => Promise<BackupOutcome>;
  /** The position from which a backup that is under way needs the journal; infinite when there is none. */
  heldFrom(): number;
  /** Breaks off what is under way. */
  close(): Promise<void>;
}

const HISTORY = 'history';
const KEY = 'installation.key';

/**
 * The order makes the copy consistent. Followers of the journal come before it, so that the copied journal reaches at
 * least as far as each copied cursor: at its first start the copy replays what lies between and misses nothing. What the
 * journal refers to, the registry's definitions, comes after it, so that the copy knows every definition that is named. Who
 * was told what follows the alert log, and so comes before it.
 */
const FOLLOWERS = ['notify.db', 'alerts.db', 'quarantine.db', 'seen.db'];
/** It is there once somebody is to be told something. */
const MAY_BE_ABSENT = 'notify.db';
const JOURNAL_AND_AFTER = ['journal.db', 'registry.db', 'accounts.db'];

const PARTIAL = '.partial-';
/** Of the name of what is being written, in bytes. */
const PARTIAL_OF_NAME_BYTES = 200;
const PARTIAL_NAME = /\.partial-[0-9a-f]{8}$/;

/** Names what is being written, so that the next start can take away what a server that was killed has left of it. */
const UNDER_WAY = 'backup-under-way';

/** A backup must never fill the disk that readings are acknowledged on. */
const SPARE_BYTES = 512 << 20;

export function createBackup({ clock, folder, backups, history, neededFrom }: BackupOptions): Backup {
  let heldFrom = Number.POSITIVE_INFINITY;
  let running: Promise<BackupOutcome> | undefined;
  let copying: Errand | undefined;
  let closed = false;
  const underWay = join(folder, UNDER_WAY);
  removeLeftOver(underWay);

  async function copy(partial: string): Promise<void> {
    mkdirSync(join(partial, HISTORY));
    await history.copyTo(join(partial, HISTORY));
    const names = [...FOLLOWERS, ...JOURNAL_AND_AFTER].filter(
      (name) => name !== MAY_BE_ABSENT || existsSync(join(folder, name)),
    );
    await copyDatabases({ from: folder, to: partial, names });
    markCopy(join(partial, 'journal.db'));
    writeFileSync(join(partial, KEY), readFileSync(join(folder, KEY)), { mode: 0o600, flush: true });
    syncFolders(partial);
  }

  async function copyDatabases(job: CopyJob): Promise<void> {
    if (closed) throw new Error('the server is stopping');
    copying = startErrand(new URL('./backup-worker.ts', import.meta.url), job);
    await copying.done;
  }

  /** Of what is copied, at most; earlier backups may lie in the same folder. */
  function spaceNeeded(): number {
    const files = [...FOLLOWERS, ...JOURNAL_AND_AFTER].flatMap((name) => [name, `${name}-wal`]);
    return (
      bytesBelow(join(folder, HISTORY)) + files.reduce((sum, name) => sum + bytesOf(join(folder, name)), SPARE_BYTES)
    );
  }

  async function write(target: string): Promise<BackupOutcome> {
    const startedMs = clock.steadyMs();
    let partial: string | undefined;
    try {
      // Under another name until it is whole, so that half a backup is never taken for one.
      const name = `${beginning(basename(target))}${PARTIAL}${randomBytes(4).toString('hex')}`;
      partial = join(dirname(target), name);
      writeFileSync(underWay, partial, { mode: 0o600, flush: true });
      mkdirSync(partial, { mode: 0o700 });
      heldFrom = neededFrom();
      await copy(partial);
      const bytes = bytesBelow(partial);
      renameSync(partial, target);
      syncFolder(dirname(target));
      return { ok: true, folder: target, bytes, tookMs: Math.round(clock.steadyMs() - startedMs) };
    } catch (error) {
      if (partial !== undefined) rmSync(partial, { recursive: true, force: true });
      return { ok: false, error: 'failed', detail: messageOf(error) };
    } finally {
      heldFrom = Number.POSITIVE_INFINITY;
      rmSync(underWay, { force: true });
    }
  }

  return {
    async run(asked, anywhere) {
      if (running !== undefined) return { ok: false, error: 'running', detail: 'one at a time' };
      const target = resolve(backups, asked);
      const refused = (detail: string) => ({ ok: false, error: 'refused', detail }) as const;
      if (!isBelow(backups, target)) {
        if (!anywhere) return refused(`${target} is not below ${resolve(backups)}, where backups go (setting backups)`);
      } else {
        try {
          mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
        } catch (error) {
          // A file stands in the way, a name is too long, or the disk is not there.
          return refused(messageOf(error));
        }
      }
      const reason = refusal(target, spaceNeeded());
      if (reason !== undefined) return refused(reason);
      running = write(target);
      try {
        return await running;
      } finally {
        running = undefined;
      }
    },
    heldFrom: () => heldFrom,
    async close() {
      closed = true;
      await copying?.end();
      await running;
    },
  };
}

/** Half a backup that a killed server left, wherever it lies. */
function removeLeftOver(underWay: string): void {
  if (!existsSync(underWay)) return;
  const partial = readFileSync(underWay, 'utf8');
  // Nothing but what was named so here is ever removed.
  if (PARTIAL_NAME.test(partial)) rmSync(partial, { recursive: true, force: true });
  rmSync(underWay, { force: true });
}

function isBelow(folder: string, path: string): boolean {
  const way = relative(resolve(folder), path);
  return way !== '' && !isAbsolute(way) && way.split(sep)[0] !== '..';
}

/** Of a name so much that with what is added to it, it is no longer than file systems take: 255 bytes. */
function beginning(name: string): string {
  const bytes = Buffer.from(name);
  if (bytes.length <= PARTIAL_OF_NAME_BYTES) return name;
  return bytes.toString('utf8', 0, PARTIAL_OF_NAME_BYTES).replace(/\ufffd+$/, '');
}

/** Why nothing can be written there, whatever the file system has against the name; undefined when it can. */
function refusal(target: string, needed: number): string | undefined {
  try {
    const known = refusalOf(target, needed);
    if (known !== undefined) return known;
    // It says so only to who tries.
    mkdirSync(target, { mode: 0o700 });
    rmdirSync(target);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function refusalOf(target: string, needed: number): string | undefined {
  if (existsSync(target)) return `${target} is there already`;
  const parent = dirname(target);
  if (!existsSync(parent)) return `there is no folder ${parent} on the server's machine`;
  const { bavail, bsize } = statfsSync(parent);
  if (bavail * bsize >= needed) return undefined;
  return `${parent} has ${mebibytes(bavail * bsize)} free, and the copy needs ${mebibytes(needed)} with some to spare`;
}

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MiB`;
}

function bytesBelow(folder: string): number {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + bytesOf(join(entry.parentPath, entry.name)), 0);
}

/** 0 when it is not there: a file may be dropped while we look. */
function bytesOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function syncFolders(root: string): void {
  for (const entry of readdirSync(root, { withFileTypes: true, recursive: true })) {
    if (entry.isDirectory()) syncFolder(join(entry.parentPath, entry.name));
  }
  syncFolder(root);
}

/** Has the names in a folder on disk. Windows can't open a folder, and keeps its names itself. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
