import { randomBytes } from 'node:crypto';
import { chmodSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../lib/clock.ts';
import { OWNER_ONLY } from '../lib/private-file.ts';
import { openSqlite, transact } from '../lib/sqlite.ts';
import type { Role } from '../model/roles.ts';
import { createSessions } from './account-sessions.ts';
import { createTokens, type NewToken, type TokenView } from './account-tokens.ts';
import { holdRights } from './held-rights.ts';
import { createPasswords, type Passwords } from './passwords.ts';
import type { Principal } from './principal.ts';

export interface UserView {
  readonly username: string;
  readonly role: Role;
  readonly mustChangePassword: boolean;
  readonly createdAtMs: number;
  readonly lastLoginAtMs: number | null;
}

/**
 * Users, their sessions, and tokens, in one SQLite file. Secrets are stored as hashes only: passwords with Argon2id,
 * session ids and tokens, which are 256 random bits and can't be guessed, with SHA-256. Every look-up asks the file,
 * so what another process changes (the command line on the same folder) holds from the next call on.
 */
export interface Accounts {
  users(): UserView[];
  /** Throws TooBusyError, as do all calls that take a password. */
  createUser(user: {
    readonly username: string;
    readonly role: Role;
    readonly password: string;
    readonly mustChangePassword: boolean;
  }): Promise<{ readonly ok: true; readonly user: UserView } | { readonly ok: false; readonly error: 'user-exists' }>;
  /** Ends the user's sessions when the role changes. */
  setRole(username: string, role: Role): UserChange;
  /** Ends the user's sessions. */
  setPassword(username: string, password: string, mustChangePassword: boolean): Promise<UserChange>;
  /** Ends the user's sessions. Tokens stay: they belong to the installation and are listed with who made them. */
  removeUser(username: string): UserChange;
  /** What a user is known by whatever form of the name was typed; undefined when there is no such user. */
  userKey(username: string): string | undefined;
  /**
   * The user, if the password is right. Takes as long for a name that does not exist. Who is known from before
   * (`isKnown`) does not wait behind strangers.
   */
  checkPassword(username: string, password: string, isKnown?: boolean): Promise<UserView | undefined>;
  /** The key that browsers' marks of an earlier login are signed with. */
  readonly deviceKey: Uint8Array;

  /** `secret` is the cookie's value, and is shown nowhere else. */
  startSession(username: string): { readonly secret: string; readonly principal: Principal };
  endSession(id: string): void;
  session(secret: string): Principal | undefined;

  createToken(token: NewToken): { readonly token: string; readonly view: TokenView };
  tokens(): TokenView[];
  removeToken(id: string): boolean;
  /** The owner of a bearer token; `undefined` when it is unknown or has expired. */
  token(token: string): Principal | undefined;

  /**
   * Calls `end`, once, as soon as the session or token of an earlier look-up has ended or has another role. What lives by
   * it meanwhile counts as use, so that a wall screen that only listens stays logged in. The function it gives stops that.
   */
  whileHolds(principal: Principal, end: () => void): () => void;
  close(): void;
}

export type UserChange =
  | { readonly ok: true; readonly user: UserView }
  | { readonly ok: false; readonly error: 'unknown-user' | 'last-admin' };

export interface AccountsOptions {
  readonly file: string;
  readonly clock: Clock;
  /** The first admin's password; without it one is made up. Used only when there is no user yet. */
  readonly adminPassword?: string | undefined;
  /** A token with the role admin for programs of the same machine that can read the data folder. */
  readonly localToken?: string | undefined;
}

export interface OpenedAccounts {
  readonly accounts: Accounts;
  /** Set when the first admin was created; `oneTimePassword` is null when the caller gave the password. */
  readonly created: { readonly username: string; readonly oneTimePassword: string | null } | null;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS users (
    key TEXT PRIMARY KEY, username TEXT NOT NULL, role TEXT NOT NULL, password TEXT NOT NULL,
    must_change INTEGER NOT NULL, created_at INTEGER NOT NULL, last_login_at INTEGER
  ) STRICT;
  CREATE TABLE IF NOT EXISTS sessions (
    id TEXT PRIMARY KEY, user TEXT NOT NULL REFERENCES users (key) ON DELETE CASCADE,
    created_at INTEGER NOT NULL, used_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS tokens (
    id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, name TEXT NOT NULL, role TEXT NOT NULL, prefix TEXT NOT NULL,
    created_by TEXT NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER, used_at INTEGER
  ) STRICT;
  CREATE TABLE IF NOT EXISTS device_key (id INTEGER PRIMARY KEY CHECK (id = 1), key BLOB NOT NULL) STRICT;
`;

interface UserRow {
  key: string;
  username: string;
  role: Role;
  password: string;
  must_change: number;
  created_at: number;
  last_login_at: number | null;
}

/**
 * Opens the accounts, and creates the first admin in an empty file. Throws when the file can't be opened or is no
 * SQLite database.
 */
export async function openAccounts(options: AccountsOptions): Promise<OpenedAccounts> {
  const db = openSqlite(options.file, {
    synchronous: 'full',
    busyTimeoutMs: 250,
    foreignKeys: true,
    migrations: [SCHEMA],
  });
  // One that was there before: the files SQLite puts beside it take over its mode.
  chmodSync(options.file, OWNER_ONLY);
  const passwords = createPasswords();
  const accounts = createAccounts(db, passwords, options);
  if (accounts.users().length > 0) return { accounts, created: null };
  const oneTimePassword = options.adminPassword === undefined ? randomBytes(12).toString('base64url') : null;
  await accounts.createUser({
    username: 'admin',
    role: 'admin',
    password: options.adminPassword ?? oneTimePassword ?? '',
    mustChangePassword: oneTimePassword !== null,
  });
  return { accounts, created: { username: 'admin', oneTimePassword } };
}

function createAccounts(db: DatabaseSync, passwords: Passwords, options: AccountsOptions): Accounts {
  const { clock } = options;
  const sql = {
    users: db.prepare('SELECT * FROM users ORDER BY key'),
    user: db.prepare('SELECT * FROM users WHERE key = ?'),
    otherAdmins: db.prepare("SELECT count(*) AS n FROM users WHERE role = 'admin' AND key <> ?"),
    addUser: db.prepare('INSERT INTO users VALUES (?, ?, ?, ?, ?, ?, NULL) ON CONFLICT DO NOTHING'),
    setRole: db.prepare('UPDATE users SET role = ? WHERE key = ?'),
    setPassword: db.prepare('UPDATE users SET password = ?, must_change = ? WHERE key = ?'),
    removeUser: db.prepare('DELETE FROM users WHERE key = ?'),
    dataVersion: db.prepare('PRAGMA data_version'),
  };
  const rowOf = (key: string) => sql.user.get(key) as UserRow | undefined;
  const userRow = (username: string) => rowOf(keyOf(username));
  const sessions = createSessions(db, clock, rowOf);
  const tokens = createTokens(db, clock, options.localToken);

  function stillHolds(principal: Principal): boolean {
    if (principal.via === 'local') return true;
    return principal.via === 'token' ? tokens.stillHolds(principal) : sessions.stillHolds(principal);
  }

  const rights = holdRights({
    clock,
    stillHolds,
    foreignChanges: () => Number(sql.dataVersion.get()?.data_version),
  });

  /** Runs a change of a user and ends the user's sessions, both or neither. */
  function changeUser(username: string, keepsAdmin: boolean, change: (key: string) => void): UserChange {
    const row = userRow(username);
    if (row === undefined) return { ok: false, error: 'unknown-user' };
    const isDone = transact(db, () => {
      const { n: others } = sql.otherAdmins.get(row.key) as { n: number };
      if (row.role === 'admin' && !keepsAdmin && others === 0) return false;
      sessions.endOf(row.key);
      change(row.key);
      return true;
    });
    if (!isDone) return { ok: false, error: 'last-admin' };
    sessions.endUnsavedOf(row.key);
    rights.check();
    return { ok: true, user: userView(userRow(username) ?? row) };
  }

  return {
    users: () => (sql.users.all() as unknown as UserRow[]).map(userView),

    async createUser({ username, role, password, mustChangePassword }) {
      if (userRow(username) !== undefined) return { ok: false, error: 'user-exists' };
      const hashed = await passwords.hash(password);
      const key = keyOf(username);
      const { changes } = sql.addUser.run(key, username, role, hashed, mustChangePassword ? 1 : 0, clock.nowMs());
      const row = userRow(username);
      if (changes === 0 || row === undefined) return { ok: false, error: 'user-exists' };
      return { ok: true, user: userView(row) };
    },

    setRole(username, role) {
      const row = userRow(username);
      if (row?.role === role) return { ok: true, user: userView(row) };
      return changeUser(username, role === 'admin', (key) => sql.setRole.run(role, key));
    },

    async setPassword(username, password, mustChangePassword) {
      const hashed = await passwords.hash(password);
      return changeUser(username, true, (key) => sql.setPassword.run(hashed, mustChangePassword ? 1 : 0, key));
    },

    removeUser: (username) => changeUser(username, false, (key) => sql.removeUser.run(key)),

    userKey: (username) => userRow(username)?.key,

    deviceKey: deviceKey(db),

    async checkPassword(username, password, isKnown) {
      const before = userRow(username);
      if (!(await passwords.verify(before?.password, password, isKnown))) return undefined;
      // The password may have been changed while the old one was being checked.
      const row = userRow(username);
      return row !== undefined && row.password === before?.password ? userView(row) : undefined;
    },

    startSession: (username) => sessions.start(keyOf(username)),

    endSession(id) {
      sessions.end(id);
      rights.check();
    },

    session: sessions.bySecret,

    createToken: tokens.create,
    tokens: tokens.all,

    removeToken(id) {
      const isRemoved = tokens.remove(id);
      if (isRemoved) rights.check();
      return isRemoved;
    },

    token: tokens.bySecret,

    whileHolds: rights.whileHolds,

    close() {
      rights.close();
      db.close();
    },
  };
}

/** Names that differ only in case or in how a character is composed are one name. */
function keyOf(username: string): string {
  return username.normalize('NFKC').toLowerCase();
}

/** The key of the installation's marks of known browsers, drawn once. */
function deviceKey(db: DatabaseSync): Uint8Array {
  db.prepare('INSERT INTO device_key VALUES (1, ?) ON CONFLICT DO NOTHING').run(randomBytes(32));
  const row = db.prepare('SELECT key FROM device_key').get() as { key: Uint8Array };
  return row.key;
}

function userView(row: UserRow): UserView {
  return {
    username: row.username,
    role: row.role,
    mustChangePassword: row.must_change === 1,
    createdAtMs: row.created_at,
    lastLoginAtMs: row.last_login_at,
  };
}
