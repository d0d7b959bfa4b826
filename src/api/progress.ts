import { PassThrough } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LINES_TYPE, type Line } from '../model/progress.ts';
import { problemFor } from './http.ts';
import { preferredLanguage, problemDocument } from './problems.ts';

type OnProgress = (share: number) => void;

/**
 * Answers a caller who takes lines with how far the work is, a line each, and with the result or the problem as the last
 * one; all others with the result alone. What is wrong before the first line is a problem with its own status.
 */
export async function withProgress<T>(
  request: FastifyRequest,
  reply: FastifyReply,
  work: (onProgress: OnProgress) => Promise<T>,
): Promise<T | FastifyReply> {
  if (!(request.headers.accept ?? '').includes(LINES_TYPE)) return work(() => {});
  const lines = new PassThrough();
  let hasBegun = false;
  const write = (line: Line<T>) => {
    // Whoever has gone is told nothing.
    if (reply.raw.destroyed) return;
    if (!hasBegun) void reply.type(LINES_TYPE).send(lines);
    hasBegun = true;
    lines.write(`${JSON.stringify(line)}\n`);
  };
  try {
    const result = await work((share) => write({ share }));
    write({ result });
  } catch (error) {
    if (!hasBegun) throw error;
    const { code, extras = {} } = problemFor(error, request);
    write({ problem: problemDocument(code, extras, preferredLanguage(request.headers['accept-language'])) });
  }
  lines.end();
  return reply;
}
