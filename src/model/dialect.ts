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
    gbt26875: z
      .object({
        /** How times are written; `auto`: whichever is nearer to now. */
        time: z.enum(['auto', 'binary', 'bcd']).default('auto'),
        /** Which byte of a state comes first. */
        state: z.enum(['little-endian', 'big-endian']).default('little-endian'),
        /** `one`: a transmission device has one system, and when that is well, nothing stands that was reported. */
        systems: z.enum(['several', 'one']).default('several'),
        /** `set`: a clock that is off by more than 30 s is set, at most once in an hour. */
        clock: z.enum(['leave', 'set']).default('leave'),
      })
      .strict()
      .optional(),
  })
  .strict();
export type Dialect = z.infer<typeof dialectSchema>;
