import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../lib/clock.ts';
import type { Role } from '../model/roles.ts';
import { digest, holds, noteUse } from './bearer.ts';
import type { Principal } from './principal.ts';

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

/** Tokens, which belong to the installation and are listed with who made them. */
export interface Tokens {
  create(token: NewToken): { readonly token: string; readonly view: TokenView };
  all(): TokenView[];
  remove(id: string): boolean;
  /** The owner of a bearer token, which counts as use; `undefined` when it is unknown or has expired. */
  bySecret(token: string): Principal | undefined;
  /** Whether the token of an earlier look-up still holds; that counts as use. */
  stillHolds(principal: Principal): boolean;
}

const TOKEN_MARK = 'brink_';
const PREFIX_LENGTH = TOKEN_MARK.length + 6;

interface TokenRow {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly prefix: string;
  readonly created_by: string;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly used_at: number | null;
}

const LOCAL: Principal = {
  via: 'local',
  id: 'local',
  name: 'local:cli',
  role: 'admin',
  mustChangePassword: false,
  expiresAtMs: null,
};

/** `localToken`: one with the role admin that is not in the file. */
export function createTokens(db: DatabaseSync, clock: Clock, localToken: string | undefined): Tokens {
  const localHash = localToken === undefined ? undefined : digest(localToken);
  const sql = {
    add: db.prepare('INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)'),
    all: db.prepare('SELECT * FROM tokens ORDER BY created_at, id'),
    byHash: db.prepare('SELECT * FROM tokens WHERE hash = ?'),
    byId: db.prepare('SELECT * FROM tokens WHERE id = ?'),
    use: db.prepare('UPDATE tokens SET used_at = ? WHERE id = ?'),
    remove: db.prepare('DELETE FROM tokens WHERE id = ?'),
  };

  function principalOf(row: TokenRow): Principal | undefined {
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

  return {
    create({ name, role, expiresAtMs, createdBy }) {
      const token = TOKEN_MARK + randomBytes(32).toString('base64url');
      // It is typed as an argument of a command, which no option may be taken for.
      const id = randomBytes(9).toString('hex');
      const createdAtMs = clock.nowMs();
      const prefix = token.slice(0, PREFIX_LENGTH);
      const hashed = digest(token).toString('base64url');
      sql.add.run(id, hashed, name, role, prefix, createdBy, createdAtMs, expiresAtMs);
      return { token, view: { id, name, role, prefix, createdBy, createdAtMs, expiresAtMs, lastUsedAtMs: null } };
    },

    all: () => (sql.all.all() as unknown as TokenRow[]).map(tokenView),

    remove: (id) => sql.remove.run(id).changes > 0,

    bySecret(token) {
      const hashed = digest(token);
      if (localHash !== undefined && timingSafeEqual(hashed, localHash)) return LOCAL;
      const row = sql.byHash.get(hashed.toString('base64url')) as TokenRow | undefined;
      const principal = row && principalOf(row);
      if (row !== undefined && principal !== undefined) noteUse(sql.use, row.id, row.used_at, clock.nowMs());
      return principal;
    },

    stillHolds(principal) {
      const row = sql.byId.get(principal.id) as TokenRow | undefined;
      if (row === undefined || !holds(principalOf(row), principal)) return false;
      noteUse(sql.use, row.id, row.used_at, clock.nowMs());
      return true;
    },
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
