import type { FeatureCollection } from 'geojson';
import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from 'maplibre-gl';
import type { MapTiles } from '../../model/map.ts';
import type { Palette } from '../theme/tokens.ts';
import { TILES, tileLayers, tileSource } from './tiles.ts';

/** Local fonts only: without a `glyphs` address MapLibre draws every letter itself from the fonts of the machine. */
const FONTS = ['Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', 'sans-serif'];

const EMPTY: FeatureCollection = { type: 'FeatureCollection', features: [] };

/** Points closer than this to one another are drawn as one with their number, px. Those in alarm fold much later. */
const CALM_CLUSTER_PX = 44;
const ALARM_CLUSTER_PX = 20;
const CLUSTER_MAX_ZOOM = 17;

const rank = (name: string): ExpressionSpecification => ['get', name];
const byRank = (name: string, palette: Palette, pick: 'fill' | 'on'): ExpressionSpecification => [
  'match',
  rank(name),
  4,
  palette.level.red[pick],
  3,
  palette.level.orange[pick],
  2,
  palette.level.yellow[pick],
  1,
  palette.level.blue[pick],
  palette.textSoft,
];
const iconByRank = (name: string): ExpressionSpecification => [
  'match',
  rank(name),
  4,
  'red',
  3,
  'orange',
  2,
  'yellow',
  'blue',
];

function pointLayers(palette: Palette, scale: number): LayerSpecification[] {
  return [
    {
      id: 'selected',
      type: 'circle',
      source: 'selected',
      paint: {
        'circle-radius': 21 * scale,
        'circle-color': 'rgba(0, 0, 0, 0)',
        'circle-stroke-color': palette.focus,
        'circle-stroke-width': 3,
      },
    },
    // Names lie below the symbols, so that they are placed after them and never cover one.
    {
      id: 'calm-name',
      type: 'symbol',
      source: 'calm',
      minzoom: 15.5,
      filter: ['!', ['has', 'point_count']],
      layout: {
        'text-field': ['get', 'name'],
        'text-size': 12 * scale,
        'text-font': FONTS,
        'text-anchor': 'top',
        'text-offset': [0, 0.9],
        'text-max-width': 12,
      },
      paint: { 'text-color': palette.textSoft, 'text-halo-color': palette.mapArea, 'text-halo-width': 1.5 },
    },
    {
      id: 'alarm-name',
      type: 'symbol',
      source: 'alarm',
      // On a wall the words are large, the map is small, and the list beside it has the names.
      minzoom: scale === 1 ? 12.4 : 14,
      filter: ['!', ['has', 'point_count']],
      layout: {
        'text-field': ['get', 'name'],
        'text-size': 13 * scale,
        'text-font': FONTS,
        'text-variable-anchor': ['top', 'right', 'left', 'bottom'],
        'text-radial-offset': 1.4,
        'text-max-width': 10,
        'symbol-sort-key': ['-', 0, rank('rank')],
      },
      paint: { 'text-color': palette.text, 'text-halo-color': palette.mapArea, 'text-halo-width': 2 },
    },
    {
      id: 'calm-cluster',
      type: 'circle',
      source: 'calm',
      filter: ['has', 'point_count'],
      paint: {
        'circle-color': palette.panel,
        'circle-stroke-color': palette.lineStrong,
        'circle-stroke-width': 1.5,
        'circle-radius': [
          'interpolate',
          ['linear'],
          ['get', 'point_count'],
          2,
          13 * scale,
          50,
          18 * scale,
          500,
          26 * scale,
        ],
      },
    },
    {
      id: 'calm-count',
      type: 'symbol',
      source: 'calm',
      filter: ['has', 'point_count'],
      layout: {
        'text-field': ['get', 'point_count_abbreviated'],
        'text-size': 12 * scale,
        'text-font': FONTS,
        'text-allow-overlap': true,
      },
      paint: { 'text-color': palette.textSoft },
    },
    {
      id: 'calm-point',
      type: 'symbol',
      source: 'calm',
      filter: ['!', ['has', 'point_count']],
      layout: {
        'icon-image': ['get', 'icon'],
        'icon-size': scale,
        'icon-allow-overlap': true,
        'text-field': ['get', 'family'],
        'text-size': 10 * scale,
        'text-font': FONTS,
        'text-allow-overlap': true,
      },
      paint: { 'text-color': palette.textSoft },
    },
    {
      id: 'alarm-point',
      type: 'symbol',
      source: 'alarm',
      layout: {
        'icon-image': iconByRank('rank'),
        'icon-size': scale,
        'icon-allow-overlap': true,
        'symbol-sort-key': rank('rank'),
        'text-field': ['case', ['has', 'point_count'], ['get', 'point_count_abbreviated'], ['get', 'family']],
        'text-size': 12 * scale,
        'text-font': FONTS,
        'text-offset': ['match', rank('rank'), 2, ['literal', [0, 0.25]], ['literal', [0, 0]]],
        'text-allow-overlap': true,
      },
      paint: { 'text-color': byRank('rank', palette, 'on') },
    },
  ];
}

