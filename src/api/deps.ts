import type { Log } from '../lib/log.ts';
import type { ThresholdAdvice } from '../model/advice.ts';
import type { Alert, AlertEvent } from '../model/alert.ts';
import type { AlertFilter } from '../model/alert-filter.ts';
import type {
  AnalysisFailure,
  AnalysisOptions,
  KeptRuleTest,
  PreviewJobView,
  RecordedRuleTest,
} from '../model/analysis.ts';
import type { CountingRule } from '../model/device-act.ts';
import type { Commandable, CommandRecord, DeviceCommand, NotTold } from '../model/device-command.ts';
import type { OperatorAction } from '../model/entry.ts';
import type { IngestCall, IngestOutcome, PushCall, PushCheck, PushCheckOutcome } from '../model/http-ingest.ts';
import type { DeviceStatus, LiveValue } from '../model/live-values.ts';
import type { Maintenance, MaintenancePlan } from '../model/maintenance.ts';
import type { MapView } from '../model/map.ts';
import type { AnswerPage } from '../model/notify/answer-page.ts';
import type { Explanation } from '../model/notify/explanation.ts';
import type { NoticeText, NoticeWish } from '../model/notify/notice-text.ts';
import type { PeoplePreview } from '../model/notify/people-preview.ts';
import type { Rehearsal, RehearsalProblem, RehearsalWish } from '../model/notify/rehearsal.ts';
import type { Duty, DutyGap } from '../model/notify/rota.ts';
import type { NotifySetup } from '../model/notify/setup.ts';
import type { SetupSheetOutcome } from '../model/notify/setup-sheet.ts';
import type { KeptSilence, Silence } from '../model/notify/silence.ts';
import type {
  ExplainRequest,
  PreviewPeopleRequest,
  SetupRecord,
  SetupRevision,
} from '../model/notify/telling-request.ts';
import type { ChannelFigures, ChannelMessage, ChannelTest, ToldMessage } from '../model/notify/told.ts';
import type { ToldSheetRow } from '../model/notify/told-sheet.ts';
import type { Plan, PlanPutOutcome, PlanSet } from '../model/plan.ts';
import type { ThresholdPreview } from '../model/preview.ts';
import type { FieldProblem } from '../model/problem.ts';
import type { QuarantinedPayload, QuarantineFilter } from '../model/quarantined.ts';
import type { Bucket, BucketQuery, Sample, SampleQuery } from '../model/reading.ts';
import type { ExportOutcome, ExportRequest, ImportOutcome } from '../model/reading-files.ts';
import type { ActOutcome } from '../model/refusal-of.ts';
import type { RefusedName } from '../model/refused-name.ts';
import type { AreaRecord, DeviceRecord, Handover, PointRecord } from '../model/registry.ts';
import type { Reread } from '../model/reread.ts';
import type { BackupOutcome, HealthReport, MqttPorts, SystemFigures } from '../model/server-figures.ts';
import type { Area, Profile, ProfileNames, SiteDevice, SitePoint } from '../model/site.ts';
import type {
  AreaRemoval,
  JointChange,
  JointOutcome,
  Rearrangement,
  SiteContents,
  SiteDifference,
  SiteOrigin,
} from '../model/site-change.ts';
import type { SourceRecord, SourceRevision, SourceSettings, SourceTest } from '../model/source-setup.ts';
import type { SourceState } from '../model/source-state.ts';
import type { SheetPlan } from '../model/spreadsheet.ts';
import type { Template } from '../model/template.ts';
import type { ThresholdDocument } from '../model/threshold.ts';
import type {
  ProposalOutcome,
  ScheduleOutcome,
  SecondPersonNeeded,
  ThresholdChange,
  ThresholdFailure,
  ThresholdFailures,
} from '../model/threshold-change.ts';
import type { Proposal, ScheduledChange, ThresholdRevision } from '../model/threshold-records.ts';
import type { MessageToTry, Trial } from '../model/trial.ts';
import type { Watched } from '../model/watch.ts';
import type { Weakening } from '../model/weakening.ts';
import type { Accounts } from './accounts.ts';

/**
 * What the HTTP routes need of the rest, as functions; app.ts puts the stages behind them, tests put what they like.
 * All reads are of the state that has been evaluated so far.
 */
