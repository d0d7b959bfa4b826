import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Area } from '../../src/console/api/types.ts';
import { placer, toGcj02 } from '../../src/console/map/coordinates.ts';
import { graticule } from '../../src/console/map/graticule.ts';
import { homeOf } from '../../src/console/map/home.ts';
import { tileLayers, tileSource } from '../../src/console/map/tiles.ts';
import { unpacked } from '../../src/console/map/unpacked.ts';
import { PALETTES } from '../../src/console/theme/tokens.ts';
import type { MapTiles } from '../../src/model/map.ts';

const FONTS = ['sans-serif'];

describe('GCJ-02', () => {
  /** The published test pairs of eviltransform, on which every implementation agrees. */
  test.each([
    ['Shanghai', [121.5272106, 31.1774276], [121.531541859215, 31.17530398364597]],
    ['Shenzhen', [113.912316, 22.543847], [113.9171764808363, 22.540796131694766]],
    ['Beijing', [116.377817, 39.911954], [116.38404722455657, 39.91334545536069]],
  ] as const)('of %s is what is published', (_place, wgs84, [lng, lat]) => {
    const shifted = toGcj02(wgs84);
    expect(shifted[0]).toBeCloseTo(lng, 10);
    expect(shifted[1]).toBeCloseTo(lat, 10);
  });

  test('is WGS 84 outside China', () => {
    expect(toGcj02([-0.12, 51.5])).toEqual([-0.12, 51.5]);
  });

  test('moves positions only when the site says that its tiles are drawn on it', () => {
    expect(placer('wgs84')([108.75, 29.52])).toEqual([108.75, 29.52]);
    expect(placer('gcj02')([108.75, 29.52])).toEqual(toGcj02([108.75, 29.52]));
  });
});

describe('graticule', () => {
  const still = placer('wgs84');

  test('has some lines at every zoom, and says what they are', () => {
    for (const span of [8, 0.5, 0.05, 0.004]) {
      const { features } = graticule({ west: 108.7, south: 29.5, east: 108.7 + span, north: 29.5 + span }, still);
      const lines = features.filter(({ geometry }) => geometry.type === 'LineString');
      expect(lines.length).toBeGreaterThanOrEqual(8);
      expect(lines.length).toBeLessThan(80);
    }
    const { features } = graticule({ west: 108.74, south: 29.51, east: 108.78, north: 29.53 }, still);
    expect(features.map(({ properties }) => properties?.label)).toContain('108°45′E');
  });

  test('moves with the points, so that it tells their degrees and not those of shifted tiles', () => {
    const { features } = graticule({ west: 108.7, south: 29.5, east: 108.8, north: 29.6 }, placer('gcj02'));
    const label = features.find(({ properties }) => properties?.label === '108°45′E');
    expect(label?.geometry).toEqual({ type: 'Point', coordinates: toGcj02([108.75, 29.5]) });
  });
});

