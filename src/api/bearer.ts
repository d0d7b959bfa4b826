import { createHash } from 'node:crypto';
import type { StatementSync } from 'node:sqlite';
import type { Principal } from './principal.ts';

/** What sessions and tokens have in common: they are known by the hash of a secret, and when they were used last is noted. */

/** Last use is written at most this often: it is for people to read, and each write is an fsync. */
const LAST_USED_STEP_MS = 60_000;

/** Enough for a secret of 256 random bits, which cannot be guessed. */
export function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** When it can't be written, on a full disk say, the call goes on. */
export function noteUse(statement: StatementSync, id: string, usedAtMs: number | null, nowMs: number): void {
  if (usedAtMs !== null && Math.abs(nowMs - usedAtMs) < LAST_USED_STEP_MS) return;
  try {
    statement.run(nowMs, id);
  } catch {
    // Health reports the disk; there is nothing to add here.
  }
}

/** Whether who was let in before would be let in with the same rights now. */
export function holds(now: Principal | undefined, before: Principal): boolean {
  return now !== undefined && now.role === before.role;
}
