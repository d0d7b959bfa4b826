import { ConfigError, type Problem } from '../lib/errors.ts';
import { pointMetrics, siteInconsistencies } from '../model/consistency.ts';
import { EMPTY_DOCUMENT } from '../model/empty-document.ts';
import { ownOf } from '../model/own.ts';
import { knownOf } from '../model/problem.ts';
import type { Area, Profile, ProfileNames } from '../model/site.ts';
import type { AreaRemoval, SiteContents, SiteDifference, SiteOrigin } from '../model/site-change.ts';
import type { ThresholdRevision } from '../model/threshold-records.ts';
import { type Core, NO_CHANGE, type RegistryChange } from './core.ts';
import type { SecretKeeper } from './device-secrets.ts';
import type { DeviceWriter } from './device-writer.ts';
import { differenceOf, isEmptyDocument } from './difference.ts';
import { inputProblems, toProblem } from './input.ts';
import { areaRecord, siteDevice, sitePoint } from './memory.ts';
import { FOR_GOOD } from './revisions.ts';
import { auditDetail } from './trail.ts';

/** The site as a whole, as its files say it, and what of it is nobody's device: areas, and names of profiles. */
export interface SiteChanges {
  /** Everything as the files would say it, names and labels as given; without secrets, which only exist hashed. */
  contents(): SiteContents;
  /** How the contents came to be as they are, and who changed them last. */
  origin(): SiteOrigin;
  /**
   * What `apply` would do, found out by doing it and taking it back, so that both refuse the same. Throws ConfigError
   * with every problem.
   */
  difference(input: SiteContents): readonly SiteDifference[];
  /**
   * Makes the registry equal to these files, in one transaction. Throws ConfigError with every problem. A device given
   * without a secret keeps the one it has, because an export cannot give it.
   */
  apply(input: SiteContents, author: string, atMs: number): AppliedChange;
  /** Adds or replaces one area. Throws ConfigError. */
  putArea(area: Area, author: string, atMs: number): RegistryChange;
  /**
   * Takes an area away. What lies in it is put into the area `into`; without one it is refused while anything does. Throws
   * ConfigError for an `into` that cannot be.
   */
  removeArea(id: string, into: string | undefined, author: string, atMs: number): AreaRemoved;
  /** Replaces all names of a profile and its metrics. Throws ConfigError. */
  putProfileNames(id: string, names: ProfileNames, author: string, atMs: number): RegistryChange;
}

export interface AppliedChange extends RegistryChange {
  readonly differences: readonly SiteDifference[];
}

export type AreaRemoved =
  | { readonly ok: true; readonly change: RegistryChange }
  | Exclude<AreaRemoval, { readonly ok: true }>;

