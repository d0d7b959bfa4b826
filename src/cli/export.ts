import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type AddCommand, type CliContext, type ExitStatus, show } from './context.ts';
import { exportFiles } from './export-files.ts';
import {
  addSpreadsheetOptions,
  exportSpreadsheet,
  type SpreadsheetOptions,
  spreadsheetOf,
} from './export-spreadsheet.ts';
import { readList } from './lists.ts';
import type { Server, ServerOptions } from './server.ts';
import { onServer } from './server-command.ts';
import { counted } from './table.ts';

interface ExportOptions extends ServerOptions, SpreadsheetOptions {
  readonly out?: string;
  readonly yes?: boolean;
}

/** What writing the files into a folder does to it; paths below the folder. */
interface Writing {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

export const addExport: AddCommand = (program, context, finish) => {
  const command = program
    .command('export')
    .description(
      'write the site as files: devices/ and thresholds/, without secrets, which are only kept hashed; or points and ' +
        'limits as a spreadsheet, for which FILE is given',
    )
    .argument('[file]', 'a spreadsheet to write: .xlsx, or .csv')
    .option('--out <dir>', 'the folder to write the files into (default ./export)')
    .option('--yes', 'do not ask before files are changed or removed');
  onServer<ExportOptions>(addSpreadsheetOptions(command), context, finish, async (server, options, [file]) => {
    const sheet = spreadsheetOf(file, options);
    return sheet === undefined
      ? exportSite(server, { ...options, out: options.out ?? './export' }, context)
      : exportSpreadsheet(server, sheet, options, context);
  });
};

async function exportSite(
  server: Server,
  options: ExportOptions & { readonly out: string },
  context: CliContext,
): Promise<ExitStatus> {
  const { body, etag } = await server.call('GET /site');
  const kept = await readList(server, 'GET /rule-tests');
  const files = new Map([
    ...exportFiles(body, etag),
    ...kept.map(({ name, text }) => [`${KEPT}/${name}.test.yaml`, text] as const),
  ]);
  const writing = compare(options.out, files);
  const touched = [...writing.changed, ...writing.removed];
  if (touched.length > 0 && options.yes !== true && context.confirm !== undefined) {
    const list = [...writing.changed.map((file) => `~ ${file}`), ...writing.removed.map((file) => `- ${file}`)];
    context.stderr(`${list.join('\n')}\n`);
    if (!(await context.confirm(`Change ${counted(touched.length, 'file')} in ${options.out}?`))) {
      show(context, options, { written: false, out: options.out, ...writing }, 'Nothing was written.\n');
      return 0;
    }
  }
  for (const [file, text] of files) {
    mkdirSync(dirname(join(options.out, file)), { recursive: true });
    writeFileSync(join(options.out, file), text);
  }
  for (const file of writing.removed) rmSync(join(options.out, file));
  const { added, changed, removed } = writing;
  const text = `${counted(files.size, 'file')} in ${options.out}: ${added.length} added, ${changed.length} changed, ${removed.length} removed\n`;
  show(context, options, { written: true, out: options.out, ...writing }, text);
  return 0;
}

function compare(out: string, files: ReadonlyMap<string, string>): Writing {
  const read = filesRead(out);
  // A profile's script is no file that `apply` finds by itself, and is not written over without a word either.
  const present = new Set([...read, ...[...files.keys()].filter((file) => existsSync(join(out, file)))]);
  const isChanged = (file: string, text: string) => readFileSync(join(out, file), 'utf8') !== text;
  return {
    added: [...files.keys()].filter((file) => !present.has(file)),
    changed: [...files].filter(([file, text]) => present.has(file) && isChanged(file, text)).map(([file]) => file),
    removed: [...present].filter((file) => !files.has(file)),
  };
}

/** Rule tests that were kept at the server; `check` runs them like those that people wrote. */
const KEPT = 'thresholds/kept';

const EXTENSION = /\.(yaml|yml|json)$/;
const RULE_TEST = /\.test\.(yaml|yml|json)$/;

/**
 * The files of a folder that `apply` would read. One of them that is not written anew would bring back what was removed,
 * or say a second time what another file says.
 */
function filesRead(out: string): string[] {
  const devices = entriesOf(join(out, 'devices'));
  const profiles = devices
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .flatMap(({ name: profile }) =>
      entriesOf(join(out, 'devices', profile))
        .filter(({ name }) => name.replace(EXTENSION, '') === 'profile' && EXTENSION.test(name))
        .map(({ name }) => `devices/${profile}/${name}`),
    );
  const site = devices
    .filter(
      (entry) => !entry.isDirectory() && entry.name.replace(EXTENSION, '') === 'site' && EXTENSION.test(entry.name),
    )
    .map(({ name }) => `devices/${name}`);
  const thresholds = entriesOf(join(out, 'thresholds'))
    .filter((entry) => !entry.isDirectory() && EXTENSION.test(entry.name) && !RULE_TEST.test(entry.name))
    .map(({ name }) => `thresholds/${name}`);
  const kept = entriesOf(join(out, KEPT))
    .filter(({ name }) => RULE_TEST.test(name))
    .map(({ name }) => `${KEPT}/${name}`);
  return [...profiles, ...site, ...thresholds, ...kept].sort();
}

function entriesOf(folder: string) {
  return existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : [];
}
