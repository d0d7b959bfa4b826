import type { PageParams, ParamValues } from '../ui/usePageParams.ts';

/** Which alerts the server is asked for. */
export interface HistoryFilter {
  readonly state: string;
  readonly area: string | null;
  /** The level an alert is at, or that it was at in the end. */
  readonly level: string | null;
  /** The highest level it reached. */
  readonly peakLevel: string | null;
  readonly verdict: string | null;
  /** ms since 1970. */
  readonly from: number | undefined;
  readonly to: number | undefined;
}

/** As the address of the page has it. */
export function historyFilter(get: PageParams['get']): HistoryFilter {
  const msOf = (name: string) => (get(name) === null ? undefined : Number(get(name)));
  return {
    state: get('state') ?? 'all',
    area: get('area'),
    level: get('level'),
    peakLevel: get('peak'),
    verdict: get('verdict'),
    from: msOf('from'),
    to: msOf('to'),
  };
}

/** Whether anything is left out. */
export function isNarrowed({ state, ...others }: HistoryFilter): boolean {
  return state !== 'all' || Object.values(others).some((value) => value != null);
}

const PEAK = 'peak-';

/** One list offers the level an alert is at and the highest it reached: `red`, or `peak-red`. */
export function levelChoice({ level, peakLevel }: Pick<HistoryFilter, 'level' | 'peakLevel'>): string | null {
  return peakLevel === null ? level : PEAK + peakLevel;
}

/** What such a choice puts into the address; nothing chosen takes out both. */
export function levelParams(choice: string | null | undefined): ParamValues {
  return choice?.startsWith(PEAK) ? { level: null, peak: choice.slice(PEAK.length) } : { level: choice, peak: null };
}
