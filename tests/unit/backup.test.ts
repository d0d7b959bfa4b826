import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { createBackup } from '../../src/services/upkeep/backup.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const NAMES = ['alerts.db', 'quarantine.db', 'seen.db', 'journal.db', 'registry.db', 'accounts.db'];

function dataFolder(): string {
  const folder = join(temporaryFolder(), 'data');
  mkdirSync(folder);
  for (const name of NAMES) {
    const db = new DatabaseSync(join(folder, name));
    db.exec(`PRAGMA journal_mode = WAL; CREATE TABLE t (v TEXT); INSERT INTO t VALUES ('${name}')`);
    db.close();
  }
  writeFileSync(join(folder, 'installation.key'), 'key');
  return folder;
}

const backups = join(temporaryFolder(), 'backups');

/** A history whose copying ends when the test says so. */
function heldHistory() {
  const held = Promise.withResolvers<void>();
  let begun = false;
  return {
    copyTo(dir: string): Promise<void> {
      begun = true;
      writeFileSync(join(dir, 'history.db'), 'history');
      return held.promise;
    },
    hasBegun: () => begun,
    finish: held.resolve,
    fail: held.reject,
  };
}

test('while it runs the journal is held from where followers stood, and nobody takes it for whole', async () => {
  const folder = dataFolder();
  const history = heldHistory();
  let neededFrom = 17;
  const backup = createBackup({ clock: createFakeClock(), folder, backups, history, neededFrom: () => neededFrom });
  const parent = temporaryFolder();
  const target = join(parent, 'copy');
  const running = backup.run(target, true);
  await until('the copying to begin', history.hasBegun);
  neededFrom = 900;
  expect(backup.heldFrom()).toBe(17);
  expect(existsSync(target)).toBe(false);
  expect(await backup.run(join(parent, 'other'), true)).toEqual({
    ok: false,
    error: 'running',
    detail: 'one at a time',
  });
  history.finish();
  expect(await running).toMatchObject({ ok: true, folder: target, bytes: expect.any(Number) });
  expect(backup.heldFrom()).toBe(Number.POSITIVE_INFINITY);
  expect(readdirSync(parent)).toEqual(['copy']);
  expect(readdirSync(target).sort()).toEqual([...NAMES, 'history', 'installation.key'].sort());
  for (const name of NAMES) {
    const db = new DatabaseSync(join(target, name));
    expect(db.prepare('SELECT v FROM t').get()).toEqual({ v: name });
    db.close();
    expect(statSync(join(target, name)).mode & 0o777).toBe(0o600);
  }
});

test('what a server that was killed has left of one is taken away at the next start, and nothing else', async () => {
  const folder = dataFolder();
  const history = heldHistory();
  const options = { clock: createFakeClock(), folder, backups, history, neededFrom: () => 1 };
  const parent = temporaryFolder();
  void createBackup(options).run(join(parent, 'copy'), true);
  await until('the copying to begin', history.hasBegun);
  const names = readdirSync(parent);
  expect(names).toEqual([expect.stringMatching(/^copy\.partial-/)]);
  // The next start, with the first one gone for good.
  createBackup(options);
  expect(readdirSync(parent)).toEqual([]);
  writeFileSync(join(folder, 'backup-under-way'), parent);
  createBackup(options);
  expect([existsSync(parent), existsSync(join(folder, 'backup-under-way'))]).toEqual([true, false]);
});

test('one that fails leaves nothing behind and can be tried again', async () => {
  const folder = dataFolder();
  const history = heldHistory();
  const backup = createBackup({ clock: createFakeClock(), folder, backups, history, neededFrom: () => 1 });
  const parent = temporaryFolder();
  const running = backup.run(join(parent, 'copy'), true);
  history.fail(new Error('disk full'));
  expect(await running).toEqual({ ok: false, error: 'failed', detail: 'disk full' });
  expect(readdirSync(parent)).toEqual([]);
  expect(backup.heldFrom()).toBe(Number.POSITIVE_INFINITY);
});

