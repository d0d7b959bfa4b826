import { compilePoint } from '../evaluate/compile.ts';
import type { Problem } from '../lib/errors.ts';
import { unreadFiles } from '../lib/unread-files.ts';
import { pointMetrics } from '../model/consistency.ts';
import { durationMs } from '../model/duration.ts';
import { foundExpected } from '../model/problem-words.ts';
import type { SiteContents } from '../model/site-change.ts';
import { readSiteFiles, type SiteFiles } from '../registry/site-files.ts';
import { readThresholdFiles, type ThresholdFiles } from '../registry/threshold-files.ts';

export interface SiteAndThresholds {
  readonly contents: SiteContents;
  readonly site: SiteFiles;
  readonly thresholds: ThresholdFiles;
  /** Everything for which a server would refuse the files. */
  readonly problems: readonly Problem[];
}

/** Reads what `apply` sends: profiles, site and threshold documents. */
export function readSiteAndThresholds(devicesDir: string, thresholdsDir: string): SiteAndThresholds {
  const site = readSiteFiles(devicesDir);
  const thresholds = readThresholdFiles(thresholdsDir, site.metricsByPoint);
  const contents = { profiles: site.profiles, site: site.site, thresholds: thresholds.entries };
  const problems = [...site.problems, ...thresholds.problems];
  // What does not even fit together would be blamed a second time by evaluation.
  if (problems.length === 0) problems.push(...evaluationProblems(contents, thresholds));
  return { contents, site, thresholds, problems };
}

/** A warning for each file of the folders that nobody reads. */
export function unreadWarnings(devicesDir: string, thresholdsDir: string): Problem[] {
  const expected =
    'site.yaml, <profile>/profile.yaml, documents directly in the folder of thresholds, templates below templates/, or tests called *.test.yaml';
  return unreadFiles(devicesDir, thresholdsDir).map((file) => ({
    file,
    path: '',
    found: 'a file that is not read',
    expected,
  }));
}

/** What evaluation could not run: impossible units, recoveries that can never happen. */
function evaluationProblems(contents: SiteContents, thresholds: ThresholdFiles): Problem[] {
  const profiles = new Map(contents.profiles.map((profile) => [profile.id, profile]));
  const places = new Map(
    contents.site.devices.flatMap((device) =>
      device.points.map((point) => [point.id, { point, profile: profiles.get(device.profile) }] as const),
    ),
  );
  return contents.thresholds.flatMap(({ point, ...document }, index) => {
    const place = places.get(point);
    if (place?.profile === undefined) return [];
    const metrics = pointMetrics(place.profile, place.point).map(({ name, metric }, series) => {
      return [name, { ...metric, series }] as const;
    });
    const compiled = compilePoint({
      metrics: Object.fromEntries(metrics),
      reportEveryMs: durationMs(place.profile.reportEvery),
      document,
    });
    if (compiled.ok) return [];
    return compiled.problems.map((problem) =>
      thresholds.problemAt(index, problem.path, foundExpected(problem, 'a rule that can be evaluated')),
    );
  });
}
