import type { FieldLimits } from '../limits.ts';
import type { Noise } from '../noise.ts';
import type { Scalar } from '../signals.ts';

/** A device as stories see it. */
export interface CastMember {
  readonly id: string;
  readonly profile: string;
  readonly fields: readonly string[];
  /** Ids of its points, for people's sake: an underpass is told from a street by its name. */
  readonly points: readonly string[];
  readonly area: string | undefined;
  /** Longitude and latitude in degrees. */
  readonly location: readonly [number, number] | undefined;
  readonly limits: (field: string) => FieldLimits;
}

export interface Cast {
  /** Draws of the story as a whole. */
  readonly noise: Noise;
  /** When the fleet starts, ms since 1970. */
  readonly startMs: number;
  readonly members: readonly CastMember[];
}

/** What a story does to one field of one device, as a pure function of time. */
export interface Effect {
  readonly device: string;
  readonly field: string;
  /** The value instead of `value`, at `tMs`; `previousMs` is the device's report before this one. */
  apply(value: Scalar, tMs: number, previousMs: number): Scalar;
  /** The next moment after `afterMs` that the device reports at once, without waiting for its turn. */
  nextMomentMs?(afterMs: number): number | undefined;
}

export type Story = (cast: Cast) => Effect[];

/** When something happens: first `offsetMs` after the start, then again every `cycleMs`. */
export interface Timing {
  readonly offsetMs: number;
  readonly cycleMs: number;
}

/** How something swells and fades: within `riseMs` to full height, there for `holdMs`, gone after about `fallMs`. */
export interface Swell {
  readonly riseMs: number;
  readonly holdMs: number;
  readonly fallMs: number;
}

/** 0 to 1, `sinceMs` after the onset. Rises ever more slowly, as a room fills; fades exponentially, as it is aired. */
export function swell(sinceMs: number, { riseMs, holdMs, fallMs }: Swell): number {
  if (sinceMs <= 0) return 0;
  if (sinceMs < riseMs) return (1 - Math.exp((-3 * sinceMs) / riseMs)) / (1 - Math.exp(-3));
  const fadingMs = sinceMs - riseMs - holdMs;
  return fadingMs <= 0 ? 1 : Math.exp((-4 * fadingMs) / fallMs);
}

/** Turns of a group of devices: in each cycle another one has the leading part. */
export interface Rota {
  /** The time since the onset of the present cycle, and how the device stands to its leader: 0 is the leader itself. */
  at(
    index: number,
    tMs: number,
  ): { readonly sinceMs: number; readonly cycle: number; readonly rank: number } | undefined;
  /** The first `sinceMs` among `momentsMs` (ascending) after `afterMs`, in this or the next cycle, as a time. */
  next(afterMs: number, momentsMs: readonly number[]): number | undefined;
}

export function createRota(cast: Cast, name: string, size: number, { offsetMs, cycleMs }: Timing): Rota {
  const first = Math.floor(cast.noise.uniform(name, 0) * size);
  const beginMs = cast.startMs + offsetMs;
  return {
    at(index, tMs) {
      if (tMs < beginMs) return undefined;
      const cycle = Math.floor((tMs - beginMs) / cycleMs);
      return {
        sinceMs: tMs - beginMs - cycle * cycleMs,
        cycle,
        rank: (index - first - cycle + size * (cycle + 1)) % size,
      };
    },
    next(afterMs, momentsMs) {
      const cycle = Math.max(0, Math.floor((afterMs - beginMs) / cycleMs));
      for (const from of [beginMs + cycle * cycleMs, beginMs + (cycle + 1) * cycleMs]) {
        const momentMs = momentsMs.find((sinceMs) => from + sinceMs > afterMs);
        if (momentMs !== undefined) return from + momentMs;
      }
      return undefined;
    },
  };
}

/** Members of a profile that have a field. */
export function membersWith(cast: Cast, profile: string, field: string): CastMember[] {
  return cast.members.filter((member) => member.profile === profile && member.fields.includes(field));
}

/** Moves a number towards a target: share 0 leaves it, 1 replaces it. Anything but a number stays as it is. */
export function towards(value: Scalar, target: number, share: number): Scalar {
  return typeof value === 'number' ? value + (target - value) * share : value;
}
