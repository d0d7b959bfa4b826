import type { PlansDeps } from '../../api/deps.ts';
import { checkPlans } from '../../model/plan.ts';
import type { Registry } from '../../registry/registry.ts';

/** Response plans, read and changed by people. */
export function createPlanChanges(
  registry: Pick<Registry, 'plans' | 'planSets' | 'planSet' | 'putPlans' | 'points' | 'areas'>,
  nowMs: () => number,
): PlansDeps {
  return {
    plans: registry.plans,
    revisions: registry.planSets,
    revision: registry.planSet,
    put({ expectedRevision, plans, author, reason, isTrial }) {
      const there = {
        points: new Set([...registry.points()].map(({ id }) => id)),
        areas: new Set(registry.areas().map(({ id }) => id)),
      };
      const problems = checkPlans(plans, there);
      if (problems.length > 0) return { ok: false, error: 'invalid', problems };
      const { revision } = registry.plans();
      const change = { plans, author, atMs: nowMs(), reason };
      if (revision !== expectedRevision) return { ok: false, error: 'lost-race', revision };
      if (isTrial) return { ok: true, set: { revision, ...change } };
      const set = registry.putPlans({ ...change, expectedRevision });
      return set === undefined
        ? { ok: false, error: 'lost-race', revision: registry.plans().revision }
        : { ok: true, set };
    },
  };
}
