import type { Revision } from '../../../wire/thresholds.ts';

export type { Revision };

import { useQuery } from '@tanstack/react-query';
import { type Page, request } from '../../api/client.ts';

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
