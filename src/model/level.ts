import { z } from 'zod';
import { LEVELS, type Level, type LevelRank, RANK } from './severity.ts';

export { LEVELS, type Level, type LevelRank };

export const levelSchema = z.enum(LEVELS);

export function rankOf(level: Level): LevelRank {
  return RANK[level];
}

/** The level of a rank from 1 to 4. Throws RangeError on 0 or anything else, which is a bug of the caller. */
export function levelOf(rank: number): Level {
  const level = LEVELS[rank - 1];
  if (level === undefined) throw new RangeError(`no level has rank ${rank}`);
  return level;
}

/** Severity of a level in CAP 1.2 (DOMAIN: 蓝黄橙红 map to Minor, Moderate, Severe, Extreme). */
export const CAP_SEVERITY: Record<Level, 'Minor' | 'Moderate' | 'Severe' | 'Extreme'> = {
  blue: 'Minor',
  yellow: 'Moderate',
  orange: 'Severe',
  red: 'Extreme',
};