export interface ApiDeps {
  readonly log: Log;
  readonly nowMs: () => number;
  /** The zone of the site, an IANA name. */
  readonly timezone: string;
  readonly version: string;
  /** Where devices reach the broker. */
  readonly mqttPorts: () => MqttPorts;
  readonly accounts: Accounts;
  readonly hub: LiveHub;
  readonly registry: RegistryReads;
  readonly live: LiveReads;
  readonly alerts: AlertReads;
  readonly thresholds: Thresholds;
  readonly proposals: Proposals;
  readonly site: SiteChanges;
  readonly maintenance: MaintenanceDeps;
  readonly analyses: Analyses;
  /** Who is told of what, as it is in force. */
  readonly telling: Telling;
  readonly silences: Silences;
  readonly plans: PlansDeps;
  readonly previewJobs: PreviewJobs;
  readonly ruleTests: RuleTests;
  /** Threshold documents as standards have them, by id; nothing applies itself. */
  readonly templates: readonly Template[];
  readonly spreadsheets: Spreadsheets;
  readonly setupSheets: SetupSheets;
  readonly history: HistoryReads;
  readonly readingFiles: ReadingFiles;
  readonly quarantine: QuarantineReads;
  /** Reads a message as one of a device of the profile would be read; keeps nothing of it. */
  readonly tryMessage: (profile: Profile, message: MessageToTry) => Promise<Trial>;
  readonly codecs: CodecReads;
  /** Reads once more what could not be read of a device when it came; undefined when there is none of this id. */
  readonly reread: (device: string) => Promise<Reread> | undefined;
  /** Takes a device's message that comes over HTTP. */
  readonly ingest: (call: IngestCall) => Promise<IngestOutcome>;
  /** Takes what a platform of NB-IoT devices posts, and tells one that asks whether it is known. */
  readonly push: {
    receive(call: PushCall): Promise<IngestOutcome>;
    check(call: PushCheck): Promise<PushCheckOutcome>;
  };
  /** MQTT user names that were refused since the start; the newest first, within bounds. */
  readonly refusedNames: () => readonly RefusedName[];
  /** What was kept of a device's messages, which is watched from now on; undefined when too many are already. */
  readonly watchDevice: (device: string) => Watched | undefined;
  readonly deviceCommands: DeviceCommands;
  /** Journals what an operator did, and gives the outcome once it has been evaluated. */
  readonly act: (action: OperatorAction) => Promise<ActOutcome>;
  readonly health: () => HealthReport;
  readonly map: SiteMap;
  readonly system: () => SystemFigures;
  /** Feeds, pushes and listeners of line protocols that are in use. */
  readonly sources: () => readonly SourceState[];
  readonly sourceSetups: SourceSetups;
  /** Prometheus text exposition format. */
  readonly metrics: () => Promise<string>;
  /**
   * Writes a consistent copy of the data folder to a folder of the server's machine: a name or path below the backups
   * folder, or any path when `anywhere`.
   */
  readonly backup: (folder: string, anywhere: boolean) => Promise<BackupOutcome>;
}

/** Sources as people set them up while the server runs, beside those of its configuration. */
export interface SourceSetups {
  list(): readonly ShownSource[];
  /** Newest first; `before` is a revision. */
  revisions(name: string, limit: number, before?: number): readonly SourceRevision[];
  /** Adds a source, or changes it. Resolves when that is in force. */
  put(change: {
    readonly name: string;
    readonly settings: SourceSettings;
    /** Undefined: it keeps the one that it has, as long as it is led to the same place. */
    readonly secret: string | undefined;
    /** The one it was made from; 0 while there is none. */
    readonly expectedRevision: number;
    readonly author: string;
    readonly reason: string | null;
  }): Promise<{ readonly ok: true } | SourceRefusal>;
  remove(change: {
    readonly name: string;
    readonly expectedRevision: number;
    readonly author: string;
    readonly reason: string | null;
  }): Promise<{ readonly ok: true } | SourceRefusal | { readonly ok: false; readonly error: 'unknown' }>;
  /** Tries settings, beside what is in use, and takes in nothing that comes. */
  test(of: {
    readonly name: string;
    readonly settings: SourceSettings;
    readonly secret: string | undefined;
  }): Promise<
    | { readonly ok: true; readonly test: SourceTest }
    | SourceRefusal
    | { readonly ok: false; readonly error: 'too-many' }
  >;
}

