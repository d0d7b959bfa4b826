import { z } from 'zod';
import { idSchema } from '../../model/names.ts';
import { profileNamesSchema, areaSchema as siteAreaSchema } from '../../model/site.ts';
import type { CallTable } from '../call.ts';
import { deviceSchema, quarantineSchema } from '../devices.ts';
import { listOf } from '../page.ts';
import { pageQuery } from '../query.ts';
import { areaSchema, profileViewSchema, siteAnswerSchema, siteContentsSchema } from '../site.ts';

const areaDefinitionSchema = siteAreaSchema
  .omit({ id: true })
  .meta({ id: 'AreaDefinition', description: 'An area, as in devices/site.yaml without `id`' });

/** Areas, profiles, devices, the quarantine, and the site as a whole. */
export const siteCalls = {
  'GET /profiles': {
    query: z.object(pageQuery(500, 1_000)).strict(),
    answers: { 200: listOf(profileViewSchema) },
  },
  'PUT /profiles/{id}/names': {
    body: profileNamesSchema.meta({ id: 'ProfileNames' }),
    answers: { 200: profileViewSchema },
  },
  'POST /profiles/{id}/retry': {
    answers: { 200: z.object({ uplinks: z.number() }) },
  },
  'GET /site': {
    answers: { 200: siteContentsSchema },
  },
  'POST /site': {
    query: z.object({ dryRun: z.stringbool().default(false) }).strict(),
    headers: z.looseObject({ 'if-match': z.string().optional() }),
    body: siteContentsSchema,
    answers: {
      200: siteAnswerSchema,
    },
  },
  'GET /areas': {
    query: z.object(pageQuery(1_000, 5_000)).strict(),
    answers: { 200: listOf(areaSchema) },
  },
  'PUT /areas/{id}': {
    params: z.object({ id: idSchema }),
    headers: z.looseObject({ 'if-none-match': z.literal('*').optional() }),
    body: areaDefinitionSchema,
    answers: { 200: areaSchema, 201: areaSchema },
  },
  'DELETE /areas/{id}': {
    query: z
      .object({ into: idSchema.optional().meta({ description: 'The area that takes what lies in it' }) })
      .strict(),
    answers: { 204: z.undefined() },
  },
  'GET /devices': {
    query: z.object(pageQuery(500, 1_000)).strict(),
    answers: { 200: listOf(deviceSchema) },
  },
  'GET /quarantine': {
    query: z
      .object({ device: z.string().optional(), reason: z.string().optional(), ...pageQuery(100, 1_000) })
      .strict(),
    answers: { 200: listOf(quarantineSchema) },
  },
} as const satisfies CallTable;
