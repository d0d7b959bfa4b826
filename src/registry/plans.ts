import type { Plan, PlanSet } from '../model/plan.ts';
import type { Core } from './core.ts';

/** Response plans: all of them are one document, and each change of it a revision that stays. */
export interface Plans {
  /** Those in force; revision 0 and none while nobody has made any. */
  plans(): PlanSet;
  /** Newest first; `before` is a revision. */
  planSets(limit: number, before?: number): PlanSet[];
  planSet(revision: number): PlanSet | undefined;
  /** Makes a revision if `expectedRevision` is still the one in force; undefined when another one is. */
  putPlans(change: Omit<PlanSet, 'revision'> & { readonly expectedRevision: number }): PlanSet | undefined;
}

interface Row extends Omit<PlanSet, 'plans'> {
  readonly plans: string;
}

const COLUMNS = 'revision, plans, author, at_ms AS atMs, reason';

export const NO_PLANS: PlanSet = { revision: 0, plans: [], author: '', atMs: 0, reason: null };

export function createPlans({ database, trail, change }: Core): Plans {
  const readBefore = database.prepare(
    `SELECT ${COLUMNS} FROM response_plans WHERE revision < ? ORDER BY revision DESC LIMIT ?`,
  );
  const insert = database.prepare(
    'INSERT INTO response_plans (revision, plans, author, at_ms, reason) VALUES (?, ?, ?, ?, ?)',
  );
  const list: Plans['planSets'] = (limit, before = Number.MAX_SAFE_INTEGER) =>
    (readBefore.all(before, limit) as unknown as Row[]).map((row) => ({
      ...row,
      plans: JSON.parse(row.plans) as Plan[],
    }));
  // Every alert that is raised asks for a card.
  let present = list(1)[0] ?? NO_PLANS;

  return {
    plans: () => present,
    planSets: list,
    planSet(revision) {
      const [found] = list(1, revision + 1);
      return found?.revision === revision ? found : undefined;
    },
    putPlans({ expectedRevision, plans, author, atMs, reason }) {
      const made = change(() => {
        if (present.revision !== expectedRevision) return undefined;
        const revision = expectedRevision + 1;
        insert.run(revision, JSON.stringify(plans), author, atMs, reason);
        trail.add({ atMs, author, action: 'plans-changed', subject: null, detail: { revision, reason } });
        return { revision, plans, author, atMs, reason };
      });
      present = made ?? present;
      return made;
    },
  };
}
