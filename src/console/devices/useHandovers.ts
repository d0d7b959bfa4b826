import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Handover } from '../../wire/points.ts';
import { asked } from '../api/asked.ts';
import type { TimeMark } from '../chart/TimeMarks.tsx';
import { dateTime } from '../ui/format.ts';

/** Older ones are in the API; a point outlives some devices, not dozens. */
const SHOWN = 20;
const NONE: readonly Handover[] = [];

/** Devices that took over a point from another, the newest first. */
export function useHandovers(point: string): readonly Handover[] {
  const { data } = useQuery({
    ...asked('GET /points/{id}/handovers', { path: { id: point }, query: { limit: SHOWN } }),
    refetchInterval: 60_000,
  });
  return data?.items ?? NONE;
}

/** The same as marks on a chart. */
export function useHandoverMarks(handovers: readonly Handover[]): readonly TimeMark[] {
  const { t } = useTranslation();
  return useMemo(
    () =>
      handovers.map(({ at, by, former, device }) => ({
        atMs: at,
        word: t('point.handover'),
        text: t('point.handedOver', { time: dateTime(at), by, former, device }),
      })),
    [handovers, t],
  );
}
