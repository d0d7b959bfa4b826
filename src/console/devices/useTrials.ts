import { useQuery } from '@tanstack/react-query';
import { asked } from '../api/asked.ts';
import type { Quarantined } from './types.ts';

/** What a message that was kept would yield, the likeliest kind of device first; asked for where there is one. */
export function useTrials(message: Quarantined | null) {
  const { topic = '-', payload = '', payloadBase64 = null, receivedAt = 0 } = message ?? {};
  const body =
    payloadBase64 === null
      ? ({ topic, receivedAt, payload, encoding: 'text' } as const)
      : ({ topic, receivedAt, payload: payloadBase64, encoding: 'base64' } as const);
  return useQuery({ ...asked('POST /trials', { body }), enabled: message !== null });
}
