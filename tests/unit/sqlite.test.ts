import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { ConfigError } from '../../src/lib/errors.ts';
import { openSqlite, readSqlite, transact } from '../../src/lib/sqlite.ts';
import { temporaryFolder } from '../support/temporary.ts';

const FIRST = 'CREATE TABLE IF NOT EXISTS note (id INTEGER PRIMARY KEY, body TEXT NOT NULL)';
const SECOND = "ALTER TABLE note ADD COLUMN author TEXT NOT NULL DEFAULT 'nobody'";

const newFile = () => join(temporaryFolder(), 'some.db');
const open = (file: string, ...migrations: string[]) => openSqlite(file, { synchronous: 'normal', migrations });
const versionOf = (db: DatabaseSync) => db.prepare('PRAGMA user_version').get()?.user_version;

test('a file is brought to the present version once, whatever version it has', () => {
  const file = newFile();
  const first = open(file, FIRST);
  first.exec("INSERT INTO note (body) VALUES ('kept')");
  first.close();
  for (let n = 0; n < 2; n++) {
    const db = open(file, FIRST, SECOND);
    expect(versionOf(db)).toBe(2);
    expect(db.prepare('SELECT body, author FROM note').all()).toEqual([{ body: 'kept', author: 'nobody' }]);
    db.close();
  }
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('one from before versions were counted goes on as it is', () => {
  const file = newFile();
  const old = new DatabaseSync(file);
  old.exec("CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT NOT NULL); INSERT INTO note VALUES (7, 'old')");
  old.close();
  const db = open(file, FIRST, SECOND);
  expect(db.prepare('SELECT id, body, author FROM note').all()).toEqual([{ id: 7, body: 'old', author: 'nobody' }]);
  db.close();
});

test('one of a newer version is refused in words, and nothing in it is touched', () => {
  const file = newFile();
  open(file, FIRST, SECOND, 'CREATE TABLE later (id INTEGER)').close();
  expect(() => open(file, FIRST, SECOND)).toThrow(ConfigError);
  expect(() => open(file, FIRST, SECOND)).toThrow(/version 3; this program knows versions up to 2/);
  const db = readSqlite(file);
  expect(versionOf(db)).toBe(3);
  db.close();
});

test.each([0, -1])('one that says %i and is not is refused in words', (version) => {
  const file = newFile();
  const db = open(file, FIRST, SECOND);
  db.exec(`PRAGMA user_version = ${version}`);
  db.close();
  expect(() => open(file, FIRST, SECOND)).toThrow(/some\.db: found a file that says .* cannot be brought to 2/);
});

test('a step that fails leaves the version before it, whole', () => {
  const file = newFile();
  open(file, FIRST).close();
  expect(() => open(file, FIRST, `${SECOND}; INSERT INTO nowhere VALUES (1)`)).toThrow('no such table');
  const db = open(file, FIRST);
  expect(versionOf(db)).toBe(1);
  expect(
    db
      .prepare('SELECT * FROM note')
      .columns()
      .map(({ name }) => name),
  ).toEqual(['id', 'body']);
  db.close();
});

test('work that throws happened not at all, and its own error is the one that is told', () => {
  const db = open(newFile(), FIRST);
  const insert = db.prepare("INSERT INTO note (body) VALUES ('half')");
  expect(() =>
    transact(db, () => {
      insert.run();
      throw new Error('no more');
    }),
  ).toThrow('no more');
  // SQLite ends a transaction by itself when the disk is full; there is nothing left to roll back then.
  expect(() =>
    transact(db, () => {
      insert.run();
      db.exec('ROLLBACK');
      throw new Error('disk full');
    }),
  ).toThrow('disk full');
  expect(db.prepare('SELECT count(*) AS n FROM note').get()).toEqual({ n: 0 });
  expect(transact(db, () => insert.run().changes)).toBe(1);
  db.close();
});
