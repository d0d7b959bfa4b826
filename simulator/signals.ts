import type { Metric, Profile } from '../src/model/site.ts';
import { type FieldLimits, ladder } from './limits.ts';
import type { Noise } from './noise.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The first deployment's offset from UTC; people cook, drive and work by local time. */
const LOCAL_OFFSET_MS = 8 * HOUR_MS;

export type Scalar = number | boolean | string;

/** A field's value in normal life at a time, ms since 1970. */
export type Signal = (tMs: number) => Scalar;

export interface SignalContext {
  readonly noise: Noise;
  readonly limits: (field: string) => FieldLimits;
  readonly metric: (field: string) => Metric | undefined;
}

/** Hour of the local day, 0 to 24. */
export function localHour(tMs: number): number {
  return ((((tMs + LOCAL_OFFSET_MS) % DAY_MS) + DAY_MS) % DAY_MS) / HOUR_MS;
}

/** A hump of height 1 around an hour of the day, `widthH` to either side. */
function hump(tMs: number, atHour: number, widthH: number): number {
  const away = Math.abs(localHour(tMs) - atHour);
  const distance = Math.min(away, 24 - away) / widthH;
  return Math.exp(-distance * distance);
}

/** How busy people are, 0 in the small hours to 1 by day. */
function activity(tMs: number): number {
  const hour = localHour(tMs);
  const rise = 1 / (1 + Math.exp(-(hour - 6.5) * 1.5));
  const fall = 1 / (1 + Math.exp((hour - 21.5) * 1.2));
  return rise * fall;
}

const cooking = (tMs: number) => hump(tMs, 7, 0.8) + hump(tMs, 12, 0.9) + hump(tMs, 18.3, 1.1);
const rushHour = (tMs: number) => hump(tMs, 8, 1) + hump(tMs, 18, 1.3);

/** Air temperature in °C: coolest before dawn, warmest at three in the afternoon, other days other means. */
function airTemperature(noise: Noise, tMs: number): number {
  return 18 + 5 * Math.cos(((localHour(tMs) - 15) / 24) * 2 * Math.PI) + 3 * noise.smooth('weather', tMs, 2 * DAY_MS);
}

/** A gas at `base`, some more when `source` is active, drifting slowly; noise in the same unit. */
function background(
  { noise }: SignalContext,
  field: string,
  base: number,
  more: number,
  source: (tMs: number) => number,
): Signal {
  const own = 0.6 + 0.8 * noise.uniform(`${field} level`, 0);
  return (tMs) =>
    base * own * (1 + 0.3 * noise.smooth(`${field} drift`, tMs, 40 * MINUTE_MS)) +
    more * own * source(tMs) * (0.7 + 0.3 * noise.smooth(`${field} gusts`, tMs, 4 * MINUTE_MS)) +
    0.06 * base * noise.normal(field, tMs);
}

/** Shallow bursts above a floor, as passing lorries and doors make them; log-normal, so that most are small. */
function traffic({ noise }: SignalContext, field: string, floor: number): Signal {
  const own = 0.7 + 0.6 * noise.uniform(`${field} level`, 0);
  return (tMs) => floor * own * (0.4 + activity(tMs)) * Math.exp(0.35 * Math.min(2.5, noise.normal(field, tMs)));
}

/** Half of the mildest upper limit, so that normal life stays clear of it whatever the site's limits are. */
function clearOf(limits: FieldLimits, fallback: number, share = 0.45): number {
  const mildest = ladder(limits.above)[0];
  return mildest === undefined ? fallback : mildest * share;
}

/** At least half as much again as the mildest lower limit. */
function clearAbove(limits: FieldLimits, wanted: number): number {
  const mildest = ladder(limits.below)[0];
  return mildest === undefined ? wanted : Math.max(wanted, mildest * 1.5);
}

