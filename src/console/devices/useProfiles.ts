import { useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import type { Name } from '../../model/names.ts';
import type { Family } from '../../model/site.ts';
import type { Profile } from '../../wire/site.ts';
import { askedAll } from '../api/asked.ts';

export type { Profile };

/** The kinds of device there are. */
export function useProfiles() {
  return useQuery(askedAll('GET /profiles'));
}

/** What the kinds of device say of a metric, those of the family before others; undefined where nothing measures it. */
export function useMetricInfo(): (metric: string, family: Family) => Profile['metrics'][string] | undefined {
  const { data } = useProfiles();
  return useCallback(
    (metric, family) => {
      const measuring = (data ?? []).filter(({ metrics }) => Object.hasOwn(metrics, metric));
      const profile = measuring.find((one) => one.family === family) ?? measuring[0];
      return profile?.metrics[metric];
    },
    [data],
  );
}

/** What the kinds of device call a metric; its id where nothing measures it. */
export function useMetricName(): (metric: string, family: Family) => Name {
  const infoOf = useMetricInfo();
  return useCallback((metric, family) => infoOf(metric, family)?.name ?? { zh: metric, en: metric }, [infoOf]);
}
