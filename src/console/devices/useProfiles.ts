import { useQuery } from '@tanstack/react-query';
import type { Name } from '../../model/names.ts';
import type { Family } from '../../model/site.ts';
import { requestAll } from '../api/client.ts';

export interface Profile {
  readonly id: string;
  readonly family: Family;
  readonly name: Name;
  readonly metrics: Readonly<
    Record<
      string,
      { readonly type: 'number' | 'boolean' | 'string'; readonly name: Name; readonly unit?: string | undefined }
    >
  >;
}

/** The kinds of device there are. */
export function useProfiles() {
  return useQuery({
    queryKey: ['profiles'],
    queryFn: ({ signal }) => requestAll<Profile>('/profiles', { signal }),
  });
}
