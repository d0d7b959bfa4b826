import type { PointDefinition } from '../model/definition.ts';
import type { CountingRule } from '../model/device-act.ts';
import type { FieldProblem } from '../model/problem.ts';
import type { AreaRecord, DeviceRecord, PointRecord } from '../model/registry.ts';
import type { Area, Profile, ProfileNames, Site, SitePoint } from '../model/site.ts';
import type { ThresholdDocument, ThresholdFileEntry } from '../model/threshold.ts';
import type { Weakening } from '../model/weakening.ts';

/**
 * The registry: profiles, areas, devices, points, series numbers, threshold revisions and the immutable point
 * definitions made of them. It keeps everything in one SQLite file and an in-memory copy for reads; all calls are
 * synchronous and a change is on disk (fsync) when its call returns.
 *
 * A change never touches evaluation by itself: it returns the ids of the definitions it made, and the caller puts them
 * into the journal, so that replay sees the change at the same place as live evaluation did.
 */
export interface Registry {
  profiles(): readonly Profile[];
  areas(): readonly AreaRecord[];
  devices(): Iterable<DeviceRecord>;
  device(id: string): DeviceRecord | undefined;
  /** Rises whenever `device` may answer otherwise than before. */
  devicesVersion(): number;
  points(): Iterable<PointRecord>;
  point(id: string): PointRecord | undefined;
  /** The point and metric of a series number, also when the point is gone. */
  series(series: number): { readonly point: string; readonly metric: string } | undefined;

  /** Whether `secret` is the device's. Costs a few µs, whatever the number of devices reconnecting. */
  verifySecret(device: string, secret: Uint8Array): boolean;
  /** Whether the device still has the secret of the sample site, which everybody can read. */
  hasPublicSecret(device: string): boolean;

  /** The definition in force of every point, in the order of their ids. Used to find what the journal lacks. */
  currentDefinitions(): Iterable<{ readonly point: string; readonly id: number }>;
  /** Any definition ever made. Throws RangeError for an unknown id: the data folder is damaged. */
  definition(id: number): PointDefinition;
  definitions(ids: readonly number[]): PointDefinition[];
  /** The definition of a point that is in force. */
  definitionOf(point: string): PointDefinition | undefined;
  /** Whether any limit is in force for a point; false also of an unknown one. */
  hasLimits(point: string): boolean;

  /** True until a site has been put in: the files seed an empty data folder only. */
  isEmpty(): boolean;
  /** Everything as the files would say it, names and labels as given; without secrets, which only exist hashed. */
  contents(): RegistryInput;
  /** How the contents came to be as they are, and who changed them last. */
  origin(): SiteOrigin;
  /** One device as the files would say it, without its secret. */
  siteDevice(id: string): Site['devices'][number] | undefined;
  /**
   * What `apply` would do, found out by doing it and taking it back, so that both refuse the same. Throws ConfigError
   * with every problem.
   */
  difference(input: RegistryInput): readonly Difference[];
  /**
   * Makes the registry equal to these files, in one transaction. Throws ConfigError with every problem. A device given
   * without a secret keeps the one it has, because an export cannot give it.
   */
  apply(input: RegistryInput, author: string, atMs: number): AppliedChange;
  /** One point as the files would say it, and whose it is. */
  sitePoint(id: string): { readonly device: string; readonly point: SitePoint } | undefined;
  /** Adds or replaces one area. Throws ConfigError. */
  putArea(area: Area, author: string, atMs: number): RegistryChange;
  /**
   * Takes an area away. What lies in it is put into the area `into`; without one it is refused while anything does. Throws
   * ConfigError for an `into` that cannot be.
   */
  removeArea(id: string, into: string | undefined, author: string, atMs: number): AreaRemoval;
  /**
   * Adds a point to a device, or replaces what is said of it; with another device than it had it is measured by that one from
   * now on. Throws ConfigError.
   */
  putPoint(device: string, point: SitePoint, author: string, atMs: number): RegistryChange;
  /** Takes a point away; refused while a vote of another point counts on it. */
  removePoint(id: string, author: string, atMs: number): PointRemoval;
  /** Replaces all names of a profile and its metrics. Throws ConfigError. */
  putProfileNames(id: string, names: ProfileNames, author: string, atMs: number): RegistryChange;
  /** Adds or replaces one device with its points. Throws ConfigError. */
  putDevice(device: Site['devices'][number], author: string, atMs: number, reason?: string): RegistryChange;
  removeDevice(id: string, author: string, atMs: number): RegistryChange;
  /**
   * Devices that go and devices as they shall be, with documents for points that need another one, in one transaction. A
   * point may go from one of them to another and stays what it is. Throws ConfigError; with `isTrial` it is taken back.
   */
  rearrange(change: Rearrangement): RegistryChange;
  /** Rules of other points whose votes count one of these. */
  counting(points: ReadonlySet<string>): readonly CountingRule[];

