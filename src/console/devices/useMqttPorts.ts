import { useQuery } from '@tanstack/react-query';
import type { Version } from '../../wire/system.ts';
import { asked } from '../api/asked.ts';

export type MqttPorts = Version['mqtt'];

/** Where devices reach the broker; undefined until the server has said it. */
export function useMqttPorts(): MqttPorts | undefined {
  const { data } = useQuery({ ...asked('GET /version'), select: ({ mqtt }) => mqtt });
  return data;
}
