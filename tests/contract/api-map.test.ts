import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { ConfigError } from '../../src/lib/errors.ts';
import { openSiteMap } from '../../src/services/start/site-map.ts';
import { greyPng, pmtiles, wholeTileMvt } from '../support/pmtiles.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { fixture } from './api-fixture.ts';

async function siteMap(...flags: string[]) {
  const config = loadConfig(flags, {});
  if (config === undefined) throw new Error('help was asked for');
  return openSiteMap(config);
}

function archive(content: Parameters<typeof pmtiles>[0]): string {
  const file = join(temporaryFolder(), 'town.pmtiles');
  writeFileSync(file, pmtiles(content));
  return file;
}

const raster = () => archive({ tile: greyPng(256, 0), type: 'png', zoomMax: 14 });

test('without a setting there are no tiles', async () => {
  expect(await siteMap()).toEqual({ view: { tiles: null, coordinates: 'wgs84' } });
});

test('a PMTiles file says itself what is in it', async () => {
  const { view } = await siteMap('--map-tiles', raster(), '--map-coordinates', 'gcj02');
  expect(view).toMatchObject({
    tiles: { archive: true, kind: 'raster', minZoom: 0, maxZoom: 14, layers: [], attribution: null },
    coordinates: 'gcj02',
  });
  const metadata = { attribution: '<a href="https://x.example">&copy; Town</a>', vector_layers: [{ id: 'water' }] };
  const vector = archive({ tile: wholeTileMvt('water'), type: 'mvt', zoomMax: 14, metadata });
  expect((await siteMap('--map-tiles', vector)).view.tiles).toMatchObject({
    kind: 'vector',
    layers: ['water'],
    attribution: '© Town',
  });
});

test.each([
  ['that is not there', '/nowhere/town.pmtiles'],
  ['that is something else', new URL(import.meta.url).pathname],
])('a file %s is said at the start', async (_what, file) => {
  await expect(siteMap('--map-tiles', file)).rejects.toThrow(ConfigError);
  await expect(siteMap('--map-tiles', file)).rejects.toThrow(/mapTiles.*a PMTiles file/);
});

/** A whole archive, of which something is otherwise. */
function broken(change: (bytes: Buffer) => Buffer): string {
  const file = raster();
  writeFileSync(file, change(readFileSync(file)));
  return file;
}
const withNumber = (at: number, value: bigint) => (bytes: Buffer) => {
  bytes.writeBigUInt64LE(value, at);
  return bytes;
};
/** Directories and metadata packed with gzip, in place of the present ones behind the header. */
const packed = (directory: Buffer, metadata: Buffer) => (bytes: Buffer) => {
  const [root, json] = [gzipSync(directory), gzipSync(metadata)];
  const places = [127, root.length, 127 + root.length, json.length, 127, 0, 127, 0];
  places.forEach((value, index) => {
    bytes.writeBigUInt64LE(BigInt(value), 8 + index * 8);
  });
  bytes.writeUInt8(2, 97);
  return Buffer.concat([bytes.subarray(0, 127), root, json]);
};
const ENTRY = Buffer.from([1, 0, 1, 1, 1]);

test.each<[string, (bytes: Buffer) => Buffer, RegExp]>([
  ['whose download broke off', (bytes) => bytes.subarray(0, bytes.length - 10), /it is not whole/],
  ['that is only a beginning', (bytes) => bytes.subarray(0, 100), /no PMTiles header/],
  ['whose metadata are larger than it', withNumber(32, 1n << 40n), /metadata end at byte/],
  ['whose directory lies at the end of all numbers', withNumber(8, (1n << 64n) - 1n), /root directory end/],
  [
    'of another version',
    (bytes) => Buffer.concat([bytes.subarray(0, 7), Buffer.of(2), bytes.subarray(8)]),
    /version 2/,
  ],
  ['whose metadata unpack without end', packed(ENTRY, Buffer.alloc(40 << 20, ' ')), /larger than/],
  ['whose directory unpacks without end', packed(Buffer.alloc(8 << 20, 1), Buffer.from('{}')), /larger than/],
  ['whose directory is empty', packed(Buffer.of(0), Buffer.from('{}')), /empty root directory/],
  ['whose metadata are a list', packed(ENTRY, Buffer.from('null')), /no object/],
])('an archive %s is refused in words', async (_what, change, words) => {
  const refused = siteMap('--map-tiles', broken(change));
  await expect(refused).rejects.toThrow(ConfigError);
  await expect(refused).rejects.toThrow(words);
});

test('an archive packed as all of them are is taken', async () => {
  const metadata = Buffer.from(
    JSON.stringify({ vector_layers: [{ id: 'water' }, null], attribution: '<'.repeat(1e6) }),
  );
  const { view } = await siteMap('--map-tiles', broken(packed(ENTRY, metadata)));
  expect(view.tiles).toMatchObject({ archive: true, layers: ['water'] });
});

test('an address without places for the tile is refused', async () => {
  await expect(siteMap('--map-tiles', 'https://tiles.example/map')).rejects.toThrow(/with \{z\}, \{x\} and \{y\}/);
});

test('tiles of another server are allowed there and nowhere else', async () => {
  const map = await siteMap('--map-tiles', 'https://t.example:8443/{z}/{x}/{y}.png?key=1', '--map-zoom-max', '16');
  expect(map.view.tiles).toMatchObject({ archive: false, kind: 'raster', maxZoom: 16 });
  const { app } = await fixture({ map });
  const { headers } = await app.inject({ url: '/', headers: { accept: 'text/html', host: 'brink.example' } });
  const policy = String(headers['content-security-policy']).split(';');
  expect(policy.filter((part) => part.includes('t.example'))).toEqual([
    "img-src 'self' data: blob: https://t.example:8443",
    "connect-src 'self' ws://brink.example wss://brink.example https://t.example:8443",
  ]);
});

test('the file is handed out by ranges, to those who are signed in, under its ETag', async () => {
  const file = raster();
  const { app, tokens } = await fixture({ map: await siteMap('--map-tiles', file) });
  const url = '/api/v1/map/tiles.pmtiles';
  expect((await app.inject({ url })).statusCode).toBe(401);
  const authorization = `Bearer ${tokens.viewer}`;
  const part = await app.inject({ url, headers: { authorization, range: 'bytes=0-6' } });
  expect([part.statusCode, part.body]).toEqual([206, 'PMTiles']);
  expect(part.headers['content-range']).toMatch(/^bytes 0-6\//);
  expect(part.headers['cache-control']).toBe('private, max-age=3600');
  expect(part.headers.etag).toBeTruthy();
  const version = await app.inject({ url: '/api/v1/version', headers: { authorization } });
  expect(version.json()).toMatchObject({ map: { tiles: { url } } });
});

test('a site without such a file has no such address', async () => {
  const { app, tokens } = await fixture();
  const headers = { authorization: `Bearer ${tokens.viewer}` };
  expect((await app.inject({ url: '/api/v1/map/tiles.pmtiles', headers })).statusCode).toBe(404);
});
