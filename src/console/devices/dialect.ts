import type { TFunction } from 'i18next';
import { type OwnDialect, WAYS } from '../../model/dialect.ts';
import type { DeviceWithDefinition } from '../../wire/devices.ts';
import { codeWords } from '../ui/code-words.ts';
import type { Profile } from './useProfiles.ts';

/** How a device speaks the protocols that something is said of, a line each; the registers of Modbus are its profile's. */
export function dialectLines(protocol: NonNullable<DeviceWithDefinition['protocol']>, t: TFunction): string[] {
  const word = (code: string) => codeWords(t, 'commands.dialects', code);
  return Object.entries(protocol).flatMap(([name, ways]) =>
    Object.entries(ways).flatMap(([key, way]) =>
      typeof way === 'string' ? [t('commands.dialectLine', { protocol: name, key: word(key), way: word(way) })] : [],
    ),
  );
}

export type Spoken = keyof typeof WAYS;

/** Protocols whose dialects can be said of one device, as far as it may speak them: by its id, or as one of its kind. */
export function protocolsOf(id: string, profile: Profile | undefined): Spoken[] {
  const all = Object.keys(WAYS) as Spoken[];
  const byId = all.filter((name) => id.startsWith(`${name}-`));
  if (byId.length > 0) return byId;
  return profile?.logsIn === false ? all.filter((name) => profile.speaks.includes(name)) : [];
}

/** What can be said of a protocol: each key with the ways there are. */
export function waysOf(name: Spoken): (readonly [key: string, ways: readonly string[]])[] {
  return Object.entries(WAYS[name]).map(([key, { options }]) => [key, options]);
}

/** The form's choices as they are sent; null when nothing is said of the device alone. */
export function ownDialect(
  choices: Readonly<Record<string, Readonly<Record<string, string | undefined>> | undefined>>,
) {
  const said = Object.entries(choices).flatMap(([name, ways]) => {
    const own = Object.entries(ways ?? {}).filter(([, way]) => way !== undefined);
    return own.length === 0 ? [] : [[name, Object.fromEntries(own)] as const];
  });
  return said.length === 0 ? null : (Object.fromEntries(said) as OwnDialect);
}
