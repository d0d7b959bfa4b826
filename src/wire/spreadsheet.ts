import { z } from 'zod';
import { proposalSchema } from './proposals.ts';
import { nameSchema } from './shapes.ts';

export const noteSchema = z.object({
  place: z.string().meta({ description: 'The cell; in a CSV file without a sheet', examples: ['limits!D7', 'D7'] }),
  message: z.string().meta({ examples: ["expected a number, found '25厘米'"] }),
});

/** A cell that says something else than what is in force. */
export const setupChangeSchema = z.object({
  place: z.string(),
  what: z.string().meta({ description: 'The heading of the column' }),
  before: z.string(),
  after: z.string(),
});

const changeSchema = setupChangeSchema.extend({
  rule: z.string().nullable().meta({ description: 'Null for what is said of the point or device itself' }),
});

export const spreadsheetChangesSchema = z
  .object({
    applied: z.boolean().meta({ description: 'Whether it is in force' }),
    needsApproval: z.boolean().meta({ description: 'Whether a second person must approve it' }),
    rowsRead: z.number().int(),
    items: z
      .array(
        z.object({
          point: z.string(),
          name: nameSchema,
          isNew: z.boolean(),
          changes: z.array(changeSchema),
        }),
      )
      .meta({ description: 'The points that change, each with the cells that say so' }),
    devices: z
      .array(
        z.object({
          device: z.string(),
          name: nameSchema,
          isNew: z.boolean(),
          secret: z.enum(['drawn', 'given']).nullable().meta({
            description: '`drawn`: the server draws one; null: it keeps the one it has',
          }),
          changes: z.array(changeSchema),
        }),
      )
      .meta({ description: 'The devices that are new, or get another name or secret' }),
    errors: z.array(noteSchema).meta({ description: 'Cells that cannot be read, or say what cannot be' }),
    conflicts: z
      .array(noteSchema.extend({ point: z.string() }))
      .meta({ description: 'Rows that were exported before somebody else changed what they would change' }),
    warnings: z.array(noteSchema).meta({ description: 'What is left alone: columns nobody knows, cells for reading' }),
  })
  .meta({ id: 'SpreadsheetChanges' });
export type SpreadsheetChanges = z.infer<typeof spreadsheetChangesSchema>;

/** Secrets that were drawn leave in this answer, and are kept nowhere. */
export const spreadsheetAppliedSchema = spreadsheetChangesSchema
  .extend({
    secrets: z
      .array(z.object({ device: z.string(), secret: z.string() }))
      .optional()
      .meta({ description: 'That were drawn, this once; kept nowhere in clear' }),
    handout: z
      .object({ name: z.string(), type: z.string(), base64: z.string() })
      .optional()
      .meta({
        description:
          'The same as a spreadsheet for whoever sets up the devices: server, ports, topic, user name, secret; of the ' +
          'kind of the file that was sent',
      }),
  })
  .meta({ id: 'SpreadsheetApplied' });
export type SpreadsheetApplied = z.infer<typeof spreadsheetAppliedSchema>;

export const proposedSpreadsheetSchema = spreadsheetChangesSchema
  .extend({ proposal: proposalSchema })
  .meta({ id: 'ProposedSpreadsheet', description: 'Nothing has changed: the changes wait for a second person' });