export type SourceRefusal =
  | { readonly ok: false; readonly error: 'lost-race'; readonly revision: number }
  | { readonly ok: false; readonly error: 'invalid'; readonly problems: readonly FieldProblem[] };

export interface ShownSource {
  readonly name: string;
  /** Those of the configuration may say what nobody can set up here. */
  readonly settings: SourceSettings;
  /** Null: the configuration of the server has it. */
  readonly record: SourceRecord | null;
  /** The configuration has one of this name, which is in use instead. */
  readonly isShadowed: boolean;
  readonly hasSecret: boolean;
  /** It was sealed with another key, and must be given again. */
  readonly isSecretLost: boolean;
  /** Null while it is not in use. */
  readonly state: SourceState | null;
}

/** The payload codecs of profiles. */
export interface CodecReads {
  /** Why that of a profile is switched off; undefined while it is not, or has none. */
  off(profile: string): { readonly fault: string; readonly detail: string; readonly atMs: number } | undefined;
  /** Has the uplinks of a profile's devices that wait in quarantine decoded again; how many there were. */
  retry(profile: string): Promise<number>;
}

/** The map that the settings name. */
export interface SiteMap {
  readonly view: MapView;
  /** A PMTiles file that is handed out by ranges. */
  readonly file?: string;
  /** Where tiles come from when it is another server: `https://tiles.example`. */
  readonly tileOrigin?: string | undefined;
}

/** The hub of push/, of which the WebSocket route needs this much. */
export interface LiveHub {
  attach(
    sink: {
      send(frame: Buffer): void;
      bufferedBytes(): number;
      close(code: number, reason: string): void;
    },
    options: { readonly since?: number | undefined; readonly log?: string | undefined; readonly user: string },
  ): { onMessage(text: string): void; close(): void };
}

export interface RegistryReads {
  profiles(): readonly Profile[];
  areas(): readonly AreaRecord[];
  points(): Iterable<PointRecord>;
  point(id: string): PointRecord | undefined;
  devices(): Iterable<DeviceRecord>;
  device(id: string): DeviceRecord | undefined;
  /** Devices that took over a point from another, the newest first; `before` is a number of one of them. */
  handovers(point: string, limit: number, before?: number): readonly Handover[];
  /** Whether any limit is set for a point, so that it can raise more than a fault of its own. */
  hasLimits(point: string): boolean;
}

export interface LiveReads {
  /** Newest value of each metric of a point; metrics that never reported are left out. */
  values(point: string): Readonly<Record<string, LiveValue>>;
  device(id: string): DeviceStatus;
}

export interface AlertReads {
  /**
   * Newest first by raise. `from`/`to` bound raisedAt. `area` takes in the areas below it (the caller lists them all).
   * `before` is the cursor: only alerts that stand after it in this order.
   */
  list(filter: AlertFilter): Alert[];
  get(id: string): Alert | undefined;
  /** Everything that happened to one alert, oldest first. */
  log(id: string): AlertEvent[];
  /** On whose screen it has been while it was open, and since when, earliest first. */
  seenBy(id: string): readonly { readonly user: string; readonly atMs: number }[];
  /** Entries with seq > after, oldest first, without a gap. */
  events(after: number, limit: number): AlertEvent[];
  /** Every alert that is not closed. */
  open(): Alert[];
  /** Sequence number of the last entry; 0 when there is none. */
  headSeq(): number;
  /** The name of the alert log: another one after the server was restored from a backup. */
  logName(): string;
}

export interface Thresholds {
  get(point: string): ThresholdRevision | undefined;
  revision(point: string, revision: number): ThresholdRevision | undefined;
  revisions(point: string, limit: number, beforeRevision?: number): ThresholdRevision[];
  /** What evaluation could not run of a document at this point; empty when all is well. */
  problems(point: string, document: ThresholdDocument): readonly FieldProblem[];
  /** Resolves once the new values are in force. */
  put(
    change: ThresholdChange,
  ): Promise<{ readonly ok: true; readonly revision: ThresholdRevision } | ThresholdFailure | SecondPersonNeeded>;
  /** The same for several points, each once: all of them, or none and every reason why not. */
  putAll(
    changes: readonly ThresholdChange[],
  ): Promise<
    { readonly ok: true; readonly revisions: readonly ThresholdRevision[] } | ThresholdFailures | SecondPersonNeeded
  >;
  /** Keeps a change for a time ahead, in place of one of the point that waits already. */
  schedule(change: ThresholdChange & { readonly fromMs: number }): ScheduleOutcome;
  scheduled(point: string): ScheduledChange | undefined;
  /** False when there is none. */
  unschedule(point: string, by: string): boolean;
  /** What a document would make harder to reach at a point than the one in force. */
  weakenings(point: string, document: ThresholdDocument): readonly Weakening[];
}

