import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Problem } from '../lib/errors.ts';
import {
  checkShape,
  isStructuredName,
  problemAt,
  readStructuredFile,
  type StructuredFile,
  type ValuePath,
} from '../lib/structured-file.ts';
import { checkSetup } from '../model/notify/check-setup.ts';
import { emptySetup, type NotifySetup, notifySetupSchema } from '../model/notify/setup.ts';
import { type FieldProblem, placeText } from '../model/problem.ts';
import { foundExpected } from '../model/problem-words.ts';
import { toYaml } from './yaml-text.ts';

/** Who is told of what as files: each holds some parts of the setup, and what several hold of one part is one list. */

export interface NotifyFiles {
  readonly setup: NotifySetup;
  /** Why a server would refuse them. Areas and settings of channels are what the server alone can check. */
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

const LISTS = ['people', 'teams', 'rotas', 'ladders', 'routes', 'channels', 'templates'] as const;

/** Where an entry of a list of the setup was read. */
interface Origin {
  readonly source: StructuredFile;
  readonly index: number;
}

/** Reads every file of a folder. */
export function readNotifyFiles(dir: string): NotifyFiles {
  const setup = emptySetup();
  const origins: Record<(typeof LISTS)[number], Origin[]> = {
    people: [],
    teams: [],
    rotas: [],
    ladders: [],
    routes: [],
    channels: [],
    templates: [],
  };
  const names = existsSync(dir) ? readdirSync(dir).filter(isStructuredName).sort() : [];
  if (names.length === 0) {
    const problem = { file: dir, path: '', found: 'no file', expected: 'people.yaml, routes.yaml, channels.yaml …' };
    return { setup, problems: [problem], warnings: [] };
  }
  const problems: Problem[] = [];
  for (const name of names) {
    const read = readStructuredFile(join(dir, name));
    const part = 'problems' in read ? read : checkShape(read.parsed, [], read.parsed.value ?? {}, notifySetupSchema);
    if ('problems' in part) problems.push(...part.problems);
    if ('problems' in read || 'problems' in part) continue;
    for (const key of LISTS) {
      (setup[key] as unknown[]).push(...part.value[key]);
      origins[key].push(...part.value[key].map((_, index) => ({ source: read.parsed, index })));
    }
    setup.calendar.off.push(...part.value.calendar.off);
    setup.calendar.working.push(...part.value.calendar.working);
  }
  const placed = (problem: FieldProblem): Problem => {
    const [key, index, ...rest] = problem.path;
    const origin = typeof index === 'number' ? origins[key as (typeof LISTS)[number]]?.[index] : undefined;
    const words = foundExpected(problem);
    if (origin === undefined) return { file: dir, path: placeText(problem.path), ...words };
    const path: ValuePath = [String(key), origin.index, ...rest];
    return problemAt(origin.source, path, words);
  };
  // What does not even have its shape would be blamed a second time by what names it.
  if (problems.length > 0) return { setup, problems, warnings: [] };
  const found = checkSetup(setup, null);
  return { setup, problems: found.problems.map(placed), warnings: found.warnings.map(placed) };
}

/** A setup as files, by their names; the same setup always gives the same bytes, and reading them gives it again. */
export function notifyFiles(setup: NotifySetup): ReadonlyMap<string, string> {
  const { people, teams, calendar, rotas, ladders, routes, channels, templates } = setup;
  const files = {
    'people.yaml': { people, teams },
    'rota.yaml': { calendar, rotas },
    'routes.yaml': { ladders, routes },
    'channels.yaml': { channels, templates },
  };
  const comments: Readonly<Record<string, string>> = {
    'channels.yaml':
      ' Secrets are sealed at the server and cannot be exported: a channel without one here keeps the one it has.',
  };
  return new Map(
    Object.entries(files).map(([name, value]) => [name, toYaml(withoutDefaults(value), comments[name])] as const),
  );
}

/** Without what the schema fills in anyway: what is empty, and what is off. Settings of a channel stay as they are. */
function withoutDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDefaults);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, one]) => [key, key === 'settings' ? one : withoutDefaults(one)]);
  return Object.fromEntries(entries.filter(([, one]) => !isEmpty(one)));
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return value === false || value === undefined;
}
