import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { z } from 'zod';
import { placeSchema } from '../model/place.ts';
import type { Area } from '../model/site.ts';
import { type AddCommand, type CliContext, show, UsageError } from './context.ts';
import { readList } from './lists.ts';
import { addLocationOptions, isMeant, type LocationOptions } from './location.ts';
import { addNameOptions, type NameOptions, namedBy } from './names.ts';
import type { Server } from './server.ts';
import { onServer } from './server-command.ts';
import { tableText } from './table.ts';

type Definition = Omit<Area, 'id'>;

interface AreaOptions extends NameOptions, LocationOptions {
  /** False: given up. */
  readonly parent?: string | false;
  readonly outline?: string | false;
}

/** The areas of the site; the first is the site as a whole. */
export const addArea: AddCommand = (program, context, finish) => {
  const area = program.command('area').description('the areas of the site: the site as a whole, and its parts');
  onServer(
    area.command('list').description('areas, and what they lie in'),
    context,
    finish,
    async (server, options) => {
      const areas = await readList(server, 'GET /areas');
      const rows = areas.map(({ id, parent, name }) => [id, parent ?? '', name.zh, name.en]);
      show(context, options, areas, tableText(['area', 'in', 'Chinese', 'English'], rows));
      return 0;
    },
  );
  onServer<AreaOptions>(
    addAreaOptions(area.command('add <id>').description('add an area')),
    context,
    finish,
    async (server, options, [id = '']) => {
      if ((await findArea(server, id)) !== undefined) {
        context.stderr(`There is already an area ${id}.\n`);
        return 1;
      }
      if (!(await isMeant(server, context, options))) return 0;
      const body = definitionOf(options, {});
      const headers = { 'if-none-match': '*' };
      const made = await server.call('PUT /areas/{id}', { path: { id }, body, headers });
      show(context, options, made.body, `Area ${id} added.\n`);
      return 0;
    },
  );
  onServer<AreaOptions>(
    addAreaOptions(area.command('set <id>').description('change what is said of an area; what is not given stays'))
      .option('--no-parent', 'it lies in no other area')
      .option('--no-location', 'without a place')
      .option('--no-outline', 'without an outline'),
    context,
    finish,
    async (server, options, [id = '']) => {
      const present = await findArea(server, id);
      if (present === undefined) return missing(context, id);
      if (!(await isMeant(server, context, options))) return 0;
      const body = definitionOf(options, present);
      const changed = await server.call('PUT /areas/{id}', { path: { id }, body });
      show(context, options, changed.body, `Area ${id} changed.\n`);
      return 0;
    },
  );
  onServer<{ readonly into?: string; readonly yes?: boolean }>(
    area
      .command('remove <id>')
      .description('take an area away; refused while points or areas lie in it, unless another one takes them')
      .option('--into <id>', 'the area that takes what lies in it')
      .option('--yes', 'do not ask'),
    context,
    finish,
    async (server, options, [id = '']) => {
      const { into } = options;
      if (into !== undefined && options.yes !== true && context.confirm !== undefined) {
        if (!(await context.confirm(`Take area ${id} away, and put what lies in it into ${into}?`))) return 0;
      }
      await server.call('DELETE /areas/{id}', { path: { id }, query: { into } });
      show(context, options, { removed: id }, `Area ${id} removed.\n`);
      return 0;
    },
  );
};

function addAreaOptions(command: Command): Command {
  const placed = addLocationOptions(
    addNameOptions(command).option('--parent <id>', 'the area it lies in'),
    'where it is',
  );
  return placed.option('--outline <file>', 'its outline: a GeoJSON Polygon, or the coordinates of one');
}

function missing(context: CliContext, id: string): 1 {
  context.stderr(`There is no area ${id}.\n`);
  return 1;
}

/** Longitude, latitude. */
type Place = [number, number];

async function findArea(server: Server, id: string): Promise<Definition | undefined> {
  const found = (await readList(server, 'GET /areas')).find((other) => other.id === id);
  if (found === undefined) return undefined;
  const { name, parent, outline, location } = found;
  return {
    name,
    ...(parent === null ? {} : { parent }),
    ...(outline === null ? {} : { outline: outline.map((ring) => ring.map(([lng, lat]): Place => [lng, lat])) }),
    ...(location === null ? {} : { location: [...location] }),
  };
}

/** What an area was, with what is given in the place of it. */
function definitionOf(options: AreaOptions, before: Definition): Definition {
  const name = namedBy(options, before.name);
  const parent = options.parent ?? before.parent;
  const location = options.location ?? before.location;
  const outline =
    typeof options.outline === 'string' ? readOutline(options.outline) : (options.outline ?? before.outline);
  return {
    ...(name === undefined ? {} : { name }),
    ...(parent === undefined || parent === false ? {} : { parent }),
    ...(location === undefined || location === false ? {} : { location: [...location] }),
    ...(outline === undefined || outline === false ? {} : { outline }),
  };
}

const ringsSchema = z.array(z.array(placeSchema));
const polygonSchema = z
  .object({ type: z.literal('Polygon'), coordinates: ringsSchema })
  .transform((it) => it.coordinates);
const outlineSchema = z.union([
  ringsSchema,
  polygonSchema,
  z.object({ type: z.literal('Feature'), geometry: polygonSchema }).transform((it) => it.geometry),
]);

function readOutline(file: string): z.infer<typeof ringsSchema> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  const outline = outlineSchema.safeParse(parsed);
  if (outline.success) return outline.data;
  throw new UsageError(`${file}: expected a GeoJSON Polygon, [longitude, latitude] in degrees, WGS 84`);
}
