import { z } from 'zod';
import { ROW_FATES } from '../../model/notify/setup-sheet.ts';
import type { CallTable } from '../call.ts';
import { reasonHeader, reasonQuery } from '../reason.ts';
import { noteSchema, setupChangeSchema } from '../spreadsheet.ts';
import { CSV, fileSchema, language, XLSX } from './spreadsheet.ts';

/** iCalendar (RFC 5545). */
export const ICS = 'text/calendar';

const written = {
  query: z.object({ format: z.enum(['xlsx', 'csv']).default('xlsx'), lang: language }).strict(),
  answers: {
    200: { description: 'The file', content: { [XLSX]: { schema: fileSchema }, [CSV]: { schema: fileSchema } } },
  },
};

export const setupSheetSchema = z
  .object({
    applied: z.boolean().meta({ description: 'Whether it is in force' }),
    revision: z.number().int().meta({ description: 'Of the setup: the one it was compared with, or the one it made' }),
    rows: z
      .array(
        z.object({
          place: z.string(),
          id: z.string().meta({ description: 'Of the person, or the dates; empty when the row does not say' }),
          name: z.string(),
          fate: z.enum(ROW_FATES).meta({
            description:
              '`same`: already in force; `wrong`: a cell cannot be; `stale`: exported before somebody changed it',
          }),
          changes: z.array(setupChangeSchema).readonly(),
        }),
      )
      .readonly()
      .meta({ description: 'Every row that was read, and what becomes of it' }),
    untouched: z.number().int().meta({ description: 'How many the file does not mention; they stay as they are' }),
    errors: z.array(noteSchema).readonly(),
    warnings: z.array(noteSchema).readonly(),
  })
  .meta({ id: 'SetupSheetChanges', description: 'What a sheet changes of who is told' });
export type SetupSheetChanges = z.infer<typeof setupSheetSchema>;

const taken = (id: string, example: string) => ({
  query: z
    .object({
      dryRun: z.stringbool().default(false),
      lang: language,
      revision: z.coerce.number().int().min(0).optional().meta({
        description: 'Of the setup that a dry run was compared with: 412 when another one is in force by now',
      }),
      ...reasonQuery,
    })
    .strict(),
  headers: z.looseObject({ ...reasonHeader }),
  body: z.instanceof(Uint8Array, { error: 'send the file itself' }).meta({
    id,
    type: 'string',
    format: 'binary',
    description: 'The file; a CSV file may be as short as the example',
    examples: [example],
  }),
  answers: { 200: setupSheetSchema },
});

/** People, and days off and worked, as files of spreadsheet programs. */
export const notifySheetCalls = {
  'GET /notify/people/sheet': written,
  'POST /notify/people/sheet': taken('PeopleFile', '姓名,职务,手机,通知渠道\n张三,值班长,13800000001,值班短信\n'),
  'GET /notify/calendar/sheet': written,
  'POST /notify/calendar/sheet': taken(
    'CalendarFile',
    '日期,结束日期,安排\n2026-10-01,2026-10-07,放假\n2026-10-10,,上班\n',
  ),
} as const satisfies CallTable;
