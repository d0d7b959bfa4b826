import { basename, dirname } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ARCHIVE_PATH } from '../../model/map.ts';
import type { SiteMap } from '../deps.ts';

/**
 * Hands out the PMTiles file, which browsers read by ranges of some kilobytes; so the map needs no other server.
 * Without such a file there is no route.
 */
export function mapRoutes({ file }: SiteMap): FastifyPluginAsyncZod {
  return async (app) => {
    if (file === undefined) return;
    await app.register(fastifyStatic, { root: dirname(file), serve: false });
    app.get(
      ARCHIVE_PATH,
      {
        config: { access: 'viewer' },
        schema: {
          tags: ['system'],
          summary: 'The map’s PMTiles file; answers ranges',
          response: {
            200: z.undefined().meta({ description: 'The file' }),
            206: z.undefined().meta({ description: 'The part that was asked for' }),
          },
        },
      },
      (_request, reply) => {
        // Other than the answers of the API a tile stays what it is; with its ETag a change of the file is noticed.
        reply.header('cache-control', 'private, max-age=3600').type('application/vnd.pmtiles');
        return reply.sendFile(basename(file), { cacheControl: false });
      },
    );
  };
}