  /** The point's present threshold document; revision 0 and an empty document when it never had one. */
  thresholds(point: string): ThresholdRevision | undefined;
  /**
   * What evaluation could not run of a document at this point, each beginning with the place: `rules.depth.metric: …`.
   * Empty when all is well; a point that is not there can run nothing.
   */
  thresholdProblems(point: string, document: ThresholdDocument): readonly FieldProblem[];
  /** Newest first. */
  revisions(point: string, limit: number, beforeRevision?: number): ThresholdRevision[];
  revision(point: string, revision: number): ThresholdRevision | undefined;
  /**
   * Makes a new revision if `expectedRevision` is still the present one.
   * `lost-race` gives the revision that is; `problems` lists what evaluation could not run, such as unknown metrics or
   * impossible units.
   */
  putThresholds(change: ThresholdChange): ThresholdOutcome;
  /** The same for several points in one transaction: all of them, or none and every reason why not. */
  putThresholdsAll(changes: readonly ThresholdChange[]): ThresholdsOutcome;
  /**
   * Devices with their points, and documents of points old and new, in one transaction: all of it, or none and every
   * reason why not. What is wrong with the devices is a ConfigError. With `isTrial` it is taken back again.
   */
  putTogether(change: JointChange): ThresholdsOutcome;
  /** The revisions in force that are temporary, soonest end first. */
  temporaryRevisions(): ThresholdRevision[];

  /** Keeps a change for a time ahead, checked as if it were to be made now; it takes the place of one that waits. */
  schedule(wanted: ThresholdChange & { readonly fromMs: number }): ScheduleOutcome;
  /** The point's change that waits for its time, or could not come into force at it. */
  scheduled(point: string): ScheduledChange | undefined;
  /** Those whose time has come, soonest first. */
  dueChanges(atMs: number): ScheduledChange[];
  /** Makes the revision of a change whose time has come. What cannot be made is kept with why, until it is removed. */
  makeScheduled(point: string, atMs: number): ThresholdOutcome;
  /** False when there is none. */
  removeScheduled(point: string, author: string, atMs: number): boolean;

  /** Keeps changes for a second person to approve; they are checked as if they were to be made now. */
  propose(wanted: WantedProposal): ProposeOutcome;
  /** Newest first; `before` is the number of a proposal. */
  proposals(filter: {
    /** Only those that nobody has decided on and that have not expired by this time. */
    readonly pendingAtMs?: number | undefined;
    readonly before?: number | undefined;
    readonly limit: number;
  }): Proposal[];
  proposal(id: string): Proposal | undefined;
  /** Makes the revisions of a proposal, all of them or none, with both names. */
  approve(id: string, decision: Decision): ApproveOutcome;
  /** Ends a proposal without making anything of it. */
  closeProposal(id: string, how: 'rejected' | 'withdrawn', decision: Decision): DecideOutcome;

  /** Rule tests kept from real history, by name. */
  ruleTests(): RuleTestFile[];
  ruleTest(name: string): RuleTestFile | undefined;
  /** False when there is one of this name. */
  keepRuleTest(test: RuleTestFile): boolean;
  /** False when there is none. */
  removeRuleTest(name: string, author: string, atMs: number): boolean;

