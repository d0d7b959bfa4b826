import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { AlertFollower } from '../../alerts/follower.ts';
import type { Log } from '../../lib/log.ts';
import { OWNER_ONLY } from '../../lib/private-file.ts';
import type { Control } from '../../model/entry.ts';
import { LEVELS } from '../../model/level.ts';
import { checkDatabases } from './check-databases.ts';
import { DATABASES, type FolderFindings, type Loss } from './folder-findings.ts';
import { createMarkWriter } from './folder-marks.ts';

/** What a data folder is called, and what its alert log is called. */
export interface Identity {
  /**
   * The name of the alert log: the same for as long as the log goes on, another one for a folder that was restored or
   * copied, whose log may go on otherwise than the one that clients know.
   */
  readonly log: string;
  readonly isNewLog: boolean;
  readonly findings: FolderFindings;
  /** What is missing, found at this start or at one that did not get as far as telling people. */
  readonly losses: readonly Loss[];
  /** People have been told of the losses. */
  told(): void;
  /** Every database is open; `lastPosition` is the journal's. */
  opened(lastPosition: () => number): void;
  /** Every database is closed. */
  close(): void;
}

export interface IdentityOptions {
  readonly path: (name: string) => string;
  readonly history: 'embedded' | 'influx';
  readonly log: Log;
}

/** Checks that the databases are whole and belong together, and marks them. Throws ConfigError when they do not. */
export function openIdentity({ path, history, log }: IdentityOptions): Identity {
  const { read, findings } = checkDatabases(path, history);
  const name = read.log ?? randomUUID();
  const position = Math.max(read.journal.next, findings.journalFrom ?? 1) - 1;
  const marks = createMarkWriter(path, read, name);
  /** On a full disk the server goes on, and the next start finds the marks of before, which fit as well. */
  const marking = (work: () => void) => {
    try {
      work();
    } catch (error) {
      log.warn({ err: error }, 'the databases could not be marked');
    }
  };
  const untold = path(UNTOLD_FILE);
  const losses = [...readUntold(untold), ...findings.losses];
  // Before the marks, which will say of what is made anew that it is as it should be.
  if (findings.losses.length > 0) writeFileSync(untold, JSON.stringify(losses), { mode: OWNER_ONLY, flush: true });
  marking(() => marks.rewrite(position, false));
  let lastPosition = () => position;
  return {
    log: name,
    isNewLog: name !== read.log,
    findings,
    losses,
    told: () => rmSync(untold, { force: true }),
    opened(last) {
      lastPosition = last;
      marking(() => marks.markNew());
    },
    close: () => marking(() => marks.rewrite(lastPosition(), true)),
  };
}

/** What was found missing by starts that failed later on, such as for a port in use. */
const UNTOLD_FILE = 'data-lost.json';

function readUntold(file: string): Loss[] {
  if (!existsSync(file)) return [];
  try {
    return lossesSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    // A power cut while it was written leaves it empty. That something was missing is known all the same.
    return [UNREADABLE];
  }
}

const lossesSchema: z.ZodType<Loss[]> = z.array(
  z.object({ database: z.enum([...DATABASES, UNTOLD_FILE]), level: z.enum(LEVELS), zh: z.string(), en: z.string() }),
);

const UNREADABLE: Loss = {
  database: UNTOLD_FILE,
  level: 'orange',
  zh: `${UNTOLD_FILE}：此前一次启动发现数据缺失，但记录无法读取，请查看当时的服务器日志`,
  en: `${UNTOLD_FILE}: an earlier start found data missing, and what it wrote down cannot be read; see the log of that start`,
};

/** The condition of the alert that tells people what was missing at a start. */
const DATA_LOST = 'data-lost';

export interface TellLossesOptions {
  readonly alerts: Pick<AlertFollower, 'open'>;
  readonly controls: { submit(control: Control): Promise<unknown> };
  readonly log: Log;
}

/** Raises an alert about what was made anew at this start, on disk when it resolves; one of an earlier start ends. */
export async function tellLosses(losses: readonly Loss[], { alerts, controls, log }: TellLossesOptions): Promise<void> {
  for (const { database, en } of losses) log.error({ database }, en);
  const worst = losses.map(({ level }) => level).sort((a, b) => LEVELS.indexOf(b) - LEVELS.indexOf(a))[0];
  const isOpen = alerts
    .open()
    .some(({ kind, rule, state }) => kind === 'system' && rule === DATA_LOST && state === 'active');
  if (isOpen) {
    await controls.submit({
      type: 'system',
      condition: DATA_LOST,
      level: 'yellow',
      active: false,
      detail: 'started again',
    });
  }
  if (worst === undefined) return;
  const detail = `${losses.map(({ zh }) => zh).join('；')} / ${losses.map(({ en }) => en).join('; ')}`;
  await controls.submit({ type: 'system', condition: DATA_LOST, level: worst, active: true, detail });
}