/**
 * The whole map, with symbols and words `scale` times their usual size: areas, a graticule, points; under them tiles when
 * the site names some. Without such tiles of another server nothing is asked of anybody but `origin`, our own.
 */
export function mapStyle(
  palette: Palette,
  tiles: MapTiles | null,
  look: { readonly scale: number; readonly language: 'zh' | 'en'; readonly origin: string },
): StyleSpecification {
  const { scale, language, origin } = look;
  const clustered = (radius: number) => ({
    type: 'geojson' as const,
    data: EMPTY,
    cluster: true,
    clusterRadius: radius * scale,
    clusterMaxZoom: CLUSTER_MAX_ZOOM,
    clusterProperties: { rank: ['max', ['get', 'rank']] },
  });
  return {
    version: 8,
    sources: {
      areas: { type: 'geojson', data: EMPTY },
      'area-names': { type: 'geojson', data: EMPTY },
      graticule: { type: 'geojson', data: EMPTY },
      selected: { type: 'geojson', data: EMPTY },
      calm: clustered(CALM_CLUSTER_PX),
      alarm: clustered(ALARM_CLUSTER_PX),
      ...(tiles === null ? {} : { [TILES]: tileSource(tiles, origin) }),
    },
    layers: [
      { id: 'ground', type: 'background', paint: { 'background-color': palette.mapGround } },
      ...(tiles === null ? [] : tileLayers(tiles, palette, FONTS, language)),
      {
        id: 'area-fill',
        type: 'fill',
        source: 'areas',
        paint: { 'fill-color': palette.mapArea, 'fill-opacity': tiles === null ? 1 : 0.15 },
      },
      {
        id: 'graticule',
        type: 'line',
        source: 'graticule',
        filter: ['==', ['geometry-type'], 'LineString'],
        paint: { 'line-color': palette.mapLine, 'line-width': 0.5, 'line-opacity': 0.6 },
      },
      {
        id: 'area-line',
        type: 'line',
        source: 'areas',
        paint: { 'line-color': palette.mapLine, 'line-width': 1.5 },
      },
      {
        id: 'graticule-label',
        type: 'symbol',
        source: 'graticule',
        filter: ['==', ['geometry-type'], 'Point'],
        layout: {
          'text-field': ['get', 'label'],
          'text-size': 11 * scale,
          'text-font': FONTS,
          'text-anchor': ['match', ['get', 'edge'], 'left', 'left', 'bottom'],
          'text-offset': ['match', ['get', 'edge'], 'left', ['literal', [0.4, -0.7]], ['literal', [0, -0.4]]],
        },
        paint: { 'text-color': palette.textFaint, 'text-halo-color': palette.mapGround, 'text-halo-width': 1 },
      },
      {
        id: 'area-name',
        type: 'symbol',
        source: 'area-names',
        layout: { 'text-field': ['get', 'name'], 'text-size': 14 * scale, 'text-font': FONTS, 'text-max-width': 12 },
        paint: { 'text-color': palette.textFaint, 'text-halo-color': palette.mapArea, 'text-halo-width': 1.5 },
      },
      ...pointLayers(palette, scale),
    ],
  };
}
