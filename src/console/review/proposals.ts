import type { Proposal, ProposalSummary, ProposalsPage } from '../../wire/proposals.ts';

export type { Proposal, ProposalSummary };
export type ProposalItem = Proposal['items'][number];

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { request } from '../api/client.ts';

const KEY = 'proposals';
/** Nobody waits for an approval by the second, and whoever acts here sees it at once. */
const EVERY_MS = 30_000;

export function useProposals(state: 'pending' | 'all') {
  return useQuery({
    queryKey: [KEY, state],
    queryFn: ({ signal }) => request<ProposalsPage>('/thresholds/proposals', { signal, query: { state, limit: 200 } }),
    refetchInterval: EVERY_MS,
  });
}

export function useProposal(id: string | undefined) {
  return useQuery({
    queryKey: [KEY, 'one', id],
    queryFn: ({ signal }) => request<Proposal>(`/thresholds/proposals/${encodeURIComponent(id ?? '')}`, { signal }),
    enabled: id !== undefined,
  });
}

/** To be called after anything that makes or ends a proposal, or changes thresholds. */
export function useRefreshProposals(): () => Promise<void> {
  const client = useQueryClient();
  return useCallback(() => client.invalidateQueries({ queryKey: [KEY] }), [client]);
}

/** The proposal that a change of thresholds was answered with; null when the change is in force. */
export function proposedBy(answer: unknown): Proposal | null {
  if (typeof answer !== 'object' || answer === null || !('proposal' in answer)) return null;
  return (answer as { proposal: Proposal }).proposal;
}
