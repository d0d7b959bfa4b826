import { queryOptions, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import type { CallName, Given, GivenOrNot, ListName } from '../../wire/calls.ts';
import { argsOf, call, callAll } from './client.ts';

type CallKey<N extends CallName> = readonly [name: N, given?: Partial<Given<N>>];

/** What an answer is remembered under: the call, what it was given, and what else it depends on. */
export function keyOf<N extends CallName>(name: N, given: Partial<Given<N>>, ...more: readonly unknown[]) {
  return [name, given, ...more] as const;
}

/** An answer, for `useQuery`: how it is asked for, and what it is remembered under. */
export function asked<N extends CallName>(name: N, ...[given]: GivenOrNot<N>) {
  return queryOptions({
    queryKey: [name, given ?? {}, 'one'],
    queryFn: ({ signal }) => call(name, ...argsOf<N>(given, { signal })),
  });
}

/** A list with all of its pages, for `useQuery`. */
export function askedAll<N extends ListName>(name: N, ...[given]: GivenOrNot<N>) {
  return queryOptions({
    queryKey: [name, given ?? {}, 'all'],
    queryFn: ({ signal }) => callAll(name, ...argsOf<N>(given, { signal })),
  });
}

type Stale = { [N in CallName]: N | CallKey<N> }[CallName];

/** Has answers asked for again, by call: all that were given of it, or those of one point. */
export function useStale(): (...stale: readonly Stale[]) => Promise<void> {
  const client = useQueryClient();
  return useCallback(
    async (...stale) => {
      const keys = stale.map((one) => (typeof one === 'string' ? [one] : one));
      await Promise.all(keys.map((queryKey) => client.invalidateQueries({ queryKey })));
    },
    [client],
  );
}

/** The cursor of the first page of a list that is read on and on. */
export const FIRST_PAGE: string | null = null;
