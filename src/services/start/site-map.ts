import { type FileHandle, open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { bytesToHeader, Compression, type Header, TileType } from 'pmtiles';
import type { SiteMap } from '../../api/deps.ts';
import { type Config, isTileTemplate } from '../../config.ts';
import { ConfigError } from '../../lib/errors.ts';
import { ARCHIVE_PATH, type MapTiles } from '../../model/map.ts';

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
    const { size } = await handle.stat();
    const header = await readHeader(handle, size);
    const { attribution, vector_layers: layers } = await readMetadata(handle, header);
    if (header.tileType === TileType.Unknown || header.tileType > TileType.Avif) {
      return refuse(`tiles of type ${header.tileType}, which are neither pictures nor MVT, in ${file}`);
    }
    return {
      url: `/api/v1${ARCHIVE_PATH}`,
      archive: true,
      kind: header.tileType === TileType.Mvt ? 'vector' : 'raster',
      layers: Array.isArray(layers)
        ? layers.slice(0, LAYERS_MAX).flatMap((layer) => (layer === null ? [] : [String(layer.id)]))
        : [],
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
  readonly vector_layers?: readonly ({ readonly id?: unknown } | null)[];
}

const HEADER_BYTES = 127;
/** The root directory lies within the first 16 KiB (spec v3, 4.3), and is what every reader unpacks first. */
const ROOT_END_MAX = 16_384;
const ROOT_UNPACKED_MAX = 1 << 20;
/** Of a whole country it is some hundred KB. */
const METADATA_BYTES_MAX = 16 << 20;
const LAYERS_MAX = 1_000;
const ZOOM_MAX = 26;
const ATTRIBUTION_LENGTH_MAX = 2_000;

/**
 * The header of an archive all of whose parts are there: one whose download broke off begins like a whole one. What is
 * unpacked has bounds, for a few KB can stand for many GB.
 */
async function readHeader(handle: FileHandle, size: number): Promise<Header> {
  const bytes = await readBytes(handle, 0, Math.min(size, HEADER_BYTES));
  if (bytes.toString('latin1', 0, 7) !== 'PMTiles' || bytes.length < HEADER_BYTES) throw new Error('no PMTiles header');
  const header = bytesToHeader(new Uint8Array(bytes).buffer);
  if (header.specVersion !== 3) throw new Error(`PMTiles of version ${header.specVersion}`);
  const { rootDirectoryOffset, rootDirectoryLength, jsonMetadataLength, minZoom, maxZoom } = header;
  const parts = [
    ['root directory', rootDirectoryOffset, rootDirectoryLength],
    ['metadata', header.jsonMetadataOffset, jsonMetadataLength],
    ['leaf directories', header.leafDirectoryOffset, header.leafDirectoryLength ?? 0],
    ['tiles', header.tileDataOffset, header.tileDataLength ?? 0],
  ] as const;
  for (const [part, offset, length] of parts) {
    if (offset + length <= size) continue;
    throw new Error(`its ${part} end at byte ${offset + length}, and the file at ${size}: it is not whole`);
  }
  if (rootDirectoryOffset + rootDirectoryLength > ROOT_END_MAX) throw new Error('a root directory beyond 16 KiB');
  if (jsonMetadataLength > METADATA_BYTES_MAX) throw new Error(`metadata of ${jsonMetadataLength} bytes`);
  if (minZoom > maxZoom || maxZoom > ZOOM_MAX) throw new Error(`zooms from ${minZoom} to ${maxZoom}`);
  const root = unpacked(await readBytes(handle, rootDirectoryOffset, rootDirectoryLength), header, ROOT_UNPACKED_MAX);
  if (root.length === 0 || root[0] === 0) throw new Error('an empty root directory');
  return header;
}

async function readMetadata(handle: FileHandle, header: Header): Promise<Metadata> {
  const packed = await readBytes(handle, header.jsonMetadataOffset, header.jsonMetadataLength);
  const metadata: unknown = JSON.parse(unpacked(packed, header, METADATA_BYTES_MAX).toString());
  if (typeof metadata !== 'object' || metadata === null) throw new Error('metadata that are no object');
  return metadata;
}

async function readBytes(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const data = Buffer.alloc(length);
  const { bytesRead } = await handle.read(data, 0, length, offset);
  return data.subarray(0, bytesRead);
}

/** In the ways that browsers can unpack. */
function unpacked(packed: Buffer, { internalCompression }: Header, bytesMax: number): Buffer {
  switch (internalCompression) {
    case Compression.Unknown:
    case Compression.None:
      return packed;
    case Compression.Gzip:
      return gunzipSync(packed, { maxOutputLength: bytesMax });
    default:
      throw new Error(`directories packed with method ${internalCompression}, which is not gzip`);
  }
}

/** Archives carry their source as HTML with links; a control room has no internet for them to lead to. */
function withoutMarkup(html: string): string {
  const names: Readonly<Record<string, string>> = { '&copy;': '©', '&amp;': '&', '&lt;': '<', '&gt;': '>' };
  return html
    .slice(0, ATTRIBUTION_LENGTH_MAX)
    .replace(/<[^>]*>/g, '')
    .replace(/&(copy|amp|lt|gt);/g, (name) => names[name] ?? name)
    .trim();
}