describe('tiles', () => {
  const tiles: MapTiles = {
    url: 'https://tiles.example/{z}/{x}/{y}.png',
    archive: false,
    kind: 'raster',
    layers: [],
    minZoom: 0,
    maxZoom: 18,
    attribution: null,
  };

  test('of an address are asked for there, those of an archive and of our own server under our origin', () => {
    const of = (change: Partial<MapTiles>) => tileSource({ ...tiles, ...change }, 'http://brink.example');
    expect(of({})).toMatchObject({ type: 'raster', tiles: [tiles.url], maxzoom: 18 });
    expect(of({ url: '/t/{z}/{x}/{y}' })).toMatchObject({ tiles: ['http://brink.example/t/{z}/{x}/{y}'] });
    expect(of({ url: '/api/v1/map/tiles.pmtiles', archive: true, kind: 'vector' })).toMatchObject({
      type: 'vector',
      tiles: ['pmtiles://http://brink.example/api/v1/map/tiles.pmtiles/{z}/{x}/{y}'],
    });
    expect(of({ attribution: '© A & <b>' })).toMatchObject({ attribution: '© A &amp; &lt;b>' });
  });

  test.each([
    ['Protomaps', ['earth', 'landuse', 'water', 'roads', 'buildings', 'boundaries', 'places', 'pois']],
    ['OpenMapTiles', ['landcover', 'landuse', 'water', 'waterway', 'transportation', 'building', 'boundary', 'place']],
    ['Shortbread', ['ocean', 'land', 'water_polygons', 'streets', 'buildings', 'boundaries', 'place_labels', 'pois']],
  ])('vector tiles of the schema of %s are drawn: ground, water, streets, houses, borders, names', (_name, layers) => {
    const drawn = tileLayers({ ...tiles, kind: 'vector', layers }, PALETTES.light, FONTS, 'zh');
    const sources = drawn.map((layer) => ('source-layer' in layer ? layer['source-layer'] : undefined));
    for (const layer of layers) if (layer !== 'pois') expect(sources).toContain(layer);
    expect(new Set(drawn.map(({ id }) => id)).size).toBe(drawn.length);
    expect(drawn.at(-1)?.type).toBe('symbol');
  });

  test('no layer of ours has a hue: colour on the map is an alarm', () => {
    const vector = { ...tiles, kind: 'vector', layers: ['water', 'roads', 'buildings', 'landuse'] } as const;
    const colours = JSON.stringify(tileLayers(vector, PALETTES.light, FONTS, 'en')).match(/#[0-9a-f]{6}/gi) ?? [];
    expect(colours.length).toBeGreaterThan(3);
    for (const colour of colours) {
      const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
      expect(Math.max(r, g, b) - Math.min(r, g, b)).toBeLessThan(24);
    }
  });
});

describe('home', () => {
  const point = (id: string, location: [number, number] | null) => ({ id, location });
  const area = (fields: Partial<Area>): Area => ({
    id: 'site',
    parent: null,
    name: { zh: '站点', en: 'Site' },
    outline: null,
    location: null,
    ...fields,
  });
  const town = [
    point('a', [108.74, 29.51]),
    point('b', [108.76, 29.53]),
    point('c', [108.75, 29.52]),
    point('d', null),
  ];
  const still = placer('wgs84');

  test('is around the points of the site, and leaves out what is far from them, by name', () => {
    const home = homeOf([...town, point('swapped', [29.52, 89.9]), point('null-island', [0, 0])], [], still);
    expect(home?.box).toEqual([
      [108.74, 29.51],
      [108.76, 29.53],
    ]);
    expect(home?.outside).toEqual(['swapped', 'null-island']);
  });

  test('of a new site is where its area is said to be', () => {
    expect(homeOf([], [area({ location: [87.6, 43.8] })], still)?.box[0]).toEqual([87.6, 43.8]);
    expect(homeOf([], [area({})], still)).toBeNull();
  });

  test('takes in outlines, but for a corner that is far away', () => {
    const outline: Area['outline'] = [
      [
        [108.7, 29.5],
        [108.8, 29.5],
        [108.8, 29.6],
        [29.6, 108.7],
        [108.7, 29.5],
      ],
    ];
    const home = homeOf(town, [area({ location: [108.75, 29.5] }), area({ id: 'part', outline })], still);
    expect(home?.outside).toEqual([]);
    expect(home?.box[0][0]).toBeGreaterThan(100);
  });
});

describe('what an archive holds packed', () => {
  const bytes = (buffer: Buffer) => new Uint8Array(buffer).buffer;

  test('is unpacked, up to a bound', async () => {
    const tile = Buffer.from('a tile');
    expect(Buffer.from(await unpacked(bytes(tile), 1))).toEqual(tile);
    expect(Buffer.from(await unpacked(bytes(gzipSync(tile)), 2))).toEqual(tile);
    await expect(unpacked(bytes(gzipSync(Buffer.alloc(64 << 20))), 2)).rejects.toThrow(/more than/);
    await expect(unpacked(bytes(tile), 3)).rejects.toThrow(/gzip/);
  });
});
