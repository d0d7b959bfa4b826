import type { z } from 'zod';
import { differencesOf } from '../model/difference.ts';
import { EMPTY_DOCUMENT } from '../model/empty-document.ts';
import type { Proposal, ProposedItem } from '../model/threshold-records.ts';
import type { proposalSchema, proposalSummarySchema } from '../wire/proposals.ts';
import type { ApiDeps } from './deps.ts';

type Deps = Pick<ApiDeps, 'thresholds' | 'nowMs'>;

/** Where a proposal is to be found. */
export function proposalPath(id: string): string {
  return `/api/v1/thresholds/proposals/${encodeURIComponent(id)}`;
}

/** A proposal with every document, and what stood there before. */
export function proposalView(deps: Deps, proposal: Proposal): z.infer<typeof proposalSchema> {
  const items = proposal.items.map((item) => {
    const { point, revision, document, untilMs, weakens, made } = item;
    const before = deps.thresholds.revision(point, revision)?.document ?? EMPTY_DOCUMENT;
    const outdated = isOutdated(deps, proposal, item);
    const changes = differencesOf(before, document);
    return { point, revision, until: untilMs, changes, weakens: [...weakens], outdated, made, before, document };
  });
  return { ...fieldsOf(deps, proposal), items };
}

/** A proposal as a list has it. */
export function proposalSummary(deps: Deps, proposal: Proposal): z.infer<typeof proposalSummarySchema> {
  return { ...fieldsOf(deps, proposal), points: proposal.items.map(({ point }) => point) };
}

function fieldsOf(deps: Deps, proposal: Proposal) {
  const { id, author, atMs, reason, expiresMs, decision, decidedBy, decidedMs, note } = proposal;
  const state: z.infer<typeof proposalSummarySchema>['state'] =
    decision ?? (expiresMs <= deps.nowMs() ? 'expired' : 'pending');
  const outdated = proposal.items.some((item) => isOutdated(deps, proposal, item));
  return { id, state, author, at: atMs, reason, expiresAt: expiresMs, decidedBy, decidedAt: decidedMs, note, outdated };
}

/** Only what still waits can be outdated. */
function isOutdated({ thresholds }: Deps, { decision }: Proposal, { point, revision }: ProposedItem): boolean {
  return decision === null && thresholds.get(point)?.revision !== revision;
}
