import { useQuery } from '@tanstack/react-query';
import type { Answer } from '../../wire/calls.ts';
import { asked } from '../api/asked.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { useMay } from '../session/context.tsx';

export type ShownSetup = Extract<Answer<'GET /notify/setup'>, { setup: unknown }>;

/** The setup in force; null while there is none, undefined while it is asked for. */
export function useSetup() {
  const { data, error, refetch } = useQuery(asked('GET /notify/setup'));
  const setup: ShownSetup | null | undefined = data === undefined ? undefined : 'setup' in data ? data : null;
  return { setup, error, retry: () => void refetch() };
}

/** The setup, for whoever may read it, to name things by. */
function useSetupToName() {
  const { data } = useQuery({ ...asked('GET /notify/setup'), enabled: useMay('operator') });
  return data !== undefined && 'setup' in data ? data.setup : undefined;
}

/** What people call a channel; its id where it has no name, or where the reader may not see the setup. */
export function useChannelName(): (id: string) => string {
  const nameText = useNameText();
  const setup = useSetupToName();
  return (id) => {
    const name = setup?.channels.find((channel) => channel.id === id)?.name;
    return name === undefined ? id : nameText(name);
  };
}

/** What people call a rota; its id otherwise, as with channels. */
export function useRotaName(): (id: string) => string {
  const setup = useSetupToName();
  return (id) => setup?.rotas.find((rota) => rota.id === id)?.name ?? id;
}
