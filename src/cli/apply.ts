import { formatProblem } from '../lib/errors.ts';
import type { SiteContents } from '../model/site-change.ts';
import type { SiteAnswer } from '../wire/site.ts';
import { type AddCommand, addFolderOptions, type CliContext, type ExitStatus, show } from './context.ts';
import { differenceText } from './difference-text.ts';
import { ApiError } from './http.ts';
import { keepKnownRevision, knownRevision } from './known-revision.ts';
import type { Server, ServerOptions } from './server.ts';
import { onServer } from './server-command.ts';
import { readSiteAndThresholds, unreadWarnings } from './site-files.ts';
import { timeText } from './table.ts';

interface ApplyOptions extends ServerOptions {
  readonly devices: string;
  readonly thresholds: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly force?: boolean;
}

export const addApply: AddCommand = (program, context, finish) => {
  const command = program
    .command('apply')
    .description('show what the files of devices and thresholds would change, then make it so')
    .option('--dry-run', 'only show it')
    .option('--yes', 'do not ask')
    .option('--force', 'also where the files do not know what was changed since they were exported');
  onServer<ApplyOptions>(addFolderOptions(command, context.environment), context, finish, async (server, options) => {
    const { contents, problems } = readSiteAndThresholds(options.devices, options.thresholds);
    for (const warning of unreadWarnings(options.devices, options.thresholds)) {
      context.stderr(`${formatProblem(warning)}\n`);
    }
    if (problems.length > 0) {
      const text = problems.map((problem) => `${formatProblem(problem)}\n`).join('');
      show(context, options, { applied: false, problems }, '');
      context.stderr(`${text}Nothing was changed.\n`);
      return 1;
    }
    return apply(server, contents, options, context);
  });
};

/**
 * Whether files may take the place of what is there: they were exported from just that, or nobody has changed anything that
 * they could take back. Files without a mark, written by hand, know what files have done and not what people did.
 */
function knowsPresent(
  known: string | undefined,
  { body, etag }: { readonly body: SiteAnswer; readonly etag: string | undefined },
): boolean {
  if (known !== undefined && known === etag) return true;
  const { by } = body.origin;
  return by === 'seed' || (by === 'files' && known === undefined);
}

async function apply(
  server: Server,
  contents: SiteContents,
  options: ApplyOptions,
  context: CliContext,
): Promise<ExitStatus> {
  const looked = await server.call('POST /site', { query: { dryRun: true }, body: contents });
  const { differences, weakened } = looked.body;
  const text = differenceText(differences);
  if (differences.length === 0) {
    if (looked.etag !== undefined) keepKnownRevision(options.devices, looked.etag);
    show(context, options, { applied: false, differences }, 'No difference.\n');
    return 0;
  }
  // What is asked about is shown first; as JSON it comes once, at the end.
  if (options.json !== true) context.stdout(text);
  const isUnknown = options.force !== true && !knowsPresent(knownRevision(options.devices), looked);
  const { last } = looked.body.origin;
  const whose = last === null ? '' : ` (last by ${last.author}, ${timeText(last.at)})`;
  const unknownText =
    `The site was changed${whose} and these files do not know of it: applying them would take that back. ` +
    'Export first (brink export --out DIR) and make the change there, or apply them with --force.\n';
  if (options.dryRun === true) {
    // What would be refused is told by the trial already.
    if (isUnknown) context.stderr(unknownText);
    show(context, options, { applied: false, differences }, 'Nothing was changed (--dry-run).\n');
    return 0;
  }
  if (weakened.length > 0) {
    const list = weakened.map(({ point, weakens }) => {
      return `  ${point}: ${weakens.map(({ rule, level }) => `${level} of ${rule}`).join(', ')}\n`;
    });
    context.stderr(
      `A second person must approve these first; propose them with brink thresholds put POINT FILE:\n${list.join('')}`,
    );
    show(context, options, { applied: false, differences, weakened }, 'Nothing was changed.\n');
    return 1;
  }
  if (isUnknown) {
    context.stderr(unknownText);
    show(context, options, { applied: false, differences, unknown: true }, 'Nothing was changed.\n');
    return 1;
  }
  if (options.yes !== true && context.confirm !== undefined) {
    if (options.json === true) context.stderr(text);
    if (!(await context.confirm('Make it so?'))) {
      show(context, options, { applied: false, differences }, 'Nothing was changed.\n');
      return 0;
    }
  }
  try {
    const headers: Record<string, string> = looked.etag === undefined ? {} : { 'if-match': looked.etag };
    const { body, etag } = await server.call('POST /site', { body: contents, headers });
    if (etag !== undefined) keepKnownRevision(options.devices, etag);
    show(context, options, body, 'Applied.\n');
    return 0;
  } catch (error) {
    if (!(error instanceof ApiError) || error.problem.code !== 'site-lost-race') throw error;
    context.stderr('Somebody changed the site in the meantime; run it again to see the difference as it is now.\n');
    show(context, options, { applied: false, differences, problem: error.problem }, 'Nothing was changed.\n');
    return 1;
  }
}
