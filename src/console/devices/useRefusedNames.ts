import { useQuery } from '@tanstack/react-query';
import { type Page, request } from '../api/client.ts';
import { useMay } from '../session/context.tsx';

export interface RefusedName {
  readonly name: string;
  readonly registrable: boolean;
  readonly why: 'no-name' | 'unknown-device' | 'no-secret' | 'wrong-secret' | 'bad-token';
  readonly clientId: string;
  readonly address: string;
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

const REFRESH_MS = 10_000;
/** The newest that are looked at. */
const LOOKED_AT = 1_000;

/** User names that the broker has refused; asked for by those who may know. */
export function useRefusedNames() {
  const enabled = useMay('operator');
  return useQuery({
    queryKey: ['refused-names'],
    queryFn: ({ signal }) =>
      request<Page<RefusedName>>('/refused-names', { signal, query: { limit: LOOKED_AT } }).then(({ items }) => items),
    refetchInterval: REFRESH_MS,
    enabled,
  });
}
