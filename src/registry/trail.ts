import type { DatabaseSync } from 'node:sqlite';
import type { SiteDifference, SiteOrigin } from '../model/site-change.ts';

/** The audit trail: who changed what, and when. It is only ever added to. */
export interface Trail {
  add(entry: AuditEntry): void;
  /** How the site came to be as it is, by the trail. */
  origin(): SiteOrigin;
}

export interface AuditEntry {
  readonly atMs: number;
  readonly author: string;
  readonly action: string;
  readonly subject: string | null;
  readonly detail: unknown;
}

/** What of the trail changes what files would say. */
const SITE_ACTIONS = `'apply', 'device-added', 'device-changed', 'device-removed', 'area-added', 'area-changed', 'area-removed', 'point-added', 'point-changed', 'point-removed', 'profile-named', 'thresholds-changed'`;

const DIFFERENCES_MAX = 1_000;

export function openTrail(database: DatabaseSync): Trail {
  const insert = database.prepare('INSERT INTO audit (at_ms, author, action, subject, detail) VALUES (?, ?, ?, ?, ?)');
  const readOrigin = database.prepare(`
    SELECT count(*) AS changes, author, max(at_ms) AS atMs FROM audit WHERE (action = 'apply') = ? AND action IN (${SITE_ACTIONS})`);

  return {
    add({ atMs, author, action, subject, detail }) {
      insert.run(atMs, author, action, subject, JSON.stringify(detail));
    },
    origin() {
      const changed = (isApplied: 0 | 1) => {
        const { changes, author, atMs } = readOrigin.get(isApplied) as {
          changes: number;
          author: string;
          atMs: number;
        };
        return { changes, last: { author, atMs } };
      };
      const people = changed(0);
      if (people.changes > 0) return { by: 'people', last: people.last };
      const files = changed(1);
      return { by: files.changes > 1 ? 'files' : 'seed', last: files.changes === 0 ? null : files.last };
    },
  };
}

/** The trail names everything, except where the list would be longer than anyone reads: then it counts. */
export function auditDetail(differences: readonly SiteDifference[]): unknown {
  if (differences.length <= DIFFERENCES_MAX) return differences;
  const counts: Record<string, number> = {};
  for (const { kind, change } of differences) {
    counts[`${kind} ${change}`] = (counts[`${kind} ${change}`] ?? 0) + 1;
  }
  return counts;
}
