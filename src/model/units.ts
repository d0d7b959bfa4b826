import { ownOf } from './own.ts';
import type { Coded } from './problem.ts';

/**
 * Conversion between the unit a threshold is written in and the unit of its metric.
 *
 * A unit is written as on an instrument: `cm`, `mm/s`, `MPa`, `℃`, `%LEL`, `ppm`, `mg/m³`. Concentrations of a gas need
 * to know the gas: it stands in the unit (`ppm(H2S)`) or, if it does not, is taken from the metric's name (`h2s`,
 * `co_outlet`). Volume fractions and mass concentrations are converted at 20 °C and 101.3 kPa, the reference of the
 * Chinese occupational limits, unless the unit states another one: `mg/m³@25℃`, `mg/m³@0℃,101.3kPa`.
 */

/** `to = from × scale + offset`. A difference (deadband, rise) is converted by the scale alone. */
export interface Conversion {
  readonly scale: number;
  readonly offset: number;
}

export const IDENTITY: Conversion = { scale: 1, offset: 0 };

export type ConversionResult =
  | { readonly ok: true; readonly conversion: Conversion }
  | { readonly ok: false; readonly problem: Coded };

/** Dimension, and factor to the base unit of the dimension; temperatures also have the base value of their zero. */
type Unit = readonly [dimension: string, scale: number, offset?: number];

/** Spellings after NFKC and without blanks, so that ℃, µ and m³ need no entries of their own. */
const UNITS: Readonly<Record<string, Unit>> = {
  μm: ['length', 1e-6],
  um: ['length', 1e-6],
  mm: ['length', 1e-3],
  cm: ['length', 1e-2],
  dm: ['length', 1e-1],
  m: ['length', 1],
  km: ['length', 1e3],
  'μm/s': ['speed', 1e-6],
  'mm/s': ['speed', 1e-3],
  'cm/s': ['speed', 1e-2],
  'm/s': ['speed', 1],
  'km/h': ['speed', 1 / 3.6],
  'mm/min': ['speed', 1e-3 / 60],
  'mm/h': ['speed', 1e-3 / 3_600],
  'cm/h': ['speed', 1e-2 / 3_600],
  'm/h': ['speed', 1 / 3_600],
  'mm/d': ['speed', 1e-3 / 86_400],
  'cm/d': ['speed', 1e-2 / 86_400],
  'mm/s2': ['acceleration', 1e-3],
  'cm/s2': ['acceleration', 1e-2],
  'm/s2': ['acceleration', 1],
  gal: ['acceleration', 1e-2],
  Gal: ['acceleration', 1e-2],
  // Standard gravity, ISO 80000-3.
  g: ['acceleration', 9.80665],
  gn: ['acceleration', 9.80665],
  Pa: ['pressure', 1],
  hPa: ['pressure', 1e2],
  kPa: ['pressure', 1e3],
  MPa: ['pressure', 1e6],
  mbar: ['pressure', 1e2],
  bar: ['pressure', 1e5],
  psi: ['pressure', 6_894.757],
  atm: ['pressure', 101_325],
  mmHg: ['pressure', 133.322],
  mH2O: ['pressure', 9_806.65],
  'kgf/cm2': ['pressure', 98_066.5],
  K: ['temperature', 1, 0],
  '°C': ['temperature', 1, 273.15],
  C: ['temperature', 1, 273.15],
  '°F': ['temperature', 5 / 9, 459.67 * (5 / 9)],
  F: ['temperature', 5 / 9, 459.67 * (5 / 9)],
  mV: ['voltage', 1e-3],
  V: ['voltage', 1],
  kV: ['voltage', 1e3],
  μA: ['current', 1e-6],
  uA: ['current', 1e-6],
  mA: ['current', 1e-3],
  A: ['current', 1],
  W: ['power', 1],
  kW: ['power', 1e3],
  MW: ['power', 1e6],
  mHz: ['frequency', 1e-3],
  Hz: ['frequency', 1],
  kHz: ['frequency', 1e3],
  ms: ['time', 1e-3],
  s: ['time', 1],
  min: ['time', 60],
  h: ['time', 3_600],
  d: ['time', 86_400],
  kg: ['weight', 1],
  t: ['weight', 1e3],
  N: ['force', 1],
  kN: ['force', 1e3],
  '°': ['angle', Math.PI / 180],
  deg: ['angle', Math.PI / 180],
  rad: ['angle', 1],
  mrad: ['angle', 1e-3],
  L: ['volume', 1e-3],
  m3: ['volume', 1],
  'L/s': ['flow', 1e-3],
  'L/min': ['flow', 1e-3 / 60],
  'm3/s': ['flow', 1],
  'm3/h': ['flow', 1 / 3_600],
  '%': ['ratio', 1e-2],
  '‰': ['ratio', 1e-3],
  // A concentration's base unit is the volume fraction 1; mass concentrations and %LEL get there through the gas.
  '%VOL': ['fraction', 1e-2],
  '%vol': ['fraction', 1e-2],
  'vol%': ['fraction', 1e-2],
  ppm: ['fraction', 1e-6],
  ppb: ['fraction', 1e-9],
  '%LEL': ['lel', 1e-2],
  'LEL%': ['lel', 1e-2],
  '%lel': ['lel', 1e-2],
  'μg/m3': ['mass', 1e-3],
  'ug/m3': ['mass', 1e-3],
  'mg/m3': ['mass', 1],
  'g/m3': ['mass', 1e3],
};

