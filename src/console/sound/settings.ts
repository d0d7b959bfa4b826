import { usePreference } from '../ui/preferences.ts';

export interface SoundSettings {
  readonly sound: boolean;
  readonly speech: boolean;
  readonly notifications: boolean;
  /** 0 to 1. */
  readonly volume: number;
}

export const SOUND_PREFERENCE = 'sound';
/** Sound is on until somebody switches it off: a silent console is the wrong default for a duty desk. */
export const SOUND_AT_FIRST: SoundSettings = { sound: true, speech: true, notifications: false, volume: 0.7 };

export function useSoundSettings() {
  return usePreference<SoundSettings>(SOUND_PREFERENCE, SOUND_AT_FIRST);
}
