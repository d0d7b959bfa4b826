import type { FastifyRequest } from 'fastify';
import { errorAt, ProblemError } from './problems.ts';

/** The reason of a call whose body is something else: from the query, or the header; null without one. */
export function reasonOf(request: FastifyRequest): string | null {
  const { reason } = request.query as { reason?: string | undefined };
  const header = request.headers['x-brink-reason'];
  const text = reason ?? (typeof header === 'string' ? decoded(header) : '');
  if (text.includes('\0')) {
    const errors = [errorAt('x-brink-reason', { code: 'no-text', values: { fault: 'nul', isName: false } })];
    throw new ProblemError('validation-failed', { errors });
  }
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
