import type { Profile, Site, SiteDevice } from './site.ts';
import type { ThresholdDocument, ThresholdFileEntry } from './threshold.ts';
import type { PointFailure, ThresholdChange } from './threshold-change.ts';

/** What a site consists of, what may be changed of it in one act, and what can come of that. */

/** Everything that the files of devices and thresholds say. */
export interface SiteContents {
  readonly profiles: readonly Profile[];
  readonly site: Site;
  readonly thresholds: readonly ThresholdFileEntry[];
}

/** One thing that applying a site would do, or did. */
export interface SiteDifference {
  readonly kind: 'profile' | 'area' | 'device' | 'point' | 'thresholds';
  readonly change: 'added' | 'changed' | 'removed';
  readonly id: string;
  /** What of it, in the words of the files: `above of rules.depth.levels.red: 27 -> 30`; empty for added and removed. */
  readonly details: readonly string[];
}

export interface SiteOrigin {
  /**
   * `seed`: as the first start filled it; `files`: changed since, by nothing but files that were applied; `people`: changed
   * one thing at a time as well, in the console, over the API or by commands.
   */
  readonly by: 'seed' | 'files' | 'people';
  /** The newest change that counts: of people where there is one. Null for a site that nothing has filled yet. */
  readonly last: { readonly author: string; readonly atMs: number } | null;
}

/** Devices with all of their points, and documents of points old and new. */
export interface JointChange {
  readonly devices: readonly SiteDevice[];
  readonly thresholds: readonly ThresholdChange[];
  readonly author: string;
  /** Of the devices, for the trail; documents have their own. */
  readonly reason: string;
}

export type JointOutcome = { readonly ok: true } | { readonly ok: false; readonly failures: readonly PointFailure[] };

/** What is done to devices in one act: those that go, and others as they shall be; a point may go from one to another. */
export interface Rearrangement {
  /** What it is called in the trail. */
  readonly act: 'renamed' | 'dialect-changed' | 'moved' | 'profile-changed' | 'replaced';
  readonly removed: readonly string[];
  readonly devices: readonly SiteDevice[];
  readonly documents: readonly { readonly point: string; readonly document: ThresholdDocument }[];
  readonly author: string;
  /** Of the revisions of those documents. */
  readonly reason: string;
}

export type AreaRemoval =
  | { readonly ok: true }
  | { readonly ok: false; readonly error: 'unknown-area' }
  | {
      readonly ok: false;
      readonly error: 'in-use';
      readonly areas: readonly string[];
      readonly points: readonly string[];
    };
