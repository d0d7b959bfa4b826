import { z } from 'zod';

/** A time in a document, ms since 1970, described. */
export const timeMs = (description: string) => z.number().meta({ description: `${description}, ms since 1970` });

/** The same of something that may not have happened: null then. */
export const timeMsOrNull = (description: string) =>
  z
    .number()
    .nullable()
    .meta({ description: `${description}, ms since 1970` });
