import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { keyOf } from '../api/asked.ts';
import { callAll } from '../api/client.ts';
import type { Point } from '../api/types.ts';
import { useLive } from '../live/context.tsx';
import { STALE_AFTER_INTERVALS } from '../live/stale.ts';
import { bucketSeconds } from './ranges.ts';
import { type Columns, columnsOf, type SampleItem, withLive } from './series.ts';

/** How often the live edge is drawn anew, ms. */
const EDGE_EVERY_MS = 1_000;
/** Live readings kept between two fetches; more than this only a device gone wild sends. */
const LIVE_MAX = 5_000;

/** Readings that are asked for at a time. */
const PAGE_SIZE = 10_000;

interface Options {
  readonly point: Point;
  readonly metric: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** Whether readings that come now belong to the window. */
  readonly live: boolean;
}

/** Readings of a window, in buckets when there are too many to draw, with what has come in since. */
export function useReadings({ point, metric, fromMs, toMs, live: follow }: Options) {
  const live = useLive();
  const [, setEdge] = useState(0);
  const everyS = bucketSeconds(toMs - fromMs, point.reportEveryMs);
  const query = useQuery({
    // A window that follows the time is one query; it is asked for again only to forget what was cut off on the left.
    queryKey: keyOf(
      'GET /points/{id}/readings',
      { path: { id: point.id } },
      metric,
      everyS,
      follow ? toMs - fromMs : [fromMs, toMs],
    ),
    staleTime: 60_000,
    queryFn: ({ signal }) => {
      const from = Math.floor(fromMs);
      const to = follow ? undefined : Math.ceil(toMs);
      const every = everyS === null ? undefined : `${everyS}s`;
      const query = { metric, from, to, every, limit: PAGE_SIZE };
      return callAll('GET /points/{id}/readings', { path: { id: point.id }, query, signal });
    },
  });

  const arrived = useMemo<{ items: SampleItem[]; key: string }>(
    () => ({ items: [], key: `${point.id}/${metric}` }),
    [point.id, metric],
  );
  useEffect(() => {
    if (!follow) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = live.onReadings((readings) => {
      for (const reading of readings) {
        if (reading.point === point.id && reading.metric === metric) arrived.items.push(reading);
      }
      if (arrived.items.length > LIVE_MAX) arrived.items.splice(0, arrived.items.length - LIVE_MAX);
      timer ??= setTimeout(() => {
        timer = undefined;
        setEdge((n) => n + 1);
      }, EDGE_EVERY_MS);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [live, follow, point.id, metric, arrived]);

  const everyMs = everyS === null ? null : everyS * 1_000;
  const gapMs = Math.max(STALE_AFTER_INTERVALS * point.reportEveryMs, (everyMs ?? 0) * 2.5);
  const { data } = query;
  const liveCount = follow ? arrived.items.length : 0;
  const lastLiveMs = follow ? arrived.items.at(-1)?.ts : undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the count and time of the last one tell that items came.
  const columns = useMemo<Columns>(
    () => columnsOf(withLive(data ?? [], follow ? arrived.items : [], everyMs), gapMs),
    [data, arrived, liveCount, lastLiveMs, everyMs, gapMs, follow],
  );
  return { columns, isPending: query.isPending, error: query.error, refetch: query.refetch };
}
