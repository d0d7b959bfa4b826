import { z } from 'zod';
import { REASON_MAX } from '../../model/bounds.ts';
import { idSchema } from '../../model/names.ts';
import { PLATFORMS } from '../../model/push.ts';
import { sourceSettingsSchema } from '../../model/source-setup.ts';
import { timeMs } from '../../model/time-schema.ts';
import type { CallTable } from '../call.ts';
import { listOf } from '../page.ts';
import { pageQuery } from '../query.ts';
import { sourceStandingSchema } from '../system.ts';

const profile = z.string().optional();

/** As they are told: what a configuration may say goes beyond what is taken here. */
const shownSettingsSchema = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('feed'),
      url: z.string(),
      user: z.string().optional(),
      topics: z.array(z.string()).readonly(),
      profile,
      isOn: z.boolean(),
    }),
    z.object({ kind: z.literal('push'), platform: z.enum(PLATFORMS), profile, isOn: z.boolean() }),
    z.object({ kind: z.literal('listener'), host: z.string(), port: z.number().int(), profile, isOn: z.boolean() }),
  ])
  .meta({ id: 'SourceSettings' });
export type ShownSettings = z.infer<typeof shownSettingsSchema>;

const sourceSchema = z
  .object({
    name: z.string().meta({ description: 'Of a listener its protocol' }),
    origin: z.enum(['console', 'configuration']).meta({
      description: 'configuration: the server is started with it, and it is changed there',
    }),
    settings: shownSettingsSchema,
    revision: z.number().int().nullable().meta({ description: 'Null: of the configuration' }),
    author: z.string().nullable(),
    at: timeMs('When it was set up so').nullable(),
    reason: z.string().nullable(),
    hasSecret: z.boolean(),
    isSecretLost: z
      .boolean()
      .meta({ description: 'Sealed with another key: it is not in use until it is given again' }),
    isShadowed: z.boolean().meta({ description: 'The configuration has one of this name, which is in use instead' }),
    standing: sourceStandingSchema.nullable().meta({ description: 'Null while it is not in use' }),
  })
  .meta({ id: 'Source', description: 'What comes in beside MQTT to this server' });
export type Source = z.infer<typeof sourceSchema>;

const settings = sourceSettingsSchema.meta({ description: 'By its kind; a listener is called by its protocol' });
const secret = z.string().min(1).max(4_096).optional().meta({
  description:
    'A feed’s password, the key of a push (16 to 256 characters). Left out: it stays, as long as address and user do',
});
const reason = z.string().trim().min(1).max(REASON_MAX).optional();
const params = z.object({ name: idSchema });

/** Feeds, pushes and listeners as people set them up. */
export const sourceCalls = {
  'GET /sources': { answers: { 200: z.object({ items: z.array(sourceSchema).readonly() }) } },
  'PUT /sources/{name}': {
    params,
    body: z
      .object({
        revision: z.number().int().min(0).meta({ description: 'The one it was made from; 0 while there is none' }),
        settings,
        secret,
        reason,
      })
      .strict(),
    answers: { 200: sourceSchema },
  },
  'DELETE /sources/{name}': {
    params,
    query: z.object({ revision: z.coerce.number().int().min(1), reason }).strict(),
    answers: { 204: z.undefined() },
  },
  'POST /sources/{name}/test': {
    params,
    body: z.object({ settings, secret }).strict(),
    answers: {
      200: z
        .object({
          state: z.enum(['works', 'refused', 'unreachable', 'nothing-to-try']),
          words: z.string().meta({ description: 'In the words of the other side' }),
          isKeptForUs: z
            .boolean()
            .nullable()
            .meta({ description: 'Whether its broker keeps messages while this server is away (QoS 1)' }),
          heard: z
            .array(z.object({ topic: z.string(), isRead: z.boolean() }))
            .readonly()
            .meta({ description: 'Topics of messages that came in three seconds, and whether something reads them' }),
        })
        .meta({ id: 'SourceTest' }),
    },
  },
  'GET /sources/{name}/revisions': {
    params,
    query: z.object(pageQuery(50, 500)).strict(),
    answers: {
      200: listOf(
        z
          .object({
            revision: z.number().int(),
            settings: shownSettingsSchema.nullable().meta({ description: 'Null: it was taken out' }),
            author: z.string(),
            at: timeMs('When it was made'),
            reason: z.string().nullable(),
          })
          .meta({ id: 'SourceRevision' }),
      ),
    },
  },
} as const satisfies CallTable;
