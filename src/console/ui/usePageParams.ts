import { useCallback } from 'react';
import { useSearchParams } from 'react-router-dom';

/** Parameters to set; what is null, undefined or empty is taken out of the address. */
export type ParamValues = Readonly<Record<string, string | null | undefined>>;

export interface PageParams {
  readonly get: (name: string) => string | null;
  /** Changes the address in place, so that "back" leaves the page instead of taking back letter by letter. */
  readonly set: (values: ParamValues) => void;
}

/**
 * What a page shows (filters, what is chosen in it, the order of its table), kept in its address: a reload, a bookmark and
 * a link that is sent to somebody else show the same.
 */
export function usePageParams(): PageParams {
  const [params, setParams] = useSearchParams();
  const get = useCallback((name: string) => params.get(name), [params]);
  const set = useCallback(
    (values: ParamValues) => setParams((before) => withParams(before, values), { replace: true }),
    [setParams],
  );
  return { get, set };
}

/** A copy of the parameters with these values. */
export function withParams(before: URLSearchParams, values: ParamValues): URLSearchParams {
  const after = new URLSearchParams(before);
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === undefined || value === '') after.delete(name);
    else after.set(name, value);
  }
  return after;
}

/**
 * The tab of a page; the first one needs no parameter. Another tab is another place: "back" returns to the former, and
 * what that one showed does not come along.
 */
export function useTabParam<Tab extends string>(tabs: readonly [Tab, ...Tab[]]): [Tab, (tab: string) => void] {
  const [params, setParams] = useSearchParams();
  const asked = params.get('tab');
  const tab = tabs.find((each) => each === asked) ?? tabs[0];
  return [tab, (next) => setParams(next === tabs[0] ? {} : { tab: next })];
}
