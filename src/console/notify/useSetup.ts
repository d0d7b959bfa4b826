import { useQuery } from '@tanstack/react-query';
import type { Answer } from '../../wire/calls.ts';
import { asked } from '../api/asked.ts';

export type ShownSetup = Extract<Answer<'GET /notify/setup'>, { setup: unknown }>;

/** The setup in force; null while there is none, undefined while it is asked for. */
export function useSetup() {
  const { data, error, refetch } = useQuery(asked('GET /notify/setup'));
  const setup: ShownSetup | null | undefined = data === undefined ? undefined : 'setup' in data ? data : null;
  return { setup, error, retry: () => void refetch() };
}
