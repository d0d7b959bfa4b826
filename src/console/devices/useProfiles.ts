import type { Profile } from '../../wire/site.ts';

export type { Profile };

import { useQuery } from '@tanstack/react-query';
import { requestAll } from '../api/client.ts';

/** The kinds of device there are. */
export function useProfiles() {
  return useQuery({
    queryKey: ['profiles'],
    queryFn: ({ signal }) => requestAll<Profile>('/profiles', { signal }),
  });
}
