import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { REASON_MAX } from '../model/bounds.ts';
import { errorAt, ProblemError } from './problems.ts';

/** Why a change is made, for the record. */

/** For a body: there must be one. */
export const writtenReason = z
  .string()
  .trim()
  .min(1)
  .max(REASON_MAX)
  .meta({ description: 'Why, for the record', examples: ['汛期前收紧，见值班会纪要'] });

export const reasonQuery = {
  reason: z.string().max(REASON_MAX).optional().meta({ description: 'Why, for the record' }),
};

export const reasonHeader = {
  'x-brink-reason': z
    .string()
    .max(3 * REASON_MAX)
    .optional()
    .meta({ description: 'The same; what is not ASCII percent-encoded UTF-8, as encodeURIComponent gives it' }),
};

/** The reason of a call whose body is something else: from the query, or the header; null without one. */
export function reasonOf(request: FastifyRequest): string | null {
  const { reason } = request.query as { reason?: string | undefined };
  const header = request.headers['x-brink-reason'];
  const text = reason ?? (typeof header === 'string' ? decoded(header) : '');
  return text.trim() === '' ? null : text.trim();
}

function decoded(header: string): string {
  try {
    return decodeURIComponent(header);
  } catch {
    // A percent sign that stands for itself.
    return header;
  }
}

export function reasonMissing(): ProblemError {
  return new ProblemError('validation-failed', { errors: [errorAt('/reason', { code: 'reason-needed', values: {} })] });
}
