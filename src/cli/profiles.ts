import type { ProfileNames } from '../model/site.ts';
import { type AddCommand, show } from './context.ts';
import { readList } from './lists.ts';
import { addNameOptions, type NameOptions, namedBy } from './names.ts';
import { onServer } from './server-command.ts';
import { tableText } from './table.ts';

/** Kinds of device; what they measure is said in files, what they are called also here. */
export const addProfile: AddCommand = (program, context, finish) => {
  const profile = program.command('profile').description('the kinds of device, and what they are called');
  onServer(
    profile.command('list').description('kinds of device, with what they measure'),
    context,
    finish,
    async (server, options) => {
      const profiles = await readList(server, 'GET /profiles');
      const rows = profiles.map(({ id, family, name, reportEvery, metrics, codec }) => {
        const script = codec === null ? '' : codec.off === null ? codec.file : `${codec.file}, off: ${codec.off.fault}`;
        return [id, family, name.zh, name.en, reportEvery, Object.keys(metrics).join(', '), script];
      });
      show(
        context,
        options,
        profiles,
        tableText(['profile', 'family', 'Chinese', 'English', 'every', 'metrics', 'codec'], rows),
      );
      return 0;
    },
  );
  onServer(
    profile
      .command('retry <id>')
      .description('have uplinks decoded again that its codec could not read, or that came while there was none'),
    context,
    finish,
    async (server, options, [id = '']) => {
      const { body } = await server.call('POST /profiles/{id}/retry', { path: { id } });
      show(context, options, body, `${body.uplinks} uplinks taken from the quarantine to be decoded again.\n`);
      return 0;
    },
  );
  onServer<NameOptions & { readonly metric?: string }>(
    addNameOptions(
      profile
        .command('name <id>')
        .description('what a kind of device is called, or a metric of it; the rest of it comes from its file')
        .option('--metric <metric>', 'a metric, instead of the kind itself'),
    ),
    context,
    finish,
    async (server, options, [id = '']) => {
      const present = (await readList(server, 'GET /profiles')).find((one) => one.id === id);
      if (present === undefined) {
        context.stderr(`There is no profile ${id}.\n`);
        return 1;
      }
      const { metric } = options;
      const names = Object.entries(present.metrics).map(([field, { name }]) => [field, name] as const);
      const own = metric === undefined ? undefined : namedBy(options, present.metrics[metric]?.name);
      const name = metric === undefined ? namedBy(options, present.name) : present.name;
      const body: ProfileNames = {
        ...(name === undefined ? {} : { name }),
        metrics: {
          ...Object.fromEntries(names),
          ...(metric === undefined || own === undefined ? {} : { [metric]: own }),
        },
      };
      const changed = await server.call('PUT /profiles/{id}/names', { path: { id }, body });
      show(context, options, changed.body, `Profile ${id} named.\n`);
      return 0;
    },
  );
};
