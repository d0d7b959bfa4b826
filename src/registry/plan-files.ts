import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Problem } from '../lib/errors.ts';
import {
  checkShape,
  isStructuredName,
  problemAt,
  readStructuredFile,
  type StructuredFile,
} from '../lib/structured-file.ts';
import { checkPlans, type Plan, plansSchema } from '../model/plan.ts';
import { foundExpected } from '../model/problem-words.ts';

/** Response plans as files: each a list of them, and all files of a folder one list, in the order of their names. */

export interface PlanFiles {
  readonly plans: readonly Plan[];
  /** Why a server would refuse them. Points and areas are what the server alone can check. */
  readonly problems: readonly Problem[];
}

/** Reads every file of a folder. */
export function readPlanFiles(dir: string): PlanFiles {
  const names = existsSync(dir) ? readdirSync(dir).filter(isStructuredName).sort() : [];
  if (names.length === 0) {
    const problem = { file: dir, path: '', found: 'no file', expected: 'a folder of response plans' };
    return { plans: [], problems: [problem] };
  }
  const plans: Plan[] = [];
  const origins: { readonly source: StructuredFile; readonly index: number }[] = [];
  const problems: Problem[] = [];
  for (const name of names) {
    const read = readStructuredFile(join(dir, name));
    const list = 'problems' in read ? read : checkShape(read.parsed, [], read.parsed.value ?? [], plansSchema);
    if ('problems' in list) problems.push(...list.problems);
    if ('problems' in read || 'problems' in list) continue;
    plans.push(...list.value);
    origins.push(...list.value.map((_, index) => ({ source: read.parsed, index })));
  }
  // What does not even have its shape would be blamed a second time.
  if (problems.length > 0) return { plans, problems };
  return {
    plans,
    problems: checkPlans(plans, null).flatMap((problem) => {
      const [at, ...rest] = problem.path;
      const origin = origins[Number(at)];
      return origin === undefined ? [] : [problemAt(origin.source, [origin.index, ...rest], foundExpected(problem))];
    }),
  };
}
