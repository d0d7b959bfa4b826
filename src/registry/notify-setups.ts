import { isDeepStrictEqual } from 'node:util';
import type { NotifySetup } from '../model/notify/setup.ts';
import type { SetupRecord } from '../model/notify/telling-request.ts';
import type { Core } from './core.ts';

/** Who is told of what, each change a revision of its own that stays, and the sealed secrets of channels beside it. */
export interface NotifySetups {
  /** The one in force; undefined while nobody has set anything up. */
  notifySetup(): SetupRecord | undefined;
  /** Newest first; `before` is a revision. */
  notifySetups(limit: number, before?: number): SetupRecord[];
  notifySetupOf(revision: number): SetupRecord | undefined;
  /** Makes a revision if `expectedRevision` (0 for none) is still the one in force; undefined when another one is. */
  putNotifySetup(change: NotifySetupChange): SetupRecord | undefined;
  sealedSecrets(): SealedSecret[];
}

export interface NotifySetupChange extends Omit<SetupRecord, 'revision'> {
  readonly expectedRevision: number;
  /** All that are kept from now on. */
  readonly secrets: readonly SealedSecret[];
}

export interface SealedSecret {
  readonly channel: string;
  readonly name: string;
  readonly sealed: string;
}

interface Row extends Omit<SetupRecord, 'setup'> {
  readonly setup: string;
}

const COLUMNS = 'revision, setup, author, at_ms AS atMs, reason';

export function createNotifySetups({ database, trail, change }: Core): NotifySetups {
  const readBefore = database.prepare(
    `SELECT ${COLUMNS} FROM notify_setup WHERE revision < ? ORDER BY revision DESC LIMIT ?`,
  );
  const readOne = database.prepare(`SELECT ${COLUMNS} FROM notify_setup WHERE revision = ?`);
  const insert = database.prepare(
    'INSERT INTO notify_setup (revision, setup, author, at_ms, reason) VALUES (?, ?, ?, ?, ?)',
  );
  const readSecrets = database.prepare('SELECT channel, name, sealed FROM notify_secret ORDER BY channel, name');
  const clearSecrets = database.prepare('DELETE FROM notify_secret');
  const insertSecret = database.prepare('INSERT INTO notify_secret (channel, name, sealed) VALUES (?, ?, ?)');

  const list: NotifySetups['notifySetups'] = (limit, before = Number.MAX_SAFE_INTEGER) =>
    (readBefore.all(before, limit) as unknown as Row[]).map(recordOf);
  const present = () => list(1)[0];

  return {
    notifySetup: present,
    notifySetups: list,
    notifySetupOf(revision) {
      const row = readOne.get(revision) as unknown as Row | undefined;
      return row === undefined ? undefined : recordOf(row);
    },
    putNotifySetup({ expectedRevision, secrets, setup, author, atMs, reason }) {
      return change(() => {
        const before = present();
        if ((before?.revision ?? 0) !== expectedRevision) return undefined;
        const revision = expectedRevision + 1;
        insert.run(revision, JSON.stringify(setup), author, atMs, reason);
        clearSecrets.run();
        for (const { channel, name, sealed } of secrets) insertSecret.run(channel, name, sealed);
        const detail = { revision, reason, parts: partsChanged(before?.setup, setup) };
        trail.add({ atMs, author, action: 'notify-changed', subject: null, detail });
        return { revision, setup, author, atMs, reason };
      });
    },
    sealedSecrets: () => readSecrets.all() as unknown as SealedSecret[],
  };
}

/** Which parts differ, such as `rotas`; all of them are in the revision. */
function partsChanged(before: NotifySetup | undefined, after: NotifySetup): string[] {
  return Object.entries(after).flatMap(([part, value]) =>
    isDeepStrictEqual(before?.[part as keyof NotifySetup], value) ? [] : part,
  );
}

function recordOf({ setup, ...row }: Row): SetupRecord {
  return { ...row, setup: JSON.parse(setup) as NotifySetup };
}
