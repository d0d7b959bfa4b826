import { InvalidArgumentError } from 'commander';
import { stringify } from 'yaml';
import { differencesOf, type ValueChange } from '../model/difference.ts';
import { type AddCommand, type CliContext, show, UsageError } from './context.ts';
import { readList } from './lists.ts';
import type { ServerOptions } from './server.ts';
import { onServer } from './server-command.ts';
import { tableText, timeText } from './table.ts';
import { readDocuments } from './threshold-documents.ts';
import { addThresholdEvidence } from './threshold-evidence.ts';
import { addProposals, proposedText } from './threshold-proposals.ts';

interface PutOptions {
  readonly reason?: string;
  readonly from?: string;
  readonly until?: string;
  readonly yes?: boolean;
}

/** The thresholds of points: what they are, what they were, changing them, and on what evidence. */
export const addThresholds: AddCommand = (program, context, finish) => {
  const thresholds = program
    .command('thresholds')
    .description('the thresholds of points: revisions, previews, advice, approval; whole files with apply');

  onServer(
    thresholds.command('show <point>').description('the document in force'),
    context,
    finish,
    async (server, options, [point = '']) => {
      const { body, etag } = await server.call('GET /points/{id}/thresholds', { path: { id: point } });
      show(context, options, { point, revision: revisionOf(etag), document: body }, stringify(body));
      return 0;
    },
  );

  onServer<PutOptions>(
    thresholds
      .command('put <point> <file>')
      .description('show what a document would change, then put it in force; the file holds it alone or in a list')
      .option('--reason <text>', 'why, for the record')
      .option('--from <time>', 'not now, but then: ISO 8601 with a time zone, or ms')
      .option('--until <time>', 'temporary: the present document comes back then')
      .option('--yes', 'do not ask'),
    context,
    finish,
    async (server, options, [point = '', file = '']) => {
      const [wanted] = readDocuments(file, point);
      if (wanted === undefined) throw new UsageError(`${file}: expected a document of ${point}`);
      const path = { id: point };
      const present = await server.call('GET /points/{id}/thresholds', { path });
      const changes = differencesOf(present.body, wanted.document);
      if (changes.length === 0 && options.until === undefined && options.from === undefined) {
        show(context, options, { applied: false, changes }, 'No difference.\n');
        return 0;
      }
      if (options.json !== true) context.stdout(changesText(changes));
      if (options.yes !== true && context.confirm !== undefined && !(await context.confirm('Make it so?'))) {
        show(context, options, { applied: false, changes }, 'Nothing was changed.\n');
        return 0;
      }
      const { reason, from, until } = options;
      const { body, etag } = await server.call('PUT /points/{id}/thresholds', {
        path,
        query: { reason, from, until },
        body: wanted.document,
        headers: { 'if-match': present.etag ?? '*' },
      });
      showChanged(context, options, body, { applied: true, revision: revisionOf(etag), changes }, etag);
      return 0;
    },
  );

  onServer(
    thresholds.command('revisions <point>').description('every revision of the document, newest first'),
    context,
    finish,
    async (server, options, [point = '']) => {
      const revisions = await readList(server, 'GET /points/{id}/thresholds/revisions', { path: { id: point } });
      const rows = revisions.map(({ revision, author, at, reason, until, approvedBy }) => [
        String(revision),
        timeText(at),
        approvedBy === null ? author : `${author}, approved by ${approvedBy}`,
        until === null ? '' : `until ${timeText(until)}`,
        reason ?? '',
      ]);
      const text = tableText(['revision', 'made', 'by', '', 'reason'], rows);
      show(context, options, revisions, text === '' ? 'The point never had a document.\n' : text);
      return 0;
    },
  );

  onServer(
    thresholds
      .command('compare')
      .description('what lies between two revisions')
      .argument('<point>')
      .argument('<from>', 'the earlier revision; 0 is the empty document', wholeNumber)
      .argument('[to]', 'the later one; default the present one', wholeNumber),
    context,
    finish,
    async (server, options, [point = '', from = '', to]) => {
      const path = { id: point };
      const { body } = await server.call('GET /points/{id}/thresholds/difference', { path, query: { from, to } });
      const { changes } = body;
      show(context, options, body, changes.length === 0 ? 'No difference.\n' : changesText(changes));
      return 0;
    },
  );

  onServer<{ readonly reason: string }>(
    thresholds
      .command('restore')
      .description('put an earlier revision in force again, as a new one')
      .argument('<point>')
      .argument('<revision>', 'which', wholeNumber)
      .requiredOption('--reason <text>', 'why, for the record'),
    context,
    finish,
    async (server, options, [point = '', revision = '']) => {
      const present = await server.call('GET /points/{id}/thresholds', { path: { id: point } });
      const { body, etag } = await server.call('POST /points/{id}/thresholds/revisions/{revision}/restore', {
        path: { id: point, revision },
        body: { reason: options.reason },
        headers: { 'if-match': present.etag ?? '*' },
      });
      showChanged(context, options, body, { applied: true, revision: revisionOf(etag) }, etag);
      return 0;
    },
  );

  onServer<{ readonly cancel?: boolean }>(
    thresholds
      .command('scheduled <point>')
      .description('the change that waits for its time, or could not come into force at it')
      .option('--cancel', 'call it off'),
    context,
    finish,
    async (server, options, [point = '']) => {
      const path = { id: point };
      if (options.cancel === true) {
        await server.call('DELETE /points/{id}/thresholds/scheduled', { path });
        show(context, options, { point, scheduled: null }, 'Called off.\n');
        return 0;
      }
      const { body } = await server.call('GET /points/{id}/thresholds/scheduled', { path });
      const { scheduled } = body;
      show(context, options, body, scheduled === null ? 'Nothing waits.\n' : stringify(scheduled));
      return 0;
    },
  );

  addTable(thresholds, context, finish);
  addThresholdEvidence(thresholds, context, finish);
  addProposals(thresholds, context, finish);
};

