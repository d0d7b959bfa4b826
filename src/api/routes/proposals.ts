import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { mayAct } from '../../model/roles.ts';
import type { ProposalOutcome } from '../../model/threshold-change.ts';
import type { Proposal } from '../../model/threshold-records.ts';
import type { proposalSchema } from '../../wire/proposals.ts';
import { principalOf } from '../auth.ts';
import type { ApiDeps } from '../deps.ts';
import { ProblemError } from '../problems.ts';
import { proposalSummary, proposalView } from '../proposal-view.ts';
import { decodeCursor, encodeCursor } from '../query.ts';
import { route } from '../route.ts';
import { refusal } from '../threshold-changes.ts';

/** Changes that wait for a second person: what they are, and what becomes of them. */
export function proposalRoutes(deps: ApiDeps): FastifyPluginAsyncZod {
  const { proposals } = deps;

  function known(id: string): Proposal {
    const found = proposals.get(id);
    if (found === undefined) throw new ProblemError('unknown-proposal', { detail: id });
    return found;
  }

  function answer(outcome: ProposalOutcome, id: string): z.infer<typeof proposalSchema> {
    if (outcome.ok) return proposalView(deps, outcome.proposal);
    switch (outcome.error) {
      case 'unknown-proposal':
        throw new ProblemError('unknown-proposal', { detail: id });
      case 'own':
        throw new ProblemError('proposal-own');
      case 'expired':
        throw new ProblemError('proposal-expired');
      case 'decided': {
        const { decision, decidedBy } = outcome.proposal;
        throw new ProblemError('proposal-decided', { members: { state: decision, decidedBy } });
      }
      case 'refused': {
        const isOutdated = outcome.failures.every(({ error }) => error !== 'invalid');
        if (!isOutdated) throw refusal(outcome.failures, []);
        const points = outcome.failures.map(({ point }) => point);
        throw new ProblemError('proposal-outdated', { detail: points.join(', '), members: { points } });
      }
    }
  }

  /** A token speaks for whoever made it, so that nobody is two people by having one. */
  function refuseOwn(request: FastifyRequest, { author }: Proposal): void {
    const { name } = principalOf(request);
    const makers = (of: string) =>
      deps.accounts.tokens().flatMap((token) => (`token:${token.name}` === of ? [token.createdBy] : []));
    if (name === author || makers(author).includes(name) || makers(name).includes(author)) {
      throw new ProblemError('proposal-own');
    }
  }

  return async (app) => {
    route(
      app,
      'GET /thresholds/proposals',
      {
        access: 'viewer',
        tags: ['thresholds'],
        summary: 'Changes of thresholds that wait for a second person, newest first',
        description:
          'Where the site wants it (setting `secondApproval`), a change that makes an orange or red level harder to ' +
          'reach is answered with 202 and becomes a proposal: a limit moved away, a longer delay, a level or rule ' +
          'removed, a latch switched off, whether by PUT, restore, template, table or temporary values. Nothing is in ' +
          'force until another engineer or administrator approves it. `required` says whether that is so here.',
      },
      async (request) => {
        const { state, limit, cursor } = request.query;
        const before = decodeCursor(z.number(), cursor);
        const found = proposals.list({ pendingOnly: state === 'pending', before, limit: limit + 1 });
        const page = found.slice(0, limit);
        const last = page.at(-1);
        return {
          items: page.map((proposal) => proposalSummary(deps, proposal)),
          next: found.length > limit && last !== undefined ? encodeCursor(last.number) : null,
          required: proposals.required,
        };
      },
    );

    route(
      app,
      'GET /thresholds/proposals/{id}',
      { access: 'viewer', tags: ['thresholds'], summary: 'One proposal with its documents' },
      async (request) => proposalView(deps, known(request.params.id)),
    );

    route(
      app,
      'POST /thresholds/proposals/{id}/approve',
      {
        access: 'engineer',
        tags: ['thresholds'],
        summary: 'Approve a proposal: its documents come into force, with both names',
        description:
          'Not by its author, nor with a token that its author made (`proposal-own`). All of its points or none: when ' +
          'one of them has been changed since, 409 `proposal-outdated`, and it must be made again.',
      },
      async (request) => {
        const { id } = request.params;
        refuseOwn(request, known(id));
        return answer(await proposals.approve(id, principalOf(request).name, request.body.note || null), id);
      },
    );

    route(
      app,
      'POST /thresholds/proposals/{id}/reject',
      { access: 'engineer', tags: ['thresholds'], summary: 'Reject a proposal, and say why' },
      async (request) => {
        const { id } = request.params;
        refuseOwn(request, known(id));
        return answer(proposals.close(id, 'rejected', principalOf(request).name, request.body.note), id);
      },
    );

    route(
      app,
      'POST /thresholds/proposals/{id}/withdraw',
      { access: 'engineer', tags: ['thresholds'], summary: 'Take back a proposal: its author, or an administrator' },
      async (request) => {
        const { id } = request.params;
        const { name, role } = principalOf(request);
        if (known(id).author !== name && !mayAct(role, 'admin')) throw new ProblemError('forbidden');
        return answer(proposals.close(id, 'withdrawn', name, request.body.note || null), id);
      },
    );
  };
}
