import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmodSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../lib/clock.ts';
import { OWNER_ONLY } from '../lib/private-file.ts';
import { openSqlite, transact } from '../lib/sqlite.ts';
import type { Role } from '../model/roles.ts';
import { DAY_MS } from '../model/time.ts';
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

export interface TokenView {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** The first characters of the token, by which its owner recognises it. */
  readonly prefix: string;
  readonly createdBy: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  readonly lastUsedAtMs: number | null;
}

export interface NewToken {
  readonly name: string;
  readonly role: Role;
  readonly expiresAtMs: number | null;
  readonly createdBy: string;
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

/** A session ends when it has not been used for a day, which is longer than any shift, and after 30 days at the latest. */
export const SESSION_IDLE_MS = DAY_MS;
export const SESSION_MAX_MS = 30 * DAY_MS;
/** Last use is written at most this often: it is for people to read, and each write is an fsync. */
const LAST_USED_STEP_MS = 60_000;
const TOKEN_MARK = 'brink_';
const PREFIX_LENGTH = TOKEN_MARK.length + 6;

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

interface SessionRow {
  id: string;
  created_at: number;
  used_at: number;
  username: string;
  role: Role;
  must_change: number;
}

interface TokenRow {
  id: string;
  name: string;
  role: Role;
  prefix: string;
  created_by: string;
  created_at: number;
  expires_at: number | null;
  used_at: number | null;
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
  const localTokenHash = options.localToken === undefined ? undefined : digest(options.localToken);

  const sql = {
    users: db.prepare('SELECT * FROM users ORDER BY key'),
    user: db.prepare('SELECT * FROM users WHERE key = ?'),
    otherAdmins: db.prepare("SELECT count(*) AS n FROM users WHERE role = 'admin' AND key <> ?"),
    addUser: db.prepare('INSERT INTO users VALUES (?, ?, ?, ?, ?, ?, NULL) ON CONFLICT DO NOTHING'),
    setRole: db.prepare('UPDATE users SET role = ? WHERE key = ?'),
    setPassword: db.prepare('UPDATE users SET password = ?, must_change = ? WHERE key = ?'),
    setLogin: db.prepare('UPDATE users SET last_login_at = ? WHERE key = ?'),
    removeUser: db.prepare('DELETE FROM users WHERE key = ?'),
    addSession: db.prepare('INSERT INTO sessions VALUES (?, ?, ?, ?)'),
    session: db.prepare(
      'SELECT s.id, s.created_at, s.used_at, u.username, u.role, u.must_change FROM sessions s JOIN users u ON u.key = s.user WHERE s.id = ?',
    ),
    useSession: db.prepare('UPDATE sessions SET used_at = ? WHERE id = ?'),
    endSession: db.prepare('DELETE FROM sessions WHERE id = ?'),
    endSessionsOf: db.prepare('DELETE FROM sessions WHERE user = ?'),
    sweepSessions: db.prepare('DELETE FROM sessions WHERE used_at < ? OR created_at < ?'),
    addToken: db.prepare('INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)'),
    tokens: db.prepare('SELECT * FROM tokens ORDER BY created_at, id'),
    token: db.prepare('SELECT * FROM tokens WHERE hash = ?'),
    tokenById: db.prepare('SELECT * FROM tokens WHERE id = ?'),
    useToken: db.prepare('UPDATE tokens SET used_at = ? WHERE id = ?'),
    removeToken: db.prepare('DELETE FROM tokens WHERE id = ?'),
    dataVersion: db.prepare('PRAGMA data_version'),
  };

  /**
   * Sessions that could not be written. On a full disk people must still be able to log in and see the alerts, so these
   * live in memory and end with the process.
   */
  const unsaved = new Map<string, { user: string; created_at: number; used_at: number }>();

  const userRow = (username: string) => sql.user.get(keyOf(username)) as UserRow | undefined;

  /** Last use is for people to read: when it can't be written, on a full disk say, the call goes on. */
  function noteUse(statement: typeof sql.useToken, id: string, usedAtMs: number | null): void {
    const nowMs = clock.nowMs();
    const held = unsaved.get(id);
    if (held !== undefined) held.used_at = nowMs;
    if (usedAtMs !== null && Math.abs(nowMs - usedAtMs) < LAST_USED_STEP_MS) return;
    try {
      statement.run(nowMs, id);
    } catch {
      // Health reports the disk; there is nothing to add here.
    }
  }

  function sessionRow(id: string): SessionRow | undefined {
    const stored = sql.session.get(id) as SessionRow | undefined;
    const held = unsaved.get(id);
    if (stored !== undefined || held === undefined) return stored;
    const user = userRow(held.user);
    if (user === undefined) return undefined;
    return { ...held, id, username: user.username, role: user.role, must_change: user.must_change };
  }

