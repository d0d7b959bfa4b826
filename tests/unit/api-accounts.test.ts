import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { hash } from '@node-rs/argon2';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Accounts, openAccounts } from '../../src/api/accounts.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { temporaryFolder } from '../support/temporary.ts';

const DAY_MS = 86_400_000;
const clock = createFakeClock();

async function open(folder = temporaryFolder(), options: { adminPassword?: string; localToken?: string } = {}) {
  const file = join(folder, 'accounts.db');
  const { accounts, created } = await openAccounts({ file, clock, ...options });
  onTestFinished(() => accounts.close());
  return { accounts, created, file, folder };
}

async function withWang(): Promise<{ accounts: Accounts; file: string }> {
  const { accounts, file } = await open(undefined, { adminPassword: 'admin-password' });
  await accounts.createUser({
    username: 'Wang',
    role: 'operator',
    password: 'first-password',
    mustChangePassword: true,
  });
  return { accounts, file };
}

describe('the first start', () => {
  test('makes an admin with a one-time password that works and asks to be changed', async () => {
    const { accounts, created } = await open();
    expect(created?.username).toBe('admin');
    expect(created?.oneTimePassword?.length).toBeGreaterThanOrEqual(16);
    const admin = await accounts.checkPassword('admin', created?.oneTimePassword ?? '');
    expect(admin).toMatchObject({ role: 'admin', mustChangePassword: true });
  });

  test('takes the password that was given, and a later start changes nothing', async () => {
    const { accounts, created, folder } = await open(undefined, { adminPassword: 'given-password' });
    expect(created).toEqual({ username: 'admin', oneTimePassword: null });
    expect(await accounts.checkPassword('admin', 'given-password')).toMatchObject({ mustChangePassword: false });
    const again = await open(folder, { adminPassword: 'another-password' });
    expect(again.created).toBeNull();
    expect(await again.accounts.checkPassword('admin', 'another-password')).toBeUndefined();
    expect(await again.accounts.checkPassword('admin', 'given-password')).toBeDefined();
  });
});

test('no secret can be read from the file, and nobody else may read it', async () => {
  const { accounts, file } = await withWang();
  const { secret } = accounts.startSession('Wang');
  const { token } = accounts.createToken({ name: 'x', role: 'viewer', expiresAtMs: null, createdBy: 'admin' });
  const bytes = [file, `${file}-wal`].map((path) => readFileSync(path, 'latin1')).join('');
  expect(bytes).toContain('$argon2id$');
  for (const text of ['first-password', 'admin-password', secret, token]) expect(bytes).not.toContain(text);
  for (const path of [file, `${file}-wal`]) expect(statSync(path).mode & 0o077).toBe(0);
});

