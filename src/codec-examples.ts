import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { z } from 'zod';
import { type Codecs, createCodecs } from './codecs/codecs.ts';
import { differenceOf } from './codecs/same-answer.ts';
import { systemClock } from './lib/clock.ts';
import type { Codec, CodecAnswer, CodecOutcome } from './model/codec.ts';

/**
 * Measures how many published payload codecs give, unmodified and in the sandbox, what their own documentation says. Codecs
 * and examples are the user's; none come with the program. docs/devices/codecs.md says how to get them.
 */

const exampleSchema = z.object({
  id: z.string(),
  codecPath: z.string(),
  fPort: z.number().int(),
  bytes: z.string().regex(/^(?:[\da-f]{2})*$/i),
  recvTime: z.string().optional(),
  context: z.array(z.unknown()).optional(),
  expect: z.object({
    data: z.unknown().optional(),
    warnings: z.array(z.string()).optional(),
    errors: z.array(z.string()).optional(),
  }),
});
type Example = z.infer<typeof exampleSchema>;

interface Verdict {
  readonly path: string;
  readonly examples: number;
  /** What went wrong, for each example that did. */
  readonly failures: readonly { readonly id: string; readonly why: string }[];
  readonly needsFreshContext: boolean;
}

/** Examples that say no time of reception, or none that can be, have been received then. */
const SOME_TIME_MS = Date.UTC(2024, 0, 1);

const program = new Command('codecs')
  .description(
    'Tries published payload codecs on their own examples. Exits with 1 when one does not give what it says.',
  )
  .requiredOption('--codecs <folder>', 'where the codecs are: codecPath of each example is looked for below it')
  .requiredOption('--examples <file>', 'JSON lines: {id, codecPath, fPort, bytes (hex), recvTime?, expect: {data, …}}')
  .option('--json', 'print the verdicts as JSON');

function readExamples(file: string): Map<string, Example[]> {
  const byCodec = new Map<string, Example[]>();
  readFileSync(file, 'utf8')
    .split('\n')
    .forEach((line, index) => {
      if (line.trim() === '') return;
      const read = exampleSchema.safeParse(parsed(line));
      if (!read.success) throw new Error(`${file}:${index + 1}: ${z.prettifyError(read.error)}`);
      const known = byCodec.get(read.data.codecPath);
      if (known === undefined) byCodec.set(read.data.codecPath, [read.data]);
      else known.push(read.data);
    });
  return byCodec;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Also in a checkout of one repository alone, whose name begins the path. */
function findCodec(folder: string, path: string): string | undefined {
  return [path, path.slice(path.indexOf('/') + 1)].map((tail) => join(folder, tail)).find((file) => existsSync(file));
}

async function judge(codecs: Codecs, codec: Codec, examples: readonly Example[]): Promise<Verdict['failures']> {
  const outcomes: CodecOutcome[] = [];
  for (const { fPort, bytes, recvTime, context } of examples) {
    const saidMs = recvTime === undefined ? Number.NaN : Date.parse(recvTime);
    const recvTimeMs = Number.isNaN(saidMs) ? SOME_TIME_MS : saidMs;
    outcomes.push(
      ...(await codecs.decode([{ codec, uplink: { fPort, bytes: Buffer.from(bytes, 'hex'), recvTimeMs, context } }])),
    );
  }
  return outcomes.flatMap((outcome, index) => {
    const example = examples[index];
    if (example === undefined) return [];
    const why =
      outcome.kind === 'decoded'
        ? differenceOf(JSON.parse(outcome.text) as CodecAnswer, example.expect)
        : outcome.kind === 'broken'
          ? `${outcome.fault}: ${outcome.detail}`
          : outcome.detail;
    return why === undefined ? [] : [{ id: example.id, why }];
  });
}

async function verdictOf(codecs: Codecs, folder: string, path: string, examples: readonly Example[]): Promise<Verdict> {
  const file = findCodec(folder, path);
  if (file === undefined) {
    const failures = examples.map(({ id }) => ({ id, why: `no such file below ${folder}` }));
    return { path, examples: examples.length, failures, needsFreshContext: false };
  }
  const codec = { file: 'codec.js', source: readFileSync(file, 'utf8'), freshContext: false };
  const failures = await judge(codecs, codec, examples);
  if (failures.length === 0) return { path, examples: examples.length, failures, needsFreshContext: false };
  const fresh = await judge(codecs, { ...codec, freshContext: true }, examples);
  const needsFreshContext = fresh.length === 0;
  return { path, examples: examples.length, failures: needsFreshContext ? [] : failures, needsFreshContext };
}

function tell(verdicts: readonly Verdict[]): void {
  for (const { path, examples, failures, needsFreshContext } of verdicts) {
    if (needsFreshContext) process.stdout.write(`${path}: right with a fresh context for each call\n`);
    if (failures.length === 0) continue;
    process.stdout.write(`${path}: ${failures.length} of ${examples} examples\n`);
    for (const { id, why } of failures) process.stdout.write(`  ${id}: ${why}\n`);
  }
  const right = verdicts.filter(({ failures }) => failures.length === 0).length;
  const examples = verdicts.reduce((sum, verdict) => sum + verdict.examples, 0);
  const wrong = verdicts.reduce((sum, { failures }) => sum + failures.length, 0);
  process.stdout.write(`${right} of ${verdicts.length} codecs, ${examples - wrong} of ${examples} examples\n`);
}

const {
  codecs: folder,
  examples: file,
  json,
} = program.parse().opts<{ codecs: string; examples: string; json?: true }>();
const codecs = createCodecs({ clock: systemClock });
try {
  const verdicts: Verdict[] = [];
  for (const [path, examples] of readExamples(file)) verdicts.push(await verdictOf(codecs, folder, path, examples));
  if (json === true) process.stdout.write(`${JSON.stringify(verdicts, null, 2)}\n`);
  else tell(verdicts);
  if (verdicts.some(({ failures }) => failures.length > 0)) process.exitCode = 1;
} finally {
  await codecs.close();
}
