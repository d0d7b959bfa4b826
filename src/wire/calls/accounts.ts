import { z } from 'zod';
import { refusal } from '../../model/issue.ts';
import { meSchema, newTokenSchema, roleSchema, tokenSchema, userSchema } from '../accounts.ts';
import type { CallTable } from '../call.ts';
import { listOf } from '../page.ts';
import { pageQuery } from '../query.ts';

/** NIST SP 800-63B: at least 8 characters, no rules about kinds of characters, and long ones are welcome. */
const passwordSchema = z.string().min(8).max(256).meta({ format: 'password' });

const USERNAME = /^[\p{L}\p{N}][\p{L}\p{N}._@-]{0,63}$/u;

const usernameSchema = z
  .string()
  .refine((text) => USERNAME.test(text), refusal('bad-username', {}))
  .meta({
    pattern: USERNAME.source,
    description: 'Names that differ only in case are one name',
    examples: ['wang.min'],
  });

/** Logging in and out, users, tokens. */
export const accountCalls = {
  'POST /session': {
    body: z.union([
      z.object({ username: z.string().max(256), password: z.string().max(1_024) }).strict(),
      z.object({ token: z.string().max(256) }).strict(),
    ]),
    answers: { 200: meSchema },
  },
  'DELETE /session': {
    answers: { 204: z.undefined() },
  },
  'GET /me': {
    answers: { 200: meSchema },
  },
  'POST /me/password': {
    body: z.object({ current: z.string().max(1_024), new: passwordSchema }).strict(),
    answers: { 200: meSchema },
  },
  'GET /users': {
    query: z.object(pageQuery(500, 1_000)).strict(),
    answers: { 200: listOf(userSchema) },
  },
  'POST /users': {
    body: z.object({ username: usernameSchema, role: roleSchema, password: passwordSchema }).strict(),
    answers: { 201: userSchema },
  },
  'PATCH /users/{name}': {
    body: z
      .object({ role: roleSchema.optional(), password: passwordSchema.optional() })
      .strict()
      .refine(
        (body) => body.role !== undefined || body.password !== undefined,
        refusal('none-given', { names: ['role', 'password'] }),
      ),
    answers: { 200: userSchema },
  },
  'DELETE /users/{name}': {
    answers: { 204: z.undefined() },
  },
  'GET /tokens': {
    query: z.object(pageQuery(500, 1_000)).strict(),
    answers: { 200: listOf(tokenSchema) },
  },
  'POST /tokens': {
    body: z
      .object({
        name: z.string().trim().min(1).max(64),
        role: roleSchema,
        expiresInDays: z.number().positive().max(3_650).optional().meta({ description: 'Default: never' }),
      })
      .strict(),
    answers: { 201: newTokenSchema },
  },
  'DELETE /tokens/{id}': {
    answers: { 204: z.undefined() },
  },
} as const satisfies CallTable;