/** Changes that make an orange or red level harder to reach, where the site wants a second person to approve them. */
export interface Proposals {
  /** Whether such changes need approval here; proposals made before it was switched off can still be decided on. */
  readonly required: boolean;
  /** Newest first; `before` is the number of a proposal. */
  list(filter: {
    readonly pendingOnly: boolean;
    readonly before?: number | undefined;
    readonly limit: number;
  }): Proposal[];
  get(id: string): Proposal | undefined;
  /** Resolves once the new values are in force. `own`: the author can't be the second person. */
  approve(id: string, by: string, note: string | null): Promise<ProposalOutcome>;
  close(id: string, how: 'rejected' | 'withdrawn', by: string, note: string | null): ProposalOutcome;
}

/** Points and limits as files for spreadsheet programs. */
export interface Spreadsheets {
  /** Both stop with the signal, and reject with NoTurnError when too many files are being read and written. */
  write(
    selection: {
      readonly format: 'xlsx' | 'csv';
      readonly language: 'zh' | 'en';
      /** A CSV file holds one sheet; an XLSX file limits and points, or devices. */
      readonly sheet: 'limits' | 'points' | 'devices';
      readonly points: readonly PointRecord[];
      /** For the sheet of devices: also those without any of these points. */
      readonly isWhole: boolean;
    },
    signal?: AbortSignal,
  ): Promise<Uint8Array>;
  /** What a technician needs for devices whose secrets were just drawn. */
  writeHandout(
    handout: {
      readonly format: 'xlsx' | 'csv';
      readonly language: 'zh' | 'en';
      readonly devices: readonly {
        readonly device: string;
        readonly name: string;
        readonly profile: string;
        readonly points: readonly string[];
        readonly secret: string;
      }[];
      readonly broker: MqttPorts & { readonly host: string };
    },
    signal?: AbortSignal,
  ): Promise<Uint8Array>;
  /** Who was told of alerts, as XLSX, with times in `timezone`, an IANA name. Rows are asked for as they are written. */
  writeTold(
    sheet: {
      readonly language: 'zh' | 'en';
      readonly timezone: string;
      readonly rows: Iterable<ToldSheetRow>;
    },
    signal?: AbortSignal,
  ): Promise<Uint8Array>;
  /** What a file would change; `message` says why it cannot be read. */
  plan(
    bytes: Uint8Array<ArrayBuffer>,
    options: { readonly format: 'xlsx' | 'csv'; readonly language: 'zh' | 'en'; readonly isOfDevices: boolean },
    signal?: AbortSignal,
  ): Promise<{ readonly ok: true; readonly plan: SheetPlan } | { readonly ok: false; readonly message: string }>;
}

/** People, and days off and worked, as files for spreadsheet programs. Both stop with the signal, and reject with NoTurnError. */
export interface SetupSheets {
  write(
    sheet: 'people' | 'days',
    setup: NotifySetup,
    how: { readonly format: 'xlsx' | 'csv'; readonly language: 'zh' | 'en' },
    signal?: AbortSignal,
  ): Promise<Uint8Array>;
  plan(
    sheet: 'people' | 'days',
    setup: NotifySetup,
    file: {
      readonly bytes: Uint8Array<ArrayBuffer>;
      readonly format: 'xlsx' | 'csv' | 'ics';
      readonly language: 'zh' | 'en';
    },
    signal?: AbortSignal,
  ): Promise<SetupSheetOutcome>;
}

/**
 * What the site consists of, and changes of it. What cannot be is refused with a ConfigError that holds every problem, and
 * a change that takes away points which votes count on with a PointsInUseError. A change resolves once it is in force.
 */
