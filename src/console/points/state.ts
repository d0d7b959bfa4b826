import type { Alert } from '../../model/alert.ts';
import type { Level } from '../../model/level.ts';
import type { Point } from '../api/types.ts';
import { STALE_AFTER_INTERVALS } from '../live/stale.ts';
import { worstLevel } from '../ui/order.ts';

/** How a point stands: the worst level it is in alarm with, whether it speaks at all. */
export interface PointState {
  readonly level: Level | null;
  readonly offline: boolean;
  /** Nothing is compared with a limit, so no level says nothing. */
  readonly unlimited: boolean;
}

export function pointState(
  point: Point,
  alerts: readonly Alert[] | undefined,
  heardMs: number | undefined,
  nowMs: number,
): PointState {
  const recent = heardMs !== undefined && nowMs - heardMs < STALE_AFTER_INTERVALS * point.reportEveryMs;
  const level = alerts === undefined ? null : worstLevel(alerts);
  return { level, offline: !point.online && !recent, unlimited: !point.hasLimits };
}

/** For sorting: worst first, then silent ones, those without limits, then the rest. */
export function stateRank(state: PointState): number {
  const levels: Readonly<Record<Level, number>> = { red: 40, orange: 30, yellow: 20, blue: 10 };
  return (state.level === null ? 0 : levels[state.level]) + (state.offline ? 5 : 0) + (state.unlimited ? 2 : 0);
}
