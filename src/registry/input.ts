import type { Problem } from '../lib/errors.ts';
import { metricNamesByPoint, siteInconsistencies, thresholdInconsistencies } from '../model/consistency.ts';
import { type FieldProblem, placeText } from '../model/problem.ts';
import { foundExpected } from '../model/problem-words.ts';
import type { Area, SiteDevice } from '../model/site.ts';
import type { SiteContents } from '../model/site-change.ts';
import type { Memory } from './memory.ts';

/** What is put into the registry, and what can be wrong with it by itself. */

export function inputProblems({ profiles, site, thresholds }: SiteContents): Problem[] {
  const byId = new Map(profiles.map((profile) => [profile.id, profile]));
  return [
    ...siteInconsistencies(byId, site).map((problem) => toProblem('site', problem)),
    ...thresholdInconsistencies(metricNamesByPoint(byId, site), thresholds).map((problem) =>
      toProblem('thresholds', problem),
    ),
  ];
}

/** `among`: devices that are changed together, which may give points to one another. */
export function deviceProblems(
  memory: Memory,
  device: SiteDevice,
  areas: Area[],
  among: ReadonlySet<string>,
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

/** `file` is what was given: `site`, `thresholds`, or one thing of a site such as `device`. */
export function toProblem(file: string, problem: FieldProblem): Problem {
  const words = foundExpected(problem);
  return { file, path: placeText(problem.path), ...words, coded: problem };
}
