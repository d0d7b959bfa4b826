import { useMemo } from 'react';
import { usePoints } from '../api/queries.ts';
import type { Point } from '../api/types.ts';
import { useSlowServerNow } from '../live/clock.ts';
import { useAlertView, useLive } from '../live/context.tsx';
import { type PointState, pointState } from './state.ts';

/** Silence is judged anew so often; alerts count at once. */
const JUDGE_EVERY_S = 10;

export interface PointWithState {
  readonly point: Point;
  readonly state: PointState;
}

/** Every point with how it stands, in the order of the list. */
export function usePointStates(): readonly PointWithState[] {
  const points = usePoints();
  const live = useLive();
  const { byPoint } = useAlertView();
  const nowMs = useSlowServerNow(JUDGE_EVERY_S);
  return useMemo(
    () =>
      points.map((point) => ({
        point,
        state: pointState(point, byPoint.get(point.id), live.heardFrom(point.id), nowMs),
      })),
    [points, byPoint, live, nowMs],
  );
}
