import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { changesAnswerSchema } from '../wire/proposals.ts';
import type { ApiDeps } from './deps.ts';
import { fieldInLanguage, preferredLanguage } from './problems.ts';
import { proposalPath, proposalView } from './proposal-view.ts';
import {
  type Changed,
  type ChangedPoint,
  describeChanges,
  needsApproval,
  type WantedDocument,
} from './threshold-changes.ts';

/** The answer to a dry run. */
export function lookedAt(
  deps: ApiDeps,
  request: FastifyRequest,
  wanted: readonly WantedDocument[],
): z.infer<typeof changesAnswerSchema> {
  const items = describeChanges(deps, wanted);
  return { applied: false, needsApproval: needsApproval(deps, items), items: inLanguageOf(request, items) };
}

/** What is wrong with documents, and what is hardly meant, in the language of the caller. */
function inLanguageOf(request: FastifyRequest, items: readonly ChangedPoint[]): ChangedPoint[] {
  const language = preferredLanguage(request.headers['accept-language']);
  return items.map(({ problems, warnings, ...item }) => ({
    ...item,
    problems: problems.map((problem) => fieldInLanguage(problem, language)),
    ...(warnings === undefined ? {} : { warnings: warnings.map((warning) => fieldInLanguage(warning, language)) }),
  }));
}

/** Answers a change of many points: 200 when it is in force, 202 when it waits for a second person. */
export function answerChanges(deps: ApiDeps, reply: FastifyReply, { items: changed, proposal }: Changed) {
  const items = inLanguageOf(reply.request, changed);
  if (proposal === undefined) return reply.code(200).send({ applied: true, needsApproval: false, items });
  const view = proposalView(deps, proposal);
  return reply
    .code(202)
    .header('location', proposalPath(proposal.id))
    .send({ applied: false, needsApproval: true, items, proposal: view });
}
