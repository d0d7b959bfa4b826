import type { Level } from '../../src/model/level.ts';
import { aboveAll, type FieldLimits, ladder } from '../limits.ts';
import { createNoise } from '../noise.ts';
import { type Reservoir, rainMm, responseOf, riverReservoir, roadReservoir, STORM_EVERY_MS } from '../storm.ts';
import { type Cast, type CastMember, type Effect, membersWith, type Story, towards } from './story.ts';

const HOUR_MS = 3_600_000;

/** Depths in cm for gauges whose site file has no limits, after the classes of road depth in use. */
const FALLBACK_ROAD: FieldLimits = { above: { blue: 10, yellow: 15, orange: 25, red: 40 }, below: {} };

const RAIN_TOTALS: readonly (readonly [field: string, windowMs: number])[] = [
  ['rain_1h', HOUR_MS],
  ['rain_3h', 3 * HOUR_MS],
  ['rain_24h', 24 * HOUR_MS],
];

/**
 * A rainstorm every `STORM_EVERY_MS / timeScale`: rain at every gauge, water on the roads minutes later, rivers after that.
 * Exactly one road gauge (an underpass, if there is one) goes beyond its red limit, the others stop at yellow or orange.
 * `timeScale` makes it run faster: at 40, half an hour of storm takes 45 s.
 */
export function storm(offsetMs: number, timeScale: number): Story {
  return (cast) => {
    const clock: StormClock = (tMs) => (tMs - cast.startMs - offsetMs) * timeScale;
    return [...rain(cast, clock), ...roads(cast, clock), ...rivers(cast, clock)];
  };
}

/** Storm time since the first drop of the first storm; negative before it. */
type StormClock = (tMs: number) => number;

/** Rain in mm of all storms until a storm time. */
function totalRainMm(stormMs: number): number {
  const storms = Math.max(0, Math.floor(stormMs / STORM_EVERY_MS));
  return storms * rainMm(STORM_EVERY_MS) + rainMm(stormMs - storms * STORM_EVERY_MS);
}

function rain(cast: Cast, clock: StormClock): Effect[] {
  return membersWith(cast, 'rain-gauge', 'rain').flatMap((member) => {
    const catches = 0.85 + 0.25 * createNoise(member.id).uniform('catch', 0);
    const total = (stormMs: number) => catches * totalRainMm(stormMs);
    /** A tipping bucket counts tenths of a millimetre; what has not tipped yet comes with a later report. */
    const tips = (stormMs: number) => Math.floor(total(stormMs) * 10);
    return [
      {
        device: member.id,
        field: 'rain',
        apply: (_, tMs, previousMs) => (tips(clock(tMs)) - tips(clock(previousMs))) / 10,
      } satisfies Effect,
      ...RAIN_TOTALS.map(
        ([field, windowMs]): Effect => ({
          device: member.id,
          field,
          apply: (_, tMs) => total(clock(tMs)) - total(clock(tMs) - windowMs),
        }),
      ),
    ];
  });
}

/** A stand between the limit of a level and the one above it; undefined without that level. */
function between(limits: FieldLimits, level: Level): number | undefined {
  const limit = limits.above[level];
  if (limit === undefined) return undefined;
  const next = ladder(limits.above).find((other) => other > limit) ?? limit * 1.2;
  return limit + (next - limit) * 0.5;
}

function roads(cast: Cast, clock: StormClock): Effect[] {
  const gauges = membersWith(cast, 'waterlogging-gauge', 'depth');
  const underpasses = gauges.filter(({ points }) => points.some((point) => point.includes('underpass')));
  const deepest = cast.noise.pick('red underpass', 0, underpasses.length > 0 ? underpasses : gauges);
  return gauges.map((member, index) => {
    const own = member.limits('depth');
    const limits = ladder(own.above).length === 0 ? FALLBACK_ROAD : own;
    const target =
      member === deepest
        ? aboveAll(limits, 0.15, 46)
        : (between(limits, index % 2 === 0 ? 'yellow' : 'orange') ?? between(limits, 'yellow') ?? 20);
    const spread = createNoise(member.id).uniform('basin', 0);
    return rising(member, 'depth', roadReservoir(spread), target, clock);
  });
}

function rivers(cast: Cast, clock: StormClock): Effect[] {
  return membersWith(cast, 'river-level', 'level').map((member, index) => {
    const limits = member.limits('level');
    const target = between(limits, index % 2 === 0 ? 'yellow' : 'blue') ?? aboveAll(limits, 0.05, 3.6);
    const spread = createNoise(member.id).uniform('basin', 0);
    return rising(member, 'level', riverReservoir(spread), target, clock);
  });
}

function rising(member: CastMember, field: string, reservoir: Reservoir, peak: number, clock: StormClock): Effect {
  const response = responseOf(reservoir);
  return { device: member.id, field, apply: (value, tMs) => towards(value, peak, response(clock(tMs))) };
}
