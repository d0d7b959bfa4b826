import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isRuleTestName, isStructuredName } from './structured-file.ts';

/** What is read below the folder of devices, by its path there. */
function isReadOfDevices(path: string): boolean {
  if (/^[^/]+\/cases\/[^/]+\.json$/i.test(path)) return true;
  return isStructuredName(path) && /^(site|[^/]+\/profile)\.[^./]+$/i.test(path);
}

/** What is read below the folder of thresholds: documents at the top, templates in their folder, rule tests anywhere. */
function isReadOfThresholds(path: string): boolean {
  if (isRuleTestName(path)) return true;
  return isStructuredName(path) && (!path.includes('/') || path.startsWith('templates/'));
}

/** Notes for people, codecs, and what programs hide: nobody expects those to be read. */
function isBeside(path: string): boolean {
  return /(^|\/)\./.test(path) || /\.(md|js)$/i.test(path) || /(^|\/)(README|LICENSE)[^/]*$/i.test(path);
}

/**
 * The files of the two folders that nobody reads: a document in a subfolder, a copy called `.yaml.bak`. Whoever put one
 * there may believe that its limits are in force.
 */
export function unreadFiles(devicesDir: string | undefined, thresholdsDir: string | undefined): string[] {
  return [...unreadBelow(devicesDir, isReadOfDevices), ...unreadBelow(thresholdsDir, isReadOfThresholds)];
}

function unreadBelow(dir: string | undefined, isRead: (path: string) => boolean): string[] {
  if (dir === undefined) return [];
  return filesBelow(dir)
    .filter((path) => !isRead(path) && !isBeside(path))
    .map((path) => join(dir, path));
}

function filesBelow(dir: string): string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(dir, '/').length).replaceAll('\\', '/'))
    .sort();
}
