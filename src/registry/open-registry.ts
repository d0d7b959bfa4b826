import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { ConfigError, type Problem } from '../lib/errors.ts';
import { transact } from '../lib/sqlite.ts';
import {
  metricNamesByPoint,
  pointMetrics,
  ruleInconsistencies,
  siteInconsistencies,
  thresholdInconsistencies,
} from '../model/consistency.ts';
import type { PointDefinition } from '../model/definition.ts';
import { durationMs } from '../model/duration.ts';
import { ownOf } from '../model/own.ts';
import { type FieldProblem, knownOf, placeText, pointerOf } from '../model/problem.ts';
import { foundExpected, placedText } from '../model/problem-words.ts';
import { publicSecretOf } from '../model/public-secret.ts';
import type { Area, Profile, Site } from '../model/site.ts';
import { hasLimits, type ThresholdDocument } from '../model/threshold.ts';
import { openDatabase } from './database.ts';
import { type DefinitionParts, openDefinitionStore } from './definitions.ts';
import { differenceOf, isEmptyDocument } from './difference.ts';
import {
  areaRecord,
  type DeviceEntry,
  deviceRecord,
  type Memory,
  type PointEntry,
  parsed,
  pointRecord,
} from './memory.ts';
import { proposalStore } from './proposals.ts';
import type {
  Decision,
  Difference,
  Proposal,
  Registry,
  RegistryChange,
  RegistryInput,
  ScheduledChange,
  ThresholdChange,
  ThresholdFailure,
  ThresholdRevision,
  ThresholdsOutcome,
  UndecidedFailure,
  VoteOf,
} from './registry.ts';
import { scheduledStore } from './scheduled.ts';
import { hashSecret, type SecretHash, secretMatches } from './secrets.ts';
import { type AuditEntry, openRegistryStore } from './site-rows.ts';

export interface RegistryOptions {
  /** The SQLite file; made when it is not there. */
  readonly path: string;
  /** The key of the installation, under which secrets are hashed. Another key than last time is an error. */
  readonly hashKey: Uint8Array;
  /** What evaluation could not run of a definition, such as an impossible unit; empty when all is well. */
  readonly validate: (definition: PointDefinition) => readonly FieldProblem[];
  /** Others than this machine can reach the server: a secret that everybody can read is no secret then. */
  readonly refusesPublicSecrets?: boolean;
}

type Device = Site['devices'][number];

const AUDIT_DIFFERENCES_MAX = 1_000;

const EMPTY_DOCUMENT: ThresholdDocument = { rules: {} };
const FOR_GOOD = { untilMs: null, revertsTo: null, approvedBy: null, proposal: null };

/** Thrown to end a transaction that was only to find out what would happen. */
const TAKEN_BACK = new Error('taken back');

/** The same, with what would have happened. */
class TakenBack extends Error {
  readonly outcome: ThresholdsOutcome;
  constructor(outcome: ThresholdsOutcome) {
    super('taken back');
    this.outcome = outcome;
  }
}

/** Opens the registry. Throws when the file is of a newer version or of another installation key. */
export function openRegistry(options: RegistryOptions): Registry {
  const database = openDatabase(options.path);
  try {
    checkKey(database, options);
    return registryOver(database, options);
  } catch (error) {
    database.close();
    throw error;
  }
}

/** With another key no secret would match any more, and every device would be locked out without a word. */
function checkKey(database: DatabaseSync, { path, hashKey }: RegistryOptions): void {
  const mark = createHmac('sha256', hashKey).update('brink registry').digest();
  const kept = database.prepare(`SELECT value FROM setting WHERE key = 'hash-key-mark'`).get()?.value;
  if (kept === undefined) {
    database.prepare(`INSERT INTO setting (key, value) VALUES ('hash-key-mark', ?)`).run(mark);
  } else if (!(kept instanceof Uint8Array) || kept.length !== mark.length || !timingSafeEqual(kept, mark)) {
    throw new ConfigError([
      {
        file: path,
        path: '',
        found: 'secrets hashed under another installation key',
        expected: 'the key they were made with',
      },
    ]);
  }
}

