import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { brief } from '../lib/brief.ts';
import {
  type FieldError,
  PROBLEMS,
  type ProblemCode,
  ProblemError,
  type ProblemExtras,
  preferredLanguage,
  problemDocument,
} from './problems.ts';

export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  code: ProblemCode,
  extras: ProblemExtras = {},
): FastifyReply {
  const language = preferredLanguage(request.headers['accept-language']);
  if (extras.retryAfterSeconds !== undefined) reply.header('retry-after', extras.retryAfterSeconds);
  return reply
    .code(PROBLEMS[code].status)
    .header('content-type', 'application/problem+json')
    .header('content-language', language)
    .header('vary', 'accept-language')
    .serializer((text: string) => text)
    .send(JSON.stringify(problemDocument(code, extras, language)));
}

/** What Fastify itself refuses a request for, by its error code. */
const FRAMEWORK_PROBLEMS: Record<string, ProblemCode> = {
  FST_ERR_CTP_INVALID_JSON_BODY: 'bad-json',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'bad-json',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media-type',
  FST_ERR_CTP_BODY_TOO_LARGE: 'body-too-large',
};

/** Of an address that a failed call went to this much is logged; ids are up to 128 characters. */
const URL_LENGTH = 300;

/** Answers every error as a problem document. What is our fault is logged in full and told in general. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof ProblemError) return sendProblem(request, reply, error.code, error.extras);
  if (error instanceof Error) {
    const errors = validationErrors(error);
    if (errors !== undefined) return sendProblem(request, reply, 'validation-failed', { errors });
    if (error instanceof RangeError && error.message.includes('call stack') && request.body !== null) {
      // A schema that holds itself (any of any of any …) is followed as deep as the body goes.
      return sendProblem(request, reply, 'validation-failed', {
        errors: [{ path: '', message: 'is nested too deeply' }],
      });
    }
    const framework = 'code' in error && typeof error.code === 'string' ? FRAMEWORK_PROBLEMS[error.code] : undefined;
    if (framework !== undefined) return sendProblem(request, reply, framework);
    const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500;
    if (status >= 400 && status < 500) return sendProblem(request, reply, 'bad-request', { detail: error.message });
  }
  request.log.error(
    { err: error, method: request.method, url: brief(request.url.split('?')[0] ?? '', URL_LENGTH) },
    'request failed',
  );
  return sendProblem(request, reply, 'internal', { members: { requestId: request.id } });
}

/** The fields of a validation error of fastify-type-provider-zod; undefined for any other error. */
function validationErrors(error: Error): FieldError[] | undefined {
  if (!('validation' in error) || !Array.isArray(error.validation)) return undefined;
  const inBody = 'validationContext' in error && error.validationContext === 'body';
  return error.validation.flatMap((issue: Issue) =>
    fieldErrors(issue).map(({ path, message }) => ({ path: inBody ? path : path.replace(/^\//, ''), message })),
  );
}

interface Issue {
  readonly instancePath?: string;
  readonly path?: readonly PropertyKey[];
  readonly message?: string;
  readonly params?: { readonly errors?: unknown; readonly issues?: unknown };
  readonly errors?: unknown;
  readonly issues?: unknown;
}

/**
 * Zod says of a union only that nothing fits and keeps the reasons of each branch below it. The reasons of the branch
 * that came furthest are what helps the person who wrote the value.
 */
function fieldErrors(issue: Issue, prefix = ''): FieldError[] {
  const own = issue.instancePath ?? (issue.path ?? []).map((part) => `/${String(part)}`).join('');
  const path = (prefix + own).replace(/\/$/, '');
  const branches = issue.params?.errors ?? issue.errors;
  if (Array.isArray(branches) && branches.length > 0) {
    const reasons = branches
      .map((branch: readonly Issue[]) => branch.flatMap((inner) => fieldErrors(inner, path)))
      .sort((a, b) => depth(b) - depth(a));
    const best = reasons[0];
    if (best !== undefined && best.length > 0 && depth(best) > path.length) return best;
  }
  const keyIssues = issue.params?.issues ?? issue.issues;
  const why = Array.isArray(keyIssues) ? keyIssues.map((inner: Issue) => inner.message).join('; ') : '';
  return [{ path, message: why === '' ? (issue.message ?? 'invalid') : `${issue.message}: ${why}` }];
}

function depth(errors: readonly FieldError[]): number {
  return Math.max(0, ...errors.map((error) => error.path.length));
}
