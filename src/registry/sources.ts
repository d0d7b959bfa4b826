import type { SourceRecord, SourceRevision, SourceSettings } from '../model/source-setup.ts';
import type { Core } from './core.ts';

/** Sources that people have set up, each change a revision of its own that stays, and their sealed secrets beside them. */
export interface Sources {
  /** Those that are set up, by name. */
  sources(): SourceRecord[];
  /** Newest first; `before` is a revision. */
  sourceRevisions(name: string, limit: number, before?: number): SourceRevision[];
  /** Makes a revision if `expectedRevision` (0: it is not set up) is still in force; undefined when another one is. */
  putSource(change: SourceChange): SourceRevision | undefined;
  sealedSourceSecret(name: string): string | undefined;
}

export interface SourceChange extends Omit<SourceRevision, 'revision'> {
  readonly expectedRevision: number;
  /** What is kept of its secret from now on; null: it has none. */
  readonly sealed: string | null;
}

interface Row extends Omit<SourceRevision, 'settings'> {
  readonly settings: string | null;
}

const COLUMNS = 'name, revision, settings, author, at_ms AS atMs, reason';

export function createSources({ database, trail, change }: Core): Sources {
  const readPresent = database.prepare(
    `SELECT ${COLUMNS} FROM source_revision AS one
      WHERE settings IS NOT NULL
        AND revision = (SELECT max(revision) FROM source_revision AS other WHERE other.name = one.name)
      ORDER BY name`,
  );
  const readBefore = database.prepare(
    `SELECT ${COLUMNS} FROM source_revision WHERE name = ? AND revision < ? ORDER BY revision DESC LIMIT ?`,
  );
  const insert = database.prepare(
    'INSERT INTO source_revision (name, revision, settings, author, at_ms, reason) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const readSecret = database.prepare('SELECT sealed FROM source_secret WHERE name = ?');
  const deleteSecret = database.prepare('DELETE FROM source_secret WHERE name = ?');
  const insertSecret = database.prepare('INSERT INTO source_secret (name, sealed) VALUES (?, ?)');

  const revisions: Sources['sourceRevisions'] = (name, limit, before = Number.MAX_SAFE_INTEGER) =>
    (readBefore.all(name, before, limit) as unknown as Row[]).map(revisionOf);

  return {
    sources: () =>
      (readPresent.all() as unknown as Row[]).flatMap((row) => {
        const { settings, ...rest } = revisionOf(row);
        return settings === null ? [] : { ...rest, settings };
      }),
    sourceRevisions: revisions,
    putSource({ expectedRevision, sealed, name, settings, author, atMs, reason }) {
      return change(() => {
        const [last] = revisions(name, 1);
        const present = last?.settings == null ? 0 : last.revision;
        if (present !== expectedRevision) return undefined;
        const revision = (last?.revision ?? 0) + 1;
        insert.run(name, revision, settings === null ? null : JSON.stringify(settings), author, atMs, reason);
        deleteSecret.run(name);
        if (sealed !== null) insertSecret.run(name, sealed);
        const action = settings === null ? 'source-removed' : 'source-changed';
        trail.add({ atMs, author, action, subject: name, detail: { revision, reason } });
        return { name, revision, settings, author, atMs, reason };
      });
    },
    sealedSourceSecret(name) {
      const sealed = readSecret.get(name)?.sealed;
      return typeof sealed === 'string' ? sealed : undefined;
    },
  };
}

function revisionOf({ settings, ...row }: Row): SourceRevision {
  return { ...row, settings: settings === null ? null : (JSON.parse(settings) as SourceSettings) };
}
