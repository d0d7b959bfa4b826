import { writeFileSync } from 'node:fs';
import { Argument, Command, InvalidArgumentError } from 'commander';
import { benchCodecs } from './codecs.ts';
import { benchConnections } from './connections.ts';
import { benchConsole } from './console.ts';
import { benchEvaluate } from './evaluate.ts';
import { FLOODS, type FloodKind } from './flood-worker.ts';
import { benchHistory } from './history.ts';
import { benchHostile } from './hostile.ts';
import { benchIngest } from './ingest.ts';
import { benchLatency } from './latency.ts';
import { benchNotify } from './notify.ts';
import { benchPoints } from './points.ts';
import { benchPreview } from './preview.ts';
import { type BenchResult, formatResult, holds } from './report.ts';
import { benchRestart } from './restart.ts';
import { benchStructure } from './structure.ts';

const BENCHES: Readonly<Record<string, (flags: Flags) => Promise<BenchResult>>> = {
  ingest: benchIngest,
  latency: benchLatency,
  points: benchPoints,
  preview: benchPreview,
  history: ({ readings }) => benchHistory(readings),
  restart: benchRestart,
  connections: benchConnections,
  evaluate: benchEvaluate,
  codecs: benchCodecs,
  notify: benchNotify,
  console: benchConsole,
  hostile: ({ floods }) => benchHostile(floods),
  structure: ({ root }) => benchStructure(root),
};

interface Flags {
  readonly json?: string | true;
  readonly readings?: readonly number[];
  readonly root?: string;
  readonly floods?: FloodKind[];
}

const program = new Command('bench')
  .description('The performance table. Exits with 1 when a bound of the contract is not held.')
  .addArgument(new Argument('[bench...]', 'default all').choices(Object.keys(BENCHES)))
  .option(
    '--readings <numbers>',
    'of history: how many, such as 10000000,100000000 (default 10 million; 100 million take some minutes and 400 MB of disk)',
    countsOf,
  )
  .option('--floods <names>', `of hostile: which, of ${Object.keys(FLOODS).join(', ')}`, floodsOf)
  .option('--root <folder>', 'of structure: another checkout to measure')
  .option('--json [file]', 'write JSON too, to the file or instead of the table to stdout');

function countsOf(text: string): number[] {
  const counts = text.split(',').map(Number);
  if (counts.every((count) => Number.isInteger(count) && count > 0)) return counts;
  throw new InvalidArgumentError('expected whole numbers, separated by commas');
}

function floodsOf(text: string): FloodKind[] {
  const names = text.split(',');
  const known = names.filter((name): name is FloodKind => name in FLOODS);
  if (known.length === names.length) return known;
  throw new InvalidArgumentError(`expected some of ${Object.keys(FLOODS).join(', ')}`);
}

async function main(names: readonly string[], flags: Flags): Promise<void> {
  const { json } = flags;
  const results: BenchResult[] = [];
  for (const [name, run] of Object.entries(BENCHES)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const result = await run(flags);
    results.push(result);
    if (json !== true) process.stdout.write(`${formatResult(result)}\n\n`);
  }
  const text = `${JSON.stringify(results, null, 2)}\n`;
  if (json === true) process.stdout.write(text);
  else if (json !== undefined) writeFileSync(json, text);
  if (!results.every(({ rows }) => rows.every(holds))) process.exitCode = 1;
}

program.parse();
await main(program.args, program.opts<Flags>());
