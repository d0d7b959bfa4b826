import type { Point } from '../../wire/points.ts';

export type { Area } from '../../wire/site.ts';
export type { Point };

export type PointValue = Point['values'][string];
export type MetricInfo = Point['metrics'][string];
