import type { Level } from '../../model/level.ts';

/**
 * Whether the databases of a data folder belong together: a decision on what was found, without touching anything
 * (docs/decisions/0019).
 *
 * What holds nothing can be needed by nobody, so an absent or emptied database is made anew and people are told by an
 * alert, for a server that does not start watches over nobody; only the registry cannot be made anew. An older, younger or
 * foreign one holds something, which somebody put there: the server refuses, and says what would fit.
 */

/** What each database carries of the folder it is part of; rewritten in all of them at each start and each end. */
export interface Mark {
  /** The id of the folder. */
  readonly folder: string;
  /** Counts the rewritings. A database that missed some is older than the others. */
  readonly round: number;
  /** The databases that there were then. */
  readonly files: readonly string[];
  /** The last position of the journal then. */
  readonly position: number;
}

/**
 * The databases of a folder, in the order in which a first start makes them. By that order a folder without marks is
 * judged, so what a program adds after the marks came in belongs at the end.
 */
export const DATABASES = [
  'registry.db',
  'accounts.db',
  'alerts.db',
  'seen.db',
  'quarantine.db',
  'journal.db',
  'history/history.db',
  'history/influx.db',
  'notify.db',
] as const;
export type Database = (typeof DATABASES)[number];

export interface FoundDatabase {
  /** `blank`: not even a table; `other`: tables of something else; `empty`: not one row in ours. */
  readonly state: 'absent' | 'blank' | 'other' | 'empty' | 'present';
  /** Null in one that a program of before the marks made, or that was put in its place. */
  readonly mark: Mark | null;
  /** Of a follower of the journal: the last position it has taken. */
  readonly cursor?: number;
}

export interface FoundFolder {
  /** The history in use; the other one may be left over from another setting, and is not looked at. */
  readonly history: Database;
  readonly databases: Readonly<Record<Database, FoundDatabase>>;
  /** Positions the journal holds: the first, and the one after the last; equal when it holds none. */
  readonly journal: { readonly first: number; readonly next: number };
  /** False while the last rewriting of marks was cut off: then the databases may be one round apart. */
  readonly isRoundWhole: boolean;
  /** From here on the journal is needed for the state that the alerts were in. */
  readonly alertsReplayFrom: number;
  /** The highest number of a point definition that the alerts name, and that the registry has. */
  readonly definitions: { readonly named: number; readonly known: number };
}

/** One database that does not fit, in words. */
export interface Refusal {
  readonly database: Database;
  readonly found: string;
  readonly expected: string;
}

/** What is missing and was made anew. The level is that of the alert about it. */
export interface Loss {
  /** Or the list of what an earlier start found missing. */
  readonly database: Database | 'data-lost.json';
  readonly level: Level;
  readonly zh: string;
  readonly en: string;
}

export interface FolderFindings {
  readonly refusals: readonly Refusal[];
  readonly losses: readonly Loss[];
  /** The position the journal's next entry gets, when the journal is not to be asked. */
  readonly journalFrom: number | undefined;
  /** The position the alerts begin behind, when they are made anew and the journal does not reach back to its beginning. */
  readonly alertsAfter: number | undefined;
}

const HISTORIES: readonly Database[] = ['history/history.db', 'history/influx.db'];

export function judgeFolder(found: FoundFolder): FolderFindings {
  const { databases, journal } = found;
  const names = DATABASES.filter((name) => !HISTORIES.includes(name) || name === found.history);
  const reference = referenceOf(found);
  const odd = new Map<Database, Oddity>();
  for (const name of names) {
    const oddity = oddityOf(name, found, reference);
    if (oddity !== undefined) odd.set(name, oddity);
  }
  const highest = Math.max(
    0,
    ...names.map((name) => Math.max(databases[name].cursor ?? 0, databases[name].mark?.position ?? 0)),
  );
  const isJournalEmpty = journal.next === journal.first;
  // A log that is behind its followers would number new entries as ones they have taken, and they would pass them over.
  const isBehind = highest >= journal.next;
  if (isBehind && !odd.has('journal.db')) odd.set('journal.db', isJournalEmpty ? 'gone' : 'older');

  // Somebody has cut the journal by hand, or put another one there.
  const alerts = databases['alerts.db'].state;
  const isCutShort = alerts === 'present' && !isJournalEmpty && found.alertsReplayFrom < journal.first;
  if (isCutShort && !odd.has('alerts.db')) odd.set('alerts.db', 'older');

  const refusals: Refusal[] = [];
  const losses: Loss[] = [];
  for (const [name, oddity] of odd) {
    const refusal = refusalOf(name, oddity, found, highest);
    if (refusal !== undefined) refusals.push(refusal);
    else losses.push(lossOf(name, oddity, found, highest));
  }
  const areAlertsGone = odd.get('alerts.db') === 'gone';
  return {
    refusals,
    losses,
    journalFrom: isJournalEmpty && highest > 0 ? highest + 1 : undefined,
    alertsAfter: areAlertsGone && journal.first > 1 ? journal.next - 1 : undefined,
  };
}

