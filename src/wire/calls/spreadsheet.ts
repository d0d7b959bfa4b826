import { z } from 'zod';
import type { CallTable } from '../call.ts';
import { reasonHeader, reasonQuery } from '../reason.ts';
import { familySchema } from '../shapes.ts';
import { proposedSpreadsheetSchema, spreadsheetAppliedSchema } from '../spreadsheet.ts';

export const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

export const CSV = 'text/csv';

/** A name or an address. */
const HOST = /^[\p{L}\d.:_-]{1,253}$/u;

export const fileSchema = z.unknown().meta({ type: 'string', format: 'binary', description: 'The file' });

export const language = z
  .enum(['zh', 'en'])
  .optional()
  .meta({ description: 'Of headings and messages; by default that of Accept-Language' });

/** Points and limits as spreadsheets. */
export const spreadsheetCalls = {
  'GET /spreadsheet': {
    query: z
      .object({
        format: z.enum(['xlsx', 'csv']).default('xlsx'),
        sheet: z
          .enum(['limits', 'points', 'devices'])
          .default('limits')
          .meta({ description: 'For CSV; XLSX has limits and points together, or devices' }),
        lang: language,
        area: z.string().optional().meta({ description: 'An area, with the areas below it' }),
        family: familySchema.optional(),
      })
      .strict(),
    answers: {
      200: {
        description: 'The file',
        content: { [XLSX]: { schema: fileSchema }, [CSV]: { schema: fileSchema } },
      },
    },
  },
  'POST /spreadsheet': {
    query: z
      .object({
        dryRun: z.stringbool().default(false),
        lang: language,
        sheet: z.literal('devices').optional().meta({
          description: 'A sheet of devices and points without a column of secrets is one of devices, not of points',
        }),
        host: z.string().regex(HOST).optional().meta({
          description: 'Where devices reach this server, for the sheet of secrets; by default as in the call',
        }),
        ...reasonQuery,
      })
      .strict(),
    headers: z.looseObject({ 'if-match': z.string().optional(), ...reasonHeader }),
    body: z.instanceof(Uint8Array, { error: 'send the file itself' }).meta({
      id: 'SpreadsheetFile',
      type: 'string',
      format: 'binary',
      description: 'The file; a CSV file may be as short as the example',
      examples: ['测点,指标,方向,黄色限值,橙色限值\nunderpass-01,depth,≥,15,22\n'],
    }),
    answers: { 200: spreadsheetAppliedSchema, 202: proposedSpreadsheetSchema },
  },
} as const satisfies CallTable;
