import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Problem } from '../lib/errors.ts';
import {
  checkShape,
  isRuleTestName,
  isStructuredName,
  problemAt,
  readStructuredFile,
  type StructuredFile,
  type ValuePath,
} from '../lib/structured-file.ts';
import { thresholdInconsistencies } from '../model/consistency.ts';
import { foundExpected } from '../model/problem-words.ts';
import { type ThresholdFileEntry, thresholdFileEntrySchema } from '../model/threshold.ts';

export interface ThresholdFiles {
  readonly entries: readonly ThresholdFileEntry[];
  /** Everything wrong in the folder; when there is anything, `entries` holds only what could be read. */
  readonly problems: readonly Problem[];
  /** A problem of `entries[index]`, found by somebody else, with its file and line. */
  problemAt(index: number, path: ValuePath, words: { readonly found: string; readonly expected: string }): Problem;
}

const listSchema = z.array(thresholdFileEntrySchema);

interface Origin {
  readonly entry: ThresholdFileEntry | undefined;
  readonly source: StructuredFile;
  readonly index: number;
}

/**
 * Reads `thresholds/*.yaml` (or .yml, .json), each a list of documents; not its subfolders, where templates are, and
 * not rule tests. Checks them against the points there are (`readSiteFiles` gives them), unless nobody knows those. Never throws for what the
 * files say.
 */
export function readThresholdFiles(
  dir: string,
  metricsByPoint: ReadonlyMap<string, readonly string[] | undefined> | undefined,
): ThresholdFiles {
  if (!existsSync(dir)) {
    const expected = 'a folder with threshold documents (--thresholds)';
    return filesOf([], [{ file: dir, path: '', found: 'no such folder', expected }]);
  }
  const problems: Problem[] = [];
  const origins: Origin[] = [];
  const names = readdirSync(dir, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && isStructuredName(entry.name) && !isRuleTestName(entry.name))
    .map((entry) => entry.name)
    .sort();
  for (const name of names) {
    const read = readStructuredFile(join(dir, name));
    if ('problems' in read) {
      problems.push(...read.problems);
      continue;
    }
    entriesOf(read.parsed, problems).forEach((entry, index) => {
      origins.push({ entry, source: read.parsed, index });
    });
  }
  const entries = origins.map((origin) => origin.entry);
  for (const problem of thresholdInconsistencies(metricsByPoint, entries)) {
    const [position, ...rest] = problem.path;
    const origin = origins[Number(position)];
    const words = foundExpected(problem);
    if (origin !== undefined) problems.push(problemAt(origin.source, [origin.index, ...rest], words));
  }
  return filesOf(origins, problems);
}

function filesOf(origins: readonly Origin[], problems: readonly Problem[]): ThresholdFiles {
  const readable = origins.flatMap(({ entry, ...origin }) => (entry === undefined ? [] : [{ ...origin, entry }]));
  return {
    entries: readable.map(({ entry }) => entry),
    problems,
    problemAt(position, path, words) {
      const origin = readable[position];
      if (origin === undefined) throw new RangeError(`there is no threshold document ${position}`);
      return problemAt(origin.source, [origin.index, ...path], words);
    },
  };
}

function entriesOf(source: StructuredFile, problems: Problem[]): (ThresholdFileEntry | undefined)[] {
  // An empty file is an empty list.
  const value = source.value ?? [];
  const checked = checkShape(source, [], value, listSchema);
  if ('value' in checked) return checked.value;
  problems.push(...checked.problems);
  return Array.isArray(value) ? value.map((entry) => thresholdFileEntrySchema.safeParse(entry).data) : [];
}
