import { z } from 'zod';
import { idSchema } from '../names.ts';

/** A telephone number as people write it in China: a mobile or a landline, or international with a plus. */
export const phoneSchema = z.string().regex(/^\+?\d[\d -]{4,24}$/);

/** A person's id in a chat. What stands for everybody of a group, such as `@all`, is nobody's. */
const chatIdSchema = z
  .string()
  .max(64)
  .regex(/^(?!all$)[^@<>\s][^<>\s]*$/i);

/** Somebody who can be told. An account is not needed; with one, what his console has shown him counts as seen. */
export const personSchema = z
  .object({
    id: idSchema,
    name: z.string().min(1).max(64),
    /** What he is in the office: 值班长, 网格员, 安监办主任. */
    role: z.string().max(64).optional(),
    areas: z.array(idSchema).max(64).default([]),
    /** SMS, calls and the modem go there; robots mention by it. */
    phone: phoneSchema.optional(),
    email: z.email().optional(),
    /** His id in each chat, by which a robot mentions him where the telephone number is not enough. */
    wecom: chatIdSchema.optional(),
    dingtalk: chatIdSchema.optional(),
    feishu: chatIdSchema.optional(),
    /** Channels by which he is told when nobody says otherwise, in his order. */
    by: z.array(idSchema).max(16).default([]),
    language: z.enum(['zh', 'en']).default('zh'),
    account: z.string().min(1).max(128).optional(),
    note: z.string().max(512).optional(),
  })
  .strict();
export type Person = z.infer<typeof personSchema>;

export const teamSchema = z
  .object({ id: idSchema, name: z.string().min(1).max(64), members: z.array(idSchema).max(256).default([]) })
  .strict();
export type Team = z.infer<typeof teamSchema>;
