import { ConfigError } from '../lib/errors.ts';
import { siteInconsistencies } from '../model/consistency.ts';
import type { SiteDevice, SitePoint } from '../model/site.ts';
import type { JointChange, Rearrangement } from '../model/site-change.ts';
import type { Core, RegistryChange } from './core.ts';
import type { SecretKeeper } from './device-secrets.ts';
import type { DeviceWriter } from './device-writer.ts';
import { deviceProblems, toProblem } from './input.ts';
import { type DeviceEntry, siteDevice, sitePoint } from './memory.ts';
import { type DatedChange, FOR_GOOD, type Revisions, type ThresholdsOutcome } from './revisions.ts';
import type { AuditEntry } from './trail.ts';
import type { Votes } from './votes.ts';

/**
 * Devices and their points: one by one, several in one act, and together with documents. However a point goes, it is refused
 * with a PointsInUseError while votes of points that stay count on it: what is exported afterwards must apply.
 */
export interface DeviceChanges {
  /** Adds or replaces one device with its points. Throws ConfigError. */
  putDevice(device: SiteDevice, author: string, atMs: number): RegistryChange;
  /** Takes a device away with its points; undefined when there is none. */
  removeDevice(id: string, author: string, atMs: number): RegistryChange | undefined;
  /**
   * Adds a point to a device, or replaces what is said of it; with another device than it had it is measured by that one from
   * now on. Throws ConfigError.
   */
  putPoint(device: string, point: SitePoint, author: string, atMs: number): RegistryChange;
  /** Takes a point away; undefined when there is none. */
  removePoint(id: string, author: string, atMs: number): RegistryChange | undefined;
  /**
   * Devices that go and devices as they shall be, with documents for points that need another one, in one transaction. A
   * point may go from one of them to another and stays what it is. Throws ConfigError; with `isTrial` it is taken back.
   */
  rearrange(change: DatedRearrangement): RegistryChange;
  readonly counting: Votes['counting'];
  /**
   * Devices with their points, and documents of points old and new, in one transaction: all of it, or none and every
   * reason why not. What is wrong with the devices is a ConfigError. With `isTrial` it is taken back again.
   */
  putTogether(change: DatedJointChange): ThresholdsOutcome;
}

/** When it is done; or that it is only tried, and taken back again. */
interface Doing {
  readonly atMs: number;
  readonly isTrial: boolean;
}

export type DatedRearrangement = Rearrangement & Doing;

export interface DatedJointChange extends Omit<JointChange, 'thresholds'>, Doing {
  readonly thresholds: readonly DatedChange[];
}

/** Thrown to end a transaction that was only to find out what would happen, with what would have. */
class TakenBack extends Error {
  readonly outcome: ThresholdsOutcome;
  constructor(outcome: ThresholdsOutcome) {
    super('taken back');
    this.outcome = outcome;
  }
}