function registryOver(database: DatabaseSync, options: RegistryOptions): Registry {
  const { hashKey, validate, refusesPublicSecrets = false } = options;
  const definitions = openDefinitionStore(database);
  const store = openRegistryStore(database);
  const proposals = proposalStore(database, definitions);
  const scheduled = scheduledStore(database, definitions);
  const key = createSecretKey(hashKey);
  let memory = store.load();
  let devicesVersion = 1;

  /** One transaction, or a part of the one that is open; when it fails, memory is as before. */
  function change<T>(work: () => T): T {
    if (database.isTransaction) return work();
    try {
      return transact(database, work);
    } catch (error) {
      definitions.forget();
      throw error;
    }
  }

  const metricsOf = (entry: PointEntry) =>
    definitions.numberedMetrics(entry.metricsBody, JSON.parse(entry.seriesJson) as number[]);

  function hasSecret(device: string, secret: Uint8Array | string): boolean {
    return secretMatches(key, store.secret(device), secret);
  }

  /** Where devices are given a secret that everybody can read, and nobody may. */
  function publicSecretProblems(file: string, devices: readonly Device[]): Problem[] {
    if (!refusesPublicSecrets) return [];
    return devices.flatMap(({ id, secret }, index): Problem[] => {
      if (secret !== publicSecretOf(id)) return [];
      const path = file === 'device' ? ['secret'] : ['devices', index, 'secret'];
      return [toProblem(file, { path, code: 'public-secret', values: { device: id } })];
    });
  }

  /**
   * Writes a device and its points, and gives the definitions made. `kept` is the secret it has so far, `nextDocument`
   * gives the revision a point shall have: its present one, or the next.
   */
  function writeDevice(
    device: Device,
    kept: SecretHash | undefined,
    position: number | undefined,
    nextDocument: (point: string, present: ThresholdRevision) => ThresholdRevision,
    problems: Problem[],
  ): number[] {
    const profile = memory.profiles.get(device.profile) as Profile;
    const keep = device.secret === undefined || (kept !== undefined && secretMatches(key, kept, device.secret));
    const secret = keep ? kept : hashSecret(key, device.secret ?? '');
    store.putDevice(device, secret, position);
    const made: number[] = [];
    for (const point of device.points) {
      const present = presentRevision(point.id);
      const threshold = nextDocument(point.id, present);
      if (threshold.revision > present.revision) store.addRevision(threshold, definitions.putBody(threshold.document));
      const metrics = pointMetrics(profile, point);
      const parts: DefinitionParts = {
        point: point.id,
        area: point.area,
        family: profile.family,
        device: device.id,
        reportEveryMs: durationMs(profile.reportEvery),
        metrics: definitions.putBody(Object.fromEntries(metrics.map(({ name, metric }) => [name, metric]))),
        series: metrics.map(({ name }) => definitions.putSeries(point.id, name)),
        revision: threshold.revision,
        document: definitions.putBody(threshold.document),
      };
      const id = definitions.put(parts);
      if (id !== memory.points.get(point.id)?.definition) {
        made.push(id);
        for (const problem of validate(definitions.assemble(id, parts))) {
          problems.push({
            file: 'thresholds',
            path: point.id,
            found: placedText(problem, 'en'),
            expected: 'rules that can be evaluated',
            coded: { path: [], code: 'of-point', values: { point: point.id, problem } },
          });
        }
      }
      store.putPoint(device.id, point, threshold.revision, id);
    }
    return made;
  }

  /** Also of a point that was removed: when it comes back, its revisions go on. */
  function presentRevision(point: string): ThresholdRevision {
    const [row] = store.revisions(point, 1, Number.MAX_SAFE_INTEGER);
    if (row === undefined) {
      const nobody = { author: '', atMs: 0, reason: null, ...FOR_GOOD };
      return { point, revision: 0, document: EMPTY_DOCUMENT, ...nobody };
    }
    return { ...row, document: definitions.document(row.document) };
  }

  function contents(): RegistryInput {
    return {
      profiles: [...memory.profiles.values()],
      site: { areas: store.areas(), devices: [...memory.devices.values()].map((entry) => siteDevice(memory, entry)) },
      // In the order of the devices, which is the one that applying these contents to an empty registry would give.
      thresholds: [...memory.devices.values()].flatMap((device) =>
        device.points.flatMap((point) => {
          const entry = memory.points.get(point);
          if (entry === undefined || entry.revision === 0) return [];
          const document = definitions.document(entry.documentBody);
          return isEmptyDocument(document) ? [] : [{ point, ...document }];
        }),
      ),
    };
  }

  function applyAll(input: RegistryInput, author: string, atMs: number, differences: readonly Difference[]) {
    const documents = new Map(input.thresholds.map(({ point, ...document }) => [point, document]));
    const changed = new Set(differences.filter((one) => one.kind === 'thresholds').map((one) => one.id));
    const before = new Map([...memory.points.values()].map((entry) => [entry.id, entry]));
    const problems: Problem[] = [];
    const made: number[] = [];
    const secrets = new Map([...memory.devices.keys()].map((id) => [id, store.secret(id)]));
    store.clearSite();
    memory.profiles.clear();
    for (const profile of input.profiles) {
      store.putProfile(profile);
      memory.profiles.set(profile.id, profile);
    }
    for (const area of input.site.areas) store.putArea(area);
    for (const device of input.site.devices) {
      const nextDocument = (point: string, present: ThresholdRevision): ThresholdRevision => {
        // A point that comes back may have a document of old, which is not what the files say now.
        if (!changed.has(point) && before.has(point)) return present;
        const document = documents.get(point) ?? EMPTY_DOCUMENT;
        if (JSON.stringify(document) === JSON.stringify(present.document)) return present;
        return { point, revision: present.revision + 1, document, author, atMs, reason: null, ...FOR_GOOD };
      };
      made.push(...writeDevice(device, secrets.get(device.id), undefined, nextDocument, problems));
    }
    if (problems.length > 0) throw new ConfigError(problems);
    store.addAudit({ atMs, author, action: 'apply', subject: null, detail: auditDetail(differences) });
    return made;
  }

  function differencesOf(input: RegistryInput): Difference[] {
    const problems = [...inputProblems(input), ...publicSecretProblems('site', input.site.devices)];
    if (problems.length > 0) throw new ConfigError(problems);
    return differenceOf(contents(), input, hasSecret);
  }

  /** After a change of many things, memory is read anew. */
  function reload(): void {
    memory = store.load();
    devicesVersion++;
  }

  function refusalOf({ point, expectedRevision, document }: ThresholdChange): ThresholdFailure | undefined {
    const entry = memory.points.get(point);
    if (entry === undefined) return { ok: false, error: 'unknown-point' };
    if (entry.revision !== expectedRevision) return { ok: false, error: 'lost-race', revision: entry.revision };
    const problems = registry.thresholdProblems(point, document);
    return problems.length > 0 ? { ok: false, error: 'invalid', problems } : undefined;
  }

  function refusalsOf(changes: readonly ThresholdChange[]): (ThresholdFailure & { readonly point: string })[] {
    return changes.flatMap((wanted) => {
      const failure = refusalOf(wanted);
      return failure === undefined ? [] : [{ point: wanted.point, ...failure }];
    });
  }

  function writeRevision(
    { point, document, author, atMs, reason, untilMs = null }: ThresholdChange,
    approval: Pick<ThresholdRevision, 'approvedBy' | 'proposal'> = FOR_GOOD,
  ) {
    const entry = memory.points.get(point) as PointEntry;
    const present = presentRevision(point);
    // What a temporary revision stands on is what comes back, also when another temporary one takes its place.
    const revertsTo = untilMs === null ? null : (present.revertsTo ?? present.revision);
    const number = entry.revision + 1;
    const { approvedBy, proposal } = approval;
    const made = { point, revision: number, document, author, atMs, reason, untilMs, revertsTo };
    const revision: ThresholdRevision = { ...made, approvedBy, proposal };
    const body = definitions.putBody(document);
    store.addRevision(revision, body);
    const definition = definitions.put(nextParts(registry.definition(entry.definition), entry, number, body));
    store.setThresholds(point, number, definition);
    const temporary = untilMs === null ? {} : { untilMs, revertsTo };
    const detail = { revision: number, reason, ...temporary, ...(approvedBy === null ? {} : { approvedBy, proposal }) };
    store.addAudit({ atMs, author, action: 'thresholds-changed', subject: point, detail });
    return { revision, body, definition };
  }

  /** The definitions of all points of a profile whose metrics are called otherwise now; nothing else of them is new. */
  function renamedDefinitions(profile: Profile): number[] {
    const made: number[] = [];
    for (const entry of memory.points.values()) {
      const device = memory.devices.get(entry.device);
      if (device?.profile !== profile.id) continue;
      const metrics = pointMetrics(profile, sitePoint(entry)).map(({ name, metric }) => [name, metric] as const);
      const parts = nextParts(registry.definition(entry.definition), entry, entry.revision, entry.documentBody);
      const id = definitions.put({ ...parts, metrics: definitions.putBody(Object.fromEntries(metrics)) });
      if (id === entry.definition) continue;
      store.setThresholds(entry.id, entry.revision, id);
      made.push(id);
    }
    return made;
  }

  type Written = ReturnType<typeof writeRevision>;

  /** What was written is in memory as well. */
  function remember(written: readonly Written[]): void {
    for (const { revision, body, definition } of written) {
      const entry = memory.points.get(revision.point) as PointEntry;
      entry.documentBody = body;
      entry.revision = revision.revision;
      entry.definition = definition;
    }
  }

  function outcomeOf(written: readonly Written[]) {
    return {
      ok: true,
      revisions: written.map(({ revision }) => revision),
      change: { definitions: written.map(({ definition }) => definition), retired: [] },
    } as const;
  }

  /** A proposal that somebody can still decide on, or why not. */
  function undecided(id: string, atMs: number): { readonly ok: true; readonly proposal: Proposal } | UndecidedFailure {
    const proposal = proposals.get(id);
    if (proposal === undefined) return { ok: false, error: 'unknown-proposal' };
    if (proposal.decision !== null) return { ok: false, error: 'decided', proposal };
    return proposal.expiresMs <= atMs ? { ok: false, error: 'expired', proposal } : { ok: true, proposal };
  }

  function decided(proposal: Proposal, how: NonNullable<Proposal['decision']>, decision: Decision): void {
    proposals.decide(proposal.id, how, decision);
    const { by: author, atMs, note } = decision;
    const points = proposal.items.map(({ point }) => point);
    const detail = { points, note };
    store.addAudit({ atMs, author, action: `thresholds-${how}`, subject: proposal.id, detail });
  }

  /**
   * Writes devices with their points anew in the place of what they were, all of them or none. What points they lack now are
   * gone, unless another of them has them. `also` is done in the same transaction.
   */
  function rewriteDevices(devices: readonly Device[], entry: AuditEntry, also = () => {}): RegistryChange {
    const before = devices.flatMap(({ id }) => memory.devices.get(id)?.points ?? []);
    const made = change(() => {
      also();
      // All of them leave before the first comes back, because a point may go from one to another.
      const kept = devices.map(({ id }) => {
        const secret = store.secret(id);
        return { secret, position: memory.devices.has(id) ? store.removeDevice(id) : undefined };
      });
      const problems: Problem[] = [];
      const ids = devices.flatMap((device, index) =>
        writeDevice(device, kept[index]?.secret, kept[index]?.position, (_point, present) => present, problems),
      );
      if (problems.length > 0) throw new ConfigError(problems);
      store.addAudit(entry);
      return ids;
    });
    const kept = new Set(devices.flatMap(({ points }) => points.map(({ id }) => id)));
    const retired = before.filter((id) => !kept.has(id));
    devices.forEach(({ id }, index) => {
      store.reloadDevice(memory, id, index === 0 ? retired : []);
    });
    devicesVersion++;
    return { definitions: made, retired };
  }

  /** The rules of other points that count on the votes of this one. */
  function votesOn(point: string): VoteOf[] {
    // Many points share a document.
    const rulesOf = new Map<number, readonly string[]>();
    return [...memory.points.values()].flatMap(({ id, documentBody }) => {
      let rules = rulesOf.get(documentBody);
      if (rules === undefined) {
        rules = Object.entries(definitions.document(documentBody).rules).flatMap(([rule, { vote }]) =>
          vote?.points.includes(point) === true ? [rule] : [],
        );
        rulesOf.set(documentBody, rules);
      }
      return id === point ? [] : rules.map((rule) => ({ point: id, rule }));
    });
  }

  /** Memory of devices that were written and taken back; `before` has what was there. */
  function forgetDevices(before: ReadonlyMap<string, DeviceEntry | undefined>): void {
    for (const [id, entry] of before) {
      const gone = memory.devices.get(id)?.points.filter((point) => !entry?.points.includes(point)) ?? [];
      if (entry === undefined) memory.devices.delete(id);
      store.reloadDevice(memory, id, gone);
    }
  }

  const registry: Registry = {
    profiles: () => [...memory.profiles.values()],
    areas: () => memory.areas,
    *devices() {
      for (const entry of memory.devices.values()) yield deviceRecord(memory, entry, metricsOf);
    },
    device(id) {
      const entry = memory.devices.get(id);
      return entry === undefined ? undefined : deviceRecord(memory, entry, metricsOf);
    },
    devicesVersion: () => devicesVersion,
    *points() {
      for (const entry of memory.points.values()) yield pointRecord(memory, entry, metricsOf);
    },
    point(id) {
      const entry = memory.points.get(id);
      return entry === undefined ? undefined : pointRecord(memory, entry, metricsOf);
    },
    series: (id) => definitions.series(id),
    verifySecret(device, secret) {
      if (!hasSecret(device, secret)) return false;
      return !refusesPublicSecrets || Buffer.from(publicSecretOf(device)).compare(secret) !== 0;
    },
    hasPublicSecret: (device) => hasSecret(device, publicSecretOf(device)),

    currentDefinitions() {
      const current = [...memory.points.values()].map(({ id, definition }) => ({ point: id, id: definition }));
      return current.sort((a, b) => a.id - b.id);
    },
    definition(id) {
      const [definition] = definitions.get([id]);
      return definition as PointDefinition;
    },
    definitions: (ids) => definitions.get(ids),
    definitionOf(point) {
      const entry = memory.points.get(point);
      return entry === undefined ? undefined : registry.definition(entry.definition);
    },
    hasLimits(point) {
      const entry = memory.points.get(point);
      return entry !== undefined && hasLimits(definitions.document(entry.documentBody));
    },

    isEmpty: () => memory.profiles.size === 0 && memory.areas.length === 0 && memory.devices.size === 0,
    contents,
    origin: store.origin,
    siteDevice(id) {
      const entry = memory.devices.get(id);
      return entry === undefined ? undefined : siteDevice(memory, entry);
    },

    difference(input) {
      const differences = differencesOf(input);
      if (differences.length === 0) return differences;
      try {
        change(() => {
          applyAll(input, 'nobody', 0, differences);
          throw TAKEN_BACK;
        });
      } catch (error) {
        if (error !== TAKEN_BACK) throw error;
      } finally {
        reload();
      }
      return differences;
    },

    apply(input, author, atMs) {
      const differences = differencesOf(input);
      if (differences.length === 0) return { definitions: [], retired: [], differences };
      const kept = new Set(input.site.devices.flatMap((device) => device.points.map((point) => point.id)));
      const retired = [...memory.points.keys()].filter((id) => !kept.has(id));
      try {
        const made = change(() => applyAll(input, author, atMs, differences));
        return { definitions: made, retired, differences };
      } finally {
        reload();
      }
    },

    putDevice(device, author, atMs, reason) {
      const problems = [...deviceProblems(memory, device, store.areas()), ...publicSecretProblems('device', [device])];
      if (problems.length > 0) throw new ConfigError(problems);
      const action = memory.devices.has(device.id) ? 'device-changed' : 'device-added';
      const { secret: _secret, ...shown } = device;
      const detail = { ...shown, ...(reason === undefined ? {} : { reason }) };
      return rewriteDevices([device], { atMs, author, action, subject: device.id, detail });
    },

    sitePoint(id) {
      const entry = memory.points.get(id);
      return entry === undefined ? undefined : { device: entry.device, point: sitePoint(entry) };
    },

    putPoint(device, point, author, atMs) {
      const present = registry.sitePoint(point.id);
      const target = registry.siteDevice(device);
      if (target === undefined) {
        throw new ConfigError([toProblem('point', { path: ['device'], code: 'unknown-device', values: { device } })]);
      }
      const index = target.points.findIndex(({ id }) => id === point.id);
      const changed = {
        ...target,
        points: index < 0 ? [...target.points, point] : target.points.with(index, point),
      };
      const problems = siteInconsistencies(memory.profiles, { areas: store.areas(), devices: [changed] }).map(
        (problem) => toProblem('point', { ...problem, path: problem.path.slice(4) }),
      );
      if (problems.length > 0) throw new ConfigError(problems);
      const former =
        present === undefined || present.device === device ? undefined : registry.siteDevice(present.device);
      const left =
        former === undefined ? [] : [{ ...former, points: former.points.filter(({ id }) => id !== point.id) }];
      const action = present === undefined ? 'point-added' : 'point-changed';
      const detail = { device, ...point, ...(present === undefined ? {} : { before: present }) };
      return rewriteDevices([...left, changed], { atMs, author, action, subject: point.id, detail });
    },

    removePoint(id, author, atMs) {
      const present = registry.sitePoint(id);
      const device = present === undefined ? undefined : registry.siteDevice(present.device);
      if (device === undefined) return { ok: false, error: 'unknown-point' };
      const votes = votesOn(id);
      if (votes.length > 0) return { ok: false, error: 'in-use', votes };
      const left = { ...device, points: device.points.filter((point) => point.id !== id) };
      const entry = { atMs, author, action: 'point-removed', subject: id, detail: present };
      return { ok: true, change: rewriteDevices([left], entry) };
    },

    putProfileNames(id, names, author, atMs) {
      const profile = memory.profiles.get(id);
      if (profile === undefined) {
        const values = { profile: id, ...knownOf(memory.profiles.keys()) };
        throw new ConfigError([toProblem('profile', { path: [], code: 'unknown-profile', values })]);
      }
      const unknown = Object.keys(names.metrics).filter((name) => !Object.hasOwn(profile.metrics, name));
      if (unknown.length > 0) {
        const known = knownOf(Object.keys(profile.metrics));
        throw new ConfigError(
          unknown.map((name) => {
            const values = { field: name, profile: id, ...known };
            return toProblem('profile', { path: ['metrics', name], code: 'unknown-field', values });
          }),
        );
      }
      const { name: _name, metrics: _metrics, ...rest } = profile;
      const named: Profile = {
        ...rest,
        ...(names.name === undefined ? {} : { name: names.name }),
        metrics: Object.fromEntries(
          Object.entries(profile.metrics).map(([metric, { name: _former, ...own }]) => {
            const name = ownOf(names.metrics, metric);
            return [metric, { ...own, ...(name === undefined ? {} : { name }) }];
          }),
        ),
      };
      const made = change(() => {
        store.putProfile(named);
        const before = { name: profile.name, metrics: profile.metrics };
        store.addAudit({ atMs, author, action: 'profile-named', subject: id, detail: { ...names, before } });
        return JSON.stringify(named.metrics) === JSON.stringify(profile.metrics) ? [] : renamedDefinitions(named);
      });
      reload();
      return { definitions: made, retired: [] };
    },

    putArea(area, author, atMs) {
      const present = store.areas();
      const index = present.findIndex(({ id }) => id === area.id);
      const areas = index < 0 ? [...present, area] : present.with(index, area);
      const problems = siteInconsistencies(memory.profiles, { areas, devices: [] });
      if (problems.length > 0) {
        throw new ConfigError(
          problems.map((problem) => toProblem('area', { ...problem, path: problem.path.slice(2) })),
        );
      }
      change(() => {
        store.putArea(area);
        const action = index < 0 ? 'area-added' : 'area-changed';
        const detail = { ...area, ...(index < 0 ? {} : { before: present[index] }) };
        store.addAudit({ atMs, author, action, subject: area.id, detail });
      });
      memory = { ...memory, areas: areas.map(areaRecord) };
      return { definitions: [], retired: [] };
    },

    removeArea(id, into, author, atMs) {
      const present = store.areas();
      const area = present.find((one) => one.id === id);
      if (area === undefined) return { ok: false, error: 'unknown-area' };
      const inside = present.filter(({ parent }) => parent === id);
      const points = [...memory.points.values()]
        .filter((point) => point.area === id)
        .sort((a, b) => (a.id < b.id ? -1 : 1));
      if (into === undefined && inside.length + points.length > 0) {
        return { ok: false, error: 'in-use', areas: inside.map((one) => one.id), points: points.map((one) => one.id) };
      }
      if (into !== undefined && (into === id || present.every((one) => one.id !== into))) {
        throw new ConfigError([
          toProblem('area', { path: ['into'], code: 'not-another-area', values: { area: into } }),
        ]);
      }
      const moved = inside.map(({ parent: _parent, ...child }): Area => {
        // What holds the area that takes all the rest can't go into it.
        const parent = into === undefined || isWithin(present, into, child.id) ? area.parent : into;
        return { ...child, ...(parent === undefined ? {} : { parent }) };
      });
      const owners = new Set(points.map(({ device }) => device));
      const devices = [...owners].flatMap((device) => {
        const whole = registry.siteDevice(device);
        if (whole === undefined || into === undefined) return [];
        return [{ ...whole, points: whole.points.map((one) => (one.area === id ? { ...one, area: into } : one)) }];
      });
      const moving = { areas: inside.map((one) => one.id), points: points.map((one) => one.id) };
      const detail = { ...area, ...(into === undefined ? {} : { into, moved: moving }) };
      const made = rewriteDevices(devices, { atMs, author, action: 'area-removed', subject: id, detail }, () => {
        for (const child of moved) store.putArea(child);
        store.removeArea(id);
      });
      memory = { ...memory, areas: store.areas().map(areaRecord) };
      return { ok: true, change: made };
    },

    removeDevice(id, author, atMs) {
      const before = memory.devices.get(id);
      if (before === undefined) return { definitions: [], retired: [] };
      change(() => {
        store.removeDevice(id);
        store.addAudit({ atMs, author, action: 'device-removed', subject: id, detail: { points: before.points } });
      });
      memory.devices.delete(id);
      for (const point of before.points) memory.points.delete(point);
      devicesVersion++;
      return { definitions: [], retired: before.points };
    },

    rearrange({ act, removed, devices, documents, author, atMs, reason, isTrial }) {
      const touched = [...new Set([...removed, ...devices.map(({ id }) => id)])];
      const areas = store.areas();
      const problems = [
        ...devices.flatMap((device) => deviceProblems(memory, device, areas, new Set(touched))),
        ...publicSecretProblems('device', devices),
      ];
      if (problems.length > 0) throw new ConfigError(problems);
      const points = touched.flatMap((id) => memory.devices.get(id)?.points ?? []);
      const wanted = new Map(documents.map(({ point, document }) => [point, document]));
      const nextDocument = (point: string, present: ThresholdRevision): ThresholdRevision => {
        const document = wanted.get(point);
        if (document === undefined) return present;
        return { point, revision: present.revision + 1, document, author, atMs, reason, ...FOR_GOOD };
      };
      const work = (): number[] => {
        const secrets = new Map(touched.map((id) => [id, store.secret(id)]));
        const positions = new Map(touched.map((id) => [id, store.removeDevice(id)]));
        const found: Problem[] = [];
        const made = devices.flatMap((device) =>
          writeDevice(device, secrets.get(device.id), positions.get(device.id), nextDocument, found),
        );
        if (found.length > 0) throw new ConfigError(found);
        if (isTrial) throw TAKEN_BACK;
        for (const id of removed) {
          const detail = { act, points: memory.devices.get(id)?.points ?? [] };
          store.addAudit({ atMs, author, action: 'device-removed', subject: id, detail });
        }
        for (const { secret: _secret, ...shown } of devices) {
          const action = memory.devices.has(shown.id) ? 'device-changed' : 'device-added';
          store.addAudit({ atMs, author, action, subject: shown.id, detail: { act, ...shown } });
        }
        for (const [point] of wanted) {
          store.addAudit({ atMs, author, action: 'thresholds-changed', subject: point, detail: { act, reason } });
        }
        return made;
      };
      let made: number[];
      try {
        made = change(work);
      } catch (error) {
        if (error !== TAKEN_BACK) throw error;
        return { definitions: [], retired: [] };
      }
      for (const id of removed) memory.devices.delete(id);
      for (const point of points) memory.points.delete(point);
      for (const { id } of devices) store.reloadDevice(memory, id, []);
      devicesVersion++;
      return { definitions: made, retired: points.filter((point) => !memory.points.has(point)) };
    },

    counting(points) {
      return [...points].flatMap((counts) =>
        votesOn(counts).flatMap((vote) => (points.has(vote.point) ? [] : [{ ...vote, counts }])),
      );
    },

    thresholds: (point) => (memory.points.has(point) ? presentRevision(point) : undefined),
    revisions(point, limit, beforeRevision = Number.MAX_SAFE_INTEGER) {
      const rows = store.revisions(point, limit, beforeRevision);
      return rows.map((row) => ({ ...row, document: definitions.document(row.document) }));
    },
    revision(point, revision) {
      const row = store.revisions(point, 1, revision + 1)[0];
      if (row === undefined || row.revision !== revision) return undefined;
      return { ...row, document: definitions.document(row.document) };
    },

    thresholdProblems(point, document) {
      const present = registry.definitionOf(point);
      if (present === undefined) return [{ path: [], code: 'unknown-point', values: { point } }];
      const unknown = ruleInconsistencies(Object.keys(present.metrics), memory.points, document.rules);
      // Evaluation finds an unknown metric too; once is enough.
      const told = new Set(unknown.map(({ path }) => pointerOf(path)));
      const others = validate({ ...present, revision: present.revision + 1, document }).filter(
        ({ path }) => !told.has(pointerOf(path)),
      );
      return [...unknown, ...others];
    },
    putThresholds(wanted) {
      const outcome = registry.putThresholdsAll([wanted]);
      if (!outcome.ok) {
        const { point: _point, ...failure } = outcome.failures[0] as ThresholdFailure & { point: string };
        return failure;
      }
      return { ok: true, revision: outcome.revisions[0] as ThresholdRevision, change: outcome.change };
    },

    putThresholdsAll(changes) {
      const failures = refusalsOf(changes);
      if (failures.length > 0) return { ok: false, failures };
      const written = change(() => changes.map((wanted) => writeRevision(wanted)));
      remember(written);
      return outcomeOf(written);
    },

    putTogether({ devices, thresholds, author, atMs, reason, isTrial }) {
      const touched = [
        ...devices.map(({ id }) => id),
        ...thresholds.flatMap(({ point }) => memory.points.get(point)?.device ?? []),
      ];
      const before = new Map(touched.map((id) => [id, memory.devices.get(id)]));
      const known = new Set(thresholds.map(({ point }) => point).filter((point) => memory.points.has(point)));
      try {
        return change(() => {
          const made = devices.flatMap((device) => registry.putDevice(device, author, atMs, reason).definitions);
          const put = registry.putThresholdsAll(
            thresholds.map((wanted) => {
              // A point that comes back goes on with its revisions of old, which nobody could have named.
              const revision = known.has(wanted.point) ? undefined : memory.points.get(wanted.point)?.revision;
              return revision === undefined ? wanted : { ...wanted, expectedRevision: revision };
            }),
          );
          if (!put.ok || isTrial) throw new TakenBack(put);
          return { ...put, change: { definitions: [...made, ...put.change.definitions], retired: [] } };
        });
      } catch (error) {
        forgetDevices(before);
        if (!(error instanceof TakenBack)) throw error;
        return error.outcome;
      }
    },

    temporaryRevisions: () =>
      store.temporaryRevisions().map((row) => ({ ...row, document: definitions.document(row.document) })),

    schedule(wanted) {
      const failure = refusalOf(wanted);
      if (failure !== undefined) return failure;
      const { point, expectedRevision: revision, document, author, atMs, reason, fromMs, untilMs = null } = wanted;
      const made: ScheduledChange = {
        ...{ point, revision, document, author, atMs, reason, fromMs, untilMs },
        failure: null,
      };
      change(() => {
        scheduled.put(made);
        const detail = { revision, reason, fromMs, ...(untilMs === null ? {} : { untilMs }) };
        store.addAudit({ atMs, author, action: 'thresholds-scheduled', subject: point, detail });
      });
      return { ok: true, scheduled: made };
    },
    scheduled: (point) => scheduled.get(point),
    dueChanges: (atMs) => scheduled.due(atMs),
    makeScheduled(point, atMs) {
      const due = scheduled.get(point);
      if (due === undefined) return { ok: false, error: 'unknown-point' };
      const { document, author, reason, untilMs, revision: expectedRevision } = due;
      const wanted: ThresholdChange = { point, expectedRevision, document, author, atMs, reason, untilMs };
      const failure = refusalOf(wanted);
      if (failure !== undefined) {
        change(() => scheduled.fail(point, failure.error));
        return failure;
      }
      // Both or neither: a revision without its wish gone would be made a second time after a crash.
      const written = change(() => {
        scheduled.remove(point);
        return [writeRevision(wanted)];
      });
      remember(written);
      const outcome = outcomeOf(written);
      return { ...outcome, revision: outcome.revisions[0] as ThresholdRevision };
    },
    removeScheduled(point, author, atMs) {
      return change(() => {
        if (!scheduled.remove(point)) return false;
        store.addAudit({ atMs, author, action: 'thresholds-unscheduled', subject: point, detail: {} });
        return true;
      });
    },

    propose(wanted) {
      const { id, author, atMs, reason, items } = wanted;
      const failures = refusalsOf(
        items.map((item) => ({ ...item, expectedRevision: item.revision, author, atMs, reason })),
      );
      if (failures.length > 0) return { ok: false, failures };
      change(() => {
        proposals.add(wanted);
        const detail = { points: items.map(({ point }) => point), reason };
        store.addAudit({ atMs, author, action: 'thresholds-proposed', subject: id, detail });
      });
      return { ok: true, proposal: proposals.get(id) as Proposal };
    },
    proposals: ({ pendingAtMs, before = Number.MAX_SAFE_INTEGER, limit }) =>
      proposals.list({ pendingAtMs, before, limit }),
    proposal: (id) => proposals.get(id),
    approve(id, decision) {
      const found = undecided(id, decision.atMs);
      if (!found.ok) return found;
      const { author, reason, items } = found.proposal;
      if (author === decision.by) return { ok: false, error: 'own' };
      const changes = items.map(({ point, revision, document, untilMs }): ThresholdChange => {
        return { point, expectedRevision: revision, document, author, atMs: decision.atMs, reason, untilMs };
      });
      const failures = refusalsOf(changes);
      if (failures.length > 0) return { ok: false, error: 'refused', failures };
      const written = change(() => {
        const all = changes.map((wanted) => writeRevision(wanted, { approvedBy: decision.by, proposal: id }));
        for (const { revision } of all) proposals.setMade(id, revision.point, revision.revision);
        decided(found.proposal, 'approved', decision);
        return all;
      });
      remember(written);
      return { ...outcomeOf(written), proposal: proposals.get(id) as Proposal };
    },
    closeProposal(id, how, decision) {
      const found = undecided(id, decision.atMs);
      if (!found.ok) return found;
      change(() => decided(found.proposal, how, decision));
      return { ok: true, proposal: proposals.get(id) as Proposal };
    },

    ruleTests: () => store.ruleTests(),
    ruleTest: (name) => store.ruleTest(name),
    keepRuleTest(test) {
      const { name, point, author, atMs } = test;
      return change(() => {
        if (!store.addRuleTest(test)) return false;
        store.addAudit({ atMs, author, action: 'rule-test-kept', subject: name, detail: { point } });
        return true;
      });
    },
    removeRuleTest(name, author, atMs) {
      return change(() => {
        if (!store.removeRuleTest(name)) return false;
        store.addAudit({ atMs, author, action: 'rule-test-removed', subject: name, detail: {} });
        return true;
      });
    },

    close: () => database.close(),
  };
  return registry;
}

