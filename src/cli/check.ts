import { formatProblem, type Problem } from '../lib/errors.ts';
import { pointMetrics } from '../model/consistency.ts';
import { durationMs } from '../model/duration.ts';
import { hardlyMeant } from '../model/hardly-meant.ts';
import type { MeasuredPoint } from '../model/implausible.ts';
import { levelOrderWarnings } from '../model/level-order.ts';
import { placeText } from '../model/problem.ts';
import { foundExpected } from '../model/problem-words.ts';
import type { SiteContents } from '../model/site-change.ts';
import { readDeviceCases } from '../registry/device-cases.ts';
import { readTemplateFiles } from '../registry/template-files.ts';
import { type AddCommand, addFolderOptions } from './context.ts';
import { runRuleTests } from './rule-tests.ts';
import { readSiteAndThresholds, unreadWarnings } from './site-files.ts';
import { counted } from './table.ts';

export interface CheckReport {
  readonly ok: boolean;
  readonly counts: Readonly<Record<string, number>>;
  readonly problems: readonly Problem[];
  /** What keeps no server from taking the files, and is hardly meant. */
  readonly warnings: readonly Problem[];
}

/** Validates everything in the two folders: profiles, cases, site, threshold documents, templates, and rule tests. */
export function checkFiles(devicesDir: string, thresholdsDir: string): CheckReport {
  const { contents, site, thresholds, problems: refused } = readSiteAndThresholds(devicesDir, thresholdsDir);
  const cases = readDeviceCases(devicesDir, site.profiles);
  const templates = readTemplateFiles(thresholdsDir);
  const problems = [...refused, ...cases.problems, ...templates.problems];
  const known = new Set(templates.templates.map((template) => template.id));
  thresholds.entries.forEach(({ source }, index) => {
    // An export has documents made of templates, but not the templates.
    if (known.size === 0 || source?.template === undefined || known.has(source.template)) return;
    const words = { found: `"${source.template}"`, expected: 'the id of a template below thresholds/templates' };
    problems.push(thresholds.problemAt(index, ['source', 'template'], words));
  });
  const ruleTests = runRuleTests(thresholdsDir, contents, templates.templates, problems.length === 0);
  problems.push(...ruleTests.problems);
  const points = [...(site.metricsByPoint?.keys() ?? [])];
  const documented = new Set(thresholds.entries.map((entry) => entry.point));
  const measured = measuredPoints(contents);
  const warnings = [
    ...thresholds.entries.flatMap((entry, index) =>
      hardlyMeant(entry, measured.get(entry.point)).map((warning) =>
        thresholds.problemAt(index, warning.path, foundExpected(warning)),
      ),
    ),
    ...templates.templates.flatMap(({ id, document }) =>
      levelOrderWarnings(document.rules).map((warning) => {
        const words = foundExpected(warning);
        return { file: `template ${id}`, path: placeText(warning.path), ...words };
      }),
    ),
    ...unreadWarnings(devicesDir, thresholdsDir),
  ];
  const counts = {
    profiles: site.profiles.length,
    cases: cases.cases.length,
    areas: site.site.areas.length,
    devices: site.site.devices.length,
    points: points.length,
    'points without thresholds': points.filter((point) => !documented.has(point)).length,
    'threshold documents': thresholds.entries.length,
    rules: thresholds.entries.reduce((sum, entry) => sum + Object.keys(entry.rules).length, 0),
    templates: templates.templates.length,
    'templates not verified yet': templates.templates.filter((template) => template.verifiedBy === null).length,
    'rule tests run': ruleTests.tests,
    'templates without a rule test': templates.templates.filter(({ id }) => !ruleTests.templates.has(id)).length,
  };
  return { ok: problems.length === 0, counts, problems, warnings };
}

/** What each point measures, and how often. */
function measuredPoints({ profiles, site }: SiteContents): ReadonlyMap<string, MeasuredPoint> {
  const known = new Map(profiles.map((profile) => [profile.id, profile]));
  return new Map(
    site.devices.flatMap(({ profile: id, points }) => {
      const profile = known.get(id);
      if (profile === undefined) return [];
      const reportEveryMs = durationMs(profile.reportEvery);
      return points.map((point) => {
        const metrics = pointMetrics(profile, point).map(({ name, metric }) => [name, metric] as const);
        return [point.id, { metrics: Object.fromEntries(metrics), reportEveryMs }] as const;
      });
    }),
  );
}

export const addCheck: AddCommand = (program, context, finish) => {
  const command = program
    .command('check')
    .description('validate the files of devices and thresholds, run the rule tests')
    .option('--json', 'the report as JSON');
  addFolderOptions(command, context.environment).action(
    (options: { devices: string; thresholds: string; json?: boolean }) => {
      const report = checkFiles(options.devices, options.thresholds);
      context.stdout(options.json === true ? `${JSON.stringify(report, undefined, 2)}\n` : reportText(report));
      finish(report.ok ? 0 : 1);
    },
  );
};

function reportText({ counts, problems, warnings }: CheckReport): string {
  const figures = Object.entries(counts).map(([name, count]) => `${String(count).padStart(8)}  ${name}`);
  const found = problems.map((problem) => `  ${formatProblem(problem)}`);
  const verdict = problems.length === 0 ? 'No problems.' : `${counted(problems.length, 'problem')}:`;
  const noted = warnings.map((warning) => `  ${formatProblem(warning)}`);
  const heading = `${counted(warnings.length, 'warning')}:`;
  return `${[...figures, '', ...(noted.length === 0 ? [] : [heading, ...noted, '']), verdict, ...found].join('\n')}\n`;
}
