import { z } from 'zod';

/** In which dialect a kind of device speaks a protocol; what is left out is as the standard has it. */
export const dialectSchema = z
  .object({
    hj212: z
      .object({
        /** `lenient`: frames with a wrong checksum or length are read. */
        checksum: z.enum(['strict', 'lenient']).default('strict'),
      })
      .strict()
      .optional(),
  })
  .strict();
export type Dialect = z.infer<typeof dialectSchema>;
