import { useQuery } from '@tanstack/react-query';
import { request } from '../api/client.ts';

export interface MqttPorts {
  readonly plain: number;
  /** Null when it is off. */
  readonly tls: number | null;
}

/** Where devices reach the broker; undefined until the server has said it. */
export function useMqttPorts(): MqttPorts | undefined {
  const { data } = useQuery({
    queryKey: ['mqtt-ports'],
    queryFn: async ({ signal }) => (await request<{ mqtt: MqttPorts }>('/version', { signal })).mqtt,
  });
  return data;
}
