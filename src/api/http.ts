import type { IncomingMessage, ServerResponse } from 'node:http';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  FastifySchemaCompiler,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { brief } from '../lib/brief.ts';
import { problemsOfIssues } from '../model/issue.ts';
import { pointerOf } from '../model/pointer.ts';
import { placeText } from '../model/problem.ts';
import {
  errorAt,
  PROBLEMS,
  type ProblemCode,
  ProblemError,
  type ProblemExtras,
  preferredLanguage,
  problemDocument,
} from './problems.ts';

/** No document of ours is half as deep; schemas that hold themselves are followed as deep as a body goes. */
export const DEPTH_MAX = 100;

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
  // Not the framework's, and no part of the registry is to be imported here.
  REGISTRY_FIXED: 'cluster-fixed',
};

/** Of an address that a failed call went to this much is logged; ids are up to 128 characters. */
const URL_LENGTH = 300;

/** Answers every error as a problem document. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { code, extras } = problemFor(error, request);
  return sendProblem(request, reply, code, extras);
}

/** What an error is to the caller. What is our fault is logged in full and told in general. */
export function problemFor(error: unknown, request: FastifyRequest): { code: ProblemCode; extras?: ProblemExtras } {
  if (error instanceof ProblemError) return error;
  if (error instanceof Error) {
    if (error instanceof RangeError && error.message.includes('call stack') && request.body !== null) {
      // A schema that holds itself (any of any of any …) is followed as deep as the body goes.
      const errors = [errorAt('', { code: 'nested-too-deeply', values: { most: DEPTH_MAX } })];
      return { code: 'validation-failed', extras: { errors } };
    }
    const framework = 'code' in error && typeof error.code === 'string' ? FRAMEWORK_PROBLEMS[error.code] : undefined;
    if (framework !== undefined) return { code: framework };
    const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500;
    if (status >= 400 && status < 500) return { code: 'bad-request', extras: { detail: error.message } };
  }
  // Whoever goes away in the middle of his own request has no answer coming, and it is no fault of ours.
  if (error instanceof Error && 'code' in error && error.code === 'ECONNRESET' && request.raw.destroyed) {
    request.log.debug({ err: error }, 'a caller went away');
    return { code: 'bad-request' };
  }
  request.log.error(
    { err: error, method: request.method, url: brief(request.url.split('?')[0] ?? '', URL_LENGTH) },
    'request failed',
  );
  return { code: 'internal', extras: { members: { requestId: request.id } } };
}

/** Compiles the schemas of requests, so that what they refuse is answered as problems with codes. */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> =
  ({ schema, httpPart }) =>
  (input: unknown) => {
    const outcome = schema.safeParse(input);
    if (outcome.success) return { value: outcome.data };
    const errors = problemsOfIssues(outcome.error.issues, input).map(({ path, ...problem }) =>
      errorAt(httpPart === 'body' ? pointerOf(path) : placeText(path), problem),
    );
    return { error: new ProblemError('validation-failed', { errors }) };
  };
