import { InvalidArgumentError, Option } from 'commander';
import { stringify } from 'yaml';
import { sourceLine } from '../model/source-line.ts';
import { type AddCommand, show } from './context.ts';
import { readList } from './lists.ts';
import { onServer } from './server-command.ts';
import { tableText } from './table.ts';
import { previewMany } from './threshold-evidence.ts';
import { proposedText } from './threshold-proposals.ts';
import { changesText } from './thresholds.ts';

interface UseOptions {
  readonly param?: Readonly<Record<string, number>>;
  readonly metric?: Readonly<Record<string, string>>;
  readonly mode: 'merge' | 'replace';
}

interface ApplyOptions extends UseOptions {
  readonly reason?: string;
  readonly dryRun?: boolean;
}

/** Thresholds as standards have them, and giving them to points. */
export const addTemplate: AddCommand = (program, context, finish) => {
  const template = program.command('template').description('threshold templates by standard, and applying them');

  onServer<{ readonly family?: string; readonly metric?: string }>(
    template
      .command('list')
      .description('the templates there are')
      .option('--family <family>', 'for this family')
      .option('--metric <metric>', 'for a metric of this name'),
    context,
    finish,
    async (server, options) => {
      const { family, metric } = options;
      const templates = await readList(server, 'GET /templates', { query: { family, metric } });
      const rows = templates.map(({ id, standard, edition, applies, verifiedBy, name }) => [
        id,
        sourceLine({ standard, edition }).en,
        applies.metric,
        verifiedBy ?? 'not verified',
        name.en,
      ]);
      show(context, options, templates, tableText(['id', 'standard', 'metric', 'verified by', 'name'], rows));
      return 0;
    },
  );

  onServer(
    template.command('show <id>').description('one template'),
    context,
    finish,
    async (server, options, [id = '']) => {
      const { body } = await server.call('GET /templates/{id}', { path: { id } });
      show(context, options, body, stringify(body));
      return 0;
    },
  );

  const withUse = (command: ReturnType<typeof template.command>) =>
    command
      .option('--param <id=number>', 'a parameter, as often as there are some', pair(Number))
      .option('--metric <theirs=own>', 'the template’s metric and the points’ own name for it', pair(String))
      .addOption(
        new Option('--mode <mode>', 'keep the rules it does not have, or not')
          .choices(['merge', 'replace'])
          .default('merge'),
      );
  const useOf = ({ param = {}, metric = {}, mode }: UseOptions) => ({ parameters: param, metrics: metric, mode });

  onServer<ApplyOptions>(
    withUse(template.command('apply <id> <point...>').description('make the documents of points from a template'))
      .option('--reason <text>', 'why, for the record')
      .option('--dry-run', 'only show it'),
    context,
    finish,
    async (server, options, [id = '', ...points]) => {
      const reason = options.reason === undefined ? {} : { reason: options.reason };
      const { body } = await server.call('POST /templates/{id}/apply', {
        path: { id },
        query: { dryRun: options.dryRun === true },
        body: { points, ...useOf(options), ...reason },
      });
      const { items, applied } = body;
      const lines = items.map(({ point, changes, problems }) => {
        const wrong = problems.map(({ path: at, message }) => `! ${at} ${message}\n`).join('');
        return `${point}\n${`${changes.length === 0 ? 'No difference.\n' : changesText(changes)}${wrong}`.replace(/^/gm, '  ').trimEnd()}\n`;
      });
      const end = applied ? 'Applied.\n' : (proposedText(body) ?? 'Nothing was changed (--dry-run).\n');
      show(context, options, body, lines.join('') + end);
      return items.some(({ problems }) => problems.length > 0) ? 1 : 0;
    },
  );

  onServer<UseOptions & { readonly days?: string }>(
    withUse(
      template
        .command('preview <id> [point...]')
        .description('what it would have done at points; without points at all that were made from it'),
    ).option('--days <days>', 'the last so many days (default 30)'),
    context,
    finish,
    async (server, options, [id = '', ...points]) => {
      const use = { id, ...useOf(options), ...(points.length === 0 ? {} : { points }) };
      const { days, ...rest } = options;
      const period = days === undefined ? {} : { days: Number(days) };
      return previewMany(server, context, { ...rest, ...period }, { template: use });
    },
  );
};

/** Collects `name=value` of an option that may be given several times. */
export function pair<T extends string | number>(convert: (text: string) => T) {
  return (text: string, before: Readonly<Record<string, T>> = {}): Readonly<Record<string, T>> => {
    const [, name = '', value = ''] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
    const converted = convert(value);
    if (name === '' || (typeof converted === 'number' && !Number.isFinite(converted))) {
      throw new InvalidArgumentError('expected name=value');
    }
    return { ...before, [name]: converted };
  };
}