/**
 * Molar mass in g/mol (IUPAC 2021 atomic weights), and the lower explosive limit in %VOL where there is one. The limits
 * are those of GB/T 50493-2019, appendix A; other editions and countries differ (IEC 60079-20-1 has 4.4 for methane), so
 * a threshold that depends on them is better written in the unit the detector measures.
 */
const GASES: Readonly<Record<string, { readonly molarMass: number; readonly lelVol?: number }>> = {
  CH4: { molarMass: 16.043, lelVol: 5.0 },
  C2H2: { molarMass: 26.038, lelVol: 2.5 },
  C2H4: { molarMass: 28.054, lelVol: 2.7 },
  C2H6: { molarMass: 30.07, lelVol: 3.0 },
  C3H8: { molarMass: 44.097, lelVol: 2.1 },
  C4H10: { molarMass: 58.124, lelVol: 1.8 },
  C6H6: { molarMass: 78.114, lelVol: 1.2 },
  CH3OH: { molarMass: 32.042, lelVol: 5.5 },
  C2H5OH: { molarMass: 46.069, lelVol: 3.3 },
  H2: { molarMass: 2.016, lelVol: 4.0 },
  CO: { molarMass: 28.01, lelVol: 12.5 },
  H2S: { molarMass: 34.081, lelVol: 4.0 },
  NH3: { molarMass: 17.031, lelVol: 15.0 },
  HCN: { molarMass: 27.026, lelVol: 5.6 },
  CL2: { molarMass: 70.906 },
  SO2: { molarMass: 64.064 },
  NO: { molarMass: 30.006 },
  NO2: { molarMass: 46.006 },
  CO2: { molarMass: 44.009 },
  O2: { molarMass: 31.998 },
  O3: { molarMass: 47.997 },
  HCL: { molarMass: 36.461 },
  PH3: { molarMass: 33.998 },
};

/** Molar gas constant, J/(mol K), exact since the SI of 2019. */
const GAS_CONSTANT = 8.31446261815324;
const REFERENCE_KELVIN = 293.15;
const REFERENCE_PA = 101_300;

interface ParsedUnit {
  readonly text: string;
  readonly unit: Unit;
  readonly gas: string | undefined;
  readonly kelvin: number;
  readonly pascal: number;
}

const REFERENCE = /^(-?\d+(?:\.\d+)?)°?C(?:,(\d+(?:\.\d+)?)kPa)?$/;

