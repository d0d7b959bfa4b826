import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { REQUEST_EXAMPLES } from '../src/api/examples/examples.ts';

/**
 * `npm run example -- 'GET /points/{id}' id=underpass-01`: makes one call to the server that runs on a data folder, and
 * keeps its answer, shortened, as the example of the OpenAPI document. What is sent is the example of the call's request.
 */

const EXAMPLES = fileURLToPath(new URL('../src/api/examples/responses.json', import.meta.url));

/** One item shows what a list is of. A place or an outline is numbers all the way down, and needs a few. */
const ITEMS_KEPT = 1;
const NUMBERS_KEPT = 3;

function shortened(value: unknown): unknown {
  if (Array.isArray(value)) {
    const kept = typeof value.flat(2)[0] === 'object' ? ITEMS_KEPT : NUMBERS_KEPT;
    return value.slice(0, kept).map(shortened);
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, shortened(part)]));
}

/** The path with what stands for each name in braces; the names that are in none go into the query. */
function pathOf(template: string, values: ReadonlyMap<string, string>): string {
  const query = new Map(values);
  const path = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = query.get(name);
    if (value === undefined) throw new Error(`say what {${name}} is: ${name}=…`);
    query.delete(name);
    return encodeURIComponent(value);
  });
  return query.size === 0 ? path : `${path}?${new URLSearchParams([...query])}`;
}

interface Running {
  readonly http: string;
  readonly token: string;
}

async function record(call: string, pairs: readonly string[], { data }: { readonly data: string }): Promise<void> {
  const { http, token } = JSON.parse(readFileSync(join(data, 'server.json'), 'utf8')) as Running;
  const [method = '', template = ''] = call.split(' ');
  const values = pairs.map((pair): [string, string] => {
    const at = pair.indexOf('=');
    return [pair.slice(0, at), pair.slice(at + 1)];
  });
  const body = REQUEST_EXAMPLES[call];
  const answer = await fetch(`${http}/api/v1${pathOf(template, new Map(values))}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`the server answered ${answer.status}: ${text}`);
  const examples = JSON.parse(readFileSync(EXAMPLES, 'utf8')) as Record<string, unknown>;
  examples[`${call} ${answer.status}`] = shortened(JSON.parse(text));
  writeFileSync(EXAMPLES, JSON.stringify(examples));
  execFileSync('biome', ['format', '--write', EXAMPLES], { stdio: 'inherit' });
}

await new Command('example')
  .description('Records the answer to one call as the example of the OpenAPI document.')
  .argument('<call>', "as the document names it, such as 'GET /points/{id}'")
  .argument('[values...]', 'what stands in braces, and the query: id=underpass-01')
  .option('--data <dir>', 'the data folder of the server', './data')
  .action(record)
  .parseAsync();
