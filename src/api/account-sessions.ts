import { randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../lib/clock.ts';
import type { Role } from '../model/roles.ts';
import { DAY_MS } from '../model/time.ts';
import { digest, holds, noteUse } from './bearer.ts';
import type { Principal } from './principal.ts';

/**
 * Sessions of users. Those that could not be written live in memory and end with the process: on a full disk people must
 * still be able to log in and see the alerts.
 */
export interface Sessions {
  /** `secret` is the cookie's value. `user` is the key of one that there is. */
  start(user: string): { readonly secret: string; readonly principal: Principal };
  end(id: string): void;
  /** Whose it is; that counts as use. */
  bySecret(secret: string): Principal | undefined;
  /** Whether the session of an earlier look-up still holds; that counts as use. */
  stillHolds(principal: Principal): boolean;
  /** Ends a user's sessions, as far as they are written. */
  endOf(user: string): void;
  /** Ends those of them that are not. */
  endUnsavedOf(user: string): void;
}

/** A session ends when it has not been used for a day, which is longer than any shift, and after 30 days at the latest. */
const SESSION_IDLE_MS = DAY_MS;
export const SESSION_MAX_MS = 30 * DAY_MS;

interface SessionUser {
  readonly username: string;
  readonly role: Role;
  readonly must_change: number;
}

interface SessionRow extends SessionUser {
  readonly id: string;
  readonly created_at: number;
  readonly used_at: number;
}

export function createSessions(
  db: DatabaseSync,
  clock: Clock,
  userOf: (key: string) => SessionUser | undefined,
): Sessions {
  const sql = {
    add: db.prepare('INSERT INTO sessions VALUES (?, ?, ?, ?)'),
    get: db.prepare(
      'SELECT s.id, s.created_at, s.used_at, u.username, u.role, u.must_change FROM sessions s JOIN users u ON u.key = s.user WHERE s.id = ?',
    ),
    use: db.prepare('UPDATE sessions SET used_at = ? WHERE id = ?'),
    end: db.prepare('DELETE FROM sessions WHERE id = ?'),
    endOf: db.prepare('DELETE FROM sessions WHERE user = ?'),
    sweep: db.prepare('DELETE FROM sessions WHERE used_at < ? OR created_at < ?'),
    setLogin: db.prepare('UPDATE users SET last_login_at = ? WHERE key = ?'),
  };
  const unsaved = new Map<string, { user: string; created_at: number; used_at: number }>();

  function rowOf(id: string): SessionRow | undefined {
    const stored = sql.get.get(id) as SessionRow | undefined;
    const held = unsaved.get(id);
    if (stored !== undefined || held === undefined) return stored;
    const user = userOf(held.user);
    if (user === undefined) return undefined;
    const { username, role, must_change } = user;
    return { ...held, id, username, role, must_change };
  }

  function principalOf(row: SessionRow): Principal | undefined {
    const expiresAtMs = Math.min(row.used_at + SESSION_IDLE_MS, row.created_at + SESSION_MAX_MS);
    if (clock.nowMs() >= expiresAtMs) return undefined;
    return {
      via: 'session',
      id: row.id,
      name: row.username,
      role: row.role,
      mustChangePassword: row.must_change === 1,
      expiresAtMs,
    };
  }

  function use({ id, used_at: usedAtMs }: SessionRow): void {
    const held = unsaved.get(id);
    if (held !== undefined) held.used_at = clock.nowMs();
    noteUse(sql.use, id, usedAtMs, clock.nowMs());
  }

  return {
    start(user) {
      const nowMs = clock.nowMs();
      const secret = randomBytes(32).toString('base64url');
      const id = digest(secret).toString('base64url');
      try {
        sql.add.run(id, user, nowMs, nowMs);
        sql.setLogin.run(nowMs, user);
        sql.sweep.run(nowMs - SESSION_IDLE_MS, nowMs - SESSION_MAX_MS);
      } catch {
        unsaved.set(id, { user, created_at: nowMs, used_at: nowMs });
      }
      const row = rowOf(id);
      const principal = row && principalOf(row);
      if (principal === undefined) throw new Error(`no session could be started for ${user}`);
      return { secret, principal };
    },

    end(id) {
      if (!unsaved.delete(id)) sql.end.run(id);
    },

    bySecret(secret) {
      const row = rowOf(digest(secret).toString('base64url'));
      const principal = row && principalOf(row);
      if (row !== undefined && principal !== undefined) use(row);
      return principal;
    },

    stillHolds(principal) {
      const row = rowOf(principal.id);
      if (row === undefined || !holds(principalOf(row), principal)) return false;
      use(row);
      return true;
    },

    endOf: (user) => void sql.endOf.run(user),

    endUnsavedOf(user) {
      for (const [id, held] of unsaved) if (held.user === user) unsaved.delete(id);
    },
  };
}