export function createSiteChanges(core: Core, secrets: SecretKeeper, writer: DeviceWriter): SiteChanges {
  const { memory, rows, definitions, trail, handovers } = core;

  function contents(): SiteContents {
    return {
      profiles: [...memory.profiles.values()],
      site: { areas: rows.areas(), devices: [...memory.devices.values()].map((entry) => siteDevice(memory, entry)) },
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

  function applyAll(input: SiteContents, author: string, atMs: number, differences: readonly SiteDifference[]) {
    const documents = new Map(input.thresholds.map(({ point, ...document }) => [point, document]));
    const changed = new Set(differences.filter((one) => one.kind === 'thresholds').map((one) => one.id));
    const before = new Map([...memory.points.values()].map((entry) => [entry.id, entry]));
    const problems: Problem[] = [];
    const made: number[] = [];
    const secretsBefore = new Map([...memory.devices.keys()].map((id) => [id, rows.secret(id)]));
    rows.clearSite();
    memory.profiles.clear();
    for (const profile of input.profiles) {
      rows.putProfile(profile);
      memory.profiles.set(profile.id, profile);
    }
    for (const area of input.site.areas) rows.putArea(area);
    for (const device of input.site.devices) {
      const nextRevision = (point: string, present: ThresholdRevision): ThresholdRevision => {
        // A point that comes back may have a document of old, which is not what the files say now.
        if (!changed.has(point) && before.has(point)) return present;
        const document = documents.get(point) ?? EMPTY_DOCUMENT;
        if (JSON.stringify(document) === JSON.stringify(present.document)) return present;
        return { point, revision: present.revision + 1, document, author, atMs, reason: null, ...FOR_GOOD };
      };
      const kept = { secret: secretsBefore.get(device.id), position: undefined };
      made.push(...writer.write(device, kept, nextRevision, problems));
    }
    if (problems.length > 0) throw new ConfigError(problems);
    trail.add({ atMs, author, action: 'apply', subject: null, detail: auditDetail(differences) });
    handovers.note(input.site.devices, { author, atMs });
    return made;
  }

  function differencesOf(input: SiteContents): SiteDifference[] {
    const problems = [...inputProblems(input), ...secrets.publicProblems('site', input.site.devices)];
    if (problems.length > 0) throw new ConfigError(problems);
    return differenceOf(contents(), input, secrets.has);
  }

  /** The definitions of all points of a profile whose metrics are called otherwise now; nothing else of them is new. */
  function renamedDefinitions(profile: Profile): number[] {
    const made: number[] = [];
    for (const entry of memory.points.values()) {
      const device = memory.devices.get(entry.device);
      if (device?.profile !== profile.id) continue;
      const metrics = pointMetrics(profile, sitePoint(entry)).map(({ name, metric }) => [name, metric] as const);
      const id = definitions.put({ ...core.partsOf(entry), metrics: definitions.putBody(Object.fromEntries(metrics)) });
      if (id === entry.definition) continue;
      rows.setThresholds(entry.id, entry.revision, id);
      made.push(id);
    }
    return made;
  }

  return {
    contents,
    origin: trail.origin,

    difference(input) {
      const differences = differencesOf(input);
      if (differences.length === 0) return differences;
      try {
        core.attempt(() => applyAll(input, 'nobody', 0, differences));
      } finally {
        core.reload();
      }
      return differences;
    },

    apply(input, author, atMs) {
      const differences = differencesOf(input);
      if (differences.length === 0) return { ...NO_CHANGE, differences };
      const kept = new Set(input.site.devices.flatMap((device) => device.points.map((point) => point.id)));
      const retired = [...memory.points.keys()].filter((id) => !kept.has(id));
      try {
        const made = core.change(() => applyAll(input, author, atMs, differences));
        return { definitions: made, retired, differences };
      } finally {
        core.reload();
      }
    },

    putArea(area, author, atMs) {
      const present = rows.areas();
      const index = present.findIndex(({ id }) => id === area.id);
      const areas = index < 0 ? [...present, area] : present.with(index, area);
      const problems = siteInconsistencies(memory.profiles, { areas, devices: [] });
      if (problems.length > 0) {
        throw new ConfigError(
          problems.map((problem) => toProblem('area', { ...problem, path: problem.path.slice(2) })),
        );
      }
      core.change(() => {
        rows.putArea(area);
        const action = index < 0 ? 'area-added' : 'area-changed';
        const detail = { ...area, ...(index < 0 ? {} : { before: present[index] }) };
        trail.add({ atMs, author, action, subject: area.id, detail });
      });
      memory.areas = areas.map(areaRecord);
      return NO_CHANGE;
    },

    removeArea(id, into, author, atMs) {
      const present = rows.areas();
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
        const entry = memory.devices.get(device);
        if (entry === undefined || into === undefined) return [];
        const whole = siteDevice(memory, entry);
        return [{ ...whole, points: whole.points.map((one) => (one.area === id ? { ...one, area: into } : one)) }];
      });
      const moving = { areas: inside.map((one) => one.id), points: points.map((one) => one.id) };
      const detail = { ...area, ...(into === undefined ? {} : { into, moved: moving }) };
      const made = writer.replace({
        devices,
        trail: [{ atMs, author, action: 'area-removed', subject: id, detail }],
        also() {
          for (const child of moved) rows.putArea(child);
          rows.removeArea(id);
        },
      });
      memory.areas = rows.areas().map(areaRecord);
      return { ok: true, change: made };
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
      const made = core.change(() => {
        rows.putProfile(named);
        const before = { name: profile.name, metrics: profile.metrics };
        trail.add({ atMs, author, action: 'profile-named', subject: id, detail: { ...names, before } });
        return JSON.stringify(named.metrics) === JSON.stringify(profile.metrics) ? [] : renamedDefinitions(named);
      });
      core.reload();
      return { definitions: made, retired: [] };
    },
  };
}

/** Whether an area is another one or lies in it, however deep. */
function isWithin(areas: readonly Area[], id: string, other: string): boolean {
  const parents = new Map(areas.map((area) => [area.id, area.parent]));
  for (let here: string | undefined = id; here !== undefined; here = parents.get(here)) if (here === other) return true;
  return false;
}