export interface SiteChanges {
  /** Without secrets, which only exist hashed. */
  contents(): SiteContents;
  /** How the contents came to be, and whose the newest change is that counts. */
  origin(): SiteOrigin;
  /** What `apply` would do. */
  difference(contents: SiteContents): readonly SiteDifference[];
  /** What `apply` would make harder to reach at points that stay. */
  weakenings(contents: SiteContents): readonly { readonly point: string; readonly weakens: readonly Weakening[] }[];
  /** Makes the site equal to this; a device given without a secret keeps the one it has. Gives what it did. */
  apply(contents: SiteContents, author: string): Promise<readonly SiteDifference[]>;
  /** One device as the files would have it, without its secret. */
  device(id: string): SiteDevice | undefined;
  /**
   * Devices and documents in one transaction: all of it, or none and every reason why not. What is wrong with a device
   * is a ConfigError. Resolves once it is in force.
   */
  putTogether(change: JointChange): Promise<JointOutcome>;
  /** Whether `putTogether` would do it; changes nothing. */
  tryTogether(change: JointChange): JointOutcome;
  /** Adds or replaces one area. */
  putArea(area: Area, author: string): Promise<'added' | 'changed'>;
  /**
   * Takes an area away, and puts what lies in it into the area `into`; without one it is refused while anything does.
   */
  removeArea(id: string, into: string | undefined, author: string): Promise<AreaRemoval>;
  /** One point as the files would have it, and its device. */
  point(id: string): { readonly device: string; readonly point: SitePoint } | undefined;
  /** Adds a point to a device, or replaces what is said of it and whose it is. */
  putPoint(device: string, point: SitePoint, author: string): Promise<'added' | 'changed'>;
  /** False when there is no such point. */
  removePoint(id: string, author: string): Promise<boolean>;
  /** Replaces the names of a profile and its metrics. */
  putProfileNames(id: string, names: ProfileNames, author: string): Promise<void>;
  /** Adds or replaces one device with its points. Without a secret it keeps the one it has. */
  putDevice(device: SiteDevice, author: string): Promise<'added' | 'changed'>;
  /** All of it in one transaction, or none. The connections of what goes, or has another secret, end. */
  rearrange(change: Rearrangement): Promise<void>;
  /** Whether `rearrange` would do it; changes nothing. */
  tryRearrange(change: Rearrangement): void;
  /** Rules of other points that count one of these. */
  counting(points: ReadonlySet<string>): readonly CountingRule[];
  /** False when there is no such device. */
  removeDevice(id: string, author: string): Promise<boolean>;
}

/** What people tell devices over their own protocols, kept with what has come of it. */
export interface DeviceCommands {
  give(
    device: string,
    command: DeviceCommand,
    author: string,
  ): { readonly ok: true; readonly record: CommandRecord } | { readonly ok: false; readonly error: NotTold };
  /** What a device can be told now; undefined: nothing. */
  of(device: string): Commandable | undefined;
  /** The newest first. */
  list(device: string, limit: number, before?: number): readonly CommandRecord[];
}

export interface MaintenanceDeps {
  /** Newest first by the time it was recorded. `before` is the cursor. */
  list(filter: {
    readonly withEnded: boolean;
    readonly before?: { readonly createdAt: number; readonly id: string } | undefined;
    readonly limit: number;
  }): Maintenance[];
  get(id: string): Maintenance | undefined;
  /** Resolves once the plan is recorded, and in force if it has begun. */
  plan(plan: Omit<MaintenancePlan, 'id'>): Promise<Maintenance>;
  /** Ends a plan that has not ended; resolves once what it kept back has been announced. */
  end(id: string, by: string): Promise<Maintenance>;
}

