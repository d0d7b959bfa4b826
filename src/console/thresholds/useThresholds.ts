import { useQuery } from '@tanstack/react-query';
import type { ThresholdDocument } from '../../model/threshold.ts';
import { send } from '../api/client.ts';
import type { PresentThresholds } from './present-thresholds.ts';

export function thresholdsKey(point: string): readonly string[] {
  return ['thresholds', point];
}

export async function fetchThresholds(point: string, signal?: AbortSignal): Promise<PresentThresholds> {
  const response = await send(`/points/${encodeURIComponent(point)}/thresholds`, { signal });
  const until = response.headers.get('x-brink-until');
  return {
    revision: revisionOf(response),
    untilMs: until === null ? null : Number(until),
    document: (await response.json()) as ThresholdDocument,
  };
}

/** The revision an answer is about, by its ETag; a proxy may have made the tag weak. */
export function revisionOf(response: Response): number {
  return Number((response.headers.get('etag') ?? '').replace(/\D/g, ''));
}

/** `refetchEveryMs`: somebody else may change them while one looks. */
export function useThresholds(point: string, { refetchEveryMs }: { readonly refetchEveryMs?: number } = {}) {
  return useQuery({
    queryKey: thresholdsKey(point),
    queryFn: ({ signal }) => fetchThresholds(point, signal),
    refetchInterval: refetchEveryMs ?? false,
  });
}
