import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import type { ValueChange } from '../../model/difference.ts';
import type { ThresholdDocument } from '../../model/threshold.ts';
import type { Weakening } from '../../model/weakening.ts';
import { type Page, request } from '../api/client.ts';

/** Answers of /thresholds/proposals. */
export interface ProposalSummary {
  readonly id: string;
  readonly state: 'pending' | 'approved' | 'rejected' | 'withdrawn' | 'expired';
  readonly author: string;
  readonly at: number;
  readonly reason: string;
  readonly expiresAt: number;
  readonly decidedBy: string | null;
  readonly decidedAt: number | null;
  readonly note: string | null;
  readonly outdated: boolean;
  readonly points: readonly string[];
}

export interface ProposalItem {
  readonly point: string;
  readonly revision: number;
  readonly until: number | null;
  readonly changes: readonly ValueChange[];
  readonly weakens: readonly Weakening[];
  readonly outdated: boolean;
  readonly made: number | null;
  readonly before: ThresholdDocument;
  readonly document: ThresholdDocument;
}

export interface Proposal extends Omit<ProposalSummary, 'points'> {
  readonly items: readonly ProposalItem[];
}

const KEY = 'proposals';
/** Nobody waits for an approval by the second, and whoever acts here sees it at once. */
const EVERY_MS = 30_000;

interface ProposalsPage extends Page<ProposalSummary> {
  readonly required: boolean;
}

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
