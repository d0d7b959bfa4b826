import { z } from 'zod';
import type { CallTable } from '../call.ts';
import { backupSchema, healthSchema, systemSchema, versionSchema } from '../system.ts';

/** The server itself. */
export const systemCalls = {
  'POST /backup': {
    body: z
      .object({
        folder: z
          .string()
          .min(1)
          .max(4_096)
          .meta({
            description: 'Name below the backups folder, or absolute path; must not be there yet',
            examples: ['2026-07-01'],
          }),
      })
      .strict(),
    answers: { 201: backupSchema },
  },
  'GET /health': {
    answers: { 200: healthSchema, 503: healthSchema },
  },
  'GET /metrics': {
    answers: { 200: { content: { 'text/plain': { schema: z.string() } } } },
  },
  'GET /version': {
    answers: {
      200: versionSchema,
    },
  },
  'GET /system': {
    answers: { 200: systemSchema },
  },
} as const satisfies CallTable;
