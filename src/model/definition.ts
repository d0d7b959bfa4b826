import type { Family, Metric } from './site.ts';
import type { ThresholdDocument } from './threshold.ts';

/**
 * Everything evaluation needs to know of a monitoring point: who it is, what it measures, which values warn. Immutable
 * once made: a change of site, profile or thresholds makes a new definition with a new id. An alert names its revision.
 */
export interface PointDefinition {
  readonly id: number;
  readonly point: string;
  readonly area: string;
  readonly family: Family;
  readonly device: string;
  /** How often the device reports when it is well; silence is judged by it. */
  readonly reportEveryMs: number;
  /** The point's metrics by their own names, each with the number of its series. */
  readonly metrics: Readonly<Record<string, Metric & { readonly series: number }>>;
  /** Revision of the threshold document, 1 for the first; 0 when the point has never had one. */
  readonly revision: number;
  readonly document: ThresholdDocument;
  /**
   * Made by a former version, and judged as it did for as long as it is in force, so that a replay gives what was told then.
   * 1: only a metric with a range or sentinels has a range rule by itself. 1 and 2: a metric that stops while others go on
   * is not noticed, and the metric of a no-data rule means nothing. Absent of all that are made now.
   */
  readonly impliedRules?: 1 | 2;
}
