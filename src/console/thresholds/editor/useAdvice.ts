import { useQuery } from '@tanstack/react-query';
import type { ThresholdAdvice } from '../../../model/advice.ts';
import { request } from '../../api/client.ts';
import type { TimeWindow } from './incidents.ts';

const TIMEOUT_MS = 300_000;

interface Options {
  readonly point: string;
  readonly rule: string | null;
  readonly period: TimeWindow;
  readonly revision: number;
  readonly enabled: boolean;
}

/** What history says about the deadband and delays of a rule in force. */
export function useAdvice({ point, rule, period, revision, enabled }: Options) {
  return useQuery({
    queryKey: ['threshold-advice', point, revision, rule, period.fromMs, period.toMs],
    enabled: enabled && rule !== null,
    staleTime: 600_000,
    queryFn: ({ signal }) =>
      request<ThresholdAdvice>(`/points/${encodeURIComponent(point)}/thresholds/advice`, {
        signal,
        timeoutMs: TIMEOUT_MS,
        query: { rule, from: period.fromMs, to: period.toMs },
      }),
  });
}
