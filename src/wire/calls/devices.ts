import { z } from 'zod';
import { placeBelowSchema, readableSchema } from '../../model/device-command.ts';
import { ownDialectSchema } from '../../model/dialect.ts';
import { idSchema, nameSchema } from '../../model/names.ts';
import { placeSchema } from '../../model/place.ts';
import type { CallTable } from '../call.ts';
import { deviceActSchema, deviceReplacedSchema } from '../device-acts.ts';
import {
  commandRecordSchema,
  deviceCommissionSchema,
  devicePutSchema,
  deviceWithDefinitionSchema,
  drawnSecretSchema,
  refusedNameSchema,
  watchedSchema,
} from '../devices.ts';
import { ingestedSchema } from '../ingest.ts';
import { listOf } from '../page.ts';
import { pageQuery } from '../query.ts';
import { rereadSchema } from '../reread.ts';
import { messageToTrySchema, trialsSchema } from '../trial.ts';

const actQuery = z
  .object({
    dryRun: z.stringbool().default(false).meta({ description: 'Only say what it means' }),
    endsRules: z.stringbool().default(false).meta({ description: 'Rules that name what is lost may go' }),
  })
  .strict();

const actHeaders = z.looseObject({ 'if-match': z.string().optional() });

/** One device: commissioned, moved, replaced, taken out; and those that were refused. */
export const deviceCalls = {
  'PATCH /devices/{id}': {
    query: actQuery,
    headers: actHeaders,
    body: z
      .object({
        name: nameSchema.nullable().optional().meta({ description: 'Null: none but its id' }),
        profile: idSchema.optional(),
        protocol: ownDialectSchema
          .nullable()
          .optional()
          .meta({ description: 'Where it speaks a protocol otherwise than its profile says; null: nowhere' }),
      })
      .strict()
      .meta({ id: 'DeviceChange', examples: [{ name: { zh: '下穿通道水位计', en: 'Underpass gauge' } }] }),
    answers: { 200: deviceActSchema },
  },
  'POST /devices/{id}/move': {
    query: actQuery,
    headers: actHeaders,
    body: z
      .object({
        from: idSchema.optional().meta({ description: 'Which of its points; needed when it has several' }),
        to: idSchema.meta({ description: 'A point of another device, or a new one' }),
        area: idSchema.optional().meta({ description: 'Of a new point; left out, that of the point it leaves' }),
        name: nameSchema.optional().meta({ description: 'Of a new point' }),
        location: placeSchema.optional().meta({ description: 'Of a new point' }),
        limits: z
          .enum(['leave', 'take'])
          .default('leave')
          .meta({ description: '`take`: a new point begins with the limits of the one it leaves' }),
      })
      .strict()
      .meta({ id: 'DeviceMove', examples: [{ to: 'underpass-09', area: 'market', limits: 'take' }] }),
    answers: { 200: deviceActSchema },
  },
  'POST /devices/{id}/replace': {
    query: actQuery,
    headers: actHeaders,
    body: z
      .object({
        id: idSchema.meta({ description: 'Of the new device' }),
        secret: z.string().min(1).max(256).optional(),
      })
      .strict()
      .meta({ id: 'DeviceReplacement', examples: [{ id: 'gas-01b' }] }),
    answers: { 200: deviceReplacedSchema },
  },
  'GET /refused-names': {
    query: z.object(pageQuery(100, 1_000)).strict(),
    answers: { 200: listOf(refusedNameSchema) },
  },
  'GET /devices/{id}': {
    answers: { 200: deviceWithDefinitionSchema },
  },
  'PUT /devices/{id}': {
    params: z.object({ id: idSchema }),
    query: z.object({ secret: z.literal('draw').optional() }).strict(),
    headers: z.looseObject({ 'if-none-match': z.literal('*').optional() }),
    body: deviceCommissionSchema,
    answers: { 200: devicePutSchema, 201: devicePutSchema },
  },
  'POST /devices/{id}/secret': {
    answers: { 200: drawnSecretSchema },
  },
  'DELETE /devices/{id}': {
    answers: { 204: z.undefined() },
  },
  'GET /devices/{id}/messages': {
    answers: { 200: watchedSchema },
  },
  'POST /devices/{id}/reread': {
    answers: { 200: rereadSchema },
  },
  'GET /devices/{id}/commands': {
    query: z.object(pageQuery(50, 200)).strict(),
    answers: { 200: listOf(commandRecordSchema) },
  },
  'POST /devices/{id}/guard-check': {
    body: z
      .object({
        withinMinutes: z
          .number()
          .int()
          .min(1)
          .max(255)
          .default(10)
          .meta({ description: 'How long one may take to answer' }),
      })
      .strict()
      .meta({ id: 'GuardCheck' }),
    answers: { 202: commandRecordSchema },
  },
  'POST /devices/{id}/set-time': {
    answers: { 202: commandRecordSchema },
  },
  'POST /devices/{id}/initialize': {
    answers: { 202: commandRecordSchema },
  },
  'POST /devices/{id}/read': {
    body: z
      .object({
        what: readableSchema,
        place: placeBelowSchema.optional().meta({
          description: 'A system below it, `1`, or a component of one, `1-00010002`; left out: the device itself',
        }),
      })
      .strict()
      .meta({ id: 'DeviceRead' }),
    answers: { 202: commandRecordSchema },
  },
  'POST /trials': {
    body: messageToTrySchema,
    answers: { 200: trialsSchema },
  },
  'GET /push/{name}': {
    query: z.object({
      msg: z.string().max(4_096),
      nonce: z.string().max(256),
      signature: z.string().max(256),
    }),
    answers: { 200: { description: '`msg` as it came', content: { 'text/plain': { schema: z.string() } } } },
  },
  'POST /push/{name}': {
    query: z.object({
      key: z.string().max(256).optional().meta({ description: 'The secret of the push; OneNET signs in its place' }),
    }),
    body: z.unknown().meta({ description: 'What the platform pushes' }),
    answers: { 200: ingestedSchema },
  },
  'POST /ingest/{device}': {
    body: z.unknown().meta({ description: 'A message in the native form: an object, or an array of them' }),
    answers: {
      200: ingestedSchema,
    },
  },
} as const satisfies CallTable;