  function sessionPrincipal(row: SessionRow | undefined): Principal | undefined {
    if (row === undefined) return undefined;
    const nowMs = clock.nowMs();
    const expiresAtMs = Math.min(row.used_at + SESSION_IDLE_MS, row.created_at + SESSION_MAX_MS);
    if (nowMs >= expiresAtMs) return undefined;
    return {
      via: 'session',
      id: row.id,
      name: row.username,
      role: row.role,
      mustChangePassword: row.must_change === 1,
      expiresAtMs,
    };
  }

  function tokenPrincipal(row: TokenRow | undefined): Principal | undefined {
    if (row === undefined) return undefined;
    if (row.expires_at !== null && clock.nowMs() >= row.expires_at) return undefined;
    return {
      via: 'token',
      id: row.id,
      name: `token:${row.name}`,
      role: row.role,
      mustChangePassword: false,
      expiresAtMs: row.expires_at,
    };
  }

  function stillHolds(principal: Principal): boolean {
    if (principal.via === 'local') return true;
    if (principal.via === 'token') {
      const token = sql.tokenById.get(principal.id) as TokenRow | undefined;
      if (token === undefined || !holds(tokenPrincipal(token), principal)) return false;
      noteUse(sql.useToken, token.id, token.used_at);
      return true;
    }
    const row = sessionRow(principal.id);
    if (row === undefined || !holds(sessionPrincipal(row), principal)) return false;
    noteUse(sql.useSession, row.id, row.used_at);
    return true;
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
      sql.endSessionsOf.run(row.key);
      change(row.key);
      return true;
    });
    if (!isDone) return { ok: false, error: 'last-admin' };
    for (const [id, { user }] of unsaved) if (user === row.key) unsaved.delete(id);
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

    startSession(username) {
      const nowMs = clock.nowMs();
      const secret = randomBytes(32).toString('base64url');
      const id = digest(secret).toString('base64url');
      const user = keyOf(username);
      try {
        sql.addSession.run(id, user, nowMs, nowMs);
        sql.setLogin.run(nowMs, user);
        sql.sweepSessions.run(nowMs - SESSION_IDLE_MS, nowMs - SESSION_MAX_MS);
      } catch {
        unsaved.set(id, { user, created_at: nowMs, used_at: nowMs });
      }
      const principal = sessionPrincipal(sessionRow(id));
      if (principal === undefined) throw new Error(`no session could be started for ${username}`);
      return { secret, principal };
    },

    endSession(id) {
      if (!unsaved.delete(id)) sql.endSession.run(id);
      rights.check();
    },

    session(secret) {
      const row = sessionRow(digest(secret).toString('base64url'));
      const principal = sessionPrincipal(row);
      if (row !== undefined && principal !== undefined) noteUse(sql.useSession, row.id, row.used_at);
      return principal;
    },

    createToken({ name, role, expiresAtMs, createdBy }) {
      const token = TOKEN_MARK + randomBytes(32).toString('base64url');
      const id = randomBytes(9).toString('base64url');
      const createdAtMs = clock.nowMs();
      const prefix = token.slice(0, PREFIX_LENGTH);
      const hashed = digest(token).toString('base64url');
      sql.addToken.run(id, hashed, name, role, prefix, createdBy, createdAtMs, expiresAtMs);
      return { token, view: { id, name, role, prefix, createdBy, createdAtMs, expiresAtMs, lastUsedAtMs: null } };
    },

    tokens: () => (sql.tokens.all() as unknown as TokenRow[]).map(tokenView),

    removeToken(id) {
      const { changes } = sql.removeToken.run(id);
      if (changes > 0) rights.check();
      return changes > 0;
    },

    token(token) {
      const hashed = digest(token);
      if (localTokenHash !== undefined && timingSafeEqual(hashed, localTokenHash)) return LOCAL;
      const row = sql.token.get(hashed.toString('base64url')) as TokenRow | undefined;
      const principal = tokenPrincipal(row);
      if (row !== undefined && principal !== undefined) noteUse(sql.useToken, row.id, row.used_at);
      return principal;
    },

    whileHolds: rights.whileHolds,

    close() {
      rights.close();
      db.close();
    },
  };
}

const LOCAL: Principal = {
  via: 'local',
  id: 'local',
  name: 'local:cli',
  role: 'admin',
  mustChangePassword: false,
  expiresAtMs: null,
};

function holds(now: Principal | undefined, before: Principal): boolean {
  return now !== undefined && now.role === before.role;
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

function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
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

function tokenView(row: TokenRow): TokenView {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    prefix: row.prefix,
    createdBy: row.created_by,
    createdAtMs: row.created_at,
    expiresAtMs: row.expires_at,
    lastUsedAtMs: row.used_at,
  };
}
