import type { Area } from '../model/site.ts';
import { type AddCommand, show } from './context.ts';
import { parseLocation } from './devices.ts';
import { readList } from './lists.ts';
import { onServer } from './server-command.ts';
import { tableText } from './table.ts';

interface ListedArea {
  readonly id: string;
  readonly parent: string | null;
  readonly name: { readonly zh: string; readonly en: string };
}

interface AreaOptions {
  readonly nameZh?: string;
  readonly nameEn?: string;
  readonly parent?: string;
  readonly location?: readonly [number, number];
}

/** The areas of the site; the first is the site as a whole. */
export const addArea: AddCommand = (program, context, finish) => {
  const area = program.command('area').description('the areas of the site: the site as a whole, and its parts');
  onServer(
    area.command('list').description('areas, and what they lie in'),
    context,
    finish,
    async (server, options) => {
      const areas = await readList<ListedArea>(server, '/areas');
      const rows = areas.map(({ id, parent, name }) => [id, parent ?? '', name.zh, name.en]);
      show(context, options, areas, tableText(['area', 'in', 'Chinese', 'English'], rows));
      return 0;
    },
  );
  onServer<AreaOptions>(
    area
      .command('add <id>')
      .description('add an area')
      .option('--name-zh <name>', 'its Chinese name')
      .option('--name-en <name>', 'its English name')
      .option('--parent <id>', 'the area it lies in')
      .option('--location <lon,lat>', 'where it is, degrees, WGS 84', parseLocation),
    context,
    finish,
    async (server, options, [id = '']) => {
      const present = await readList<ListedArea>(server, '/areas');
      if (present.some((other) => other.id === id)) {
        context.stderr(`There is already an area ${id}.\n`);
        return 1;
      }
      const { body } = await server.call('PUT', `/areas/${encodeURIComponent(id)}`, { body: definitionOf(options) });
      show(context, options, body, `Area ${id} added.\n`);
      return 0;
    },
  );
};

function definitionOf({ nameZh, nameEn, parent, location }: AreaOptions): Omit<Area, 'id'> {
  const name = { ...(nameZh === undefined ? {} : { zh: nameZh }), ...(nameEn === undefined ? {} : { en: nameEn }) };
  return {
    ...(Object.keys(name).length === 0 ? {} : { name }),
    ...(parent === undefined ? {} : { parent }),
    ...(location === undefined ? {} : { location: [...location] }),
  };
}
