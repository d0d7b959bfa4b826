import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { DeviceAct, DeviceReplaced } from '../../wire/device-acts.ts';
import { send } from '../api/client.ts';

/** What is asked of the server; the same call with `dryRun` says what it would mean. */
export interface ActCall {
  readonly method: 'PATCH' | 'POST';
  readonly path: string;
  readonly body: object;
}

/** What every act answers; a replacement also says the secret that was drawn. */
export type ActAnswer = DeviceAct & Partial<DeviceReplaced>;

/** Nobody wants an answer for every letter of an id. */
const TYPING_MS = 300;

export async function perform(call: ActCall, etag: string): Promise<ActAnswer> {
  const { method, path, body } = call;
  const response = await send(path, { method, body, query: { endsRules: true }, headers: { 'if-match': etag } });
  return (await response.json()) as ActAnswer;
}

/** What a call would mean; asked again when it changes. Null: it is not complete yet. */
export function useEffectOf(call: ActCall | null) {
  const text = call === null ? null : JSON.stringify(call);
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const query = useQuery({
    queryKey: ['device-act', settled],
    enabled: settled !== null && settled === text,
    retry: false,
    staleTime: 0,
    gcTime: 0,
    queryFn: async ({ signal }) => {
      const { method, path, body } = JSON.parse(settled ?? '') as ActCall;
      const response = await send(path, { method, body, query: { dryRun: true }, signal });
      const { effect } = (await response.json()) as ActAnswer;
      return { effect, etag: response.headers.get('etag') ?? '*' };
    },
  });
  const isCurrent = settled !== null && settled === text;
  return {
    told: isCurrent ? query.data : undefined,
    error: isCurrent ? query.error : null,
    refetch: query.refetch,
  };
}
