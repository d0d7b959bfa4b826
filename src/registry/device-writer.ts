import { ConfigError, type Problem } from '../lib/errors.ts';
import { pointMetrics, voteInconsistencies } from '../model/consistency.ts';
import { PointsInUseError } from '../model/device-act.ts';
import { durationMs } from '../model/duration.ts';
import type { FieldProblem } from '../model/problem.ts';
import { placedText } from '../model/problem-words.ts';
import type { Profile, SiteDevice } from '../model/site.ts';
import type { ThresholdDocument } from '../model/threshold.ts';
import type { ThresholdRevision } from '../model/threshold-records.ts';
import { type Core, NO_CHANGE, type RegistryChange } from './core.ts';
import type { DefinitionParts } from './definitions.ts';
import type { SecretKeeper } from './device-secrets.ts';
import type { RevisionWriter } from './revisions.ts';
import type { SecretHash } from './secrets.ts';
import type { AuditEntry } from './trail.ts';
import type { Votes } from './votes.ts';

/** How the parts of the registry that change devices write them. */
export interface DeviceWriter {
  /**
   * Writes the rows of a device and its points, which it must not have yet, and gives the definitions made. `kept` is the
   * secret it had so far; what evaluation could not run is added to `problems`.
   */
  write(
    device: SiteDevice,
    kept: { readonly secret: SecretHash | undefined; readonly position: number | undefined },
    nextRevision: NextRevision,
    problems: Problem[],
  ): number[];
  /**
   * Puts devices in the place of what they were, all in one transaction, or none. Throws ConfigError, and PointsInUseError
   * where a point would go that a vote counts on.
   */
  replace(replacement: Replacement): RegistryChange;
}

/** The revision that a point shall have: its present one, or the next. */
export type NextRevision = (point: string, present: ThresholdRevision) => ThresholdRevision;

export interface Replacement {
  /** Those that go. What points they had are gone, unless one of `devices` has them. */
  readonly removed?: readonly string[];
  /** As they shall be, new or not. A point that one of them lacks now is gone, unless another of them has it. */
  readonly devices: readonly SiteDevice[];
  /** Documents that points shall have once it is done, where they are others than now; their votes are what counts. */
  readonly documents?: ReadonlyMap<string, ThresholdDocument>;
  /** Left out: points keep the revision they have. */
  readonly nextRevision?: NextRevision;
  readonly trail: readonly AuditEntry[];
  /** Done first, in the same transaction. */
  readonly also?: () => void;
  /** Takes it back again; only what it would throw counts. Votes on points that go are asked for apart. */
  readonly isTrial?: boolean;
}

const PRESENT: NextRevision = (_point, present) => present;

export function createDeviceWriter(
  core: Core,
  secrets: SecretKeeper,
  votes: Votes,
  revisions: RevisionWriter,
): DeviceWriter {
  const { memory, rows, definitions, trail, handovers, validate } = core;

  const write: DeviceWriter['write'] = (device, kept, nextRevision, problems) => {
    const profile = memory.profiles.get(device.profile) as Profile;
    rows.putDevice(device, secrets.hashOf(device, kept.secret), kept.position);
    const made: number[] = [];
    for (const point of device.points) {
      const present = revisions.present(point.id);
      const next = nextRevision(point.id, present);
      if (next.revision > present.revision) revisions.add(next);
      const metrics = pointMetrics(profile, point);
      const parts: DefinitionParts = {
        point: point.id,
        area: point.area,
        family: profile.family,
        device: device.id,
        reportEveryMs: durationMs(profile.reportEvery),
        metrics: definitions.putBody(Object.fromEntries(metrics.map(({ name, metric }) => [name, metric]))),
        series: metrics.map(({ name }) => definitions.putSeries(point.id, name)),
        revision: next.revision,
        document: definitions.putBody(next.document),
      };
      const id = definitions.put(parts);
      if (id !== memory.points.get(point.id)?.definition) {
        made.push(id);
        problems.push(...validate(definitions.assemble(id, parts)).map((problem) => ofPoint(point.id, problem)));
      }
      rows.putPoint(device.id, point, next.revision, id);
    }
    return made;
  };

  return {
    write,
    replace({ removed = [], devices, documents, nextRevision = PRESENT, trail: entries, also, isTrial = false }) {
      const touched = [...new Set([...removed, ...devices.map(({ id }) => id)])];
      const before = touched.flatMap((id) => memory.devices.get(id)?.points ?? []);
      const after = new Set(devices.flatMap(({ points }) => points.map(({ id }) => id)));
      const gone = new Set(before.filter((point) => !after.has(point)));
      if (gone.size > 0 && !isTrial) {
        const counting = votes.counting(gone, documents);
        if (counting.length > 0) throw new PointsInUseError(counting);
      }

      const work = (): number[] => {
        also?.();
        // All of them leave before the first comes back, because a point may go from one to another.
        const kept = new Map(
          touched.map((id) => {
            const secret = rows.secret(id);
            return [id, { secret, position: rows.removeDevice(id) }];
          }),
        );
        const problems: Problem[] = [];
        /** A point that comes back has the document of old, whose votes may count points that have gone meanwhile. */
        const next: NextRevision = (point, present) => {
          const revision = nextRevision(point, present);
          if (memory.points.has(point)) return revision;
          const isThere = { has: (id: string) => after.has(id) || (memory.points.has(id) && !gone.has(id)) };
          const { rules } = documents?.get(point) ?? revision.document;
          problems.push(...voteInconsistencies(isThere, rules).map((problem) => ofPoint(point, problem)));
          return revision;
        };
        const keptOf = (device: SiteDevice) => kept.get(device.id) ?? { secret: undefined, position: undefined };
        // Those that come back take their place first: a new one would be given the place of one that was last.
        const inOrder = [
          ...devices.filter((device) => keptOf(device).position !== undefined),
          ...devices.filter((device) => keptOf(device).position === undefined),
        ];
        const made = inOrder.flatMap((device) => write(device, keptOf(device), next, problems));
        if (problems.length > 0) throw new ConfigError(problems);
        for (const entry of entries) trail.add(entry);
        // All of the trail is of one act, by one person.
        const [act] = entries;
        if (act !== undefined) handovers.note(devices, act);
        return made;
      };
      if (isTrial) {
        core.attempt(work);
        return NO_CHANGE;
      }
      const made = core.change(work);
      for (const id of removed) memory.devices.delete(id);
      for (const point of before) memory.points.delete(point);
      for (const { id } of devices) rows.reloadDevice(memory, id);
      core.devicesChanged();
      return { definitions: made, retired: [...gone] };
    },
  };
}

/** What evaluation could not run of the document that a point would have. */
function ofPoint(point: string, problem: FieldProblem): Problem {
  return {
    file: 'thresholds',
    path: point,
    found: placedText(problem, 'en'),
    expected: 'rules that can be evaluated',
    coded: { path: [], code: 'of-point', values: { point, problem } },
  };
}
