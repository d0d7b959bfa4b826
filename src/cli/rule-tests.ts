import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { compilePoint } from '../evaluate/compile.ts';
import { type RuleTest, type RuleTestSubject, ruleTestFileSchema, runRuleTest } from '../evaluate/rule-test.ts';
import type { Problem } from '../lib/errors.ts';
import {
  checkShape,
  isRuleTestName,
  problemAt,
  readStructuredFile,
  type StructuredFile,
  type ValuePath,
} from '../lib/structured-file.ts';
import { pointMetrics } from '../model/consistency.ts';
import { durationMs } from '../model/duration.ts';
import { placedText, problemText } from '../model/problem-words.ts';
import type { Metric } from '../model/site.ts';
import type { SiteContents } from '../model/site-change.ts';
import { fillTemplate, type Template } from '../model/template.ts';

/** A rule test that did not come out as written, or could not be run. */
export interface RuleTestProblem extends Problem {
  /** The test's name. */
  readonly case: string;
  /** The time after the test's start that it is about. */
  readonly at?: string | undefined;
}

export interface RuleTestReport {
  /** How many were run. */
  readonly tests: number;
  readonly problems: readonly (Problem | RuleTestProblem)[];
  /** The ids of the templates that some test is about. */
  readonly templates: ReadonlySet<string>;
}

/**
 * Reads all `*.test.yaml` (or .yml, .json) below a folder of thresholds, and runs them if what they are about is sound;
 * otherwise every mistake there would be blamed a second time.
 */
export function runRuleTests(
  thresholdsDir: string,
  contents: SiteContents,
  templates: readonly Template[],
  isSound: boolean,
): RuleTestReport {
  const problems: (Problem | RuleTestProblem)[] = [];
  const tested = new Set<string>();
  let tests = 0;
  for (const file of testFiles(thresholdsDir)) {
    const read = readStructuredFile(file);
    if ('problems' in read) {
      problems.push(...read.problems);
      continue;
    }
    const checked = checkShape(read.parsed, [], read.parsed.value ?? [], ruleTestFileSchema);
    if ('problems' in checked) {
      problems.push(...checked.problems);
      continue;
    }
    checked.value.forEach((test, index) => {
      if (test.template !== undefined) tested.add(test.template);
      if (!isSound) return;
      tests++;
      problems.push(...runOne(test, index, read.parsed, contents, templates));
    });
  }
  return { tests, problems, templates: tested };
}

function testFiles(dir: string): string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter(isRuleTestName)
    .sort()
    .map((name) => join(dir, name));
}

function runOne(
  test: RuleTest,
  index: number,
  source: StructuredFile,
  contents: SiteContents,
  templates: readonly Template[],
): RuleTestProblem[] {
  const problem = (
    path: ValuePath,
    words: { readonly found: string; readonly expected: string },
    at?: string | undefined,
  ): RuleTestProblem => {
    const where = problemAt(source, [index, ...path], words);
    const name = at === undefined ? test.name : `${test.name}, at ${at}`;
    return { ...where, path: name, case: test.name, ...(at === undefined ? {} : { at }) };
  };
  const subject = subjectOf(test, contents, templates);
  if ('found' in subject) return [problem(subject.path, subject)];
  const metrics = { ...subject.metrics, ...test.metrics };
  const numbered = Object.fromEntries(
    Object.entries(metrics).map(([name, metric]) => [name, { ...metric, series: 0 }]),
  );
  const compiled = compilePoint({ ...subject, metrics: numbered, reportEveryMs: subject.reportEveryMs ?? 60_000 });
  if (!compiled.ok) {
    const expected = 'a document that can be evaluated with these metrics';
    return compiled.problems.map((found) => problem([], { found: placedText(found, 'en'), expected }));
  }
  return runRuleTest(test, subject).map(({ path, at, ...words }) => problem(path, words, at));
}

type NoSubject = { readonly path: ValuePath; readonly found: string; readonly expected: string };

function subjectOf(
  test: RuleTest,
  contents: SiteContents,
  templates: readonly Template[],
): RuleTestSubject | NoSubject {
  if (test.point !== undefined) return subjectOfPoint(test.point, contents);
  if (test.template !== undefined) return subjectOfTemplate(test.template, test.parameters ?? {}, templates);
  return { document: test.document ?? { rules: {} }, metrics: {}, reportEveryMs: undefined };
}

function subjectOfPoint(id: string, { site, profiles, thresholds }: SiteContents): RuleTestSubject | NoSubject {
  const entry = thresholds.find(({ point }) => point === id);
  for (const device of site.devices) {
    const point = device.points.find((one) => one.id === id);
    const profile = profiles.find((one) => one.id === device.profile);
    if (point === undefined || profile === undefined || entry === undefined) continue;
    const { point: _, ...document } = entry;
    const metrics = pointMetrics(profile, point).map(({ name, metric }) => [name, metric] as const);
    return { document, metrics: Object.fromEntries(metrics), reportEveryMs: durationMs(profile.reportEvery) };
  }
  return { path: ['point'], found: `"${id}"`, expected: 'a point of the site that has a threshold document' };
}

function subjectOfTemplate(
  id: string,
  parameters: Readonly<Record<string, number>>,
  templates: readonly Template[],
): RuleTestSubject | NoSubject {
  const template = templates.find((one) => one.id === id);
  if (template === undefined) {
    return { path: ['template'], found: `"${id}"`, expected: 'the id of a template below thresholds/templates' };
  }
  const filled = fillTemplate(template, parameters);
  if (!filled.ok) {
    const found = filled.problems.map((one) => problemText(one, 'en')).join('; ');
    return { path: ['template'], found, expected: 'parameters that fill the template' };
  }
  const { metric, unit, with: others = [] } = template.applies;
  const metrics: Record<string, Metric> = { [metric]: { type: 'number', ...(unit === undefined ? {} : { unit }) } };
  for (const other of others) metrics[other] = { type: 'number' };
  return { document: filled.document, metrics, reportEveryMs: undefined };
}
