import { createHash } from 'node:crypto';
import { ConfigError } from '../lib/errors.ts';
import { pointMetrics } from '../model/consistency.ts';
import { type ActEffect, PointsInUseError, pointEffects, rulesWithout, withoutRules } from '../model/device-act.ts';
import type { Profile, SiteDevice } from '../model/site.ts';
import type { Rearrangement } from '../model/site-change.ts';
import type { ThresholdDocument } from '../model/threshold.ts';
import type { ApiDeps } from './deps.ts';
import { ProblemError } from './problems.ts';

/** An act on devices, as it was asked for. */
export interface DeviceAct {
  readonly act: Rearrangement['act'];
  /** Devices as they are, all whose points are touched. */
  readonly before: readonly SiteDevice[];
  readonly after: readonly SiteDevice[];
  /** Limits that go along to a point that is new, by its id. */
  readonly taken?: ReadonlyMap<string, ThresholdDocument>;
  readonly author: string;
  readonly reason: string;
}

export interface PlannedAct {
  readonly effect: ActEffect;
  readonly change: Rearrangement;
  /** Changes with what is there and with what would be done to it. */
  readonly tag: string;
}

const NO_DOCUMENT: ThresholdDocument = { rules: {} };

/** What an act would do, found out without doing it. Throws ConfigError when it can't be done at all. */
export function planAct(
  deps: ApiDeps,
  { act, before, after, taken = new Map(), author, reason }: DeviceAct,
): PlannedAct {
  const profiles = new Map(deps.registry.profiles().map((profile) => [profile.id, profile]));
  const ids = new Set(after.map(({ id }) => id));
  const removed = before.map(({ id }) => id).filter((id) => !ids.has(id));
  const effects = pointEffects(before, after, profiles);
  const metrics = metricsOf(after, profiles);
  const present = new Map(effects.map(({ point }) => [point, presentDocument(deps, point)]));
  const ended = new Map<string, Set<string>>();
  for (const { point, fate } of effects) {
    if (fate === 'ends') continue;
    const rules = rulesWithout(taken.get(point) ?? present.get(point) ?? NO_DOCUMENT, metrics.get(point) ?? new Set());
    if (rules.length > 0) ended.set(point, new Set(rules));
  }
  const changeNow = (): Rearrangement => {
    const points = new Set([...taken.keys(), ...ended.keys()]);
    const documents = [...points].map((point) => ({
      point,
      document: withoutRules(taken.get(point) ?? forGood(deps, point), ended.get(point) ?? new Set()),
    }));
    return { act, removed, devices: after, documents, author, reason };
  };
  // What evaluation finds wrong beside names, such as a limit in a unit that the metric has no longer.
  for (let more = true; more; ) more = endMore(deps, changeNow(), ended);

  const change = changeNow();
  const documents = new Map(change.documents.map(({ point, document }) => [point, document]));
  const open = deps.alerts.open();
  const points = effects.map((effect) => {
    const { point, fate } = effect;
    const ends = [...(ended.get(point) ?? [])].sort();
    const kept = documents.get(point) ?? present.get(point) ?? NO_DOCUMENT;
    const clears = open.filter((alert) => alert.point === point && (fate === 'ends' || ends.includes(alert.rule)));
    return {
      ...effect,
      ends,
      rules: fate === 'ends' ? [] : Object.keys(kept.rules),
      clears: clears.map(({ id, rule, level }) => ({ id, rule, level })),
    };
  });
  const stays = new Set(effects.filter(({ fate }) => fate === 'stays').map(({ point }) => point));
  const needsApproval =
    deps.proposals.required &&
    change.documents.some(
      ({ point, document }) => stays.has(point) && deps.thresholds.weakenings(point, document).length > 0,
    );
  const endsNow = new Set(effects.filter(({ fate }) => fate === 'ends').map(({ point }) => point));
  const effect = { points, counted: endsNow.size === 0 ? [] : deps.site.counting(endsNow), needsApproval };
  const text = JSON.stringify([
    before,
    change.devices.map(({ secret: _secret, ...device }) => device),
    change.documents,
  ]);
  return { effect, change, tag: `"${createHash('sha256').update(text).digest('base64url')}"` };
}

/** Adds the rules that evaluation would refuse to those that go. Gives whether there were any. */
function endMore(deps: ApiDeps, change: Rearrangement, ended: Map<string, Set<string>>): boolean {
  try {
    deps.site.tryRearrange(change);
    return false;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    let isAny = false;
    for (const { coded } of error.problems) {
      if (coded?.code !== 'of-point') throw error;
      const { point, problem } = coded.values;
      const [top, rule] = problem.path;
      if (top !== 'rules' || typeof rule !== 'string') throw error;
      // Each of its levels may be wrong.
      if (ended.get(point)?.has(rule) === true) continue;
      ended.set(point, new Set([...(ended.get(point) ?? []), rule]));
      isAny = true;
    }
    if (!isAny) throw error;
    return true;
  }
}

/** The document a point has, or comes back with. */
function presentDocument(deps: ApiDeps, point: string): ThresholdDocument {
  return deps.thresholds.revisions(point, 1)[0]?.document ?? NO_DOCUMENT;
}

/** Without values that are only there for a time, which a new revision would make permanent. */
function forGood(deps: ApiDeps, point: string): ThresholdDocument {
  const [revision] = deps.thresholds.revisions(point, 1);
  if (revision === undefined) return NO_DOCUMENT;
  const { document, revertsTo } = revision;
  return revertsTo === null ? document : (deps.thresholds.revision(point, revertsTo)?.document ?? document);
}

function metricsOf(
  devices: readonly SiteDevice[],
  profiles: ReadonlyMap<string, Profile>,
): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(
    devices.flatMap((device) => {
      const profile = profiles.get(device.profile);
      return device.points.map(
        (point) =>
          [
            point.id,
            new Set(profile === undefined ? [] : pointMetrics(profile, point).map(({ name }) => name)),
          ] as const,
      );
    }),
  );
}

/** Refuses what must not be done, or not without having been told. Throws ProblemError and PointsInUseError. */
export function refuseAct(
  { effect, tag }: PlannedAct,
  told: { endsRules: boolean; condition: string | undefined },
): void {
  const { condition, endsRules } = told;
  if (condition !== undefined && condition.trim() !== '*' && condition.trim() !== tag) {
    throw new ProblemError('site-lost-race');
  }
  if (effect.counted.length > 0) throw new PointsInUseError(effect.counted);
  const ending = effect.points.filter(({ ends }) => ends.length > 0);
  if (ending.length > 0 && !endsRules) {
    throw new ProblemError('rules-would-end', {
      members: { rules: ending.map(({ point, ends }) => ({ point, ends })) },
    });
  }
  if (effect.needsApproval) throw new ProblemError('approval-required');
}