test('a database that cannot be read fails it', async () => {
  const folder = dataFolder();
  writeFileSync(join(folder, 'registry.db'), 'this is no database at all, however long one looks at it');
  const history = heldHistory();
  history.finish();
  const backup = createBackup({ clock: createFakeClock(), folder, backups, history, neededFrom: () => 1 });
  const parent = temporaryFolder();
  const outcome = await backup.run(join(parent, 'copy'), true);
  expect(outcome).toMatchObject({ ok: false, error: 'failed', detail: expect.stringContaining('not a database') });
  expect(readdirSync(parent)).toEqual([]);
});

test('the end of the server breaks it off', async () => {
  const history = heldHistory();
  const backup = createBackup({
    clock: createFakeClock(),
    folder: dataFolder(),
    backups,
    history,
    neededFrom: () => 1,
  });
  const parent = temporaryFolder();
  const running = backup.run(join(parent, 'copy'), true);
  await until('the copying to begin', history.hasBegun);
  const closed = backup.close();
  history.finish();
  expect(await running).toEqual({ ok: false, error: 'failed', detail: 'the server is stopping' });
  await closed;
  expect(readdirSync(parent)).toEqual([]);
});

test.each([
  ['/', /is there already/],
  ['/no/such/folder/copy', /there is no folder \/no\/such\/folder/],
  [`${'long'.repeat(100)}/copy`, /ENAMETOOLONG/],
])('%s is refused', async (target, detail) => {
  const backup = createBackup({
    clock: createFakeClock(),
    folder: dataFolder(),
    backups,
    history: heldHistory(),
    neededFrom: () => 1,
  });
  expect(await backup.run(target, true)).toEqual({
    ok: false,
    error: 'refused',
    detail: expect.stringMatching(detail),
  });
});

test.each([
  ['a name', '2026-07-01', true],
  ['a way further down', 'july/01', true],
  ['the path of the same', join(backups, 'by-path'), true],
  ['a way out', '../elsewhere', false],
  ['a way in and out', 'july/../../elsewhere', false],
  ['the folder itself', '.', false],
  ['another path', join(temporaryFolder(), 'copy'), false],
  ['a path that begins alike', `${backups}-too`, false],
])('from elsewhere backups go below their folder: %s', async (_name, target, isTaken) => {
  const folder = dataFolder();
  const history = heldHistory();
  history.finish();
  const backup = createBackup({ clock: createFakeClock(), folder, backups, history, neededFrom: () => 1 });
  const outcome = await backup.run(target, false);
  if (isTaken) expect(outcome).toMatchObject({ ok: true, folder: resolve(backups, target) });
  else expect(outcome).toMatchObject({ ok: false, error: 'refused', detail: expect.stringContaining('not below') });
});

test.each([
  ['of 255 bytes', 'b'.repeat(255), true],
  ['of 255 bytes in Chinese', '临'.repeat(85), true],
  ['longer than a file system takes', 'b'.repeat(256), false],
  ['longer than that in bytes', '临'.repeat(86), false],
  ['with a NUL', 'a\0b', false],
  ['of a folder longer than that', `${'b'.repeat(256)}/copy`, false],
])('a name %s', async (_name, target, isTaken) => {
  const history = heldHistory();
  history.finish();
  const options = { clock: createFakeClock(), folder: dataFolder(), backups, history, neededFrom: () => 1 };
  const before = existsSync(backups) ? readdirSync(backups) : [];
  const outcome = await createBackup(options).run(target, false);
  if (isTaken) expect(outcome).toMatchObject({ ok: true, folder: resolve(backups, target) });
  else {
    expect(outcome).toMatchObject({ ok: false, error: 'refused' });
    expect(readdirSync(backups)).toEqual(before);
  }
});

test('the folder of backups is for its owner alone', () => {
  expect(statSync(backups).mode & 0o777).toBe(0o700);
});