describe('users', () => {
  test('names that differ in case or composition are one', async () => {
    const { accounts } = await withWang();
    const again = { username: 'WANG', role: 'viewer', password: 'x-password', mustChangePassword: false } as const;
    expect(await accounts.createUser(again)).toEqual({ ok: false, error: 'user-exists' });
    expect(await accounts.checkPassword('wang', 'first-password')).toMatchObject({ username: 'Wang' });
    expect(accounts.users().map(({ username }) => username)).toEqual(['admin', 'Wang']);
  });

  test('of two who make the same user at the same time one fails', async () => {
    const { accounts } = await withWang();
    const user = { username: 'Li', role: 'viewer', password: 'x-password', mustChangePassword: false } as const;
    const made = await Promise.all([accounts.createUser(user), accounts.createUser(user)]);
    expect(made.filter(({ ok }) => ok).length).toBe(1);
  });

  test('a wrong password, an unknown name and an empty one give nothing', async () => {
    const { accounts } = await withWang();
    for (const [name, password] of [
      ['Wang', 'wrong'],
      ['Wang', ''],
      ['nobody', 'first-password'],
    ] as const) {
      expect(await accounts.checkPassword(name, password)).toBeUndefined();
    }
  });

  test('a password is the same however a keyboard composes it; one that was hashed as typed still counts', async () => {
    const { accounts, file } = await withWang();
    const composed = 'Mot de passe secr\u00e9t';
    const apart = composed.normalize('NFD').replaceAll(' ', '\u00a0');
    await accounts.setPassword('Wang', composed, false);
    expect(await accounts.checkPassword('Wang', apart)).toBeDefined();
    await accounts.setPassword('Wang', apart, false);
    expect(await accounts.checkPassword('Wang', composed)).toBeDefined();
    // As a server before this one stored it.
    const database = new DatabaseSync(file);
    const old = await hash(composed.normalize('NFD'));
    database.prepare('UPDATE users SET password = ? WHERE username = ?').run(old, 'Wang');
    database.close();
    expect(await accounts.checkPassword('Wang', composed.normalize('NFD'))).toBeDefined();
    expect(await accounts.checkPassword('Wang', composed)).toBeDefined();
    expect(await accounts.checkPassword('Wang', composed.replace('\u00e9', 'e'))).toBeUndefined();
  });

  test('a password that is replaced while it is being checked no longer counts', async () => {
    const { accounts, file } = await withWang();
    const checking = accounts.checkPassword('Wang', 'first-password');
    const other = new DatabaseSync(file);
    other.exec("UPDATE users SET password = (SELECT password FROM users WHERE key = 'admin') WHERE key = 'wang'");
    other.close();
    expect(await checking).toBeUndefined();
    expect(await accounts.checkPassword('Wang', 'admin-password')).toBeDefined();
  });

  test('the last admin can be neither removed nor made less', async () => {
    const { accounts } = await withWang();
    expect(accounts.removeUser('admin')).toEqual({ ok: false, error: 'last-admin' });
    expect(accounts.setRole('admin', 'engineer')).toEqual({ ok: false, error: 'last-admin' });
    expect(accounts.setRole('admin', 'admin').ok).toBe(true);
    accounts.setRole('Wang', 'admin');
    expect(accounts.removeUser('admin').ok).toBe(true);
    expect(accounts.removeUser('wang')).toEqual({ ok: false, error: 'last-admin' });
    expect(accounts.removeUser('nobody')).toEqual({ ok: false, error: 'unknown-user' });
  });
});

describe('sessions', () => {
  type Change = (accounts: Accounts, session: string) => unknown;
  const changes: readonly [string, Change][] = [
    ['the password is changed', (accounts) => accounts.setPassword('Wang', 'second-password', false)],
    ['the role is changed', (accounts) => accounts.setRole('wang', 'engineer')],
    ['the user is removed', (accounts) => accounts.removeUser('Wang')],
    ['the user logs out', (accounts, session) => accounts.endSession(session)],
  ];
  test.each(changes)('end when %s, and whoever listens is told', async (_when, change) => {
    const { accounts } = await withWang();
    let told = 0;
    const { secret, principal } = accounts.startSession('Wang');
    accounts.whileHolds(principal, () => {
      told += 1;
    });
    accounts.whileHolds(principal, () => expect.unreachable())();
    expect(accounts.session(secret)).toMatchObject({ name: 'Wang', role: 'operator', mustChangePassword: true });
    await change(accounts, principal.id);
    expect(accounts.session(secret)).toBeUndefined();
    expect(told).toBe(1);
    clock.advance(60_000);
    expect(told).toBe(1);
  });

  test('end after a day without use, and after 30 days in any case', async () => {
    const { accounts } = await withWang();
    const { secret } = accounts.startSession('Wang');
    for (let day = 0; day < 29; day++) {
      clock.advance(DAY_MS - 1);
      expect(accounts.session(secret)).toBeDefined();
    }
    const idle = accounts.startSession('Wang').secret;
    clock.advance(DAY_MS);
    expect(accounts.session(idle)).toBeUndefined();
    expect(accounts.session(secret)).toBeUndefined();
    const used = accounts.startSession('Wang');
    for (let day = 0; day < 40; day++) {
      clock.advance(DAY_MS / 2);
      accounts.session(used.secret);
    }
    expect(accounts.session(used.secret)).toBeDefined();
    for (let day = 0; day < 21; day++) {
      clock.advance(DAY_MS / 2);
      accounts.session(used.secret);
    }
    expect(accounts.session(used.secret)).toBeUndefined();
  });

  test('go on while something lives by them, and end it when they run out', async () => {
    const { accounts } = await withWang();
    const { secret, principal } = accounts.startSession('Wang');
    let told = 0;
    accounts.whileHolds(principal, () => {
      told += 1;
    });
    clock.advance(DAY_MS + 60_000);
    expect([accounts.session(secret)?.name, told]).toEqual(['Wang', 0]);
    // As when the machine slept for a day.
    clock.setWall(clock.nowMs() + DAY_MS);
    clock.advance(500);
    expect(told).toBe(1);
  });

  test('can be begun and ended while the file cannot be written', async () => {
    const { accounts, file } = await withWang();
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    const { secret, principal } = accounts.startSession('Wang');
    expect(accounts.session(secret)).toMatchObject({ name: 'Wang', role: 'operator' });
    const second = accounts.startSession('Wang');
    accounts.endSession(principal.id);
    expect(accounts.session(secret)).toBeUndefined();
    other.exec('ROLLBACK');
    other.close();
    accounts.setRole('Wang', 'viewer');
    expect(accounts.session(second.secret)).toBeUndefined();
  });
});

