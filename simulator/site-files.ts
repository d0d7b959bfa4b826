import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ConfigError } from '../src/lib/errors.ts';
import { checkShape, isRuleTestName, isStructuredName, readStructuredFile } from '../src/lib/structured-file.ts';
import { type Profile, type Site, siteSchema } from '../src/model/site.ts';
import { type ThresholdFileEntry, thresholdFileEntrySchema } from '../src/model/threshold.ts';
import { readProfileFiles } from '../src/registry/site-files.ts';

/** What a simulated fleet is made from: the files a server is seeded with. */
export interface SiteFiles {
  readonly profiles: readonly Profile[];
  readonly site: Site;
  /** The stories aim at these limits. */
  readonly thresholds: readonly ThresholdFileEntry[];
}

const SITE_FILES = ['site.yaml', 'site.yml', 'site.json'];

/**
 * Reads `devicesDir/<profile>/profile.yaml`, `devicesDir/site.yaml` (or .json) and the documents directly in
 * `thresholdsDir` (without it, the stories aim at limits of their own). Throws ConfigError, which names file and line.
 */
export async function loadSiteFiles(devicesDir: string, thresholdsDir?: string): Promise<SiteFiles> {
  const entries = await readdir(devicesDir, { withFileTypes: true });
  const { profiles, problems } = readProfileFiles(devicesDir);
  if (problems.length > 0) throw new ConfigError(problems);
  const siteFile = entries.find(({ name }) => SITE_FILES.includes(name))?.name ?? 'site.yaml';
  const site = parseFile(join(devicesDir, siteFile), siteSchema);
  const thresholds = thresholdsDir === undefined ? [] : await loadThresholds(thresholdsDir);
  return { profiles, site, thresholds };
}

async function loadThresholds(dir: string): Promise<ThresholdFileEntry[]> {
  const names = (await readdir(dir)).filter((name) => isStructuredName(name) && !isRuleTestName(name));
  const documents: ThresholdFileEntry[] = [];
  for (const name of names.sort()) {
    documents.push(...(parseFile(join(dir, name), z.array(thresholdFileEntrySchema).nullable()) ?? []));
  }
  return documents;
}

function parseFile<T>(file: string, schema: z.ZodType<T>): T {
  const read = readStructuredFile(file);
  const checked = 'problems' in read ? read : checkShape(read.parsed, [], read.parsed.value, schema);
  if ('problems' in checked) throw new ConfigError(checked.problems);
  return checked.value;
}

/**
 * Writes `devices/` and `thresholds/` below `targetDir` for exactly this fleet, so that a server can be started that
 * knows every device of it. JSON, because a YAML parser takes minutes for thousands of devices. Profiles are copied from `devicesDir` with all they hold, codecs included.
 */
export async function writeSiteFiles(targetDir: string, devicesDir: string, files: SiteFiles): Promise<void> {
  const devicesTarget = join(targetDir, 'devices');
  await mkdir(join(targetDir, 'thresholds'), { recursive: true });
  for (const { id } of files.profiles) {
    await cp(join(devicesDir, id), join(devicesTarget, id), { recursive: true });
  }
  await writeFile(join(devicesTarget, 'site.json'), JSON.stringify(files.site));
  await writeFile(join(targetDir, 'thresholds', 'fleet.json'), JSON.stringify(files.thresholds));
}
