/**
 * The four colours of the Chinese warning convention, least severe first. Severity is stored as this order, never as
 * a number from a standard, because numbered levels run in opposite directions in different standards
 * (一级 is the highest in the emergency law 突发事件应对法, the lower set-point in GB/T 50493).
 */
export const LEVELS = ['blue', 'yellow', 'orange', 'red'] as const;
export type Level = (typeof LEVELS)[number];

/** Most severe first, as every list of levels is shown. */
export const LEVELS_DOWN: readonly Level[] = LEVELS.toReversed();

/** 0 = no level, 1 = blue … 4 = red. The evaluator computes with ranks; names are for people and wires. */
export type LevelRank = 0 | 1 | 2 | 3 | 4;

export const RANK: Readonly<Record<Level, Exclude<LevelRank, 0>>> = { blue: 1, yellow: 2, orange: 3, red: 4 };
