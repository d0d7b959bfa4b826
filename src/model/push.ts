import { z } from 'zod';
import { idSchema } from './names.ts';

/** Platforms of NB-IoT devices that post what they have; each has a format of its name. */
export const PLATFORMS = ['ctwing', 'onenet', 'iotda'] as const;

/** A platform that may post here, at `POST /api/v1/push/{name}`. */
export const pushSchema = z
  .object({
    /** Quarantine calls it so, and its address ends with it. */
    name: idSchema,
    platform: z.enum(PLATFORMS),
    /** The `key` of its address; of OneNET the token that it signs with. */
    secret: z.string().min(16).max(256),
  })
  .strict();
export type Push = z.infer<typeof pushSchema>;