/** Questions to history that take long; they are judged away from the thread that acknowledges. */
export interface Analyses {
  /** What a period would have done under other values, beside what the present ones did. */
  preview(
    request: {
      readonly point: string;
      readonly document: ThresholdDocument;
      readonly fromMs: number;
      readonly toMs: number;
    },
    options?: AnalysisOptions,
  ): Promise<
    | { readonly ok: true; readonly preview: ThresholdPreview }
    | { readonly ok: false; readonly error: 'unknown-point' }
    | { readonly ok: false; readonly error: 'invalid'; readonly problems: readonly FieldProblem[] }
    | AnalysisFailure
  >;
  /** What the period says about the deadband and delays of a rule; without a rule, of the only one with levels. */
  advice(
    request: {
      readonly point: string;
      readonly rule: string | undefined;
      readonly fromMs: number;
      readonly toMs: number;
    },
    options?: AnalysisOptions,
  ): Promise<
    | { readonly ok: true; readonly advice: ThresholdAdvice }
    | { readonly ok: false; readonly error: 'unknown-point' }
    /** `rules`: those there is advice on. */
    | { readonly ok: false; readonly error: 'rule-required' | 'unknown-rule'; readonly rules: readonly string[] }
    | AnalysisFailure
  >;
  /** The period as a rule test of the point, under the present document or another. */
  ruleTest(
    request: {
      readonly point: string;
      readonly document?: ThresholdDocument | undefined;
      readonly fromMs: number;
      readonly toMs: number;
      readonly resets: readonly { readonly atMs: number; readonly rule: string }[];
      readonly name: string;
      readonly comment: string;
    },
    options?: AnalysisOptions,
  ): Promise<
    | { readonly ok: true; readonly test: RecordedRuleTest }
    | { readonly ok: false; readonly error: 'unknown-point' }
    | { readonly ok: false; readonly error: 'invalid'; readonly problems: readonly FieldProblem[] }
    | AnalysisFailure
  >;
  /** Who would get an alert; the setup is one that was checked. */
  explain(
    request: ExplainRequest,
    options?: AnalysisOptions,
  ): Promise<{ readonly ok: true; readonly explanation: Explanation } | AnalysisFailure>;
  /** Who would have been told what over recorded entries; the setup is one that was checked. */
  previewPeople(
    request: PreviewPeopleRequest,
    options?: AnalysisOptions,
  ): Promise<{ readonly ok: true; readonly preview: PeoplePreview } | AnalysisFailure>;
}

/** Response plans: those in force, and changes of them. */
export interface PlansDeps {
  plans(): PlanSet;
  /** Newest first; `before` is a revision. */
  revisions(limit: number, before?: number): readonly PlanSet[];
  revision(revision: number): PlanSet | undefined;
  /** `isTrial`: says what is wrong, and changes nothing. */
  put(change: {
    readonly expectedRevision: number;
    readonly plans: readonly Plan[];
    readonly author: string;
    readonly reason: string | null;
    readonly isTrial: boolean;
  }): PlanPutOutcome;
}

