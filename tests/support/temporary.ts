import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterTest } from './after-test.ts';

/** A new empty folder that whoever asks for it removes. */
export function keptFolder(): string {
  return mkdtempSync(join(tmpdir(), 'brink-test-'));
}

/** A new empty folder that is removed after the test. */
export function temporaryFolder(): string {
  const folder = keptFolder();
  afterTest(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
