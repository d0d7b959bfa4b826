import { ownOf } from './own.ts';
import { type FieldProblem, knownOf, type ProblemPath, placeText } from './problem.ts';
import type { Area, Metric, Profile, Site } from './site.ts';
import type { Criterion, Rule, ThresholdFileEntry } from './threshold.ts';

/**
 * What the schemas cannot see: whether the ids in a site and its thresholds fit together. Used on files, where a place
 * becomes a line, and on what comes over the API.
 */

type Device = Site['devices'][number];

/**
 * A site of which some entries may be unreadable. They are left undefined, so that the others keep their place in the
 * list, and what can still be told of their ids goes into the `unsure` sets, so that one mistake is not reported again
 * by everything that refers to it.
 */
export interface PartialSite {
  readonly areas: readonly (Area | undefined)[];
  readonly devices: readonly (Device | undefined)[];
  readonly unsureAreas?: ReadonlySet<string>;
  readonly unsurePoints?: ReadonlySet<string>;
}

/** Profiles by id; undefined where there is one that cannot be read. */
export type PartialProfiles = ReadonlyMap<string, Profile | undefined>;

export function siteInconsistencies(profiles: PartialProfiles, site: PartialSite): FieldProblem[] {
  const problems = [...repeatedIds(site), ...areaProblems(site)];
  const areas = knownAreas(site);
  site.devices.forEach((device, d) => {
    if (device === undefined) return;
    const profile = profiles.get(device.profile);
    if (!profiles.has(device.profile)) {
      const values = { profile: device.profile, ...knownOf(profiles.keys()) };
      problems.push({ path: ['devices', d, 'profile'], code: 'unknown-profile', values });
    }
    device.points.forEach((point, p) => {
      const path = ['devices', d, 'points', p];
      if (!areas.has(point.area)) {
        const values = { area: point.area, ...knownOf(areas) };
        problems.push({ path: [...path, 'area'], code: 'unknown-area', values });
      }
      for (const [metric, field] of Object.entries(point.metrics ?? {})) {
        if (profile === undefined || Object.hasOwn(profile.metrics, field)) continue;
        const values = { field, profile: profile.id, ...knownOf(Object.keys(profile.metrics)) };
        problems.push({ path: [...path, 'metrics', metric], code: 'unknown-field', values });
      }
    });
  });
  return problems;
}

function knownAreas(site: PartialSite): Set<string> {
  const known = new Set(site.unsureAreas);
  for (const area of site.areas) if (area !== undefined) known.add(area.id);
  return known;
}

function repeatedIds(site: PartialSite): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const watch = (kind: 'area' | 'device' | 'point') => {
    const firstAt = new Map<string, ProblemPath>();
    return (id: string, path: ProblemPath) => {
      const first = firstAt.get(id);
      if (first === undefined) firstAt.set(id, path);
      else {
        const values = { kind, id, first: placeText(first) };
        problems.push({ path: [...path, 'id'], code: 'id-repeated', values });
      }
    };
  };
  const area = watch('area');
  const device = watch('device');
  const point = watch('point');
  site.areas.forEach((one, a) => {
    if (one !== undefined) area(one.id, ['areas', a]);
  });
  site.devices.forEach((one, d) => {
    if (one === undefined) return;
    device(one.id, ['devices', d]);
    one.points.forEach((inner, p) => {
      point(inner.id, ['devices', d, 'points', p]);
    });
  });
  return problems;
}

function areaProblems(site: PartialSite): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const known = knownAreas(site);
  const parents = new Map<string, string>();
  for (const area of site.areas) {
    if (area?.parent !== undefined && !parents.has(area.id)) parents.set(area.id, area.parent);
  }
  site.areas.forEach((area, a) => {
    if (area?.parent === undefined) return;
    const path = ['areas', a, 'parent'];
    if (!known.has(area.parent)) {
      problems.push({ path, code: 'unknown-area', values: { area: area.parent, ...knownOf(known) } });
    } else if (isOwnAncestor(area.id, parents)) {
      problems.push({ path, code: 'area-in-itself', values: { area: area.id, parent: area.parent } });
    }
  });
  return problems;
}

function isOwnAncestor(id: string, parents: ReadonlyMap<string, string>): boolean {
  const passed = new Set<string>();
  for (let at = parents.get(id); at !== undefined && !passed.has(at); at = parents.get(at)) {
    if (at === id) return true;
    passed.add(at);
  }
  return false;
}