/** Telling people: the setup in force and its changes, what is silenced, and who was told. */
export interface Telling {
  /** Null while there is none. */
  setup(): SetupRevision | null;
  silences(): readonly Silence[];
  /** The one in force as it may be shown, with masks where secrets are known. */
  shown(): ShownSetup | null;
  /** Newest first; `before` is a revision. */
  revisions(limit: number, before?: number): readonly SetupRecord[];
  revision(number: number): SetupRecord | undefined;
  /** Makes a revision of what was sent, or with `isTrial` only says what would come of it. Resolves when it is in force. */
  put(change: {
    /** The one it was made from; 0 for none. */
    readonly expectedRevision: number;
    /** Secrets among the settings of channels; a mask, or none, leaves them as they are. */
    readonly setup: NotifySetup;
    readonly author: string;
    readonly reason: string | null;
    readonly isTrial: boolean;
  }): Promise<
    | ({ readonly ok: true } & ShownSetup)
    | { readonly ok: false; readonly error: 'lost-race'; readonly revision: number }
    | { readonly ok: false; readonly error: 'invalid'; readonly problems: readonly FieldProblem[] }
  >;
  /** Who is on duty in a period, of all rotas. */
  duties(fromMs: number, toMs: number): readonly Duty[];
  /** Times of a period in which a route or a step asks for whoever is on duty, and nobody is; at most a month. */
  gaps(fromMs: number, toMs: number): readonly DutyGap[];
  /** Sends a test message to the group, or to a person; undefined while telling people is off. */
  test(channel: string, person: string | null): Promise<ChannelTest | undefined>;
  channels(): readonly ChannelFigures[];
  /** How many requests a channel may make in each period, some of them for red alone; none while its secrets are missing. */
  budgetOf(channel: string): readonly { readonly count: number; readonly perMs: number; readonly keptForRed: number }[];
  /** Where below the API a gateway posts what it has of a channel's messages; null where nothing is posted. */
  callbackPath(channel: string): string | null;
  /**
   * Takes what a gateway posts, when the key is the channel's; otherwise there is nothing. Resolves with what it is to be
   * answered once it is kept; undefined: it is nothing that this gateway posts.
   */
  callback(
    channel: string,
    key: string,
  ): ((body: unknown) => Promise<Readonly<Record<string, unknown>> | undefined>) | undefined;
  /** The page behind a message's link: what it told of; or why there is none. */
  answerPage(token: string): Promise<AnswerPage | 'forged' | 'expired'>;
  /** Answers for whoever the link was sent to; `by`: the name he gives where it was sent to several. As `answerPage` otherwise. */
  answer(token: string, by: string | null): Promise<'answered' | 'forged' | 'expired'>;
  /** Asks everyone on duty by each of his channels, and resolves when that is kept; undefined while telling people is off. */
  rehearse(wish: RehearsalWish): Promise<Rehearsal | RehearsalProblem | undefined>;
  /** Undefined when there is none of this id. */
  rehearsal(id: string): Promise<Rehearsal | undefined>;
  /** What a channel was given with numbers below `before`, the newest first. */
  messagesOf(channel: string, before: number, limit: number): Promise<readonly ChannelMessage[]>;
  /** What a message would say of alerts; a channel of the wish that is not there shows nothing. */
  textOf(alerts: readonly Alert[], wish: NoticeWish): NoticeText;
  /** Who was told of an alert, in the order in which it was decided. */
  toldOf(alert: string): Promise<readonly ToldMessage[]>;
  /** Messages decided in a period with numbers beyond `after`, in their order. */
  toldBetween(period: {
    readonly fromMs: number;
    readonly toMs: number;
    readonly after: number;
    readonly limit: number;
  }): Promise<readonly (ToldMessage & { readonly number: number })[]>;
}

/** A revision as it may be shown, what its channels still lack, and what somebody should look at. */
export interface ShownSetup {
  readonly record: SetupRecord;
  readonly missingSecrets: readonly { readonly channel: string; readonly name: string }[];
  readonly warnings: readonly FieldProblem[];
}

/** What nobody is told of for a while. */
export interface Silences {
  /** The one that ends last first; those that have ended only when `all`. */
  list(all: boolean): KeptSilence[];
  make(silence: Omit<Silence, 'id'>): Promise<KeptSilence>;
  /** Undefined when there is none, or it has ended. */
  end(id: string, by: string): Promise<KeptSilence | undefined>;
}

/** Rule tests that were kept from real history. */
export interface RuleTests {
  list(): readonly KeptRuleTest[];
  get(name: string): KeptRuleTest | undefined;
  /** False when there is one of this name. */
  keep(test: Omit<KeptRuleTest, 'atMs'>): boolean;
  /** False when there is none. */
  remove(name: string, by: string): boolean;
}

/** Previews of many points, which take minutes: they run by themselves, and are asked how far they are. */
export interface PreviewJobs {
  /** Undefined when too many run already. */
  start(request: {
    readonly items: readonly { readonly point: string; readonly document: ThresholdDocument }[];
    readonly fromMs: number;
    readonly toMs: number;
    readonly by: string;
  }): PreviewJobView | undefined;
  /** Undefined also when it ended long ago. One that nobody asks about for some minutes is called off. */
  get(id: string): PreviewJobView | undefined;
  /** Calls it off, if it still runs; what has been judged stays. */
  cancel(id: string): PreviewJobView | undefined;
}

export interface HistoryReads {
  samples(query: SampleQuery): Promise<Sample[]>;
  buckets(query: BucketQuery): Promise<Bucket[]>;
}

/** Readings as files, out and in, of any length: both sides go at the speed of the slower one. */
export interface ReadingFiles {
  /** The pieces must be read to their end, or `return` be called. */
  export(request: ExportRequest): Promise<ExportOutcome>;
  /** Takes CSV, whose lines are all looked at before the first is stored. */
  /** It ends between two batches when nobody waits for it any more, which `signal` says. */
  import(input: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<ImportOutcome>;
}

export interface QuarantineReads {
  /** Newest first. */
  list(filter: QuarantineFilter): QuarantinedPayload[];
}
