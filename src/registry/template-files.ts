import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Problem } from '../lib/errors.ts';
import {
  checkShape,
  isRuleTestName,
  isStructuredName,
  problemAt,
  readStructuredFile,
  type ValuePath,
} from '../lib/structured-file.ts';
import { metricsOfRule } from '../model/consistency.ts';
import { numberAt, type Template, templateSchema, withinRange } from '../model/template.ts';

export interface TemplateFiles {
  readonly templates: readonly Template[];
  readonly problems: readonly Problem[];
}

export function hasTemplates(thresholdsDir: string): boolean {
  return existsSync(join(thresholdsDir, 'templates'));
}

/** Reads `thresholds/templates/<standard>/<name>.yaml`. Without a templates folder there are none. */
export function readTemplateFiles(thresholdsDir: string): TemplateFiles {
  const dir = join(thresholdsDir, 'templates');
  if (!existsSync(dir)) return { templates: [], problems: [] };
  const problems: Problem[] = [];
  const templates: Template[] = [];
  const fileOfId = new Map<string, string>();
  for (const file of templateFiles(dir)) {
    const read = readStructuredFile(file);
    if ('problems' in read) {
      problems.push(...read.problems);
      continue;
    }
    const checked = checkShape(read.parsed, [], read.parsed.value, templateSchema);
    if ('problems' in checked) {
      problems.push(...checked.problems);
      continue;
    }
    const template = checked.value;
    for (const { path, ...words } of templateInconsistencies(template)) {
      problems.push(problemAt(read.parsed, path, words));
    }
    const first = fileOfId.get(template.id);
    if (first === undefined) fileOfId.set(template.id, file);
    else {
      const words = { found: `"${template.id}" again`, expected: `template ids that differ (${first} has it)` };
      problems.push(problemAt(read.parsed, ['id'], words));
    }
    templates.push(template);
  }
  return { templates, problems };
}

function templateFiles(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => isStructuredName(name) && !isRuleTestName(name))
    .sort()
    .map((name) => join(dir, name));
}

function templateInconsistencies(template: Template): { path: ValuePath; found: string; expected: string }[] {
  const problems: { path: ValuePath; found: string; expected: string }[] = [];
  const metrics = [template.applies.metric, ...(template.applies.with ?? [])];
  for (const [id, rule] of Object.entries(template.document.rules)) {
    for (const use of metricsOfRule(rule)) {
      if (metrics.includes(use.metric)) continue;
      const path = ['document', 'rules', id, ...use.path];
      problems.push({ path, found: `"${use.metric}"`, expected: `a metric named in applies: ${metrics.join(', ')}` });
    }
  }
  template.parameters.forEach((parameter, p) => {
    const present = numberAt(template.document, parameter.at);
    const path = ['parameters', p, 'at'];
    if (present === undefined) {
      problems.push({ path, found: `[${parameter.at.join(', ')}]`, expected: 'the place of a number in document' });
    } else if (!withinRange(present, parameter.range)) {
      problems.push({
        path,
        found: `the example ${present}`,
        expected: `a number in ${parameter.range?.join(' to ')}`,
      });
    }
  });
  return problems;
}
