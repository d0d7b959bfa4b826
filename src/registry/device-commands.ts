import type { CommandAnswer, CommandRecord, CommandState, DeviceCommand } from '../model/device-command.ts';
import type { Core } from './core.ts';

/** What devices were told and asked, and by whom: each is in the trail twice, as it was given and as it came out. */
export interface DeviceCommandLog {
  /**
   * Keeps a command that a device is told by `tell`, in the same transaction: what cannot be kept is not told, and what is not
   * told (`tell` says why) is not kept.
   */
  addCommand<Why extends string>(command: CommandToKeep, tell: () => Why | undefined): CommandRecord | Why;
  /** Keeps what has become of one; gives it as it is then, undefined where there is none. */
  noteCommand(number: number, news: CommandChange, atMs: number): CommandRecord | undefined;
  /** Those of a device, the newest first; `before` is a number of one of them. */
  commands(device: string, limit: number, before?: number): CommandRecord[];
  /** Ends what was under way when the server stopped, since nobody waits for its answer any more. */
  endInterrupted(atMs: number): void;
}

export interface CommandToKeep {
  readonly device: string;
  readonly command: DeviceCommand;
  readonly author: string;
  readonly atMs: number;
}

export interface CommandChange {
  readonly state: Exclude<CommandState, 'sent'>;
  /** Whether nothing more is to come. */
  readonly isEnd: boolean;
  readonly answers: readonly CommandAnswer[];
}

/** Of one device; the trail keeps them all. */
const KEPT_PER_DEVICE = 200;

interface Row {
  readonly number: number;
  readonly device: string;
  readonly command: string;
  readonly author: string;
  readonly atMs: number;
  readonly state: CommandState;
  readonly confirmedAtMs: number | null;
  readonly endedAtMs: number | null;
  readonly answers: string;
}

/** Thrown to end a transaction that nothing is to stay of. */
class NotTold extends Error {
  readonly why: string;
  constructor(why: string) {
    super(why);
    this.why = why;
  }
}

const COLUMNS =
  'number, device, command, author, at_ms AS atMs, state, confirmed_ms AS confirmedAtMs, ended_ms AS endedAtMs, answers';

export function createDeviceCommandLog({ database, trail, change }: Core): DeviceCommandLog {
  const insert = database.prepare(
    `INSERT INTO device_command (device, command, author, at_ms, state, answers) VALUES (?, ?, ?, ?, 'sent', '[]')
    RETURNING ${COLUMNS}`,
  );
  const trim = database.prepare(`
    DELETE FROM device_command WHERE device = ? AND number <= (
      SELECT number FROM device_command WHERE device = ? ORDER BY number DESC LIMIT 1 OFFSET ${KEPT_PER_DEVICE}
    )`);
  const update = database.prepare(`
    UPDATE device_command SET state = ?, confirmed_ms = coalesce(confirmed_ms, ?), ended_ms = ?, answers = ?
    WHERE number = ? AND ended_ms IS NULL RETURNING ${COLUMNS}`);
  const read = database.prepare(`
    SELECT ${COLUMNS} FROM device_command WHERE device = ? AND number < ? ORDER BY number DESC LIMIT ?`);
  const readOpen = database.prepare('SELECT number FROM device_command WHERE ended_ms IS NULL');

  const noteCommand: DeviceCommandLog['noteCommand'] = (number, { state, isEnd, answers }, atMs) =>
    change(() => {
      const isHeard = state === 'confirmed' || state === 'answered';
      const values = [state, isHeard ? atMs : null, isEnd ? atMs : null, JSON.stringify(answers), number];
      const row = update.get(...values) as unknown as Row | undefined;
      if (row === undefined) return undefined;
      const record = recordOf(row);
      const { author, device } = record;
      if (isEnd) trail.add({ atMs, author, action: 'device-answered', subject: device, detail: record });
      return record;
    });

  return {
    addCommand({ device, command, author, atMs }, tell) {
      try {
        return change(() => {
          const row = insert.get(device, JSON.stringify(command), author, atMs) as unknown as Row;
          trim.run(device, device);
          trail.add({ atMs, author, action: 'device-told', subject: device, detail: { number: row.number, command } });
          const why = tell();
          if (why !== undefined) throw new NotTold(why);
          return recordOf(row);
        });
      } catch (error) {
        if (error instanceof NotTold) return error.why as NonNullable<ReturnType<typeof tell>>;
        throw error;
      }
    },
    noteCommand,
    commands: (device, limit, before = Number.MAX_SAFE_INTEGER) =>
      (read.all(device, before, limit) as unknown as Row[]).map(recordOf),
    endInterrupted(atMs) {
      for (const { number } of readOpen.all() as unknown as { number: number }[]) {
        noteCommand(number, { state: 'interrupted', isEnd: true, answers: [] }, atMs);
      }
    },
  };
}

function recordOf({ command, answers, ...row }: Row): CommandRecord {
  return {
    ...row,
    command: JSON.parse(command) as DeviceCommand,
    answers: JSON.parse(answers) as CommandAnswer[],
  };
}
