import { useQuery } from '@tanstack/react-query';
import { asked } from '../api/asked.ts';

export type { Revision } from '../../wire/thresholds.ts';

/** Further back than this nobody has looked yet; the list says when there are more. */
const SHOWN_MAX = 200;

/** The revisions of a point's thresholds, newest first. */
export function useRevisions(point: string) {
  return useQuery({
    ...asked('GET /points/{id}/thresholds/revisions', { path: { id: point }, query: { limit: SHOWN_MAX } }),
    staleTime: 0,
  });
}
