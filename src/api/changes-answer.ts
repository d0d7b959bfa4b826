import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import type { ApiDeps } from './deps.ts';
import { proposalPath, proposalView } from './proposal-view.ts';
import type { changesAnswerSchema } from './schemas.ts';
import { type Changed, describeChanges, needsApproval, type WantedDocument } from './threshold-changes.ts';

/** The answer to a dry run. */
export function lookedAt(deps: ApiDeps, wanted: readonly WantedDocument[]): z.infer<typeof changesAnswerSchema> {
  const items = describeChanges(deps, wanted);
  return { applied: false, needsApproval: needsApproval(deps, items), items };
}

/** Answers a change of many points: 200 when it is in force, 202 when it waits for a second person. */
export function answerChanges(deps: ApiDeps, reply: FastifyReply, { items, proposal }: Changed) {
  if (proposal === undefined) return reply.code(200).send({ applied: true, needsApproval: false, items });
  const view = proposalView(deps, proposal);
  return reply
    .code(202)
    .header('location', proposalPath(proposal.id))
    .send({ applied: false, needsApproval: true, items, proposal: view });
}
