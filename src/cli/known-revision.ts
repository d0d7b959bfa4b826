import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Stands in an exported site.yaml: which state of the site the files were made from. */
const MARK = /^# Revision: ("[\w-]+")$/m;

export function revisionComment(revision: string): string {
  return `# Revision: ${revision}\n`;
}

function siteFile(devicesDir: string): string | undefined {
  return ['site.yaml', 'site.yml'].map((name) => join(devicesDir, name)).find((file) => existsSync(file));
}

/** The state of the site that files were exported from or applied to last; undefined where they say none. */
export function knownRevision(devicesDir: string): string | undefined {
  const file = siteFile(devicesDir);
  return file === undefined ? undefined : MARK.exec(readFileSync(file, 'utf8'))?.[1];
}

/** Writes down that files which say what they know are now what the site is. Files that say nothing are left alone. */
export function keepKnownRevision(devicesDir: string, revision: string): void {
  const file = siteFile(devicesDir);
  if (file === undefined) return;
  const text = readFileSync(file, 'utf8');
  const marked = text.replace(MARK, `# Revision: ${revision}`);
  if (marked !== text) writeFileSync(file, marked);
}