/** The metrics of a point under its own names, each with the device's field it comes from. */
export function pointMetrics(
  profile: Profile,
  point: Device['points'][number],
): { readonly name: string; readonly field: string; readonly metric: Metric }[] {
  const mapping = point.metrics ?? Object.fromEntries(Object.keys(profile.metrics).map((field) => [field, field]));
  return Object.entries(mapping).flatMap(([name, field]) => {
    const metric = ownOf(profile.metrics, field);
    return metric === undefined ? [] : [{ name, field, metric }];
  });
}

/** The names of the metrics of every point; undefined for a point whose profile or entry cannot be read. */
export function metricNamesByPoint(
  profiles: PartialProfiles,
  site: PartialSite,
): Map<string, readonly string[] | undefined> {
  const names = new Map<string, readonly string[] | undefined>();
  for (const id of site.unsurePoints ?? []) names.set(id, undefined);
  for (const device of site.devices) {
    if (device === undefined) continue;
    const profile = profiles.get(device.profile);
    for (const point of device.points) {
      names.set(point.id, profile === undefined ? undefined : pointMetrics(profile, point).map(({ name }) => name));
    }
  }
  return names;
}

/**
 * `path` starts at the entry: `[3, 'rules', 'depth', 'metric']`. Entries that cannot be read are undefined, and so is
 * `points` when nobody knows them.
 */
export function thresholdInconsistencies(
  points: ReadonlyMap<string, readonly string[] | undefined> | undefined,
  entries: readonly (ThresholdFileEntry | undefined)[],
): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const firstAt = new Map<string, number>();
  entries.forEach((entry, e) => {
    if (entry === undefined) return;
    if (points?.has(entry.point) === false) {
      problems.push({ path: [e, 'point'], code: 'unknown-point', values: { point: entry.point } });
    }
    const first = firstAt.get(entry.point);
    if (first === undefined) firstAt.set(entry.point, e);
    else problems.push({ path: [e, 'point'], code: 'document-repeated', values: { point: entry.point } });
    problems.push(
      ...ruleInconsistencies(points?.get(entry.point), points, entry.rules).map((problem) => ({
        ...problem,
        path: [e, ...problem.path],
      })),
    );
  });
  return problems;
}

/** `path` starts at the document. `metrics` undefined: nobody knows, so nothing is said of them. */
export function ruleInconsistencies(
  metrics: readonly string[] | undefined,
  points: { has(point: string): boolean } | undefined,
  rules: Readonly<Record<string, Rule>>,
): FieldProblem[] {
  const problems: FieldProblem[] = [];
  for (const [id, rule] of Object.entries(rules)) {
    for (const { path, metric } of metricsOfRule(rule)) {
      if (metrics === undefined || metrics.includes(metric)) continue;
      const values = { metric, ...knownOf(metrics) };
      problems.push({ path: ['rules', id, ...path], code: 'unknown-metric', values });
    }
  }
  return points === undefined ? problems : [...problems, ...voteInconsistencies(points, rules)];
}

/** Votes that count points which are not there; `path` starts at the document. */
export function voteInconsistencies(
  points: { has(point: string): boolean },
  rules: Readonly<Record<string, Rule>>,
): FieldProblem[] {
  return Object.entries(rules).flatMap(([id, { vote }]) =>
    (vote?.points ?? []).flatMap((point, v): FieldProblem[] => {
      if (points.has(point)) return [];
      return [{ path: ['rules', id, 'vote', 'points', v], code: 'unknown-point', values: { point } }];
    }),
  );
}

type MetricUse = { readonly path: readonly (string | number)[]; readonly metric: string };

/** Every metric a rule names, and where. */
export function metricsOfRule(rule: Rule): MetricUse[] {
  const uses: MetricUse[] = rule.metric === undefined ? [] : [{ path: ['metric'], metric: rule.metric }];
  const levelled = [
    { path: ['levels'], levels: rule.levels },
    ...(rule.schedule ?? []).map((entry, s) => ({ path: ['schedule', s, 'levels'], levels: entry.levels })),
  ];
  for (const { path, levels } of levelled) {
    for (const [level, criterion] of Object.entries(levels ?? {})) {
      uses.push(...metricsOfCriterion(criterion, [...path, level]));
    }
  }
  return uses;
}

function metricsOfCriterion(criterion: Criterion, path: readonly (string | number)[]): MetricUse[] {
  const own = criterion.curve === undefined ? [] : [{ path: [...path, 'curve', 'over'], metric: criterion.curve.over }];
  const inner = (['any', 'all'] as const).flatMap((key) =>
    (criterion[key] ?? []).flatMap((one, i) => metricsOfCriterion(one, [...path, key, i])),
  );
  return [...own, ...inner];
}