/** Seconds to minutes of slow fall and a quick rise: a leak and the pump that makes it good. Gives 0 to 1. */
function pumpCycle(noise: Noise, tMs: number): number {
  const periodMs = (18 + 14 * noise.uniform('pump period', 0)) * MINUTE_MS;
  const along = (tMs / periodMs + noise.uniform('pump phase', 0)) % 1;
  return along < 0.95 ? 1 - along / 0.95 : (along - 0.95) / 0.05;
}

const never: Signal = () => false;

type Signals = Readonly<Record<string, (context: SignalContext) => Signal>>;

const battery: Signals = {
  battery: ({ noise }) => {
    const full = 82 + 17 * noise.uniform('battery', 0);
    // A cell of several years loses about 0.05 % a day, too little to see; cold nights lower its voltage.
    return (tMs) => Math.round(full + 1.5 * Math.cos(((localHour(tMs) - 15) / 24) * 2 * Math.PI));
  },
};

/** Normal life of each profile's fields. */
const BY_PROFILE: Readonly<Record<string, Signals>> = {
  'combustible-gas': { ch4: (context) => background(context, 'ch4', 1.2, 2.2, cooking), fault: () => never },
  'toxic-gas': {
    h2s: (context) => background(context, 'h2s', 0.6, 0.8, (tMs) => hump(tMs, 14, 4)),
    co: (context) => background(context, 'co', 1.5, 4, rushHour),
    nh3: (context) => background(context, 'nh3', 1.4, 1, activity),
    cl2: (context) => background(context, 'cl2', 0.08, 0.05, activity),
    fault: () => never,
  },
  oxygen: {
    o2:
      ({ noise }) =>
      (tMs) =>
        20.8 + 0.1 * noise.smooth('air', tMs, 3 * HOUR_MS) + 0.02 * noise.normal('o2', tMs),
    fault: () => never,
  },
  'vibration-machine': {
    velocity: ({ noise, limits }) => {
      const running = clearOf(limits('velocity'), 1.1);
      return (tMs) => {
        const isRunning = noise.smooth('duty', tMs, 5 * HOUR_MS) > -0.6;
        const wear = 1 + 0.1 * noise.smooth('load', tMs, 20 * MINUTE_MS) + 0.05 * noise.normal('velocity', tMs);
        return (isRunning ? running : running * 0.05) * wear;
      };
    },
    temperature:
      ({ noise }) =>
      (tMs) =>
        airTemperature(noise, tMs) +
        24 +
        4 * noise.smooth('bearing', tMs, HOUR_MS) +
        0.2 * noise.normal('bearing', tMs),
    ...battery,
  },
  'vibration-building': {
    ppv: (context) => traffic(context, 'ppv', clearOf(context.limits('ppv'), 0.3, 0.06)),
    frequency:
      ({ noise }) =>
      (tMs) =>
        14 + 5 * noise.smooth('ground', tMs, HOUR_MS) + 2 * noise.normal('frequency', tMs),
    ...battery,
  },
  'waterlogging-gauge': {
    // A dry gauge shows a tenth now and then: dew, a splash, the sensor's own noise.
    depth:
      ({ noise }) =>
      (tMs) =>
        Math.max(0, 0.15 * noise.normal('depth', tMs) - 0.1),
    ...battery,
  },
  'rain-gauge': {
    rain: () => () => 0,
    rain_1h: () => () => 0,
    rain_3h: () => () => 0,
    rain_24h: () => () => 0,
    ...battery,
  },
  'river-level': {
    level: ({ noise, limits }) => {
      const mildest = ladder(limits('level').above)[0];
      const base = mildest === undefined ? 2.4 : mildest > 1.5 ? mildest - 1 : mildest * 0.4;
      return (tMs) => base + 0.05 * noise.smooth('flow', tMs, 8 * HOUR_MS) + 0.004 * noise.normal('level', tMs);
    },
    // Solar supply: charged by day.
    voltage:
      ({ noise }) =>
      (tMs) =>
        12.3 + 1.2 * hump(tMs, 13, 3.5) + 0.02 * noise.normal('voltage', tMs),
  },
  smoke: { smoke: () => never, fault: () => never, ...battery },
  'manual-call-point': { pressed: () => never, fault: () => never, ...battery },
  'fire-water-pressure': {
    pressure: ({ noise, limits }) => {
      const low = clearAbove(limits('pressure'), 0.3 + 0.1 * noise.uniform('head', 0));
      return (tMs) => low + 0.06 * pumpCycle(noise, tMs) + 0.002 * noise.normal('pressure', tMs);
    },
    ...battery,
  },
  'tank-level': {
    level: ({ noise, limits, metric }) => {
      const highest = ladder(limits('level').above)[0] ?? metric('level')?.range?.[1] ?? 6;
      const lowest = ladder(limits('level').below)[0] ?? 0;
      const middle = (lowest + highest) / 2;
      return (tMs) =>
        middle + 0.1 * (highest - lowest) * (pumpCycle(noise, tMs) - 0.5) + 0.003 * noise.normal('level', tMs);
    },
    ...battery,
  },
  'residual-current': {
    residual_current: ({ noise, limits }) => {
      const base = Math.min(clearOf(limits('residual_current'), 90, 0.3), 40 + 70 * noise.uniform('leakage', 0));
      return (tMs) => base * (0.5 + 0.6 * activity(tMs)) + 0.04 * base * noise.normal('residual', tMs);
    },
    cable_temperature:
      ({ noise }) =>
      (tMs) =>
        airTemperature(noise, tMs) + 4 + 14 * activity(tMs) + 0.2 * noise.normal('cable', tMs),
    fault: () => never,
  },
  'slope-tilt': {
    tilt_x:
      ({ noise }) =>
      (tMs) =>
        0.2 * noise.smooth('tilt x', tMs, 5 * DAY_MS) + 0.01 * noise.normal('tilt x', tMs),
    tilt_y:
      ({ noise }) =>
      (tMs) =>
        0.2 * noise.smooth('tilt y', tMs, 5 * DAY_MS) + 0.01 * noise.normal('tilt y', tMs),
    pga:
      ({ noise }) =>
      (tMs) =>
        0.004 * (1 + activity(tMs)) * Math.exp(0.4 * Math.min(2.5, noise.normal('pga', tMs))),
    ...battery,
  },
  'crack-gauge': {
    crack:
      ({ noise }) =>
      (tMs) =>
        2.5 +
        noise.uniform('crack', 0) -
        0.1 * Math.cos(((localHour(tMs) - 15) / 24) * 2 * Math.PI) +
        0.01 * noise.normal('crack', tMs),
    tangent_angle:
      ({ noise }) =>
      (tMs) =>
        14 + 6 * noise.smooth('creep', tMs, 2 * DAY_MS) + 0.5 * noise.normal('angle', tMs),
    ...battery,
  },
  siren: { active: () => never },
};

/** A field nobody described: a number rests in the middle of what is allowed, a boolean is false, a text its first value. */
function plainSignal(field: string, metric: Metric, { noise, limits }: SignalContext): Signal {
  if (metric.type === 'boolean') return never;
  if (metric.type === 'string') return () => metric.values?.[0] ?? 'ok';
  const [low, high] = metric.range ?? [0, 100];
  const floor = ladder(limits(field).below)[0] ?? Math.max(low, Math.min(0, high));
  const ceiling = ladder(limits(field).above)[0] ?? high;
  return (tMs) =>
    floor + (ceiling - floor) * (0.4 + 0.1 * noise.smooth(field, tMs, HOUR_MS) + 0.01 * noise.normal(field, tMs));
}

/** The fields of a device in normal life: day and night, noise, pump cycles; nothing reaches a limit. */
export function signalsOf(profile: Profile, fields: readonly string[], context: SignalContext): Map<string, Signal> {
  const signals = new Map<string, Signal>();
  for (const field of fields) {
    const metric = profile.metrics[field];
    if (metric === undefined) continue;
    const described = BY_PROFILE[profile.id]?.[field];
    signals.set(field, described?.(context) ?? plainSignal(field, metric, context));
  }
  return signals;
}
