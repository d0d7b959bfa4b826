import { z } from 'zod';

/** The site's choice of map, as a console needs it. Positions are always kept in WGS 84. */
export const mapViewSchema = z
  .object({
    tiles: z
      .object({
        url: z.string().meta({
          description: 'With {z}, {x} and {y} of a raster tile; of an archive, the address of the PMTiles file',
        }),
        archive: z.boolean().meta({ description: 'A PMTiles file of this server, read by ranges' }),
        kind: z.enum(['raster', 'vector']),
        layers: z.array(z.string()).readonly().meta({ description: 'Layers that vector tiles have; empty for raster' }),
        minZoom: z.number().int(),
        maxZoom: z.number().int(),
        attribution: z.string().nullable().meta({ description: 'Plain text that the source asks to be shown' }),
      })
      .nullable()
      .meta({ description: 'What lies under the points; null draws outlines and a graticule alone' }),
    coordinates: z.enum(['wgs84', 'gcj02']).meta({ description: 'What the tiles are drawn on' }),
  })
  .meta({ id: 'MapView' });
export type MapView = z.infer<typeof mapViewSchema>;
export type MapTiles = NonNullable<MapView['tiles']>;

/** Where the server hands out its PMTiles file, below the prefix of the API. */
export const ARCHIVE_PATH = '/map/tiles.pmtiles';