type Oddity = 'gone' | 'older' | 'younger' | 'foreign' | 'other';

interface Reference {
  readonly folder: string;
  readonly round: number;
  /** Databases that should be there. */
  readonly files: ReadonlySet<string>;
}

/** What most of the databases say of their folder; undefined when none says anything. */
function referenceOf({ databases }: FoundFolder): Reference | undefined {
  const marks = DATABASES.flatMap((name) => databases[name].mark ?? []);
  const folder = mostFrequent(marks.map((mark) => mark.folder));
  if (folder === undefined) return undefined;
  const own = marks.filter((mark) => mark.folder === folder);
  const round = mostFrequent(own.map((mark) => mark.round)) ?? 0;
  return { folder, round, files: new Set(own.filter((mark) => mark.round === round).flatMap(({ files }) => files)) };
}

/** Of several that are equally frequent the greatest. */
function mostFrequent<T extends string | number>(values: readonly T[]): T | undefined {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? 1 : -1))[0]?.[0];
}

function oddityOf(name: Database, found: FoundFolder, reference: Reference | undefined): Oddity | undefined {
  const { state, mark } = found.databases[name];
  if (state === 'other') return 'other';
  const isBare = state === 'absent' || state === 'blank';
  if (isBare) return wasThere(name, found, reference) ? 'gone' : undefined;
  if (name === 'registry.db' && found.definitions.named > found.definitions.known) return 'older';
  if (reference === undefined) return undefined;
  if (state === 'empty' && mark === null) return reference.files.has(name) ? 'gone' : undefined;
  if (mark === null) return reference.files.has(name) ? 'older' : undefined;
  if (mark.folder !== reference.folder) return 'foreign';
  const apart = mark.round - reference.round;
  const apartMax = found.isRoundWhole ? 0 : 1;
  if (Math.abs(apart) <= apartMax) return undefined;
  return apart < 0 ? 'older' : 'younger';
}

/** Whether a database that holds nothing held something once. */
function wasThere(name: Database, { databases }: FoundFolder, reference: Reference | undefined): boolean {
  if (reference !== undefined) return reference.files.has(name);
  // No marks yet: whatever was made later tells. Which of the histories there was, nothing does.
  if (HISTORIES.includes(name)) {
    return databases['journal.db'].state === 'present' && HISTORIES.every((one) => databases[one].state !== 'present');
  }
  return DATABASES.slice(DATABASES.indexOf(name) + 1).some((later) => isThere(databases[later]));
}

function isThere({ state }: FoundDatabase): boolean {
  return state === 'empty' || state === 'present';
}

const WORDS: Readonly<Record<Oddity, string>> = {
  gone: 'no data, which there was',
  older: 'data older than that of the other databases',
  younger: 'data younger than that of the other databases',
  foreign: 'data of another data folder',
  other: 'another database',
};

const HOLDS: Readonly<Record<Database, string>> = {
  'registry.db': 'the devices, points and thresholds that the journal and the alerts refer to',
  'accounts.db': 'the users and tokens of this folder',
  'alerts.db': 'the alerts and the log that follow from the journal',
  'seen.db': 'who saw which alert',
  'quarantine.db': 'the messages that could not be read',
  'journal.db': 'the entries that alerts and history follow',
  'history/history.db': 'the history that follows the journal',
  'history/influx.db': 'how far the journal has been written to InfluxDB',
  'notify.db': 'who was told of which alert, and what waits to be told',
};

function refusalOf(name: Database, oddity: Oddity, found: FoundFolder, highest: number): Refusal | undefined {
  if (!isRefused(name, oddity, found)) return undefined;
  const detail = detailOf(name, oddity, found, highest);
  const way = `put the ${name} of this folder back, or start on a backup of the whole folder (npm start -- --data BACKUP)`;
  // The registry's numbers stand in all the others, so there is no way on without it.
  const without =
    name === 'registry.db' ? '' : `; or move ${name} away (with ${name}-wal, if there is one) and start without it`;
  return { database: name, found: `${WORDS[oddity]}${detail}`, expected: `${HOLDS[name]}: ${way}${without}` };
}

/** The first position that the journal can still tell of. */
function reachOf({ first, next }: FoundFolder['journal']): number {
  return next === first && first === 1 ? Number.POSITIVE_INFINITY : first;
}

