import { areasAbove } from '../model/areas-above.ts';
import { type CardSubject, planFor } from '../model/plan.ts';
import type { Card } from '../wire/calls/plans.ts';
import type { ApiDeps } from './deps.ts';

/** The card of an alert, or of a point at a level: the plan that applies, if one does. */
export function cardOf(
  { plans, registry }: Pick<ApiDeps, 'plans' | 'registry'>,
  subject: Omit<CardSubject, 'areas'> & { readonly area: string },
): Card {
  const { plans: all, revision } = plans.plans();
  const plan = planFor(all, { ...subject, areas: areasAbove(registry.areas(), subject.area) });
  return { plan: plan ?? null, revision, point: subject.point, level: subject.level };
}
