import { useQuery } from '@tanstack/react-query';
import { profileOfTopic } from '../../model/source-setup.ts';
import { asked } from '../api/asked.ts';
import { useMay } from '../session/context.tsx';

/** What the source that a message came by says its devices are; null where none says so, undefined until it is known. */
export function useSourceProfile(topic: string | undefined): string | null | undefined {
  const may = useMay('engineer');
  const { data, error } = useQuery({ ...asked('GET /sources'), enabled: may && topic !== undefined });
  if (!may || topic === undefined || error !== null) return null;
  if (data === undefined) return undefined;
  const used = data.items.filter(({ isShadowed, settings }) => !isShadowed && settings.isOn);
  return profileOfTopic(used, topic) ?? null;
}
