import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { remainingMs } from '../../../model/progress.ts';
import { keyOf } from '../../api/asked.ts';
import { follow } from '../../api/client.ts';
import type { TimeWindow } from './incidents.ts';

/** How far work is, 0 to 1; null before that is known. */
export interface Progress {
  readonly share: number | null;
  readonly remainingMs: number | null;
}

const NONE: Progress = { share: null, remainingMs: null };
const TIMEOUT_MS = 300_000;

interface Options {
  readonly point: string;
  readonly rule: string | null;
  readonly period: TimeWindow;
  readonly revision: number;
  readonly enabled: boolean;
}

/** What history says about the deadband and delays of a rule in force, and until it does how far that is. */
export function useAdvice({ point, rule, period, revision, enabled }: Options) {
  const [progress, setProgress] = useState<Progress>(NONE);
  const query = useQuery({
    queryKey: keyOf(
      'GET /points/{id}/thresholds/advice',
      { path: { id: point } },
      revision,
      rule,
      period.fromMs,
      period.toMs,
    ),
    enabled: enabled && rule !== null,
    staleTime: 600_000,
    queryFn: ({ signal }) => {
      const startedMs = performance.now();
      setProgress(NONE);
      return follow(
        'GET /points/{id}/thresholds/advice',
        (share) => setProgress({ share, remainingMs: remainingMs(share, performance.now() - startedMs) }),
        { signal, timeoutMs: TIMEOUT_MS, path: { id: point }, query: { rule, from: period.fromMs, to: period.toMs } },
      );
    },
  });
  return { query, progress };
}
