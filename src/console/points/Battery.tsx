import type { Point } from '../api/types.ts';
import { Reading } from './Reading.tsx';

/** The metric that tells the state of the battery, by the names devices give it; undefined when there is none. */
export function batteryMetric(point: Point): string | undefined {
  return Object.keys(point.metrics).find((metric) => /^batt(ery)?([._-]|$)|^bat$/i.test(metric));
}

export function Battery({ point }: { point: Point }) {
  const metric = batteryMetric(point);
  return metric === undefined ? (
    <span className="faint">–</span>
  ) : (
    <Reading point={point} metric={metric} named={false} />
  );
}