export function createDeviceChanges(
  core: Core,
  secrets: SecretKeeper,
  votes: Votes,
  writer: DeviceWriter,
  revisions: Revisions,
): DeviceChanges {
  const { memory, rows } = core;

  /** Throws ConfigError where one of them cannot be; what is theirs may go from one to another. */
  function check(devices: readonly SiteDevice[], among: ReadonlySet<string>): void {
    const areas = rows.areas();
    const problems = [
      ...devices.flatMap((device) => deviceProblems(memory, device, areas, among)),
      ...secrets.publicProblems('device', devices),
    ];
    if (problems.length > 0) throw new ConfigError(problems);
  }

  /** The trail of a device that is put: as it shall be, without its secret. */
  function putEntry(device: SiteDevice, more: object, author: string, atMs: number): AuditEntry {
    const { secret: _secret, ...shown } = device;
    const action = memory.devices.has(device.id) ? 'device-changed' : 'device-added';
    return { atMs, author, action, subject: device.id, detail: { ...more, ...shown } };
  }

  function deviceOf(id: string): SiteDevice | undefined {
    const entry = memory.devices.get(id);
    return entry === undefined ? undefined : siteDevice(memory, entry);
  }

  /** Memory of devices that were written and taken back; `before` has what was there. */
  function forgetDevices(before: ReadonlyMap<string, DeviceEntry | undefined>): void {
    const had = new Set([...before.values()].flatMap((entry) => entry?.points ?? []));
    for (const [id, entry] of before) {
      for (const point of memory.devices.get(id)?.points ?? []) if (!had.has(point)) memory.points.delete(point);
      if (entry === undefined) memory.devices.delete(id);
    }
    for (const [id, entry] of before) if (entry !== undefined) rows.reloadDevice(memory, id);
  }

  return {
    putDevice(device, author, atMs) {
      check([device], new Set([device.id]));
      return writer.replace({ devices: [device], trail: [putEntry(device, {}, author, atMs)] });
    },

    removeDevice(id, author, atMs) {
      const before = memory.devices.get(id);
      if (before === undefined) return undefined;
      const entry = { atMs, author, action: 'device-removed', subject: id, detail: { points: before.points } };
      return writer.replace({ removed: [id], devices: [], trail: [entry] });
    },

    putPoint(device, point, author, atMs) {
      const entry = memory.points.get(point.id);
      const target = deviceOf(device);
      if (target === undefined) {
        throw new ConfigError([toProblem('point', { path: ['device'], code: 'unknown-device', values: { device } })]);
      }
      const index = target.points.findIndex(({ id }) => id === point.id);
      const changed = {
        ...target,
        points: index < 0 ? [...target.points, point] : target.points.with(index, point),
      };
      const problems = siteInconsistencies(memory.profiles, { areas: rows.areas(), devices: [changed] }).map(
        (problem) => toProblem('point', { ...problem, path: problem.path.slice(4) }),
      );
      if (problems.length > 0) throw new ConfigError(problems);
      const former = entry === undefined || entry.device === device ? undefined : deviceOf(entry.device);
      const left =
        former === undefined ? [] : [{ ...former, points: former.points.filter(({ id }) => id !== point.id) }];
      const action = entry === undefined ? 'point-added' : 'point-changed';
      const before = entry === undefined ? {} : { before: { device: entry.device, point: sitePoint(entry) } };
      const detail = { device, ...point, ...before };
      const trail = [{ atMs, author, action, subject: point.id, detail }];
      return writer.replace({ devices: [...left, changed], trail });
    },

    removePoint(id, author, atMs) {
      const entry = memory.points.get(id);
      const device = entry === undefined ? undefined : deviceOf(entry.device);
      if (entry === undefined || device === undefined) return undefined;
      const left = { ...device, points: device.points.filter((point) => point.id !== id) };
      const detail = { device: device.id, point: sitePoint(entry) };
      const trail = [{ atMs, author, action: 'point-removed', subject: id, detail }];
      return writer.replace({ devices: [left], trail });
    },

    rearrange({ act, removed, devices, documents, author, atMs, reason, isTrial }) {
      check(devices, new Set([...removed, ...devices.map(({ id }) => id)]));
      const wanted = new Map(documents.map(({ point, document }) => [point, document]));
      return writer.replace({
        removed,
        devices,
        documents: wanted,
        nextRevision(point, present) {
          const document = wanted.get(point);
          if (document === undefined) return present;
          return { point, revision: present.revision + 1, document, author, atMs, reason, ...FOR_GOOD };
        },
        trail: [
          ...removed.map((id): AuditEntry => {
            const detail = { act, points: memory.devices.get(id)?.points ?? [] };
            return { atMs, author, action: 'device-removed', subject: id, detail };
          }),
          ...devices.map((device) => putEntry(device, { act }, author, atMs)),
          ...[...wanted.keys()].map((point): AuditEntry => {
            return { atMs, author, action: 'thresholds-changed', subject: point, detail: { act, reason } };
          }),
        ],
        isTrial,
      });
    },

    counting: votes.counting,

    putTogether({ devices, thresholds, author, atMs, reason, isTrial }) {
      const touched = [
        ...devices.map(({ id }) => id),
        ...thresholds.flatMap(({ point }) => memory.points.get(point)?.device ?? []),
      ];
      const before = new Map(touched.map((id) => [id, memory.devices.get(id)]));
      const known = new Set(thresholds.map(({ point }) => point).filter((point) => memory.points.has(point)));
      check(devices, new Set(devices.map(({ id }) => id)));
      try {
        return core.change(() => {
          const trail = devices.map((device) => putEntry(device, { reason }, author, atMs));
          const documents = new Map(thresholds.map(({ point, document }) => [point, document]));
          const made = writer.replace({ devices, documents, trail });
          const put = revisions.putThresholdsAll(
            thresholds.map((wanted) => {
              // A point that comes back goes on with its revisions of old, which nobody could have named.
              const revision = known.has(wanted.point) ? undefined : memory.points.get(wanted.point)?.revision;
              return revision === undefined ? wanted : { ...wanted, expectedRevision: revision };
            }),
          );
          if (!put.ok || isTrial) throw new TakenBack(put);
          const definitions = [...made.definitions, ...put.change.definitions];
          return { ...put, change: { definitions, retired: made.retired } };
        });
      } catch (error) {
        forgetDevices(before);
        if (!(error instanceof TakenBack)) throw error;
        return error.outcome;
      }
    },
  };
}
