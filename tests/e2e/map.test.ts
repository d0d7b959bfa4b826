import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { greyPng, pmtiles, wholeTileMvt } from '../support/pmtiles.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { canRun, launchBrowser, openPage, signIn } from './browser.ts';
import { ADMIN_PASSWORD, startRealServer } from './real-server.ts';

describe.runIf(canRun)('the map’s tiles, by setting', () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchBrowser();
  });

  async function mapWith(...settings: string[]) {
    const server = await startRealServer(settings);
    onTestFinished(() => server.close());
    const watched = await openPage(browser, server.url, { withMap: true });
    const answers: { readonly url: string; readonly status: number }[] = [];
    watched.page.on('response', (response) => answers.push({ url: response.url(), status: response.status() }));
    await signIn(watched.page, server.url, 'admin', ADMIN_PASSWORD);
    await watched.page.locator('.map canvas').waitFor();
    onTestFinished(() => watched.close());
    return { ...watched, answers };
  }

  function archive(content: Parameters<typeof pmtiles>[0]): string {
    const file = join(temporaryFolder(), 'town.pmtiles');
    writeFileSync(file, pmtiles(content));
    return file;
  }

  test('no setting: outlines on a light ground, and nothing is asked of anybody', async () => {
    const { page, complaints } = await mapWith();
    await expect.poll(() => cornerOfMap(page)).toBeGreaterThan(190);
    expect(complaints).toEqual([]);
  });

  test('a PMTiles file of pictures: read by ranges from our own server, drawn in grey', async () => {
    const file = archive({ tile: greyPng(256, 0), type: 'png', zoomMax: 16, metadata: { attribution: '© 天地图' } });
    const { page, complaints, answers } = await mapWith('--map-tiles', file);
    await expect.poll(() => cornerOfMap(page)).toBeLessThan(120);
    const parts = answers.filter(({ url }) => url.endsWith('.pmtiles'));
    expect(parts.length).toBeGreaterThan(0);
    expect(parts.every(({ status }) => status === 206)).toBe(true);
    await page.getByText('© 天地图').waitFor();
    // Nothing left the server's own origin, and nothing met the policy.
    expect(complaints).toEqual([]);
  });

  test('a PMTiles file of vector tiles: drawn in a style of our own', async () => {
    const metadata = { vector_layers: [{ id: 'water', fields: {} }] };
    const file = archive({ tile: wholeTileMvt('water'), type: 'mvt', zoomMax: 14, metadata });
    const plain = await mapWith();
    const ground = await cornerOfMap(plain.page);
    const { page, complaints } = await mapWith('--map-tiles', file);
    await expect.poll(() => cornerOfMap(page)).toBeLessThan(ground - 5);
    expect(complaints).toEqual([]);
  });

  test('tiles of another server: the policy lets exactly that one in', async () => {
    const tile = greyPng(256, 0);
    const asked: string[] = [];
    const other = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(200, { 'content-type': 'image/png', 'access-control-allow-origin': '*' }).end(tile);
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      other.closeAllConnections();
      other.close();
    });
    const origin = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    const { page, complaints } = await mapWith(
      ...['--map-tiles', `${origin}/{z}/{x}/{y}.png`, '--map-coordinates', 'gcj02', '--map-attribution', 'Tiles & Co'],
    );
    await expect.poll(() => cornerOfMap(page)).toBeLessThan(120);
    await page.getByText('Tiles & Co').waitFor();
    expect(asked.every((url) => /^\/\d+\/\d+\/\d+\.png$/.test(url))).toBe(true);
    expect(complaints.filter((complaint) => !complaint.startsWith(`outside request: ${origin}/`))).toEqual([]);
  });
});

/** How light the map is in its upper left corner, away from areas and controls, 0 to 255. */
async function cornerOfMap(page: Page): Promise<number> {
  const box = await page.locator('.map canvas').boundingBox();
  if (box === null) return Number.NaN;
  const png = await page.screenshot({ clip: { x: box.x + 37, y: box.y + 71, width: 1, height: 1 } });
  const pieces: Buffer[] = [];
  for (let at = 8; at < png.length; at += png.readUInt32BE(at) + 12) {
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT')
      pieces.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  }
  // One row: its filter, then red, green, blue.
  return inflateSync(Buffer.concat(pieces))[1] ?? Number.NaN;
}
