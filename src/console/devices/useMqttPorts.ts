import type { Version } from '../../wire/system.ts';

export type MqttPorts = Version['mqtt'];

import { useQuery } from '@tanstack/react-query';
import { request } from '../api/client.ts';

/** Where devices reach the broker; undefined until the server has said it. */
export function useMqttPorts(): MqttPorts | undefined {
  const { data } = useQuery({
    queryKey: ['mqtt-ports'],
    queryFn: async ({ signal }) => (await request<Version>('/version', { signal })).mqtt,
  });
  return data;
}
