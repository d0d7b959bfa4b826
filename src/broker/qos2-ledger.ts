import type { Clock } from '../lib/clock.ts';
import { DAY_MS } from '../model/time.ts';
import type { UnreleasedChange, UnreleasedRow } from '../model/unreleased.ts';

/** Where the ledger is kept. */
export interface UnreleasedStore {
  /** What is kept. */
  unreleased(): Iterable<UnreleasedRow>;
  /** Writes changes by themselves; calls back once they are on disk. */
  changeUnreleased(changes: readonly UnreleasedChange[], done: (error: Error | null) => void): void;
  /** Calls back once everything taken so far is on disk. */
  whenDurable(done: (error: Error | null) => void): void;
}

/**
 * What was published with QoS 2 and not released since, by the session it belongs to. It stands in the journal's own
 * transactions, so exactly once survives a crash.
 */
export interface Qos2Ledger {
  /** Whether the publish is one that was taken already. `mayBeNew`: nothing but its likeness says that it is sent again. */
  isTaken(session: string, messageId: number, digest: number, mayBeNew: boolean): boolean;
  /**
   * Notes a publish, and gives what must be written together with it. `isHeld` says which packet ids the connection holds
   * by itself: at the bound, others of the same session make room, the oldest first. One that is sent again after that is
   * taken a second time, never lost.
   */
  note(
    session: string,
    messageId: number,
    digest: number,
    isHeld: (messageId: number) => boolean,
  ): readonly UnreleasedChange[];
  /** Whether a publish of that packet id is not released yet. */
  holds(session: string, messageId: number): boolean;
  /** The publish could not be taken after all. */
  takeBack(session: string, messageId: number): void;
  /** Forgets a publish, durably, before the publisher may use its packet id again. */
  release(session: string, messageId: number, done: (error: Error | null) => void): void;
  whenDurable(done: (error: Error | null) => void): void;
  /** Forgets all of an owner, who is no more. */
  drop(owner: string): void;
  size(): number;
  close(): void;
}

export interface Qos2LedgerOptions {
  readonly clock: Clock;
  readonly store: UnreleasedStore;
  /** Whether somebody is connected as that session; what they hold is not the first to make room. */
  readonly isConnected: (session: string) => boolean;
  readonly perSessionMax?: number;
  readonly perOwnerMax?: number;
}

/** More than this many unreleased publishes on one connection, and it is closed. */
export const UNRELEASED_PER_SESSION_MAX = 1_000;
/** Of an owner's sessions that nobody is connected as, together. */
const UNRELEASED_PER_OWNER_MAX = 4_000;
/** Who comes back after that with something unfinished is taken at its word that it is new. */
export const UNRELEASED_KEEP_MS = 7 * DAY_MS;
/**
 * After a clean start a packet id may serve a new message, and an alarm without a time looks like the last one. Some
 * clients send unfinished messages again without the flag that says so, but soon.
 */
const LIKENESS_MS = 3_600_000;
const SWEEP_PERIOD_MS = 3_600_000;
/** A digest that nothing has: this session has nothing to do with the row that an earlier program left. */
const NONE = -1;

const SEPARATOR = '\n';
/** Rows of an earlier program know the client id alone. */
const NOBODY = '';

/** What a session is known by: who it belongs to and the client id, never one of them alone. */
export function sessionKey(owner: string, clientId: string): string {
  return owner + SEPARATOR + clientId;
}

export function ownerOf(session: string): string {
  return session.slice(0, session.indexOf(SEPARATOR));
}

/** A row that an earlier program left under a client id, as the new ledger keeps it until its owner comes or it expires. */
function legacyKey(session: string): string {
  return NOBODY + session.slice(session.indexOf(SEPARATOR));
}

interface Entry {
  readonly digest: number;
  readonly atMs: number;
}

