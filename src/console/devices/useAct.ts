import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { Given } from '../../wire/calls.ts';
import type { DeviceAct, DeviceReplaced } from '../../wire/device-acts.ts';
import { exchange } from '../api/client.ts';

type ActName = 'PATCH /devices/{id}' | 'POST /devices/{id}/move' | 'POST /devices/{id}/replace';

/** What is asked of the server; the same call with `dryRun` says what it would mean. */
export type ActCall = {
  [N in ActName]: { readonly name: N; readonly device: string; readonly body: Given<N>['body'] };
}[ActName];

/** What every act answers; a replacement also says the secret that was drawn. */
export type ActAnswer = DeviceAct & Partial<DeviceReplaced>;

/** Nobody wants an answer for every letter of an id. */
const TYPING_MS = 300;

export async function perform(call: ActCall, etag: string): Promise<ActAnswer> {
  const asked = { query: { endsRules: true }, headers: { 'if-match': etag } };
  return (await exchange<ActName>(call.name, { path: { id: call.device }, body: call.body, ...asked })).body;
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
      const { name, device, body } = JSON.parse(settled ?? '') as ActCall;
      const told = await exchange<ActName>(name, { path: { id: device }, body, query: { dryRun: true }, signal });
      return { effect: told.body.effect, etag: told.etag ?? '*' };
    },
  });
  const isCurrent = settled !== null && settled === text;
  return {
    told: isCurrent ? query.data : undefined,
    error: isCurrent ? query.error : null,
    refetch: query.refetch,
  };
}
