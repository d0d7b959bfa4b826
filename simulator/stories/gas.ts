import { aboveAll, ladder } from '../limits.ts';
import {
  type Cast,
  createRota,
  type Effect,
  membersWith,
  type Story,
  type Swell,
  swell,
  type Timing,
  towards,
} from './story.ts';

const TOXIC_FIELDS = ['h2s', 'co', 'nh3', 'cl2'];

/** Where a leak leads when the site has no limit for the gas, in the profile's unit. */
const FALLBACK_TARGET: Readonly<Record<string, number>> = { ch4: 60, h2s: 24, co: 48, nh3: 48, cl2: 2.4 };

/**
 * Leaks, one after the other: a combustible gas detector goes well beyond its upper limit, the next one of the site gets
 * some of it; a toxic gas does the same a little later, and the oxygen of a cellar is displaced.
 */
export function gasLeak(timing: Timing, shape: Swell): Story {
  return (cast) => [
    ...leaks(cast, 'combustible-gas', 'ch4', timing, shape),
    ...TOXIC_FIELDS.flatMap((field, i) =>
      leaks(cast, 'toxic-gas', field, { ...timing, offsetMs: timing.offsetMs + (i + 1) * 0.15 * shape.holdMs }, shape),
    ),
    ...displacedOxygen(cast, { ...timing, offsetMs: timing.offsetMs + 0.3 * shape.holdMs }, shape),
  ];
}

function leaks(cast: Cast, profile: string, field: string, timing: Timing, shape: Swell): Effect[] {
  const members = membersWith(cast, profile, field);
  const rota = createRota(cast, `leak ${field}`, members.length, timing);
  return members.map((member, index) => {
    const limits = member.limits(field);
    const full = aboveAll(limits, 0.2, FALLBACK_TARGET[field] ?? 0);
    const steps = ladder(limits.above);
    // The neighbour stands between its first limit and the one after it.
    const partial = steps[0] === undefined ? full / 3 : (steps[0] + Math.min(steps[1] ?? full, full)) / 2;
    return {
      device: member.id,
      field,
      apply(value, tMs) {
        const turn = rota.at(index, tMs);
        if (turn === undefined || turn.rank > 1) return value;
        const share = swell(turn.rank === 0 ? turn.sinceMs : turn.sinceMs - shape.riseMs / 2, shape);
        return towards(value, turn.rank === 0 ? full : partial, share);
      },
    };
  });
}

function displacedOxygen(cast: Cast, timing: Timing, shape: Swell): Effect[] {
  const members = membersWith(cast, 'oxygen', 'o2');
  const rota = createRota(cast, 'oxygen', members.length, timing);
  return members.map((member, index) => {
    const lowest = ladder(member.limits('o2').below).at(-1) ?? 18;
    return {
      device: member.id,
      field: 'o2',
      apply(value, tMs) {
        const turn = rota.at(index, tMs);
        return turn?.rank === 0 ? towards(value, lowest - 1.2, swell(turn.sinceMs, shape)) : value;
      },
    };
  });
}
