import { z } from 'zod';

/**
 * The four colours of the Chinese warning convention, least severe first. Severity is stored as this order, never as
 * a number from a standard, because numbered levels run in opposite directions in different standards
 * (一级 is the highest in the emergency law 突发事件应对法, the lower set-point in GB/T 50493).
 */
export const LEVELS = ['blue', 'yellow', 'orange', 'red'] as const;
export const levelSchema = z.enum(LEVELS);
export type Level = (typeof LEVELS)[number];

/** 0 = no level, 1 = blue … 4 = red. The evaluator computes with ranks; names are for people and wires. */
export type LevelRank = 0 | 1 | 2 | 3 | 4;

const RANK: Record<Level, LevelRank> = { blue: 1, yellow: 2, orange: 3, red: 4 };

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
