import { useQuery } from '@tanstack/react-query';
import type { RefusedName } from '../../wire/devices.ts';
import { asked } from '../api/asked.ts';
import { useMay } from '../session/context.tsx';

export type { RefusedName };

const REFRESH_MS = 10_000;
/** The newest that are looked at. */
const LOOKED_AT = 1_000;

/** User names that the broker has refused; asked for by those who may know. */
export function useRefusedNames() {
  const enabled = useMay('operator');
  return useQuery({
    ...asked('GET /refused-names', { query: { limit: LOOKED_AT } }),
    select: ({ items }) => items,
    refetchInterval: REFRESH_MS,
    enabled,
  });
}
