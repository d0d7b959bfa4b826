import { z } from 'zod';
import { REASON_MAX } from '../../model/bounds.ts';
import { levelSchema } from '../../model/level.ts';
import { idSchema } from '../../model/names.ts';
import { REASONS_TOLD } from '../../model/notify/delivery.ts';
import { notifySetupSchema, textTemplateSchema } from '../../model/notify/setup.ts';
import { timeMs } from '../../model/time-schema.ts';
import type { CallTable } from '../call.ts';
import { listOf } from '../page.ts';
import { fieldErrorSchema } from '../problem.ts';
import { pageQuery, timeQuery } from '../query.ts';
import { fileSchema, language, XLSX } from './spreadsheet.ts';

const timeOrNull = (description: string) => timeMs(`${description}; null: not yet`).nullable();

const revisionSchema = z
  .object({
    revision: z.number().int(),
    author: z.string(),
    at: timeMs('When it was made'),
    reason: z.string().nullable(),
  })
  .meta({ id: 'NotifyRevision' });

const setupSchema = revisionSchema
  .extend({
    setup: notifySetupSchema.meta({ description: 'Secrets of channels that are known are masked' }),
    missingSecrets: z
      .array(z.object({ channel: z.string(), name: z.string() }))
      .readonly()
      .meta({ description: 'Settings without which a channel cannot be used' }),
    warnings: z.array(fieldErrorSchema).readonly().meta({ description: 'What somebody should look at' }),
  })
  .meta({ id: 'NotifySetupShown' });

const dutySchema = z
  .object({
    rota: z.string(),
    shift: z.string(),
    date: z.string().meta({ description: 'The day on which the shift begins, in the zone of the rota' }),
    timezone: z.string().meta({ description: 'The zone of the rota, an IANA name' }),
    from: timeMs('Begins'),
    to: timeMs('Ends'),
    primary: z.object({ id: z.string(), name: z.string() }).nullable(),
    backup: z.object({ id: z.string(), name: z.string() }).nullable(),
  })
  .meta({ id: 'Duty' });

const gapSchema = z
  .object({
    rotas: z.array(z.string()).readonly().meta({ description: 'That are asked together; none of them has a shift' }),
    from: timeMs('Begins'),
    to: timeMs('Ends'),
  })
  .meta({ id: 'DutyGap', description: 'A time in which alerts are told to whoever is on duty, and nobody is' });

const toldSchema = z
  .object({
    id: z.string(),
    reason: z.enum(REASONS_TOLD),
    alerts: z.array(z.string()).readonly(),
    level: levelSchema.nullable(),
    channel: z.string(),
    person: z
      .object({ id: z.string(), name: z.string() })
      .nullable()
      .meta({ description: 'Null: the group behind the channel' }),
    route: z.string().nullable(),
    step: z.number().int().nullable(),
    state: z.enum(['queued', 'accepted', 'delivered', 'answered', 'failed', 'withdrawn']),
    at: timeMs('When it was decided'),
    acceptedAt: timeOrNull('Accepted by the gateway'),
    deliveredAt: timeOrNull('On the device, by its receipt'),
    answeredAt: timeOrNull('Answered by the person'),
    failedAt: timeOrNull('Given up'),
    words: z.string().nullable().meta({ description: 'The gateway’s own words; shown to engineers alone' }),
  })
  .meta({ id: 'Told', description: 'A message to one recipient, and what came of it' });

const rehearsalSchema = z
  .object({
    id: z.string(),
    at: timeMs('When it was begun'),
    people: z
      .array(
        z.object({
          person: z.object({ id: z.string(), name: z.string() }),
          reachedAt: timeOrNull('When a gateway had accepted a message to this person, by whichever channel was first'),
          answeredAt: timeOrNull('When this person answered first'),
          messages: z.array(toldSchema).readonly().meta({
            description: 'One by each channel of this person; none: no channel reaches this person',
          }),
        }),
      )
      .readonly(),
    counts: z.object({
      people: z.number().int(),
      reached: z.number().int().meta({ description: 'To whom a gateway has accepted a message' }),
      answered: z.number().int(),
      unreachable: z.number().int().meta({ description: 'To whom nothing could be sent, or nothing came' }),
    }),
  })
  .meta({
    id: 'Rehearsal',
    description: 'Whoever is on duty was asked to answer, on each channel; it is about no alert',
  });

const channelStateSchema = z
  .object({
    id: z.string(),
    waiting: z.number().int(),
    underWay: z.number().int(),
    failure: z.string().nullable(),
    failingSince: timeOrNull('Since when nothing was accepted'),
    blockedUntil: timeOrNull('Nothing is sent before'),
    lastAcceptedAt: timeOrNull('When something was accepted last'),
    clockOffsetMs: z.number().nullable().meta({ description: 'The gateway’s clock minus ours, ms' }),
    budget: z
      .array(
        z.object({
          count: z.number().int().meta({ description: 'Requests in any period of' }),
          perMs: z.number().int().meta({ description: 'this length, ms' }),
          keptForRed: z.number().int().meta({ description: 'Of them for red alerts alone' }),
        }),
      )
      .readonly()
      .meta({ description: 'How much it may be used; empty while its secrets are missing' }),
    callback: z.string().nullable().meta({
      description: 'Path of the API that its gateway posts to; null where nothing is posted, and to who is no engineer',
    }),
  })
  .meta({ id: 'NotifyChannelState' });