function nextParts(present: PointDefinition, entry: PointEntry, revision: number, document: number): DefinitionParts {
  const { point, area, family, device, reportEveryMs } = present;
  const series = JSON.parse(entry.seriesJson) as number[];
  return { point, area, family, device, reportEveryMs, metrics: entry.metricsBody, series, revision, document };
}

/** Whether an area is another one or lies in it, however deep. */
function isWithin(areas: readonly Area[], id: string, other: string): boolean {
  const parents = new Map(areas.map((area) => [area.id, area.parent]));
  for (let here: string | undefined = id; here !== undefined; here = parents.get(here)) if (here === other) return true;
  return false;
}

/** The trail names everything, except where the list would be longer than anyone reads: then it counts. */
function auditDetail(differences: readonly Difference[]): unknown {
  if (differences.length <= AUDIT_DIFFERENCES_MAX) return differences;
  const counts: Record<string, number> = {};
  for (const { kind, change } of differences) {
    counts[`${kind} ${change}`] = (counts[`${kind} ${change}`] ?? 0) + 1;
  }
  return counts;
}

function siteDevice(memory: Memory, entry: DeviceEntry): Device {
  const points = entry.points.flatMap((id) => {
    const point = memory.points.get(id);
    return point === undefined ? [] : [sitePoint(point)];
  });
  const name = parsed<NonNullable<Device['name']>>(entry.nameJson);
  const grants = parsed<NonNullable<Device['grants']>>(entry.grantsJson);
  const { id, profile } = entry;
  return {
    id,
    profile,
    ...(name === undefined ? {} : { name }),
    ...(grants === undefined ? {} : { grants }),
    points,
  };
}

