import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Config, isBeyondLoopback } from '../../config.ts';
import { ConfigError, formatProblem } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { unreadFiles } from '../../lib/unread-files.ts';
import type { SiteContents } from '../../model/site-change.ts';
import type { Template } from '../../model/template.ts';
import type { DeviceSecrets } from '../../registry/device-secrets.ts';
import { readPlanFiles } from '../../registry/plan-files.ts';
import type { Plans } from '../../registry/plans.ts';
import type { SiteChanges } from '../../registry/site.ts';
import { readProfileFiles, readSiteFiles } from '../../registry/site-files.ts';
import { hasTemplates, readTemplateFiles } from '../../registry/template-files.ts';
import { readThresholdFiles } from '../../registry/threshold-files.ts';

/** What comes with the program: kinds of device and templates for every site, and the sample site of the demo. */
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
export const PRODUCT_FOLDERS = { devices: join(ROOT, 'devices'), thresholds: join(ROOT, 'thresholds') } as const;
/** The response plans of the sample site. */
const SAMPLE_PLANS = join(ROOT, 'plans');

type Folders = Pick<Config, 'devices' | 'thresholds' | 'sample'>;

/**
 * Fills an empty registry: from the folders that were named, with the sample site, or with nothing but the program's kinds
 * of device, of which people make their own site. Throws ConfigError with every problem of all files.
 */
export function seed(registry: SiteChanges & Plans, config: Config, atMs: number, log: Log): void {
  registry.apply(seedOf(config, log), 'files', atMs);
  if (!config.sample) return;
  const { plans, problems } = readPlanFiles(SAMPLE_PLANS);
  if (problems.length > 0) throw new ConfigError(problems);
  registry.putPlans({ expectedRevision: 0, plans, author: 'files', atMs, reason: null });
}

function seedOf(folders: Folders, log: Log): SiteContents {
  const { devices, thresholds } = folders.sample ? PRODUCT_FOLDERS : folders;
  const site = devices === undefined ? readProfileFiles(PRODUCT_FOLDERS.devices) : readSiteFiles(devices);
  const documents = thresholds === undefined ? undefined : readThresholdFiles(thresholds, site.metricsByPoint);
  const problems = [...site.problems, ...(documents?.problems ?? [])];
  if (problems.length > 0) throw new ConfigError(problems);
  const unread = unreadFiles(devices, thresholds);
  if (unread.length > 0) log.warn({ files: unread }, 'files of devices and thresholds that are not read');
  return { profiles: site.profiles, site: site.site, thresholds: documents?.entries ?? [] };
}

/**
 * The templates of the folder that was named, or where it has none those that come with the program. They are only ever
 * offered, so one that cannot be read keeps nobody from starting; `brink check` says what is wrong.
 */
export function readTemplates({ thresholds }: Folders, log: Log): readonly Template[] {
  const folder = thresholds !== undefined && hasTemplates(thresholds) ? thresholds : PRODUCT_FOLDERS.thresholds;
  const { templates, problems } = readTemplateFiles(folder);
  for (const problem of problems) log.warn({ problem: formatProblem(problem) }, 'a template cannot be used');
  return templates;
}

/** Says which devices cannot connect because they still have the secrets of the sample site. */
export function tellPublicSecrets(registry: DeviceSecrets, config: Config, log: Log): void {
  if (!isBeyondLoopback(config)) return;
  const { site } = readSiteFiles(PRODUCT_FOLDERS.devices);
  const devices = site.devices.map(({ id }) => id).filter((id) => registry.hasPublicSecret(id));
  if (devices.length === 0) return;
  log.error(
    { devices: devices.slice(0, DEVICES_NAMED), count: devices.length },
    'devices with the secrets of the sample site, which everybody can read, are refused: give each its own ' +
      '(npm run brink -- device set-secret ID), or remove them',
  );
}

const DEVICES_NAMED = 20;
