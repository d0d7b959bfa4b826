import { aboveAll, ladder } from '../limits.ts';
import {
  type CastMember,
  createRota,
  type Effect,
  membersWith,
  type Story,
  type Swell,
  swell,
  type Timing,
  towards,
} from './story.ts';

/**
 * Fires, each beside another smoke detector: leakage current and cable heat first, then smoke, then somebody presses the
 * call point of the same area, and hoses draw the area's hydrants and tank down.
 */
export function fire(timing: Timing, shape: Swell): Story {
  return (cast) => {
    const detectors = membersWith(cast, 'smoke', 'smoke');
    const rota = createRota(cast, 'fire', detectors.length, timing);
    const burningMs = shape.riseMs + shape.holdMs;

    /** Time since the onset of a fire at the detector itself, or, for the rest of the fleet, in the same area. */
    const sinceAt = (member: CastMember, tMs: number) => {
      const own = detectors.indexOf(member);
      const turn = rota.at(Math.max(0, own), tMs);
      if (turn === undefined) return undefined;
      if (own !== -1) return turn.rank === 0 ? turn.sinceMs : undefined;
      const leader = detectors[(detectors.length - turn.rank) % detectors.length];
      return leader !== undefined && leader.area === member.area ? turn.sinceMs : undefined;
    };
    const isBetween = (sinceMs: number | undefined, fromMs: number, toMs: number) =>
      sinceMs !== undefined && sinceMs >= fromMs && sinceMs < toMs;

    const flag = (profile: string, field: string, fromMs: number): Effect[] =>
      membersWith(cast, profile, field).map((member) => ({
        device: member.id,
        field,
        apply: (value, tMs) => isBetween(sinceAt(member, tMs), fromMs, burningMs) || value,
        nextMomentMs: (afterMs) => {
          const momentMs = rota.next(afterMs, [fromMs, burningMs]);
          const concerns = (tMs: number) => sinceAt(member, tMs) !== undefined;
          return momentMs !== undefined && concerns(momentMs) ? momentMs : undefined;
        },
      }));
    const level = (profile: string, field: string, lateMs: number, target: (member: CastMember) => number): Effect[] =>
      membersWith(cast, profile, field).map((member) => {
        const goal = target(member);
        return {
          device: member.id,
          field,
          apply(value, tMs) {
            const sinceMs = sinceAt(member, tMs);
            return sinceMs === undefined ? value : towards(value, goal, swell(sinceMs - lateMs, shape));
          },
        };
      });

    if (detectors.length === 0) return [];
    return [
      ...level('residual-current', 'residual_current', 0, (m) => aboveAll(m.limits('residual_current'), 0.3, 600)),
      ...level('residual-current', 'cable_temperature', 0, (m) => aboveAll(m.limits('cable_temperature'), 0.15, 105)),
      ...flag('smoke', 'smoke', shape.riseMs / 2),
      ...flag('manual-call-point', 'pressed', shape.riseMs),
      ...level('fire-water-pressure', 'pressure', shape.riseMs, (m) => belowAll(m, 'pressure', 0.06)),
      ...level('tank-level', 'level', shape.riseMs, (m) => belowAll(m, 'level', 0.8)),
    ];
  };
}

/** A value under the most severe lower limit, or `fallback` when there is none. */
function belowAll(member: CastMember, field: string, fallback: number): number {
  const worst = ladder(member.limits(field).below).at(-1);
  return worst === undefined ? fallback : worst * 0.8;
}
