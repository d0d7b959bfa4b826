import { z } from 'zod';
import { durationSchema } from './duration.ts';
import { metricNameSchema } from './names.ts';

const valueSchema = z
  .object({
    /** Its first register, or its coil, as the protocol counts: from 0. */
    at: z.number().int().min(0).max(65_535),
    type: z.enum(['u16', 'i16', 'u32', 'i32', 'f32', 'bit']).default('u16'),
    /** Of a bit within a register: from 0, the lowest. */
    bit: z.number().int().min(0).max(15).default(0),
    /** In which order the four bytes of a value come; A is the highest. */
    order: z.enum(['ABCD', 'CDAB', 'BADC', 'DCBA']).default('ABCD'),
    scale: z.number().default(1),
    /** Added after scaling. */
    offset: z.number().default(0),
  })
  .strict();
export type ModbusValue = z.infer<typeof valueSchema>;

const modbusSchema = z
  .object({
    /** How often all is asked for. */
    every: durationSchema.default('30s'),
    /** How long an answer may take. */
    timeout: durationSchema.default('5s'),
    units: z
      .array(
        z
          .object({
            unit: z.number().int().min(1).max(247).default(1),
            /** 1 coils, 2 inputs, 3 holding registers, 4 input registers. */
            func: z.number().int().min(1).max(4).default(3),
            metrics: z.record(metricNameSchema, valueSchema),
          })
          .strict(),
      )
      .max(64)
      .default([]),
  })
  .strict();

/** What can be said of one device as well as of its kind. */
export const WAYS = {
  hj212: {
    /** `lenient`: frames with a wrong checksum or length are read. */
    checksum: z.enum(['strict', 'lenient']),
    /** `set`: a clock that is off by more than a minute is set, at most once in an hour. */
    clock: z.enum(['leave', 'set']),
  },
  sl651: {
    /** `answer`: a station wants to hear that it was heard when it says that it is there (2F). */
    keepAlive: z.enum(['silent', 'answer']),
    /** `stay`: a station is asked to keep the line after a report (1B), in place of ending the talk (04). */
    afterReport: z.enum(['end', 'stay']),
  },
  gbt26875: {
    /** How times are written; `auto`: whichever is nearer to now. */
    time: z.enum(['auto', 'binary', 'bcd']),
    /** Which byte of a state comes first. */
    state: z.enum(['little-endian', 'big-endian']),
    /** `one`: a transmission device has one system, and when that is well, nothing stands that was reported. */
    systems: z.enum(['several', 'one']),
    /** `set`: a clock that is off by more than 30 s is set, at most once in an hour. */
    clock: z.enum(['leave', 'set']),
  },
} as const;

/** In which dialect a kind of device speaks a protocol; what is left out is as the standard has it. */
export const dialectSchema = z
  .object({
    hj212: z
      .object({ checksum: WAYS.hj212.checksum.default('strict'), clock: WAYS.hj212.clock.default('leave') })
      .strict()
      .optional(),
    sl651: z
      .object({
        keepAlive: WAYS.sl651.keepAlive.default('silent'),
        afterReport: WAYS.sl651.afterReport.default('end'),
      })
      .strict()
      .optional(),
    modbus: modbusSchema.optional(),
    gbt26875: z
      .object({
        time: WAYS.gbt26875.time.default('auto'),
        state: WAYS.gbt26875.state.default('little-endian'),
        systems: WAYS.gbt26875.systems.default('several'),
        clock: WAYS.gbt26875.clock.default('leave'),
      })
      .strict()
      .optional(),
  })
  .strict();
export type Dialect = z.infer<typeof dialectSchema>;

/** Where one device differs from its kind; what is left out is as its profile has it. */
export const ownDialectSchema = z
  .object({
    hj212: z.object(WAYS.hj212).partial().strict().optional(),
    sl651: z.object(WAYS.sl651).partial().strict().optional(),
    gbt26875: z.object(WAYS.gbt26875).partial().strict().optional(),
  })
  .strict();
export type OwnDialect = z.infer<typeof ownDialectSchema>;

/** How a device speaks: as its kind does, but for what is said of it alone. */
export function dialectOf(profile: Dialect | undefined, own: OwnDialect | undefined): Dialect | undefined {
  if (own === undefined) return profile;
  const { hj212, sl651, gbt26875 } = dialectSchema.parse({
    hj212: own.hj212 && { ...profile?.hj212, ...own.hj212 },
    sl651: own.sl651 && { ...profile?.sl651, ...own.sl651 },
    gbt26875: own.gbt26875 && { ...profile?.gbt26875, ...own.gbt26875 },
  });
  return {
    ...profile,
    ...(hj212 === undefined ? {} : { hj212 }),
    ...(sl651 === undefined ? {} : { sl651 }),
    ...(gbt26875 === undefined ? {} : { gbt26875 }),
  };
}
