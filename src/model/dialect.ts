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
    modbus: modbusSchema.optional(),
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
