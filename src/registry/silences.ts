import type { KeptSilence, Silence } from '../model/notify/silence.ts';
import type { Core } from './core.ts';

/** What nobody is told of for a while, and who said so. */
export interface Silences {
  /** The one that ends last first; those that have ended by then only when `all`. */
  silences(atMs: number, all: boolean): KeptSilence[];
  keepSilence(silence: Silence, atMs: number): void;
  /** Undefined when there is none, or it has ended. */
  endSilence(id: string, by: string, atMs: number): KeptSilence | undefined;
}

interface Row {
  readonly silence: string;
  readonly endedMs: number | null;
  readonly endedBy: string | null;
}

const COLUMNS = 'silence, ended_ms AS endedMs, ended_by AS endedBy';

export function createSilences({ database, trail, change }: Core): Silences {
  const readMany = database.prepare(
    `SELECT ${COLUMNS} FROM notify_silence WHERE ? OR (until_ms > ? AND ended_ms IS NULL) ORDER BY until_ms DESC, id`,
  );
  const readOne = database.prepare(`SELECT ${COLUMNS} FROM notify_silence WHERE id = ?`);
  const insert = database.prepare('INSERT INTO notify_silence (id, silence, until_ms) VALUES (?, ?, ?)');
  const markEnded = database.prepare('UPDATE notify_silence SET ended_ms = ?, ended_by = ? WHERE id = ?');

  const silenceOf = ({ silence, ...ended }: Row): KeptSilence => ({ ...(JSON.parse(silence) as Silence), ...ended });

  return {
    silences: (atMs, all) => (readMany.all(all ? 1 : 0, atMs) as unknown as Row[]).map(silenceOf),
    keepSilence(silence, atMs) {
      change(() => {
        insert.run(silence.id, JSON.stringify(silence), silence.untilMs);
        trail.add({ atMs, author: silence.by, action: 'silenced', subject: silence.id, detail: silence });
      });
    },
    endSilence(id, by, atMs) {
      return change(() => {
        const row = readOne.get(id) as unknown as Row | undefined;
        const silence = row === undefined ? undefined : silenceOf(row);
        if (silence === undefined || silence.endedMs !== null || silence.untilMs <= atMs) return undefined;
        markEnded.run(atMs, by, id);
        trail.add({ atMs, author: by, action: 'silence-ended', subject: id, detail: {} });
        return { ...silence, endedMs: atMs, endedBy: by };
      });
    },
  };
}
