import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { ThresholdDocument } from '../../../model/threshold.ts';
import { keyOf } from '../../api/asked.ts';
import { call } from '../../api/client.ts';
import type { TimeWindow } from './incidents.ts';

/** How long nothing is typed before it is worth judging, ms. */
const PAUSE_MS = 400;
/** Three months of readings at 10 s on a busy machine. */
const TIMEOUT_MS = 120_000;

/** The value once it has stayed the same for a while. */
function useSettled<T>(value: T, pauseMs: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), pauseMs);
    return () => clearTimeout(timer);
  }, [value, pauseMs]);
  return settled;
}

/** What the previews of a point are remembered under. */
export function previewKey(point: string) {
  return keyOf('POST /points/{id}/thresholds/preview', { path: { id: point } });
}

interface Options {
  readonly point: string;
  /** Undefined while the draft is not a document that could be judged. */
  readonly document: ThresholdDocument | undefined;
  readonly period: TimeWindow;
  /** What is in force: another revision is another answer. */
  readonly revision: number;
  readonly enabled: boolean;
}

/**
 * What the last days would have done under the draft, beside what they did. A draft that has been changed again calls the
 * former question off, so that the server never works for nobody.
 */
export function usePreview({ point, document, period, revision, enabled }: Options) {
  const text = document === undefined ? null : JSON.stringify(document);
  const asked = useSettled(text, PAUSE_MS);
  const query = useQuery({
    queryKey: [...previewKey(point), revision, period.fromMs, period.toMs, asked],
    enabled: enabled && asked !== null,
    placeholderData: keepPreviousData,
    staleTime: 300_000,
    gcTime: 300_000,
    queryFn: ({ signal }) =>
      call('POST /points/{id}/thresholds/preview', {
        path: { id: point },
        signal,
        timeoutMs: TIMEOUT_MS,
        body: { ...(JSON.parse(asked ?? '{}') as ThresholdDocument), from: period.fromMs, to: period.toMs },
      }),
  });
  const isCurrent = asked === text && !query.isPlaceholderData;
  return { ...query, isCurrent, isWorking: query.isFetching || (enabled && text !== null && asked !== text) };
}
