import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';

const made: string[] = [];

afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A new empty folder that whoever asks for it removes. */
export function keptFolder(): string {
  return mkdtempSync(join(tmpdir(), 'brink-test-'));
}

/** A new empty folder that is removed after the test. */
export function temporaryFolder(): string {
  const folder = keptFolder();
  made.push(folder);
  return folder;
}
