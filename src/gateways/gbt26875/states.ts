import { COMPONENT_FLAGS } from '../../model/component-report.ts';

/** What the bits of states say, and what analogue values are (tables 5 to 8 of GB/T 26875.3-2011). */

export const COMPONENT_BITS = ['normal', ...COMPONENT_FLAGS] as const;

export const SYSTEM_BITS = [
  'normal',
  'fire',
  'fault',
  'shielded',
  'supervisory',
  'started',
  'feedback',
  'delayed',
  'main_power_fault',
  'backup_power_fault',
  'bus_fault',
  'manual',
  'config_changed',
  'reset',
] as const;

export const TRANSMITTER_BITS = [
  'normal',
  'fire',
  'fault',
  'main_power_fault',
  'backup_power_fault',
  'line_to_center_fault',
  'line_to_systems_fault',
] as const;

/** Somebody has reset the panel: what it reported before is over, and what still stands is reported anew. */
export const OPERATION_RESET = 1;

interface Analog {
  readonly field: string;
  readonly unit: string;
  /** Of the lowest digit: decimals. */
  readonly decimals: number;
}

export const ANALOGS: Readonly<Record<number, Analog>> = {
  1: { field: 'events', unit: '', decimals: 0 },
  2: { field: 'height', unit: 'm', decimals: 2 },
  3: { field: 'temperature', unit: '°C', decimals: 1 },
  4: { field: 'pressure', unit: 'MPa', decimals: 1 },
  5: { field: 'pressure_kpa', unit: 'kPa', decimals: 1 },
  6: { field: 'gas_concentration', unit: '%LEL', decimals: 1 },
  7: { field: 'duration', unit: 's', decimals: 0 },
  8: { field: 'voltage', unit: 'V', decimals: 1 },
  9: { field: 'current', unit: 'A', decimals: 1 },
  10: { field: 'flow', unit: 'L/s', decimals: 1 },
  11: { field: 'air_volume', unit: 'm³/min', decimals: 1 },
  12: { field: 'wind_speed', unit: 'm/s', decimals: 0 },
};

/** The names of the bits that are set; one that has no name goes by its number. */
export function bitsSet(state: number, names: readonly string[]): string[] {
  return Array.from({ length: 16 }, (_, bit) => bit).flatMap((bit) =>
    ((state >> bit) & 1) === 1 ? [names[bit] ?? `bit${bit}`] : [],
  );
}
