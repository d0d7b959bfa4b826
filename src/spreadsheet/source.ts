import type { AreaRecord, PointRecord } from '../model/registry.ts';
import type { Metric, Profile, SiteDevice } from '../model/site.ts';
import type { ThresholdDocument } from '../model/threshold.ts';

/** What the sheets are made from, and compared with. */
export interface SheetSource {
  areas(): readonly AreaRecord[];
  profiles(): readonly Profile[];
  devices(): Iterable<{ readonly id: string }>;
  device(id: string): SiteDevice | undefined;
  points(): Iterable<PointRecord>;
  point(id: string): PointRecord | undefined;
  thresholds(point: string): { readonly revision: number; readonly document: ThresholdDocument } | undefined;
}

/** A point as far as its limits need it; also one that the same file adds. */
export interface SheetPoint {
  readonly id: string;
  readonly name: { readonly zh: string; readonly en: string };
  readonly area: string;
  readonly metrics: Readonly<Record<string, Metric>>;
}
