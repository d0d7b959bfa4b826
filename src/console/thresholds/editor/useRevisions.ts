import { useQuery } from '@tanstack/react-query';
import type { ThresholdDocument } from '../../../model/threshold.ts';
import { type Page, request } from '../../api/client.ts';

export interface Revision {
  readonly revision: number;
  readonly document: ThresholdDocument;
  readonly author: string;
  readonly at: number;
  readonly reason: string | null;
  /** Until when it was meant to be in force, ms; null for good. */
  readonly until: number | null;
  readonly revertsTo: number | null;
}

/** Further back than this nobody has looked yet; the list says when there are more. */
const SHOWN_MAX = 200;

export function useRevisions(point: string) {
  return useQuery({
    queryKey: ['threshold-revisions', point],
    queryFn: ({ signal }) =>
      request<Page<Revision>>(`/points/${encodeURIComponent(point)}/thresholds/revisions`, {
        signal,
        query: { limit: SHOWN_MAX },
      }),
    staleTime: 0,
  });
}
