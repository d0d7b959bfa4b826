import { z } from 'zod';
import { durationSchema } from './duration.ts';
import { type Level, levelSchema } from './level.ts';
import { idSchema, nameSchema, wordsSchema } from './names.ts';
import { type FieldProblem, knownOf, placeText } from './problem.ts';
import { STEP_WORDS_MAX } from './response.ts';
import { familySchema } from './site.ts';

/**
 * Response plans (一点一案一策): what is done about an alert, by whom and within which time, as files of plans/ hold them and
 * as one revision of all of them is kept. The plan that applies is the card that an alert opens.
 */

/** More do not go on one page that is read in the rain. */
const STEPS_MAX = 7;
const NAME_MAX = 64;

const stepFields = {
  id: idSchema,
  do: wordsSchema(STEP_WORDS_MAX).meta({ description: 'What is done, as an order' }),
  role: z.string().min(1).max(NAME_MAX).optional().meta({ description: 'Who does it, such as 网格员' }),
  within: durationSchema.optional().meta({ description: 'Counted from the arrival of what raised the alert' }),
};

export const planStepSchema = z.discriminatedUnion('type', [
  z.object({ type: z.enum(['inform', 'patrol', 'close', 'switch']), ...stepFields }).strict(),
  z
    .object({
      type: z.literal('evacuate'),
      ...stepFields,
      people: z.number().int().min(1).max(1_000_000).optional().meta({ description: 'How many' }),
      to: wordsSchema(STEP_WORDS_MAX).meta({ description: 'Where to' }),
    })
    .strict(),
  z
    .object({
      type: z.literal('stop'),
      ...stepFields,
      orders: z.string().min(1).max(NAME_MAX).meta({ description: 'Who orders that work stops' }),
      confirms: z.string().min(1).max(NAME_MAX).meta({ description: 'Who confirms that it has stopped' }),
    })
    .strict(),
]);
export type PlanStep = z.infer<typeof planStepSchema>;

export const planSchema = z
  .object({
    id: idSchema,
    name: nameSchema,
    applies: z
      .object({
        points: z.array(idSchema).min(1).max(256).optional(),
        areas: z.array(idSchema).min(1).max(256).optional().meta({ description: 'With those below them' }),
        families: z.array(familySchema).min(1).optional(),
        levels: z.array(levelSchema).min(1).optional(),
      })
      .strict()
      .default({})
      .meta({ description: 'Every condition given must hold; none given: all alerts' }),
    steps: z.array(planStepSchema).min(1).max(STEPS_MAX),
    phones: z
      .array(
        z.object({ name: z.string().min(1).max(NAME_MAX), number: z.string().regex(/^\+?[\d -]{3,24}$/) }).strict(),
      )
      .max(8)
      .default([])
      .meta({ description: 'Short numbers such as 119 too' }),
    places: z
      .array(
        z
          .object({
            name: wordsSchema(STEP_WORDS_MAX),
            location: z.tuple([z.number().min(-180).max(180), z.number().min(-90).max(90)]).optional(),
          })
          .strict(),
      )
      .max(6)
      .default([])
      .meta({ description: 'Where valves, switches, barriers and shelters are; longitude first' }),
    note: wordsSchema(1_000).optional(),
  })
  .strict()
  .meta({ id: 'ResponsePlan' });
export type Plan = z.infer<typeof planSchema>;

export const plansSchema = z.array(planSchema).max(2_000);

/** What a card is asked for. */
export interface CardSubject {
  readonly point: string;
  /** The area of the point and those above it, nearest first. */
  readonly areas: readonly string[];
  readonly family: string;
  readonly level: Level;
}

/**
 * The plan that applies, the most specific of those whose conditions all hold: one that names the point before one that
 * names an area, a nearer area before a wider one, then one that names the family, then the level. Of equals the first.
 */
export function planFor(plans: readonly Plan[], subject: CardSubject): Plan | undefined {
  let best: { readonly plan: Plan; readonly rank: readonly number[] } | undefined;
  for (const plan of plans) {
    const rank = rankOf(plan, subject);
    if (rank !== undefined && (best === undefined || isBefore(rank, best.rank))) best = { plan, rank };
  }
  return best?.plan;
}

/** Smaller numbers are more specific; undefined when it does not apply. */
function rankOf({ applies }: Plan, { point, areas, family, level }: CardSubject): readonly number[] | undefined {
  const { points, areas: named, families, levels } = applies;
  if (points !== undefined && !points.includes(point)) return undefined;
  if (families !== undefined && !families.some((one) => one === family)) return undefined;
  if (levels !== undefined && !levels.includes(level)) return undefined;
  const distance = named === undefined ? areas.length : areas.findIndex((area) => named.includes(area));
  if (distance === -1) return undefined;
  return [points === undefined ? 1 : 0, distance, families === undefined ? 1 : 0, levels === undefined ? 1 : 0];
}

function isBefore(a: readonly number[], b: readonly number[]): boolean {
  for (const [index, rank] of a.entries()) {
    const other = b[index] ?? 0;
    if (rank !== other) return rank < other;
  }
  return false;
}

/** What is there to be named by a plan; null where nobody knows, as without a server. */
export interface Nameable {
  readonly points: ReadonlySet<string>;
  readonly areas: ReadonlySet<string>;
}

/** What the grammar of plans does not see: ids given twice, and points and areas that are not there. */
export function checkPlans(plans: readonly Plan[], there: Nameable | null): FieldProblem[] {
  const problems: FieldProblem[] = [...repeated(plans, 'plan', [])];
  for (const [at, { steps, applies }] of plans.entries()) {
    problems.push(...repeated(steps, 'step', [at, 'steps']));
    if (there === null) continue;
    for (const [index, point] of (applies.points ?? []).entries()) {
      if (there.points.has(point)) continue;
      problems.push({ path: [at, 'applies', 'points', index], code: 'unknown-point', values: { point } });
    }
    for (const [index, area] of (applies.areas ?? []).entries()) {
      if (there.areas.has(area)) continue;
      const values = { area, ...knownOf(there.areas) };
      problems.push({ path: [at, 'applies', 'areas', index], code: 'unknown-area', values });
    }
  }
  return problems;
}

function repeated(all: readonly { readonly id: string }[], kind: 'plan' | 'step', path: FieldProblem['path']) {
  const first = new Map<string, number>();
  return all.flatMap(({ id }, at): FieldProblem[] => {
    const before = first.get(id);
    if (before === undefined) {
      first.set(id, at);
      return [];
    }
    const values = { kind, id, first: placeText([...path, before]) };
    return [{ path: [...path, at, 'id'], code: 'id-repeated', values }];
  });
}

/** One revision of all plans. */
export interface PlanSet {
  readonly revision: number;
  readonly plans: readonly Plan[];
  readonly author: string;
  readonly atMs: number;
  readonly reason: string | null;
}

export type PlanPutOutcome =
  | { readonly ok: true; readonly set: PlanSet }
  | { readonly ok: false; readonly error: 'lost-race'; readonly revision: number }
  | { readonly ok: false; readonly error: 'invalid'; readonly problems: readonly FieldProblem[] };
