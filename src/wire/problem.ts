import { z } from 'zod';

export const fieldErrorSchema = z
  .object({
    path: z.string(),
    message: z.string().meta({ description: 'In Chinese or English, by Accept-Language' }),
    code: z.string().optional().meta({ description: 'What is wrong; stable, programs branch on it' }),
    values: z.record(z.string(), z.unknown()).optional().meta({ description: 'What the message names: by the code' }),
  })
  .meta({ id: 'FieldError', description: 'One thing wrong with one field' });
export type FieldError = z.infer<typeof fieldErrorSchema>;

export const problemSchema = z
  .looseObject({
    type: z.string(),
    title: z.string().meta({ description: 'In Chinese or English, by Accept-Language' }),
    status: z.number().int(),
    detail: z.string().optional(),
    code: z.string().meta({ description: 'Stable; programs branch on it' }),
    errors: z
      .array(fieldErrorSchema)
      .optional()
      .meta({ description: 'Every field that is wrong: a JSON pointer into the body, or a parameter' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem document' });