const addTable: AddCommand = (thresholds, context, finish) => {
  onServer<{ readonly area?: string; readonly family?: string }>(
    thresholds
      .command('table <metric>')
      .description('the limits of a metric at every point that has it, side by side')
      .option('--area <id>', 'only points of this area and those below it')
      .option('--family <family>', 'only points of this family'),
    context,
    finish,
    async (server, options, [metric = '']) => {
      const rows = await readList(server, 'GET /thresholds', {
        query: { metric, area: options.area, family: options.family },
      });
      const cells = rows.flatMap(({ point, revision, unit, rules, template, deviations }) =>
        Object.entries(Object.keys(rules).length === 0 ? { '–': {} } : rules).map(([rule, { levels }]) => [
          point,
          String(revision),
          rule,
          Object.entries(levels ?? {})
            .map(([level, one]) => `${level} ${JSON.stringify(one)}`)
            .join(' '),
          unit ?? '',
          template === null ? '' : `${template}${deviations.length === 0 ? '' : ` (${deviations.length} differ)`}`,
        ]),
      );
      const head = ['point', 'revision', 'rule', 'levels', 'unit', 'template'];
      show(context, options, rows, cells.length === 0 ? `No point has ${metric}.\n` : tableText(head, cells));
      return 0;
    },
  );
};

/** What a change was answered with: the new revision, or a proposal that waits. */
export function showChanged(
  context: CliContext,
  options: ServerOptions,
  body: unknown,
  value: Readonly<Record<string, unknown>>,
  etag: string | undefined,
): void {
  const proposal = proposedText(body);
  if (typeof body === 'object' && body !== null && 'scheduled' in body) {
    show(context, options, { ...value, ...body, applied: false }, 'It waits for its time.\n');
    return;
  }
  if (proposal === undefined) show(context, options, value, `Revision ${revisionOf(etag)} is in force.\n`);
  else show(context, options, { ...value, ...(body as object), applied: false }, proposal);
}

export function changesText(changes: readonly ValueChange[]): string {
  const signs = { added: '+', changed: '~', removed: '-' } as const;
  return changes
    .map(({ change, path, before, after }) => {
      const values = [before, after].filter((value) => value !== undefined).map((value) => JSON.stringify(value));
      return `${signs[change]} ${path === '' ? '/' : path}: ${values.join(' -> ')}\n`;
    })
    .join('');
}

function revisionOf(etag: string | undefined): number {
  return Number(/\d+/.exec(etag ?? '')?.[0] ?? Number.NaN);
}

function wholeNumber(text: string): string {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('expected a whole number');
  return text;
}
