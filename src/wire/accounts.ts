import { z } from 'zod';
import { ROLES } from '../model/roles.ts';

export const roleSchema = z.enum(ROLES).meta({ id: 'Role' });

export const meSchema = z
  .object({
    username: z.string().meta({ description: 'As the alert log records it; `token:NAME` for a token' }),
    role: roleSchema,
    via: z.enum(['session', 'token', 'local']),
    mustChangePassword: z.boolean().meta({
      description:
        'Somebody else has set the password: until it is changed all but that is refused (password-change-required)',
    }),
    expiresAt: z.number().nullable(),
  })
  .meta({ id: 'Me' });
export type Me = z.infer<typeof meSchema>;

export const userSchema = z
  .object({
    username: z.string(),
    role: roleSchema,
    mustChangePassword: z.boolean(),
    createdAt: z.number(),
    lastLoginAt: z.number().nullable(),
  })
  .meta({ id: 'User' });
export type User = z.infer<typeof userSchema>;

export const tokenSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    role: roleSchema,
    prefix: z.string().meta({ description: 'The first characters, to recognise it by' }),
    createdBy: z.string(),
    createdAt: z.number(),
    expiresAt: z.number().nullable(),
    lastUsedAt: z.number().nullable(),
  })
  .meta({ id: 'Token' });
export type Token = z.infer<typeof tokenSchema>;

export const newTokenSchema = tokenSchema.extend({ token: z.string() }).meta({ id: 'NewToken' });
export type NewToken = z.infer<typeof newTokenSchema>;
