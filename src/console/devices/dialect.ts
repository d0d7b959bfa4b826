import type { TFunction } from 'i18next';
import type { DeviceWithDefinition } from '../../wire/devices.ts';
import { codeWords } from '../ui/code-words.ts';

/** How a device speaks the protocols that something is said of, a line each; the registers of Modbus are its profile's. */
export function dialectLines(protocol: NonNullable<DeviceWithDefinition['protocol']>, t: TFunction): string[] {
  const word = (code: string) => codeWords(t, 'commands.dialects', code);
  return Object.entries(protocol).flatMap(([name, ways]) =>
    Object.entries(ways).flatMap(([key, way]) =>
      typeof way === 'string' ? [t('commands.dialectLine', { protocol: name, key: word(key), way: word(way) })] : [],
    ),
  );
}
