import { useQuery } from '@tanstack/react-query';
import { keyOf } from '../api/asked.ts';
import { exchange } from '../api/client.ts';
import type { PresentThresholds } from './present-thresholds.ts';

export function thresholdsKey(point: string) {
  return keyOf('GET /points/{id}/thresholds', { path: { id: point } });
}

export async function fetchThresholds(point: string, signal?: AbortSignal): Promise<PresentThresholds> {
  const {
    body: document,
    etag,
    headers,
  } = await exchange('GET /points/{id}/thresholds', { path: { id: point }, signal });
  const until = headers.get('x-brink-until');
  return { revision: revisionOf(etag), untilMs: until === null ? null : Number(until), document };
}

/** The revision an answer is about, by its ETag; a proxy may have made the tag weak. */
export function revisionOf(etag = ''): number {
  return Number(etag.replace(/\D/g, ''));
}

/** `refetchEveryMs`: somebody else may change them while one looks. */
export function useThresholds(point: string, { refetchEveryMs }: { readonly refetchEveryMs?: number } = {}) {
  return useQuery({
    queryKey: thresholdsKey(point),
    queryFn: ({ signal }) => fetchThresholds(point, signal),
    refetchInterval: refetchEveryMs ?? false,
  });
}
