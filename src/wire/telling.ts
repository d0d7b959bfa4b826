import { z } from 'zod';
import { levelSchema } from '../model/level.ts';
import { REASONS_TOLD } from '../model/notify/delivery.ts';
import { notifySetupSchema, PROOFS, routeSchema, targetSchema } from '../model/notify/setup.ts';
import { timeMs } from '../model/time-schema.ts';

// Routes hold routes, and are named where the API is described.
z.globalRegistry.add(routeSchema, { id: 'NotifyRoute' });
z.globalRegistry.add(notifySetupSchema, { id: 'NotifySetup' });

/** What is answered of telling people: who would get an alert, and what a night would have been. */

export const intentSchema = z
  .object({
    id: z.string(),
    reason: z.enum(REASONS_TOLD),
    alerts: z.array(z.string()).readonly().meta({ description: 'What it tells of, most severe first' }),
    level: levelSchema.nullable(),
    channel: z.string(),
    to: z
      .union([z.object({ person: z.string() }), z.object({ group: z.literal(true) })])
      .meta({ description: 'A person, or the group behind the channel' }),
    atMs: timeMs('When it would be told'),
    route: z.string().nullable(),
    step: z.number().int().nullable().meta({ description: 'Of the ladder, from 0; null: by the route itself' }),
    follows: z
      .array(z.string())
      .readonly()
      .nullable()
      .meta({ description: 'Sent only when one of these messages has been accepted; null: in any case' }),
  })
  .meta({ id: 'ToldMessage', description: 'Somebody is told of alerts by a channel' });

export const stageSchema = z
  .object({
    atMs: timeMs('When'),
    alert: z.string(),
    code: z.enum([
      'not-announced',
      'acknowledged',
      'over',
      'route',
      'no-route',
      'waits',
      'silenced',
      'quiet',
      'target',
      'passed-over',
      'instead',
      'unreachable',
      'told',
      'told-already',
      'step-passed',
      'nobody',
    ]),
    route: z.string().optional(),
    verdict: z.string().optional().meta({ description: 'Why a route took it or did not' }),
    step: z.number().int().optional().meta({ description: '-1: the route itself, else the step of its ladder' }),
    target: targetSchema.optional(),
    persons: z.array(z.string()).readonly().optional().meta({ description: 'Whom the target stands for then' }),
    person: z.string().nullable().optional(),
    channel: z.string().optional(),
    why: z.string().nullable().optional(),
    untilMs: timeMs('Until then').optional(),
    silence: z.string().optional(),
    reason: z.enum(REASONS_TOLD).optional(),
    unless: z.enum(PROOFS).optional(),
  })
  .meta({ id: 'TellingStage', description: 'One thing that was done or left, and why' });

export const explanationSchema = z
  .object({
    revision: z.number().int().meta({ description: 'Of the setup; 0: the one that was sent' }),
    atMs: timeMs('When it is raised'),
    stages: z.array(stageSchema).readonly(),
    told: z.array(intentSchema).readonly().meta({ description: 'In the order of time' }),
    goesOn: z.boolean().meta({ description: 'Whether it goes on being told after what is shown' }),
  })
  .meta({ id: 'TellingExplanation' });

export const peoplePreviewSchema = z
  .object({
    revision: z.number().int(),
    moments: z
      .array(
        z.object({
          atMs: timeMs('When'),
          seq: z.number().int().nullable().meta({ description: 'The entry of the alert log; null: a deadline' }),
          intents: z.array(intentSchema).readonly(),
          stages: z.array(stageSchema).readonly(),
        }),
      )
      .readonly(),
    persons: z
      .array(
        z.object({
          person: z.string(),
          messages: z.number().int(),
          byChannel: z.record(z.string(), z.number().int()),
          woken: z
            .array(z.object({ atMs: timeMs('When'), channel: z.string(), alerts: z.array(z.string()).readonly() }))
            .readonly()
            .meta({ description: 'When something rang or buzzed for him in the night' }),
        }),
      )
      .readonly(),
    byChannel: z.record(z.string(), z.number().int()),
    notTold: z
      .array(
        z.object({
          atMs: timeMs('When'),
          alert: z.string(),
          level: levelSchema,
          why: z.enum(['no-route', 'nobody']),
          route: z.string().nullable(),
        }),
      )
      .readonly()
      .meta({ description: 'Alerts that reached nobody' }),
  })
  .meta({ id: 'PeoplePreview' });
