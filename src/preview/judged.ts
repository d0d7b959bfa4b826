import type { PointDefinition } from '../model/definition.ts';
import type { Stretch } from './interval.ts';
import type { SeriesColumns } from './replay.ts';
import type { Period } from './statistics.ts';

/** A period of a point's history that is judged, by what. */
export interface Judged {
  readonly definition: PointDefinition;
  readonly period: Period;
  readonly readings: readonly SeriesColumns[];
  /** At which intervals the readings come. */
  readonly stretches: readonly Stretch[];
}