  close(): void;
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

export interface RegistryInput {
  readonly profiles: readonly Profile[];
  readonly site: Site;
  readonly thresholds: readonly ThresholdFileEntry[];
}

export interface RegistryChange {
  /** Definitions made, to be journalled. */
  readonly definitions: readonly number[];
  /** Points that are gone, to be journalled. */
  readonly retired: readonly string[];
}

export type AreaRemoval =
  | { readonly ok: true; readonly change: RegistryChange }
  | { readonly ok: false; readonly error: 'unknown-area' }
  | {
      readonly ok: false;
      readonly error: 'in-use';
      /** What lies directly in it. */
      readonly areas: readonly string[];
      readonly points: readonly string[];
    };

export type PointRemoval =
  | { readonly ok: true; readonly change: RegistryChange }
  | { readonly ok: false; readonly error: 'unknown-point' }
  | { readonly ok: false; readonly error: 'in-use'; readonly votes: readonly VoteOf[] };

/** A rule that counts the votes of points. */
export interface VoteOf {
  readonly point: string;
  readonly rule: string;
}

/** One thing that applying an input would do. */
export interface Difference {
  readonly kind: 'profile' | 'area' | 'device' | 'point' | 'thresholds';
  readonly change: 'added' | 'changed' | 'removed';
  readonly id: string;
  /** What of it, in the words of the files: `above of rules.depth.levels.red: 27 -> 30`; empty for added and removed. */
  readonly details: readonly string[];
}

export interface AppliedChange extends RegistryChange {
  readonly differences: readonly Difference[];
}

export interface ThresholdRevision {
  readonly point: string;
  readonly revision: number;
  readonly document: ThresholdDocument;
  readonly author: string;
  readonly atMs: number;
  readonly reason: string | null;
  /** Temporary: in force until then, ms since 1970, unless it is changed before; null for good. */
  readonly untilMs: number | null;
  /** The revision whose document comes back at `untilMs`; null when the revision is for good. */
  readonly revertsTo: number | null;
  /** Who approved it, when a second person had to; null otherwise. */
  readonly approvedBy: string | null;
  /** The id of the proposal it was made from, or null. */
  readonly proposal: string | null;
}

export interface ThresholdChange {
  readonly point: string;
  readonly expectedRevision: number;
  readonly document: ThresholdDocument;
  readonly author: string;
  readonly atMs: number;
  readonly reason: string | null;
  /** Left out or null: for good. */
  readonly untilMs?: number | null | undefined;
}

/** A change that comes into force at a time ahead, if nothing has changed by then what it was made from. */
export interface ScheduledChange {
  readonly point: string;
  /** What the change was made from. */
  readonly revision: number;
  readonly document: ThresholdDocument;
  readonly author: string;
  /** When it was asked for, ms. */
  readonly atMs: number;
  readonly reason: string | null;
  /** When it comes into force, ms. */
  readonly fromMs: number;
  /** Temporary: until when, ms; null for good. */
  readonly untilMs: number | null;
  /** Why it could not; null while it waits. */
  readonly failure: ThresholdFailure['error'] | null;
}

export type ScheduleOutcome = { readonly ok: true; readonly scheduled: ScheduledChange } | ThresholdFailure;

/** The text of a `*.test.yaml`, and who kept it. */
export interface RuleTestFile {
  /** Of the file, without `.test.yaml`. */
  readonly name: string;
  readonly point: string;
  readonly text: string;
  readonly author: string;
  readonly atMs: number;
}

/** One point's change within a proposal. */
export interface ProposedItem {
  readonly point: string;
  /** What the change was made from. */
  readonly revision: number;
  readonly document: ThresholdDocument;
  /** Temporary values: the former ones come back then, ms. */
  readonly untilMs: number | null;
  /** What it makes harder to reach, as it was when proposed. */
  readonly weakens: readonly Weakening[];
  /** The revision it became; null until it is approved. */
  readonly made: number | null;
}

/** Changes of one or more points that wait for a second person, and stand or fall together. */
export interface Proposal {
  readonly id: string;
  /** Rises with each proposal. */
  readonly number: number;
  readonly author: string;
  readonly atMs: number;
  readonly reason: string;
  /** When nobody can approve it any more. */
  readonly expiresMs: number;
  /** Null while nobody has decided. */
  readonly decision: 'approved' | 'rejected' | 'withdrawn' | null;
  readonly decidedBy: string | null;
  readonly decidedMs: number | null;
  readonly note: string | null;
  readonly items: readonly ProposedItem[];
}

export interface WantedProposal {
  readonly id: string;
  readonly author: string;
  readonly atMs: number;
  readonly reason: string;
  readonly expiresMs: number;
  readonly items: readonly Omit<ProposedItem, 'made'>[];
}

export interface Decision {
  readonly by: string;
  readonly atMs: number;
  readonly note: string | null;
}

export type ProposeOutcome =
  | { readonly ok: true; readonly proposal: Proposal }
  | { readonly ok: false; readonly failures: readonly (ThresholdFailure & { readonly point: string })[] };

export type UndecidedFailure =
  | { readonly ok: false; readonly error: 'unknown-proposal' }
  | { readonly ok: false; readonly error: 'decided' | 'expired'; readonly proposal: Proposal };

export type DecideOutcome = { readonly ok: true; readonly proposal: Proposal } | UndecidedFailure;

export type ApproveOutcome =
  | {
      readonly ok: true;
      readonly proposal: Proposal;
      readonly revisions: readonly ThresholdRevision[];
      readonly change: RegistryChange;
    }
  | UndecidedFailure
  /** The author may not be the second person. */
  | { readonly ok: false; readonly error: 'own' }
  | {
      readonly ok: false;
      readonly error: 'refused';
      readonly failures: readonly (ThresholdFailure & { readonly point: string })[];
    };

/** What is done to devices in one act. */
export interface Rearrangement {
  /** What it is called in the trail. */
  readonly act: string;
  readonly removed: readonly string[];
  readonly devices: readonly Site['devices'][number][];
  /** Of points of these devices. */
  readonly documents: readonly { readonly point: string; readonly document: ThresholdDocument }[];
  readonly author: string;
  readonly atMs: number;
  /** Of the revisions of those documents. */
  readonly reason: string;
  readonly isTrial: boolean;
}

export interface JointChange {
  readonly devices: readonly Site['devices'][number][];
  readonly thresholds: readonly ThresholdChange[];
  readonly author: string;
  readonly atMs: number;
  /** Of the devices, for the trail; documents have their own. */
  readonly reason: string;
  readonly isTrial: boolean;
}

export type ThresholdFailure =
  | { readonly ok: false; readonly error: 'unknown-point' }
  | { readonly ok: false; readonly error: 'lost-race'; readonly revision: number }
  | { readonly ok: false; readonly error: 'invalid'; readonly problems: readonly FieldProblem[] };

export type ThresholdOutcome =
  | { readonly ok: true; readonly revision: ThresholdRevision; readonly change: RegistryChange }
  | ThresholdFailure;

export type ThresholdsOutcome =
  | { readonly ok: true; readonly revisions: readonly ThresholdRevision[]; readonly change: RegistryChange }
  | { readonly ok: false; readonly failures: readonly (ThresholdFailure & { readonly point: string })[] };
