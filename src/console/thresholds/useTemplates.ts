import { useQuery } from '@tanstack/react-query';
import type { Template } from '../../model/template.ts';
import { askedAll } from '../api/asked.ts';

const NONE: readonly Template[] = [];
/** They come from files that are read when the server starts. */
const STALE_MS = 600_000;

export function useTemplates(): readonly Template[] {
  const query = useQuery({ ...askedAll('GET /templates'), staleTime: STALE_MS });
  return query.data ?? NONE;
}
