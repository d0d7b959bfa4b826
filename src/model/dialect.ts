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
    sl651: z
      .object({
        /** `answer`: a station wants to hear that it was heard when it says that it is there (2F). */
        keepAlive: z.enum(['silent', 'answer']).default('silent'),
        /** `stay`: a station is asked to keep the line after a report (1B), in place of ending the talk (04). */
        afterReport: z.enum(['end', 'stay']).default('end'),
      })
      .strict()
      .optional(),
  })
  .strict();
export type Dialect = z.infer<typeof dialectSchema>;