function parseUnit(text: string): ParsedUnit | undefined {
  const compact = text.normalize('NFKC').replace(/\s+/g, '');
  const [named = '', reference] = compact.split('@', 2);
  const parts = /^(.*?)(?:\(([A-Za-z0-9]+)\))?$/.exec(named);
  const unit = ownOf(UNITS, parts?.[1] ?? '');
  if (unit === undefined) return undefined;
  let kelvin = REFERENCE_KELVIN;
  let pascal = REFERENCE_PA;
  if (reference !== undefined) {
    const stated = REFERENCE.exec(reference);
    if (stated === null) return undefined;
    kelvin = 273.15 + Number(stated[1]);
    if (stated[2] !== undefined) pascal = Number(stated[2]) * 1_000;
  }
  return { text, unit, gas: parts?.[2]?.toUpperCase(), kelvin, pascal };
}

/** The gas a metric is named after: `h2s`, `co_outlet` and `tank.nh3` name one, `gas` does not. */
function gasOfMetric(metric: string): string | undefined {
  return metric
    .toUpperCase()
    .split(/[^A-Z0-9]+/)
    .find((word) => word in GASES);
}

/**
 * The conversion of a value in `from` to `to`, for a metric of the given name. Fails when one of the two is missing or
 * unknown and they are not the same text, when they measure different things, or when the gas must be known and is not.
 */
export function conversionBetween(from: string, to: string | undefined, metric: string): ConversionResult {
  if (from === to) return { ok: true, conversion: IDENTITY };
  const unit = from;
  if (to === undefined) return refused({ code: 'metric-without-unit', values: { unit, metric } });
  const source = parseUnit(from);
  const target = parseUnit(to);
  if (source === undefined) return refused({ code: 'unknown-unit', values: { unit, metric, to } });
  if (target === undefined) return refused({ code: 'unknown-unit-of-metric', values: { unit, metric, to } });
  const gasName = source.gas ?? target.gas ?? gasOfMetric(metric);
  if (source.gas !== undefined && target.gas !== undefined && source.gas !== target.gas) {
    return refused({ code: 'unit-of-other-gas', values: { unit, to } });
  }
  const sourceScale = toBase(source, gasName);
  const targetScale = toBase(target, gasName);
  if (sourceScale.dimension === targetScale.dimension) {
    const scale = exact(sourceScale.scale / targetScale.scale);
    const offset = exact((sourceScale.offset - targetScale.offset) / targetScale.scale);
    return { ok: true, conversion: { scale, offset } };
  }
  const isGas = [source, target].every(({ unit }) => CONCENTRATIONS.has(unit[0]));
  return refused(
    isGas
      ? { code: 'unit-needs-gas', values: { unit, metric, to } }
      : { code: 'unit-of-other-quantity', values: { unit, to } },
  );
}

function refused(problem: Coded): ConversionResult {
  return { ok: false, problem };
}

const CONCENTRATIONS: ReadonlySet<string> = new Set(['fraction', 'lel', 'mass']);

/** Brings %LEL and mass concentrations to volume fractions where the gas is known. */
function toBase(parsed: ParsedUnit, gasName: string | undefined): { dimension: string; scale: number; offset: number } {
  const [dimension, scale, offset = 0] = parsed.unit;
  const gas = gasName === undefined ? undefined : ownOf(GASES, gasName);
  if (dimension === 'lel' && gas?.lelVol !== undefined) {
    return { dimension: 'fraction', scale: (scale * gas.lelVol) / 100, offset };
  }
  if (dimension === 'mass' && gas !== undefined) {
    // 1 mg/m³ is 1e-3 / M mol in a cubic metre, of which one mol fills R T / p.
    const molarVolume = (GAS_CONSTANT * parsed.kelvin) / parsed.pascal;
    return { dimension: 'fraction', scale: ((scale * 1e-3) / gas.molarMass) * molarVolume, offset };
  }
  return { dimension, scale, offset };
}

/**
 * Rounded to 12 significant digits: a factor such as 0.01 / 1e-3 must not make a reading at the limit miss it by the
 * last bit of a float.
 */
export function exact(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(12)) : value;
}

export function convert(value: number, conversion: Conversion): number {
  if (conversion.scale === 1 && conversion.offset === 0) return value;
  return exact(value * conversion.scale + conversion.offset);
}

/** The way back. */
export function unconvert(value: number, conversion: Conversion): number {
  if (conversion.scale === 1 && conversion.offset === 0) return value;
  return exact((value - conversion.offset) / conversion.scale);
}
