import { z } from 'zod';
import { isTimezone } from '../../model/calendar.ts';
import { refusal } from '../../model/issue.ts';
import type { CallTable } from '../call.ts';
import { timeQuery } from '../query.ts';
import { readingsImportSchema } from '../readings.ts';
import { familySchema } from '../shapes.ts';

const csvExample = [
  'point,metric,unit,time,value,type,quality',
  'canteen-gas,ch4,%LEL,2026-07-01T00:00:00.000Z,12.5,number,good',
  '',
].join('\n');

const idsQuery = (description: string, example: string) =>
  z
    .string()
    .meta({ description, examples: [example] })
    .transform((text) => text.split(',').filter((id) => id !== ''));

export const selectionQuery = z
  .object({
    points: idsQuery('Points by id, separated by commas; default all', 'canteen-gas,underpass-01').optional(),
    area: z.string().optional().meta({ description: 'Only points of this area and those below it' }),
    family: familySchema.optional(),
    metric: idsQuery('Metrics, separated by commas; default all', 'ch4').optional(),
    from: timeQuery('From, included; default everything that is kept').optional(),
    to: timeQuery('To, not included; default now').optional(),
    format: z.enum(['csv', 'parquet']).default('csv'),
    bom: z.stringbool().default(false).meta({
      description: 'CSV begins with a byte order mark, without which Excel takes Chinese names for rubbish',
    }),
    timezone: z
      .string()
      .max(64)
      .superRefine((timezone, ctx) => {
        if (!isTimezone(timezone)) ctx.addIssue({ code: 'custom', ...refusal('unknown-timezone', { timezone }) });
      })
      .default('UTC')
      .meta({
        description: 'Times of CSV are written in this time zone, with its offset',
        examples: ['Asia/Shanghai'],
      }),
  })
  .strict();

/** Readings as files. */
export const readingFileCalls = {
  'GET /readings/export': {
    query: selectionQuery,
    answers: {
      200: {
        description: 'The file',
        content: {
          'text/csv': { schema: z.unknown().meta({ type: 'string', examples: [csvExample] }) },
          'application/vnd.apache.parquet': { schema: z.unknown().meta({ type: 'string', format: 'binary' }) },
        },
      },
    },
  },
  'POST /readings/import': {
    body: z.unknown().meta({ type: 'string', examples: [csvExample] }),
    answers: {
      200: readingsImportSchema,
    },
  },
} as const satisfies CallTable;
