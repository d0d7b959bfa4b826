/** The elements of appendix C of SL 651-2014, under the names that profiles give them; what is not here goes by its code. */

interface Element {
  readonly name: string;
  readonly unit: string;
}

const ELEMENTS: Readonly<Record<number, Element>> = {
  2: { name: 'air_temperature', unit: '°C' },
  3: { name: 'water_temperature', unit: '°C' },
  8: { name: 'air_pressure', unit: 'hPa' },
  14: { name: 'groundwater_depth', unit: 'm' },
  16: { name: 'soil_moisture_10cm', unit: '%' },
  17: { name: 'soil_moisture_20cm', unit: '%' },
  18: { name: 'soil_moisture_30cm', unit: '%' },
  19: { name: 'soil_moisture_40cm', unit: '%' },
  20: { name: 'soil_moisture_50cm', unit: '%' },
  21: { name: 'soil_moisture_60cm', unit: '%' },
  22: { name: 'soil_moisture_80cm', unit: '%' },
  23: { name: 'soil_moisture_100cm', unit: '%' },
  24: { name: 'humidity', unit: '%RH' },
  26: { name: 'precipitation_1h', unit: 'mm' },
  27: { name: 'precipitation_2h', unit: 'mm' },
  28: { name: 'precipitation_3h', unit: 'mm' },
  29: { name: 'precipitation_6h', unit: 'mm' },
  30: { name: 'precipitation_12h', unit: 'mm' },
  31: { name: 'precipitation_day', unit: 'mm' },
  32: { name: 'current_precipitation', unit: 'mm' },
  33: { name: 'precipitation_1min', unit: 'mm' },
  34: { name: 'precipitation_5min', unit: 'mm' },
  35: { name: 'precipitation_10min', unit: 'mm' },
  36: { name: 'precipitation_30min', unit: 'mm' },
  38: { name: 'accumulated_precipitation', unit: 'mm' },
  39: { name: 'flow', unit: 'm³/s' },
  51: { name: 'wind_direction', unit: '°' },
  53: { name: 'wind_speed', unit: 'm/s' },
  54: { name: 'current_velocity', unit: 'm/s' },
  56: { name: 'voltage', unit: 'V' },
  57: { name: 'water_level', unit: 'm' },
  58: { name: 'reservoir_level_downstream', unit: 'm' },
  59: { name: 'reservoir_level_upstream', unit: 'm' },
};

/** Of each five minutes of an hour: rain in steps of 0.1 mm, one byte each. */
export const RAIN_SERIES = 0xf4;
/** Of each five minutes of an hour: levels above a base of gauges 1 to 8, in cm, two bytes each. */
export const LEVEL_SERIES_FIRST = 0xf5;
export const LEVEL_SERIES_LAST = 0xfc;
export const SERIES_VALUES = 12;
export const SERIES_STEP_MS = 5 * 60_000;
export const STATUS = 0x45;

/**
 * Identifiers of the form in characters (appendix C), in the order of their codes from 01 on; empty where one is read by
 * itself. What is not here goes by its identifier.
 */
const IDENTIFIERS = [
  ...['AC', 'AI', 'C', '', 'DT', 'ED', 'EJ', 'FL', 'GH', 'GN', 'GS', 'GT', 'GTP', 'H', 'HW'],
  ...['M10', 'M20', 'M30', 'M40', 'M50', 'M60', 'M80', 'M100', 'MST', 'NS'],
  ...['P1', 'P2', 'P3', 'P6', 'P12', 'PD', 'PJ', 'PN01', 'PN05', 'PN10', 'PN30', 'PR', 'PT'],
  ...['Q', 'Q1', 'Q2', 'Q3', 'Q4', 'Q5', 'Q6', 'Q7', 'Q8', 'QA', 'QZ', 'SW', 'UC', 'UE', 'US', 'VA', 'VJ', 'VT'],
  ...['Z', 'ZB', 'ZU', 'Z1', 'Z2', 'Z3', 'Z4', 'Z5', 'Z6', 'Z7', 'Z8'],
];
const CODES: ReadonlyMap<string, number> = new Map(
  IDENTIFIERS.flatMap((identifier, i) => (identifier === '' ? [] : [[identifier, i + 1]])),
);

/** The code of an identifier in characters; undefined where it is not known. */
export function codeOfIdentifier(identifier: string): number | undefined {
  return CODES.get(identifier);
}

/** `id`: the code; of a vendor's own element FF and its code, 16 bits. */
export function nameOf(id: number): string {
  if (id === RAIN_SERIES) return 'precipitation_5min';
  if (id >= LEVEL_SERIES_FIRST && id <= LEVEL_SERIES_LAST) {
    return id === LEVEL_SERIES_FIRST ? 'relative_level' : `relative_level_${id - LEVEL_SERIES_FIRST + 1}`;
  }
  return ELEMENTS[id]?.name ?? `element_${codeOf(id)}`;
}

export function codeOf(id: number): string {
  return id.toString(16).padStart(2, '0');
}

/**
 * What the bits of element 45 say that are alarms and faults: where bit n is 1, it is so (table 58). Those of the door, the
 * card and the pump are left out: stations that have none of them say the same as those whose door is open.
 */
export const STATUS_BITS: readonly (readonly [bit: number, name: string])[] = [
  [0, 'mains_lost'],
  [1, 'battery_low'],
  [2, 'level_alarm'],
  [3, 'flow_alarm'],
  [4, 'quality_alarm'],
  [5, 'flow_meter_fault'],
  [6, 'level_gauge_fault'],
  [8, 'memory_fault'],
];
