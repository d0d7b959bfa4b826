import type { RefusedName } from '../../wire/devices.ts';

export type { RefusedName };

import { useQuery } from '@tanstack/react-query';
import { type Page, request } from '../api/client.ts';
import { useMay } from '../session/context.tsx';

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
