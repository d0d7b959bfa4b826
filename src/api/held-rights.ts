import type { Clock } from '../lib/clock.ts';
import type { Principal } from './principal.ts';

export interface HeldRightsOptions {
  readonly clock: Clock;
  /** Asks whether a session or token still holds with the same role, and counts as use of it. */
  readonly stillHolds: (principal: Principal) => boolean;
  /** A number that changes when another process has changed the accounts. */
  readonly foreignChanges: () => number;
}

/**
 * The sessions and tokens that something lives by: a connection, an answer that is under way. Nothing is asked for each
 * message; what lives by a right is ended when the right is.
 */
export interface HeldRights {
  /** Calls `end`, once, when the right has ended or is another. The function it gives stops that. */
  whileHolds(principal: Principal, end: () => void): () => void;
  /** Sessions or tokens have changed: those that do not hold any more are ended before this returns. */
  check(): void;
  close(): void;
}

/** How late a right is ended that runs out, or that another process has ended. */
const LOOK_MS = 500;
/** Listening counts as use, so that a screen on the wall stays logged in. */
const USE_MS = 15_000;

interface Held {
  readonly principal: Principal;
  readonly ends: Set<() => void>;
}

export function holdRights({ clock, stillHolds, foreignChanges }: HeldRightsOptions): HeldRights {
  /** By session or token and the role it had: one with another role is another right. */
  const held = new Map<string, Held>();
  let changesSeen = foreignChanges();
  let usedAtMs = clock.steadyMs();

  function checkThose(concerns: (principal: Principal) => boolean): void {
    for (const [key, { principal, ends }] of held) {
      if (!concerns(principal) || stillHolds(principal)) continue;
      held.delete(key);
      for (const end of ends) end();
    }
    lookOrNot();
  }

  function look(): void {
    const changes = foreignChanges();
    const isUse = clock.steadyMs() - usedAtMs >= USE_MS;
    if (isUse) usedAtMs = clock.steadyMs();
    const nowMs = clock.nowMs();
    const isAll = isUse || changes !== changesSeen;
    changesSeen = changes;
    checkThose(({ expiresAtMs }) => isAll || (expiresAtMs !== null && nowMs >= expiresAtMs));
  }

  /** Looks are taken only while there is something to look after. */
  let stopLooking: (() => void) | undefined;

  function lookOrNot(): void {
    if (held.size > 0) stopLooking ??= clock.every(LOOK_MS, look);
    else {
      stopLooking?.();
      stopLooking = undefined;
    }
  }

  return {
    whileHolds(principal, end) {
      const key = `${principal.via} ${principal.id} ${principal.role}`;
      const found = held.get(key) ?? { principal, ends: new Set() };
      held.set(key, found);
      lookOrNot();
      const once = () => end();
      found.ends.add(once);
      return () => {
        found.ends.delete(once);
        if (found.ends.size === 0 && held.get(key) === found) held.delete(key);
        lookOrNot();
      };
    },

    check: () => checkThose(() => true),

    close: () => stopLooking?.(),
  };
}