describe('tokens', () => {
  test('are found by what was shown once, until they expire or are revoked', async () => {
    const { accounts } = await withWang();
    const expiresAtMs = clock.nowMs() + DAY_MS;
    const { token, view } = accounts.createToken({ name: 'siren', role: 'viewer', expiresAtMs, createdBy: 'admin' });
    expect(token.startsWith(view.prefix)).toBe(true);
    expect(token.length).toBeGreaterThan(view.prefix.length + 30);
    expect(accounts.token(token)).toMatchObject({ name: 'token:siren', role: 'viewer', expiresAtMs });
    expect(accounts.tokens()).toMatchObject([{ name: 'siren', lastUsedAtMs: clock.nowMs() }]);
    const principal = accounts.token(token);
    let told = 0;
    if (principal !== undefined) accounts.whileHolds(principal, () => told++);
    clock.advance(DAY_MS - 1_000);
    expect(told).toBe(0);
    clock.advance(1_500);
    expect(accounts.token(token)).toBeUndefined();
    expect(told).toBe(1);
    expect(accounts.removeToken(view.id)).toBe(true);
    expect(accounts.removeToken(view.id)).toBe(false);
    expect(accounts.token(`${token}x`)).toBeUndefined();
  });

  test('what another process changes in the file holds at once', async () => {
    const { accounts, file } = await withWang();
    const { token } = accounts.createToken({ name: 'x', role: 'viewer', expiresAtMs: null, createdBy: 'admin' });
    const principal = accounts.token(token);
    let told = 0;
    if (principal !== undefined) accounts.whileHolds(principal, () => told++);
    const other = new DatabaseSync(file);
    other.exec("UPDATE tokens SET name = 'y'");
    clock.advance(1_000);
    expect(told).toBe(0);
    other.exec("UPDATE tokens SET role = 'operator'");
    clock.advance(1_000);
    expect(told).toBe(1);
    other.exec('DELETE FROM tokens');
    other.close();
    expect(accounts.token(token)).toBeUndefined();
  });

  test('the local token is an admin; without one there is none', async () => {
    const { accounts } = await open(undefined, { localToken: 'local', adminPassword: 'admin-password' });
    expect(accounts.token('local')).toMatchObject({ via: 'local', role: 'admin' });
    const without = await open(undefined, { adminPassword: 'admin-password' });
    expect(without.accounts.token('undefined')).toBeUndefined();
    expect(without.accounts.token('')).toBeUndefined();
  });
});

test('a change that the disk refuses says so, and leaves nothing half done', async () => {
  const { accounts, file } = await withWang();
  const { secret } = accounts.startSession('Wang');
  const db = new DatabaseSync(file);
  // As SQLITE_FULL does: the statement fails, and SQLite has rolled the transaction back by itself.
  db.exec("CREATE TRIGGER full BEFORE UPDATE OF role ON users BEGIN SELECT RAISE(ROLLBACK, 'disk is full'); END");
  db.close();
  expect(() => accounts.setRole('Wang', 'viewer')).toThrow('disk is full');
  expect(accounts.session(secret)).toMatchObject({ name: 'Wang', role: 'operator' });
  expect(await accounts.setPassword('Wang', 'second-password', false)).toMatchObject({ ok: true });
});
