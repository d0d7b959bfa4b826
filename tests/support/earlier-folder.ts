import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';
import type { Alert, AlertEvent } from '../../src/model/alert.ts';

const FOLDERS = fileURLToPath(new URL('../fixtures/data-c61cb4c', import.meta.url));
const COMPRESSED = '.br';

/** What an API of the program that made the folder answered last. */
export interface EarlierAnswers {
  /** The simulated time of the answers, ms. */
  readonly atMs: number;
  readonly alerts: readonly Alert[];
  readonly events: readonly AlertEvent[];
  readonly quarantine: readonly unknown[];
  readonly maintenance: readonly unknown[];
  readonly proposals: readonly unknown[];
  readonly ruleTests: readonly unknown[];
  readonly users: readonly { readonly username: string; readonly role: string }[];
  /** Names of the tokens. */
  readonly tokens: readonly string[];
  /** What is planned for the point `culvert`. */
  readonly scheduled: unknown;
  /** By point. */
  readonly thresholds: Readonly<Record<string, unknown>>;
  readonly revisions: Readonly<Record<string, readonly unknown[]>>;
  /** By point and metric: time, value and quality of each reading. */
  readonly readings: Readonly<Record<string, readonly (readonly [number, unknown, string])[]>>;
}

export type EarlierEnd = 'closed' | 'killed';

/** Writes a data folder of an earlier program (tests/fixtures/README.md) to `data`, and gives what it held. */
export function writeEarlierFolder(end: EarlierEnd, data: string): EarlierAnswers {
  const from = join(FOLDERS, end);
  for (const entry of readdirSync(from, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const to = join(data, relative(from, file).slice(0, -COMPRESSED.length));
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, brotliDecompressSync(readFileSync(file)));
  }
  const answers = brotliDecompressSync(readFileSync(`${from}.json${COMPRESSED}`)).toString();
  return JSON.parse(answers) as EarlierAnswers;
}