function isRefused(name: Database, oddity: Oddity, { databases, journal, alertsReplayFrom }: FoundFolder): boolean {
  if (name === 'registry.db') return true;
  if (oddity === 'gone') return false;
  if (oddity !== 'older') return true;
  // What follows the journal and is older is brought up to date from it, exactly as after a crash, if it reaches back.
  if (name === 'alerts.db') return alertsReplayFrom < reachOf(journal);
  if (name === 'quarantine.db' || HISTORIES.includes(name)) return databases[name].mark === null;
  return name !== 'seen.db' && name !== 'notify.db';
}

function detailOf(name: Database, oddity: Oddity, found: FoundFolder, highest: number): string {
  const { journal, definitions, alertsReplayFrom } = found;
  const reach = reachOf(journal);
  if (name === 'journal.db' && oddity === 'older') {
    return `: it ends at entry ${journal.next - 1}, and the others have taken entry ${highest}`;
  }
  if (name === 'registry.db' && oddity === 'older' && definitions.named > definitions.known) {
    return `: it knows ${definitions.known} definitions of points, and the alerts name number ${definitions.named}`;
  }
  if (name === 'alerts.db' && oddity === 'older') {
    return `: they need the journal from entry ${alertsReplayFrom} on, and ${reach === Number.POSITIVE_INFINITY ? 'it is gone' : `it begins at ${reach}`}`;
  }
  return '';
}

const NAMES_ZH: Readonly<Record<Database, string>> = {
  'registry.db': '设备与阈值库',
  'accounts.db': '账户库',
  'alerts.db': '报警库',
  'seen.db': '查看记录库',
  'quarantine.db': '隔离数据库',
  'journal.db': '数据日志',
  'history/history.db': '历史数据库',
  'history/influx.db': 'InfluxDB 写入进度',
  'notify.db': '通知库',
};

function lossOf(name: Database, oddity: Oddity, { databases, journal }: FoundFolder, highest: number): Loss {
  const zh = NAMES_ZH[name];
  const loss = (level: Level, zhWords: string, en: string): Loss => ({
    database: name,
    level,
    zh: `${zh} ${name}：${zhWords}`,
    en: `${name}: ${en}`,
  });
  const isGone = oddity === 'gone';
  switch (name) {
    case 'journal.db':
      return loss(
        'red',
        `数据丢失，已从序号 ${highest + 1} 起重新记录；服务停止前最后收到的读数可能没有判断，也不在历史中`,
        `its data is gone; it goes on at entry ${highest + 1}. Readings acknowledged shortly before the server ended may be ` +
          'judged by nobody and missing from the history',
      );
    case 'alerts.db':
      if (reachOf(journal) === 1) {
        return loss(
          'yellow',
          '缺失或过旧，已由数据日志完整重建',
          'was gone or old, and was made again from the journal',
        );
      }
      if (!isGone)
        return loss('yellow', '过旧，已由数据日志补齐', 'was old, and was brought up to date from the journal');
      return loss(
        'red',
        '报警与报警日志丢失；仍超限的测点会在下一次上报时重新报警，闭锁、确认与搁置均已失效',
        'the alerts and their log are gone; points that are still beyond a limit raise alerts anew with their next ' +
          'reading, and what was latched, acknowledged or shelved is not any more',
      );
    case 'accounts.db':
      return loss(
        'orange',
        '用户与令牌丢失，已新建用户 admin',
        'users and tokens are gone, and the user admin was made anew',
      );
    case 'history/history.db':
    case 'history/influx.db': {
      const from = databases[name].cursor ?? 0;
      if (isGone ? reachOf(journal) === 1 : from + 1 >= reachOf(journal)) {
        return loss(
          'yellow',
          '缺失或过旧，已由数据日志补齐（导入的读数除外）',
          'was gone or old, and is brought up to date from the journal, but for imported readings',
        );
      }
      return loss(
        'orange',
        `缺失或过旧；数据日志只保留序号 ${journal.first} 以后的读数，更早的读数可能缺失`,
        `was gone or old; the journal reaches back to entry ${journal.first}, and readings before that may be missing`,
      );
    }
    case 'notify.db':
      return loss(
        'orange',
        '缺失或过旧；谁收到过哪条通知的记录可能缺失，仍在报警的不再补发，此后的报警照常通知',
        'was gone or old; who was told of what may be missing, what is open is not told again, and alerts from here on are told',
      );
    case 'seen.db':
      return loss(
        'yellow',
        '缺失或过旧；此前谁看过哪条报警的记录可能缺失',
        'was gone or old; who saw which alert before may be missing',
      );
    default:
      return loss(
        'yellow',
        '缺失或过旧，已由数据日志补上仍保留的部分',
        'was gone or old; what the journal still holds is filled in',
      );
  }
}
