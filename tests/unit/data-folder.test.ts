import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ConfigError } from '../../src/lib/errors.ts';
import { openDataFolder } from '../../src/services/data-folder/data-folder.ts';
import { temporaryFolder } from '../support/temporary.ts';

const NOBODY = 65_534;

/** Root may do anything, so it becomes somebody else for as long as `work` takes. */
function asUser<T>(work: () => T): T {
  const isRoot = process.getuid?.() === 0;
  if (isRoot) process.seteuid?.(NOBODY);
  try {
    return work();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

function folder(files: readonly string[] = []): string {
  const data = temporaryFolder();
  for (const name of ['history', ...files]) {
    const file = join(data, name);
    if (name === 'history') mkdirSync(file);
    else writeFileSync(file, name.endsWith('.key') ? Buffer.alloc(32, 7) : '');
    if (process.getuid?.() === 0) chownSync(file, NOBODY, NOBODY);
  }
  if (process.getuid?.() === 0) chownSync(data, NOBODY, NOBODY);
  return data;
}

function refusalOf(data: string): string {
  try {
    asUser(() => openDataFolder(data)).release();
    return 'none';
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message;
  }
}

test('a folder that cannot be written is called that, and nothing in it damaged', () => {
  const data = folder(['lock', 'journal.db', 'installation.key']);
  chmodSync(data, 0o555);
  try {
    expect(refusalOf(data)).toMatch(/a folder that cannot be written \(.*\), expected .* belongs to the user/);
  } finally {
    chmodSync(data, 0o755);
  }
  expect(refusalOf(data)).toBe('none');
});

test.each([
  'journal.db',
  'accounts.db',
  'installation.key',
  'history/history.db',
  'history/history.db-wal',
])('%s that may not be opened is named before anything begins', (name) => {
  const data = folder(['registry.db', 'installation.key', name]);
  chmodSync(join(data, name), 0o000);
  expect(refusalOf(data)).toMatch(/a file that cannot be opened \(EACCES.*belongs to the user who starts the server/);
  expect(refusalOf(data)).toContain(join(data, name));
  // One that could only be read would stop at its first write.
  if (!name.endsWith('.key')) chmodSync(join(data, name), 0o444);
  else chmodSync(join(data, name), 0o400);
  expect(refusalOf(data)).toMatch(name.endsWith('.key') ? /^none$/ : /cannot be opened/);
});

test.each([
  'journal.db',
  'history/history.db',
  'reserve',
  'installation.key',
  'server.json',
  'data-lost.json',
  'backup-under-way',
  'import-1700000000000.spool',
])('a folder or a link to nowhere in the place of %s is named, and nothing made anew where it should be', (name) => {
  const data = folder(['registry.db', 'installation.key'].filter((other) => other !== name));
  mkdirSync(join(data, name));
  expect(refusalOf(data)).toContain(`${join(data, name)}: found a file that cannot be opened (it is no file`);
  rmdirSync(join(data, name));
  symlinkSync(join(data, 'not', 'mounted'), join(data, name));
  expect(refusalOf(data)).toContain(`${join(data, name)}: found a file that cannot be opened (ENOENT`);
});

test('what stands in the place of the lock, of the history or of a database and is something else is named', () => {
  const data = folder(['registry.db', 'installation.key']);
  const lock = join(data, 'lock');
  writeFileSync(lock, 'no database, as one can see '.repeat(50));
  expect(refusalOf(data)).toContain(`${lock}: found something else (`);
  expect(refusalOf(data)).toMatch(/when none does remove it/);
  rmSync(lock);
  mkdirSync(lock);
  expect(refusalOf(data)).toContain(`${lock}: found something else (`);
  rmdirSync(lock);
  rmdirSync(join(data, 'history'));
  writeFileSync(join(data, 'history'), '');
  expect(refusalOf(data)).toContain(`${join(data, 'history')}: found a file, expected a folder`);
  rmSync(join(data, 'history'));
  for (const name of ['states', 'history/raw', 'history/minute', 'history/hour']) {
    mkdirSync(join(data, 'history'), { recursive: true });
    writeFileSync(join(data, name), '');
    expect(refusalOf(data)).toContain(`${join(data, name)}: found a file, expected a folder`);
    rmSync(join(data, name));
  }
  // Opening one of these to read waits until somebody writes to it.
  for (const name of ['journal.db', 'installation.key']) {
    rmSync(join(data, name), { force: true });
    execFileSync('mkfifo', ['-m', '666', join(data, name)]);
  }
  expect(refusalOf(data)).toContain(`${join(data, 'journal.db')}: found a file that cannot be opened (it is no file`);
  expect(refusalOf(data)).toContain(`${join(data, 'installation.key')}: found a file that cannot be opened (it is no`);
});

test('files that others could read are closed to them; a folder that is made is for its owner alone', () => {
  const data = folder(['journal.db', 'journal.db-wal', 'history/history.db']);
  chmodSync(join(data, 'journal.db'), 0o644);
  chmodSync(join(data, 'history/history.db'), 0o666);
  expect(refusalOf(data)).toBe('none');
  for (const name of ['journal.db', 'journal.db-wal', 'history/history.db', 'lock', 'installation.key']) {
    expect([name, statSync(join(data, name)).mode & 0o777]).toEqual([name, 0o600]);
  }
  const made = join(temporaryFolder(), 'deep', 'data');
  openDataFolder(made).release();
  expect(statSync(made).mode & 0o777).toBe(0o700);
});

test('no new key is made beside a registry, whose secrets it would not fit', () => {
  const data = folder(['registry.db', 'installation.key']);
  const key = join(data, 'installation.key');
  rmSync(key);
  expect(refusalOf(data)).toMatch(/installation\.key: found no key, expected the 32 bytes/);
  expect(existsSync(key)).toBe(false);
  writeFileSync(key, 'short');
  if (process.getuid?.() === 0) chownSync(key, NOBODY, NOBODY);
  expect(refusalOf(data)).toMatch(/found a key of 5 bytes/);
  expect(readFileSync(key, 'utf8')).toBe('short');
});