const channelMessageSchema = z
  .object({
    id: z.string(),
    level: levelSchema.nullable(),
    isOver: z.boolean().meta({ description: 'It says of every alert in it that it has cleared' }),
    text: z
      .string()
      .nullable()
      .meta({ description: 'As people see it, without links; null for channels that are no chat' }),
    state: z.enum(['waiting', 'sending', 'accepted', 'failed']),
    at: timeMs('When it was put into words'),
    acceptedAt: timeOrNull('Accepted by the gateway'),
  })
  .meta({ id: 'ChannelMessage', description: 'What a channel was given to show to people' });

/** Who is told of what, who is on duty, and who was told. */
export const notifyCalls = {
  'GET /notify/setup': { answers: { 200: z.union([setupSchema, z.object({ revision: z.literal(0) })]) } },
  'PUT /notify/setup': {
    query: z
      .object({
        dryRun: z.stringbool().default(false).meta({ description: 'Say what would come of it, and change nothing' }),
      })
      .strict(),
    body: z
      .object({
        revision: z.number().int().min(0).meta({ description: 'The one it was made from; 0 while there is none' }),
        reason: z.string().trim().min(1).max(REASON_MAX).optional(),
        setup: notifySetupSchema.meta({
          description: 'With the secrets of channels that are new; those left out or masked stay as they are',
        }),
      })
      .strict(),
    answers: { 200: setupSchema },
  },
  'GET /notify/setup/revisions': {
    query: z.object(pageQuery(50, 500)).strict(),
    answers: { 200: listOf(revisionSchema) },
  },
  'GET /notify/setup/revisions/{revision}': {
    params: z.object({ revision: z.coerce.number().int().min(1) }),
    answers: { 200: revisionSchema.extend({ setup: notifySetupSchema }) },
  },
  'GET /notify/duties': {
    query: z
      .object({
        from: timeQuery('Begins; default now').optional(),
        to: timeQuery('Ends; default a day later').optional(),
      })
      .strict(),
    answers: { 200: z.object({ items: z.array(dutySchema).readonly() }) },
  },
  'GET /notify/duties/gaps': {
    query: z
      .object({
        from: timeQuery('Begins; default now').optional(),
        to: timeQuery('Ends, at most 31 days later; default a week later').optional(),
      })
      .strict(),
    answers: { 200: z.object({ items: z.array(gapSchema).readonly() }) },
  },
  'GET /notify/channels': { answers: { 200: z.object({ items: z.array(channelStateSchema).readonly() }) } },
  'POST /notify/channels/{id}/test': {
    body: z.object({ person: idSchema.optional().meta({ description: 'Whom to tell; left out: the group' }) }).strict(),
    answers: {
      200: z
        .object({
          state: z.enum(['accepted', 'later', 'refused', 'unusable']),
          why: z.string().nullable(),
          words: z.string().meta({ description: 'The gateway’s own words' }),
          clockOffsetMs: z.number().nullable().meta({ description: 'The gateway’s clock minus ours, ms' }),
        })
        .meta({ id: 'ChannelTest' }),
    },
  },
  'GET /notify/channels/{id}/messages': {
    query: z.object(pageQuery(50, 200)).strict(),
    answers: { 200: listOf(channelMessageSchema) },
  },
  'POST /notify/callbacks/{channel}/{key}': {
    body: z.unknown().meta({ description: 'What the gateway posts' }),
    answers: { 200: z.record(z.string(), z.unknown()) },
  },
  'POST /notify/texts': {
    body: z
      .object({
        alerts: z.array(z.string().min(1).max(128)).min(1).max(64).meta({ description: 'That were raised, by id' }),
        reason: z.enum(REASONS_TOLD).default('raised').meta({ description: 'Why they are told' }),
        language: z.enum(['zh', 'en']).default('zh'),
        channel: idSchema.optional().meta({ description: 'A chat, to see it as that would show it' }),
        templates: z.array(textTemplateSchema).max(128).optional().meta({
          description: 'Words that are proposed; left out: those in force',
        }),
      })
      .strict(),
    answers: {
      200: z
        .object({
          kind: z.enum(['alert', 'situation', 'cleared', 'system', 'rehearsal', 'test']),
          title: z.string(),
          body: z.string(),
          shown: z.string().nullable().meta({
            description: 'As the chat shows it; null without a channel, and for one that is no chat or lacks a secret',
          }),
          leftOut: z.number().int().meta({ description: 'Alerts that do not fit and are only counted' }),
        })
        .meta({ id: 'NoticeText', description: 'What a message would say' }),
    },
  },
  'POST /notify/rehearsals': {
    body: z
      .object({
        rota: idSchema.optional().meta({ description: 'Of this rota alone; left out: of all' }),
        people: z
          .array(idSchema)
          .min(1)
          .max(256)
          .optional()
          .meta({ description: 'Who is asked; left out: who is on duty now, first and second' }),
      })
      .strict(),
    answers: { 201: rehearsalSchema },
  },
  'GET /notify/rehearsals/{id}': {
    params: z.object({ id: z.uuid() }),
    answers: { 200: rehearsalSchema },
  },
  'GET /alerts/{id}/told': { answers: { 200: z.object({ items: z.array(toldSchema).readonly() }) } },
  'GET /notify/told': {
    query: z
      .object({
        from: timeQuery('Begins; default a day ago').optional(),
        to: timeQuery('Ends; default now').optional(),
        ...pageQuery(200, 2_000),
      })
      .strict(),
    answers: { 200: listOf(toldSchema) },
  },
  'GET /notify/told/sheet': {
    query: z
      .object({
        from: timeQuery('Begins; default a day before its end').optional(),
        to: timeQuery('Ends; default now').optional(),
        lang: language,
      })
      .strict(),
    answers: { 200: { description: 'The file', content: { [XLSX]: { schema: fileSchema } } } },
  },
} as const satisfies CallTable;
