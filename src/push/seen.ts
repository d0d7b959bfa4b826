import type { Clock } from '../lib/clock.ts';
import { openSqlite, transact } from '../lib/sqlite.ts';

/** That a person's screen had shown every entry of the alert log up to `seq`, at `atMs`. */
export interface Seen {
  readonly user: string;
  readonly seq: number;
  readonly atMs: number;
}

/**
 * Who had what on a screen when. Kept beside the alert log and not in it: an entry of the log is told to every screen,
 * and what every screen has seen of it would be the next entry.
 */
export interface SeenStore {
  /** Only what goes beyond what the person had seen before is kept, of each second the last. */
  note(seen: Seen): void;
  /**
   * When each person first had a screen before them whose last entry lay from `fromSeq` (included) to `toSeq`
   * (excluded; null: the present), earliest first: an alert that came with the one and closed with the other was on it.
   */
  between(fromSeq: number, toSeq: number | null): readonly { readonly user: string; readonly atMs: number }[];
  close(): void;
}

/** Screens confirm several times a second in a flood; one write a second is as much as supervision needs. */
const WRITE_EVERY_MS = 1_000;
/** Some 30 MB. A busy site with five screens fills it in about a year. */
const ROWS_MAX = 500_000;
/** Rows written between two looks at how many there are. */
const PRUNE_EVERY = 1_000;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS seen (
    id INTEGER PRIMARY KEY, user TEXT NOT NULL, seq INTEGER NOT NULL, at REAL NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX IF NOT EXISTS seen_by_user ON seen (user, seq);
`;

/** `logEnd`: the last entry of a log that is another one than last time; what was seen beyond it was of the other. */
export function openSeen(
  path: string,
  clock: Clock,
  onFailure: (error: unknown) => void,
  logEnd = Number.MAX_SAFE_INTEGER,
): SeenStore {
  // What a power cut may take is a second of confirmations; the screens' next ones stand for them.
  const db = openSqlite(path, { synchronous: 'normal', migrations: [SCHEMA] });
  db.prepare('DELETE FROM seen WHERE seq > ?').run(logEnd);
  const insert = db.prepare('INSERT OR IGNORE INTO seen (user, seq, at) VALUES (?, ?, ?)');
  const prune = db.prepare('DELETE FROM seen WHERE id <= (SELECT max(id) FROM seen) - ?');
  const first = db.prepare('SELECT at FROM seen WHERE user = ? AND seq >= ? AND seq < ? ORDER BY seq LIMIT 1');
  const users = db.prepare('SELECT user, max(seq) AS seq FROM seen GROUP BY user').all();
  const lastSeq = new Map(users.map(({ user, seq }) => [String(user), Number(seq)]));
  let waiting = new Map<string, Seen>();
  let cancelWrite: (() => void) | undefined;
  let sincePruned = 0;

  function write(): void {
    cancelWrite?.();
    cancelWrite = undefined;
    const batch = waiting;
    waiting = new Map();
    if (batch.size === 0) return;
    try {
      transact(db, () => {
        for (const { user, seq, atMs } of batch.values()) insert.run(user, seq, atMs);
        sincePruned += batch.size;
        if (sincePruned < PRUNE_EVERY) return;
        sincePruned = 0;
        prune.run(ROWS_MAX);
      });
    } catch (error) {
      // On a full disk the alerts go on; that somebody saw them is what can be done without.
      onFailure(error);
    }
  }

  return {
    note(seen) {
      if (seen.seq <= (lastSeq.get(seen.user) ?? -1)) return;
      lastSeq.set(seen.user, seen.seq);
      waiting.set(seen.user, seen);
      cancelWrite ??= clock.after(WRITE_EVERY_MS, write);
    },

    between(fromSeq, toSeq) {
      write();
      const found = [...lastSeq.keys()].flatMap((user) => {
        const row = first.get(user, fromSeq, toSeq ?? Number.MAX_SAFE_INTEGER);
        return row === undefined ? [] : [{ user, atMs: Number(row.at) }];
      });
      return found.sort((a, b) => a.atMs - b.atMs);
    },

    close() {
      write();
      db.close();
    },
  };
}
