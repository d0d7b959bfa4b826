import { type FileHandle, open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { PMTiles, type RangeResponse, TileType } from 'pmtiles';
import type { SiteMap } from '../api/deps.ts';
import { type Config, isTileTemplate } from '../config.ts';
import { ConfigError } from '../lib/errors.ts';
import { ARCHIVE_PATH, type MapTiles } from '../model/map.ts';

/** What tile servers have at the most, where nobody says otherwise: the streets of a town are readable there. */
const ZOOM_MAX_USUAL = 18;

/**
 * The map that the settings name: no tiles, tiles of a server, or a PMTiles file, whose header says what is in it.
 * Throws ConfigError when the file cannot be read or is no such archive.
 */
export async function openSiteMap(config: Config): Promise<SiteMap> {
  const { mapTiles, mapCoordinates: coordinates, mapAttribution } = config;
  if (mapTiles === undefined) return { view: { tiles: null, coordinates } };
  if (!isTileTemplate(mapTiles)) {
    const file = resolve(mapTiles);
    const tiles = await describeArchive(file);
    return { view: { tiles: { ...tiles, attribution: mapAttribution ?? tiles.attribution }, coordinates }, file };
  }
  const tiles: MapTiles = {
    url: mapTiles,
    archive: false,
    kind: 'raster',
    layers: [],
    minZoom: 0,
    maxZoom: config.mapZoomMax ?? ZOOM_MAX_USUAL,
    attribution: mapAttribution ?? null,
  };
  const tileOrigin = mapTiles.startsWith('/') ? undefined : new URL(mapTiles).origin;
  return { view: { tiles, coordinates }, tileOrigin };
}

async function describeArchive(file: string): Promise<MapTiles> {
  const refuse = (found: string): never => {
    throw new ConfigError([
      {
        file: 'configuration',
        path: 'mapTiles',
        found,
        expected: 'a PMTiles file, version 3, or an address with {z}, {x} and {y}',
      },
    ]);
  };
  let handle: FileHandle | undefined;
  try {
    handle = await open(file);
    const archive = new PMTiles({ getKey: () => file, getBytes: readRange(handle) });
    const header = await archive.getHeader();
    const { attribution, vector_layers: layers } = (await archive.getMetadata()) as Metadata;
    if (header.tileType === TileType.Unknown || header.tileType > TileType.Avif) {
      return refuse(`tiles of type ${header.tileType}, which are neither pictures nor MVT, in ${file}`);
    }
    return {
      url: `/api/v1${ARCHIVE_PATH}`,
      archive: true,
      kind: header.tileType === TileType.Mvt ? 'vector' : 'raster',
      layers: Array.isArray(layers) ? layers.map(({ id }) => String(id)) : [],
      minZoom: header.minZoom,
      maxZoom: header.maxZoom,
      attribution: typeof attribution === 'string' ? withoutMarkup(attribution) : null,
    };
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    return refuse(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    await handle?.close();
  }
}

interface Metadata {
  readonly attribution?: unknown;
  readonly vector_layers?: readonly { readonly id: unknown }[];
}

function readRange(handle: FileHandle) {
  return async (offset: number, length: number): Promise<RangeResponse> => {
    const data = new ArrayBuffer(length);
    const { bytesRead } = await handle.read(new Uint8Array(data), 0, length, offset);
    return { data: data.slice(0, bytesRead) };
  };
}

/** Archives carry their source as HTML with links; a control room has no internet for them to lead to. */
function withoutMarkup(html: string): string {
  const names: Readonly<Record<string, string>> = { '&copy;': '©', '&amp;': '&', '&lt;': '<', '&gt;': '>' };
  return html
    .replace(/<[^>]*>/g, '')
    .replace(/&(copy|amp|lt|gt);/g, (name) => names[name] ?? name)
    .trim();
}
