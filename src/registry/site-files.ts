import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, parse } from 'node:path';
import type { Problem } from '../lib/errors.ts';
import {
  checkShape,
  isStructuredName,
  problemAt,
  readStructuredFile,
  type StructuredFile,
} from '../lib/structured-file.ts';
import { metricNamesByPoint, type PartialSite, siteInconsistencies } from '../model/consistency.ts';
import { idSchema } from '../model/names.ts';
import { foundExpected } from '../model/problem-words.ts';
import { areaSchema, deviceSchema, type Profile, profileSchema, type Site, siteSchema } from '../model/site.ts';

export interface SiteFiles {
  readonly profiles: readonly Profile[];
  readonly site: Site;
  /** Everything wrong in the folder; when there is anything, `profiles` and `site` hold only what could be read. */
  readonly problems: readonly Problem[];
  /**
   * The metrics each point has, to check thresholds against; undefined where an error above leaves it open, as a whole
   * when the site cannot be read at all: then thresholds are not blamed for its absence.
   */
  readonly metricsByPoint: ReadonlyMap<string, readonly string[] | undefined> | undefined;
}

/**
 * Reads `devices/<profile>/profile.yaml` and `devices/site.yaml` (or .yml, .json). Never throws for what the files
 * say; the caller decides what problems mean. A folder without profiles or without a site is fine and gives none.
 */
export function readSiteFiles(dir: string): SiteFiles {
  if (!existsSync(dir)) {
    const expected = 'a folder with site.yaml and a folder for each profile (--devices)';
    const problems = [{ file: dir, path: '', found: 'no such folder', expected }];
    return { profiles: [], site: { areas: [], devices: [] }, problems, metricsByPoint: undefined };
  }
  const problems: Problem[] = [];
  const profiles = readProfiles(dir, problems);
  const site = readSite(dir, profiles, problems);
  const readable = [...profiles.values()].filter((profile) => profile !== undefined);
  if (site === undefined) {
    return { profiles: readable, site: { areas: [], devices: [] }, problems, metricsByPoint: undefined };
  }
  return {
    profiles: readable,
    site: { areas: site.areas.filter((a) => a !== undefined), devices: site.devices.filter((d) => d !== undefined) },
    problems,
    metricsByPoint: metricNamesByPoint(profiles, site),
  };
}

/** The profiles of a folder alone: what kinds of device there are, whatever site stands beside them. */
export function readProfileFiles(dir: string): SiteFiles {
  const problems: Problem[] = [];
  const profiles = [...readProfiles(dir, problems).values()].filter((profile) => profile !== undefined);
  return { profiles, site: { areas: [], devices: [] }, problems, metricsByPoint: new Map() };
}

/** The one file called `name` with one of the extensions we read; two of them would make it a matter of luck. */
function findFile(dir: string, name: string, problems: Problem[]): string | undefined {
  const found = readdirSync(dir, { withFileTypes: true })
    .filter(
      (entry) => !entry.isDirectory() && isStructuredName(entry.name) && parse(entry.name).name.toLowerCase() === name,
    )
    .map((entry) => join(dir, entry.name))
    .sort();
  if (found.length > 1) {
    const expected = `only one of ${name}.yaml, ${name}.yml and ${name}.json`;
    problems.push({ file: dir, path: '', found: found.join(', '), expected });
  }
  return found[0];
}

function readProfiles(dir: string, problems: Problem[]): Map<string, Profile | undefined> {
  const profiles = new Map<string, Profile | undefined>();
  const folders = readdirSync(dir, { withFileTypes: true }).filter((e) => e.isDirectory() && !e.name.startsWith('.'));
  for (const { name: id } of folders.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const file = findFile(join(dir, id), 'profile', problems);
    if (file === undefined) continue;
    profiles.set(id, readProfile(id, file, problems));
  }
  return profiles;
}

function readProfile(id: string, file: string, problems: Problem[]): Profile | undefined {
  if (!idSchema.safeParse(id).success) {
    problems.push({
      file,
      path: '',
      found: `a folder called "${id}"`,
      expected: 'a name without / + # ? % and blanks',
    });
  }
  const read = readStructuredFile(file);
  if ('problems' in read) {
    problems.push(...read.problems);
    return undefined;
  }
  const checked = checkShape(read.parsed, [], withCodec(read.parsed, dirname(file), problems), profileSchema);
  if ('problems' in checked) {
    problems.push(...checked.problems);
    return undefined;
  }
  return { ...checked.value, id };
}

/**
 * A profile with the script that its `codec` names: `codec: codec.js`, or `{ file: codec.js, freshContext: true }`. Tells
 * when there is none of that name beside it.
 */
function withCodec(read: StructuredFile, dir: string, problems: Problem[]): unknown {
  const profile = read.value;
  const { codec } = (profile ?? {}) as { codec?: unknown };
  if (codec === undefined) return profile;
  const named = typeof codec === 'string' ? { file: codec } : codec;
  const { file } = (named ?? {}) as { file?: unknown };
  // The schema says what is wrong with any other.
  if (typeof file !== 'string' || parse(file).base !== file) return { ...(profile as object), codec: named };
  const path = join(dir, file);
  if (!existsSync(path)) {
    const expected = 'a script that stands beside the profile';
    problems.push(problemAt(read, ['codec'], { found: `"${file}", which is not there`, expected }));
    return { ...(profile as object), codec: undefined };
  }
  return { ...(profile as object), codec: { ...(named as object), source: readFileSync(path, 'utf8') } };
}

function readSite(
  dir: string,
  profiles: ReadonlyMap<string, Profile | undefined>,
  problems: Problem[],
): PartialSite | undefined {
  const file = findFile(dir, 'site', problems);
  if (file === undefined) return { areas: [], devices: [] };
  const read = readStructuredFile(file);
  if ('problems' in read) {
    problems.push(...read.problems);
    return undefined;
  }
  const site = siteOf(read.parsed, problems);
  if (site === undefined) return undefined;
  for (const problem of siteInconsistencies(profiles, site)) {
    problems.push(problemAt(read.parsed, problem.path, foundExpected(problem)));
  }
  return site;
}

function siteOf(source: StructuredFile, problems: Problem[]): PartialSite | undefined {
  // An empty file is an empty site.
  const value = source.value ?? {};
  const checked = checkShape(source, [], value, siteSchema);
  if ('value' in checked) return checked.value;
  problems.push(...checked.problems);
  const raw = value as { areas?: unknown; devices?: unknown };
  if (!Array.isArray(raw.devices)) return undefined;
  const areas = listOf(raw.areas);
  const devices = listOf(raw.devices);
  return {
    areas: areas.map((area) => areaSchema.safeParse(area).data),
    devices: devices.map((device) => deviceSchema.safeParse(device).data),
    unsureAreas: idsIn(areas),
    unsurePoints: idsIn(devices.flatMap((device) => listOf((device as { points?: unknown } | null)?.points))),
  };
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function idsIn(entries: readonly unknown[]): Set<string> {
  const ids = new Set<string>();
  for (const entry of entries) {
    const id = (entry as { id?: unknown } | null)?.id;
    if (typeof id === 'string') ids.add(id);
  }
  return ids;
}
