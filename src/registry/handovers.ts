import type { DatabaseSync } from 'node:sqlite';
import type { Handover } from '../model/registry.ts';
import type { SiteDevice } from '../model/site.ts';
import type { Memory } from './memory.ts';

/** Which device took over a point from which: it is in the point's history where a sensor's own error changes. */
export interface Handovers {
  /** Notes points that one of these devices takes from another. Called in the transaction, while memory has what was before. */
  note(devices: readonly SiteDevice[], by: { readonly author: string; readonly atMs: number }): void;
  /** Those of a point, the newest first; `before` is a number of one of them. */
  of(point: string, limit: number, before?: number): Handover[];
}

export function openHandovers(database: DatabaseSync, memory: Pick<Memory, 'points'>): Handovers {
  const insert = database.prepare('INSERT INTO handover (point, at_ms, author, former, device) VALUES (?, ?, ?, ?, ?)');
  const read = database.prepare(`
    SELECT number, at_ms AS atMs, author, former, device FROM handover
    WHERE point = ? AND number < ? ORDER BY number DESC LIMIT ?`);

  return {
    note(devices, { author, atMs }) {
      for (const { id, points } of devices) {
        for (const point of points) {
          const former = memory.points.get(point.id)?.device;
          if (former !== undefined && former !== id) insert.run(point.id, atMs, author, former, id);
        }
      }
    },
    of: (point, limit, before = Number.MAX_SAFE_INTEGER) => read.all(point, before, limit) as unknown as Handover[],
  };
}
