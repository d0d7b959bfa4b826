import { aboveAll, ladder } from '../limits.ts';
import {
  type CastMember,
  createRota,
  membersWith,
  type Story,
  type Swell,
  swell,
  type Timing,
  towards,
} from './story.ts';

/** Mean size of a degree of longitude and latitude near 29.5 N, m. */
const METRES_PER_DEGREE = [96_900, 110_850] as const;

/** A blast shakes the ground this long; the sensor reports its peak at once. */
const BLAST_MS = 2_000;

/** Decay with distance: Sadovsky's formula, which GB 6722 uses, has an exponent of 1.3 to 2.0 by the kind of rock. */
const DECAY = 1.6;
const NEAR_M = 150;

/** Where a blast leads when the site has no limit for the peak velocity, mm/s. */
const FALLBACK_PPV = 24;

function distanceM(a: CastMember, b: CastMember): number {
  if (a.location === undefined || b.location === undefined) return NEAR_M * 4;
  const [x, y] = [a.location[0] - b.location[0], a.location[1] - b.location[1]];
  return Math.hypot(x * METRES_PER_DEGREE[0], y * METRES_PER_DEGREE[1]);
}

/**
 * Blasts, each beside another building: there the peak velocity goes beyond every limit, elsewhere it falls with the
 * distance, and with it the frequency, for the ground takes the high ones first.
 */
export function blasting(timing: Timing): Story {
  return (cast) => {
    const members = membersWith(cast, 'vibration-building', 'ppv');
    const rota = createRota(cast, 'blast', members.length, timing);
    return members.flatMap((member, index) => {
      // The member that leads is the nearest building; this one's share of its shaking falls with the distance.
      const blastAt = (tMs: number, previousMs: number) => {
        const turn = rota.at(index, tMs);
        if (turn === undefined || turn.sinceMs - (tMs - previousMs) > BLAST_MS) return undefined;
        const leader = members[(index - turn.rank + members.length) % members.length] ?? member;
        const metres = distanceM(leader, member);
        const strength = 1.1 + 0.2 * cast.noise.uniform('charge', turn.cycle);
        const ppv = aboveAll(leader.limits('ppv'), 0, FALLBACK_PPV) * strength * (NEAR_M / (NEAR_M + metres)) ** DECAY;
        return { ppv, frequency: 8 + 22 / (1 + metres / 300) };
      };
      return [
        {
          device: member.id,
          field: 'ppv',
          apply: (value, tMs, previousMs) => {
            const blast = blastAt(tMs, previousMs);
            return blast === undefined || typeof value !== 'number' ? value : Math.max(value, blast.ppv);
          },
          nextMomentMs: (afterMs) => rota.next(afterMs, [BLAST_MS / 2]),
        },
        {
          device: member.id,
          field: 'frequency',
          apply: (value, tMs, previousMs) => blastAt(tMs, previousMs)?.frequency ?? value,
        },
      ];
    });
  };
}

/** A machine's bearing goes: velocity climbs past every limit, heat follows; then the machine is repaired. */
export function failingBearing(timing: Timing, shape: Swell): Story {
  return (cast) => {
    const members = membersWith(cast, 'vibration-machine', 'velocity');
    const rota = createRota(cast, 'bearing', members.length, timing);
    return members.flatMap((member, index) => {
      const target = aboveAll(member.limits('velocity'), 0.15, 9);
      const heat = aboveAll(member.limits('temperature'), 0.05, 85);
      const shareAt = (tMs: number, lateMs: number) => {
        const turn = rota.at(index, tMs);
        return turn?.rank === 0 ? swell(turn.sinceMs - lateMs, shape) : 0;
      };
      return [
        { device: member.id, field: 'velocity', apply: (value, tMs) => towards(value, target, shareAt(tMs, 0)) },
        {
          device: member.id,
          field: 'temperature',
          apply: (value, tMs) => towards(value, heat, 0.8 * shareAt(tMs, shape.riseMs)),
        },
      ];
    });
  };
}

/** A slope creeps and comes to rest again: the improved tangent angle climbs just beyond its second limit. */
export function creepingSlope(timing: Timing, shape: Swell): Story {
  return (cast) => {
    const members = membersWith(cast, 'crack-gauge', 'tangent_angle');
    const rota = createRota(cast, 'slope', members.length, timing);
    return members.map((member, index) => {
      const target = (ladder(member.limits('tangent_angle').above)[1] ?? 80) + 1;
      return {
        device: member.id,
        field: 'tangent_angle',
        apply(value, tMs) {
          const turn = rota.at(index, tMs);
          return turn?.rank === 0 ? towards(value, target, swell(turn.sinceMs, shape)) : value;
        },
      };
    });
  };
}
