import { Option } from 'commander';
import { LEVELS } from '../model/level.ts';
import { FAMILIES } from '../model/site.ts';
import { type AddCommand, show } from './context.ts';
import { readList } from './lists.ts';
import { onServer } from './server-command.ts';
import { tableText, timeText } from './table.ts';

interface AddOptions {
  readonly point?: readonly string[];
  readonly area?: readonly string[];
  readonly family?: readonly (typeof FAMILIES)[number][];
  readonly level?: readonly (typeof LEVELS)[number][];
  readonly rule?: readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly for?: string;
  readonly reason: string;
}

/** Having nobody told of some alerts for a while. */
export const addSilence: AddCommand = (program, context, finish) => {
  const silence = program.command('silence').description('alerts that nobody is told of for a while');

  onServer<{ readonly all?: boolean }>(
    silence.command('list').description('what is silenced').option('--all', 'also what has ended'),
    context,
    finish,
    async (server, options) => {
      const query = { state: options.all === true ? 'all' : 'current' } as const;
      const found = await readList(server, 'GET /notify/silences', { query });
      const rows = found.map(({ id, match, from, to, endedAt, by, reason }) => [
        id,
        Object.entries(match)
          .map(([key, list]) => `${key} ${list.join(',')}`)
          .join('; '),
        timeText(from),
        timeText(endedAt ?? to),
        by,
        reason,
      ]);
      const text = tableText(['id', 'of', 'from', 'to', 'by', 'reason'], rows);
      show(context, options, found, text === '' ? 'Nothing is silenced.\n' : text);
      return 0;
    },
  );

  onServer<AddOptions>(
    silence
      .command('add')
      .description('silence alerts for which everything given holds; red only with --level red')
      .option('--point <ids...>', 'of these points')
      .option('--area <ids...>', 'of these areas and those below them')
      .addOption(new Option('--family <families...>', 'of these families').choices(FAMILIES))
      .addOption(new Option('--level <levels...>', 'at these levels').choices(LEVELS))
      .option('--rule <ids...>', 'of these rules')
      .option('--from <time>', 'from: ISO 8601 with a time zone, or ms (default now)')
      .option('--to <time>', 'to')
      .option('--for <duration>', 'instead: how long, such as 2h')
      .requiredOption('--reason <text>', 'why, for those who come after'),
    context,
    finish,
    async (server, options) => {
      const { point: points, area: areas, family: families, level: levels, rule: rules } = options;
      const given = Object.entries({ points, areas, families, levels, rules });
      const match = Object.fromEntries(given.filter(([, list]) => list !== undefined));
      const { from, to, for: time, reason } = options;
      const { body } = await server.call('POST /notify/silences', { body: { match, from, to, for: time, reason } });
      show(context, options, body, `${body.id} until ${timeText(body.to)}\n`);
      return 0;
    },
  );

  onServer(
    silence.command('end <id>').description('end it now; what is still open is told'),
    context,
    finish,
    async (server, options, [id = '']) => {
      const { body } = await server.call('DELETE /notify/silences/{id}', { path: { id } });
      show(context, options, body, `${body.id} ended\n`);
      return 0;
    },
  );
};
