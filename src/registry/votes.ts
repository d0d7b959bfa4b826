import type { CountingRule } from '../model/device-act.ts';
import type { ThresholdDocument } from '../model/threshold.ts';
import type { Core } from './core.ts';

/** Rules whose votes count other points. */
export interface Votes {
  /**
   * Rules of points that stay whose votes count one of these. `documents` are those that points shall have, where they are
   * others than now.
   */
  counting(points: ReadonlySet<string>, documents?: ReadonlyMap<string, ThresholdDocument>): readonly CountingRule[];
}

export function createVotes({ memory, definitions }: Core): Votes {
  return {
    counting(points, documents) {
      // Many points share a document.
      const known = new Map<number, readonly Omit<CountingRule, 'point'>[]>();
      const votesOf = (body: number) => {
        const votes = known.get(body) ?? votesIn(definitions.document(body), points);
        known.set(body, votes);
        return votes;
      };
      return [...memory.points.values()].flatMap(({ id, documentBody }) => {
        if (points.has(id)) return [];
        const next = documents?.get(id);
        const votes = next === undefined ? votesOf(documentBody) : votesIn(next, points);
        return votes.map((vote) => ({ point: id, ...vote }));
      });
    },
  };
}

function votesIn({ rules }: ThresholdDocument, points: ReadonlySet<string>): Omit<CountingRule, 'point'>[] {
  return Object.entries(rules).flatMap(([rule, { vote }]) =>
    (vote?.points ?? []).flatMap((counts) => (points.has(counts) ? [{ rule, counts }] : [])),
  );
}