export function createQos2Ledger(options: Qos2LedgerOptions): Qos2Ledger {
  const { clock, store, isConnected } = options;
  const perSessionMax = options.perSessionMax ?? UNRELEASED_PER_SESSION_MAX;
  const perOwnerMax = options.perOwnerMax ?? UNRELEASED_PER_OWNER_MAX;
  /** Of each owner, of each session, by packet id; oldest first on both levels. */
  const owners = new Map<string, Map<string, Map<number, Entry>>>();

  function set(session: string, messageId: number, entry: Entry): void {
    const owner = ownerOf(session);
    let sessions = owners.get(owner);
    if (sessions === undefined) {
      sessions = new Map();
      owners.set(owner, sessions);
    }
    let entries = sessions.get(session);
    if (entries === undefined) {
      entries = new Map();
      sessions.set(session, entries);
    }
    entries.delete(messageId);
    entries.set(messageId, entry);
  }

  function entriesOf(session: string): Map<number, Entry> | undefined {
    return owners.get(ownerOf(session))?.get(session);
  }

  function remove(session: string, messageId: number): boolean {
    const owner = ownerOf(session);
    const sessions = owners.get(owner);
    const entries = sessions?.get(session);
    if (entries === undefined || !entries.delete(messageId)) return false;
    if (entries.size === 0) sessions?.delete(session);
    if (sessions?.size === 0) owners.delete(owner);
    return true;
  }

  function erased(session: string, messageId: number): UnreleasedChange {
    remove(session, messageId);
    return { session, messageId, digest: undefined, atMs: 0 };
  }

  for (const { session, messageId, digest, atMs } of store.unreleased()) set(session, messageId, { digest, atMs });

  /** Those of the session that make room for one more. */
  function roomInSession(session: string, isHeld: (messageId: number) => boolean): UnreleasedChange[] {
    const entries = entriesOf(session);
    if (entries === undefined || entries.size < perSessionMax) return [];
    for (const messageId of entries.keys()) if (!isHeld(messageId)) return [erased(session, messageId)];
    return [];
  }

  /** Those of the owner's sessions nobody is connected as that are too many. */
  function roomOfOwner(owner: string, except: string): UnreleasedChange[] {
    const away = [...(owners.get(owner) ?? [])].filter(([session]) => session !== except && !isConnected(session));
    let excess = away.reduce((sum, [, entries]) => sum + entries.size, 0) - perOwnerMax;
    const changes: UnreleasedChange[] = [];
    for (const [session, entries] of away) {
      for (const messageId of [...entries.keys()]) {
        if (excess-- <= 0) return changes;
        changes.push(erased(session, messageId));
      }
    }
    return changes;
  }

  function forgetAll(isOver: (session: string, entry: Entry) => boolean, of: Iterable<string>): void {
    const changes: UnreleasedChange[] = [];
    for (const owner of [...of]) {
      for (const [session, entries] of [...(owners.get(owner) ?? [])]) {
        for (const [messageId, entry] of [...entries]) {
          if (isOver(session, entry)) changes.push(erased(session, messageId));
        }
      }
    }
    if (changes.length > 0) store.changeUnreleased(changes, () => {});
  }

  function sweep(): void {
    const endMs = clock.nowMs() - UNRELEASED_KEEP_MS;
    forgetAll((_session, { atMs }) => atMs < endMs, owners.keys());
  }

  sweep();
  const stopSweeping = clock.every(SWEEP_PERIOD_MS, sweep);

  return {
    isTaken(session, messageId, digest, mayBeNew) {
      const own = entriesOf(session)?.get(messageId);
      // The digest covers the topic, which names the device: nobody else's publish matches a row without an owner.
      const entry = own ?? entriesOf(legacyKey(session))?.get(messageId);
      if (entry?.digest !== digest) return false;
      return !mayBeNew || Math.abs(clock.nowMs() - entry.atMs) <= LIKENESS_MS;
    },

    note(session, messageId, digest, isHeld) {
      const isKnown = entriesOf(session)?.has(messageId) === true;
      const changes = isKnown ? [] : roomInSession(session, isHeld);
      // Counting all of an owner's sessions is worth it only where a session begins.
      if (entriesOf(session) === undefined) changes.push(...roomOfOwner(ownerOf(session), session));
      const atMs = clock.nowMs();
      set(session, messageId, { digest, atMs });
      changes.push({ session, messageId, digest, atMs });
      return changes;
    },

    holds: (session, messageId) => entriesOf(session)?.has(messageId) === true,

    takeBack: (session, messageId) => void remove(session, messageId),

    release(session, messageId, done) {
      const isLegacy = entriesOf(legacyKey(session))?.has(messageId) === true;
      if (isLegacy) {
        // The row may be another's, so it stays for whoever it fits; here it counts no longer.
        const entry = { digest: NONE, atMs: clock.nowMs() };
        set(session, messageId, entry);
        store.changeUnreleased([{ session, messageId, ...entry }], done);
        return;
      }
      if (!remove(session, messageId)) return done(null);
      store.changeUnreleased([{ session, messageId, digest: undefined, atMs: 0 }], done);
    },

    whenDurable: store.whenDurable,

    drop(owner) {
      forgetAll(() => true, [owner]);
    },

    size: () => [...owners.values()].reduce((sum, of) => [...of.values()].reduce((n, one) => n + one.size, sum), 0),

    close: stopSweeping,
  };
}
