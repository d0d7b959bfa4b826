import type { Proposal, ProposalSummary } from '../../wire/proposals.ts';

export type { Proposal, ProposalSummary };
export type ProposalItem = Proposal['items'][number];

import { useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import { asked, useStale } from '../api/asked.ts';

/** Nobody waits for an approval by the second, and whoever acts here sees it at once. */
const EVERY_MS = 30_000;

export function useProposals(state: 'pending' | 'all') {
  return useQuery({
    ...asked('GET /thresholds/proposals', { query: { state, limit: 200 } }),
    refetchInterval: EVERY_MS,
  });
}

export function useProposal(id: string | undefined) {
  return useQuery({
    ...asked('GET /thresholds/proposals/{id}', { path: { id: id ?? '' } }),
    enabled: id !== undefined,
  });
}

/** To be called after anything that makes or ends a proposal, or changes thresholds. */
export function useRefreshProposals(): () => Promise<void> {
  const stale = useStale();
  return useCallback(() => stale('GET /thresholds/proposals', 'GET /thresholds/proposals/{id}'), [stale]);
}

/** The proposal that a change of thresholds was answered with; null when the change is in force. */
export function proposedBy(answer: unknown): Proposal | null {
  if (typeof answer !== 'object' || answer === null || !('proposal' in answer)) return null;
  return (answer as { proposal: Proposal }).proposal;
}
