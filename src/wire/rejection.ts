import { z } from 'zod';

/** Why something that a device has sent could not be read. */
export const rejectionSchema = z.object({
  reason: z
    .string()
    .meta({ description: 'Stable code to filter by, as in the quarantine: unknown-device, not-json, …' }),
  detail: z.string().meta({ description: 'What is wrong, in English' }),
  code: z.string().nullable().meta({
    description:
      'What is wrong, closer than `reason`; stable, programs branch on it. Null for what was kept by a version before this',
  }),
  values: z
    .record(z.string(), z.unknown())
    .nullable()
    .meta({
      description:
        'What `detail` names: by the code; `item`, of a batch the item that is meant, from 0; `more`, how much could not ' +
        'be read besides',
    }),
});
