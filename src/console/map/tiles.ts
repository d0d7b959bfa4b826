import type {
  ExpressionSpecification,
  FilterSpecification,
  LayerSpecification,
  SourceSpecification,
} from 'maplibre-gl';
import type { MapTiles } from '../../model/map.ts';
import type { Palette } from '../theme/tokens.ts';

/** The scheme under which MapLibre asks for what lies in a PMTiles archive. */
export const ARCHIVE_SCHEME = 'pmtiles';

export const TILES = 'tiles';

/** The source of the tiles; MapLibre wants whole addresses. */
export function tileSource(tiles: MapTiles, origin: string): SourceSpecification {
  const url = tiles.url.startsWith('/') ? origin + tiles.url : tiles.url;
  const template = tiles.archive ? `${ARCHIVE_SCHEME}://${url}/{z}/{x}/{y}` : url;
  return {
    type: tiles.kind,
    tiles: [template],
    minzoom: tiles.minZoom,
    maxzoom: tiles.maxZoom,
    ...(tiles.kind === 'raster' ? { tileSize: 256 } : {}),
    ...(tiles.attribution === null ? {} : { attribution: escaped(tiles.attribution) }),
  };
}

/** MapLibre takes an attribution for HTML. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

/**
 * Layers of vector tiles by what they show, as the three common schemas name them: Protomaps, OpenMapTiles, Shortbread.
 * From the ground up.
 */
const GREEN = ['landcover', 'landuse', 'land', 'park', 'sites'];
const WATER = ['water', 'waterway', 'ocean', 'water_polygons', 'water_lines'];
const ROADS = ['roads', 'transportation', 'streets'];
const BUILDINGS = ['buildings', 'building'];
const BORDERS = ['boundaries', 'boundary'];
const PLACES = ['places', 'place', 'place_labels'];

/** The layers of the tiles, under everything of our own, pale and grey: the colours left on the screen are alarms. */
export function tileLayers(
  tiles: MapTiles,
  palette: Palette,
  fonts: readonly string[],
  language: 'zh' | 'en',
): LayerSpecification[] {
  if (tiles.kind === 'raster') {
    return [{ id: TILES, type: 'raster', source: TILES, paint: { 'raster-saturation': -0.9, 'raster-opacity': 0.7 } }];
  }
  const known = (names: readonly string[]) => names.filter((name) => tiles.layers.includes(name));
  const base = (kind: string, name: string) => ({
    id: `${TILES}-${kind}-${name}`,
    source: TILES,
    'source-layer': name,
  });
  const shape = (type: 'Polygon' | 'LineString'): FilterSpecification => ['==', ['geometry-type'], type];
  const fill = (name: string, color: string, opacity: number): LayerSpecification => ({
    ...base('fill', name),
    type: 'fill',
    filter: shape('Polygon'),
    paint: { 'fill-color': color, 'fill-opacity': opacity },
  });
  const line = (name: string, color: string, width: ExpressionSpecification | number): LayerSpecification => ({
    ...base('line', name),
    type: 'line',
    filter: shape('LineString'),
    paint: { 'line-color': color, 'line-width': width },
  });
  const wider: ExpressionSpecification = ['interpolate', ['exponential', 1.6], ['zoom'], 10, 0.5, 18, 10];
  return [
    ...known(['earth']).map((name) => fill(name, palette.mapArea, 1)),
    ...known(GREEN).map((name) => fill(name, palette.mapLine, 0.15)),
    ...known(WATER).flatMap((name) => [fill(name, palette.mapLine, 0.55), line(name, palette.mapLine, 1)]),
    ...known(ROADS).map((name) => line(name, palette.raised, wider)),
    ...known(BUILDINGS).map((name) => fill(name, palette.mapLine, 0.4)),
    ...known(BORDERS).map((name) => line(name, palette.lineStrong, 0.75)),
    ...known(PLACES).map(
      (name): LayerSpecification => ({
        ...base('name', name),
        type: 'symbol',
        filter: ['==', ['geometry-type'], 'Point'],
        layout: {
          'text-field': localName(language),
          'text-size': 12,
          'text-font': [...fonts],
          'text-max-width': 8,
        },
        paint: { 'text-color': palette.textFaint, 'text-halo-color': palette.mapArea, 'text-halo-width': 1.5 },
      }),
    ),
  ];
}

/** The name in the chosen language as the schemas write it, or the name the place has. */
function localName(language: 'zh' | 'en'): ExpressionSpecification {
  const own: ExpressionSpecification[] =
    language === 'zh'
      ? [
          ['get', 'name:zh-Hans'],
          ['get', 'name:zh'],
          ['get', 'name_zh'],
        ]
      : [
          ['get', 'name:en'],
          ['get', 'name_en'],
        ];
  return ['coalesce', ...own, ['get', 'name'], ''];
}
