import { z } from 'zod';
import { problemSchema } from './problem.ts';

/** A line of an answer that tells how far it is (`model/progress.ts`). */
export function lineSchema<T extends z.ZodType>(result: T) {
  return z.union([
    z.object({ share: z.number().meta({ description: 'How far it is, 0 to 1' }) }),
    z.object({ result }),
    z.object({ problem: problemSchema }),
  ]);
}