function sitePoint(entry: PointEntry): Device['points'][number] {
  const name = parsed<NonNullable<Device['points'][number]['name']>>(entry.nameJson);
  const location = parsed<[number, number]>(entry.locationJson);
  const metrics = parsed<Record<string, string>>(entry.metricsJson);
  const labels = parsed<Record<string, string>>(entry.labelsJson);
  return {
    id: entry.id,
    area: entry.area,
    ...(name === undefined ? {} : { name }),
    ...(location === undefined ? {} : { location }),
    ...(metrics === undefined ? {} : { metrics }),
    ...(labels === undefined ? {} : { labels }),
  };
}

function inputProblems({ profiles, site, thresholds }: RegistryInput): Problem[] {
  const byId = new Map(profiles.map((profile) => [profile.id, profile]));
  return [
    ...siteInconsistencies(byId, site).map((problem) => toProblem('site', problem)),
    ...thresholdInconsistencies(metricNamesByPoint(byId, site), thresholds).map((problem) =>
      toProblem('thresholds', problem),
    ),
  ];
}

/** `among`: devices that are changed together, which may give points to one another. */
function deviceProblems(
  memory: Memory,
  device: Device,
  areas: Area[],
  among: ReadonlySet<string> = new Set([device.id]),
): Problem[] {
  const own = siteInconsistencies(memory.profiles, { areas, devices: [device] }).map((problem) =>
    toProblem('device', { ...problem, path: problem.path.slice(2) }),
  );
  const taken = device.points.flatMap((point, p): Problem[] => {
    const other = memory.points.get(point.id)?.device;
    if (other === undefined || among.has(other)) return [];
    const values = { point: point.id, device: other };
    return [toProblem('device', { path: ['points', p, 'id'], code: 'point-taken', values })];
  });
  return [...own, ...taken];
}

function toProblem(file: string, problem: FieldProblem): Problem {
  const words = foundExpected(problem);
  return { file, path: placeText(problem.path), ...words, coded: problem };
}
