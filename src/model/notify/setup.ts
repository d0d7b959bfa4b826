import { z } from 'zod';
import { calendarFields } from '../calendar.ts';
import { durationSchema } from '../duration.ts';
import { levelSchema } from '../level.ts';
import { idSchema, nameSchema } from '../names.ts';
import { familySchema } from '../site.ts';
import { channelSchema } from './channel.ts';
import { personSchema, teamSchema } from './people.ts';
import { rotaSchema, workCalendarSchema } from './rota.ts';

/**
 * Everything that decides who is told of what: people, teams, rotas, routes, ladders and channels, as the files of
 * notify/ hold it and as one revision of it is kept. The secrets of channels are no part of it: they are sealed apart.
 */

/** Who is told: a person, everybody of a team, who is on duty, or the group that a robot or a siren stands for. */
export const targetSchema = z.union([
  z.object({ person: idSchema }).strict(),
  z.object({ team: idSchema }).strict(),
  z.object({ rota: idSchema, slot: z.enum(['primary', 'backup', 'both']).default('primary') }).strict(),
  z.object({ channel: idSchema }).strict(),
]);
export type Target = z.infer<typeof targetSchema>;

/** What of alerts is meant: areas with those below them, families, levels, kinds. */
export const matchFields = {
  areas: z.array(idSchema).min(1).optional(),
  families: z.array(familySchema).min(1).optional(),
  levels: z.array(levelSchema).min(1).optional(),
  kinds: z
    .array(z.enum(['levels', 'noData', 'stuck', 'range', 'vote', 'system']))
    .min(1)
    .optional(),
};

/** What of alerts a route takes: every condition given must hold; none given takes all. */
export const matchSchema = z.object({ ...matchFields, when: z.object(calendarFields).strict().optional() }).strict();
export type RouteMatch = z.infer<typeof matchSchema>;

/** The proof of a message that a step waits for: it climbs when there is none by its time. */
export const PROOFS = ['accepted', 'delivered', 'seen', 'answered'] as const;
export type Proof = (typeof PROOFS)[number];

/** One step of a ladder: after so long without that proof of what was told before, these are told too. */
export const stepSchema = z
  .object({
    after: durationSchema,
    unless: z.enum(PROOFS).default('answered'),
    to: z.array(targetSchema).min(1).max(32),
    /** Channels by which persons are told, in this order all at once; left out: those of the person, by his choice. */
    by: z.array(idSchema).min(1).max(16).optional(),
  })
  .strict();
export type LadderStep = z.infer<typeof stepSchema>;

export const ladderSchema = z
  .object({ id: idSchema, name: nameSchema.optional(), steps: z.array(stepSchema).min(1).max(16) })
  .strict();
export type Ladder = z.infer<typeof ladderSchema>;

export interface Route {
  readonly id: string;
  readonly name?: z.infer<typeof nameSchema> | undefined;
  readonly match: RouteMatch;
  readonly to: readonly Target[];
  readonly by?: readonly string[] | undefined;
  /** The ladder that is climbed for what this route takes. */
  readonly ladder?: string | undefined;
  /** What happens within so long is told in one message; red never waits. */
  readonly group?: { readonly by: readonly ('area' | 'family' | 'point')[]; readonly wait: string } | undefined;
  /** Told again so often while nobody has acknowledged it. */
  readonly repeat?: string | undefined;
  /** Hours in which only red is told; the rest is told as one situation when they end. */
  readonly quiet?: z.infer<typeof quietSchema> | undefined;
  /** Whether the routes behind this one are asked as well; otherwise the first that fits takes it. */
  readonly goOn: boolean;
  readonly routes: readonly Route[];
}

const quietSchema = z.object(calendarFields).strict();

/** A tree: an alert goes to the deepest route that takes it, and what a route leaves open its parent says. */
export const routeSchema: z.ZodType<Route> = z.lazy(() =>
  z
    .object({
      id: idSchema,
      name: nameSchema.optional(),
      match: matchSchema.default({}),
      to: z.array(targetSchema).max(32).default([]),
      by: z.array(idSchema).min(1).max(16).optional(),
      ladder: idSchema.optional(),
      group: z
        .object({
          by: z
            .array(z.enum(['area', 'family', 'point']))
            .max(3)
            .default([]),
          wait: durationSchema,
        })
        .strict()
        .optional(),
      repeat: durationSchema.optional(),
      quiet: quietSchema.optional(),
      goOn: z.boolean().default(false),
      routes: z.array(routeSchema).max(64).default([]),
    })
    .strict(),
);

/** Words of a message, with fields in braces such as `{level} {point} {value}`: no code, and unknown fields are refused. */
export const textTemplateSchema = z
  .object({
    /** What kind of message it is for; one without a kind is for all that tell of alerts. */
    for: z.enum(['alert', 'situation', 'cleared', 'rehearsal', 'system']).optional(),
    language: z.enum(['zh', 'en']),
    title: z.string().min(1).max(256),
    body: z.string().min(1).max(4_096),
  })
  .strict();
export type TextTemplate = z.infer<typeof textTemplateSchema>;

export const notifySetupSchema = z
  .object({
    people: z.array(personSchema).max(2_000).default([]),
    teams: z.array(teamSchema).max(256).default([]),
    calendar: workCalendarSchema.default(() => ({ off: [], working: [] })),
    rotas: z.array(rotaSchema).max(64).default([]),
    ladders: z.array(ladderSchema).max(64).default([]),
    routes: z.array(routeSchema).max(64).default([]),
    channels: z.array(channelSchema).max(128).default([]),
    templates: z.array(textTemplateSchema).max(128).default([]),
  })
  .strict();
export type NotifySetup = z.infer<typeof notifySetupSchema>;

/** A setup that tells nobody, made anew for each caller. */
export const emptySetup = (): NotifySetup => notifySetupSchema.parse({});
